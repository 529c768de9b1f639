"""`workbench check` holds a table of any kind to a suite, without a run, and tells by its exit status what it found."""

import sqlite3

import numpy as np
import pandas as pd
import pytest

from helpers.cli.checking import check
from helpers.errors import BadInput

SUITE = """version: 1
checks:
- {check: has_columns, columns: [age, code, paid, since], severity: stop}
- {check: of_kind, column: age, kind: integer}
- {check: in_range, column: age, low: 0, high: 120, severity: stop}
- {check: few_missing, column: age, most: 0.05}
- {check: one_of, column: code, levels: ["1", "2", "007"]}
- {check: of_kind, column: paid, kind: boolean}
- {check: same_distribution, column: paid, rows: 200, levels: {"True": 0.5, "False": 0.5}}
- {check: of_kind, column: since, kind: date}
"""
OWN = """from helpers.data.checks import check

@check(column="age")
def of_age(rows):
    "Customers are of age."
    return rows["age"] < 18
"""
SUITE_OF_ALL = SUITE + "- {check: present, column: gone}\n"


@pytest.fixture
def clean():
    return pd.DataFrame(
        {
            "age": np.arange(200) % 60 + 20,
            "code": np.where(np.arange(200) % 2, "1", "2"),
            "paid": np.arange(200) % 2 == 0,
            "since": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(200), "D"),
        }
    )


@pytest.fixture
def broken(clean):
    """The clean rows as texts of a CSV file: two ages out of range, one that is a word, an unknown code, a bad flag."""
    rows = clean.astype(str)
    rows.loc[[17, 99], "age"] = ["-4", "400"]
    rows.loc[5, "age"] = "abc"
    rows.loc[6, "age"] = "NA"
    rows.loc[150, "code"] = "9"
    rows.loc[8, "paid"] = "maybe"
    return rows


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "suite.yaml").write_text(SUITE)
    (tmp_path / "own.py").write_text(OWN)
    return tmp_path


def as_file(rows, path):
    if path.suffix == ".csv":
        rows.to_csv(path, index=False)
    elif path.suffix == ".parquet":
        rows.to_parquet(path)
    elif path.suffix == ".xlsx":
        rows.to_excel(path, index=False)
    else:
        with sqlite3.connect(path) as connection:
            rows.astype({"since": str}).to_sql("sales", connection, index=False)
        return f"sqlite:///{path}?table=sales"
    return str(path)


KINDS = ["new.csv", "new.parquet", "new.xlsx", "new.db"]


@pytest.mark.parametrize("name", KINDS)
def test_a_clean_table_of_any_kind_raises_nothing_and_gives_0(here, clean, capsys, name):
    clean["paid"] = clean["paid"] if name != "new.db" else clean["paid"].map({True: "true", False: "false"})
    assert check(as_file(clean, here / name), "suite.yaml", here / "own.py", None, None) == 0
    assert capsys.readouterr().out == "0 of 9 checks found something in 200 rows (counted from 0).\n"


@pytest.mark.parametrize("name", KINDS)
def test_planted_errors_are_found_with_their_rows_and_nothing_else(here, broken, capsys, name):
    assert check(as_file(broken, here / name), "suite.yaml", here / "own.py", None, None) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:-1]] == ["stop"] + ["warning"] * 4
    assert "2 rows (17, 99)" in lines[0]
    for found in (
        "kind of age, 1 row (5)",
        "levels of code, 1 row (150)",
        "kind of paid, 1 row (8)",
        "of_age, 1 row (17)",
    ):
        assert sum(found in line for line in lines[1:-1]) == 1


def test_codes_that_another_file_stores_as_numbers_are_the_same_codes(here, clean):
    clean["code"] = clean["code"].astype(int)
    clean.to_parquet("new.parquet")
    assert check("new.parquet", "suite.yaml", None, None, here / "f.csv") == 0
    clean["code"] = clean["code"].astype(float).where(clean.index != 3)
    clean.to_parquet("new.parquet")
    assert check("new.parquet", "suite.yaml", None, None, here / "f.csv") == 0
    assert pd.read_csv("f.csv").empty


