"""Joins from files to files: kept originals, rows in place in bounded batches, and the same for new rows later."""

import json
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from helpers.bundle import Bundle, write_bundle
from helpers.data import enrich, ingest, new_rows
from helpers.data.gain import gains
from helpers.data.kinds import typed_table
from helpers.deploy.forecast import predict_file
from helpers.errors import BadInput
from helpers.problem import Problem


@pytest.fixture
def folder(tmp_path):
    draw = np.random.default_rng(0)
    ours = pd.DataFrame(
        {"id": range(500), "shop": draw.integers(0, 20, 500), "when": pd.Timestamp("2024-01-10")}
    )
    ours.to_csv(tmp_path / "ours.csv", index=False)
    shops = pd.DataFrame(
        {"shop": range(18), "size": np.arange(18) * 10.5, "town": [f"town {n}" for n in range(18)]}
    )
    shops.to_csv(tmp_path / "shops.csv", index=False)
    pd.DataFrame({"day": pd.date_range("2024-01-01", periods=9), "rate": range(9)}).to_csv(
        tmp_path / "rates.csv", index=False
    )
    (tmp_path / "temporary").mkdir()
    return tmp_path


def beside(folder, *lines):
    return enrich.opened(lines, folder, folder / "originals", folder / "temporary")


def ours_of(folder):
    return ingest.original(
        ingest.found("ours.csv", None, folder), folder / "originals", folder / "temporary"
    )[0]


def test_files_are_joined_batch_by_batch_each_kept_as_an_original(folder):
    others = beside(folder, "shops.csv on shop", "rates.csv as of when = day")
    table, report = enrich.enriched(ours_of(folder), others)
    frame = typed_table(table)[0].frame()
    right = pd.read_csv(folder / "ours.csv").merge(pd.read_csv(folder / "shops.csv"), on="shop", how="left")
    assert frame["id"].tolist() == list(range(500))
    np.testing.assert_array_equal(frame["size"].to_numpy(float), right["size"])
    assert frame["rate"].tolist() == [8] * 500
    assert [r["rows without a match"] for r in report] == [right["size"].isna().sum(), 0]
    kept = {json.loads(p.read_text())["sha256"] for p in (folder / "originals").glob("*/origin.json")}
    assert {one.record["sha256"] for one in others} < kept
    assert enrich.shown(report).loc["shops", "columns added"] == 2


def test_a_table_that_is_joined_twice_is_read_once(folder):
    one, two = beside(folder, "shops.csv on shop", "shops.csv on id = shop prefix other_")
    assert one.content == two.content


def test_without_joins_the_table_is_what_it_was(folder):
    table = ours_of(folder)
    assert enrich.enriched(table, []) == (table, [])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("shps.csv on shop", ["there is no file shps.csv", "ingest.joins"]),
        ("empty.csv on shop", ["empty.csv", "empty"]),
        ("header.csv on shop", ["header.csv", "no row"]),
        ("postgresql://127.0.0.1:1/x?table=t on shop", ["127.0.0.1"]),
        ("sqlite:///nowhere.db?table=t on shop", ["no SQLite file"]),
        ("table.doc on shop", ["table.doc", "known"]),
    ],
)
def test_a_table_that_cannot_be_read_is_told_with_its_join(folder, line, words):
    (folder / "empty.csv").write_text("")
    (folder / "header.csv").write_text("shop,x\n")
    (folder / "table.doc").write_text("x")
    with pytest.raises(BadInput) as told:
        beside(folder, line)
    assert all(word in str(told.value) for word in [*words, line])
    assert "\n" not in str(told.value)


@pytest.fixture
def learnt(folder, packaged):
    """A bundle that learnt with columns of another table: plan and since come from a join by id."""
    rows = packaged.rows.astype({"since": str})
    rows[["id", "plan", "since"]].to_csv(folder / "plans.csv", index=False)
    rows[["id", "age"]].to_csv(folder / "new.csv", index=False)
    joins = [{"join": "plans.csv on id", "sha256": "0", "columns": ["plan", "since"]}]
    bundle = Bundle(packaged.folder)
    target = folder / "bundle"
    write_bundle(
        target, (packaged.folder / "model.onnx").read_bytes(), bundle.signature | {"joins": joins},
        json.loads((packaged.folder / "recipe.json").read_text()), "# Card\n", bundle.sample(),
    )  # fmt: skip
    rows.to_csv(folder / "whole.csv", index=False)
    return Bundle(target)


