"""Fit models that grow in rounds (boosting, forests) just as long as it helps, or as long as there is time."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np

from helpers.model.weights import at, fitted

Rows = tuple[Any, Any, Any]  # x (n, p), y (n,), weights (n,) or None
MOST_ROUNDS = 2000
LEAST_GAIN = (
    1e-5  # that counts, of the loss of a constant answer: what follows is noise, and makes models too sure
)
STEP = 10  # trees by which a forest grows between two looks at the clock


def fit_in_rounds(
    model: Any,
    x: np.ndarray,
    y: np.ndarray,
    judge_x: np.ndarray,
    judge_y: np.ndarray,
    seconds: float,
    rounds: int | None = None,
    weight: np.ndarray | None = None,
    judge_weight: np.ndarray | None = None,
) -> tuple[Any, int | None]:
    """Return the fitted model and its rounds; None for one that has none.

    Boosting stops when the judged rows no longer gain or the time is over, and keeps its best rounds; a forest
    stops at its number of trees or at the time. When rounds is given, it has just so many, and is then the same,
    byte by byte, as the one that stopped there. Rows count by their weights (n,), where they have any.
    """
    kind, name = _kind(model), rounds_name(model)
    if name is None:
        return fitted(model, x, y, weight), None
    if kind == "catboost" and "leaf_estimation_iterations" not in model.get_params():
        # The library's own choice for many rounds; for few it takes another, and the model would not be the same.
        two = hasattr(model, "predict_proba") and len(np.unique(y)) == 2
        model.set_params(leaf_estimation_iterations=10 if two else 1)
    known = np.isin(judge_y, y) if hasattr(model, "predict_proba") else np.ones(len(judge_y), bool)
    if rounds is None and known.any():
        end = time.monotonic() + max(0.05, seconds)
        judge = judge_x[known], judge_y[known], at(judge_weight, known)
        rounds = _STOPPED[kind](model, (x, y, weight), judge, end)
    else:
        rounds = rounds or int(model.get_params().get(name) or 100)
        fitted(model.set_params(**{name: rounds}), x, y, weight)
    return _SETTLED.get(kind, lambda fitted, _: fitted)(model, rounds), rounds


def rounds_name(model: Any) -> str | None:
    """Return the name of the parameter that holds the number of rounds; None when there is none to stop at."""
    return {"lightgbm": "n_estimators", "catboost": "iterations", "forest": "n_estimators"}.get(_kind(model))


def _kind(model: Any) -> str:
    names = {c.__name__: c.__module__.partition(".")[0] for c in type(model).__mro__}
    if "LGBMModel" in names:
        return "lightgbm"
    if "CatBoost" in names:
        return "catboost"
    return "forest" if "BaseForest" in names else ""


def patience(rate: float) -> int:
    """Return after how many rounds without gain boosting stops: more where the learning rate is small."""
    return int(np.clip(4 / rate, 20, 150))


def _lightgbm(model: Any, learn: Rows, judge: Rows, end: float) -> int:
    import lightgbm

    stop = lightgbm.early_stopping(
        patience(model.learning_rate), first_metric_only=True, verbose=False, min_delta=_least_gain(judge)
    )
    model.set_params(n_estimators=MOST_ROUNDS)
    weighed = None if judge[2] is None else [judge[2]]
    model.fit(
        *learn, eval_X=judge[0], eval_y=judge[1], eval_sample_weight=weighed, callbacks=[_Timed(stop, end)]
    )
    return max(1, model.best_iteration_ or model.n_estimators_)


def _least_gain(judge: Rows) -> float:
    """Return what counts as a gain: of the variance of numbers, or of the logarithm that classes are judged by."""
    y = np.asarray(judge[1])
    return LEAST_GAIN * (float(y.var()) if y.dtype.kind == "f" else 1.0)


def _lightgbm_settled(model: Any, rounds: int) -> Any:
    """Return the model with the trees that count, and without the traces of how it was stopped."""
    import lightgbm

    text = model.booster_.model_to_string(num_iteration=rounds)
    trees, _, rest = text.partition("\nparameters:\n")
    text = f"{trees}\nparameters:\n\nend of parameters{rest.partition('end of parameters')[2]}"
    model._Booster = lightgbm.Booster(model_str=text)
    model._best_score, model._evals_result, model._best_iteration = {}, {}, None
    return model.set_params(n_estimators=rounds)


class _Timed:
    """LightGBM's early stopping, which also stops when the time is over."""

    order, before_iteration = 30, False

    def __init__(self, stop: Any, end: float) -> None:
        self.stop, self.end = stop, end
        self.best, self.best_round = -np.inf, 0
        self.results: Any = None

    def __call__(self, env: Any) -> None:
        import lightgbm

        self.stop(env)
        _, _, value, greater = env.evaluation_result_list[0][:4]
        if (value if greater else -value) > self.best:
            self.best, self.best_round = (value if greater else -value), env.iteration
            self.results = env.evaluation_result_list
        if time.monotonic() > self.end:
            raise lightgbm.callback.EarlyStopException(self.best_round, self.results)


def _catboost(model: Any, learn: Rows, judge: Rows, end: float) -> int:
    from catboost import Pool

    x, y, weight = learn
    rate = model.get_params().get("learning_rate") or 0.05
    model.set_params(iterations=MOST_ROUNDS, od_type="Iter", od_wait=patience(rate), use_best_model=True)
    pool = Pool(judge[0], judge[1], weight=judge[2])
    model.fit(x, y, sample_weight=weight, eval_set=[pool], callbacks=[_Clock(end)])
    return int(model.tree_count_)


def _catboost_settled(model: Any, rounds: int) -> Any:
    """Return the model with its trees alone, and without the traces of how it was stopped."""
    stopping = ("od_type", "od_wait", "use_best_model")
    kept = {k: v for k, v in model.get_params().items() if k not in stopping}
    fresh = type(model)(**kept | {"iterations": rounds})
    fresh.load_model(blob=model._serialize_model())
    about = fresh.get_metadata()
    given = json.loads(about["params"])
    for part in (given["flat_params"], given["boosting_options"]):
        part["iterations"] = rounds
    for name in (*stopping, "callbacks"):
        given["flat_params"].pop(name, None)
    given["boosting_options"]["od_config"] = {"type": "None", "wait_iterations": 20, "stop_pvalue": 0}
    given["cat_feature_params"]["max_ctr_complexity"] = 1
    about["params"] = json.dumps(given, sort_keys=True)
    about["train_finish_time"] = about["model_guid"] = ""
    about["training"] = about["output_options"] = "{}"
    fresh._n_features_in = model._n_features_in
    return fresh


class _Clock:
    def __init__(self, end: float) -> None:
        self.end = end

    def after_iteration(self, _info: Any) -> bool:
        return time.monotonic() < self.end


def _forest(model: Any, learn: Rows, _judge: Rows, end: float) -> int:
    wanted = model.n_estimators
    model.set_params(warm_start=True, n_estimators=0)
    while model.n_estimators < wanted and (model.n_estimators == 0 or time.monotonic() < end):
        model.set_params(n_estimators=min(wanted, model.n_estimators + STEP))
        model.fit(*learn)
    model.set_params(warm_start=False)
    return int(model.n_estimators)


_STOPPED = {"lightgbm": _lightgbm, "catboost": _catboost, "forest": _forest}
_SETTLED = {"lightgbm": _lightgbm_settled, "catboost": _catboost_settled}
