"""A stored table batch by batch: the same rows, types and values as all at once."""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from helpers.data import rows as module
from helpers.data import seal, split, wrangle
from helpers.data.rows import Rows
from helpers.pipeline.store import Store
from helpers.problem import Problem
from helpers.recipe import PlannedStep, Recipe

ROWS = 997


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(module, "MOST_ROWS", 100)


def frame(rows=ROWS):
    draw = np.random.default_rng(0)
    made = pd.DataFrame(
        {
            "x": draw.normal(size=rows),
            "n": pd.array(np.where(draw.random(rows) < 0.2, None, draw.integers(0, 9, rows)), "Int64"),
            "late": pd.array([None] * (rows - 1) + [True], "boolean"),
            "g": [None if n < 300 else "ab"[n % 2] for n in range(rows)],
            "t": pd.Timestamp("2024-01-01") + pd.to_timedelta(draw.integers(0, 99, rows), "D"),
            "y": draw.choice(["no", "yes"], rows),
        },
        index=pd.Index(np.arange(rows) * 3, name="row"),
    )
    return made.astype({"t": "datetime64[us]"})


@pytest.fixture
def stored(tmp_path):
    store = Store(tmp_path)
    store.open()
    return store, Rows(store.whole(store.put(frame())))


PROBLEM = Problem("test", "y", "binary", "roc_auc", ["no", "yes"], "yes")


def test_all_batches_are_the_table(stored):
    table = stored[1]
    assert len(table) == ROWS
    assert table.columns == list(frame().columns)
    assert len(list(table.batches())) == 10
    pd.testing.assert_frame_equal(table.frame(), frame())
    pd.testing.assert_frame_equal(table.frame(["g", "x"]), frame()[["g", "x"]])
    places = np.array([0, 5, 99, 100, 996])
    pd.testing.assert_frame_equal(pd.concat(list(table.parts(places))), frame().iloc[places])


def test_a_sample_is_of_the_rows_asked_for_and_all_where_there_are_fewer(stored):
    table = stored[1]
    assert len(table.sample(50)) == 50
    among = np.arange(100, 200)
    assert set(table.sample(50, among).index) <= set(frame().index[among])
    pd.testing.assert_frame_equal(table.sample(5000), frame())


def test_a_split_of_the_stored_table_is_that_of_the_frame(stored):
    for problem in (
        PROBLEM,
        Problem("t", "y", "binary", "", time="t"),
        Problem("t", "y", "binary", "", group="g"),
    ):
        for method in ("auto", "hash"):
            one, other = (split.split(of, problem, method=method) for of in (frame(), stored[1]))
            np.testing.assert_array_equal(one.train, other.train)
            assert split.in_both(frame(), problem, one) == split.in_both(stored[1], problem, other)


def test_rows_that_go_through_a_recipe_in_batches_come_out_as_all_at_once(stored):
    store, table = stored
    recipe = Recipe(
        [PlannedStep("date_parts", ["t"], {"parts": ["month"]}), PlannedStep("missing_indicator", ["n"])]
    )
    fitted = wrangle.fitted(recipe, frame(), PROBLEM)
    entry = store.put(wrangle.applied(fitted, table, PROBLEM))
    pd.testing.assert_frame_equal(store.get(entry), fitted.apply_frame(frame(), ["y"]))
    assert (entry.rows, entry.columns) == (ROWS, 7)


def test_training_rows_in_batches_are_those_that_the_recipe_left(stored):
    store, table = stored
    recipe = Recipe(
        [
            PlannedStep("drop", ["t"]),
            PlannedStep("drop_missing_rows", ["n"]),
            PlannedStep("standardise", ["x"]),
        ]
    )
    first = wrangle.fitted(recipe.unfitted(), frame(), PROBLEM, unfinished=True)
    wrangled = Rows(store.whole(store.put(wrangle.applied(first, table, PROBLEM))))
    places = np.arange(0, ROWS, 2)
    second = wrangle.learnt(recipe, first, wrangled.sample(9999, places), PROBLEM)
    left_out: list[int] = []
    kept = store.get(store.put(wrangle.for_training(second, wrangled, PROBLEM, places, left_out)))
    truth = second.apply_frame(wrangled.frame().iloc[places][second.kept], ["y"])
    pd.testing.assert_frame_equal(kept, truth)
    assert sum(left_out) == (~second.kept).sum() == frame()["n"].iloc[places].isna().sum()


def test_an_empty_part_keeps_the_columns(stored):
    store, table = stored
    fitted = wrangle.fitted(Recipe([PlannedStep("drop", ["t"])]), frame(), PROBLEM)
    made = store.get(store.put(wrangle.applied(fitted, table, PROBLEM, np.array([], int))))
    assert list(made.columns) == ["x", "n", "late", "g", "y"]
    assert len(made) == 0


def test_what_is_written_in_batches_is_read_with_its_index_by_others(stored):
    store, table = stored
    fitted = wrangle.fitted(Recipe([PlannedStep("drop", ["t"])]), frame(), PROBLEM)
    path = store.whole(store.put(wrangle.applied(fitted, table, PROBLEM)))
    assert pq.read_schema(path).pandas_metadata["index_columns"] == ["row"]
    pd.testing.assert_index_equal(pd.read_parquet(path).index, frame().index)


@pytest.mark.parametrize("rows", [500, 5000])
@pytest.mark.parametrize("kind", ["stratified", "random", "hash", "grouped", "time"])
def test_with_a_tenth_sealed_the_parts_are_80_10_10(rows, kind):
    draw = np.random.default_rng(1)
    table = pd.DataFrame(
        {
            "x": draw.normal(size=rows),
            "g": draw.integers(0, rows // 5, rows),
            "y": draw.choice(["no", "yes"], rows),
        }
    )
    table["t"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(draw.permutation(rows), "h")
    more = {"grouped": {"group": "g"}, "time": {"time": "t"}}.get(kind, {})
    problem = Problem("t", "y", "binary", "", ["no", "yes"], "yes", **more)
    sealed = seal.sealed(table, problem)
    left = table[~sealed]
    made = split.split(left, problem, 0.1111, kind)
    shares = np.array([len(made.train), len(made.validation), sealed.sum()]) / rows
    np.testing.assert_allclose(shares, [0.8, 0.1, 0.1], atol=0.025 if kind in ("hash", "grouped") else 0.003)


def test_when_a_random_sample_teaches_the_rows_that_validate_teach_nothing(stored):
    made = split.split(frame(), PROBLEM)
    taught = stored[1].sample(100, made.train).index
    assert not set(taught) & set(frame().index[made.validation])
