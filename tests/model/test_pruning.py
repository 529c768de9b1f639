"""A trial is left only when it can hardly become the best: planted gaps and planted noise."""

import numpy as np
import pytest

from helpers.model.pruning import hopeless


@pytest.fixture
def complete():
    """Ten trials over four folds: means from 0.80 to 0.82, folds that vary together, 0.002 of noise of their own."""
    draw = np.random.default_rng(0)
    folds = draw.normal(0, 0.02, 4)
    return [list(0.8 + 0.002 * n + folds + draw.normal(0, 0.002, 4)) for n in range(10)]


def test_a_trial_far_behind_on_the_same_folds_is_left_after_two(complete):
    best = max(complete, key=np.mean)
    assert hopeless([best[0] - 0.05, best[1] - 0.05], complete)


def test_one_fold_is_not_enough_and_the_last_fold_is_always_worth_it(complete):
    assert not hopeless([0.1], complete)
    assert not hopeless([0.1] * 4, complete)


def test_a_hard_fold_alone_is_no_reason(complete):
    best = np.array(max(complete, key=np.mean))
    hard = np.argsort(best)[:2]
    order = [*hard, *[n for n in range(4) if n not in hard]]
    turned = [list(np.array(s)[order]) for s in complete]
    assert not hopeless(list(best[order][:2]), turned)


def test_a_trial_that_would_have_become_the_best_is_almost_never_left():
    draw, better, wrong = np.random.default_rng(1), 0, 0
    for _ in range(1000):
        complete = [list(draw.normal(0.8, 0.01, 5)) for _ in range(6)]
        whole = list(draw.normal(0.804, 0.01, 5))
        if np.mean(whole) > max(np.mean(c) for c in complete):
            better += 1
            wrong += any(hopeless(whole[:k], complete) for k in range(1, 5))
    assert better > 100
    assert wrong <= 0.01 * better


def test_with_few_trials_or_without_any_spread_nothing_is_left(complete):
    assert not hopeless([0.0, 0.0], complete[:2])
    assert not hopeless([0.0, 0.0], [[0.8] * 4] * 5)
    assert not hopeless([0.0, 0.0], [[float("nan")] * 4] * 5)
