"""Checks of the customers of a telephone company: an example to copy for a table of your own.

Each function gets the rows as a pandas frame and says which are wrong; what stands in CHECKS is ready-made.
Name the file in a config (validate: checks: configs/checks_churn.py), or by -p validate.checks=...
"""

from helpers.data.checks import agree, check, in_range, present, present_when

CHECKS = [
    in_range("tenure", 0, 1200),
    present("monthly_charges", severity="stop"),
    agree("total_charges", ">=", "monthly_charges"),
    present_when("total_charges", "contract", ["One year", "Two year"]),
]


@check(severity="stop", column="monthly_charges")
def charges_are_above_zero(rows):
    "A customer pays something every month."
    return rows["monthly_charges"] <= 0


@check(column="total_charges", by_row=True)
def charges_add_up(rows):
    "What was paid in all is about the months times the charge of a month."
    expected = rows["tenure"] * rows["monthly_charges"]
    return (rows["total_charges"] - expected).abs() > 0.5 * expected + 50


@check(severity="note")
def services_need_a_line(rows):
    "Several lines need a telephone."
    several, phone = rows["multiple_lines"], rows["phone_service"].astype(str)
    return (several == "Yes") & phone.isin(["0", "No"])
