"""Error detection over the rows: checks of your own in a file, ready-made ones, and a suite learnt from the data.

A check of your own is a function of the table that says which rows are wrong:

    from helpers.data.checks import check

    @check(severity="stop", column="monthly_charges")
    def charges_are_above_zero(rows):
        "A customer pays something every month."
        return rows["monthly_charges"] <= 0

It returns True for a wrong row: a boolean Series, or one bool for the table as a whole; a text a row, or one for the
table, empty when all is well; or a list of the labels of the wrong rows. Ready-made checks, and schemas of pandera,
stand in a list called CHECKS in that file:

    CHECKS = [in_range("tenure", 0, 1200), unique("customer_id"), agree("total", ">=", "monthly")]

The same ready-made checks stand in a suite, which is YAML (`read_suite`). Severity: "note" and "warning" are told;
"stop" ends the run.

A check of your own gets the whole table. In tables of many million rows, say which `columns=` it needs, or
`by_row=True` when it judges each row by itself: it then gets the table in pieces.
"""

from helpers.data.checks.across import adds_up, agree, present_when
from helpers.data.checks.addresses import postal_code_matches
from helpers.data.checks.check import SEVERITIES, Check, check
from helpers.data.checks.drift import same_distribution
from helpers.data.checks.judge import FINDINGS, Judged, judge, stop_if_any
from helpers.data.checks.keys import determines, no_equal_rows, refers, unique
from helpers.data.checks.own import load
from helpers.data.checks.rows import Rows
from helpers.data.checks.schema import from_schema
from helpers.data.checks.suite import read_suite, rules_table, suite_text, write_suite
from helpers.data.checks.texts import clean_text, no_placeholders, one_spelling
from helpers.data.checks.values import (
    finite,
    has_length,
    in_range,
    matches,
    not_code,
    of_kind,
    one_of,
    present,
)
from helpers.data.checks.whole import few_missing, fresh, has_columns, row_count, rows_per_class, varies

__all__ = [
    "FINDINGS",
    "SEVERITIES",
    "Check",
    "Judged",
    "Rows",
    "adds_up",
    "agree",
    "check",
    "clean_text",
    "determines",
    "few_missing",
    "finite",
    "fresh",
    "from_schema",
    "has_columns",
    "has_length",
    "in_range",
    "judge",
    "load",
    "matches",
    "no_equal_rows",
    "no_placeholders",
    "not_code",
    "of_kind",
    "one_of",
    "one_spelling",
    "postal_code_matches",
    "present",
    "present_when",
    "read_suite",
    "refers",
    "row_count",
    "rows_per_class",
    "rules_table",
    "same_distribution",
    "stop_if_any",
    "suite_text",
    "unique",
    "varies",
    "write_suite",
]
