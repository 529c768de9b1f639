"""Equal objects give equal pickles, and pickles give them back."""

import pickle

import numpy as np
import pytest

from helpers.repeatable_pickle import dumps


def text():
    return "".join(["a name ", "that is made anew"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([text(), text()], [text()] * 2),
        ({"name": text(), text(): 1}, dict.fromkeys(["name"], text()) | {text(): 1}),
        ((text(), {"deep": [text()]}), (text(), {"deep": [text()]})),
    ],
)
def test_it_does_not_matter_whether_equal_texts_are_one_object(one, other):
    same = text()
    shared = [same, same]
    assert dumps(one) == dumps(other)
    assert dumps(shared) == dumps([text(), text()])
    assert pickle.loads(dumps(one)) == one


def test_arrays_texts_and_shared_objects_come_back_as_they_were():
    array = np.arange(5.0)
    value = {"a": array, "b": array, "c": [np.str_("x"), "x", "", "é" * 300], "d": None}
    found = pickle.loads(dumps(value))
    assert found["a"] is found["b"]
    assert (found["a"] == array).all()
    assert found["c"] == value["c"]
    assert type(found["c"][0]) is np.str_
