"""The time that a run may take, as it is typed: 90, 90s, 5m, 1h."""

from __future__ import annotations

import re

from helpers.errors import BadInput

LEAST, MOST = 10.0, 7 * 86_400.0
UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds_of(text: str) -> float:
    """Return a budget in seconds; BadInput when it cannot be read, or is too small or large to be kept.

    >>> [seconds_of(t) for t in ("90", "90s", "1.5m", "1h")]
    [90.0, 90.0, 90.0, 3600.0]
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh]?)", text.strip().lower())
    if not found:
        raise BadInput(f"--budget {text!r} must be a time such as 90, 90s, 5m or 1h")
    seconds = float(found[1]) * UNITS[found[2]]
    if not LEAST <= seconds <= MOST:
        raise BadInput(
            f"--budget {text} is {seconds:g} s; it must be 10 s at least and 7 days (168h) at most"
        )
    return seconds
