"""Drift between earlier and later rows, held against its definition, SciPy and tables that do or do not change."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from helpers.data.drift import drift, moments, stability, told
from helpers.data.explore import prepared
from helpers.problem import Problem


def about(time=None, **types):
    return Problem("test", "y", "binary", "roc_auc", ["no", "yes"], time=time, types=types)


def table(n=4000, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(n), unit="h"),
            "steady": rng.normal(size=n),
            "colour": rng.choice(["r", "g", "b"], n),
            "y": rng.choice(["no", "yes"], n),
        }
    )


def found(frame, problem=None, **more):
    problem = problem or about("when")
    result = drift(prepared(frame, problem), moments(frame, problem), **more)
    return result, result.columns.set_index("name")


def test_the_index_follows_its_definition():
    before, after = np.array([400, 300, 300]), np.array([50, 30, 20])
    a, b = (after + 0.5) / 101.5, (before + 0.5) / 1001.5
    assert stability(before, after)[0] == pytest.approx(((a - b) * np.log(a / b)).sum())


def test_chance_is_what_equal_distributions_exceed_once_in_a_thousand():
    rng = np.random.default_rng(0)
    shares = np.full(10, 0.1)
    passed = [
        p > c
        for p, c in (
            stability(rng.multinomial(800, shares), rng.multinomial(200, shares)) for _ in range(5000)
        )
    ]
    assert 0 <= sum(passed) <= 20  # 5 expected


def test_a_table_that_does_not_change_is_steady_and_later_rows_cannot_be_told():
    for seed in range(3):
        result, columns = found(table(seed=seed))
        assert (columns.drop("when")["verdict"] == "steady").all()
        assert result.auc == pytest.approx(0.5, abs=0.06)
        assert (result.later, result.earlier) == (800, 3200)
        assert "another kind" not in told(result)


def test_what_changes_is_named_with_its_size_and_what_runs_with_time_apart():
    frame = table()
    late = np.arange(len(frame)) >= 3200
    frame["moved"] = frame["steady"] + 2 * late
    frame["number"] = np.arange(len(frame)) + 7
    frame["level"] = np.where(late, "new", frame["colour"])
    result, columns = found(frame)
    assert columns.loc[["moved", "level"], "verdict"].tolist() == ["much", "much"]
    assert columns.loc[["when", "number"], "verdict"].tolist() == ["runs with time"] * 2
    assert result.auc > 0.95
    expected = scipy.stats.ks_2samp(frame["moved"][~late], frame["moved"][late]).statistic
    assert columns.loc["moved", "gap"] == pytest.approx(expected)
    assert columns.loc["level", "gap"] == pytest.approx(1.0)
    assert "moved" in told(result)
    assert "level" in told(result)
    assert "another kind" in told(result)


def test_values_that_go_missing_later_are_a_drift():
    frame = table()
    frame["lost"] = frame["steady"].where(np.arange(len(frame)) < 3300)
    assert found(frame)[1].loc["lost", "verdict"] == "much"


def test_without_a_time_the_order_of_the_rows_serves_when_asked_and_else_nothing_is_claimed():
    frame = table().drop(columns="when").assign(moved=lambda f: np.arange(len(f)) // 3500 + f["steady"] / 9)
    problem = about()
    assert moments(frame, problem) is None
    assert "No column of time" in told(None)
    when = moments(frame, problem, by_row=True)
    columns = drift(prepared(frame, problem), when).columns.set_index("name")
    assert columns.loc["moved", "verdict"] in ("much", "runs with time")


@pytest.mark.parametrize("values", [[pd.NaT] * 40, [pd.Timestamp("2024-01-01")] * 40])
def test_times_that_tell_nothing_apart_are_answered(values):
    frame = table(40).assign(when=pd.Series(values).astype("datetime64[us]"))
    result, columns = found(frame)
    assert not (columns["verdict"] == "much").any()
    assert result.later == 0
    assert np.isnan(result.auc)
