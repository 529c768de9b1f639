"""The hyperparameter that decides about the score is found, and drawn first."""

import matplotlib.pyplot as plt
import numpy as np
import optuna
import pytest

from helpers.model import hyperparameters
from helpers.model.trial import Ground
from helpers.model.tune import Tuned
from helpers.report.pictures_of_search import slices


@pytest.fixture
def planted(tmp_path):
    """A search whose scores follow one hyperparameter of the second family, of so many trials."""

    def tuned(trials):
        study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=0))
        draw = np.random.default_rng(0)
        for n in range(trials):
            trial = study.ask()
            family = trial.suggest_categorical("family", ["a", "b"]) if n else "a"
            if n:
                rate = trial.suggest_float(f"{family}: rate", 1e-3, 1.0, log=True)
                trial.suggest_int(f"{family}: leaves", 2, 64)
                trial.suggest_categorical(f"{family}: scale", ["none", "standard"])
            trial.set_user_attr("family", family)
            study.tell(trial, float(-(np.log10(rate) ** 2) if n else -9.0) + draw.normal(0, 0.01))
        return Tuned(study, Ground({}, None, None, []), tmp_path)

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return tuned


def test_the_planted_one_explains_nearly_all(planted):
    found = hyperparameters.explored(planted(40))
    assert found.importance.index[0] == "rate"
    assert found.importance["rate"] > 0.7
    assert found.importance.sum() == pytest.approx(1)
    assert set(found.trials.columns) == {"score", "rate", "leaves", "scale"}
    slices(found.trials, found.importance, "roc_auc")
    shown = [axis for axis in plt.gcf().axes if axis.get_visible()]
    assert len(shown) == 3
    assert shown[0].get_xscale() == "log"
    plt.close("all")


def test_few_trials_tell_nothing(planted):
    assert hyperparameters.explored(planted(8)) is None
    assert hyperparameters.explored(None) is None
