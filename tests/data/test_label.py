"""What is to be predicted is told from the values; what cannot be told is asked for in one line."""

import numpy as np
import pandas as pd
import pytest

from helpers.data.ingest import dates_written, labelled, numbers_written, with_target
from helpers.data.kinds import typed
from helpers.data.label import identifiers_of, problem_of, target_as_text
from helpers.data.table import of_frame
from helpers.errors import BadInput
from helpers.problem import Problem


def table(n=200, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer": [f"C{i:05d}" for i in rng.permutation(n)],
            "number": np.arange(n) + 1000,
            "age": rng.integers(18, 90, n),
            "amount": rng.normal(size=n),
            "stars": rng.integers(1, 6, n),
            "colour": rng.choice(["red", "green", "blue"], n),
            "churn": rng.choice(["Yes", "No"], n, p=[0.3, 0.7]),
        }
    )


def problem(target, frame=None, **given):
    rows, kinds = typed(table() if frame is None else frame)
    rows, target = with_target(rows, kinds, target, given.pop("above", None))
    return problem_of("test", rows, kinds, target, **given)


def refused(target, frame=None, **given):
    with pytest.raises(BadInput) as told:
        problem(target, frame, **given)
    assert "\n" not in str(told.value)
    return str(told.value)


@pytest.mark.parametrize(
    ("target", "task", "measure"),
    [
        ("churn", "binary", "roc_auc"),
        ("colour", "multiclass", "neg_log_loss"),
        ("stars", "multiclass", "neg_log_loss"),
        ("amount", "regression", "neg_root_mean_squared_error"),
        ("age", "regression", "neg_root_mean_squared_error"),
    ],
)
def test_the_task_and_its_measure_follow_from_the_values_of_the_target(target, task, measure):
    found, reasons = problem(target)
    assert (found.task, found.measure) == (task, measure)
    assert str(table()[target].nunique()) in reasons["task"].replace(",", "")


@pytest.mark.parametrize(
    ("classes", "positive"),
    [
        ({"Yes": 80, "No": 20}, "Yes"),
        ({"no": 20, "yes": 80}, "yes"),
        ({"0": 50, "1": 150}, "1"),
        ({"False": 50, "True": 150}, "true"),
        ({"good": 30, "bad": 170}, "bad"),
        ({"apple": 150, "pear": 50}, "pear"),
        ({"apple": 50, "pear": 150}, "apple"),
    ],
)
def test_the_positive_class_is_the_one_called_so_else_the_rarer(classes, positive):
    frame = pd.DataFrame({"y": [c for c, n in classes.items() for _ in range(n)]})
    found, reasons = problem("y", frame)
    assert found.positive == positive
    assert found.classes[-1] == positive
    assert len(found.classes) == 2
    assert reasons["positive"]


def test_a_positive_class_that_is_given_wins_and_an_unknown_one_is_refused():
    found, reasons = problem("churn", positive="No")
    assert (found.positive, found.classes) == ("No", ["Yes", "No"])
    assert "positive" not in reasons
    told = refused("churn", positive="Maybe")
    assert "Yes" in told
    assert "No" in told


def test_columns_that_name_a_row_are_found_and_others_are_not():
    found, reasons = problem("churn")
    assert sorted(found.identifiers) == ["customer", "number"]
    assert {"identifier customer", "identifier number"} <= set(reasons)
    assert problem("churn", identifiers=["age"])[0].identifiers == ["age"]


def test_a_unique_measure_free_text_or_short_table_is_no_identifier():
    n = 100
    frame = pd.DataFrame(
        {
            "salary": np.arange(n) * 37 + 5,
            "remark": [f"remark {i}" for i in range(n)],
            "x": np.random.default_rng(0).normal(size=n),
        }
    )
    rows, kinds = typed(frame)
    assert identifiers_of(rows, kinds, None) == {}
    rows, kinds = typed(pd.DataFrame({"word": list("abcdefgh")}))
    assert identifiers_of(rows, kinds, None) == {}


