"""The page of the profiler (fg-data-profiling, once ydata-profiling): one HTML file that asks nothing of any network.

The profiler writes names of columns, and values inside attributes of its tags, into the page as they are. So the
characters that HTML gives a meaning are replaced by their look-alikes before it sees the table, and the page's own
policy forbids it to load anything.
"""

from __future__ import annotations

import contextlib
import html
import io
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.errors import within

LOOK_ALIKES = str.maketrans({"<": "‹", ">": "›", '"': "″", "'": "’", "&": "＆", "`": "ˋ"})
LONGEST = 1_000
_POLICY = (
    "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; img-src data:; font-src data:; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">"
)


def note_left_out(path: Path, title: str) -> int:
    """Write a page that says that there is none, for want of time; return the number of rows on it, 0."""
    told = "A run with a budget leaves the profiler's page out; run the stage profile without one to get it."
    path.write_text(f"<!doctype html><title>{html.escape(title)}</title><p>{told}</p>\n", encoding="utf-8")
    return 0


def write_page(
    rows: pd.DataFrame, path: Path, title: str, most_rows: int = 10_000, minimal: bool = True, seed: int = 0
) -> int:
    """Write the profiler's page of a table, or of a sample of `most_rows` of its rows; return how many were used.

    minimal leaves out correlations and interactions between columns. Where the profiler fails on a table, the page
    says so: it informs people only, and nothing hangs on it.
    """
    within("profile.page_columns", rows.shape[1], 1)
    if len(rows) > most_rows:
        rows = rows.iloc[np.sort(np.random.default_rng(seed).choice(len(rows), most_rows, replace=False))]
    path.write_text(_page(harmless(rows), title.translate(LOOK_ALIKES), minimal), encoding="utf-8")
    return len(rows)


def harmless(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the table with names and texts in which no character has a meaning in HTML; long texts are cut."""
    names = [_plain(c) for c in rows.columns]
    names = [n if n not in names[:i] else f"{n} ({i + 1})" for i, n in enumerate(names)]
    safe = rows.set_axis(names, axis=1).reset_index(drop=True)
    for position, name in enumerate(names):
        values = safe.iloc[:, position]
        if values.dtype == object or isinstance(values.dtype, pd.CategoricalDtype | pd.StringDtype):
            safe[name] = values.astype(object).map(_plain, na_action="ignore")
    return safe


def _plain(value: object) -> str:
    return " ".join(str(value)[:LONGEST].translate(LOOK_ALIKES).split())


def _page(rows: pd.DataFrame, title: str, minimal: bool) -> str:
    silence = io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(silence), contextlib.redirect_stderr(silence):
        warnings.simplefilter("ignore")
        try:
            from data_profiling import ProfileReport

            report = ProfileReport(rows, minimal=minimal, title=title, progress_bar=False)
            return report.to_html().replace("<meta", _POLICY + "<meta", 1)
        except Exception as error:  # a library's failure on an odd table
            said = html.escape(f"{type(error).__name__}: {error}"[:300])
    return (
        f"<!doctype html><html lang=en><head>{_POLICY}<meta charset=utf-8><title>{html.escape(title)}</title></head>"
        f"<body><h1>{html.escape(title)}</h1><p>The profiler could not describe this table ({said}). "
        "The attribute profile beside this page covers every row.</p></body></html>"
    )
