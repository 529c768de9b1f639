"""The exported model on disk: all that scoring needs, and proof that nothing in it was changed.

    model.onnx       the model, inputs x0, x1 … in double precision or text
    signature.json   what goes in and what comes out: columns, kinds, classes, threshold(s), costs or shift, intervals
    recipe.json      the fitted recipe, from raw columns to model input
    model_card.md    what it is, where it comes from, how good it is
    sample.json      a few raw rows and what the model says of them
    hashes.json      SHA-256 of each of the others

Reading one needs NumPy and ONNX Runtime (1.26 or later), nothing else; nothing in it is ever executed or unpickled.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from helpers.errors import BadInput
from helpers.labels import joined
from helpers.problem import COUNTS
from helpers.recipe import FittedRecipe, load
from helpers.recipe.columns import Columns, coerce
from helpers.recipe.personal.guard import guard

VERSION = 1
OF_SETS = (1, 26)  # version of ONNX Runtime that reads sets of levels well
AT_ONCE = 2048  # rows that the runtime scores in one call: what it holds in between stays small
FILES = ("model.onnx", "signature.json", "recipe.json", "model_card.md", "sample.json")


def write_bundle(
    folder: Path,
    model: bytes,
    signature: Mapping[str, Any],
    recipe: Mapping[str, Any],
    card: str,
    sample: Mapping[str, Any],
) -> None:
    """Write the files of a bundle and their hashes into a folder that is empty or new."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {"signature.json": signature, "recipe.json": recipe, "sample.json": sample}
    contents = {name: _json(record).encode() for name, record in texts.items()}
    contents |= {"model.onnx": model, "model_card.md": card.encode()}
    hashes = {name: hashlib.sha256(contents[name]).hexdigest() for name in FILES}
    for name, content in (contents | {"hashes.json": _json(hashes).encode()}).items():
        (folder / name).write_bytes(content)


