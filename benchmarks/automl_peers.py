"""Another package's search on one table, in an environment of its own: prints {"score", "seconds"}.

`python benchmarks/automl_peers.py PEER FOLDER TABLE SECONDS [SEED]`; automl.py calls it.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from automl_tables import Division, divided, index

Said = Callable[[Any], np.ndarray]


def autogluon(given: Division, seconds: float, folder: str, preset: str) -> Said:
    from autogluon.tabular import TabularPredictor

    measure = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "root_mean_squared_error"}
    predictor = TabularPredictor(
        given.target, problem_type=given.task, eval_metric=measure[given.task], path=folder, verbosity=0
    )
    predictor.fit(given.learn, time_limit=seconds, presets=preset, num_cpus=2)
    if given.task == "regression":
        return lambda x: predictor.predict(x).to_numpy()
    # It leaves rare classes out.
    return lambda x: predictor.predict_proba(x).reindex(columns=given.classes, fill_value=0.0).to_numpy()


def flaml(given: Division, seconds: float, folder: str) -> Said:
    from flaml import AutoML

    measure = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}
    x, y = given.learn.drop(columns=given.target), given.learn[given.target]
    task = "regression" if given.task == "regression" else "classification"
    model = AutoML()
    model.fit(x, y, task=task, metric=measure[given.task], time_budget=seconds, n_jobs=2, verbose=0, seed=0)
    if task == "regression":
        return model.predict
    order = [list(map(str, model.classes_)).index(c) for c in given.classes]
    return lambda x: model.predict_proba(x)[:, order]


def mljar(given: Division, seconds: float, folder: str) -> Said:
    from supervised.automl import AutoML

    measure = {"binary": "auc", "multiclass": "logloss", "regression": "rmse"}
    task = {"binary": "binary_classification", "multiclass": "multiclass_classification"}
    x, y = given.learn.drop(columns=given.target), given.learn[given.target]
    model = AutoML(
        folder, mode="Compete", ml_task=task.get(given.task, "regression"), eval_metric=measure[given.task],
        total_time_limit=int(seconds), n_jobs=2, verbose=0, random_state=0,
    )  # fmt: skip
    model.fit(x, y)
    if given.task == "regression":
        return model.predict
    return lambda x: model.predict_all(x)[[f"prediction_{c}" for c in given.classes]].to_numpy()


PEERS: dict[str, Callable[[Division, float, str], Said]] = {
    "AutoGluon best": lambda *given: autogluon(*given, "best_quality"),
    "AutoGluon medium": lambda *given: autogluon(*given, "medium_quality"),
    "FLAML": flaml,
    "mljar": mljar,
}


def main(peer: str, folder: str, name: str, seconds: str, seed: str = "0") -> None:
    listed = index(Path(folder))
    given = divided(listed[listed["name"] == name].iloc[0], int(seed))
    with tempfile.TemporaryDirectory() as place:
        begun = time.monotonic()
        said = PEERS[peer](given, float(seconds), f"{place}/model")
        taken = time.monotonic() - begun
        told = {"score": given.score(said(given.judge.drop(columns=given.target))), "seconds": taken}
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
