"""Mail addresses, telephone numbers and addresses of machines."""

from __future__ import annotations

import re

from helpers.data.privacy.sample import Opinion, Sample
from helpers.recipe.personal.numbers import digits, is_ip
from helpers.recipe.personal.text import MAIL, is_written_as_phone
from helpers.report.text import share as percent

_PHONE = re.compile(r"[+(]?\d[\d\s().\-/]{4,22}\d(?:\s?(?:x|ext\.?|#)\s?\d{1,6})?")
_OTHER = re.compile(
    r"\d{1,4}[./\-]\d{1,2}[./\-]\d{1,4}|\d{3}-\d{2}-\d{4}|\d{4}[ \-]\d{4}[ \-]\d{4}[ \-]\d{1,7}|\d+\.\d+"
    r"|\d{3}\.\d{3}\.\d{3}-\d{2}"
)
_REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "PL", "NL", "BR", "SE", "PT", "AT", "CH", "BE", "IN", "JP")
_WITHOUT_PREFIX = (
    "US",
    "ES",
    "IT",
    "PL",
    "FR",
)  # where numbers are often kept as bare digits, and few are valid
TRIED = 100


def mail(sample: Sample) -> Opinion | None:
    """Say whether the values are mail addresses."""
    part = sample.share(MAIL.fullmatch)
    return Opinion("mail", part, 0.99 * part, f"{percent(part)} are written as mail addresses are")


def ip(sample: Sample) -> Opinion | None:
    """Say whether the values are addresses of machines."""
    part = sample.share(is_ip)
    return Opinion("ip", part, 0.95 * part, f"{percent(part)} are addresses of IP version 4 or 6")


def phone(sample: Sample) -> Opinion | None:
    """Say whether the values are telephone numbers: written as such, and valid by some country's plan of numbers."""
    shaped = [v for v in sample.values if _shaped(v)][:TRIED]
    part = sample.share(_shaped)
    if part < 0.5:
        return None
    written = sum(map(is_written_as_phone, shaped)) / len(shaped)
    bare = sum(v.isdigit() for v in shaped) / len(shaped)
    country, valid = _best_country(shaped, _WITHOUT_PREFIX if written < 0.5 else _REGIONS)
    why = f"{percent(part)} have the digits of telephone numbers, and {percent(valid)} are valid ({country})"
    if written > 0.6 and valid >= (0.6 if bare > 0.5 else 0.25):
        return Opinion("phone", part, 0.95 * part, f"{why}; they are written as only these are")
    if valid >= 0.95 and len(shaped) >= 20:
        return Opinion("phone", part, 0.55 * part, why)
    grouped = sum(bool(re.search(r"\d[\s.\-/()]+\d", v)) for v in shaped) / len(shaped)
    return Opinion("phone", part, 0.7 * part, f"{why}; in groups") if grouped > 0.6 and valid > 0.6 else None


def _shaped(value: str) -> bool:
    number = digits(re.split(r"x|ext|#", value)[0])
    return 7 <= len(number) <= 15 and bool(_PHONE.fullmatch(value)) and not _OTHER.fullmatch(value)


def _best_country(values: list[str], regions: tuple[str, ...]) -> tuple[str, float]:
    """Return the country by whose plan most of the numbers are valid, and their share."""
    shares = {region: _valid(values[:20], region) for region in regions}
    likely = sorted(shares, key=lambda r: -shares[r])[:2]
    exact = {region: _valid(values, region) for region in likely}
    best = max(exact, key=lambda r: exact[r])
    return best, exact[best]


def _valid(values: list[str], region: str) -> float:
    import phonenumbers

    def holds(value: str) -> bool:
        try:
            return phonenumbers.is_valid_number(phonenumbers.parse(re.sub(r"^00", "+", value), region))
        except phonenumbers.NumberParseException:
            return False

    return sum(map(holds, values)) / len(values)