def through_joins(learnt, folder):
    return partial(
        new_rows.prepared,
        joins=learnt.signature["joins"],
        steps=[],
        root=folder,
        temporary=folder / "temporary",
    )


def test_new_rows_go_through_the_joins_that_the_model_learnt_with(folder, learnt):
    through = through_joins(learnt, folder)
    predict_file(learnt, folder / "new.csv", folder / "joined.csv", through)
    predict_file(learnt, folder / "whole.csv", folder / "given.csv")
    assert (folder / "joined.csv").read_text() == (folder / "given.csv").read_text()


def test_columns_that_are_there_already_are_not_joined_again(folder, learnt):
    (folder / "plans.csv").unlink()
    through = through_joins(learnt, folder)
    assert predict_file(learnt, folder / "whole.csv", folder / "given.csv", through) == 300


def test_without_its_table_the_line_says_which_columns_lack(folder, learnt):
    (folder / "plans.csv").unlink()
    through = through_joins(learnt, folder)
    with pytest.raises(
        BadInput, match=r"no file plans\.csv; put that table there, or add its columns .*plan, since"
    ):
        predict_file(learnt, folder / "new.csv", folder / "joined.csv", through)
    with pytest.raises(BadInput, match=r"it came from the join 'plans\.csv on id'"):
        predict_file(learnt, folder / "new.csv", folder / "joined.csv")
    assert not (folder / "joined.csv").exists()


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_gain_is_large_for_a_telling_table_and_none_for_noise(folder, task):
    draw = np.random.default_rng(1)
    telling = pd.DataFrame({"k": [f"k{n}" for n in range(400)], "z": draw.normal(size=400)})
    noise = pd.DataFrame({"k": telling["k"], "n": draw.integers(0, 3, 400)})
    rows = pd.DataFrame({"k": draw.choice(telling["k"], 900), "x": draw.normal(size=900)}).rename_axis("row")
    z = rows["k"].map(telling.set_index("k")["z"]) + 0.3 * draw.normal(size=900)
    classes = {"binary": ["no", "yes"], "multiclass": ["high", "low", "mid"], "regression": []}[task]
    rows["y"] = {"binary": np.where(z > 0, "yes", "no"), "regression": z}.get(
        task, np.select([z < -0.5, z > 0.5], ["low", "high"], "mid")
    )
    measure = {
        "binary": "roc_auc",
        "multiclass": "neg_log_loss",
        "regression": "neg_root_mean_squared_error",
    }[task]
    problem = Problem("p", "y", task, measure, classes, "yes" if task == "binary" else None, ["k"])
    telling.to_csv(folder / "telling.csv", index=False)
    noise.to_csv(folder / "noise.csv", index=False)
    (good, _), (bad, error) = gains(rows, problem, beside(folder, "telling.csv on k", "noise.csv on k"))
    assert good > 0.1
    assert bad < max(2 * error, 0.05)


def test_without_a_target_no_gain_is_told(folder):
    rows = pd.read_csv(folder / "ours.csv")
    assert np.isnan(gains(rows, Problem("p", None, "none", ""), beside(folder, "shops.csv on shop"))).all()


def test_a_join_takes_a_bounded_part_of_the_memory(folder):
    """Batches come out as they go in: the second of two is asked for only after the first was taken."""
    table = ours_of(folder)
    assert pq.ParquetFile(table.path).metadata.num_rows == 500
    taken = []
    with enrich.Enrichment(beside(folder, "shops.csv on shop"), pq.read_schema(table.path)) as joins:
        for batch in pq.ParquetFile(table.path).iter_batches(100):
            taken.append(joins(pa.Table.from_batches([batch])).num_rows)
    assert taken == [100] * 5
