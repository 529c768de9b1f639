"""Rows and families as they should not be: what can be compared is, what cannot says why, and the run goes on."""

import numpy as np
import pandas as pd
import pytest

from helpers.errors import BadInput
from helpers.model import train
from helpers.model.cross_validation import cross_validate
from helpers.model.families import Family, families
from helpers.problem import Problem

QUICK = {
    "binary": ["logistic regression", "LightGBM", "naive Bayes", "quadratic discriminant analysis"],
    "multiclass": ["logistic regression", "LightGBM", "decision tree", "multinomial naive Bayes"],
    "regression": ["ridge", "LightGBM", "decision tree", "linear regression"],
}
MEASURE = {"binary": "roc_auc", "multiclass": "neg_log_loss", "regression": "neg_root_mean_squared_error"}


def rows_of(task, count=60, classes=2, seed=0):
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(count, 3))
    frame = pd.DataFrame(x, columns=list("abc")).assign(kind=draw.choice(["u", "v"], count))
    y = x[:, 0] if task == "regression" else np.array([f"k{n % classes}" for n in range(count)], object)
    return frame.assign(y=y)


def problem_of(task, classes=2, **more):
    names = [] if task == "regression" else [f"k{n}" for n in range(classes)]
    return Problem("made", "y", task, MEASURE[task], names, "k1" if task == "binary" else None, **more)


def board_of(task, rows, problem, folds=4, more=()):
    candidates = families(task, QUICK[task]) | {f.name: f for f in more}
    parts = train.folds(rows, problem, folds, 0)
    results = cross_validate(candidates, rows, problem, parts, 0, 1)
    return train.leaderboard(results, rows, problem), {r.family: r.trouble for r in results}


def all_missing_in_one_fold(rows):
    return rows.assign(gap=np.where(np.arange(len(rows)) % 4 == 0, 1.0, np.nan)).sort_values(
        "gap", ignore_index=True
    )


STRANGE = {
    "constant features": lambda rows: rows.assign(a=1.0, b=2.0, c=3.0, kind="u"),
    "a column that is missing altogether": lambda rows: rows.assign(a=np.nan),
    "categories that are missing altogether": lambda rows: rows.assign(kind=""),
    "a column that is missing in nearly every fold": all_missing_in_one_fold,
    "a level in every row": lambda rows: rows.assign(kind=[f"level {n}" for n in range(len(rows))]),
    "every row many times": lambda rows: pd.concat([rows.head(15)] * 4, ignore_index=True),
    "the same column three times": lambda rows: rows.assign(b=rows["a"], c=rows["a"]),
    "columns of very different size": lambda rows: rows.assign(a=rows["a"] * 1e12, b=rows["b"] * 1e-12),
    "a column of huge values": lambda rows: rows.assign(a=np.where(rows["a"] > 0, 1e300, -1e300)),
    "a column that is the number of the row": lambda rows: rows.assign(a=np.arange(len(rows), dtype=float)),
    "names that are no names": lambda rows: rows.rename(columns={"a": "", "b": "x{y}", "c": "a\nb"}),
    "many more columns than rows": lambda rows: rows.join(
        pd.DataFrame(np.random.default_rng(0).normal(size=(len(rows), 400)), index=rows.index).add_prefix("w")
    ),
}


@pytest.mark.parametrize("task", ["binary", "regression"])
@pytest.mark.parametrize("name", STRANGE)
def test_strange_columns_stop_no_run(task, name):
    rows = STRANGE[name](rows_of(task))
    board, trouble = board_of(task, rows, problem_of(task))
    assert "dummy" in set(board["family"])
    assert len(board) >= 3, trouble
    assert all("\n" not in t for t in trouble.values())


def test_ten_classes_of_three_rows_are_compared():
    rows = rows_of("multiclass", 30, 10)
    board, trouble = board_of("multiclass", rows, problem_of("multiclass", 10), folds=5)
    assert len(board) == 5, trouble


def test_a_class_of_one_row_is_compared():
    rows = rows_of("multiclass", 40, 2)
    rows.loc[0, "y"] = "k2"
    board, trouble = board_of("multiclass", rows, problem_of("multiclass", 3))
    assert len(board) == 5, trouble


def test_folds_that_hold_one_class_are_judged_by_the_others():
    rows = rows_of("binary").assign(
        team=lambda r: np.where(r.index < 15, "one", [f"t{n % 5}" for n in r.index])
    )
    rows.loc[rows["team"] == "one", "y"] = "k0"
    board, _ = board_of("binary", rows, problem_of("binary", group="team"))
    assert len(board) >= 4
    assert np.isfinite(board["mean"]).all()


def test_folds_that_teach_one_class_are_left_out_for_all_families_and_this_is_said():
    """By time the first class stands alone until row 25 of 60: folds of ten rows learn from 10, 20, 30, 40 and 50."""
    rows = rows_of("binary").assign(at=np.arange(60.0))
    rows.loc[:24, "y"] = "k0"
    problem = problem_of("binary", time="at")
    board, trouble = board_of("binary", rows, problem, folds=5)
    assert set(trouble.values()) == {""}
    assert len([c for c in board if c.startswith("fold ")]) == 3
    parts = train.folds(rows, problem, 5, 0)
    assert [len(learn) for learn, _ in parts] == [50, 40, 30]  # the newest first
    assert train.fewer(rows, problem, 5, parts).startswith(" Left out for all families: 2 of 5 folds")


