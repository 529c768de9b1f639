"""The catalogue is what others' programs expect of Croissant and PROV, and holds no value and no secret."""

import hashlib
import json
import logging

import mlcroissant
import pandas as pd
import pytest
import rdflib

from helpers.data.catalog import Ingested, access, croissant, overview, schema, shown, shown_schema
from helpers.data.catalog import ingested as ingested_tables
from helpers.data.rights import rights_of
from helpers.data.sources import open_source

WHEN = "2024-05-06T07:08:09+00:00"
FRAME = pd.DataFrame({"a b": [1, 2], "é#%/": ["secret-value", "y"], "on": [True, False], "x": [0.5, 1.5]})
KINDS = {"a b": "integer", "é#%/": "category", "on": "boolean", "x": "float"}


def record_of(*paths):
    files = [
        {"name": p.name, "bytes": p.stat().st_size, "sha256": hashlib.sha256(p.read_bytes()).hexdigest()}
        for p in paths
    ]
    return {
        "sha256": files[0]["sha256"], "bytes": sum(f["bytes"] for f in files), "retrieved": WHEN, "modified": WHEN,
        "files": files, "owner": "ann", "rights": "-rw-r-----",
    }  # fmt: skip


@pytest.fixture
def ingested(tmp_path):
    FRAME.to_csv(tmp_path / "t a.csv", index=False)
    return Ingested(
        "things", "t a.csv", record_of(tmp_path / "t a.csv"), 2, KINDS, origin="Ann", licence="CC0"
    )


def read_back(document, folder, caplog):
    """What mlcroissant makes of a document; an error, an issue or a logged warning fails the test."""
    path = folder / "croissant.json"
    path.write_text(json.dumps(document))
    with caplog.at_level(logging.WARNING):
        found = mlcroissant.Dataset(str(path))
    assert not found.metadata.issues.errors
    assert not found.metadata.issues.warnings
    assert [r.getMessage() for r in caplog.records] == []
    return found


def test_mlcroissant_validates_it_and_reads_the_rows_by_it(ingested, tmp_path, caplog):
    found = read_back(croissant([ingested]), tmp_path, caplog)
    assert found.metadata.version.startswith("1.0.0+")
    rows = [list(record.values()) for record in found.records("things")]
    assert [
        [v.decode() if isinstance(v, bytes) else v for v in row] for row in rows
    ] == FRAME.to_numpy().tolist()


@pytest.mark.parametrize("name", ["plain", "with space", 'quo"te', "a/b", "ключ", "<b>", "x" * 300])
def test_any_name_of_a_table_or_column_makes_a_valid_catalogue(tmp_path, caplog, name, ingested):
    one = Ingested(name, "t a.csv", ingested.record, 2, {name: "text", name + "2": "date"})
    found = read_back(croissant([one]), tmp_path, caplog)
    assert [f.name for f in found.metadata.record_sets[0].fields] == [name, name + "2"]


def test_a_database_and_joined_tables_and_many_files_are_valid_too(ingested, tmp_path, caplog):
    snapshot, part = tmp_path / "snapshot.parquet", tmp_path / "part.csv"
    FRAME.to_parquet(snapshot)
    part.write_text("a\n1\n")
    base = Ingested(
        "t", "postgresql://ann@host/shop?table=t", record_of(snapshot), 2, KINDS, query="SELECT 1"
    )
    many = Ingested("many", "parts/*.csv", record_of(part, tmp_path / "t a.csv"), 3, {"a": "integer"})
    document = croissant([base, ingested, many])
    read_back(document, tmp_path, caplog)
    rows = overview(document)
    assert [r["name"] for r in rows] == ["t", "things", "many"]
    assert rows[0]["format"] == "application/vnd.apache.parquet"
    assert rows[2]["bytes"] == part.stat().st_size + (tmp_path / "t a.csv").stat().st_size


