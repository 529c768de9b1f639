"""Several labels of a row as one text, "action|comedy": the form in which a set of labels is a column like others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

NONE, BETWEEN = "(none)", "|"  # a row without any label is no row without a target
FEW = 20  # rows of one set below which they are put together with others


def joined(held: np.ndarray, labels: Sequence[str]) -> np.ndarray:
    """Return the text (n,) of each row's labels, given which hold (n, labels).

    >>> joined(np.array([[1, 1], [0, 0]]), ["action", "comedy"]).tolist()
    ['action|comedy', '(none)']
    """
    names = np.asarray(labels, object)
    return np.array([BETWEEN.join(names[row]) or NONE for row in held.astype(bool)], object)


def held(texts: np.ndarray, labels: Sequence[str]) -> np.ndarray:
    """Return which labels hold in each row (n, labels), 0 or 1, given the texts (n,)."""
    sets, place = _distinct(texts)
    return np.array([[label in text.split(BETWEEN) for label in labels] for text in sets], np.int64)[place]


def names(texts: np.ndarray) -> list[str]:
    """Return the labels that texts (n,) hold, in the order of the alphabet."""
    return sorted({label for text in set(texts.tolist()) for label in str(text).split(BETWEEN)} - {NONE})


def strata(texts: np.ndarray, few: int = FEW) -> np.ndarray:
    """Return the group (n,) by which rows are to be dealt out, so that each part holds every label as often.

    That is the set of labels; of sets that few rows have, the rarest of their labels, as iterative stratification
    goes by it first (Sechidis et al. 2011); what is still smaller joins the largest group.
    """
    sets, place = _distinct(texts)
    labels, group, counts = names(sets), sets.copy(), np.bincount(place)
    has = held(sets, labels)
    rows_of = counts @ has
    for n in np.flatnonzero(counts < few):
        own = np.flatnonzero(has[n])
        group[n] = labels[own[rows_of[own].argmin()]] if len(own) else NONE
    groups, at = _distinct(group)
    sizes = np.bincount(at, weights=counts)
    groups[sizes < few] = groups[sizes.argmax()]
    return groups[at][place]


def _distinct(texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the different texts, sorted, and the place among them (n,) of each; as np.unique, without a copy."""
    sets = sorted(set(texts.tolist()))
    known = {text: n for n, text in enumerate(sets)}
    return np.array(sets, object), np.fromiter((known[t] for t in texts.tolist()), np.int64, len(texts))
