"""The errors that a person can answer: one line that says what is wrong, where, and what to do.

BadInput        data, a parameter, a config or a bundle is not what it must be    exit status 2
├─ MissingExtra a package that an optional part wants is not installed
└─ (raised as is everywhere else)
Failed          the input is right and a promise could not be kept               exit status 1
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable


class Answerable(Exception):
    """An error whose message is all that a person needs; notebooks show it without a traceback.

    The message is one line: line breaks in what a person gave (a column name, say) are shown escaped.
    """

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))

    def _render_traceback_(self) -> list[str]:
        """Is IPython's hook for the text shown below a failed cell."""
        return [f"{type(self).__name__}: {self}"]


class BadInput(Answerable):
    """What was given cannot be used; the message says what to change."""


class MissingExtra(BadInput):
    """An optional package is missing; the message names the line that installs it."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed; run: pip install -e '.[{extra}]'")
        self.package, self.extra = package, extra

    def __reduce__(self) -> tuple:
        return type(self), (self.package, self.extra)


class Failed(Answerable):
    """The input is right, and yet a promise could not be kept (a proof, a limit, a full disk)."""


def within(name: str, value: float, least: float, most: float = math.inf) -> None:
    """Raise BadInput unless a parameter (stage.name) lies between least and most, both included.

    >>> within("explore.later_share", 2, 0, 1)
    Traceback (most recent call last):
    helpers.errors.BadInput: explore.later_share must be between 0 and 1, not 2
    """
    if not least <= value <= most:
        span = f"{least:g} at least" if most == math.inf else f"between {least:g} and {most:g}"
        raise BadInput(f"{name} must be {span}, not {value:g}")


def one_line(text: str, limit: int = 600) -> str:
    r"""Return text on one line, long texts shortened in the middle.

    >>> one_line("a\nb")
    'a\\nb'
    >>> len(one_line("x" * 10_000))
    600
    """
    flat = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    if len(flat) <= limit:
        return flat
    head = (limit - 3) * 2 // 3
    return flat[:head] + "..." + flat[-(limit - 3 - head) :]


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ", did you mean 'x'?" for the known name nearest to name, else the empty string.

    >>> nearest("chrun", ["churn", "tenure"])
    ", did you mean 'churn'?"
    >>> nearest("zzz", ["churn"])
    ''
    """
    by_lower = {k.lower(): k for k in known}
    close = difflib.get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.6)
    return f", did you mean {by_lower[close[0]]!r}?" if close else ""
