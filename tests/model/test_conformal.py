"""Intervals and sets hold the truth as often as they promise, whatever the model says."""

import numpy as np
import pytest

from helpers.errors import BadInput
from helpers.model import conformal


def numbers(draw, count):
    x = draw.normal(size=count)
    return 3 * x + draw.standard_t(3, count), 3 * x + 0.5  # a biased model, heavy tails


def classes(draw, count):
    p = draw.dirichlet([1, 1, 2], count)
    y = (p.cumsum(axis=1) > draw.random(count)[:, None]).argmax(axis=1)
    return y, p**2 / (p**2).sum(axis=1, keepdims=True)  # overconfident


@pytest.mark.parametrize("make", [numbers, classes])
@pytest.mark.parametrize("level", [0.8, 0.9, 0.95])
def test_coverage_on_new_rows_is_what_was_promised(make, level):
    draw, found = np.random.default_rng(0), []
    for _ in range(200):
        fitted = conformal.fit(*make(draw, 200), level)
        found.append(conformal.covered(*make(draw, 200), fitted)[0].mean())
    assert np.mean(found) == pytest.approx(level, abs=0.012)


def test_the_size_is_the_width_or_the_number_of_classes():
    y, p = np.array([0, 1]), np.array([[0.7, 0.2, 0.1], [0.4, 0.4, 0.2]])
    inside, size = conformal.covered(y, p, {"quantile": 0.6, "level": 0.9})
    assert inside.tolist() == [True, True]
    assert size.tolist() == [1, 2]
    _, width = conformal.covered(np.array([1.0]), np.array([0.5]), {"quantile": 2.0, "level": 0.9})
    assert width.tolist() == [4.0]


def test_too_few_rows_promise_nothing():
    fitted = conformal.fit(np.arange(5.0), np.zeros(5), 0.9)
    assert fitted["quantile"] is None
    assert conformal.covered(np.array([1e9]), np.array([0.0]), fitted)[0].all()


def test_the_measured_coverage_is_near_the_level():
    y, p = classes(np.random.default_rng(1), 2000)
    assert conformal.measured(y, p, 0.9, 0)["coverage"] == pytest.approx(0.9, abs=0.02)


@pytest.mark.parametrize("level", [0, 1, 90])
def test_a_level_outside_is_refused(level):
    with pytest.raises(BadInput, match="above 0 and below 1"):
        conformal.fit(np.zeros(5), np.zeros(5), level)
