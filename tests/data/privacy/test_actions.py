"""What a config says about personal columns is understood, or answered in one line."""

import pandas as pd
import pytest

from helpers.data.privacy.actions import Action, chosen, must_spare
from helpers.data.privacy.anonymity import anonymity
from helpers.data.privacy.detect import Finding
from helpers.data.privacy.treat import planned
from helpers.errors import BadInput

TABLE = pd.DataFrame({"mail": ["a@x.org"], "age": ["37"], "born": ["1975-03-09"], "a=b": ["1"], "y": ["no"]})
FOUND = [Finding("mail", "mail", 1.0, 0.99, "…"), Finding("born", "birth date", 1.0, 0.9, "…")]


def test_each_column_gets_the_action_that_is_named():
    personal = ["mail=drop", "age=generalise:10", "born=generalise:month", "a=b=hash"]
    assert chosen(personal, TABLE, FOUND) == [
        Action("mail", "drop"), Action("age", "generalise", "10"), Action("born", "generalise", "month"),
        Action("a=b", "hash"),
    ]  # fmt: skip


def test_auto_is_for_all_that_was_found_and_is_not_named():
    assert chosen(["auto=mask", "born=keep"], TABLE, FOUND) == [
        Action("born", "keep"),
        Action("mail", "mask"),
    ]
    assert chosen([], TABLE, FOUND) == []


BAD = [
    (["mail"], "must have the form"),
    (["=drop"], "must have the form"),
    (["mial=drop"], "did you mean 'mail'"),
    (["mail=dorp"], "did you mean 'drop'"),
    (["mail=encrypt"], "no action 'encrypt'"),
    (["mail=drop:3"], "drop takes nothing after it"),
    (["mail=drop", "mail=hash"], "twice"),
    (["age=generalise"], "wants a width above 0"),
    (["age=generalise:0"], "wants a width above 0"),
    (["age=generalise:-5"], "wants a width above 0"),
    (["age=generalise:nan"], "wants a width above 0"),
    (["age=generalise:inf"], "wants a width above 0"),
    (["age=generalise:ten"], "wants a width above 0"),
    (["born=generalise:monht"], "did you mean 'month'"),
    (["mail=generalise:prefix0"], "did you mean 'prefix3'"),
    (["auto=generalise:10"], "name the columns one by one"),
]


@pytest.mark.parametrize(("personal", "told"), BAD)
def test_what_is_not_understood_gets_one_line_that_says_so(personal, told):
    with pytest.raises(BadInput, match=told) as error:
        chosen(personal, TABLE, FOUND)
    assert "\n" not in str(error.value)
    assert "ingest.personal" in str(error.value)


@pytest.mark.parametrize("what", ["drop", "mask", "hash"])
def test_the_target_is_never_treated(what):
    with pytest.raises(BadInput, match="which is the target"):
        must_spare([Action("y", what)], "y", time=None, group=None)


@pytest.mark.parametrize(("what", "parameter"), [("drop", "time"), ("mask", "group"), ("hash", "time")])
def test_what_rows_are_split_by_must_stay_useful(what, parameter):
    with pytest.raises(BadInput, match=f"which ingest.{parameter} needs"):
        must_spare([Action("mail", what)], "y", **{parameter: "mail"})
    must_spare([Action("mail", "hash")], "y", time=None, group="mail")


def test_hashing_without_a_key_says_which_variable_to_set(monkeypatch):
    monkeypatch.delenv("WORKBENCH_PRIVACY_KEY", raising=False)
    with pytest.raises(BadInput, match=r"there is no key: set WORKBENCH_PRIVACY_KEY"):
        planned(TABLE, [Action("mail", "hash")], [])


def test_a_key_that_could_be_guessed_is_refused_and_not_shown(monkeypatch):
    monkeypatch.setenv("WORKBENCH_PRIVACY_KEY", "hunter2")
    with pytest.raises(BadInput, match="fewer than 16") as error:
        planned(TABLE, [Action("mail", "hash")], [])
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    "action", [Action("mail", "generalise", "10"), Action("mail", "generalise", "month")]
)
def test_an_action_that_does_not_fit_names_the_column_and_no_value(action):
    plan = planned(TABLE, [action], [])
    with pytest.raises(BadInput, match="column 'mail'") as error:
        plan.applied(TABLE)
    assert "a@x.org" not in str(error.value)


@pytest.mark.parametrize(
    ("quasi", "k", "sensitive", "told"),
    [
        ([], 5, None, "is empty"),
        (["aeg"], 5, None, "did you mean 'age'"),
        (["age"], 1, None, "must be 2 at least"),
        (["age"], 5, "z", "no column 'z'"),
        (["age", "y"], 5, "y", "cannot be a quasi-identifier too"),
    ],
)
def test_anonymity_answers_what_it_cannot_use(quasi, k, sensitive, told):
    with pytest.raises(BadInput, match=told):
        anonymity(TABLE, quasi, k, sensitive)
