"""A small neural network: a multi-layer perceptron."""

from sklearn.compose import TransformedTargetRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

from helpers.model.families import CLASSES, NUMBERS, Family


def _space(trial):
    width = trial.suggest_int("width", 8, 128, log=True)
    layers = trial.suggest_int("layers", 1, 2)
    return {
        "hidden_layer_sizes": (width,) * layers,
        "alpha": trial.suggest_float("alpha", 1e-5, 1.0, log=True),
        "learning_rate_init": trial.suggest_float("learning_rate_init", 3e-4, 1e-2, log=True),
    }


STANDARD = {"hidden_layer_sizes": (32,), "max_iter": 60, "batch_size": 200}


def _classifier(seed, **given):
    return MLPClassifier(**STANDARD | {"random_state": seed} | given)


def _regressor(seed, **given):
    # The standard learning rate is meant for a target of about one standard deviation.
    return TransformedTargetRegressor(
        MLPRegressor(**STANDARD | {"random_state": seed} | given), transformer=StandardScaler()
    )


FAMILIES = [
    Family("neural network", tasks, make, _space, {"scale": "standard"}, 200_000)
    for tasks, make in ((CLASSES, _classifier), (NUMBERS, _regressor))
]