class Bundle:
    """An opened bundle.

    signature  name, task, target, classes, positive, threshold(s), costs, shift, inputs [{"name", "kind"}],
               identifiers, intervals {"kind", "level", "quantile"} …
    recipe     from raw columns to model input

    own is the folder below which files of own steps are run, as where the model was made; elsewhere none are.
    """

    def __init__(self, folder: Path, threads: int = 1, own: Path | None = None) -> None:
        self.folder = folder
        contents = _checked(folder)
        self.signature: dict[str, Any] = json.loads(contents["signature.json"])
        if self.signature.get("version") != VERSION:
            found = self.signature.get("version")
            raise BadInput(f"the bundle {folder} has version {found!r}; this program reads version {VERSION}")
        self.recipe: FittedRecipe = load(json.loads(contents["recipe.json"]), own)
        self._session = _session(contents["model.onnx"], threads)
        wanted = {v.name for v in self._session.get_inputs()}
        self._inputs = [(f"x{n}", o["name"]) for n, o in enumerate(self.recipe.outputs) if f"x{n}" in wanted]

    @property
    def outputs(self) -> list[str]:
        """The names of the columns that `predict` gives, in order."""
        unshifted = ["unshifted"] if self.signature.get("shift") else []
        return ["prediction", *unshifted, *(f"probability_{c}" for c in self.signature["classes"])]

    def sample(self) -> dict[str, Any]:
        """Return {"rows": raw columns, "predictions": columns} of a few rows."""
        return json.loads((self.folder / "sample.json").read_text(encoding="utf-8"))

    def predict(self, columns: Mapping[str, Sequence[Any]], intervals: bool = False) -> Columns:
        """Return `prediction` (n,) and, for classes or labels, `probability_<class>` (n,) of raw columns (n,) each.

        With intervals also what `sure` gives. Columns that the model does not use are ignored. BadInput names a
        column that lacks, or the value and the row that cannot be read.
        """
        return self.answered(self.raw(columns), intervals)

    def raw(self, columns: Mapping[str, Sequence[Any]]) -> Columns:
        """Return the raw columns (n,) that the recipe needs in canonical form; BadInput as in `predict`."""
        return coerce(columns, self.recipe.inputs, self.recipe.hint)

    def answered(self, raw: Columns, intervals: bool = False) -> Columns:
        """Return what `predict` does, of what `raw` gave."""
        scores = self.score(self.recipe.apply(raw), len(next(iter(raw.values()), [])))
        return self.answers(scores) | (self.sure(scores) if intervals else {})

    def carried(self, columns: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
        """Return the identifiers among raw columns, those that are personal covered or hashed as in training."""
        names = self.signature["identifiers"]
        treat = guard(self.signature.get("personal", []), [n for n in names if n in columns])
        treated = treat.apply(coerce(columns, treat.inputs)) if treat.inputs else {}
        return {n: treated[n] if n in treated else columns[n] for n in names if n in columns}

    def score(self, inputs: Columns, rows: int) -> np.ndarray:
        """Return probabilities (n, k) or numbers (n, 1) of model input, the recipe's output."""
        if rows == 0:
            return np.zeros((0, max(1, len(self.signature["classes"]))))
        feed = {x: inputs[name][:, None] for x, name in self._inputs}
        parts = [
            self._session.run(None, {x: values[n : n + AT_ONCE] for x, values in feed.items()})[0]
            for n in range(0, rows, AT_ONCE)
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def answers(self, scores: np.ndarray) -> Columns:
        """Return scores as columns: the class that `decided` names, and every probability; or the number.

        Of several labels, those that reach their thresholds, as "action|comedy", or "(none)". Where too much and too
        little cost differently, the number is `shifted`, and `unshifted` (n,) what the model expects.
        """
        classes, shift = self.signature["classes"], self.signature.get("shift")
        if not classes and shift:
            moved = shifted(scores[:, 0], shift, self.signature["measure"])
            return {"prediction": moved, "unshifted": scores[:, 0]}
        if not classes:
            return {"prediction": scores[:, 0]}
        probabilities = {f"probability_{c}": scores[:, n] for n, c in enumerate(classes)}
        if self.signature["task"] == "multilabel":
            return {"prediction": joined(scores >= self.signature["thresholds"], classes)} | probabilities
        names = np.array(classes, object)
        chosen = decided(scores, self.signature["threshold"], self.signature.get("costs"))
        return {"prediction": names[chosen]} | probabilities

    def sure(self, scores: np.ndarray) -> Columns:
        """Return what holds the truth of so many rows as `promise` says: `low` and `high` (n,) around a number.

        Of classes it is `classes` (n,), those that are probable enough, as "red|blue", or "(none)".
        """
        quantile, classes = self.promise["quantile"], self.signature["classes"]
        if classes:
            return {"classes": joined(1 - scores <= quantile, classes)}
        return {"low": scores[:, 0] - quantile, "high": scores[:, 0] + quantile}

    @property
    def promise(self) -> dict[str, Any]:
        """{"kind", "level", "quantile"} of the intervals or sets of classes; BadInput where the bundle has none."""
        if "intervals" not in self.signature:
            raise BadInput("the bundle was packaged without intervals; export the model again")
        if self.signature["intervals"] is None:
            why = "it predicts several labels"
            if self.signature["task"] != "multilabel":
                why = "the rows that judged it were too few for the level in evaluate.coverage"
            raise BadInput(f"the bundle promises no intervals: {why}")
        return self.signature["intervals"]


def decided(probabilities: np.ndarray, threshold: float | None, costs: Any) -> np.ndarray:
    """Return the class (n,) that is named, as a position, given probabilities (n, k).

    The one of least expected cost where costs (true, predicted) are given, not None (Elkan 2001), the first of those
    that are equally cheap; of two classes the second from the threshold on; else the most probable one.

    >>> decided(np.array([[0.6, 0.3, 0.1]]), None, [[0, 1, 1], [9, 0, 1], [1, 1, 0]])
    array([1])
    """
    if costs is not None:
        return (probabilities @ np.asarray(costs, float)).argmin(axis=1)
    if probabilities.shape[1] == 2 and threshold is not None:
        return (probabilities[:, 1] >= threshold).astype(int)
    return probabilities.argmax(axis=1)


def shifted(numbers: np.ndarray, shift: float, measure: str) -> np.ndarray:
    """Return the numbers (n,) that are named: what the model expects and the shift of least cost; counts from 0 on.

    >>> shifted(np.array([0.5, 2.0]), -1.0, "neg_mean_poisson_deviance")
    array([0., 1.])
    """
    return np.maximum(numbers + shift, 0.0) if measure == COUNTS else numbers + shift


def _checked(folder: Path) -> dict[str, bytes]:
    """Return the contents of the files, after comparing them with their hashes."""
    try:
        hashes = json.loads((folder / "hashes.json").read_text(encoding="utf-8"))
        contents = {name: (folder / name).read_bytes() for name in FILES}
    except FileNotFoundError as error:
        raise BadInput(f"{folder} is no bundle: {Path(error.filename).name} is missing") from None
    except (ValueError, OSError) as error:
        raise BadInput(f"{folder} is no bundle that can be read: {error}") from None
    for name, content in contents.items():
        if not isinstance(hashes, dict) or hashlib.sha256(content).hexdigest() != hashes.get(name):
            raise BadInput(
                f"{name} of the bundle {folder} was changed since it was packaged; export it again"
            )
    return contents


def _session(model: bytes, threads: int) -> Any:
    import onnxruntime

    version = tuple(int(part) for part in onnxruntime.__version__.split(".")[:2])
    if version < OF_SETS and b"membership_values" in model:  # an older one unrolls sets without end
        raise BadInput(
            f"the model splits sets of levels, for which ONNX Runtime {onnxruntime.__version__} is too old; "
            f"pip install 'onnxruntime>={OF_SETS[0]}.{OF_SETS[1]}'"
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _json(record: Any) -> str:
    return json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
