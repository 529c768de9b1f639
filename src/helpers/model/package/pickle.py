"""The scikit-learn model as a pickle: the shortest way back into Python, and one that runs code when opened."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np

from helpers import repeatable_pickle
from helpers.model.package.formats import Format, Given
from helpers.model.scoring import predictions


def _write(given: Given, path: Path) -> None:
    path.write_bytes(repeatable_pickle.dumps(given.model))


def _score(path: Path, given: Given) -> np.ndarray:
    model = pickle.loads(path.read_bytes())  # written a moment ago, by this very process
    return predictions(model, given.x, given.problem).reshape(len(given.x), -1)


FORMAT = Format(
    "pickle",
    "model.pickle",
    "for your own scripts only: `pickle.load` runs whatever the file says, so open none that you did not write.",
    _write,
    _score,
)