def test_a_group_that_holds_all_of_a_class_costs_only_the_fold_that_judges_it():
    rows = rows_of("binary").assign(team=[f"t{n % 4}" for n in range(60)])
    rows["y"] = np.where(rows["team"] == "t0", "k1", "k0")
    problem = problem_of("binary", group="team")
    parts = train.folds(rows, problem, 4, 0)
    assert [set(rows["team"].iloc[judge]) & {"t0"} for _, judge in parts] == [set()] * 3
    assert "1 of 4 folds" in train.fewer(rows, problem, 4, parts)


def test_where_folds_teach_one_class_alone_one_line_says_so():
    rows = rows_of("binary").assign(at=np.arange(60.0))
    rows.loc[:48, "y"] = "k0"
    with pytest.raises(
        BadInput, match="in 4 of 5 folds that go by 'at' the rows to learn from are all of one class"
    ):
        train.folds(rows, problem_of("binary", time="at"), 5, 0)


def test_fewer_groups_than_folds_make_as_many_folds_as_groups_and_one_group_is_refused():
    rows = rows_of("regression").assign(team=[f"t{n % 3}" for n in range(60)])
    problem = problem_of("regression", group="team")
    parts = train.folds(rows, problem, 5, 0)
    assert sorted(rows["team"].iloc[judge].unique().tolist() for _, judge in parts) == [
        ["t0"],
        ["t1"],
        ["t2"],
    ]
    assert (
        train.fewer(rows, problem, 5, parts)
        == " There are only 3 groups for the 5 folds that were asked for."
    )
    assert train.fewer(rows, problem, 3, parts) == ""
    with pytest.raises(
        BadInput, match=r"20 rows to learn from are of 1 group of 'team'.* 2 at least"
    ) as refused:
        train.folds(rows[rows["team"] == "t0"], problem, 5, 0)
    assert "\n" not in str(refused.value)


def test_a_rarest_class_of_few_rows_makes_as_few_folds_and_this_is_said():
    rows = rows_of("binary")
    rows["y"] = ["k1"] * 3 + ["k0"] * 57
    parts = train.folds(rows, problem_of("binary"), 5, 0)
    assert len(parts) == 3
    assert "only 3 rows of the rarest class" in train.fewer(rows, problem_of("binary"), 5, parts)


@pytest.mark.parametrize("rare", [1, 2])
def test_of_several_classes_a_rare_one_takes_no_folds_from_the_others(rare):
    rows = rows_of("multiclass")
    rows["y"] = ["k0"] * rare + ["k1"] * 30 + ["k2"] * (30 - rare)
    parts = train.folds(rows, problem_of("multiclass", 3), 5, 0)
    assert len(parts) == 5
    for _, judge in parts:
        assert set(rows["y"].iloc[judge]) >= {"k1", "k2"}


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
def test_targets_that_are_no_number_are_refused(bad):
    rows = rows_of("regression")
    rows.loc[7, "y"] = bad
    with pytest.raises(BadInput, match="1 of 60 rows"):
        board_of("regression", rows, problem_of("regression"))


def test_a_target_with_one_huge_value_stops_no_run():
    rows = rows_of("regression")
    rows.loc[7, "y"] = 1e200
    board, _ = board_of("regression", rows, problem_of("regression"))
    assert len(board) >= 1


@pytest.mark.parametrize(
    ("count", "folds", "said"), [(6, 5, "too few for 5 folds"), (60, 1, "needs 2 folds")]
)
def test_too_few_rows_or_folds_are_refused(count, folds, said):
    with pytest.raises(BadInput, match=said):
        board_of("regression", rows_of("regression", count), problem_of("regression"), folds)


class Crash:
    """An estimator that fails as it is told."""

    def __init__(self, how):
        self.how = how

    def fit(self, x, y):
        if self.how == "fit":
            raise MemoryError("not enough\nroom")
        self.n_features_in_ = x.shape[1]
        return self

    def predict(self, x):
        return {"short": np.zeros(1), "text": np.array(["a"] * len(x))}.get(self.how, np.full(len(x), np.nan))


@pytest.mark.parametrize("how", ["fit", "short", "text", "nan", "make"])
def test_a_family_that_crashes_is_left_out_with_its_reason(how):
    def make(seed):
        if how == "make":
            raise ZeroDivisionError("no such thing")
        return Crash(how)

    rows = rows_of("regression")
    board, trouble = board_of(
        "regression", rows, problem_of("regression"), more=[Family("mine", ("regression",), make)]
    )
    assert "mine" not in set(board["family"])
    assert trouble["mine"]
    assert "\n" not in trouble["mine"]
    assert len(board) == 5