def test_every_wrong_row_stands_in_the_file_of_findings(here, broken):
    broken.loc[20:79, "code"] = "9"
    broken.to_csv("new.csv", index=False)
    assert check("new.csv", "suite.yaml", None, None, here / "findings.csv") == 1
    found = pd.read_csv("findings.csv", dtype={"value": str})
    assert found["severity"].tolist() == ["stop"] * 2 + ["warning"] * (len(found) - 2)
    assert found.loc[found["column"] == "code", "row"].tolist() == [*range(20, 80), 150]
    assert found.loc[found["check"] == "range of age", ["row", "value"]].to_numpy().tolist() == [
        [17, "-4"],
        [99, "400"],
    ]


def test_of_very_many_wrong_rows_the_first_are_in_the_file_and_the_others_are_told(
    here, broken, capsys, monkeypatch
):
    monkeypatch.setattr("helpers.cli.checking.LISTED", 1)
    broken.to_csv("new.csv", index=False)
    assert check("new.csv", "suite.yaml", None, None, here / "f.csv") == 1
    assert pd.read_csv("f.csv")["message"].iloc[0] == "must be from 0 to 120 (2 rows in all)"
    assert capsys.readouterr().out.splitlines()[-1] == f"Findings {here}/f.csv (of a check the first 1 rows)"


@pytest.mark.parametrize("suite", [SUITE, SUITE_OF_ALL])
def test_a_column_that_is_not_there_is_a_finding_and_the_others_are_judged(here, clean, capsys, suite):
    (here / "suite.yaml").write_text(suite)
    clean.loc[7, "code"] = "9"
    clean.drop(columns="age").to_csv("new.csv", index=False)
    assert check("new.csv", "suite.yaml", here / "own.py", None, None) == 1
    said = capsys.readouterr().out
    assert "columns are not there: age" in said
    assert "levels of code, 1 row (7)" in said
    assert ("columns are not there: gone" in said) == (suite is SUITE_OF_ALL)
    assert f"{5 if suite is SUITE_OF_ALL else 4} could not be judged" in said


def test_a_table_that_a_check_refers_to_is_found_in_the_folder_of_references(here, clean, capsys):
    (here / "suite.yaml").write_text(
        "version: 1\nchecks:\n- {check: refers, column: code, table: codes.csv, key: code}\n"
    )
    (here / "tables").mkdir()
    (here / "tables" / "codes.csv").write_text("code\n1\n")
    clean.to_csv("new.csv", index=False)
    assert check("new.csv", "suite.yaml", None, here / "tables", None) == 0
    assert "100 rows (0, 2, 4, 6, 8, ...)" in capsys.readouterr().out


