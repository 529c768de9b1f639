"""The command `workbench check`: a table is held to a suite and to checks of one's own, without a run."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from helpers.cli.reading import one_run
from helpers.cli.running import places
from helpers.errors import BadInput, one_line
from helpers.pipeline.manifest import artifacts_of, left_by_failed
from helpers.pipeline.store import Store, write_text

Through = Callable[[Iterable[Any]], Iterator[Any]]

LISTED = 100_000  # wrong rows of a check in the file, so that memory stays bounded
SECONDS = 3600  # a check of one's own may take: whoever waits can also end it


def check(table: str, suite: str | None, own: Path | None, references: Path | None, out: Path | None) -> int:
    """Print a line for each check that found something, worst first, and return 1 when one of severity stop did.

    suite  file of a suite, or NAME or NAME/RUN whose validate kept one
    own    Python file of a person's own checks, which is run
    out    CSV file for the findings row by row
    """
    from helpers.data.checks import Rows, judge, load, read_suite
    from helpers.data.checks.arrivals import read_as_expected, with_columns, without_derived
    from helpers.data.checks.judge import NOT_JUDGED

    if suite is None and own is None:
        raise BadInput(
            "name what to hold the table to: --suite FILE, --suite NAME of a run, or --checks FILE"
        )
    if out is not None and (out.suffix != ".csv" or not out.absolute().parent.is_dir()):
        raise BadInput(f"the findings cannot be written to {out}; name a .csv file in a folder that is there")
    if out is not None and out.resolve() == Path(table).resolve():
        raise BadInput(f"{out} is the table itself; name another file for the findings")
    file, problem = _suite_of(suite) if suite else (None, None)
    kept = without_derived(read_suite(file), problem) if file else []
    checks = [*(load(own) if own else []), *kept]
    with tempfile.TemporaryDirectory() as folder:
        through = _as_ingested(problem, Path(folder))
        rows = Rows(read_as_expected(table, checks, Path(folder), through), references)
        checks = with_columns(checks, rows.names)
        judged = judge(rows, checks, LISTED if out else 5, seconds=SECONDS)
    raised = judged.raised()
    for line in raised.to_dict("records"):
        print(f"{line['severity']:<8} {one_line(judged.told(line))}")
    left = int((judged.summary["expected"] == NOT_JUDGED).sum())
    unjudged = f"; {left:,} could not be judged, since a column is not there" if left else ""
    print(
        f"{len(raised):,} of {len(checks):,} checks found something in {rows.count:,} rows (counted from 0){unjudged}."
    )
    if out is not None:
        write_text(out, judged.findings.to_csv(index=False))
        more = f" (of a check the first {LISTED:,} rows)" if (raised["wrong"] > LISTED).any() else ""
        print(f"Findings {out}{more}")
    return int((raised["severity"] == "stop").any())


def _as_ingested(problem: dict[str, Any] | None, temporary: Path) -> Through | None:
    """Return what does to raw rows what a run did before its suite was learnt: joins and table steps."""
    if problem is None or not (problem["joins"] or problem["table"]):
        return None
    from helpers.data import new_rows

    return partial(
        new_rows.prepared,
        joins=problem["joins"],
        steps=problem["table"],
        root=places().root,
        temporary=temporary,
    )


def _suite_of(suite: str) -> tuple[Path, dict[str, Any] | None]:
    """Return the file of a suite, the one that is named or what validate kept in a run, and the problem of the run."""
    path = Path(suite)
    if path.is_file() or path.suffix in (".yaml", ".yml"):
        return path, None
    here = places()
    try:
        manifest = one_run(here.reports, suite)
    except BadInput as error:
        raise BadInput(f"--suite {suite!r} is no file of YAML, and as the name of a run: {error}") from None
    kept = {**artifacts_of(manifest), **left_by_failed(manifest)}
    if "suite" not in kept:
        name = manifest["name"]
        raise BadInput(
            f"{name}/{manifest['run']} kept no suite; make one: workbench run {name} --to validate"
        )
    store = Store(here.workspace)
    problem = store.get(kept["problem"])
    if problem["treated"]:
        raise BadInput(
            f"the rows of {manifest['name']} were treated when they were ingested (ingest.personal, or dates of "
            "ingest.time), and check reads them as they are; hold new ones to the suite by a run of their own"
        )
    return store.whole(kept["suite"]), problem
