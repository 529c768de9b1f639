"""Pictures of candidates are drawn whatever the rows hold: many classes, one fold, one candidate, no error at all."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from helpers.report import pictures_of_candidates as pictures


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