BAD = {
    "nothing to hold it to": (("new.csv", None, None), "--suite FILE"),
    "no such suite": (("new.csv", "none.yaml", None), "no suite of checks 'none.yaml'"),
    "no such run": (("new.csv", "chrun", None), "'chrun' is no file of YAML"),
    "an unknown check": (("new.csv", "odd.yaml", None), "odd.yaml, line 3: there is no check 'presnt'"),
    "no such table": (("none.csv", "suite.yaml", None), "no file none.csv"),
    "no table": (("own.py", "suite.yaml", None), ".py is no known kind of table"),
    "a table without a row": (("empty.csv", "suite.yaml", None), "no row"),
    "a password in a URL": (("postgresql://a:b@h/d?table=t", "suite.yaml", None), "must not hold a password"),
    "no such checks": (("new.csv", None, "none.py"), "no file of checks 'none.py'"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_told_in_one_line(here, clean, name, monkeypatch):
    monkeypatch.setenv("WORKBENCH_REPORTS", str(here / "reports"))
    (here / "pipeline.yaml").write_text("stages: {}\n")
    (here / "odd.yaml").write_text("version: 1\nchecks:\n- {check: presnt, column: age}\n")
    (here / "empty.csv").write_text("age,code\n")
    clean.to_csv("new.csv", index=False)
    (table, suite, own), said = BAD[name]
    with pytest.raises(BadInput) as error:
        check(table, suite, here / own if own else None, None, None)
    assert said in str(error.value).replace(f"{here}/", "")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("out", ["findings.xlsx", "nowhere/findings.csv"])
def test_findings_that_cannot_be_written_are_told_before_the_table_is_read(here, out):
    with pytest.raises(BadInput, match="cannot be written"):
        check("none.csv", "suite.yaml", None, None, here / out)


def test_the_command_ends_with_0_1_or_2(project, clean, broken):
    (project.root / "suite.yaml").write_text(SUITE)
    (project.root / "own.py").write_text(OWN)
    clean.to_csv(project.root / "new.csv", index=False)
    broken.to_csv(project.root / "broken.csv", index=False)
    done = project.run("check", "new.csv", "--suite", "suite.yaml", "--checks", "own.py")
    assert (done.returncode, done.stderr) == (0, "")
    done = project.run("check", "broken.csv", "--suite", "suite.yaml", "-o", "findings.csv")
    assert (done.returncode, done.stderr) == (1, "")
    assert (project.root / "findings.csv").is_file()
    done = project.run("check", "new.csv", "--suite", "none.yaml")
    assert done.returncode == 2
    assert done.stderr.splitlines() == ["workbench: there is no suite of checks 'none.yaml'"]


def test_a_table_is_held_to_the_suite_that_a_run_kept(clone):
    rows = "".join(f"{n % 50},{'ab'[n % 2]},{'yes' if n % 3 else 'no'}\n" for n in range(300))
    (clone.root / "sales.csv").write_text(f"n,kind,y\n{rows}")
    done = clone.run("check", "sales.csv", "--suite", "sales")
    assert done.returncode == 2
    assert "no run of 'sales'" in done.stderr
    assert clone.run("run", "sales.csv", "-t", "y", "--to", "ingest").returncode == 0
    done = clone.run("check", "sales.csv", "--suite", "sales")
    assert done.returncode == 2
    assert "workbench run sales --to validate" in done.stderr
    done = clone.run("run", "sales", "--to", "validate")
    assert done.returncode == 0, done.stderr
    assert clone.run("check", "sales.csv", "--suite", "sales").returncode == 0
    (clone.root / "new.csv").write_text(f"n,kind,y\n{rows}9000,a,yes\n")
    done = clone.run("check", "new.csv", "--suite", "sales")
    assert done.returncode == 0
    assert "range of n, 1 row (300)" in done.stdout


def test_a_run_that_a_check_stops_hands_over_its_suite_and_its_findings(clone):
    rows = "".join(f"{n % 50},{'ab'[n % 2]},{'yes' if n % 3 else 'no'}\n" for n in range(300))
    (clone.root / "stopped.csv").write_text(f"n,kind,y\n{rows}")
    (clone.root / "stop.py").write_text(
        "from helpers.data.checks import in_range\nCHECKS = [in_range('n', 0, 48, severity='stop')]\n"
    )
    done = clone.run("run", "stopped.csv", "-t", "y", "--to", "validate", "-p", "validate.checks=stop.py")
    assert done.returncode == 1
    assert "change the severity of range of n in stop.py" in done.stderr
    (run,) = (clone.root / "reports" / "stopped").iterdir()
    found = pd.read_csv(run / "files" / "findings.csv")
    assert set(found.loc[found["severity"] == "stop", "value"]) == {49}
    assert f"{run.relative_to(clone.root)}/files/suite.yaml" in done.stderr
    assert 'href="files/findings.csv"' in (run / "index.html").read_text()
    assert clone.run("check", "stopped.csv", "--suite", f"{run}/files/suite.yaml").returncode == 0
    assert clone.run("check", "stopped.csv", "--suite", "stopped").returncode == 0
