"""What a newcomer gets wrong about data is answered by one line that says what and where, and leaves nothing behind."""

import io
import lzma
import os
import sqlite3
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from helpers.data import drift, explore, ingest, kinds, label, leakage, reshape, seal, split, wrangle
from helpers.data.checks import judge
from helpers.data.checks.own import load
from helpers.data.checks.rows import Rows as CheckedRows
from helpers.data.checks.suggest import suggest
from helpers.data.checks.suite import read_suite
from helpers.data.gain import gains
from helpers.data.page import write_page
from helpers.data.privacy import actions, anonymity
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
    "an Excel file that is a text": ("text.xlsx", "text.xlsx cannot be read as xlsx"),
    "an Excel file with a header alone": ("header.xlsx", "has a header and no row"),
    "an Excel file of last century": ("old.xls", r"\.xls is no known kind of table"),
    "a Feather file that is none": ("none.feather", "none.feather cannot be read as feather"),
    "a Parquet file of no byte": ("zero.parquet", "zero.parquet is empty"),
    "a Parquet file without a row": ("rowless.parquet", "rowless.parquet has no row"),
    "a Parquet file without a column": ("bare.parquet", "bare.parquet has no row"),
    "a Parquet file cut off": ("cut.parquet", "cut.parquet cannot be read as parquet"),
    "JSON lines that are lists": ("lists.jsonl", "lists.jsonl, line 1 must hold a record"),
    "JSON lines of no byte": ("zero.jsonl", "zero.jsonl is empty"),
    "a zip of two files": ("two.csv.zip", "two.csv.zip holds 2 files"),
    "a bz2 that is none": ("none.csv.bz2", "none.csv.bz2 cannot be unpacked"),
    "a zst that is none": ("none.csv.zst", "none.csv.zst cannot be unpacked"),
    "an xz cut off": ("cut.csv.xz", "cut.csv.xz cannot be unpacked"),
    "a quote that is never closed": ("quote.csv", "quote never closed"),
    "a row shorter than the header": ("short.csv", "short.csv, line 62: 1 field where 4 are expected"),
    "a web page named as a table": ("page.csv", "page.csv is a web page, not a table"),
    "a folder of files with other columns": ("other", "b.csv has other columns than a.csv: it has no 'y'"),
    "a folder in which one file is broken": ("onebad", "b.csv.gz cannot be unpacked"),
    "a glob that matches nothing": ("nothing*.csv", "matches no file"),
    "a link that leads nowhere": ("link.csv", "there is no file link.csv"),
    "a pipe": ("pipe.csv", "pipe.csv is no ordinary file"),
    "a file: address": ("file:///a.csv", "name a file of this machine by its path alone"),
    "an ftp: address": ("ftp://host/a.csv", "download the file"),
    "an address without a host": ("https:///a.csv", "no host given"),
    "an address with a space in it": ("https://127.0.0.1:9/a b.csv", "control characters"),
    "a store without a bucket": ("s3://", "names no bucket; write s3://BUCKET/PATH"),
    "a store with a path and no bucket": ("gs:///a.csv", "names no bucket; write gs://BUCKET/PATH"),
    "an option that Hadoop's web does not know": ("webhdfs://127.0.0.1:9/a.csv?x=1", "unknown option 'x'"),
    "a database without the name of a table": ("postgresql://root@127.0.0.1/db", r"add \?table=NAME"),
    "a secret that is not set": ("postgresql://a:${NOT_SET}@h/db?table=t", "variable NOT_SET is not set"),
    "a secret of the keyring that is misspelt": ("postgresql://a:${keyring:x}@h/d?table=t", "service/user"),
    "an SQLite file that is not there": ("sqlite:///none.db?table=t", "there is no SQLite file none.db"),
    "an SQLite file that is a table": ("sqlite:///good.csv?table=t", "file is not a database"),
    "a table that the database lacks": ("sqlite:///a.db?table=tt", "no table 'tt', did you mean 't'"),
    "a table of a database without a row": ("sqlite:///a.db?table=e", "e has no row"),
    "a query with a mistake": ("sqlite:///a.db SELEC 1", 'near "SELEC": syntax error'),
    "a query that would delete": ("sqlite:///a.db DROP TABLE t", "readonly"),
    "a query of a column that is not there": ("sqlite:///a.db SELECT zz FROM t", "no such column: zz"),
    "a query that names a column twice": ("sqlite:///a.db SELECT x, x FROM t", "two columns named 'x'"),
    "a query over a file": ("good.csv SELECT 1", "unset ingest.query"),
    "a DuckDB file that is a table": ("duckdb:///good.csv?table=t", "good.csv is no DuckDB file"),
    "a DuckDB file that is not there": ("duckdb:///none.duckdb?table=t", "there is no DuckDB file"),
    "a server that does not answer": ("mysql://root@127.0.0.1:9/test?table=t", "refused"),
}


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """A folder of the files that a newcomer might name."""
    folder = tmp_path_factory.mktemp("places")
    whole = io.BytesIO()
    TABLE.to_parquet(whole)
    files = {
        "good.csv": TEXT, "text.xlsx": "text", "old.xls": b"\xd0\xcf\x11\xe0" + b"0" * 600, "zero.jsonl": "",
        "none.feather": "ARROW1 nothing", "zero.parquet": "", "cut.parquet": whole.getvalue()[:-50],
        "lists.jsonl": "[1, 2]\n[3, 4]\n", "none.csv.bz2": "BZh9 none", "none.csv.zst": "none",
        "cut.csv.xz": lzma.compress(TEXT.encode())[:-20], "quote.csv": TEXT + '1,"a,2024-01-01,yes\n',
        "short.csv": TEXT + "1\n", "page.csv": "<!DOCTYPE html><html><body>Sign in</body></html>\n",
        "other/a.csv": "x,y\n1,yes\n", "other/b.csv": "x,z\n1,2\n", "onebad/a.csv": TEXT, "onebad/b.csv.gz": "none",
    }  # fmt: skip
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    TABLE.head(0).to_excel(folder / "header.xlsx", index=False)
    TABLE.head(0).to_parquet(folder / "rowless.parquet")
    pd.DataFrame(index=range(5)).to_parquet(folder / "bare.parquet")
    with zipfile.ZipFile(folder / "two.csv.zip", "w") as archive:
        archive.writestr("a.csv", TEXT)
        archive.writestr("b.csv", TEXT)
    (folder / "link.csv").symlink_to("/nowhere")
    os.mkfifo(folder / "pipe.csv")
    connection = sqlite3.connect(folder / "a.db")
    TABLE.to_sql("t", connection, index=False)
    TABLE.head(0).to_sql("e", connection, index=False)
    connection.close()
    return folder


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_that_cannot_be_read_is_told_and_nothing_half_written_is_left(
    places, tmp_path, monkeypatch, name
):
    monkeypatch.chdir(places)
    source, said = SOURCES[name]
    uri, _, query = source.partition(" ") if "SELEC" in source or "DROP" in source else (source, "", None)
    (tmp_path / "temporary").mkdir()
    found = tmp_path / "originals"
    refused(said, lambda: ingest.original(open_source(uri, query, places), found, tmp_path / "temporary"))
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
    "a kind that there is not": (lambda f: kinds.typed(TABLE, {"x": "flaot"}), "did you mean 'float'"),
    "a kind for a column that is not there": (lambda f: kinds.typed(TABLE, {"zz": "float"}), "column 'zz'"),
    "words to be read as whole numbers": (lambda f: kinds.typed(TABLE, {"kind": "integer"}), "'kind'"),
    "words to be read as dates": (lambda f: kinds.typed(TABLE, {"kind": "date"}), "read as date"),
    "a time that is not there": (lambda f: problem(time="dya"), "ingest.time names 'dya'.*'day'"),
    "a time that is a word": (lambda f: problem(time="kind"), "a category; time is a date or a number"),
    "a time that is the target": (lambda f: problem(time="y"), "ingest.time names 'y', which is the target"),
    "a group that is the target": (
        lambda f: problem(group="y"),
        "ingest.group names 'y', which is the target",
    ),
    "an identifier that is the target": (lambda f: problem(identifiers=["y"]), "which is the target"),
    "a weight that is a word": (lambda f: problem(weight="kind"), "holds no numbers"),
    "a weight that is the target": (lambda f: problem(weight="y"), "which is the target"),
    "a limit for words": (lambda f: label.above_label(TABLE, "kind", 1.0), "'kind' holds none"),
    "no row to be sealed": (lambda f: seal.sealed(TABLE, PROBLEM, 0), "above 0 and below 1, not 0"),
    "all rows to be sealed": (lambda f: seal.sealed(TABLE, PROBLEM, 1.5), "above 0 and below 1, not 1.5"),
    "too few rows to seal any": (lambda f: seal.sealed(TABLE.head(5), PROBLEM), "ten at least"),
    "an unknown personal action": (lambda f: actions.chosen(["x=blur"], TABLE, []), "no action 'blur'"),
    "a personal column without an action": (lambda f: actions.chosen(["x"], TABLE, []), "column=drop"),
    "a width that is a word": (lambda f: actions.chosen(["x=generalise:ten"], TABLE, []), "a width above 0"),
    "a quasi-identifier that is not there": (lambda f: anonymity.must_suit(list(TABLE), ["zz"]), "'zz'"),
    "a sensitive column that is not there": (
        lambda f: anonymity.must_suit(list(TABLE), [], 5, "zz"),
        "ingest.sensitive: there is no column 'zz'",
    ),
    "a k of one": (lambda f: anonymity.must_suit(list(TABLE), [], 1), "ingest.k must be 2 at least, not 1"),
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
    "no row to design a recipe from": (lambda f: Rows(ready(f)).sample(0), "must be 1 at least, not 0"),
    "no column left to learn from": (
        lambda f: wrangle.raw_features(TABLE[["y"]], PROBLEM),
        "no column is left",
    ),
    "a split that there is not": (
        lambda f: split.split(TABLE, PROBLEM, method="tiem"),
        "did you mean 'time'",
    ),
    "a split by a time that is not named": (
        lambda f: split.split(TABLE, PROBLEM, method="time"),
        "ingest.time=",
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


# Suites of checks, and files of checks of one's own: text, what the line says.
CHECK = "version: 1\nchecks:\n- check: "
SUITES = {
    "an unknown check": (
        CHECK + "in_rnage\n  column: x\n",
        "line 3: there is no check 'in_rnage'.*'in_range'",
    ),
    "a column that is not there": (CHECK + "in_range\n  column: xx\n  low: 0\n", "a column 'xx'.*'x'"),
    "an unknown parameter": (
        CHECK + "in_range\n  column: x\n  lo: 0\n",
        "no parameter 'lo', did you mean 'low'",
    ),
    "a bound that is a word": (CHECK + "in_range\n  column: x\n  low: many\n", "neither a number nor a date"),
    "no column": (CHECK + "in_range\n  low: 1\n", "needs the parameter 'column'"),
    "bounds the wrong way round": (
        CHECK + "in_range\n  column: x\n  low: 9\n  high: 1\n",
        "low is 9 and above",
    ),
    "no bound": (CHECK + "in_range\n  column: x\n", "needs low or high"),
    "no level": (CHECK + "one_of\n  column: kind\n  levels: []\n", "needs at least one level"),
    "a broken pattern": (CHECK + "matches\n  column: kind\n  pattern: '['\n", "no regular expression"),
    "an unknown severity": (CHECK + "unique\n  column: x\n  severity: fatal\n", "severity|parameter"),
    "a table that is not there": (
        CHECK + "refers\n  column: kind\n  table: none.csv\n  key: k\n",
        "none.csv",
    ),
    "a key twice": (
        CHECK + "in_range\n  column: x\n  column: y\n",
        "line 5 is no YAML: column stands there twice",
    ),
    "no YAML": ("version: 1\nchecks:\n- check: [\n", "is no YAML"),
    "an empty file": ("", "the version is None"),
    "a list": ("- 1\n", "must be a mapping of names to values, not a list"),
    "no checks": ("version: 1\n", "checks must be a list"),
    "a version of the future": ("version: 9\nchecks: []\n", "the version is 9; this program reads 1"),
    "an unknown section": ("version: 1\nchekcs: []\n", "did you mean 'checks'"),
    "code": ("version: 1\nchecks: !!python/object/apply:os.system ['true']\n", "is no YAML"),
}
OWN = {
    "a mistake in the syntax": ("def f(:\n", "own.py, line 1: invalid syntax"),
    "a mistake in the code": ("1/0\n", "ZeroDivisionError: division by zero in line 1 of own.py"),
    "a module that is not there": ("import nothing_like_it\n", "No module named 'nothing_like_it' in line 1"),
    "an exit": ("import sys; sys.exit(3)\n", "SystemExit: 3 in line 1 of own.py"),
    "no check": ("x = 1\n", "own.py has no check"),
    "an answer too short": (
        "from helpers.data.checks import check\n@check\ndef short(rows):\n    return [True]\n",
        "returned list of length 1 for 60 rows",
    ),
    "a column that is not there": (
        "from helpers.data.checks import check\n@check\ndef odd(rows):\n    return rows['zz'] > 0\n",
        "ended with KeyError: 'zz' in line 4 of own.py",
    ),
}


@pytest.mark.parametrize("name", SUITES)
def test_a_mistake_in_a_suite_of_checks_is_told(tmp_path, name):
    text, said = SUITES[name]
    (tmp_path / "suite.yaml").write_text(text)
    refused(said, lambda: judge(TABLE, read_suite(tmp_path / "suite.yaml")))


@pytest.mark.parametrize("name", OWN)
def test_a_mistake_in_checks_of_ones_own_is_told(tmp_path, name):
    text, said = OWN[name]
    (tmp_path / "own.py").write_text(text)
    refused(said, lambda: judge(TABLE, load(tmp_path / "own.py")))


# Recipes, and table steps: YAML, what the line says.
STEP = "version: 2\nsteps:\n- step: "
RECIPES = {
    "an unknown step": (STEP + "impute_meen\n", "no step 'impute_meen', did you mean 'impute_mean'"),
    "an unknown parameter": (
        STEP + "bin_width\n  columns: [x]\n  parameters: {wdth: 1}\n",
        "no parameter 'wdth'",
    ),
    "a number that is a word": (
        STEP + "bin_width\n  columns: [x]\n  parameters: {bins: a}\n",
        "whole number",
    ),
    "a number out of its range": (
        STEP + "bin_width\n  columns: [x]\n  parameters: {bins: 0}\n",
        "from 2 to 1000",
    ),
    "a parameter left out": (STEP + "rename\n  columns: [x]\n", "needs the parameter 'names'"),
    "a column that is not there": (
        STEP + "log1p\n  columns: [zz]\n",
        r"step 1 \(log1p\): there is no column 'zz'",
    ),
    "the target as a column": (STEP + "drop\n  columns: [y]\n", "there is no column 'y'"),
    "a column dropped and used": (
        "version: 2\nsteps:\n- {step: drop, columns: [x]}\n- {step: log1p, columns: [x]}\n",
        r"step 2 \(log1p\): there is no column 'x'",
    ),
    "a number for words": (
        STEP + "log1p\n  columns: [kind]\n",
        "'kind' is a category, and the step takes a number",
    ),
    "a category for a number": (
        STEP + "one_hot\n  columns: [x]\n",
        "'x' is a number, and the step takes a category",
    ),
    "a new name that is taken": (
        STEP + "rename\n  columns: [x]\n  parameters: {names: {x: kind}}\n",
        "there is one of that name already",
    ),
    "a ratio of one column": (
        STEP + "ratio\n  columns: [x]\n  parameters: {name: r}\n",
        "it takes two columns, and 1 are named",
    ),
    "a filter of numbers by words": (
        STEP + "filter_rows\n  columns: [x]\n  parameters: {compare: '>', value: many}\n",
        "'many' is not of the kind of the column",
    ),
    "a filter that leaves no row": (
        STEP + "filter_rows\n  columns: [x]\n  parameters: {compare: '>', value: 1000}\n",
        "it leaves no training row",
    ),
    "every column dropped": (STEP + "drop\n  columns: all\n", "the recipe drops every column"),
    "columns that are a number": (STEP + "log1p\n  columns: 3\n", "columns must be a list of names"),
    "columns of an unknown word": (
        STEP + "log1p\n  columns: nmbers\n",
        "one of all, numbers, categories, dates",
    ),
    "an unknown field": (STEP + "log1p\n  colums: [x]\n", "no field 'colums', did you mean 'columns'"),
    "a step that is a word": ("version: 2\nsteps: [log1p]\n", "must be a mapping that names its step"),
    "steps that are a mapping": ("version: 2\nsteps: {step: log1p}\n", "the steps a list"),
    "an unknown section": ("version: 2\nsteps: []\nstpes: []\n", "no section 'stpes', did you mean 'steps'"),
    "a version of the future": ("version: 7\nsteps: []\n", "this program reads 2 and older"),
    "no version": ("steps: []\n", "the recipe has version None"),
    "an empty file": ("", "a recipe is a mapping with version and steps"),
    "no YAML": ("version: 2\nsteps: [\n", "the recipe is no YAML: line"),
    "code": ("version: 2\nsteps: !!python/object/apply:os.system ['true']\n", "the recipe is no YAML"),
    "steps of one's own that are not there": (
        "version: 2\nuses: [{file: none.py, sha256: x}]\nsteps: []\n",
        "no file of steps 'none.py'",
    ),
    "steps of one's own outside": (
        "version: 2\nuses: [{file: ../a.py, sha256: x}]\nsteps: []\n",
        "lies outside",
    ),
}
FIGURES = "table: [{step: aggregate, parameters: {by: [kind], figures: {n: "
TABLE_STEPS = {
    "an empty file": ("", "has no table steps"),
    "no YAML": ("table: [\n", "is no YAML: line"),
    "a mapping for a list": ("table: {step: aggregate}\n", "has no table steps: a list"),
    "an unknown step": ("table: [{step: agregate}]\n", "did you mean 'aggregate'"),
    "an unknown parameter": (
        "table: [{step: aggregate, parameters: {bye: [kind]}}]\n",
        "'bye', did you mean 'by'",
    ),
    "a column that is not there": (FIGURES.replace("[kind]", "[zz]") + "[count]}}}]\n", "no column 'zz'"),
    "an unknown figure": (FIGURES + "[cuont]}}}]\n", "the figure 'n' must be"),
    "a sum of words": (FIGURES + "[sum, y]}}}]\n", "Could not convert string"),
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
