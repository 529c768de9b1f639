"""Values that are to leave a table, found again in its texts and in other columns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

from helpers.recipe.columns import MISSING
from helpers.recipe.personal.text import covered

_AROUND = " \t\r\n.,;:!?()[]{}<>\"'“”„«»*_-/|"
SHORTEST, LONGEST = 4, 12  # characters of a value, words of a value


@dataclass
class Known:
    """Values as sequences of words in lower case, and the greatest number of words in one."""

    phrases: set[str] = field(default_factory=set)
    words: int = 0

    def add(self, values: Iterable[object], names: bool = False) -> None:
        """Add values; of names, each word of three letters or more too."""
        for value in values:
            parts = [p for p in (w.strip(_AROUND) for w in _written(value).lower().split()) if p]
            phrase = " ".join(parts)
            if len(phrase) >= SHORTEST and phrase not in MISSING and len(parts) <= LONGEST:
                self.phrases.add(phrase)
                self.words = max(self.words, len(parts))
            if names:
                self.phrases.update(p for p in parts if len(p) >= 3 and p.isalpha())
                self.words = max(self.words, 1)

    def covered(self, text: str) -> str:
        """Return the text with every known value replaced, the longest first: by its kind where it tells one itself.

        >>> known = Known(); known.add(["Jane Doe"]); known.covered("It was Jane  Doe, again.")
        'It was [name], again.'
        """
        if not self.words:
            return text
        pieces = _words(text)
        plain = [text[a:b].lower() for a, b in pieces]
        parts, done, at = [], 0, 0
        while at < len(pieces):
            count = self._longest(plain, at)
            if count:
                begin, end = pieces[at][0], pieces[at + count - 1][1]
                parts += [text[done:begin], _kind(text[begin:end])]
                done = end
            at += count or 1
        return "".join([*parts, text[done:]])

    def standing(self, frame: pd.DataFrame) -> dict[str, int]:
        """Return the columns of a frame in which known values stand, with how many of their values."""
        found = {}
        for name in frame.columns if self.words else ():
            texts = [_written(v) for v in pd.unique(frame[name].dropna())]
            count = sum(self.covered(text) != text for text in texts)
            if count:
                found[str(name)] = count
        return found

    def _longest(self, plain: list[str], at: int) -> int:
        for count in range(min(self.words, len(plain) - at), 0, -1):
            if " ".join(plain[at : at + count]) in self.phrases:
                return count
        return 0


def _written(value: object) -> str:
    """Return a value as people write it: a column of whole numbers with missing ones holds floats."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _kind(value: str) -> str:
    """Return the word that covers a value: what will cover it in new data, where that has no list of values."""
    by = covered(value)
    return by if re.fullmatch(r"\[[a-z ]+\]", by) else "[removed]"


def _words(text: str) -> list[tuple[int, int]]:
    """Return where the words of a text begin and end, without the marks around them."""
    found, at = [], 0
    for word in text.split():
        start = text.index(word, at)
        at = start + len(word)
        bare = word.strip(_AROUND)
        if bare:
            begin = start + word.index(bare)
            found.append((begin, begin + len(bare)))
    return found
