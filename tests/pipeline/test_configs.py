"""From a name, a table or a URL to a run: found, made, kept, and never with a password."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.cli.running import _keep_config
from helpers.errors import BadInput
from helpers.pipeline.configs import merged, note_inferred, resolve, write_new, write_target
from helpers.plain_yaml import read_yaml

calm = settings(max_examples=80, deadline=None)


@pytest.fixture
def root(tmp_path):
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "churn.yaml").write_text(
        "ingest: {source: data/a.csv, target: churn}\ntrain: {folds: 3}\n"
    )
    (tmp_path / "configs" / "houses.yaml").write_text("ingest: {source: data/b.csv}\n")
    (tmp_path / "my table.csv").write_text("a,b\n1,2\n")
    return tmp_path


def refused(run, *words):
    with pytest.raises(BadInput) as told:
        run()
    assert "\n" not in str(told.value)
    for word in words:
        assert word in str(told.value)
    return str(told.value)


def test_a_config_is_found_by_name_or_path_and_nothing_means_churn(root):
    asked = resolve(None, root)
    assert (asked.name, asked.is_new) == ("churn", False)
    assert asked.values == {"ingest": {"source": "data/a.csv", "target": "churn"}, "train": {"folds": 3}}
    assert resolve("houses", root).name == "houses"
    assert resolve(str(root / "configs" / "houses.yaml"), root).values == resolve("houses", root).values


def test_a_target_and_a_name_of_the_command_line_win(root):
    asked = resolve("churn", root, target="age", name="other")
    assert (asked.name, asked.values["ingest"]) == ("other", {"source": "data/a.csv", "target": "age"})


def test_a_misspelt_name_offers_the_nearest(root):
    refused(lambda: resolve("huoses", root), "did you mean 'houses'?", "churn")


def test_a_table_gets_a_config_that_is_found_again(root):
    asked = resolve(str(root / "my table.csv"), root, target="b")
    assert (asked.name, asked.is_new) == ("my_table", True)
    assert asked.values == {"ingest": {"source": "my table.csv", "target": "b"}}
    write_new(asked)
    for what in ("my_table", str(root / "my table.csv")):
        again = resolve(what, root)
        assert (again.values, again.is_new) == (asked.values, False)


def test_a_config_of_another_table_is_not_taken(root, tmp_path):
    other = tmp_path / "elsewhere" / "houses.csv"
    other.parent.mkdir()
    other.write_text("a\n1\n")
    refused(lambda: resolve(str(other), root), "houses.yaml", "--name")
    assert resolve(str(other), root, name="second").is_new


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgresql://ann@host:5432/db?table=Sales%20data", "sales_data"),
        ("postgresql://host/db", "db"),
        ("sqlite:////some/where.db?table=t", "t"),
        ("sqlite:///near.db", "near_db"),
        ("postgresql://[::1]/db?table=t", "t"),
    ],
)
def test_a_database_url_is_named_by_its_table(root, url, name):
    asked = resolve(url, root)
    assert (asked.name, asked.values["ingest"]["source"], asked.is_new) == (name, url, True)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:hunter2@host/db?table=t",
        "postgresql://:hunter2@host/db?table=t",
        "mysql://ann:hunter2%40@host:3306/db?table=t",
        "postgresql://ann:hunter2@x@host/db?table=t",
        "postgresql://ann:hunter2/x@host/db?table=t",
        "postgresql://ann:hunter2?x@host/db?table=t",
        "postgresql://ann:hunter2#x@host/db?table=t",
        "postgresql://ann:hunter2@[::1/db?table=t",
        "postgresql://host/db?table=t&user=ann&password=hunter2",
        "postgresql://host/db?PASSWORD=hunter2&table=t",
    ],
)
def test_a_password_in_a_url_is_refused_and_not_repeated(root, url):
    told = refused(lambda: resolve(url, root), "PGPASSWORD")
    assert "hunter2" not in told
    assert sorted(f.name for f in (root / "configs").iterdir()) == ["churn.yaml", "houses.yaml"]


@pytest.mark.parametrize("name", ["", "../x", "a b", "-x", "é", "x" * 65, "a/b"])
def test_a_name_that_is_no_name_of_a_run_is_refused(root, name):
    if name:
        refused(lambda: resolve("churn", root, name=name), "letters")
    else:
        assert resolve("churn", root, name=name).name == "churn"


@calm
@given(
    stem=st.text(
        st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="/"),
        min_size=1,
        max_size=60,
    )
)
def test_a_table_of_any_name_gets_a_config_that_is_found_by_name(tmp_path_factory, stem):
    root = tmp_path_factory.mktemp("root")
    table = root / "data" / f"{stem}.csv"
    table.parent.mkdir()
    try:
        table.write_text("a\n1\n")
    except OSError:
        return  # longer than the file system takes
    asked = resolve(str(table), root)
    write_new(asked)
    assert resolve(asked.name, root).values == {"ingest": {"source": f"data/{stem}.csv", "target": None}}


def test_a_long_name_of_a_file_gives_a_name_that_can_be_run_again(root):
    (root / f"{'long ' * 30}.csv").write_text("a\n1\n")
    asked = resolve(str(root / f"{'long ' * 30}.csv"), root)
    write_new(asked)
    assert resolve(asked.name, root).name == asked.name


@pytest.mark.parametrize(
    "target", ["no", "012", "1e5", "a: b", "# x", "é", "null", "'", '"', " x ", "1.50", "=", "2020-01-01"]
)
def test_a_target_of_any_name_is_written_and_read_as_the_same_text(root, target):
    asked = resolve(str(root / "my table.csv"), root, target=target)
    write_new(asked)
    assert resolve(asked.name, root).values["ingest"]["target"] == target


@pytest.mark.parametrize("target", ["no", "a: b", "# x", "é", "null", "\\1", " x ", ["a", "b, c"]])
@pytest.mark.parametrize("held", ["target: null", "target:  # none yet", "target: ~  # c", "target:"])
def test_a_first_target_of_any_name_takes_the_place_of_none_and_nothing_else_changes(root, target, held):
    file = root / "configs" / "open.yaml"
    lines = [
        "# mine",
        "train:",
        "  target: null",
        "ingest:",
        "  source: a.csv",
        f"  {held}",
        "  drop: []  # yet",
    ]
    file.write_text("\n".join(lines) + "\n")
    asked = resolve("open", root, target=target)
    assert asked.first_target == target
    write_target(file, target)
    assert resolve("open", root).values["ingest"] == {"source": "a.csv", "target": target, "drop": []}
    after = file.read_text().splitlines()
    assert [*after[:5], *after[6:]] == [*lines[:5], *lines[6:]]
    comment = held[held.index("  #") :] if "  #" in held else ""
    assert after[5].endswith(comment)


def test_a_config_that_names_a_target_or_none_in_another_form_keeps_its_text(root):
    assert resolve("churn", root, target="age").first_target is None
    file = root / "configs" / "open.yaml"
    file.write_text("ingest: {source: a.csv, target: null}\n")
    write_target(file, "y")
    assert file.read_text() == "ingest: {source: a.csv, target: null}\n"


@pytest.mark.parametrize("text", ["ingest: 5\n", "ingest: [source]\n", "ingest:\n"])
def test_a_config_whose_stage_is_no_mapping_is_told(root, text):
    (root / "configs" / "churn.yaml").write_text(text)
    refused(lambda: resolve("churn", root), "churn.yaml", "ingest")


def test_a_config_that_is_missing_is_told(root):
    refused(lambda: resolve("absent.yaml", root), "absent.yaml")


def test_later_values_win_and_others_stay():
    one, two = {"a": {"x": 1, "y": 2}}, {"a": {"y": 3}, "b": {"z": 4}}
    assert merged(one, two) == {"a": {"x": 1, "y": 3}, "b": {"z": 4}}
    assert one == {"a": {"x": 1, "y": 2}}


def test_what_was_inferred_is_noted_as_comments_that_become_true_without_the_sign(tmp_path):
    file = tmp_path / "run.yaml"
    file.write_text("ingest:\n  source: a.csv\n\ntrain:\n  folds: 3\n")
    before = read_yaml(file)
    problem = {
        "task": "binary",
        "positive": "no",
        "measure": "roc_auc",
        "identifiers": ["a b", "1e5"],
        "target": "y",
    }
    note_inferred(file, problem)
    text = file.read_text()
    assert read_yaml(file) == before
    note_inferred(file, problem)
    assert file.read_text() == text
    file.write_text(text.replace("  # ", "  ").replace("  Inferred;", "  # Inferred;"))
    assert read_yaml(file)["ingest"] == {"source": "a.csv"} | {
        k: problem[k] for k in ("task", "positive", "measure", "identifiers")
    }
    assert read_yaml(file)["train"] == {"folds": 3}


def test_a_target_and_what_was_inferred_stand_below_ingest_or_nowhere(root):
    file, problem = root / "configs" / "open.yaml", {"task": "binary", "measure": "roc_auc", "target": "y"}
    file.write_text("# no ingest:\ningest:  # mine\n  source: a.csv\n  target: null\ntune:\n  trials: 7\n")
    write_target(file, "y")
    note_inferred(file, problem)
    file.write_text(file.read_text().replace("  # task", "  task").replace("  # measure", "  measure"))
    assert read_yaml(file)["ingest"] == {"source": "a.csv"} | problem
    assert read_yaml(file)["tune"] == {"trials": 7}
    flow = "tune:\n  trials: 7\ningest: {source: a.csv, target: y}\n"
    file.write_text(flow)
    note_inferred(file, problem)
    assert file.read_text() == flow


def test_a_target_that_is_not_written_into_a_config_is_told(root, capsys):
    file = root / "configs" / "open.yaml"
    file.write_text("ingest: {source: a.csv, target: null}\n")
    _keep_config(resolve("open", root, "y"), {"problem": {"task": "binary", "target": "y"}})
    assert 'open.yaml stays as it is; write target: "y" there' in capsys.readouterr().err


def test_what_the_person_gave_is_not_noted_again(tmp_path):
    file = tmp_path / "run.yaml"
    file.write_text("ingest:\n  source: a.csv\n  task: binary\n")
    note_inferred(file, {"task": "multiclass", "positive": None, "measure": "roc_auc"})
    assert "multiclass" not in file.read_text()
    assert "measure: roc_auc" in file.read_text()
    assert yaml.safe_load(file.read_text())["ingest"]["task"] == "binary"
