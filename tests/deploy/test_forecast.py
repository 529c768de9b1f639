"""A file is scored with a bundle alone: every row, in its order, whatever the format; or nothing is written."""

import gzip
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from helpers.bundle import Bundle
from helpers.deploy.forecast import BATCH, predict_file
from helpers.errors import BadInput

COLUMNS = ["id", "prediction", "probability_no", "probability_yes"]


def table(packaged, count=300):
    many = pd.concat([packaged.rows] * (count // 300 + 1), ignore_index=True).head(count)
    return many.drop(columns="left").assign(id=[f"c-{n:06d}" for n in range(count)])


def scored(packaged, file, tmp_path, suffix=".csv"):
    out = tmp_path / f"scores{suffix}"
    rows = predict_file(packaged.folder, file, out)
    read = pd.read_csv(out) if suffix == ".csv" else pd.read_parquet(out)
    assert rows == len(read)
    return read


def wanted(packaged, rows):
    columns = {n: rows[n].tolist() for n in ("age", "plan", "since")}
    return Bundle(packaged.folder).predict(columns)["probability_yes"]


def test_rows_keep_their_order_and_identifiers_over_many_batches(packaged, tmp_path):
    rows = table(packaged, 2 * BATCH + 77)
    rows.to_csv(tmp_path / "rows.csv", index=False)
    found = scored(packaged, tmp_path / "rows.csv", tmp_path)
    assert list(found.columns) == COLUMNS
    assert found["id"].tolist() == rows["id"].tolist()
    assert np.abs(found["probability_yes"] - wanted(packaged, rows)).max() < 1e-12
    assert np.allclose(found["probability_no"] + found["probability_yes"], 1)


WRITERS = {
    "rows.csv": lambda rows, path: rows.to_csv(path, index=False),
    "rows.csv.gz": lambda rows, path: rows.to_csv(path, index=False),
    "rows.tsv": lambda rows, path: rows.to_csv(path, index=False, sep="\t"),
    "semicolons.csv": lambda rows, path: rows.to_csv(path, index=False, sep=";"),
    "rows.parquet": lambda rows, path: rows.to_parquet(path),
    "rows.jsonl": lambda rows, path: rows.to_json(path, orient="records", lines=True, date_format="iso"),
    "reordered.csv": lambda rows, path: rows[rows.columns[::-1]].assign(more=1).to_csv(path, index=False),
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_every_format_gives_the_same_predictions(packaged, tmp_path, name, suffix):
    rows = table(packaged)
    WRITERS[name](rows, tmp_path / name)
    found = scored(packaged, tmp_path / name, tmp_path, suffix)
    assert list(found.columns) == COLUMNS
    assert found["id"].tolist() == rows["id"].tolist()
    assert np.abs(found["probability_yes"] - wanted(packaged, rows)).max() < 1e-12


def test_a_table_without_identifiers_is_scored_too(packaged, tmp_path):
    table(packaged).drop(columns="id").to_csv(tmp_path / "rows.csv", index=False)
    assert list(scored(packaged, tmp_path / "rows.csv", tmp_path).columns) == COLUMNS[1:]


BAD = {
    "lacks.csv": (b"id,age,plan\n1,40,basic\n", "no column 'since'"),
    "header.csv": (b"id,age,plan,since\n", "no row"),
    "empty.csv": (b"", "is empty"),
    "twice.csv": (b"id,age,plan,since,age\n1,40,basic,2020-01-01,41\n", "several columns 'age'"),
    "ids.csv": (b"id,id,age,plan,since\n1,2,40,basic,2020-01-01\n", "several columns 'id'"),
    "value.csv": (b"id,age,plan,since\n1,old,basic,2020-01-01\n", "column 'age', row 0"),
    "ragged.csv": (b"id,age,plan,since\n1,40,basic,2020-01-01\n1,2,3,4,5,6\n", "ragged.csv cannot be read"),
    "broken.parquet": (b"PAR1", "broken.parquet cannot be read"),
    "table.doc": (b"x", "cannot be scored"),
    "cut.csv.gz": (gzip.compress(b"id,age,plan,since\n" * 999)[:-20], "cut.csv.gz cannot be read"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_table_that_cannot_be_scored_is_refused_and_nothing_is_left_behind(packaged, tmp_path, name):
    content, said = BAD[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=said):
        predict_file(packaged.folder, tmp_path / name, tmp_path / "scores.csv")
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_a_bad_row_far_down_leaves_the_old_file_as_it_was(packaged, tmp_path):
    rows = table(packaged, BATCH + 500).astype({"age": object})
    rows.loc[BATCH + 400, "age"] = "old"
    rows.to_csv(tmp_path / "rows.csv", index=False)
    (tmp_path / "scores.csv").write_text("as it was")
    with pytest.raises(BadInput, match="column 'age'"):
        predict_file(packaged.folder, tmp_path / "rows.csv", tmp_path / "scores.csv")
    assert (tmp_path / "scores.csv").read_text() == "as it was"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["rows.csv", "scores.csv"]


@pytest.mark.parametrize(
    ("out", "said"), [("scores.doc", "name a .csv or .parquet"), ("no/scores.csv", "no folder")]
)
def test_a_place_that_cannot_be_written_is_told(packaged, tmp_path, out, said):
    table(packaged).to_csv(tmp_path / "rows.csv", index=False)
    with pytest.raises(BadInput, match=said):
        predict_file(packaged.folder, tmp_path / "rows.csv", tmp_path / out)


ALONE = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in ['pandas', 'sklearn', 'scipy', 'skl2onnx', 'optuna', 'joblib', 'duckdb', 'papermill']:
            raise ImportError(name + ' must not be needed')
sys.meta_path.insert(0, Refuse())
from pathlib import Path
from helpers.deploy.forecast import predict_file
predict_file(*map(Path, sys.argv[1:]))
"""


def test_scoring_a_file_needs_neither_pandas_nor_what_trained_the_model(packaged, tmp_path):
    rows = table(packaged)
    rows.to_csv(tmp_path / "rows.csv", index=False)
    command = [sys.executable, "-c", ALONE, packaged.folder, tmp_path / "rows.csv", tmp_path / "scores.csv"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = pd.read_csv(tmp_path / "scores.csv")
    assert np.abs(found["probability_yes"] - wanted(packaged, rows)).max() < 1e-12
