"""Pictures of candidates are drawn whatever the rows hold: many classes, one fold, one candidate, no error at all."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from helpers.report import pictures as of_models
from helpers.report import pictures_of_candidates as pictures
from helpers.report import pictures_of_checks


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def texts(axis):
    return [t.get_text() for t in axis.texts]


def test_a_confusion_picture_tells_counts_and_shares_of_the_true_class():
    y = np.array([0, 0, 0, 0, 1, 1])
    pictures.confusions(y, {"a": np.array([0, 0, 0, 1, 1, 1]), "b": y}, ["no", "yes"])
    left, right = plt.gcf().axes
    assert texts(left) == ["3\n75 %", "1\n25 %", "0\n0 %", "2\n100 %"]
    assert texts(right) == ["4\n100 %", "0\n0 %", "0\n0 %", "2\n100 %"]


def test_of_many_classes_the_most_frequent_are_shown_without_numbers():
    draw = np.random.default_rng(0)
    y = np.concatenate([np.repeat(np.arange(20), 10), np.arange(20, 40)])
    pictures.confusions(y, {"a": draw.integers(0, 40, len(y))}, [f"class {n}" for n in range(40)])
    axis = plt.gcf().axes[0]
    assert [t.get_text() for t in axis.get_yticklabels()] == [f"class {n}" for n in range(pictures.MOST)]
    assert texts(axis) == []


def test_errors_of_nothing_and_a_curve_of_one_fold_can_be_drawn():
    pictures.residuals(
        np.arange(5.0), {"exact": np.arange(5.0), "near": np.arange(5.0) + 0.1, "$x": np.zeros(5)}
    )
    assert len([a for a in plt.gcf().axes if a.axison]) == 3
    points = [("a", 0, 0.5, 50, 0.7), ("a", 0, 1.0, 100, 0.7)]
    pictures.learning_curves(pd.DataFrame(points, columns=["family", "fold", "size", "rows", "score"]), "r2")
    plt.gcf().canvas.draw()


def marks(axis, form):
    """Return the places (n, 2) of all marks of a form, each in its own coordinates."""
    lines = [line.get_xydata() for line in axis.get_lines() if line.get_marker() == form]
    return [tuple(place) for line in lines for place in np.asarray(line, float)]


def test_a_family_whose_score_lies_off_the_axis_is_marked_at_its_edge_with_its_score():
    means = [-0.34, -0.35, -0.36, -0.37, -0.75]
    board = pd.DataFrame({"family": list("abcde"), "mean": means, "fold 1": means, "fold 2": means})
    board.loc[1, "fold 2"] = -3.0  # one fold alone lies off the axis
    board.loc[4, ["fold 1", "fold 2"]] = [-0.35, -1.15]
    of_models.fold_scores(board, "neg_log_loss")
    axis = plt.gca()
    low, high = axis.get_xlim()
    assert texts(axis) == ["-0.750"]
    assert {place for _, place in marks(axis, "<")} == {1, 4}
    assert -0.75 < low < -0.37
    assert -0.34 < high < 0


def test_trials_whose_score_lies_below_the_axis_are_marked_and_counted_and_trials_are_whole():
    trials = pd.DataFrame({"trial": range(4), "family": list("abab"), "score": [0.8, 0.81, 0.79, 0.1]})
    of_models.search_history(trials.assign(state="complete"), "roc_auc")
    axis = plt.gca()
    assert [trial for trial, _ in marks(axis, "v")] == [3]
    assert "1 trial below the axis" in [t.get_text() for t in axis.get_legend().get_texts()]
    assert all(tick == int(tick) for tick in axis.get_xticks())


def test_more_families_than_colours_are_all_drawn():
    count = 2 * len(of_models.PALETTE) + 1
    trials = pd.DataFrame({"trial": range(count), "score": 0.8, "state": "complete"})
    trials["family"] = [f"family {n}" for n in range(count)]
    of_models.search_history(trials, "r2")
    assert {t.get_text() for t in plt.gca().get_legend().get_texts()} == {*trials["family"], "best so far"}


def test_rows_whose_error_lies_off_the_axis_are_counted_in_the_title():
    errors = np.random.default_rng(0).normal(size=1000)
    pictures.residuals(errors, {"wide": np.zeros(1000), "narrow": errors / 2})
    wide, narrow = plt.gcf().axes
    beyond = int((np.abs(errors) > wide.get_ylim()[1]).sum())
    assert beyond > 0
    assert wide.get_title(loc="left") + wide.get_title() == f"wide ({beyond} rows off the axis)"
    assert narrow.get_title(loc="left") + narrow.get_title() == "narrow"


@pytest.mark.parametrize(("scale", "unit"), [(1.0, ""), (3e4, "k"), (2e6, "M"), (5e9, "bn")])
def test_ticks_of_large_numbers_are_few_short_and_apart(scale, unit):
    draw = np.random.default_rng(0)
    y = scale * draw.lognormal(0, 0.5, 500)
    of_models.residuals(y, y * draw.lognormal(0, 0.2, 500))
    figure = plt.gcf()
    figure.canvas.draw()
    for axis in figure.axes:
        labels = [t for t in axis.get_xticklabels() if t.get_text()]
        assert all(t.get_text() == "0" or t.get_text().endswith(unit) for t in labels)
        boxes = sorted((t.get_window_extent() for t in labels), key=lambda box: box.x0)
        assert all(a.x1 < b.x0 for a, b in pairwise(boxes))


def test_how_alike_errors_are_is_told_by_numbers_or_by_a_bar_of_colours():
    for count, axes in ((16, 1), (17, 2)):
        of_models.error_correlation(pd.DataFrame(np.eye(count)))
        assert len(plt.gcf().axes) == axes
        assert len(plt.gcf().axes[0].texts) == (256 if axes == 1 else 0)


def test_a_curve_of_costs_below_zero_is_not_cut_off():
    of_models.cost_curve(pd.DataFrame({"threshold": [0.1, 0.5, 0.9], "cost": [-0.5, -2.0, 0.3]}), 0.5, None)
    assert plt.gca().get_ylim()[0] <= -2.0
    of_models.cost_curve(pd.DataFrame({"threshold": [0.1, 0.5], "cost": [0.5, 2.0]}), 0.5, None)
    assert plt.gca().get_ylim()[0] == 0


def test_few_findings_stand_on_an_axis_of_whole_rows():
    summary = pd.DataFrame({"check": ["equal rows"], "severity": ["note"], "wrong": [1]})
    findings = pd.DataFrame({"check": ["equal rows"], "severity": ["note"], "row": [280]})
    left = pictures_of_checks.found(summary, findings, 810).axes[0]
    assert all(float(tick).is_integer() for tick in left.get_xticks())
