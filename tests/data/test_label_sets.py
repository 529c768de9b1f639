import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from helpers.data import explore, gain, ingest, kinds, label, label_sets, seal, split
from helpers.data.beside import Beside
from helpers.data.joins import read_join
from helpers.data.table import of_frame
from helpers.errors import BadInput
from helpers.labels import held

LISTS = ["action|comedy", "comedy", "", "drama | action", "drama|drama", None]


def typed(columns, tmp_path):
    return kinds.typed_table(of_frame(pd.DataFrame(columns), tmp_path), {})


def problem(columns, target, tmp_path, **given):
    rows, types = typed(columns, tmp_path)
    rows, name, task, said = label_sets.one_target(rows, types, target, given.pop("task", None))
    found, reasons = label.problem_of("films", rows, types, name, task=task, **given)
    return ingest.labelled(rows, found), found, reasons | said


def yes_or_no(rows=60):
    draw = np.random.default_rng(0)
    return {
        "x": np.arange(rows) + 0.5,
        "toxic": draw.integers(0, 2, rows),
        "insult": draw.choice(["yes", "no"], rows),
        "threat": draw.random(rows) < 0.4,
    }


@pytest.mark.parametrize("between", ["|", ";", ","])
def test_a_list_of_labels_is_read_whatever_parts_it_and_however_it_is_ordered(between, tmp_path):
    cells = [c and c.replace("|", between) for c in LISTS] * 20
    rows, found, said = problem({"x": range(120), "genres": cells}, "genres", tmp_path, task="multilabel")
    assert (found.task, found.target, found.measure) == ("multilabel", "genres", "roc_auc")
    assert found.classes == ["action", "comedy", "drama"]
    sets = ["action|comedy", "comedy", "(none)", "action|drama", "drama", "(none)"] * 20
    assert rows["genres"].tolist() == sets
    assert "40 of 120" in said["no label"]


def test_a_label_that_hardly_any_row_has_or_lacks_is_left_out_and_told(tmp_path):
    cells = ["always|a|b", "always|a", "always|b"] * 20 + ["always|rare|a"] * 3
    rows, found, said = problem({"genres": cells}, "genres", tmp_path, task="multilabel")
    assert found.classes == ["a", "b"]
    assert rows["genres"].iloc[-1] == "a"
    assert "always, rare; under 10 rows" in said["labels left out"]


def test_columns_of_yes_and_no_in_any_words_are_one_target_and_no_features(tmp_path):
    columns = yes_or_no()
    rows, found, _ = problem(columns, ["toxic", "insult", "threat"], tmp_path)
    assert found.task == "multilabel"
    assert found.classes == ["insult", "threat", "toxic"]
    truth = np.column_stack([columns["insult"] == "yes", columns["threat"], columns["toxic"] == 1])
    assert np.array_equal(held(rows[found.target].to_numpy(object), found.classes), truth)
    assert found.features(rows.columns) == ["x"]


def test_a_row_with_a_missing_label_has_no_target_and_one_without_any_label_has_one(tmp_path):
    columns = yes_or_no()
    columns["toxic"] = [None, 0, *columns["toxic"][2:]]
    columns["insult"][1], columns["threat"][1] = "no", False
    rows, found, _ = problem(columns, ["toxic", "insult", "threat"], tmp_path)
    assert len(rows) == 59
    assert rows[found.target].iloc[0] == "(none)"


def test_the_sealed_rows_and_those_that_validate_have_the_labels_as_often_as_the_rest(tmp_path):
    draw = np.random.default_rng(1)
    columns = {"x": draw.random(3000)} | {
        n: (draw.random(3000) < p) + 0 for n, p in zip("abc", (0.5, 0.2, 0.03), strict=True)
    }
    rows, found, _ = problem(columns, list("abc"), tmp_path)
    aside = seal.sealed(rows, found)
    left = rows.where(~aside).frame()
    parts = split.split(left, found)
    assert parts.method == "stratified"
    truth = held(rows[found.target].to_numpy(object), found.classes)
    validates = held(left[found.target].to_numpy(object)[parts.validation], found.classes)
    assert truth[aside].mean(axis=0) == pytest.approx(truth.mean(axis=0), abs=0.01)
    assert validates.mean(axis=0) == pytest.approx(truth.mean(axis=0), abs=0.01)
    assert split.targets({"left": left}, found)["left"].to_numpy() == pytest.approx(
        truth[~aside].mean(axis=0)
    )


