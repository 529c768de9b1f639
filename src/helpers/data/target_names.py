"""What the names of columns tell about which of them is the target: words of outcomes, of descriptions, families."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_CALLED = """
    target label labels class outcome response resp result y status answer decision choice selected diagnosis success"""
_EFFECT = """
    score scores rating grade quality price cost costs charge charges fee fees amount value sales sold revenue demand
    profit wage wages salary salaries earnings pay expenditure expenditures spending churn churned default defaulted
    survived survival died dead death deaths mortality fatal fatalities fraud spam attrition left exited canceled
    cancelled returned released converted conversion purchase purchased bought click clicked subscribed approved
    rejected accepted deny denied granted vote votes delay delayed duration yield strength consumption efficiency
    visits count counts participation recurrence relapse disease cases failed failure fault win won passed admitted
    eval evaluation satisfaction happiness happy"""
_WHO = """
    age sex gender race ethnicity ethnic name nationality religion marital married single divorced family household
    kid kids child children dependents parents mother father education educ school schooling experience exper tenure
    seniority occupation occ job industry sector company union black white hispanic asian minority female male height
    weight id"""
_WHERE = """
    country county state region city town zip postcode district urban rural south north west east northeast
    northwest location address lat latitude lon long longitude area site origin dest destination"""
_WHEN = "date time year yr quarter season month week weekday day hour hr minute start begin period"
CALLED = frozenset(_CALLED.split())
EFFECT = frozenset(_EFFECT.split())
DESCRIBES = frozenset((_WHO + _WHERE + " " + _WHEN).split())
MOST_ALIKE = 2  # an outcome's word that more columns have, such as the prices of five brands, tells nothing


def name_points(name: str, columns: Sequence[str]) -> dict[str, float]:
    """Return points for the name of a column beside those of the others.

    >>> name_points("Sale_Price", ["Sale_Price", "Sale_Type", "Year"])["its name"]
    1.25
    """
    words, others = words_of(name), [c for c in columns if c != name]
    often = Counter(word for c in columns for word in set(words_of(c)))
    called = re.split(r"[\W_]+", name.lower())[-1] in CALLED  # not "SubClass"
    outcome = called or any(w in EFFECT and often[w] <= MOST_ALIKE for w in words)
    return {
        "its name": 1.25 * outcome,
        "its whole name says outcome": 1.25 * (name.lower() in CALLED | EFFECT),
        "its name says who, where or when": -1.0 * bool(DESCRIBES & set(words)),
        "one of several names alike": -0.5 * (not outcome and any(alike(name, other) for other in others)),
    }


def words_of(name: str) -> list[str]:
    """Return the words of a name in lower case.

    >>> words_of("SalePrice_2ndFlr")
    ['sale', 'price', '2nd', 'flr']
    """
    parted = re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
    return [w for w in re.split(r"[\W_]+|(?<=[a-z])(?=\d)", parted) if w]


def alike(name: str, other: str) -> bool:
    """Whether two names belong together: one word in common, the same beginning, or different numbers alone.

    >>> alike("x1", "x2"), alike("price.heinz", "price.hunts"), alike("lat", "long")
    (True, True, False)
    """
    words = words_of(name)
    shared = len(words) > 1 and any(len(w) > 2 for w in set(words) & set(words_of(other)))
    begun = len(name) > 4 and name[:4].lower() == other[:4].lower()
    numbered = name != (bare := re.sub(r"\d", "", name)) and bare == re.sub(r"\d", "", other)
    return shared or begun or numbered
