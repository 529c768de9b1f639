"""Addresses and postal codes."""

from __future__ import annotations

import re
from collections import Counter

from helpers.data.privacy.sample import Opinion, Sample
from helpers.recipe.personal.streets import POST_BOX, STREETS
from helpers.report.text import share as percent

# Written in a way that few other codes are. [country: pattern]
_TELLING = {
    "GB": r"(?:GIR ?0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d|[A-HK-Y]\d\d|\d[A-HJKPSTUW]|[A-HK-Y]\d[ABEHMNPRV-Y])"
    r" ?\d[ABD-HJLNP-UW-Z]{2})",
    "CA": r"[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] ?\d[ABCEGHJ-NPRSTV-Z]\d",
    "NL": r"[1-9]\d{3} ?(?!SA|SD|SS)[A-Z]{2}",
    "PL": r"\d{2}-\d{3}",
    "PT": r"[1-9]\d{3}-\d{3}",
    "BR": r"\d{5}-\d{3}",
    "JP": r"\d{3}-\d{4}",
    "US": r"\d{5}(?:-\d{4})?",
    "SE, CZ or GR": r"\d{3} \d{2}",
    "IE": r"[AC-FHKNPRTV-Y]\d[\dW] ?[0-9AC-FHKNPRTV-Y]{4}",
    "country and digits": r"(?:D|A|CH|F|I|B|L|DK|S|FI|NO|PL|E)-\d{4,6}",
}
_SURE = {
    "GB": 0.95,
    "CA": 0.95,
    "NL": 0.85,
    "PL": 0.85,
    "PT": 0.8,
    "BR": 0.85,
    "JP": 0.7,
    "SE, CZ or GR": 0.7,
}
FEWEST = 10


def address(sample: Sample) -> Opinion | None:
    """Say whether the values are addresses: a word for a street and a house number beside it."""
    if sample.kind != "text":
        return None
    values = [v for v in sample.values if 5 < len(v) < 250 and any(c.isdigit() for c in v)]
    found = sum(map(_is_address, values[:300])) / max(len(values[:300]), 1)
    part = found * len(values) / max(len(sample.values), 1)
    if part < 0.3:
        return None
    why = f"{percent(part)} hold a word for a street beside a house number"
    return Opinion("address", part, 0.5 + 0.45 * part, why)


def _is_address(value: str) -> bool:
    for pattern in (*STREETS, POST_BOX):
        match = pattern.search(value)
        if match and len(match[0]) >= 0.3 * len(value):
            return True
    return False


def postal_code(sample: Sample) -> Opinion | None:
    """Say whether the values are postal codes; bare digits need the name of the column, or other personal columns."""
    if len(sample.values) < FEWEST:
        return None
    shares = {c: sample.share(re.compile(p, re.I).fullmatch) for c, p in _TELLING.items()}
    country = max(shares, key=lambda c: shares[c])
    part = shares[country]
    if part < 0.8:
        return _four_digits(sample)
    if country == "US" and sample.share(lambda v: "-" in v) < 0.05:
        return _five_digits(sample)
    why = f"{percent(part)} are written as postal codes are ({country})"
    return Opinion("postal code", part, _SURE.get(country, 0.85) * part, why)


def _five_digits(sample: Sample) -> Opinion | None:
    """Weigh bare five digits: postal codes spread over the first digits, zero among them, and don't count up."""
    firsts = Counter(v[0] for v in sample.values)
    zeros, most = firsts["0"] / len(sample.values), firsts.most_common(1)[0][1] / len(sample.values)
    spread = len(firsts) >= 4 and most < 0.6
    why = "all have five digits"
    if zeros > 0.01 and spread:
        return Opinion("postal code", 1.0, 0.62, f"{why}, some begin with 0, and the first digits vary")
    return Opinion("postal code", 1.0, 0.3, f"{why}, as postal codes have")


def _four_digits(sample: Sample) -> Opinion | None:
    part = sample.share(re.compile(r"[1-9]\d{3}|\d{6}").fullmatch)
    return (
        Opinion("postal code", part, 0.25, "all have as many digits as postal codes") if part > 0.95 else None
    )
