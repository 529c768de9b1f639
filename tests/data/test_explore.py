"""Measures of association, held against SciPy, scikit-learn and their own definitions."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.data.explore import (
    OTHER,
    as_codes,
    as_number,
    associations,
    both_ways,
    comparable,
    correlation_ratio,
    cramers_v,
    matrix,
    narrowed,
    prepared,
    redundant,
)
from helpers.data.joint import pairwise_auc
from helpers.data.leakage import leakage_suspects
from helpers.data.power import predictive_power
from helpers.problem import Problem

calm = settings(max_examples=60, deadline=None)


def about(task="binary", target="y", types=None, **more):
    classes = ["no", "yes"] if task == "binary" else []
    return Problem("test", target, task, "roc_auc", classes, types=types or {}, **more)


def table(n=600, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    y = np.where(x + rng.normal(size=n) > 0, "yes", "no")
    frame = pd.DataFrame(
        {
            "x": x,
            "z": np.exp(x + rng.normal(size=n)),
            "whole": rng.integers(0, 5, n),
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 999, n), unit="D"),
            "colour": np.where(rng.random(n) < 0.4, y, rng.choice(["a", "b", "c"], n)).astype(object),
            "flag": rng.random(n) < 0.3,
            "y": y.astype(object),
        }
    )
    frame.loc[::5, "z"] = np.nan
    frame.loc[::7, "colour"] = None
    return frame


def measured(frame, problem):
    found = associations(prepared(frame, problem))
    return {(r.left, r.right, r.measure): r.value for r in found.itertuples()}


def test_correlations_equal_scipys_over_the_rows_where_both_are_present():
    frame = table()
    found = measured(frame, about())
    numbers = {"x": frame["x"], "z": frame["z"], "whole": frame["whole"], "day": frame["day"].astype("int64")}
    for left, right in [
        ("x", "z"),
        ("x", "whole"),
        ("z", "whole"),
        ("x", "day"),
        ("z", "day"),
        ("whole", "day"),
    ]:
        both = pd.DataFrame({"l": numbers[left], "r": numbers[right]}).dropna()
        pearson, spearman = (
            scipy.stats.pearsonr(both["l"], both["r"]),
            scipy.stats.spearmanr(both["l"], both["r"]),
        )
        assert found[left, right, "pearson"] == pytest.approx(pearson.statistic, abs=1e-12)
        assert found[left, right, "spearman"] == pytest.approx(spearman.statistic, abs=1e-12)


def test_cramers_v_equals_one_worked_out_by_hand():
    # n = 100, expected 16 24 24 36: chi² = 14² (1/16 + 2/24 + 1/36) = 34.0278, phi² = 0.340278; Bergsma:
    # phi² - 1/99 = 0.330177, over min(r', k') - 1 = 1 - 1/99 = 0.989899; the root is 0.577535
    assert cramers_v(np.array([[30.0, 10], [10, 50]])) == pytest.approx(0.577535, abs=1e-6)


@calm
@given(st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=2, max_size=4))
def test_cramers_v_follows_from_scipys_chi_square_by_bergsmas_formula(counts):
    counts = np.array(counts, float)
    value = cramers_v(counts)
    counts = counts[counts.sum(1) > 0][:, counts.sum(0) > 0]
    n, (r, k) = counts.sum(), counts.shape
    if n < 2 or min(r, k) < 2:
        assert np.isnan(value)
        return
    chi2 = scipy.stats.chi2_contingency(counts, correction=False).statistic
    corrected = max(0, chi2 / n - (k - 1) * (r - 1) / (n - 1))
    least = min(k - (k - 1) ** 2 / (n - 1), r - (r - 1) ** 2 / (n - 1)) - 1
    if least > 0:
        assert value == pytest.approx(min(1, (corrected / least) ** 0.5), abs=1e-9)
        assert 0 <= value <= 1


def test_associations_of_categories_count_the_rows_where_both_are_present():
    frame = table()
    found = measured(frame, about())
    assert found["colour", "y", "cramers_v"] == pytest.approx(
        cramers_v(pd.crosstab(frame["colour"], frame["y"]).to_numpy()), abs=1e-12
    )
    assert found["flag", "y", "cramers_v"] == pytest.approx(
        cramers_v(pd.crosstab(frame["flag"], frame["y"]).to_numpy()), abs=1e-12
    )


def kelley(numbers, groups):
    """epsilon from its definition: one minus the ratio of unbiased variances within and in all."""
    both = pd.DataFrame({"x": numbers, "g": groups}).dropna()
    n, k = len(both), both["g"].nunique()
    within = (both["x"] - both.groupby("g")["x"].transform("mean")).pow(2).sum() / (n - k)
    return max(0.0, 1 - within / both["x"].var()) ** 0.5


def test_the_correlation_ratio_follows_its_definition_also_far_from_zero():
    frame = table().assign(far=lambda f: f["x"] + 1e6)
    found = measured(frame, about())
    for number in ("x", "z", "whole", "far"):
        for level in ("colour", "flag", "y"):
            expected = kelley(frame[number], frame[level])
            assert found[number, level, "correlation_ratio"] == pytest.approx(expected, abs=1e-6)


def test_chance_is_no_link_where_groups_are_many_and_small():
    rng = np.random.default_rng(0)
    x, groups = rng.normal(size=400), np.arange(400) // 8
    part = pd.DataFrame({"x": x, "g": groups}).groupby("g")["x"]
    value = correlation_ratio(
        part.size().to_numpy(float), part.sum().to_numpy(), part.agg(lambda v: (v**2).sum()).to_numpy()
    )
    eta = (part.transform("mean").var() / x.var()) ** 0.5
    assert eta > 0.3  # which the plain ratio takes for a link
    assert value < 0.2
    assert cramers_v(pd.crosstab(groups, rng.integers(0, 9, 400)).to_numpy()) < 0.1


def test_perfect_links_are_one_and_columns_without_spread_have_none():
    frame = pd.DataFrame(
        {
            "a": [1.0, 2, 3, 4] * 10,
            "b": [2.0, 4, 6, 8] * 10,
            "c": list("wxyz") * 10,
            "d": list("xyzw") * 10,
            "y": ["no", "yes"] * 20,
        }
    )
    found = measured(frame, about())
    for key in [
        ("a", "b", "pearson"),
        ("a", "b", "spearman"),
        ("c", "d", "cramers_v"),
        ("a", "c", "correlation_ratio"),
    ]:
        assert found[key] == pytest.approx(1)
    assert "constant" not in prepared(frame.assign(constant=1), about()).kinds


def test_columns_that_cannot_be_compared_are_left_out_by_name():
    frame = table(200).assign(
        key=[f"k{i}" for i in range(200)], remark="text", empty=None, name=[f"n{i}" for i in range(200)]
    )
    problem = about(identifiers=["key"], types={"remark": "text", "doc": "structured"})
    columns = prepared(frame.assign(doc="{}"), problem)
    assert set(columns.left_out) == {"key", "remark", "empty", "name", "doc"}
    assert all(columns.left_out.values())


def test_the_matrix_is_symmetric_strengths_and_one_on_its_diagonal():
    columns = prepared(table(), about())
    names = list(columns.kinds)
    strengths = matrix(associations(columns), names)
    values = strengths.to_numpy()
    np.testing.assert_array_equal(values, values.T)
    assert (np.diag(values) == 1).all()
    assert ((values >= 0) & (values <= 1 + 1e-12)).all()
    few = matrix(associations(narrowed(columns, ["x", "colour", "y"])), ["x", "colour", "y"])
    pd.testing.assert_frame_equal(few, strengths.loc[few.index, few.columns])


def test_columns_that_say_the_same_are_grouped_and_the_target_is_not():
    frame = table().assign(twice=lambda f: 2 * f["x"] + 1, turned=lambda f: -f["x"], copied=lambda f: f["y"])
    columns = prepared(frame, about())
    strengths = matrix(associations(columns), list(columns.kinds))
    groups = redundant(strengths, "y")
    assert [sorted(g) for g in groups] == [["turned", "twice", "x"]]


def test_a_column_that_tells_another_but_is_not_told_by_it_is_not_the_same():
    rng = np.random.default_rng(0)
    line = rng.integers(0, 8, 2000)
    frame = pd.DataFrame(
        {
            "line": np.array(list("abcdefgh"))[line],  # told by its numbers, of which each has very many
            "number": 1000 * line + rng.integers(0, 900, 2000),
            "station": [f"{n}-{m}" for n, m in zip(line, rng.integers(0, 5, 2000), strict=True)],
            "code": line * 7.0,  # another way to write the line
            "y": rng.choice(["no", "yes"], 2000),
        }
    )
    columns = prepared(frame, about())
    strengths = matrix(associations(columns), list(columns.kinds))
    assert strengths.loc["line", ["number", "station", "code"]].min() > 0.98
    groups = redundant(both_ways(strengths, columns), "y")
    assert [sorted(g) for g in groups] == [["code", "line"]]


def test_large_tables_are_sampled_and_the_sample_is_the_same_every_time():
    frame = table(3000)
    one, again = (prepared(frame, about(), most_rows=500) for _ in range(2))
    assert one.rows == 500
    pd.testing.assert_frame_equal(one.numbers, again.numbers)
    assert one.numbers.index.is_monotonic_increasing


@calm
@given(st.lists(st.one_of(st.none(), st.sampled_from("abcdef")), min_size=1, max_size=60))
def test_codes_are_levels_by_frequency(values):
    codes = as_codes(pd.Series(values, dtype=object), most=4)
    counts = pd.Series(values, dtype=object).value_counts()
    for value, code in zip(values, codes, strict=True):
        assert (code == -1) == (value is None)
    for a, b in zip(values, codes, strict=True):
        for c, d in zip(values, codes, strict=True):
            if a is not None and c is not None and b < d:
                assert counts[a] >= counts[c]
            if a is not None and a == c:
                assert b == d
    assert codes.max() <= 3
    assert OTHER


def test_numbers_are_floats_and_dates_days():
    np.testing.assert_array_equal(as_number(pd.Series([1, None, 3], dtype="Int64")), [1, np.nan, 3])
    np.testing.assert_array_equal(as_number(pd.Series([1.0, np.inf])), [1, np.nan])
    days = as_number(pd.Series(pd.to_datetime(["1970-01-02 12:00", None])))
    np.testing.assert_array_equal(days, [1.5, np.nan])


def looked_at(frame, problem):
    columns = prepared(frame, problem)
    power = predictive_power(columns, problem.target)
    strengths = matrix(associations(columns), list(columns.kinds))
    return power.set_index("name")["power"], list(
        leakage_suspects(columns, power, strengths, problem.target)["name"]
    )


def test_planted_copies_of_a_class_are_suspects_and_honest_columns_are_not():
    rng = np.random.default_rng(1)
    frame = table(1000)
    yes = frame["y"] == "yes"
    frame["copy"] = np.where(yes, "left", "stayed")
    frame["score"] = yes + rng.normal(0, 0.05, 1000)
    frame["near"] = np.where(rng.random(1000) < 0.01, ~yes, yes)
    frame["closed_on"] = frame["day"].where(yes)
    power, suspects = looked_at(frame, about())
    assert sorted(suspects) == ["closed_on", "copy", "near", "score"]
    assert power[["copy", "score"]].min() > 0.99
    assert looked_at(table(1000), about())[1] == []


def test_planted_copies_of_a_number_are_suspects_and_honest_columns_are_not():
    rng = np.random.default_rng(1)
    frame = table(1000).assign(y=lambda f: f["x"] + rng.normal(size=1000))
    frame["euros"] = frame["y"] * 1.17 + 4
    frame["ranked"] = np.exp(frame["y"])
    problem = about("regression")
    assert sorted(looked_at(frame, problem)[1]) == ["euros", "ranked"]


def test_power_is_near_one_for_certainty_near_zero_for_chance_and_what_auc_says_between():
    from sklearn.metrics import roc_auc_score

    frame = table(4000)
    frame["chance"] = np.random.default_rng(3).normal(size=4000)
    power, _ = looked_at(frame, about())
    assert power["chance"] < 0.08
    auc = roc_auc_score(frame["y"] == "yes", frame["x"])
    assert power["x"] == pytest.approx(2 * auc - 1, abs=0.03)
    assert list(power.sort_values(ascending=False).index) == list(power.index)


def test_any_two_of_several_classes_are_told_apart_as_often_as_scikit_learn_says():
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(0)
    for classes in (3, 12):
        y = np.r_[np.arange(classes), rng.integers(0, classes, 300)]
        guessed = rng.integers(1, 9, (len(y), classes)) + 4.0 * np.eye(classes)[y]  # with many ties
        guessed /= guessed.sum(axis=1, keepdims=True)
        assert pairwise_auc(guessed, y) == pytest.approx(roc_auc_score(y, guessed, multi_class="ovo"))


def test_of_many_classes_a_copy_is_suspected_and_an_order_that_they_share_is_not():
    rng = np.random.default_rng(0)
    kind = np.arange(2000) % 30
    places = np.stack([rng.permutation(30) for _ in range(3)], axis=1)[kind]  # each column has its own order
    frame = pd.DataFrame(places + rng.normal(0, 1, (2000, 3)), columns=["length", "width", "height"])
    frame["y"] = [f"class {k:02d}" for k in kind]
    problem = Problem("x", "y", "multiclass", "neg_log_loss", sorted(set(frame["y"])))
    power, suspects = looked_at(frame, problem)
    assert power["length"] > 0.85  # two classes are told apart nearly always, the right one is not guessed
    assert suspects == []
    assert looked_at(frame.assign(code=kind + rng.normal(0, 0.1, 2000)), problem)[1] == ["code"]
    assert looked_at(frame.assign(code=1e12 + kind), problem)[1] == ["code"]
    assert looked_at(frame.assign(code=kind).head(180), problem)[1] == ["code"]  # six rows a class


def test_classes_too_rare_to_be_judged_suspect_nothing():
    frame = pd.DataFrame(
        {"x": np.random.default_rng(0).normal(size=60), "y": [f"c{n % 30}" for n in range(60)]}
    )
    problem = Problem("x", "y", "multiclass", "neg_log_loss", sorted(set(frame["y"])))
    assert looked_at(frame, problem)[1] == []


def test_power_for_a_number_is_near_the_share_of_variance_told():
    rng = np.random.default_rng(0)
    g = rng.integers(0, 5, 5000)
    frame = pd.DataFrame({"g": g.astype(str), "y": g + rng.normal(size=5000)})
    power, _ = looked_at(frame, about("regression"))
    assert power["g"] == pytest.approx(2 / 3, abs=0.02)  # var(g) = 2, noise 1


def test_of_a_wide_table_every_column_is_suspected_though_few_are_compared():
    frame = table().assign(copied=lambda f: f["y"])
    columns = prepared(frame, about())
    power = predictive_power(columns, "y")
    few = matrix(associations(narrowed(columns, ["x", "y"])), ["x", "y"])
    assert "copied" in set(leakage_suspects(columns, power, few, "y")["name"])


def test_of_a_wide_table_the_first_columns_are_compared_and_what_the_problem_needs():
    rows = table().assign(day=1, last=2)
    kept = comparable(rows, about(time="day"), most=1)
    assert list(kept.columns) == ["x", *(c for c in rows.columns if c in ("y", "day"))]
    assert comparable(rows, about(time="day")).equals(rows)
