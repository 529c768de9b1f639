"""What was found and done about personal columns, in words; no value of them is ever quoted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from helpers.data.privacy.actions import Action
from helpers.data.privacy.anonymity import Anonymity
from helpers.data.privacy.detect import Finding
from helpers.report.text import count, listed, md, number, share

_DONE = {
    "drop": "left out",
    "mask": "covered",
    "hash": "replaced by keyed hashes",
    "generalise": "made coarser",
    "keep": "kept as they are",
}


def done(actions: Sequence[Action]) -> str:
    """Return what was done to which columns as a sentence of Markdown."""
    by_what: dict[str, list[str]] = {}
    for action in actions:
        by_what.setdefault(action.what, []).append(action.column)
    parts = [
        f"{listed(columns)} {'was' if len(columns) == 1 else 'were'} {_DONE[what]}"
        for what, columns in by_what.items()
    ]
    return "; ".join(parts) + "." if parts else "Nothing is configured, so every column stays as it is."


def warning(found: Sequence[Finding], actions: Sequence[Action]) -> str:
    """Return what looks personal and is still there; the empty string when nothing is."""
    treated = {a.column for a in actions}
    open_ = [f.column for f in found if f.column not in treated]
    if not open_:
        return ""
    first = md(open_[0])
    return (
        f"**{count(len(open_), 'column')} may be personal and nothing is done about it:** {listed(open_)}. Say so in "
        f"`personal` of ingest: {first}=drop, mask, hash, generalise:10 or keep."
    )


def standing(left: Mapping[str, int]) -> str:
    """Return in which columns values that were to go still stand; the empty string when in none."""
    if not left:
        return ""
    parts = [f"{md(name)} ({count(n, 'value')})" for name, n in left.items()]
    return f"**What was to go still stands in** {', '.join(parts)}; treat these columns as well."


def anonymous(told: Anonymity) -> str:
    """Return the figures of k-anonymity and l-diversity as sentences of Markdown."""
    below = (
        "no row is" if not told.below else f"{count(told.below, 'row')} ({share(told.below / told.rows)}) are"
    )
    text = (
        f"By {listed(told.quasi_identifiers)} the rows fall into {count(told.groups, 'group')}; the smallest has "
        f"**k = {told.k}**. {below[0].upper() + below[1:]} in a group of fewer than {told.wanted}; "
        f"{count(told.unique, 'row')} {'stands' if told.unique == 1 else 'stand'} alone."
    )
    if told.l is None:
        return text
    entropy = number(told.entropy_l)
    return f"{text} Of {md(told.sensitive)} a group holds **l = {told.l}** values at least (by entropy {entropy})."


def record(found: Sequence[Finding], actions: Sequence[Action], told: Anonymity | None) -> dict[str, Any]:
    """Return it as plain JSON, for provenance."""
    return {
        "found": [f.as_dict() for f in found],
        "done": {a.column: a.told() for a in actions},
        "anonymity": told.as_dict() if told else None,
    }
