"""Splits, held against the rows themselves: what belongs together is never torn apart."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.data.split import folded, in_both, split, targets
from helpers.errors import BadInput
from helpers.problem import Problem

calm = settings(max_examples=150, deadline=None)


def problem(task="binary", target="y", **more):
    return Problem("test", target, task, "roc_auc", **more)


def table(rows=1000, seed=0, classes=2):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"x": rng.normal(size=rows), "y": rng.integers(0, classes, rows).astype(str)})
    return frame.rename_axis(index="row")


def parts(frame, made):
    return frame.iloc[made.train], frame.iloc[made.validation]


@pytest.mark.parametrize("method", ["random", "stratified", "hash"])
def test_the_parts_share_no_row_lose_none_and_have_the_size_asked_for(method):
    frame = table(9000)
    made = split(frame, problem(), share=1 / 9, method=method)
    assert sorted([*made.train, *made.validation]) == list(range(9000))
    assert len(made.validation) == pytest.approx(1000, abs=1 if method != "hash" else 120)


def test_a_stratified_split_keeps_the_share_of_every_class():
    frame = table(3000)
    frame["y"] = ["rare"] * 90 + ["common"] * 2910
    _, validation = parts(frame, split(frame, problem(), share=1 / 3))
    assert validation["y"].value_counts().to_dict() == {"common": 970, "rare": 30}


def test_of_a_rare_class_of_two_one_row_at_least_validates():
    frame = table(300)
    frame["y"] = ["yes"] * 3 + ["no"] * 297
    for seed in range(5):
        _, validation = parts(frame, split(frame, problem(), seed=seed))
        assert (validation["y"] == "yes").sum() == 1


def test_a_class_with_one_member_trains_and_is_named():
    frame = table(300)
    frame.loc[7, "y"] = "only me"
    for seed in range(5):
        made = split(frame, problem(), seed=seed)
        assert 7 in made.train
        assert "Class 'only me' has no row to validate." in made.notes


def test_the_same_seed_gives_the_same_split_and_another_seed_another():
    frame = table()
    one, again, other = (split(frame, problem(), seed=s) for s in (1, 1, 2))
    assert (one.validation == again.validation).all()
    assert not np.array_equal(one.validation, other.validation)


@calm
@given(
    groups=st.lists(st.one_of(st.none(), st.integers(0, 6)), min_size=2, max_size=60),
    share=st.floats(0.05, 0.9),
    seed=st.integers(0, 99),
)
def test_no_group_is_in_two_parts(groups, share, seed):
    frame = pd.DataFrame({"g": pd.array(groups, "Int64"), "y": "a"})
    frame["x"] = range(len(frame))
    try:
        made = split(frame, problem(group="g"), share=share, seed=seed)
    except BadInput:
        assert frame["g"].nunique(dropna=False) == 1  # nothing to divide
        return
    train, validation = ({g for g in part["g"] if g is not pd.NA} for part in parts(frame, made))
    assert not train & validation
    assert made.method == "grouped"
    assert min(len(made.train), len(made.validation)) > 0
    assert len(made.train) + len(made.validation) == len(frame)


@calm
@given(
    days=st.lists(st.one_of(st.none(), st.integers(0, 12)), min_size=2, max_size=60),
    share=st.floats(0.05, 0.9),
)
def test_every_row_that_validates_is_later_than_every_row_that_trains(days, share):
    start = pd.Timestamp("2024-01-01")
    frame = pd.DataFrame(
        {"t": [pd.NaT if d is None else start + pd.Timedelta(days=d) for d in days], "y": "a"}
    )
    if frame["t"].nunique() < 2:
        with pytest.raises(BadInput, match="one moment"):
            split(frame, problem(time="t"), share=share)
        return
    made = split(frame, problem(time="t"), share=share)
    train, validation = parts(frame, made)
    assert train["t"].dropna().empty or train["t"].max() < validation["t"].min()
    assert validation["t"].notna().all()
    assert len(validation)


@calm
@given(data=st.data(), rows=st.integers(4, 40))
def test_with_time_and_groups_neither_is_torn_apart(data, rows):
    days = data.draw(st.lists(st.integers(0, 9), min_size=rows, max_size=rows))
    groups = data.draw(st.lists(st.integers(0, 20), min_size=rows, max_size=rows))
    frame = pd.DataFrame({"t": pd.to_datetime(days, unit="D"), "g": groups, "y": "a"})
    try:
        made = split(frame, problem(time="t", group="g"), share=0.3)
    except BadInput:
        return
    train, validation = parts(frame, made)
    assert train["t"].max() < validation["t"].min()
    assert not set(train["g"]) & set(validation["g"])
    assert len(made.train) + len(made.validation) + len(made.left_out) == rows


@calm
@given(
    values=st.lists(st.integers(0, 30), min_size=10, max_size=60),
    method=st.sampled_from(["random", "stratified", "hash"]),
    seed=st.integers(0, 9),
)
def test_equal_rows_stay_in_one_part_whatever_their_identifiers(values, method, seed):
    frame = pd.DataFrame({"id": [f"id{n}" for n in range(len(values))], "x": values, "y": "a"})
    frame.loc[: len(frame) // 4, "y"] = "b"
    frame["x"] += 100 * (frame["y"] == "b")  # alike in all but the target, they would be draws
    try:
        made = split(frame, problem(identifiers=["id"]), share=0.4, method=method, seed=seed)
    except BadInput:
        assert method == "hash"  # of few rows, the hash may choose none
        return
    twins = frame.duplicated(["x", "y"], keep=False)
    train, validation = ({*zip(p["x"], p["y"], strict=True)} for p in parts(frame, made))
    if twins.sum() <= len(frame) / 2:
        assert not train & validation
    else:
        assert any("may fall anywhere" in note for note in made.notes)


def test_by_hash_no_group_is_torn_apart():
    frame = table(600).assign(g=lambda f: np.arange(len(f)) // 6)
    train, validation = parts(frame, split(frame, problem(group="g"), share=0.3, method="hash"))
    assert not set(train["g"]) & set(validation["g"])
    assert len(validation) == pytest.approx(180, abs=60)


@pytest.mark.parametrize("method", ["random", "stratified"])
def test_a_split_that_would_tear_groups_apart_is_refused(method):
    with pytest.raises(BadInput, match="would tear the groups of 'g' apart; choose grouped"):
        split(table().assign(g="x"), problem(group="g"), method=method)


def test_a_panel_whose_groups_all_go_on_is_told_to_leave_the_group_out():
    frame = pd.DataFrame({"t": np.arange(60) // 3, "g": np.arange(60) % 3, "y": "a"})
    with pytest.raises(BadInput, match="of a group in 'g' that has earlier ones; leave"):
        split(frame, problem(time="t", group="g"), share=0.3)


def test_by_hash_a_row_keeps_its_part_when_rows_are_added():
    frame = table(500)
    few = split(frame.iloc[:300], problem(), method="hash")
    many = split(frame, problem(), method="hash")
    assert set(few.validation) == {r for r in many.validation if r < 300}


def test_what_the_parts_have_in_common_is_counted():
    frame = table(400)
    frame["t"], frame["g"] = pd.date_range("2024-01-01", periods=400), np.arange(400) // 4
    bad = split(frame, problem(), method="random")
    found = in_both(frame, problem(time="t", group="g"), bad)
    assert found["rows"] == 0
    shared = set(frame["g"].iloc[bad.train]) & set(frame["g"].iloc[bad.validation])
    assert found["groups"] == len(shared) > 0
    assert found["train rows not before the first validation row"] > 0


@pytest.mark.parametrize(
    ("frame", "method", "says"),
    [
        (table(1), "auto", "two at least"),
        (table(0), "auto", "two at least"),
        (table(), "stratifed", "did you mean 'stratified'"),
        (table(), "time", "ingest.time=COLUMN"),
        (table(), "grouped", "ingest.group=COLUMN"),
    ],
)
def test_what_cannot_be_split_is_answered_in_one_line(frame, method, says):
    with pytest.raises(BadInput, match=says):
        split(frame, problem(), method=method)


@pytest.mark.parametrize("share", [0, 1, -0.2, float("nan")])
def test_a_share_that_leaves_a_part_empty_is_refused(share):
    with pytest.raises(BadInput, match="above 0 and below 1"):
        split(table(), problem(), share=share)


def test_regression_and_no_target_split_at_random():
    frame = table()
    assert split(frame, problem("regression", "x")).method == "random"
    assert split(frame, problem("none", None)).method == "random"


def test_two_rows_give_one_to_each_part():
    made = split(table(2), problem("regression", "x"))
    assert (len(made.train), len(made.validation)) == (1, 1)


def test_every_class_with_two_rows_or_more_trains():
    frame = table(200, classes=40)
    made = split(frame, problem("multiclass"), share=0.5)
    assert set(frame["y"]) == set(frame["y"].iloc[made.train])


def test_under_a_budget_every_row_trains_and_validates_in_order():
    made = folded(split(table(100), problem(), 0.1))
    assert list(made.train) == list(made.validation) == list(range(100))
    assert "judged by models that have not seen it" in made.notes[-1]


def test_a_split_by_time_says_how_long_each_part_lasts():
    days = pd.date_range("2024-03-01", periods=100, freq="D")
    frame = table(100).assign(day=days)
    made = split(frame, problem(time="day"), share=0.1)
    told = [
        "Training lasts from 2024-03-01 to 2024-05-29.",
        "Validation lasts from 2024-05-30 to 2024-06-08.",
    ]
    assert made.notes[:2] == told


def test_the_target_of_both_parts_is_told_in_numbers():
    frame = pd.DataFrame({"y": ["a", "a", "a", "b"], "z": [1.0, 2.0, 3.0, 6.0]})
    named = {"train": frame.iloc[:2], "validation": frame.iloc[2:]}
    told = targets(named, problem())
    assert told.loc["a"].tolist() == [1.0, 0.5]
    assert told.loc["b", "validation"] == 0.5
    assert targets(named, problem("regression", "z")).loc["mean"].tolist() == [1.5, 4.5]
    assert targets(named, problem("none", None)).loc["rows"].tolist() == [2, 2]


@pytest.mark.parametrize("known", [[], ["respondent"]])
def test_draws_from_few_combinations_are_no_copies_and_fall_anywhere(known):
    rng = np.random.default_rng(0)
    few = pd.DataFrame({"a": rng.integers(0, 4, 600).astype(float), "x": 0.0})
    many = pd.DataFrame({"a": 9.0, "x": rng.normal(size=1400)})
    rows = pd.concat([few, many], ignore_index=True)
    rows["y"] = rng.choice(["no", "yes"], len(rows))
    if known:
        rows["respondent"] = [f"r{n}" for n in range(len(rows))]
    problem = Problem("x", "y", "binary", "roc_auc", ["no", "yes"], "yes", identifiers=known)
    found = split(rows, problem, 0.2, "stratified")
    both = [
        set(map(tuple, rows.iloc[part][["a", "y"]].to_numpy())) for part in (found.train, found.validation)
    ]
    assert (0.0, "no") in both[0] & both[1]
