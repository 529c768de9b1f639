"""Bad input is answered by one line that says what to do, never by a traceback; odd input gives the right result."""

import gzip
import json
import re
from functools import cache

import pytest

ROWS = [(f"{n / 7:.3f}", "abc"[n % 3], "yes" if (n * 7) % 5 < 2 else "no") for n in range(60)]
GOOD = "x,kind,y\n" + "".join(f"{x},{k},{y}\n" for x, k, y in ROWS)
URL = "postgresql://root@127.0.0.1"


def with_columns(more):
    """The good table with more columns (name: its values in turn, or None), named as CSV wants them quoted."""
    header, *lines = GOOD.splitlines()
    names = ['"' + name.replace('"', '""') + '"' for name in more]
    cells = [values or ["0", "1", "2", "3"] for values in more.values()]
    rows = (",".join([line, *(v[n % len(v)] for v in cells)]) for n, line in enumerate(lines))
    return "\n".join([",".join([header, *names]), *rows])


def target(values):
    return "x,y\n" + "".join(f"{n},{values[n % len(values)]}\n" for n in range(60))


# name: content of a table (None: no file), more arguments, what the one line says
REFUSED = {
    "no_such_file.csv": (None, [], "there is no config and no table"),
    "empty.csv": (b"", [], "is empty"),
    "blank.csv": (b"\n\n\n", [], "empty|no row|No columns"),
    "header.csv": (b"x,y\n", [], "no row"),
    "one_row.csv": (b"x,y\n1,yes\n", [], "one value only|row"),
    "constant.csv": (target(["yes"]), [], "one value only"),
    "target_missing.csv": (target([""]), [], "no value|missing"),
    "misspelt.csv": (GOOD.replace(",y\n", ",paid\n", 1), ["--target", "piad"], "did you mean 'paid'"),
    "no_such_target.csv": (GOOD, ["--target", "zzz"], "no column 'zzz'"),
    "twice.csv": ("x,x,y\n1,2,yes\n3,4,no\n", [], "two columns named 'x'"),
    "ragged.csv": (GOOD + "1,a,yes,more,and more\n", [], "line 62|62"),
    "binary.csv": (bytes(range(256)) * 40, [], "binary|text|read"),
    "not_packed.csv.gz": (b"this is no gzip", [], "not_packed.csv.gz"),
    "cut_off.csv.gz": (gzip.compress(GOOD.encode())[:-30], [], "cut_off.csv.gz"),
    "broken.parquet": (b"PAR1 no more", [], "broken.parquet"),
    "broken.jsonl": (b'{"x": 1, "y": "a"}\n{"x": \n', [], "broken.jsonl"),
    "table.doc": (b"x", [], "no known kind of table"),
    "folder.csv": ("folder", [], "holds no table"),
    "date_target.csv": (target([f"2024-01-{d:02d}" for d in range(1, 29)]), [], "is a date"),
    "names.csv": (target([f"name {n}" for n in range(60)]), [], "more like a name"),
    "text_regression.csv": (GOOD, ["-p", "ingest.task=regression"], "regression needs numbers"),
    "no_class.csv": (GOOD, ["-p", "ingest.positive=maybe"], "no class of 'y'"),
    "no_measure.csv": (GOOD, ["-p", "ingest.measure=roc_acu"], "did you mean 'roc_auc'"),
    "no_weight.csv": (GOOD, ["-p", "ingest.weight=xx"], "ingest.weight names 'xx', no such column"),
    "negative_weight.csv": (
        GOOD.replace("0.143,", "-1,"),
        ["-p", "ingest.weight=x"],
        "negative in 1 of 60 rows",
    ),
    "quantile.csv": (GOOD, ["--target", "x", "-p", "ingest.quantile=2"], "above 0 and below 1, not 2"),
    "no_counts.csv": (
        GOOD.replace("0.143,", "-1,"),
        ["--target", "x", "-p", "ingest.measure=neg_mean_poisson_deviance"],
        "negative in 1 of 60 rows",
    ),
    "no_identifier.csv": (GOOD, ["-p", "ingest.identifiers=[kinds]"], "did you mean 'kind'"),
    "time_of_words.csv": (GOOD, ["-p", "ingest.time=kind"], "a category; time is a number or a date such as"),
    "target_as_key.csv": (GOOD, ["-p", "ingest.identifiers=[y]"], "'y', which is the target"),
    "target_dropped.csv": (GOOD, ["-p", "ingest.drop=[y]"], "ingest.drop names 'y', which is the target"),
    "no_sensitive.csv": (GOOD, ["-p", "ingest.sensitive=zz"], "ingest.sensitive: there is no column 'zz'"),
    "no_labels.csv": (GOOD, ["-p", "ingest.task=multilabel"], "no cell of 'y' holds several labels"),
    "three_values.csv": (
        GOOD,
        ["--target", "y", "--target", "kind"],
        "'kind' holds 'a', 'b', 'c'; a label is yes or no",
    ),
    "label_twice.csv": (GOOD, ["--target", "y", "--target", "y"], "'y' is named twice"),
    "label_never.csv": (
        GOOD.replace("yes", "no"),
        ["--target", "y", "--target", "x"],
        "'y' never holds",
    ),
    "no_task.csv": (GOOD, ["-p", "ingest.task=clasification"], "task"),
    "join_no_table.csv": (GOOD, ["-p", "ingest.joins=[none.csv on x]"], "there is no file none.csv"),
    "join_misspelt.csv": (GOOD, ["-p", "ingest.joins=[join_misspelt.csv onn x]"], "did you mean 'on'"),
    "join_fan_out.csv": (GOOD, ["-p", "ingest.joins=[join_fan_out.csv on kind]"], "would multiply our rows"),
    "unknown_stage.csv": (GOOD, ["-p", "trian.folds=3"], "did you mean 'train'"),
    "unknown_parameter.csv": (GOOD, ["-p", "train.fold=3"], "no parameter 'fold'"),
    "wrong_type.csv": (GOOD, ["-p", "train.folds=many"], "train.folds"),
    "no_value.csv": (GOOD, ["-p", "train.folds"], "stage.name=value"),
    "no_stage_from.csv": (GOOD, ["--from", "trian"], "did you mean 'train'"),
    "no_stage_to.csv": (GOOD, ["--to", "splt"], "did you mean 'split'"),
    "from_nothing.csv": (GOOD, ["--from", "train"], "has no run|no earlier|never|without --from"),
    "bad_name.csv": (GOOD, ["--name", "../outside"], "letters, digits"),
    "no_jobs.csv": (GOOD, ["--jobs", "0"], "jobs"),
}
COMMANDS = {
    "a password in a URL": (["run", "postgresql://ann:secret@host/db?table=t"], "must not hold a password"),
    "an unknown database": (["run", "oracel://host/db?table=t", "-t", "y"], "oracel"),
    "a server that is not there": (["run", f"{URL}:9/test?table=t", "-t", "y"], "127.0.0.1|connect"),
    "an unknown command": (["rnu"], "rnu"),
    "an unknown option": (["run", "--frm", "train"], "--frm"),
    "a config that is no YAML": (["run", "syntax.yaml"], "syntax.yaml, line"),
    "a config with an unknown stage": (["run", "stage.yaml"], "did you mean 'ingest'"),
    "a config with an unknown parameter": (["run", "parameter.yaml"], "did you mean 'target'"),
    "a config with a wrong type": (["run", "type.yaml"], "folds"),
    "a config that names no table": (
        ["run", "tableless.yaml"],
        "tableless.yaml names no table; write source: FILE",
    ),
    "a config that is a list": (["run", "list.yaml"], "list.yaml"),
    "a config that would run code": (["run", "code.yaml"], "code.yaml"),
    "a config that is not there": (["run", "nowhere.yaml"], "nowhere.yaml"),
    "showing a run that is not there": (["show", "nowhere"], "no run"),
    "comparing runs that are not there": (["compare", "one", "other"], "no run"),
    "verifying a run that is not there": (["verify", "nowhere"], "no run"),
    "parameters of an unknown stage": (["params", "trian"], "did you mean 'train'"),
    "a budget on a cluster": (["run", "-b", "60", "--cluster", "local"], "leave --budget or --cluster out"),
    "predicting without a model": (["predict", "misspelt.csv", "--model", "nowhere"], "no model 'nowhere'"),
}
CONFIGS = {
    "syntax": "ingest:\n  source: [a\n",
    "stage": "inges:\n  source: a.csv\n",
    "parameter": "ingest:\n  source: good.csv\n  targt: y\n",
    "type": "ingest:\n  source: good.csv\n  target: y\ntrain:\n  folds: many\n",
    "tableless": "ingest:\n  target: y\n",
    "list": "- a\n- b\n",
    "code": "ingest:\n  source: !!python/object/apply:os.system ['true']\n",
}
WIDE = "y," + ",".join(f"c{n}" for n in range(2000)) + "\n"
WIDE += "".join(
    f"{'no' if r % 3 else 'yes'},{','.join(str(r * n % 11) for n in range(2000))}\n" for r in range(60)
)
ODD = {
    "mixed": ["3", "x", "", "4.5"],
    "text": ["z" * 10_000_000, *["short"] * 59],
    "large": ["inf", "-inf", "1", "2.5"],
    "nothing": [""],
    "day": ["2024-01-31", "31.01.2024", "01/31/2024"],
    "a \"quoted\" 'name'": None,
    "two\nlines": None,
    "../../outside": None,
    "rocket 🚀": None,
    "<script>alert(1)</script>": None,
    "=1+1": ["$x$", "=cmd|' /C calc'!A0"],
}
ODD_COLUMNS = with_columns(ODD)
LONELY = "x,y\n0,c\n" + "".join(f"{n},{'ab'[n % 2]}\n" for n in range(60))
# Odd tables that are right: content, and the stage to run to. How a file is written matters to the first alone.
ACCEPTED = {
    "latin.csv": (GOOD.replace("a,", "é,").encode("latin-1"), "ingest"),
    "utf16.csv": (GOOD.encode("utf-16"), "ingest"),
    "bom.csv": (b"\xef\xbb\xbf" + GOOD.encode(), "ingest"),
    "semicolons.csv": (GOOD.replace(",", ";"), "ingest"),
    "crlf.csv": (GOOD.replace("\n", "\r\n"), "ingest"),
    "wide.csv": (WIDE, "explore"),
    "odd_columns.csv": (ODD_COLUMNS, "split"),
    "odd_columns_explored.csv": (ODD_COLUMNS, "explore"),
    "lonely_class.csv": (LONELY, "split"),
    "target_gaps.csv": (GOOD.replace("yes\n", "\n", 3), "split"),
}


