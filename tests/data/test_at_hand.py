"""The tables at hand are found in folders, behind globs and in databases; the table itself is left out."""

import sqlite3

import duckdb
import pytest

from helpers.data.at_hand import read_table, tables_at
from helpers.data.originals import sha256
from helpers.errors import BadInput


@pytest.fixture
def folder(tmp_path):
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.csv").write_text(f"k,{name}\n1,2\n3,4\n")
    (tmp_path / "notes.md").write_text("no table")
    return tmp_path


def test_a_folder_gives_its_tables_but_for_the_one_that_is_known(folder):
    assert tables_at(".", folder) == ["a.csv", "b.csv", "c.csv"]
    assert tables_at(".", folder, sha256(folder / "b.csv")) == ["a.csv", "c.csv"]
    assert tables_at("[ab].csv", folder) == ["a.csv", "b.csv"]
    assert tables_at(None, folder) == []


def test_a_database_gives_its_tables_and_views(folder):
    with sqlite3.connect(folder / "d.db") as connection:
        connection.execute("CREATE TABLE clients (k, v)")
        connection.execute("INSERT INTO clients VALUES (1, 'x'), (2, 'y')")
        connection.execute("CREATE VIEW young AS SELECT * FROM clients")
    url = f"sqlite:///{folder / 'd.db'}"
    assert tables_at(url, folder) == [f"{url}?table=clients", f"{url}?table=young"]
    path, kinds = read_table(f"{url}?table=clients", folder, folder)
    assert path.is_file()
    assert kinds == {"k": "integer", "v": "category"}
    with duckdb.connect(str(folder / "d.duckdb")) as connection:
        connection.execute("CREATE TABLE things AS SELECT 1 AS k")
    assert tables_at(f"duckdb:///{folder / 'd.duckdb'}", folder) == [
        f"duckdb:///{folder / 'd.duckdb'}?table=things"
    ]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("nowhere", "no file nowhere"),
        ("*.xlsx", "matches no file"),
        ("sqlite:///nowhere.db", "no SQLite file"),
    ],
)
def test_a_place_without_tables_is_told(folder, place, words):
    with pytest.raises(BadInput, match=words.replace("*", r"\*")):
        tables_at(place, folder)