def test_the_target_is_never_an_identifier_nor_a_feature():
    found, _ = problem("number")
    assert "number" not in found.identifiers
    assert set(found.features(list(table().columns))) == set(table().columns) - {"number", "customer"}


@pytest.mark.parametrize(("misspelt", "meant"), [("chrun", "churn"), ("Churn", "churn"), ("amout", "amount")])
def test_a_misspelt_target_offers_the_nearest(misspelt, meant):
    assert f"did you mean {meant!r}?" in refused(misspelt)


@pytest.mark.parametrize("field", ["time", "group", "identifiers"])
def test_a_misspelt_column_of_another_role_offers_the_nearest(field):
    told = refused("churn", **{field: ["colur"] if field == "identifiers" else "colur"})
    assert f"ingest.{field}" in told
    assert "did you mean 'colour'?" in told


def test_a_misspelt_task_or_measure_offers_the_nearest():
    assert "did you mean 'binary'?" in refused("churn", task="binry")
    assert "did you mean 'roc_auc'?" in refused("churn", measure="roc_au")


@pytest.mark.parametrize("value", ["same", "1", "2.5", "true"])
def test_a_constant_target_is_answered_in_one_line(value):
    told = refused("y", pd.DataFrame({"y": [value] * 50, "x": range(50)}))
    assert "one value" in told
    assert "'y'" in told


def test_a_target_without_any_value_is_answered_in_one_line():
    told = refused("y", pd.DataFrame({"y": [None] * 50, "x": range(50)}))
    assert "missing" in told
    assert "'y'" in told


def test_too_many_classes_are_answered_in_one_line():
    frame = pd.DataFrame({"y": [f"name {i}" for i in range(300)], "x": range(300)})
    assert "300 classes" in refused("y", frame)
    frame = pd.DataFrame({"y": [f"c{i % 250}" for i in range(1000)], "x": range(1000)})
    assert "250 classes" in refused("y", frame)


def test_a_class_with_one_member_is_a_class():
    frame = table().assign(y=["a"] * 120 + ["b"] * 79 + ["only"])
    found, _ = problem("y", frame)
    assert (found.task, found.classes) == ("multiclass", ["a", "b", "only"])
    frame["y"] = ["a"] * 199 + ["only"]
    found, _ = problem("y", frame)
    assert (found.task, found.positive) == ("binary", "only")


@pytest.mark.parametrize(
    ("target", "task", "word"),
    [("colour", "regression", "text"), ("colour", "binary", "3"), ("churn", "clustering", "one of")],
)
def test_a_task_that_does_not_fit_the_target_is_answered_in_one_line(target, task, word):
    assert word in refused(target, task=task)


def test_a_date_or_a_structure_is_no_target():
    frame = table().assign(day="2020-01-01", doc="{}")
    assert "date" in refused("day", frame)
    assert "structured" in refused("doc", frame)


def test_without_a_target_there_is_no_task():
    found, _ = problem(None)
    assert (found.task, found.target, found.classes) == ("none", None, [])


def test_above_turns_a_number_into_yes_and_no_and_leaves_missing_ones_missing(tmp_path):
    frame = table().assign(amount=[1.0, 2.0, 3.0, None] * 50)
    rows, kinds = typed(frame)
    rows, name = with_target(of_frame(rows, tmp_path), kinds, "amount", 2)
    assert rows[name].value_counts().to_dict() == {"no": 100, "yes": 50}
    assert rows[name].isna().sum() == 50
    assert "amount" not in rows
    assert "numbers" in refused("colour", above=2)


