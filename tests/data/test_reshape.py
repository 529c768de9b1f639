"""Table steps against pandas, and what they promise: no future, no other group, the same columns for new tables."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.data import kinds, new_rows, reshape
from helpers.data.reshaping import STEPS
from helpers.data.table import written
from helpers.errors import BadInput


def orders(rows=200, seed=0):
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "client": draw.choice(["a", "b", 'c "d"', "e'f"], rows),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(draw.integers(0, 60, rows), "D"),
            "amount": np.where(draw.random(rows) < 0.1, np.nan, draw.gamma(2, 20, rows)),
            "kind": draw.choice(["new", "old", None], rows, p=[0.5, 0.4, 0.1]),
            "items": draw.integers(1, 5, rows),
        }
    )


def done(folder, frame, *steps):
    batches = pa.Table.from_pandas(frame, preserve_index=False)
    reader = pa.RecordBatchReader.from_batches(batches.schema, batches.to_batches(max_chunksize=37))
    table, types = kinds.typed_table(written(reader, Path(folder)))
    return reshape.reshaped(table, types, list(steps))


def step(name, /, **parameters):
    return {"step": name, "parameters": parameters}


def test_rows_become_groups_with_their_figures(tmp_path):
    frame = orders()
    figures = {
        "spent": ["sum", "amount"],
        "orders": ["count"],
        "kinds": ["distinct", "kind"],
        "typical": ["median", "amount"],
        "last": ["max", "day"],
    }
    made = done(tmp_path, frame, step("aggregate", by=["client"], figures=figures))
    truth = frame.groupby("client").agg(
        spent=("amount", "sum"), orders=("client", "size"), kinds=("kind", "nunique"),
        typical=("amount", "median"), last=("day", "max"),
    )  # fmt: skip
    found = made.table.frame().set_index("client").loc[truth.index]
    pd.testing.assert_frame_equal(found, truth.astype(found.dtypes.to_dict()), rtol=1e-12)
    assert made.types == {
        "client": "category",
        "spent": "float",
        "orders": "integer",
        "kinds": "integer",
        "typical": "float",
        "last": "date",
    }
    assert made.table.frame().index.tolist() == sorted(frame.reset_index().groupby("client")["index"].min())


def test_levels_become_columns_and_back(tmp_path):
    frame = orders()
    made = done(tmp_path, frame, step("pivot", by=["client"], column="kind", value="items", figure="sum"))
    truth = frame.pivot_table(index="client", columns="kind", values="items", aggfunc="sum")
    found = made.table.frame().set_index("client").loc[truth.index]
    np.testing.assert_allclose(found[["items_new", "items_old"]], truth[["new", "old"]])
    again = done(
        tmp_path, made.table.frame().reset_index(drop=True),
        step("unpivot", of=["items_new", "items_old"], name="kind", value="items"),
    )  # fmt: skip
    long = again.table.frame()
    assert len(long) == truth.notna().to_numpy().sum()
    assert long["items"].sum() == frame["items"][frame["kind"].notna()].sum()
    assert long.index.is_unique


def test_the_past_is_that_of_pandas(tmp_path):
    frame = orders().drop_duplicates(["client", "day"])
    made = done(
        tmp_path, frame,
        step("lag", of=["amount"], order="day", by=["client"]),
        step("rolling", of=["items"], order="day", by=["client"], rows=3, figures=["mean", "count"]),
        step("rolling", of=["items"], order="day", by=["client"], days=10, figures=["sum"]),
        step("since_previous", order="day", by=["client"], name="pause"),
    ).table.frame()  # fmt: skip
    frame = frame.reset_index(drop=True)
    ordered = frame.sort_values(["client", "day"])
    by = ordered.groupby("client")
    np.testing.assert_allclose(made["amount_lag1"], by["amount"].shift().reindex(frame.index))
    before = by["items"].shift()
    mean = before.groupby(ordered["client"]).rolling(3, min_periods=1).mean().droplevel(0)
    np.testing.assert_allclose(made["items_mean_3rows"], mean.reindex(frame.index))
    np.testing.assert_allclose(made["pause"], by["day"].diff().dt.days.reindex(frame.index))
    for row in range(0, len(frame), 7):
        one = frame.iloc[row]
        days = (one["day"] - frame["day"]).dt.days
        past = frame[(frame["client"] == one["client"]) & (days > 0) & (days <= 10)]
        assert (made["items_sum_10days"].fillna(0).iloc[row]) == past["items"].sum()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 99), cut=st.integers(5, 55))
def test_what_happens_later_or_in_another_group_changes_nothing(seed, cut, tmp_path_factory):
    folder = tmp_path_factory.mktemp("past")
    steps = [
        step("lag", of=["amount"], order="day", by=["client"]),
        step("rolling", of=["amount"], order="day", by=["client"], days=20, figures=["mean", "max"]),
    ]
    frame = orders(60, seed).sort_values("day", ignore_index=True)
    few = done(folder, frame.iloc[:cut], *steps).table.frame()
    all_rows = done(folder, frame, *steps).table.frame()
    pd.testing.assert_frame_equal(all_rows.iloc[:cut], few, check_dtype=False)
    changed = frame.assign(amount=frame["amount"].where(frame["client"] == "a", 0))
    other = done(folder, changed, *steps).table.frame()
    mine = (frame["client"] == "a").to_numpy()
    pd.testing.assert_frame_equal(other[mine], all_rows[mine])


def test_the_latest_the_first_and_the_chosen_rows(tmp_path):
    frame = orders()
    made = done(tmp_path, frame, step("latest", by=["client"], order="day")).table.frame()
    assert made.set_index("client")["day"].to_dict() == frame.groupby("client")["day"].max().to_dict()
    twice = pd.concat([frame, frame], ignore_index=True)
    assert len(done(tmp_path, twice, step("distinct_rows")).table) == len(frame.drop_duplicates())
    kept = done(
        tmp_path, frame, step("keep_rows", column="day", compare=">=", value="2024-02-01")
    ).table.frame()
    assert len(kept) == (frame["day"] >= "2024-02-01").sum()
    assert (
        len(done(tmp_path, frame, step("keep_rows", column="client", compare="==", value="e'f")).table)
        == (frame["client"] == "e'f").sum()
    )


def test_a_new_table_gets_the_columns_that_the_model_knows(tmp_path):
    frame = orders()
    first = done(tmp_path, frame, step("pivot", by=["client"], column="kind", value="items"))
    new = frame[frame["kind"] == "new"].drop(columns="amount").astype(str)
    batches = [
        pa.Table.from_pandas(new.iloc[a : a + 30], preserve_index=False) for a in range(0, len(new), 30)
    ]
    made = pq.read_table(reshape.for_new_rows(first.steps, batches, tmp_path)).to_pandas()
    assert {"items_new", "items_old"} <= set(made.columns)
    assert made["items_old"].isna().all()
    truth = frame[frame["kind"] == "new"].groupby("client")["items"].sum()
    assert made.set_index("client")["items_new"].to_dict() == truth.to_dict()


def test_new_rows_are_joined_before_their_granularity_changes(tmp_path):
    frame = orders()
    pd.DataFrame({"kind": ["new", "old"], "weight": [2.0, 3.0]}).to_csv(tmp_path / "kinds.csv", index=False)
    frame = frame.assign(weight=frame["kind"].map({"new": 2.0, "old": 3.0}))
    told = step("aggregate", by=["client"], figures={"heavy": ["sum", "weight"]})
    first = done(tmp_path, frame, told)
    joins = [{"join": "kinds.csv on kind", "columns": ["weight"]}]
    raw = [pa.Table.from_pandas(frame.drop(columns=["weight", "amount"]).astype(str), preserve_index=False)]
    made = pa.concat_tables(new_rows.prepared(raw, joins, first.steps, tmp_path, tmp_path)).to_pandas()
    truth = frame.groupby("client")["weight"].sum()
    assert made.set_index("client")["heavy"].to_dict() == truth.to_dict()


def test_without_steps_the_table_stays_the_one_it_was(tmp_path):
    batches = pa.Table.from_pandas(orders(), preserve_index=False)
    table, types = kinds.typed_table(written(batches.to_reader(), tmp_path))
    made = reshape.reshaped(table, types, [])
    assert made.table is table
    assert made.steps == []


BAD = {
    "an unknown step": (step("agregate"), "did you mean 'aggregate'"),
    "an unknown parameter": (step("latest", by=["client"], ordr="day"), "did you mean 'order'"),
    "a parameter that lacks": (step("latest", by=["client"]), "needs the parameter 'order'"),
    "a column that lacks": (step("latest", by=["cleint"], order="day"), "did you mean 'client'"),
    "a column of figures that lacks": (
        step("aggregate", by=["client"], figures={"s": ["sum", "amuont"]}),
        "did you mean 'amount'",
    ),
    "an unknown figure": (step("aggregate", by=["client"], figures={"s": ["sums", "amount"]}), "must be"),
    "no group": (step("aggregate", by=[], figures={"s": ["count"]}), "one at least"),
    "a figure of text": (step("aggregate", by=["client"], figures={"s": ["sum", "kind"]}), "table step 1"),
    "a window of no days": (step("rolling", of=["amount"], order="client", days=3), "is no date"),
    "neither rows nor days": (step("rolling", of=["amount"], order="day"), "either rows or days"),
    "a value of another kind": (
        step("keep_rows", column="amount", compare=">", value="many"),
        "not of the kind",
    ),
    "no row left": (step("keep_rows", column="amount", compare=">", value=1e9), "leaves no row"),
    "a pivot without end": (step("pivot", by=["client"], column="amount", value="items"), None),
    "a field that is none": ({"step": "distinct_rows", "columns": ["a"]}, "has no field"),
    "a word": ("latest", "must be a mapping"),
    "SQL in a value": (
        step("keep_rows", column="client", compare="==", value="' OR 1=1 --"),
        "leaves no row",
    ),
    "SQL in a name": (step("latest", by=['client"; DROP TABLE x; --'], order="day"), "there is no column"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_mistake_in_a_table_step_is_answered_in_one_line(name, tmp_path):
    wrong, said = BAD[name]
    frame = orders(300 if said is None else 60)
    with pytest.raises(BadInput, match=said or "more than 200 levels") as told:
        done(tmp_path, frame, wrong)
    assert "\n" not in str(told.value)


def test_steps_that_look_back_want_a_split_that_keeps_no_secret():
    looks = [step("lag", of=["amount"], order="day", by=["client"])]
    reshape.must_suit(looks, time="day", group=None)
    reshape.must_suit(looks, time=None, group="client")
    with pytest.raises(BadInput, match=r"ingest\.time=day, or ingest.group to one of client"):
        reshape.must_suit(looks, time=None, group=None)


def test_every_table_step_says_in_one_line_what_it_does():
    assert len(STEPS) == 9
    assert all(s.summary.endswith((".", ":")) or s.summary for s in STEPS.values())


def test_where_no_table_step_ran_all_of_them_are_told_with_their_parameters():
    lines = reshape.told([]).splitlines()
    for name, known in STEPS.items():
        [line] = [text for text in lines if text.startswith(f"- `{name}` ")]
        assert known.summary in line
        assert all(parameter in line for parameter in known.parameters)
    assert reshape.told(["lag: 3 rows", "<b>: 2 rows"]).count("\n- ") == 1
    assert "<b>" not in reshape.told(["<b>"])
