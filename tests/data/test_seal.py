"""The seal: the same rows every time, whatever their order, and a fair share of every class."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from helpers.data.ingest import labelled
from helpers.data.seal import hashes, left_out, sealed, told
from helpers.data.table import of_frame
from helpers.errors import BadInput
from helpers.problem import Problem

calm = settings(max_examples=60, deadline=None)


def problem(**more):
    more = {"task": "binary", "classes": ["no", "yes"], "positive": "yes"} | more
    return Problem("test", "y", measure="roc_auc", **more)


def table(n=1000, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "key": [f"k{i}" for i in range(n)],
            "x": rng.normal(size=n),
            "n": pd.array(rng.integers(0, 9, n), "Int64"),
            "group": rng.integers(0, n // 20 + 2, n).astype(str),
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.permutation(n), unit="D"),
            "y": np.where(np.arange(n) % 10 < 2, "yes", "no").astype(object),
        }
    )
    frame.loc[::7, "n"] = pd.NA
    return frame.rename_axis(index="row")


NUMBERS = problem(task="regression", classes=[], positive=None, group="group")
PROBLEMS = {
    "classes": problem(),
    "identifiers": problem(identifiers=["key"]),
    "regression": problem(task="regression", classes=[], positive=None),
    "group": problem(group="group"),
    "time": problem(time="day"),
}


@pytest.mark.parametrize("kind", PROBLEMS)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_rows_in_another_order_seal_the_same_rows(kind, seed):
    frame = table()
    shuffled = frame.sample(frac=1, random_state=seed)
    first = set(frame.loc[sealed(frame, PROBLEMS[kind]), "key"])
    assert set(shuffled.loc[sealed(shuffled, PROBLEMS[kind]), "key"]) == first
    assert 0 < len(first) < len(frame)


@pytest.mark.parametrize("kind", ["classes", "identifiers", "regression", "time"])
@pytest.mark.parametrize("share", [0.05, 0.1, 0.25, 0.5])
def test_the_share_is_the_one_asked_for(kind, share):
    assert sealed(table(), PROBLEMS[kind], share).mean() == pytest.approx(share, abs=0.005)


def test_every_class_gives_the_same_share():
    frame = table()
    mask = sealed(frame, problem())
    assert frame.loc[mask, "y"].value_counts().to_dict() == {"no": 80, "yes": 20}


def test_a_class_with_one_member_is_not_sealed_away():
    frame = table()
    frame.loc[5, "y"] = "only"
    mask = sealed(frame, problem(task="multiclass", classes=["no", "only", "yes"], positive=None))
    assert "only" not in set(frame.loc[mask, "y"])


@calm
@given(groups=st.lists(st.integers(0, 5), min_size=10, max_size=60), share=st.floats(0.05, 0.5))
def test_no_group_is_in_both_parts_and_neither_part_is_empty(groups, share):
    frame = pd.DataFrame({"group": [f"g{g}" for g in groups], "y": 1.0})
    try:
        mask = sealed(frame, NUMBERS, share)
    except BadInput:
        assert frame["group"].nunique() == 1
        return
    assert not set(frame["group"][mask]) & set(frame["group"][~mask])
    assert 0 < mask.sum() < len(frame)


def test_a_group_that_holds_most_rows_is_never_the_sealed_one():
    for name in map(str, range(20)):
        frame = pd.DataFrame({"group": [name] * 90 + ["a"] * 5 + ["b"] * 5, "y": 1.0})
        mask = sealed(frame, NUMBERS)
        assert 0 < mask.sum() <= 10


@calm
@given(
    groups=st.lists(st.integers(0, 12), min_size=12, max_size=60),
    seed=st.integers(0, 99),
    share=st.floats(0.1, 0.5),
)
def test_by_time_no_group_and_no_future_is_in_both_parts(groups, seed, share):
    days = np.random.default_rng(seed).integers(0, 30, len(groups)).astype(float)
    days[seed % len(groups)] = np.nan
    frame = pd.DataFrame({"group": [f"g{g}" for g in groups], "day": days, "y": 1.0})
    of_both = problem(task="regression", classes=[], positive=None, group="group", time="day")
    try:
        mask = sealed(frame, of_both, share)
    except BadInput:
        days = frame["day"].fillna(-1.0)  # without a day a row is never sealed, so its group is known
        first = days.groupby(frame["group"]).transform("min")
        assert (first < days.max()).all() or frame[
            "day"
        ].nunique() < 2  # nothing new comes, or all at one moment
        return
    learnt = ~(mask | left_out(frame, of_both, mask))
    assert not set(frame["group"][mask]) & set(frame["group"][learnt])
    assert not (frame["day"][learnt] >= frame["day"][mask].min()).any()
    assert 0 < mask.sum() < len(frame)


@pytest.mark.parametrize("cases", [2, 5, 30])
def test_groups_are_sealed_such_that_both_classes_are_judged_and_learnt(cases):
    patients = [f"{cases} p{n}" for n in range(60)]
    frame = pd.DataFrame(
        {"group": np.repeat(patients, 5), "y": np.repeat(["yes", "no"], [5 * cases, 300 - 5 * cases])}
    )
    mask = sealed(frame.astype(object), problem(group="group"))
    assert set(frame["y"][mask]) == set(frame["y"][~mask]) == {"yes", "no"}
    assert not set(frame["group"][mask]) & set(frame["group"][~mask])
    assert mask.mean() <= 0.1 + 1 / 60 + 1e-9


def test_by_time_every_sealed_row_is_later_than_every_other():
    frame = table()
    mask = sealed(frame, problem(time="day"))
    assert frame["day"][mask].min() > frame["day"][~mask].max()
    frame["day"] = frame["day"].dt.to_period("M").dt.to_timestamp()  # many rows of one moment
    mask = sealed(frame, problem(time="day"))
    assert frame["day"][mask].min() > frame["day"][~mask].max()


def test_a_row_without_a_moment_is_not_sealed():
    frame = table()
    frame.loc[::3, "day"] = pd.NaT
    mask = sealed(frame, problem(time="day"))
    assert frame["day"][mask].notna().all()
    assert mask.sum() == pytest.approx(frame["day"].notna().sum() * 0.1, abs=1)


def test_rows_that_are_equal_are_in_one_part():
    frame = pd.concat([table(300)] * 3, ignore_index=True)
    mask = sealed(frame, problem())
    assert not set(frame["key"][mask]) & set(frame["key"][~mask])
    assert mask.mean() == pytest.approx(0.1, abs=0.01)


def test_rows_of_one_identifier_are_in_one_part_whatever_else_changed():
    frame = table()
    changed = frame.assign(x=frame["x"] + 1, n=0)
    both = problem(identifiers=["key"])
    assert (sealed(frame, both) == sealed(changed, both)).all()


@pytest.mark.parametrize("kind", ["classes", "identifiers", "regression"])
def test_with_more_rows_nearly_all_that_were_sealed_stay_so(kind):
    frame = table(3000)
    early = frame.iloc[:2000]
    before = set(early.loc[sealed(early, PROBLEMS[kind]), "key"])
    now = set(frame.loc[sealed(frame, PROBLEMS[kind]), "key"])
    assert len(before & now) >= 0.9 * len(before)
    assert len(now) == 300


def test_a_new_group_moves_few_of_the_earlier_ones():
    frame = table(3000)
    early = frame[frame["group"].astype(int) < 140]
    before = set(early.loc[sealed(early, problem(group="group")), "group"])
    now = set(frame.loc[sealed(frame, problem(group="group")), "group"])
    assert len(before & now) >= 0.8 * len(before)


def test_the_hash_of_a_row_follows_its_values_and_nothing_else():
    frame = table(200).drop(columns=["key"])
    marks = hashes(frame)
    np.testing.assert_array_equal(hashes(frame.iloc[::-1]), marks[::-1])
    np.testing.assert_array_equal(hashes(frame.set_axis(range(500, 700))), marks)
    assert len(set(marks)) == len(frame.drop_duplicates())
    np.testing.assert_array_equal(hashes(frame.astype({"n": object})), marks)


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, float("nan")])
def test_an_impossible_share_is_answered_in_one_line(share):
    with pytest.raises(BadInput) as told:
        sealed(table(), problem(), share)
    assert "test_share" in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("frame", "about"),
    [
        (table(9), {}),
        (table(100).assign(day=pd.Timestamp("2020-01-01")), {"time": "day"}),
        (table(100).assign(day=pd.NaT), {"time": "day"}),
        (table(100).assign(group="one"), {"group": "group"}),
        (table(100)[["y"]].assign(y="no"), {}),
    ],
)
def test_a_table_of_which_nothing_can_be_set_aside_is_answered_in_one_line(frame, about):
    with pytest.raises(BadInput) as told:
        sealed(frame, problem(**about))
    assert "\n" not in str(told.value)


def draws(n=4000, seed=0):
    """Rows of two columns of three levels each; the target follows from neither for certain."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"a": rng.integers(0, 3, n), "b": rng.integers(0, 3, n).astype(str)})
    frame["y"] = np.where(rng.random(n) < 0.2 + 0.2 * frame["a"], "yes", "no").astype(object)
    return frame.rename_axis(index="row")