@pytest.fixture(scope="module")
def answers(clone):
    """What a command answers, in a workspace of its own; each is run once, when a test asks for it."""
    for name, text in CONFIGS.items():
        (clone.root / f"{name}.yaml").write_text(text)
    (clone.root / "good.csv").write_text(GOOD)
    (clone.root / "folder.csv").mkdir()
    commands = {name: arguments for name, (arguments, _) in COMMANDS.items()}
    for name, (content, more, _) in REFUSED.items():
        if content not in (None, "folder"):
            (clone.root / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        named = [] if "--target" in more else ["--target", "y"]
        to = [] if {"--to", "--from"} & set(more) else ["--to", "ingest"]
        commands[name] = ["run", name, *named, *to, *more]
    for name, (content, last) in ACCEPTED.items():
        (clone.root / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        commands[name] = ["run", name, "--target", "y", "--to", last]

    @cache
    def answer(name):
        place = clone.root / "places" / re.sub(r"\W", "_", name)
        return clone.run("--workspace", f"{place}/w", "--reports", f"{place}/r", *commands[name])

    return answer


@pytest.mark.parametrize("name", [*REFUSED, *COMMANDS])
def test_bad_input_is_answered_by_one_line_that_says_what_to_do(answers, name):
    ended = answers(name)
    said = (REFUSED.get(name) or COMMANDS[name])[-1]
    assert ended.returncode in (1, 2), ended.stdout
    assert "Traceback" not in ended.stderr + ended.stdout
    first, *rest = ended.stderr.strip().splitlines()
    assert first.startswith("workbench: ")
    assert re.search(said, first), first
    assert [line for line in rest if "to see it: workbench show" not in line] == []
    assert len(first) < 700


def test_a_password_is_never_repeated(answers):
    ended = answers("a password in a URL")
    assert "secret" not in ended.stdout + ended.stderr


@pytest.mark.parametrize("name", REFUSED)
def test_a_table_that_was_refused_leaves_no_config(clone, answers, name):
    answers(name)
    assert not (clone.root / "configs" / f"{name.partition('.')[0]}.yaml").exists()


@pytest.mark.parametrize("name", ACCEPTED)
def test_odd_tables_are_read_as_they_are(clone, answers, name):
    ended = answers(name)
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr + ended.stdout
    place = clone.root / "places" / re.sub(r"\W", "_", name)
    manifest = json.loads(next(place.glob("r/*/*/manifest.json")).read_text())
    rows = manifest["provenance"]["rows_read"]
    assert rows == (61 if name == "lonely_class.csv" else 60)
    if name.startswith("odd_columns"):
        assert manifest["provenance"]["columns"] == ["x", "kind", "y", *ODD]
    if name not in ("lonely_class.csv",):
        assert manifest["problem"]["task"] == "binary"
        assert manifest["problem"]["classes"] == ["no", "yes"]
    assert (clone.root / "configs" / f"{name.partition('.')[0]}.yaml").exists()
