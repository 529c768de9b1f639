"""Values as text: what comes from data stays text in Markdown and in HTML."""

import doctest
import html

import mistune
import numpy as np
import pytest

from helpers.report import text

HOSTILE = [
    "<script>alert(1)</script>",
    "[a](javascript:alert(1))",
    "![x](http://example.org/x.png)",
    "`code` *bold* _it_ ~~gone~~",
    "# heading",
    "1. list",
    "- item",
    "    indented",
    "a | b",
    "$x^2$ \\(y\\)",
    "http://example.org",
    "&lt;b&gt;",
    "line\nbreak",
    "quote \" and '",
    "\u202eright to left",
]


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(text).failed == 0


@pytest.mark.parametrize("value", HOSTILE)
def test_markdown_shows_a_value_as_the_very_text_it_is(value):
    from bs4 import BeautifulSoup

    page = mistune.create_markdown(escape=False, plugins=["table", "strikethrough", "url"])(text.md(value))
    soup = BeautifulSoup(page, "html.parser")
    assert [tag.name for tag in soup.find_all()] == ["p"]
    shown = soup.get_text().strip()
    assert shown == text.one_line(value).strip()


def test_a_long_value_is_shortened():
    assert len(html.unescape(text.md("x" * 10_000, limit=40))) == 40


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (np.int64(7043), "7,043"),
        (np.float64(0.5), "0.500"),
        (float("nan"), "–"),
        (float("inf"), "∞"),
        (-float("inf"), "−∞"),
        (0.0, "0"),
        (True, "True"),
        ("text", "text"),
        (123456789.0, "123,456,789"),
    ],
)
def test_numbers_read_as_a_person_would_write_them(value, shown):
    assert text.number(value) == shown


def test_a_time_span_never_reads_sixty_seconds():
    assert text.duration(59.99) == "1 min 0 s"
    assert text.duration(3599.9) == "1 h 00 min"


def test_an_enumeration_escapes_its_names():
    assert "<" not in text.listed(["<b>", "a", "c"])
    assert text.listed([]) == ""
    assert text.listed(["a", "b"], last="or") == "a or b"


def test_a_share_of_all_but_a_few_is_not_called_all():
    assert [text.share(x) for x in (0.9996, 1 - 1 / 10_000_000, 0.9994, 1 - 1e-16)] == [
        "99.96 %",
        "99.99999 %",
        "99.9 %",
        "100 %",
    ]