def test_cells_that_look_like_lists_are_told_of_where_the_task_is_inferred(tmp_path):
    _, found, said = problem({"genres": ["a|b", "b", "a"] * 20}, "genres", tmp_path)
    assert found.task == "multiclass"
    assert "ingest.task=multilabel" in said["several labels"]


REFUSED = {
    "three values": (
        {"toxic": ["1", "0", "2"] * 20},
        ["toxic", "insult"],
        {},
        "holds '2'; a label is yes or no",
    ),
    "words": (
        {"toxic": ["hot", "cold"] * 30},
        ["toxic", "insult"],
        {},
        "'cold', 'hot'; a label is yes or no",
    ),
    "never": ({"toxic": [0] * 60}, ["toxic", "insult"], {}, "the label 'toxic' never holds"),
    "always": ({"toxic": ["yes"] * 60}, ["toxic", "insult"], {}, "the label 'toxic' always holds"),
    "missing": ({"toxic": [None] * 60}, ["toxic", "insult"], {}, "'toxic' is missing in every row"),
    "twice": ({}, ["toxic", "toxic"], {}, "the target 'toxic' is named twice"),
    "misspelt": ({}, ["toxic", "inslt"], {}, "no column 'inslt'.*did you mean 'insult'"),
    "another task": ({}, ["toxic", "insult"], {"task": "binary"}, "the task is binary; name one --target"),
    "no target": ({}, None, {"task": "multilabel"}, "needs a target"),
    "no list": ({}, "insult", {"task": "multilabel"}, "no cell of 'insult' holds several labels"),
    "one label": (
        {"g": ["a|b", "a", ""] + ["a", ""] * 28 + [""]},
        "g",
        {"task": "multilabel"},
        "'g' has 1 label",
    ),
    "a date": ({"d": pd.date_range("2020", periods=60)}, ["d", "insult"], {}, "'d' is a date"),
    "a bar": ({"a|b": [0, 1] * 30}, ["a|b", "insult"], {}, "rename the column"),
    "weights": ({}, ["toxic", "insult"], {"weight": "x"}, "ingest.weight is not for several labels"),
    "positive": ({}, ["toxic", "insult"], {"positive": "yes"}, "ingest.positive is not for several labels"),
    "quantile": ({}, ["toxic", "insult"], {"quantile": 0.9}, "for numbers, and the task is multilabel"),
    "measure": ({}, ["toxic", "insult"], {"measure": "neg_haming_loss"}, "did you mean 'neg_hamming_loss'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_several_labels_is_refused_in_one_line(name, tmp_path):
    more, target, given, says = REFUSED[name]
    with pytest.raises(BadInput, match=says) as refused:
        problem(yes_or_no() | more, target, tmp_path, **given)
    assert "\n" not in str(refused.value)


def test_what_a_join_gains_is_the_area_under_the_curve_by_label(tmp_path):
    draw = np.random.default_rng(0)
    key = np.arange(600)
    told = draw.normal(size=600)
    columns = {"key": key, "x": draw.random(600), "a": (told > 0) + 0, "b": (draw.random(600) < 0.3) + 0}
    rows, found, _ = problem(columns, ["a", "b"], tmp_path)
    other = pa.table({"key": key, "told": told})
    beside = Beside(read_join("other.csv on key"), other, {"key": "integer", "told": "float"})
    ((mean, _),) = gain.gains(rows.frame(), found, [beside], folds=3)
    assert mean == pytest.approx(0.25, abs=0.08)  # one of two labels from 0.5 to 1


def test_rare_sets_are_explored_by_a_label_of_theirs_so_that_none_is_a_class_of_its_own(tmp_path):
    draw = np.random.default_rng(0)
    columns = {name: (draw.random(500) < 0.3) + 0 for name in "abcdef"} | {"x": draw.random(500)}
    rows, found, _ = problem(columns, list("abcdef"), tmp_path)
    frame = rows.frame()
    shown = explore.comparable(frame, found)[found.target].value_counts()
    assert frame[found.target].value_counts().min() < 20 <= shown.min()
    assert explore.classes_of(explore.comparable(frame, found), found) == list(shown.index)
    assert found.target in explore.prepared(explore.comparable(frame, found), found, 500, 0).kinds
