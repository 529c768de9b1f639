"""Pickles that are the same, byte by byte, for equal objects, whatever process makes them.

Equal texts may be one object or several, as chance and the interpreter have it, and a pickle usually tells which.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

_Python: Any = pickle._Pickler  # type: ignore[attr-defined]  # the one in Python, whose treatment of texts can be changed


class _Pickler(_Python):
    """Writes every text once, and refers to it wherever an equal one comes again."""

    dispatch = _Python.dispatch.copy()

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, protocol=4)  # with 5, it stumbles over two empty arrays
        self._texts: dict[str, str] = {}

    def save_text(self, text: str) -> None:
        first = self._texts.setdefault(text, text)
        known = self.memo.get(id(first))
        if known is None:
            self.save_str(first)
        else:
            self.write(self.get(known[0]))

    dispatch[str] = save_text


def dumps(value: Any) -> bytes:
    """Return an object as a pickle, which `pickle.loads` reads."""
    file = io.BytesIO()
    _Pickler(file).dump(value)
    return file.getvalue()
