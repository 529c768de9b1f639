"""Intervals and sets hold the truth as often as they promise, whatever the model says."""

import numpy as np
import pytest

from helpers.errors import BadInput
from helpers.model import accept, conformal


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


def noisier(draw, count):
    """Errors of rows of which a fifth weighs ten times as much and errs three times as far."""
    weight = np.where(draw.random(count) < 0.2, 10.0, 1.0)
    return draw.normal(size=count) * np.where(weight > 1, 3, 1), np.zeros(count), weight


@pytest.mark.parametrize("level", [0.8, 0.9])
def test_weighed_coverage_is_what_was_promised_where_heavy_rows_are_noisier(level):
    draw, found = np.random.default_rng(0), []
    for _ in range(200):
        y, said, weight = noisier(draw, 300)
        fitted, new = conformal.fit(y, said, level, weight), noisier(draw, 500)
        found.append(np.average(conformal.covered(*new[:2], fitted)[0], weights=new[2]))
    assert np.mean(found) == pytest.approx(level, abs=0.012)


def test_the_measured_coverage_counts_weights_and_warns_of_what_ignored_them():
    y, said, weight = noisier(np.random.default_rng(0), 4000)
    found = conformal.measured(y, said, 0.9, 0, weight=weight)
    assert found["coverage"] == pytest.approx(0.9, abs=0.02)
    deaf, fitted = conformal.fit(y, said, 0.9), conformal.fit(y, said, 0.9, weight)
    assert "fewer than chance explains" in accept.coverage_said(accept.coverage(y, said, deaf, weight))
    assert "as promised" in accept.coverage_said(accept.coverage(y, said, fitted, weight))


def test_equal_weights_change_nothing_and_one_heavy_row_promises_nothing():
    y, said, _ = noisier(np.random.default_rng(0), 50)
    assert conformal.fit(y, said, 0.9, np.full(50, 4.0)) == conformal.fit(y, said, 0.9)
    assert conformal.fit(y, said, 0.9, np.where(np.arange(50), 1.0, 1000.0))["quantile"] is None
