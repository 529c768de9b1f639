"""YAML as its version 1.2 says: plain words are words, tags do nothing, mistakes are told with their line."""

import math
import sys

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.errors import BadInput
from helpers.plain_yaml import PlainDumper, PlainLoader, read_yaml

calm = settings(max_examples=150, deadline=None)


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "run.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.mark.parametrize(
    "word",
    [
        "no",
        "No",
        "yes",
        "Yes",
        "on",
        "off",
        "y",
        "n",
        "012",
        "-07",
        "0o14",
        "0x1F",
        "1_000",
        "1:30",
        "2020-01-01",
        "1,5",
        "+",
        ".",
        "e5",
        "nan",
        "inf",
        "=",
    ],
)
def test_a_plain_word_stays_the_word(file, word):
    assert read_yaml(file(f"a: {word}"))["a"] == word


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("+3", 3),
        ("0", 0),
        ("9007199254740993", 2**53 + 1),
        ("1.5", 1.5),
        ("1.", 1.0),
        (".5", 0.5),
        ("1e5", 1e5),
        ("-1.5E-3", -0.0015),
        (".inf", math.inf),
        ("-.inf", -math.inf),
        ("'no'", "no"),
        ('"012"', "012"),
        ("'12'", "12"),
    ],
)
def test_numbers_booleans_and_nothing_are_what_version_1_2_says(file, text, value):
    found = read_yaml(file(f"a: {text}\n"))["a"]
    assert found == value
    assert type(found) is type(value)


def test_a_value_that_is_no_number_is_nan(file):
    assert math.isnan(read_yaml(file("a: .nan"))["a"])


@pytest.mark.parametrize(
    "tagged",
    [
        "!!python/object/apply:sys.setrecursionlimit [12345]",
        "!!python/name:os.system ''",
        "!!python/module:antigravity ''",
        "!!python/tuple [1]",
        "!own x",
        "!!int x",
        "!!int ''",
        "!!float ''",
        "!!bool x",
        "!!binary é",
        "!!timestamp x",
    ],
)
def test_a_tag_makes_nothing_and_is_refused(file, tagged):
    before = sys.getrecursionlimit()
    with pytest.raises(BadInput) as told:
        read_yaml(file(f"a: 1\nb: {tagged}\n"))
    assert "run.yaml" in str(told.value)
    assert "\n" not in str(told.value)
    assert sys.getrecursionlimit() == before
    assert "antigravity" not in sys.modules


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: [1, 2\nc: 3\n", 3),
        ("a: 1\nb: 'open\n", 3),
        ("a: 1\n\tb: 2\n", 2),
        ("a: 1\nb: *unknown\n", 2),
        ("a: 1\n b: 2\n", 2),
        ("a: b: c\n", 1),
        ("a: 1\nb: 2\na: 3\n", 3),
        ("x:\n  a: 1\n  a: 2\n", 3),
        ("? [a]\n: 1\n", 1),
        ("a: 1\n---\nb: 2\n", 2),
    ],
)
def test_a_mistake_is_told_with_file_and_line(file, text, line):
    with pytest.raises(BadInput) as told:
        read_yaml(file(text))
    assert f"run.yaml, line {line}" in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("text", ["- a\n- b\n", "word", "12", b"\xff\xfe\xff", "a: \x01", "[" * 5000])
def test_what_is_no_mapping_or_no_text_is_told_in_one_line(file, text):
    with pytest.raises(BadInput) as told:
        read_yaml(file(text))
    assert "run.yaml" in str(told.value)
    assert "\n" not in str(told.value)


def test_an_empty_file_is_an_empty_mapping_and_a_missing_one_is_told(file, tmp_path):
    assert read_yaml(file("# nothing yet\n")) == {}
    with pytest.raises(BadInput, match=r"absent\.yaml"):
        read_yaml(tmp_path / "absent.yaml")
    with pytest.raises(BadInput):
        read_yaml(tmp_path)


WORDS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=12),
    st.from_regex(r"[-+.0-9eE_:xo]{1,7}", fullmatch=True),
    st.sampled_from(
        ["no", "on", "true", "null", "~", "1e5", "012", "1.", ".inf", "=", "<<", "- a", "a: b", "# c"]
    ),
)
PLAIN = st.one_of(WORDS, st.booleans(), st.none(), st.integers(), st.floats(allow_nan=False))


@calm
@given(st.dictionaries(WORDS, st.one_of(PLAIN, st.lists(PLAIN, max_size=3)), max_size=4))
def test_what_is_written_is_read_back_unchanged(record):
    text = yaml.dump(record, Dumper=PlainDumper, allow_unicode=True, sort_keys=False)
    found = yaml.load(text, PlainLoader)
    assert found == record
    assert [type(v) for v in found.values()] == [type(v) for v in record.values()]