def test_rows_without_a_target_are_left_out_and_classes_are_text(tmp_path):
    frame = pd.DataFrame({"y": ["1", "0", None, "1"] * 10, "x": range(40)})
    rows, kinds = typed(frame)
    found, _ = problem_of("test", rows, kinds, "y")
    kept = labelled(of_frame(rows, tmp_path), found).frame()
    assert kept["y"].tolist() == ["1", "0", "1"] * 10
    assert kept.index.tolist() == [i for i in range(40) if i % 4 != 2]
    assert (found.classes, found.positive) == (["0", "1"], "1")


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (pd.Series([1.0, 0.5, np.nan]), ["1", "0.5", None]),
        (pd.Series([True, False]), ["true", "false"]),
        (pd.Series([True, None], dtype="boolean"), ["true", None]),
        (pd.Series([1, None], dtype="Int64"), ["1", None]),
        (pd.Series(["01", None], dtype=object), ["01", None]),
        (pd.Series([2**53 + 1]), [str(2**53 + 1)]),
    ],
)
def test_classes_as_text_are_as_people_write_them(values, texts):
    assert target_as_text(values).tolist() == texts


def test_the_problem_survives_json_unchanged():
    import json

    found, _ = problem("churn", time=None, group="colour")
    assert Problem(**json.loads(json.dumps(found.as_dict()))) == found


@pytest.mark.parametrize(
    ("texts", "first"),
    [
        ([f"{n},5" for n in range(300)], 0.5),
        ([f"1.{n:03d},50 EUR" for n in range(300)], 1000.5),
        ([f"{n / 4} kWh" for n in range(300)], 0.0),
    ],
)
def test_a_target_of_numbers_written_as_text_is_read_as_numbers(texts, first, tmp_path):
    table, kinds = of_frame(pd.DataFrame({"y": [*texts, None, "?"]}), tmp_path), {"y": "category"}
    rows, said = numbers_written(table, kinds, "y", None)
    assert kinds == {"y": "float"}
    assert rows["y"].iloc[0] == first
    assert rows["y"].isna().sum() == 2
    assert "numbers written as text" in said["numbers of y"]
    assert "1 that cannot be read" in said["numbers of y"]


def test_texts_that_may_be_classes_stay_what_they_are(tmp_path):
    few = of_frame(pd.DataFrame({"y": ["10 kg", "20 kg"] * 50}), tmp_path)
    many = of_frame(pd.DataFrame({"y": [f"INV-{n}" for n in range(300)]}), tmp_path)
    for table, task in ((few, None), (few, "multiclass"), (many, None)):
        kinds = {"y": "category"}
        assert numbers_written(table, kinds, "y", task) == (table, {})
        assert kinds == {"y": "category"}
    assert numbers_written(few, {"y": "category"}, "y", "regression")[0]["y"].tolist()[:2] == [10.0, 20.0]


@pytest.mark.parametrize(
    ("texts", "first"),
    [
        (["31/01/2024", "1/2/2024", None], "2024-01-31"),
        (["1/31/2024 18:30", "2/1/2024 07:00", None], "2024-01-31T18:30"),
        (["31.01.2024", "2024-02-01", "02.03.2024"], "2024-01-31"),
    ],
)
def test_times_written_otherwise_than_in_the_standard_are_read(texts, first, tmp_path):
    table, kinds = of_frame(pd.DataFrame({"t": texts * 5}), tmp_path), {"t": "category"}
    rows, steps, said = dates_written(table, kinds, "t")
    assert kinds == {"t": "date"}
    assert rows["t"].iloc[0] == pd.Timestamp(first)
    assert rows["t"].isna().tolist() == pd.isna(pd.Series(texts * 5)).tolist()
    assert [s["step"] for s in steps] == ["parse_date"]
    assert "dates in" in said["dates of t"]


def test_a_time_of_which_some_values_are_no_dates_is_refused_with_the_first_of_them(tmp_path):
    days = [f"{n % 28 + 1:02d}/01/2024" for n in range(100)]
    table = of_frame(pd.DataFrame({"t": [*days, "30/02/2024"]}), tmp_path)
    with pytest.raises(BadInput, match=r"1 of the 101 values of 't' are no dates .*'30/02/2024', row 100"):
        dates_written(table, {"t": "category"}, "t")


