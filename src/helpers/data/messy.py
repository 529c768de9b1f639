"""How to read a column of text that is none: numbers with units, dates in several formats, yes and no in many words.

Each function looks at the different texts of a column and how often each occurs, and returns the step that reads
nearly all of them, with its reason, or None. What could be read in two ways is left alone.
"""

from __future__ import annotations

import datetime
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable

import pandas as pd

from helpers.recipe import PlannedStep
from helpers.recipe.columns import PLACEHOLDERS, WORDS

DIFFERENT = 2000  # texts that are looked at
ENOUGH = 0.95  # share of the rows that a reading must fit
UNITS = {
    "mass": {"mg": 1e-6, "g": 1e-3, "kg": 1.0, "t": 1e3, "lb": 0.45359237, "lbs": 0.45359237, "oz": 0.028349523125},
    "length": {"mm": 1e-3, "cm": 1e-2, "m": 1.0, "km": 1e3, "in": 0.0254, "ft": 0.3048, "mi": 1609.344},
    "volume": {"ml": 1e-3, "cl": 1e-2, "l": 1.0},
    "money": {"eur": 1.0}, "dollars": {"usd": 1.0}, "pounds": {"gbp": 1.0}, "francs": {"chf": 1.0},
    "multiples": {"k": 1e3, "bn": 1e9},
}  # fmt: skip
MARKS = (
    (".", ","),
    (",", "."),
    (".", " "),
    (",", " "),
    (".", "'"),
    (".", ""),
    (",", ""),
)  # decimal, thousands
SIGNED = re.compile(r"\(?[+\-\u2212]?\s*(?P<before>[^\W\d_]{3}|[^\w\s().,+\-]*)\s*[\-\u2212]?(?P<number>\d[\d.,' ]*)\s*"
                    r"(?P<after>[^\W\d_]+|[^\w\s().,+\-]*)\)?")  # fmt: skip
CODE = re.compile(r"[^\W\d_]+-\d+")  # INV-123667 is a name, not an amount below zero
DAYS = ("%d.%m.%Y", "%Y/%m/%d", "%d-%m-%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y")
SLASHES = ("%d/%m/%Y", "%m/%d/%Y")
TIMES = ("", " %H:%M", " %H:%M:%S")


def reading(name: str, values: pd.Series) -> PlannedStep | None:
    """Return the step that reads the texts of a column as what they are; None where they are just that."""
    counts = Counter(v.strip() for v in values.dropna().astype(str))
    for placeholder in [text for text in counts if text.casefold() in PLACEHOLDERS]:
        del counts[placeholder]
    counts = _some(counts)
    if len(counts) < 2:
        return None
    for look in (_booleans, _dates, _amounts):
        found = look(name, counts)
        if found:
            return found
    return None


def placeholders(values: pd.Series) -> list[str]:
    """Return the texts of a column that stand for a missing value."""
    return sorted({v for v in values.dropna().unique() if str(v).strip().casefold() in PLACEHOLDERS})


def spellings(values: pd.Series) -> int:
    """Return how many texts differ from another one in case or blanks alone."""
    levels = pd.Series(values.dropna().unique(), dtype=object).astype(str)
    return int(len(levels) - levels.str.split().str.join(" ").str.lower().nunique())


def fields(values: pd.Series, most: int = 10) -> dict[str, str]:
    """Return name -> path of the fields that at least half of the JSON objects of a column have, scalars alone."""
    found: Counter[str] = Counter()
    objects = [_object(text) for text in values.dropna().iloc[:2000]]
    for one in objects:
        found.update(path for path, value in _leaves(one) if value is not None)
    often = [path for path, count in found.most_common(most) if count >= 0.5 * len(objects)]
    return {path.replace(".", "_"): path for path in sorted(often)}


