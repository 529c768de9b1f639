"""Transformers of our own for the pipeline; each has an exact graph in package/onnx_features."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin, clone


class SignedLog(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """The logarithm of one plus the size of a number, with the number's sign: tames long tails on both sides."""

    def fit(self, x: Any, y: Any = None) -> SignedLog:
        """Learn nothing but the number of columns."""
        self.n_features_in_ = np.shape(x)[1]
        return self

    def transform(self, x: Any) -> np.ndarray:
        """Return sign(x) log(1 + |x|)."""
        x = np.asarray(x, float)
        return np.sign(x) * np.log(1.0 + np.abs(x))


class SignedRoot(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """The square root of the size of a number, with the number's sign: milder than the logarithm, for counts."""

    def fit(self, x: Any, y: Any = None) -> SignedRoot:
        """Learn nothing but the number of columns."""
        self.n_features_in_ = np.shape(x)[1]
        return self

    def transform(self, x: Any) -> np.ndarray:
        """Return sign(x) √|x|."""
        x = np.asarray(x, float)
        return np.sign(x) * np.sqrt(np.abs(x))


class Products(TransformerMixin, BaseEstimator):
    """The columns, their squares when asked for, and the products of every two of them when asked for."""

    def __init__(self, squares: bool = True, pairs: bool = True) -> None:
        self.squares, self.pairs = squares, pairs

    def fit(self, x: Any, y: Any = None) -> Products:
        """Learn which columns are multiplied."""
        self.n_features_in_ = np.shape(x)[1]
        columns = range(self.n_features_in_)
        both = [(n, n) for n in columns] if self.squares else []
        both += list(combinations(columns, 2)) if self.pairs else []
        self.left_ = np.array([a for a, _ in both], int)
        self.right_ = np.array([b for _, b in both], int)
        return self

    def transform(self, x: Any) -> np.ndarray:
        """Return (n, p + products)."""
        x = np.asarray(x, float)
        return np.hstack([x, x[:, self.left_] * x[:, self.right_]])


class Words(TransformerMixin, BaseEstimator):
    """How telling each frequent word of a text is for it: TF-IDF (Salton and Buckley 1988), of length one.

    Words stand between single spaces and are taken as they are: tidy the text in the recipe. most is the number of
    words a column, least the number of texts that must hold a word.
    """

    def __init__(self, most: int = 200, least: int = 5) -> None:
        self.most, self.least = most, least

    def fit(self, x: Any, y: Any = None) -> Words:
        """Learn for each column its words, most frequent first, and how rare each is."""
        table = np.asarray(x, object)
        self.n_features_in_ = table.shape[1]
        self.words_, self.weights_ = [], []
        for texts in table.T:
            held = Counter(word for text in texts for word in set(text.split(" ")) if word)
            usual = sorted((-count, word) for word, count in held.items() if count >= self.least)[: self.most]
            usual = usual or [(0, " ")]  # no word holds a space: one column of zeros
            counts = np.array([-count for count, _ in usual], float)
            self.words_.append([word for _, word in usual])
            self.weights_.append(np.log((1.0 + len(texts)) / (1.0 + counts)) + 1.0)
        return self

    def transform(self, x: Any) -> np.ndarray:
        """Return (n, words of all columns); zeros for a text without a known word."""
        parts = [
            self._weighed(texts, words, weights)
            for texts, words, weights in zip(np.asarray(x, object).T, self.words_, self.weights_, strict=True)
        ]
        return np.hstack(parts)

    @staticmethod
    def _weighed(texts: np.ndarray, words: list[str], weights: np.ndarray) -> np.ndarray:
        place = {word: n for n, word in enumerate(words)}
        made = np.zeros((len(texts), len(words)))
        for row, text in enumerate(texts):
            for word in text.split(" "):
                if word in place:
                    made[row, place[word]] += 1.0
        made *= weights
        length = np.sqrt((made**2).sum(axis=1, keepdims=True))
        return made / np.where(length > 0, length, 1.0)


class ByLabel(TransformerMixin, BaseEstimator):
    """An encoder that looks at the target, fitted to each of several labels; what they give stands side by side.

    encoder  what is fitted to the rows and one label (n,)
    """

    def __init__(self, encoder: Any) -> None:
        self.encoder = encoder

    def fit(self, x: Any, y: np.ndarray) -> ByLabel:
        """Fit an encoder a label, y being (n, labels)."""
        self.fit_transform(x, y)
        return self

    def fit_transform(self, x: Any, y: np.ndarray) -> np.ndarray:  # type: ignore[override]
        """Return (n, labels times p), each row encoded by what other rows taught, as the encoder does it."""
        self.encoders_ = [clone(self.encoder) for _ in y.T]
        return np.hstack([e.fit_transform(x, label) for e, label in zip(self.encoders_, y.T, strict=True)])

    def transform(self, x: Any) -> np.ndarray:
        """Return (n, labels times p)."""
        return np.hstack([encoder.transform(x) for encoder in self.encoders_])
