"""k-anonymity and l-diversity agree with counting by hand."""

import math
from collections import Counter, defaultdict

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.data.privacy.anonymity import anonymity, smallest_groups

# The table of patients of Machanavajjhala et al. (2007), figure 2: 4-anonymous, its third group of one disease.
PATIENTS = pd.DataFrame(
    {
        "zip": ["130**"] * 4 + ["1485*"] * 4 + ["130**"] * 4,
        "age": ["<30"] * 4 + [">=40"] * 4 + ["3*"] * 4,
        "disease": ["heart", "heart", "virus", "virus", "cancer", "heart", "virus", "virus"] + ["cancer"] * 4,
    }
)


def test_the_published_table_is_4_anonymous_and_1_diverse():
    told = anonymity(PATIENTS, ["zip", "age"], 4, "disease")
    assert (told.k, told.groups, told.below, told.l, told.entropy_l) == (4, 3, 0, 1, 1.0)
    assert anonymity(PATIENTS, ["zip", "age"], 5).below == 12


rows = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from([1.0, None]), st.sampled_from("xyz")),
    min_size=1,
    max_size=40,
)


@given(rows)
@settings(max_examples=100, deadline=None)
def test_it_counts_as_a_loop_over_the_rows_would(drawn):
    frame = pd.DataFrame(drawn, columns=["p", "q", "s"])
    groups = defaultdict(Counter)
    for p, q, s in drawn:
        groups[p, q][s] += 1
    sizes = [g.total() for g in groups.values()]
    told = anonymity(frame, ["p", "q"], 3, "s")
    assert (told.k, told.groups, told.unique) == (min(sizes), len(sizes), sizes.count(1))
    assert told.below == sum(n for n in sizes if n < 3)
    assert told.l == min(map(len, groups.values()))
    entropies = [-sum(n / g.total() * math.log(n / g.total()) for n in g.values()) for g in groups.values()]
    assert math.isclose(told.entropy_l, math.exp(min(entropies)))
    assert smallest_groups(frame, ["p", "q"], 99)["rows"].sum() == len(drawn)


def test_an_empty_table_is_answered():
    assert anonymity(PATIENTS.iloc[:0], ["zip"], 2).rows == 0
