"""Names of persons, and their dates of birth."""

from __future__ import annotations

import re

import pandas as pd

from helpers.data.privacy.sample import Opinion, Sample
from helpers.recipe.personal.names import (
    AMBIGUOUS,
    PARTICLES,
    PLACE_WORDS,
    TITLES,
    is_given,
    is_surname,
    plain,
)
from helpers.report.text import share as percent

_WORDS = re.compile(r"[^\W\d_][\w'’.\-]*")
_SUFFIXES = {"jr", "sr", "ii", "iii", "iv", "md", "dds", "dvm", "phd"}
_PLACE = re.compile(
    r"(?i)^(saint|sainte|san|santa|bad|north|south|new|lake|port|st\.?)[ \-]|-(sur|les|la|le|en|aux|am|an der)-"
)
_FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y%m%d")


def person_name(sample: Sample) -> Opinion | None:
    """Say whether the values are names of persons: two to five capitalised words, known names among them."""
    if sample.kind != "text" or len(sample.values) < 3:
        return None
    parts = [_name_words(v) for v in sample.values[:1000]]
    shaped = [p for p in parts if p]
    if len(shaped) < 0.6 * len(parts):
        return None
    if sum(len(p) >= 2 for p in shaped) >= 0.5 * len(parts):
        return _whole_names([p for p in shaped if len(p) >= 2], len(parts))
    if sample.share(_PLACE.search) > 0.02:
        return None  # surnames of which places are made
    return _single_names([p[0] for p in shaped if len(p) == 1], len(parts))


def _whole_names(names: list[list[str]], of: int) -> Opinion | None:
    if len({tuple(n) for n in names}) < 3:
        return None
    given = sum(is_given(n[0]) or is_given(n[-1]) for n in names) / of
    known = sum(any(is_given(w) or is_surname(w) for w in n) for n in names) / of
    if given < 0.25 or known < 0.4:
        return None
    why = f"{percent(known)} are two to five words with a common given name or surname among them"
    return Opinion("name", len(names) / of, 0.55 + 0.4 * known, why)


def _single_names(words: list[str], of: int) -> Opinion | None:
    """Weigh single words: given names or surnames, which some words and places are too."""
    different = set(map(plain, words))
    if len(different) < 8:
        return None
    given = sum(is_given(w) and plain(w) not in AMBIGUOUS for w in words) / of
    surname = sum(map(is_surname, words)) / of
    part, what = max((given, "given names"), (surname, "surnames"))
    if part < (0.35 if what == "given names" else 0.25):
        return None
    return Opinion("name", len(words) / of, 0.45 + 0.5 * part, f"{percent(part)} are common {what}")


def _name_words(value: str) -> list[str]:
    """Return the words of a name without titles and particles; none when the text cannot be one."""
    if len(value) > 60 or any(c.isdigit() or c in "@_/:;!?&#" for c in value):
        return []
    words = _WORDS.findall(value)
    if not 1 <= len(words) <= 8:
        return []
    words = [
        w for w in words if w.lower().strip(".") not in TITLES | _SUFFIXES and w.lower() not in PARTICLES
    ]
    if not 1 <= len(words) <= 5 or not all(w[0].isupper() or not w[0].islower() for w in words):
        return []
    return [] if len(words) > 1 and plain(words[0]) in PLACE_WORDS else words


def birth_date(sample: Sample) -> Opinion | None:
    """Say whether the values are dates of birth: days without a time that spread over the lives of people.

    Dates of events crowd into fewer years, reach up to now, or follow each other in equal steps.
    """
    dates = as_days(sample)
    if dates is None or len(dates) < FEWEST:
        return None
    now = pd.Timestamp.now()
    ages = (now - dates).dt.days / 365.25
    if ages.min() < 0 or ages.max() > 120 or _in_equal_steps(dates):
        return None
    spread = float(ages.quantile(0.9) - ages.quantile(0.1))
    adult = float(((ages > 14) & (ages < 105)).mean())
    why = f"days without a time, their years spread over {spread:.0f} for eight in ten"
    if spread > 20 and adult > 0.75 and ages.median() > 18:
        return Opinion("birth date", 1.0, 0.65, f"{why}, as the ages of people do")
    return Opinion("birth date", 1.0, 0.35, why)


FEWEST = 10


def as_days(sample: Sample) -> pd.Series | None:
    """Return the values as days when nearly all are written as such in one way."""
    if sample.kind == "number" and not all(len(v) == 8 for v in sample.values):
        return None
    texts = pd.Series(sample.values, dtype=object)
    if texts.empty or not texts.str.fullmatch(r"\d{8}|\d{1,4}[./\-]\d{1,2}[./\-]\d{1,4}").mean() > 0.9:
        return None
    for layout in _FORMATS:
        days = pd.to_datetime(texts, format=layout, errors="coerce")
        if days.notna().mean() > 0.95:
            return days.dropna()
    return None


def _in_equal_steps(dates: pd.Series) -> bool:
    steps = dates.sort_values().diff().dropna().dt.days
    return bool((steps.max() - steps.min()) <= 3 or (steps == steps.mode().iloc[0]).mean() > 0.8)
