"""A series is predicted from its own past: steps that look back, folds by time, and a forecast of a row yet unknown."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.linear_model import LinearRegression

from helpers.data import kinds, reshape
from helpers.data.table import written
from helpers.model import scoring, train
from helpers.problem import Problem

STEPS = [
    {"step": "lag", "parameters": {"of": ["sold"], "order": "day"}},
    {"step": "lag", "parameters": {"of": ["sold"], "order": "day", "rows": 7}},
    {"step": "rolling", "parameters": {"of": ["sold"], "order": "day", "rows": 7}},
]
FEATURES = ["sold_lag1", "sold_lag7", "sold_mean_7rows"]


def series(days=300):
    """Each day 0.8 of what the day before had over 20, and a surprise of spread 1; the rows come in any order."""
    draw, over = np.random.default_rng(0), np.zeros(days)
    for n in range(1, days):
        over[n] = 0.8 * over[n - 1] + draw.normal()
    table = pd.DataFrame({"day": pd.date_range("2023-01-01", periods=days), "sold": 20 + over})
    return table.sample(frac=1, random_state=0)


def test_each_day_is_predicted_from_days_before_it_and_the_next_one_is_forecast(tmp_path):
    frame, problem = series(), Problem("s", "sold", "regression", "r2", time="day")
    batches = pa.Table.from_pandas(frame, preserve_index=False)
    table, types = kinds.typed_table(written(batches.to_reader(), tmp_path))
    made = reshape.reshaped(table, types, STEPS)
    reshape.must_suit(made.steps, problem.time, None)
    rows = made.table.frame().dropna(subset=FEATURES)
    assert problem.features(list(rows.columns)) == FEATURES
    x, y = rows[FEATURES].to_numpy(), scoring.target(problem, rows)
    errors = []
    for learn, judge in train.folds(rows, problem, 4, 0):
        assert rows["day"].iloc[learn].max() < rows["day"].iloc[judge].min()
        errors.append(y[judge] - LinearRegression().fit(x[learn], y[learn]).predict(x[judge]))
    spread = np.concatenate(errors).std()
    assert 0.9 < spread < 1.2 < y.std()  # near the surprise, which nothing can foresee

    recent = frame.sort_values("day").tail(8).astype({"day": str})
    recent.loc[recent.index[-1], "sold"] = np.nan
    file = reshape.for_new_rows(made.steps, [pa.Table.from_pandas(recent, preserve_index=False)], tmp_path)
    last = pq.read_table(file).to_pandas().sort_values("day").iloc[-1]
    sold = recent["sold"].to_numpy()
    assert np.allclose(last[FEATURES].astype(float), [sold[-2], sold[0], sold[:-1].mean()])
