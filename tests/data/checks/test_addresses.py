"""Postal codes of true addresses are right, and those of another region of the same country are told, in 25 countries.

The pairs are addresses of well-known places (parliaments, town halls, museums), not taken from the rules.
"""

import numpy as np
import pandas as pd
import pytest

from helpers.data.checks import judge, postal_code_matches
from helpers.data.checks.addresses import country_code, misfit
from helpers.data.checks.suggest import suggest
from helpers.data.profile import profile
from helpers.errors import BadInput
from helpers.problem import Problem

# country: (region, postal code) pairs; the code of one does not fit the region of the next
PAIRS = {
    "US": [("DC", "20500"), ("California", "94103"), ("NY", "10118"), ("Texas", "78701")],
    "CA": [("Ontario", "K1A 0A9"), ("BC", "V5Y 1V4"), ("Quebec", "H2Y 1C6")],
    "AU": [("ACT", "2600"), ("Victoria", "3000"), ("Queensland", "4000")],
    "BR": [("DF", "70160-900"), ("São Paulo", "01310-200"), ("Bahia", "40020-000")],
    "ES": [("Madrid", "28014"), ("Barcelona", "08013"), ("Sevilla", "41004")],
    "IT": [("Roma", "00186"), ("MI", "20121"), ("Napoli", "80133")],
    "IN": [("Delhi", "110001"), ("Maharashtra", "400001"), ("Karnataka", "560001")],
    "JP": [("Tokyo", "100-0001"), ("Osaka", "540-0002"), ("Hokkaido", "060-0001")],
    "KR": [("Seoul", "04524"), ("Busan", "47545")],
    "MX": [("Jalisco", "44100"), ("Yucatán", "97000"), ("Nuevo León", "64000")],
    "MY": [("Selangor", "40000"), ("Sabah", "88000"), ("Johor", "80000")],
    "RU": [("Москва", "103132"), ("Санкт-Петербург", "190000")],
    "TR": [("Ankara", "06543"), ("İstanbul", "34122"), ("İzmir", "35250")],
    "TW": [("Taipei City", "100"), ("Kaohsiung City", "802")],
    "TH": [("Bangkok", "10200"), ("Chiang Mai", "50200"), ("Phuket", "83000")],
    "UA": [("Київ", "01008"), ("Львівська область", "79000"), ("Одеська область", "65000")],
    "AR": [("Córdoba", "X5000"), ("Mendoza", "M5500"), ("Salta", "A4400")],
    "EG": [("Cairo", "11511"), ("Alexandria", "21500")],
    "PH": [("Cebu", "6000"), ("Palawan", "5300"), ("Batangas", "4200")],
    "NI": [("Managua", "11001"), ("León", "21000")],
    "UY": [("Montevideo", "11100"), ("Salto", "50000"), ("Rocha", "27000")],
    "AM": [("Yerevan", "0010"), ("Lori", "2001")],
    "AD": [("Andorra la Vella", "AD500"), ("Canillo", "AD100")],
    "SV": [("San Salvador", "CP 1101"), ("Santa Ana", "CP 2201")],
}
# countries whose data know the form alone: a true code, and one that is none
FORMS = {
    "DE": ("10117", "1011"),
    "FR": ("75001", "7500A"),
    "GB": ("SW1A 1AA", "SW1A"),
    "NL": ("1012 JS", "1012"),
    "AT": ("1010", "10100"),
    "CH": ("3003", "03003"),
    "BE": ("1000", "0100A"),
    "DK": ("1218", "12181"),
    "SE": ("111 28", "11 128"),
    "NO": ("0010", "010"),
    "FI": ("00102", "0102"),
    "PL": ("00-902", "00902A"),
    "PT": ("1200-109", "1200109X"),
    "CZ": ("118 00", "1180"),
    "GR": ("106 71", "10671A"),
    "IE": ("D02 XR20", "D02"),
    "IL": ("9195016", "919"),
    "SG": ("178957", "17895"),
    "CN": ("100031", "10003"),
    "ZA": ("8001", "80010"),
}


def test_there_are_twenty_countries_with_regions_and_twenty_with_forms():
    assert len(PAIRS) >= 20
    assert len(FORMS) >= 20


