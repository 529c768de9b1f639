"""Tables of a notebook as HTML: numbers below each other by their ends, words from the left."""

import re

import pandas as pd

from helpers.report.notebook import output


def left_columns(frame):
    """The places of the columns whose heading and cells are marked as words; None where a column is of both."""
    page = output({"output_type": "display_data", "data": {"text/html": frame.to_html()}})
    rows = [re.findall(r"<t[dh]([^>]*)>", row) for row in re.findall(r"(?s)<tr[^>]*>(.*?)</tr>", page)]
    marks = pd.DataFrame([["words" in cell for cell in row] for row in rows])
    assert (marks.nunique() == 1).all()
    return marks.columns[marks.iloc[0]].tolist()


def test_columns_of_words_stand_left_and_columns_of_numbers_right():
    frame = pd.DataFrame(
        {
            "count": [1, 2000],
            "share": ["12 %", "−3.5e-7"],
            "gap": [None, 1.5],
            "why": ["1 of 2 are missing", "8"],
            "size": ["91.5 kB", "1 GB"],
        },
        index=pd.Index(["a", "b"], name="column"),
    )
    assert left_columns(frame) == [4, 5]
    assert left_columns(frame[["count", "gap"]]) == []


def test_a_cell_that_looks_like_a_table_marks_nothing_else():
    frame = pd.DataFrame({"x": ["<td>1</td>", "</tr><tr><td>"], "y": [1, 2]})
    assert left_columns(frame) == [1]


def test_a_table_with_headings_over_several_columns_stays_as_it_is():
    frame = pd.DataFrame([[1, "a"]], columns=pd.MultiIndex.from_product([["x"], ["y", "z"]]))
    page = output({"output_type": "display_data", "data": {"text/html": frame.to_html()}})
    assert "words" not in page