def test_provenance_is_found_by_a_query_in_the_terms_of_prov(ingested):
    graph = rdflib.Graph().parse(
        data=json.dumps(croissant([ingested])), format="json-ld", publicID="http://x/"
    )
    found = list(
        graph.query("""
        PREFIX prov: <http://www.w3.org/ns/prov#> PREFIX sc: <https://schema.org/>
        SELECT ?hash ?when ?program ?who WHERE {
          ?set a sc:Dataset ; prov:wasDerivedFrom ?file ; prov:wasGeneratedBy ?activity ;
               prov:wasAttributedTo/sc:name ?who .
          ?file a prov:Entity ; sc:sha256 ?hash .
          ?activity a prov:Activity ; prov:used ?file ; prov:endedAtTime ?when ;
                    prov:wasAssociatedWith/sc:name ?program }""")
    )
    assert len(found) == 1
    assert str(found[0]["hash"]) == ingested.record["sha256"]
    assert found[0]["when"].toPython().isoformat() == WHEN
    assert str(found[0]["program"]).startswith("ml-workbench")
    assert str(found[0]["who"]) == "Ann"


def test_it_tells_size_format_aliases_time_owner_rights_schema_licence_and_hash(ingested):
    (row,) = overview(croissant([ingested]))
    assert row == {
        "name": "things", "rows": 2, "columns": 4, "bytes": ingested.record["bytes"], "format": "text/csv",
        "source": "t a.csv", "licence": "https://creativecommons.org/publicdomain/zero/1.0/", "owner": "ann",
        "rights": "-rw-r-----", "modified": WHEN, "retrieved": WHEN, "sha256": ingested.record["sha256"],
        "aliases": ["t a.csv", "t a"],
    }  # fmt: skip
    assert [c["type"] for c in schema(croissant([ingested]), "things")] == [
        "Integer",
        "Text",
        "Boolean",
        "Float",
    ]
    assert shown(croissant([ingested])).loc["things", "rows"] == "2"
    assert "owner ann, rights" in access(croissant([ingested]))
    assert shown_schema(croissant([ingested])).loc["Text", "names"] == "é#%/"


def test_a_given_owner_stands_before_that_of_the_file_and_given_names_before_those_of_the_file(
    ingested, tmp_path, caplog
):
    tables = ingested_tables(
        "things", "t a.csv", ingested.record, {"rows": 2, "kinds": KINDS}, {},
        owner='Sales & "Co" <x>', aliases=["objects", "t a", "things"],
    )  # fmt: skip
    found = read_back(croissant(tables), tmp_path, caplog)
    assert croissant(tables)["alternateName"] == ["objects", "t a", "t a.csv"]
    assert len(list(found.records("things"))) == 2
    (row,) = overview(croissant(tables))
    assert (row["owner"], row["aliases"]) == ('Sales & "Co" <x>', ["objects", "t a", "t a.csv"])
    assert "owner Sales &#38;" in access(croissant(tables))


def test_no_value_of_a_row_is_in_it(ingested):
    assert "secret-value" not in json.dumps(croissant([ingested]))


def test_the_same_table_makes_the_same_catalogue(ingested):
    assert json.dumps(croissant([ingested])) == json.dumps(croissant([ingested]))


def test_owner_and_rights_are_those_of_the_file_or_the_user_who_reads(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n")
    path.chmod(0o640)
    found = rights_of(open_source("t.csv", None, tmp_path))
    assert found == {"owner": f"{path.owner()}:{path.group()}", "rights": "-rw-r-----"}
    assert rights_of(open_source("postgresql://ann@host/shop?table=t")) == {"rights": "read as ann"}
    assert rights_of(open_source("sqlite:///shop.db?table=t")) == {}


def test_the_catalogue_holds_no_secret_of_a_url(ingested):
    tables = catalog_of("postgresql://ann:${PASSWORD}@host/shop?table=t&token=abc", ingested)
    assert "PASSWORD" not in json.dumps(croissant(tables))
    assert "abc" not in json.dumps(croissant(tables))


def catalog_of(source, one):
    return ingested_tables("t", source, one.record, {"rows": 2, "kinds": one.kinds}, {})