@pytest.mark.parametrize("seed", [1, 2])
def test_of_draws_from_few_combinations_each_is_sealed_in_part_so_that_a_right_model_is_found_right(seed):
    frame = draws(seed=seed)
    mask = sealed(frame, problem())
    assert mask.mean() == pytest.approx(0.1, abs=0.01)
    learnt = (frame["y"] == "yes")[~mask].groupby(frame["a"][~mask]).mean()
    truth, said = frame["y"][mask] == "yes", frame["a"][mask].map(learnt)
    assert roc_auc_score(truth, said) == pytest.approx(
        roc_auc_score(frame["y"] == "yes", frame["a"]), abs=0.08
    )


def test_of_draws_as_many_of_each_are_sealed_in_any_order_and_nearly_all_stay_so_with_more_rows():
    frame = draws()
    first = frame[sealed(frame, problem())]
    shuffled = frame.sample(frac=1, random_state=1)
    again = shuffled[sealed(shuffled, problem())]
    assert first.value_counts().to_dict() == again.value_counts().to_dict()
    more = pd.concat([frame, draws(400, seed=9)], ignore_index=True)
    assert sealed(more, problem())[: len(frame)][sealed(frame, problem())].mean() > 0.9


def test_a_table_that_comes_to_hold_draws_keeps_most_of_its_seal():
    few, more = draws(300).assign(c=np.arange(300) // 2), draws(300, seed=5).assign(c=0)
    both = pd.concat([few, more], ignore_index=True)
    before, after = sealed(few, problem()), sealed(both, problem())
    assert after[: len(few)][before].mean() > 0.6


def test_copies_and_rows_of_two_opinions_are_no_draws():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=800), "y": rng.choice(["no", "yes"], 800)})
    copies, opinions = frame[:60], frame[60:180].assign(y=lambda f: np.where(f["y"] == "no", "yes", "no"))
    whole = pd.concat([frame, copies, opinions], ignore_index=True)
    mask = sealed(whole, problem())
    assert (mask[:60] == mask[800:860]).all()


