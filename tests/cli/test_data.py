"""`workbench data` tells which data sets are there, from the catalogues that runs left and the originals."""

import json

import pytest


@pytest.fixture(scope="module")
def taken_in(clone):
    """Two tables, one of them joined to the other."""
    (clone.root / "towns.csv").write_text(
        "town,people\n" + "".join(f"T{n:03d}x,{n * 1000}\n" for n in range(30))
    )
    rows = "".join(f"T{n % 30:03d}x,{n % 7},{'yes' if n % 3 else 'no'}\n" for n in range(90))
    (clone.root / "sales.csv").write_text(f"town,n,y\n{rows}")
    given = ["joins=[towns.csv on town]", "licence=CC0", "owner=Ann Lee", "aliases=[orders]"]
    typed = [f"ingest.{one}" for one in given] + ["related.tables=*.csv"]
    typed = [word for one in typed for word in ("-p", one)]
    done = clone.run("run", "sales.csv", "-t", "y", "--to", "related", *typed)
    assert done.returncode == 0, done.stderr
    return clone


def test_an_empty_workspace_is_answered_by_one_line(project):
    assert project.run("data").stdout == "No data yet; take some in: workbench run sales.csv --target paid\n"
    assert json.loads(project.run("data", "--json").stdout) == []
    done = project.run("data", "show", "churn")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_data_sets_are_listed_with_rows_columns_source_licence_time_and_hash(taken_in):
    rows = {r["name"]: r for r in json.loads(taken_in.run("data", "--json").stdout)}
    assert (rows["sales"]["rows"], rows["sales"]["columns"]) == (90, 3)
    assert rows["sales"]["licence"].startswith("https://creativecommons.org/publicdomain/zero")
    assert rows["towns"]["source"] == "towns.csv"
    assert rows["sales"]["runs"] == ["sales"]
    text = taken_in.run("data").stdout.splitlines()
    assert len(text) == 2
    assert "90 × 3" in text[0]
    assert rows["sales"]["sha256"][:12] in text[0]


def test_one_is_shown_with_its_columns_by_name_or_hash(taken_in):
    sales = taken_in.run("data", "show", "sales").stdout
    assert "owner      Ann Lee\n" in sales
    assert "aliases    orders, sales.csv\n" in sales
    shown = taken_in.run("data", "show", "towns")
    assert "people" in shown.stdout
    assert "Integer" in shown.stdout
    whole = json.loads(taken_in.run("data", "show", "towns", "--json").stdout)
    assert whole["schema"] == [{"column": "town", "type": "Text"}, {"column": "people", "type": "Integer"}]
    assert taken_in.run("data", "show", whole["sha256"][:10]).stdout == shown.stdout
    assert "did you mean 'towns'" in taken_in.run("data", "show", "tows").stderr


def test_the_catalogue_is_among_the_files_of_the_report_and_the_join_in_its_provenance(taken_in):
    manifest = taken_in.manifests()[-1]
    names = [d["file"] for d in manifest["downloads"]]
    assert {"files/catalog.json", "files/related.csv"} <= set(names)
    assert manifest["provenance"]["joins"] == ["towns.csv on town"]
    page = taken_in.root / "reports" / "sales" / manifest["run"] / "index.html"
    assert "towns.csv on town" in page.read_text()


def test_the_model_knows_the_joins_and_a_changed_table_is_ingested_again(taken_in):
    joins = taken_in.manifests()[-1]["problem"]["joins"]
    assert joins[0]["join"] == "towns.csv on town"
    assert joins[0]["columns"] == ["people"]
    towns = taken_in.root / "towns.csv"
    towns.write_text(towns.read_text().replace("29000", "29001"))
    planned = json.loads(
        taken_in.run("plan", "sales", "--json", "-p", "ingest.joins=[towns.csv on town]").stdout
    )
    assert planned[0]["action"] == "run"
    assert planned[0]["reason"]
    verified = taken_in.run("verify", "sales", "--json")  # from the originals, whatever became of the files
    assert verified.returncode == 0, verified.stderr
    assert {r["what"]: r["same"] for r in json.loads(verified.stdout)}["catalog"]


def test_a_run_is_verified_from_its_own_originals_though_newer_ones_were_ingested(taken_in):
    before = taken_in.manifests()[-1]["run"]
    for name, old, new in (("towns", ",3000\n", ",3001\n"), ("sales", "T001x,1,", "T001x,2,")):
        table = taken_in.root / f"{name}.csv"
        table.write_text(table.read_text().replace(old, new))
    assert taken_in.run("run", "sales", "--to", "ingest").returncode == 0
    verified = taken_in.run("verify", f"sales/{before}", "--json")
    assert verified.returncode == 0, verified.stdout
    assert {r["what"]: r["same"] for r in json.loads(verified.stdout)}["rows"]


def test_after_a_clean_the_originals_are_still_listed(taken_in):
    assert taken_in.run("clean").returncode == 0
    rows = json.loads(taken_in.run("data", "--json").stdout)
    assert {r["name"] for r in rows} == {"sales", "towns"}
    assert all(r["rows"] is None for r in rows)
