"""What a newcomer gets wrong about data, beside what the tests of each part hold: one line says what, and where."""

import io
import lzma
import os
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from helpers.data import drift, explore, ingest, label, leakage, reshape, wrangle
from helpers.data.checks import judge
from helpers.data.checks.rows import Rows as CheckedRows
from helpers.data.checks.suggest import suggest
from helpers.data.checks.suite import read_suite
from helpers.data.gain import gains
from helpers.data.page import write_page
from helpers.data.privacy import anonymity
from helpers.data.profile import profile
from helpers.data.related import Finder
from helpers.data.rows import Rows
from helpers.data.sampled import sampled
from helpers.data.sources import open_source
from helpers.data.table import written
from helpers.errors import BadInput
from helpers.problem import Problem
from helpers.recipe import Recipe

COUNT = 60
TABLE = pd.DataFrame(
    {
        "x": np.arange(COUNT) / 7,
        "kind": list("abc") * (COUNT // 3),
        "day": pd.date_range("2024-01-01", periods=COUNT),
        "y": ["yes", "no", "no"] * (COUNT // 3),
    }
)
TEXT = TABLE.to_csv(index=False)
TYPES = {"x": "float", "kind": "category", "day": "date", "y": "category"}
PROBLEM = Problem("bad", "y", "binary", "roc_auc", ["no", "yes"], "yes", [], TYPES)


def refused(said, action):
    """The answer to bad input: one line of bearable length."""
    with pytest.raises(BadInput, match=said) as told:
        action()
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 650


# Files and addresses: the source, what the line says. Files are made by `places`.
SOURCES = {
    "an Excel file of last century": ("old.xls", r"\.xls is no known kind of table"),
    "a Parquet file without a row": ("rowless.parquet", "rowless.parquet has no row"),
    "a Parquet file without a column": ("bare.parquet", "bare.parquet has no row"),
    "a Parquet file cut off": ("cut.parquet", "cut.parquet cannot be read as parquet"),
    "JSON lines that are lists": ("lists.jsonl", "lists.jsonl, line 1 must hold a record"),
    "a zip of two files": ("two.csv.zip", "two.csv.zip holds 2 files"),
    "a bz2 that is none": ("none.csv.bz2", "none.csv.bz2 cannot be unpacked"),
    "a zst that is none": ("none.csv.zst", "none.csv.zst cannot be unpacked"),
    "an xz cut off": ("cut.csv.xz", "cut.csv.xz cannot be unpacked"),
    "a link that leads nowhere": ("link.csv", "there is no file link.csv"),
    "a pipe": ("pipe.csv", "pipe.csv is no ordinary file"),
    "a file: address": ("file:///a.csv", "name a file of this machine by its path alone"),
    "an ftp: address": ("ftp://host/a.csv", "download the file"),
    "an address without a host": ("https:///a.csv", "no host given"),
    "an address with a space in it": ("https://127.0.0.1:9/a b.csv", "control characters"),
    "a store without a bucket": ("s3://", "names no bucket; write s3://BUCKET/PATH"),
    "a store with a path and no bucket": ("gs:///a.csv", "names no bucket; write gs://BUCKET/PATH"),
    "an option that Hadoop's web does not know": ("webhdfs://127.0.0.1:9/a.csv?x=1", "unknown option 'x'"),
    "an SQLite file that is a table": ("sqlite:///good.csv?table=t", "file is not a database"),
    "a DuckDB file that is a table": ("duckdb:///good.csv?table=t", "good.csv is no DuckDB file"),
}


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """A folder of the files that a newcomer might name."""
    folder = tmp_path_factory.mktemp("places")
    whole = io.BytesIO()
    TABLE.to_parquet(whole)
    files = {
        "good.csv": TEXT, "old.xls": b"\xd0\xcf\x11\xe0" + b"0" * 600, "cut.parquet": whole.getvalue()[:-50],
        "lists.jsonl": "[1, 2]\n[3, 4]\n", "none.csv.bz2": "BZh9 none", "none.csv.zst": "none",
        "cut.csv.xz": lzma.compress(TEXT.encode())[:-20],
    }  # fmt: skip
    for name, content in files.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    TABLE.head(0).to_parquet(folder / "rowless.parquet")
    pd.DataFrame(index=range(5)).to_parquet(folder / "bare.parquet")
    with zipfile.ZipFile(folder / "two.csv.zip", "w") as archive:
        archive.writestr("a.csv", TEXT)
        archive.writestr("b.csv", TEXT)
    (folder / "link.csv").symlink_to("/nowhere")
    os.mkfifo(folder / "pipe.csv")
    return folder


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_that_cannot_be_read_is_told_and_nothing_half_written_is_left(
    places, tmp_path, monkeypatch, name
):
    monkeypatch.chdir(places)
    source, said = SOURCES[name]
    (tmp_path / "temporary").mkdir()
    found = tmp_path / "originals"
    refused(said, lambda: ingest.original(open_source(source, None, places), found, tmp_path / "temporary"))
    kept = [p for p in found.rglob("*") if p.is_file() and p.suffix not in (".json", ".source")]
    for copy in kept:  # whole, or not at all
        assert copy.read_bytes() in [p.read_bytes() for p in places.rglob(copy.name)]


# Parameters: what is done with the table as a stage does it, what the line says.
def problem(**given):
    return label.problem_of("bad", TABLE, TYPES, "y", **given)


def ready(folder):
    path = folder / "rows.parquet"
    TABLE.to_parquet(path)
    return path


PARAMETERS = {
    "a kind without a column": (lambda f: ingest.as_kinds(["x"]), "must have the form column=kind"),
    "a time that is not there": (lambda f: problem(time="dya"), "ingest.time names 'dya'.*'day'"),
    "a time that is a word": (
        lambda f: problem(time="kind"),
        "a category; time is a number or a date such as",
    ),
    "a time that is the target": (lambda f: problem(time="y"), "ingest.time names 'y', which is the target"),
    "a group that is the target": (
        lambda f: problem(group="y"),
        "ingest.group names 'y', which is the target",
    ),
    "an identifier that is the target": (lambda f: problem(identifiers=["y"]), "which is the target"),
    "a weight that is the target": (lambda f: problem(weight="y"), "which is the target"),
    "a sensitive column that is not there": (
        lambda f: anonymity.must_suit(list(TABLE), [], 5, "zz"),
        "ingest.sensitive: there is no column 'zz'",
    ),
    "no row to be explored": (lambda f: sampled(ready(f), 0), "must be 1 at least, not 0"),
    "a strength above one": (
        lambda f: explore.redundant(pd.DataFrame(np.eye(2)), at_least=5),
        "explore.redundant_at must be between 0 and 1, not 5",
    ),
    "a suspicion above one": (
        lambda f: leakage.leakage_suspects(None, pd.DataFrame(), pd.DataFrame(), "y", 5),
        "explore.suspicious_at must be between 0 and 1, not 5",
    ),
    "later rows that are more than all": (
        lambda f: drift.drift(None, np.arange(COUNT), 2),
        "explore.later_share must be between 0 and 1, not 2",
    ),
    "no column on the profiler's page": (
        lambda f: write_page(TABLE.iloc[:, :0], f / "page.html", "page"),
        "profile.page_columns must be 1 at least, not 0",
    ),
    "a share of missing values above one": (
        lambda f: suggest(TABLE, profile(TABLE), PROBLEM, 7),
        "validate.most_missing must be between 0 and 1, not 7",
    ),
    "no finding to be listed": (lambda f: judge(TABLE, [], -1), "validate.most_findings must be 1 at least"),
    "references that are not there": (
        lambda f: CheckedRows(TABLE, f / "nowhere"),
        "validate.references: there is no folder or file",
    ),
    "an unknown word for missing values": (
        lambda f: wrangle.configured(Recipe(), "meen", "keep", "iqr", pd.DataFrame()),
        "did you mean 'mean'",
    ),
    "an unknown word for outliers": (
        lambda f: wrangle.configured(Recipe(), "keep", "cilp", "iqr", pd.DataFrame()),
        "did you mean 'clip'",
    ),
    "an unknown rule for outliers": (
        lambda f: wrangle.configured(Recipe(), "keep", "keep", "iqrr", pd.DataFrame()),
        "wrangle.outlier_method: there is no 'iqrr', did you mean 'iqr'",
    ),
    "a distance below zero for outliers": (
        lambda f: wrangle.configured(Recipe(), "keep", "clip", "iqr", pd.DataFrame(), -1),
        "wrangle.outlier_factor must be 0 at least, not -1",
    ),
    "no row to design a recipe from": (lambda f: Rows(ready(f)).sample(0), "must be 1 at least, not 0"),
    "no column left to learn from": (
        lambda f: wrangle.raw_features(TABLE[["y"]], PROBLEM),
        "no column is left",
    ),
    "a coverage above one": (lambda f: Finder(ready(f), TYPES, 3), "least_coverage must be between 0 and 1"),
    "a single fold to measure a gain": (
        lambda f: gains(TABLE, PROBLEM, [None], 1),
        "folds must be 2 at least",
    ),
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_that_makes_no_sense_is_told(tmp_path, name):
    action, said = PARAMETERS[name]
    refused(said, lambda: action(tmp_path))


# Suites of checks: YAML, what the line says.
CHECK = "version: 1\nchecks:\n- check: "
SUITES = {
    "bounds the wrong way round": (
        CHECK + "in_range\n  column: x\n  low: 9\n  high: 1\n",
        "low is 9 and above",
    ),
    "a list": ("- 1\n", "must be a mapping of names to values, not a list"),
    "no checks": ("version: 1\n", "checks must be a list"),
}


@pytest.mark.parametrize("name", SUITES)
def test_a_mistake_in_a_suite_of_checks_is_told(tmp_path, name):
    text, said = SUITES[name]
    (tmp_path / "suite.yaml").write_text(text)
    refused(said, lambda: judge(TABLE, read_suite(tmp_path / "suite.yaml")))


# Recipes, and table steps: YAML, what the line says.
STEP = "version: 2\nsteps:\n- step: "
RECIPES = {
    "the target as a column": (STEP + "drop\n  columns: [y]\n", "there is no column 'y'"),
    "a column dropped and used": (
        "version: 2\nsteps:\n- {step: drop, columns: [x]}\n- {step: log1p, columns: [x]}\n",
        r"step 2 \(log1p\): there is no column 'x'",
    ),
    "a category for a number": (
        STEP + "one_hot\n  columns: [x]\n",
        "'x' is a number, and the step takes a category",
    ),
    "every column dropped": (STEP + "drop\n  columns: all\n", "the recipe drops every column"),
    "columns that are a number": (STEP + "log1p\n  columns: 3\n", "columns must be a list of names"),
    "steps that are a mapping": ("version: 2\nsteps: {step: log1p}\n", "the steps a list"),
    "an empty file": ("", "a recipe is a mapping with version and steps"),
    "steps of one's own that are not there": (
        "version: 2\nuses: [{file: none.py, sha256: x}]\nsteps: []\n",
        "no file of steps 'none.py'",
    ),
}
TABLE_STEPS = {
    "an empty file": ("", "has no table steps"),
    "no YAML": ("table: [\n", "is no YAML: line"),
    "a mapping for a list": ("table: {step: aggregate}\n", "has no table steps: a list"),
}


@pytest.mark.parametrize("name", RECIPES)
def test_a_mistake_in_a_recipe_is_told(tmp_path, name):
    text, said = RECIPES[name]
    rows = TABLE.drop(columns="day")
    refused(said, lambda: wrangle.fitted(Recipe.from_yaml(text, own=tmp_path), rows, PROBLEM))


@pytest.mark.parametrize("name", TABLE_STEPS)
def test_a_mistake_in_table_steps_is_told(tmp_path, name):
    text, said = TABLE_STEPS[name]
    (tmp_path / "steps.yaml").write_text(text)
    batches = pa.Table.from_pandas(TABLE, preserve_index=False)
    table = written(pa.RecordBatchReader.from_batches(batches.schema, batches.to_batches()), tmp_path)
    refused(said, lambda: reshape.reshaped(table, TYPES, reshape.steps_of("steps.yaml", tmp_path)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def f(:\n", "SyntaxError: invalid syntax"),
        ("import sys; sys.exit(2)\n", "SystemExit: 2"),
        ("1/0\n", "ZeroDivisionError"),
    ],
    ids=["a mistake in the syntax", "an exit", "a mistake in the code"],
)
def test_a_mistake_in_steps_of_ones_own_is_told(tmp_path, text, said):
    (tmp_path / "own.py").write_text(text)
    refused(said, lambda: wrangle.read_recipe(None, "own.py", tmp_path, Recipe()))