def test_a_table_that_holds_every_row_twice_is_no_table_of_draws():
    frame = pd.concat([draws().assign(key=range(4000))] * 2, ignore_index=True)
    mask = sealed(frame, problem())
    assert not set(frame["key"][mask]) & set(frame["key"][~mask])


def test_whole_numbers_are_sealed_alike_before_and_after_they_are_named_as_the_target(tmp_path):
    frame = pd.DataFrame({"x": np.arange(500) * 0.37, "price": np.arange(500) * 1000 + 21})
    rows = of_frame(frame.rename_axis(index="row"), tmp_path)
    unnamed = sealed(rows, Problem("x", None, "none", ""))
    named = Problem("x", "price", "regression", "r2")
    assert (sealed(labelled(rows, named), named) == unnamed).all()


def test_that_few_rows_of_new_groups_are_sealed_is_told():
    aside, torn = np.arange(200) >= 198, np.arange(200) >= 180
    assert told(torn & ~aside, aside, 0.1).startswith("18 later rows")
    assert "leave `ingest.group` out" in told(torn & ~aside, aside, 0.1)
    assert "leave" not in told(torn & ~aside, aside, 0.01)
    assert told(torn & False, aside, 0.1) == ""


def test_of_a_rare_class_one_row_at_least_is_sealed_so_that_the_measure_can_be_computed():
    frame = table(400)
    frame["y"] = np.where(np.arange(400) < 4, "yes", "no").astype(object)
    assert (frame["y"][sealed(frame, problem())] == "yes").sum() == 1


@pytest.mark.parametrize(
    ("rare", "of_time", "said"),
    [
        (range(3), None, "to seal would be of class 'yes' of 'y', which 3 rows have"),
        (range(40), "t", "to seal would be of class 'yes' of 'y', which 40 rows have"),
        (range(395, 400), "t", "to learn from would be of class 'yes' of 'y', which 5 rows have"),
    ],
)
def test_a_class_of_two_that_is_not_among_the_sealed_rows_or_the_others_is_told_at_once(rare, of_time, said):
    frame = table(400).assign(t=range(400))
    frame["y"] = np.where(np.isin(np.arange(400), rare), "yes", "no").astype(object)
    of_two = Problem("x", "y", "binary", "roc_auc", ["no", "yes"], "yes", time=of_time)
    with pytest.raises(BadInput, match=said):
        sealed(frame, of_two)