def test_what_may_be_read_in_two_ways_or_is_no_time_stays_text(tmp_path):
    both = of_frame(pd.DataFrame({"t": ["31/01/2024", "1/31/2024"] * 50}), tmp_path)
    shop = of_frame(pd.DataFrame({"t": ["north", "south"] * 50}), tmp_path)
    for table in (both, shop):
        kinds = {"t": "category"}
        assert dates_written(table, kinds, "t") == (table, [], {})
        assert kinds == {"t": "category"}


def test_a_measure_of_numbers_makes_a_number_of_few_values_a_regression():
    rows = pd.DataFrame({"visits": [0, 1, 2, 3] * 50, "kind": ["a", "b"] * 100})
    types = {"visits": "integer", "kind": "category"}
    counted, why = problem_of("x", rows, types, "visits")
    assert (counted.task, "set ingest.task=regression" in why["task"]) == ("multiclass", True)
    judged, why = problem_of("x", rows, types, "visits", measure="neg_root_mean_squared_error")
    assert (judged.task, "judges numbers" in why["task"]) == ("regression", True)
    with pytest.raises(BadInput, match="judges numbers, and 'kind' has classes"):
        problem_of("x", rows, types, "kind", measure="r2")
    with pytest.raises(BadInput, match="judges numbers, and 'visits' has classes"):
        problem_of("x", rows, types, "visits", measure="r2", task="multiclass")


@pytest.mark.parametrize("given", [{"quantile": 0.9}, {"measure": "r2"}])
def test_numbers_written_as_text_are_read_where_quantile_or_measure_ask_for_numbers(given, tmp_path):
    table = of_frame(pd.DataFrame({"y": ["1,5", "2,5", "3,5"] * 20}), tmp_path)
    kinds = {"y": "category"}
    assert numbers_written(table, kinds, "y", None)[1] == {}
    rows, _ = numbers_written(table, kinds, "y", None, **given)
    assert (rows["y"].tolist()[:3], kinds["y"]) == ([1.5, 2.5, 3.5], "float")


def test_a_quantile_makes_a_number_of_few_values_a_regression():
    rows = pd.DataFrame({"visits": [0, 1, 2, 3] * 50, "kind": ["a", "b"] * 100})
    types = {"visits": "integer", "kind": "category"}
    judged, why = problem_of("x", rows, types, "visits", quantile=0.9)
    assert (judged.task, judged.quantile) == ("regression", 0.9)
    assert why["task"] == "a quantile is predicted of numbers, which visits holds"
    with pytest.raises(BadInput, match="quantile is for numbers, and the task is binary"):
        problem_of("x", rows, types, "kind", quantile=0.9)


def test_a_target_of_yes_and_no_stays_one_and_labels_are_not_judged_as_numbers():
    rows = pd.DataFrame({"y": [True, False] * 50, "tags": ["a|b", "b"] * 50})
    types = {"y": "boolean", "tags": "category"}
    for given in ({"target": "y"}, {"target": "tags", "task": "multilabel"}):
        target = given.pop("target")
        with pytest.raises(BadInput, match="judges numbers"):
            problem_of("x", rows, types, target, measure="r2", **given)


@pytest.mark.parametrize("layout", ["%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M"])
def test_the_order_of_day_and_month_is_told_from_all_times_where_every_one_differs(layout, tmp_path):
    moments = pd.date_range("2024-01-01", periods=30_000, freq="min")
    table = of_frame(pd.DataFrame({"t": [*moments.strftime(layout), "-"]}), tmp_path)
    rows, _, _ = dates_written(table, {"t": "category"}, "t")
    assert (rows["t"].to_numpy()[:-1] == moments.to_numpy()).all()
    assert pd.isna(rows["t"].iloc[-1])