@pytest.mark.parametrize("country", PAIRS)
def test_a_code_fits_its_own_region_and_no_other(country):
    pairs = PAIRS[country]
    for (region, code), (other, _) in zip(pairs, [*pairs[1:], pairs[0]], strict=True):
        assert misfit(country, region, None, code) == ""
        assert misfit(country, region.upper(), None, code.lower()) == ""
        assert "must be a postal code of" in misfit(country, other, None, code)


@pytest.mark.parametrize("country", FORMS)
def test_a_code_has_the_form_of_its_country(country):
    right, wrong = FORMS[country]
    assert misfit(country, None, None, right) == ""
    assert "must be a postal code of" in misfit(country, None, None, wrong)


def test_errors_planted_in_a_table_of_all_countries_are_found_row_by_row():
    true = [(country, region, code) for country, pairs in PAIRS.items() for region, code in pairs]
    rows = pd.DataFrame(true, columns=["land", "state", "zip"]).rename_axis(index="row")
    check = postal_code_matches("zip", country="land", region="state", severity="stop")
    assert judge(rows, [check]).findings.empty
    planted = []
    for country in PAIRS:
        mine = rows.index[rows["land"] == country]
        rows.loc[mine[:2], "zip"] = true[mine[1]][2], true[mine[0]][2]
        planted += list(mine[:2])
    found = judge(rows, [check]).findings
    assert found["row"].tolist() == planted
    assert found["value"].tolist() == rows.loc[planted, "zip"].tolist()
    assert found["message"].str.startswith("must be a postal code of").all()


def test_a_city_is_judged_where_the_data_know_its_codes():
    assert misfit("KR", "강원도", "강릉시", "25460") == ""
    assert "강릉시" in misfit("KR", "강원도", "강릉시", "24700")


@pytest.mark.parametrize(
    ("country", "region", "code"),
    [
        ("Atlantis", None, "1"),
        ("DE", "Bavaria", "80331"),
        ("US", "Cascadia", "98101"),
        ("US", "CA", None),
        (None, "CA", "1"),
    ],
)
def test_what_is_not_known_is_not_judged(country, region, code):
    assert misfit(country, region, None, code) == ""


def test_a_country_is_known_by_letters_or_english_name():
    assert [country_code(c) for c in ("fr", "France", "UNITED KINGDOM", "uk", "Türkiye")] == [
        "FR",
        "FR",
        "GB",
        "GB",
        "TR",
    ]


def test_one_country_for_all_rows_needs_no_column():
    rows = pd.DataFrame({"zip": ["10117", "1011", None]})
    assert judge(rows, [postal_code_matches("zip", in_country="Germany")]).findings["row"].tolist() == [1]
    with pytest.raises(BadInput, match="did you mean 'GERMANY'"):
        postal_code_matches("zip", in_country="Germony")
    with pytest.raises(BadInput, match="either"):
        postal_code_matches("zip")


def suggested(rows):
    found = suggest(rows, profile(rows), Problem("t", None, "none", ""))
    return [(c.given, c.severity) for c in found if c.rule == "postal_code_matches"]


@pytest.fixture
def letters():
    """Letters to four countries, the columns named without a hint; one code in 500 is wrong."""
    draw = np.random.default_rng(0)
    lands = draw.choice(["GB", "CA", "Netherlands", "DE"], 1000)
    forms = {"GB": "SW1A 1AA", "CA": "K1A 0A9", "Netherlands": "1012 JS", "DE": "10117"}
    codes = [forms[land] if n % 500 else "?0" for n, land in enumerate(lands)]
    return pd.DataFrame(
        {"a": codes, "b": lands, "c": draw.choice(["x", "y"], 1000), "n": draw.integers(10**4, 10**5, 1000)}
    )


def test_postal_codes_that_fit_the_country_beside_them_are_known_by_their_values(letters):
    assert suggested(letters) == [({"code": "a", "country": "b"}, "warning")]


def test_codes_are_held_to_their_region_where_the_country_alone_says_little():
    rows = pd.DataFrame(
        [("US", region, code) for region, code in PAIRS["US"]] * 50, columns=["land", "part", "code"]
    )
    assert suggested(rows) == [({"code": "code", "country": "land", "region": "part"}, "warning")]


def test_numbers_of_five_digits_beside_a_country_are_no_postal_codes(letters):
    assert suggested(letters[letters["b"] == "DE"].reset_index(drop=True)) == []
    assert suggested(letters.assign(a="10117")) == []
    assert suggested(letters.drop(columns="b")) == []