def _some(counts: Counter[str]) -> Counter[str]:
    """Return the most frequent texts and of the others each so many: where all differ, the first are of one month."""
    ordered, half = counts.most_common(), DIFFERENT // 2
    return Counter(dict([*ordered[:half], *ordered[half :: max(1, len(ordered) // half)]]))


def _booleans(name: str, counts: Counter[str]) -> PlannedStep | None:
    plain = {text.casefold() for text in counts}
    if len(counts) == 2 or not plain <= set(WORDS) or {WORDS[p] for p in plain} != {0.0, 1.0}:
        return None
    shown = ", ".join(repr(t) for t, _ in counts.most_common(4))
    return PlannedStep("parse_boolean", [name], reason=f"yes and no in {len(counts)} spellings ({shown})")


def _dates(name: str, counts: Counter[str]) -> PlannedStep | None:
    iso = _fitting(counts, lambda text: datetime.datetime.fromisoformat(text) and len(text) >= 8)
    of = {"iso": iso} | {
        day + time: _fitting(counts, lambda text, f=day + time: datetime.datetime.strptime(text, f))
        for day in (*DAYS, *SLASHES)
        for time in TIMES
    }
    day_first, month_first = (set().union(*(of[day + time] for time in TIMES)) for day in SLASHES)
    if day_first - month_first and month_first - day_first:
        return None  # some can only be read with the day first, others only with the month first
    wrong = SLASHES[1] if day_first - month_first or not month_first - day_first else SLASHES[0]
    used = {f: fit for f, fit in of.items() if fit and not f.startswith(wrong)}
    if not _enough(counts, set().union(*used.values())):
        return None
    formats = sorted(used, key=lambda f: (-sum(counts[t] for t in used[f]), f))
    unsure = day_first and day_first == month_first
    note = "; 03/04 is read as the third of April, for nothing says which it is" if unsure else ""
    return PlannedStep("parse_date", [name], {"formats": formats}, f"dates in {len(formats)} format(s){note}")


def _amounts(name: str, counts: Counter[str]) -> PlannedStep | None:
    found = {text: SIGNED.fullmatch(text) for text in counts}
    parts = {text: match for text, match in found.items() if match and not CODE.fullmatch(text)}
    if not _enough(counts, parts) or any(re.match(r"0\d", m["number"]) for m in parts.values()):
        return None  # a leading zero marks a code
    words = Counter[str]()
    for text, match in parts.items():
        words.update({w: counts[text] for w in (match["before"], match["after"]) if w[:1].isalpha()})
    units = _units(words, sum(counts[t] for t in parts))
    numbers = {text: match["number"].strip() for text, match in parts.items()}
    read = {m: _fitting(numbers.values(), lambda n, m=m: _strict(n, *m)) for m in MARKS}
    decimal, thousands = max(MARKS, key=lambda m: (len(read[m]), -MARKS.index(m)))
    fit = {text for text, number in numbers.items() if number in read[decimal, thousands]}
    if units is None or not _enough(counts, fit):
        return None
    parameters = {"decimal": decimal} | ({"thousands": thousands} if thousands else {})
    example = max(fit, key=lambda t: (counts[t], t))
    return PlannedStep(
        "parse_amount",
        [name],
        parameters | ({"units": units} if units else {}),
        f"numbers written as text, such as {example!r}",
    )


def _units(words: Counter[str], rows: int) -> dict[str, float] | None:
    """Return the factor of each unit; None where words are no units, or units of different things."""
    plain = Counter[str]()
    for word, count in words.items():
        plain[word.casefold()] += count
    for family in UNITS.values():
        if set(plain) <= set(family):
            return {word: family[word] for word in sorted(plain)}
    one = len(plain) == 1 and plain.total() >= ENOUGH * rows  # any word will do when every number has it
    return {word: 1.0 for word in plain} if one else None


def _strict(number: str, decimal: str, thousands: str) -> bool:
    """Whether a number is written so, with three digits between the marks of thousands."""
    mark = re.escape(thousands)
    whole = rf"\d{{1,3}}(?:{mark}\d{{3}})+|\d+" if thousands else r"\d+"
    return bool(re.fullmatch(rf"(?:{whole})(?:{re.escape(decimal)}\d+)?", number))


def _fitting(texts: Iterable[str], fits: Callable) -> set[str]:
    found = set()
    for text in texts:
        try:
            if fits(text):
                found.add(text)
        except ValueError:
            continue
    return found


def _enough(counts: Counter[str], fit: Iterable[str]) -> bool:
    return sum(counts[text] for text in fit) >= ENOUGH * counts.total()


def _object(text: str) -> dict:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _leaves(value: dict, before: str = "") -> list[tuple[str, object]]:
    leaves: list[tuple[str, object]] = []
    for key, inner in value.items():
        if isinstance(inner, dict) and before.count(".") < 3:
            leaves += _leaves(inner, f"{before}{key}.")
        elif not isinstance(inner, dict | list) and "." not in key:
            leaves.append((before + key, inner))
    return leaves
