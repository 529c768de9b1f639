"""Recalibration mends what is crooked, leaves alone what is straight, and says which."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import log_loss

from helpers.errors import BadInput
from helpers.model import calibration


class Says(ClassifierMixin, BaseEstimator):
    """A model that says the probabilities that it is given."""

    def __init__(self, k=2):
        self.k = k

    @property
    def classes_(self):
        return np.arange(self.k)

    def predict_proba(self, x):
        return np.asarray(x)


def drawn(k, count, crooked, seed=0):
    draw = np.random.default_rng(seed)
    true = draw.dirichlet(np.ones(k), count)
    y = (true.cumsum(axis=1) > draw.random(count)[:, None]).argmax(axis=1)
    told = true**2.5 * np.arange(1, k + 1) if crooked else true
    return y, told / told.sum(axis=1, keepdims=True), true


@pytest.mark.parametrize("k", [2, 4])
def test_crooked_probabilities_are_mended_on_new_rows(k):
    y, told, _ = drawn(k, 2000, crooked=True)
    model, why = calibration.mended(Says(k), y, told, "auto", 0)
    assert "it is applied" in why
    fresh, said, true = drawn(k, 4000, crooked=True, seed=1)
    best = log_loss(fresh, true, labels=range(k))
    mended = log_loss(fresh, model.predict_proba(said), labels=range(k))
    assert mended - best < 0.1 * (log_loss(fresh, said, labels=range(k)) - best)
    assert model.predict_proba(said).sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize("k", [2, 4])
def test_straight_probabilities_are_left_alone(k):
    kept = 0
    for seed in range(20):
        y, told, _ = drawn(k, 500, crooked=False, seed=seed)
        model = Says(k)
        kept += calibration.mended(model, y, told, "auto", 0)[0] is model
    assert kept >= 18


def test_two_classes_are_platts_sigmoid_of_the_log_odds():
    y, told, _ = drawn(2, 500, crooked=True)
    scale, shift = calibration.learnt(y, told)
    odds = np.log(told[:, 1] / told[:, 0])
    by_hand = 1 / (1 + np.exp(-(scale * odds + shift[1])))
    assert calibration.rescaled(told, scale, shift)[:, 1] == pytest.approx(by_hand)


def test_always_and_never_are_obeyed_and_others_refused():
    y, told, _ = drawn(2, 200, crooked=False)
    assert isinstance(calibration.mended(Says(), y, told, "always", 0)[0], calibration.Recalibrated)
    model = Says()
    assert calibration.mended(model, y, told, "never", 0)[0] is model
    with pytest.raises(BadInput, match="auto, always or never"):
        calibration.mended(model, y, told, "sometimes", 0)


def test_a_class_with_too_few_rows_teaches_nothing():
    assert np.isnan(calibration.gain(np.array([0] * 50 + [1] * 3), np.full((53, 2), 0.5), 0)).all()


def test_certain_probabilities_do_no_harm():
    certain = calibration.rescaled(np.array([[1.0, 0.0], [0.0, 1.0]]), 1.0, np.zeros(2))
    assert np.isfinite(certain).all()
    assert certain == pytest.approx(np.eye(2))


def test_reliability_counts_every_row_once_and_finds_right_probabilities_right():
    y, told, _ = drawn(2, 4000, crooked=False)
    table = calibration.reliability(y, told[:, 1])
    assert table["rows"].sum() == 4000
    assert (table["predicted"] - table["observed"]).abs().max() < 0.06
    assert calibration.distance(table) < 0.03


@pytest.mark.parametrize("how", ["always", "never"])
def test_what_was_said_before_is_mended_as_the_model_is(how):
    y, told, _ = drawn(3, 300, crooked=True)
    judged, _ = calibration.mended(Says(3), y, told, how, 0)
    assert calibration.applied(judged, told) == pytest.approx(judged.predict_proba(told), abs=1e-15)


def test_chance_alone_makes_believable_probabilities_look_off_and_more_so_on_few_rows():
    draw = np.random.default_rng(0)
    few, many = draw.beta(1, 3, 300), draw.beta(1, 3, 30_000)
    real = np.mean(
        [calibration.distance(calibration.reliability(draw.binomial(1, few), few)) for _ in range(200)]
    )
    assert calibration.by_chance(few, 1) == pytest.approx(real, rel=0.1)
    assert calibration.by_chance(many, 1) < calibration.by_chance(few, 1) / 5


@pytest.mark.parametrize("k", [2, 3])
def test_rows_told_apart_without_a_mistake_make_nothing_certain(k):
    y = np.arange(60 * k) % k
    p = np.full((len(y), k), 0.1 / (k - 1))
    p[np.arange(len(y)), y] = 0.9
    scale, shift = calibration.learnt(y, p)
    mended = calibration.rescaled(p, scale, shift)
    assert mended[np.arange(len(y)), y] == pytest.approx(
        61 / (60 + k), abs=0.01
    )  # Platt's target, and no more


def test_probabilities_that_are_all_the_same_are_one_bin():
    y = np.array([0, 0, 0, 1] * 10)
    table = calibration.reliability(y, np.full(40, 0.3))
    assert table[["predicted", "observed", "rows"]].to_numpy().tolist() == [[pytest.approx(0.3), 0.25, 40]]
    assert calibration.distance(table) == pytest.approx(0.05)
    assert np.isfinite(calibration.by_chance(np.full(40, 0.3), 0))


def test_bins_that_ties_leave_empty_are_no_bins():
    p = np.repeat([0.05, 0.1, 0.9], [20, 30, 50])
    table = calibration.reliability((p > 0.5).astype(int), p)
    assert table["rows"].tolist() == [20, 30, 50]
    assert table["predicted"].tolist() == pytest.approx([0.05, 0.1, 0.9])


def test_calibration_and_brier_score_count_rows_by_their_weights():
    """Believable where rows weigh much, the other way round where they weigh little."""
    draw = np.random.default_rng(0)
    p, weight = draw.random(20_000), np.repeat([10.0, 0.001], 10_000)
    y = (draw.random(len(p)) < np.where(weight > 1, p, 1 - p)).astype(int)
    assert calibration.distance(calibration.reliability(y, p)) > 0.2
    assert calibration.distance(calibration.reliability(y, p, weight)) < 0.02
    assert calibration.brier(y, p, weight) == pytest.approx(
        calibration.brier(y[:10_000], p[:10_000]), abs=1e-3
    )
    few = weight * (np.arange(len(p)) % 100 == 0)
    assert calibration.by_chance(p, 0, weight=few) > 3 * calibration.by_chance(p, 0, weight=weight)


@pytest.mark.parametrize("how", ["auto", "always"])
def test_a_gain_that_was_not_measured_for_want_of_rows_is_not_called_zero(how):
    y, told, _ = drawn(3, 60, crooked=True)
    y[y == 2] = 1
    y[:4] = 2
    said = calibration.mended(Says(3), y, told, how, 0)[1]
    assert "too few to tell whether recalibration pays" in said
    assert "0 ± 0" not in said
