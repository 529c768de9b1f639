"""Values as text for people; `md` makes text that comes from data safe in a notebook's Markdown."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from helpers.errors import one_line

# An entity is text to every Markdown reader; a backslash is not: Jupyter reads "\\(" as a formula.
_ENTITIES = {ord(c): f"&#{ord(c)};" for c in "\\`*_{}[]()<>#+-.!|~$^:=@&\"'"}
_UNITS = ("B", "kB", "MB", "GB", "TB")
NOTHING = "–"


def md(value: object, limit: int = 120) -> str:
    r"""Return a value that may come from data as harmless Markdown and HTML text on one line.

    >>> md("<b>")
    '&#60;b&#62;'
    >>> md("a_b\n")
    'a&#95;b&#92;n'
    """
    flat = one_line(str(value), limit)
    lead = len(flat) - len(flat.lstrip(" "))  # four spaces at the start of a line would be a code block
    return "&#32;" * lead + flat[lead:].translate(_ENTITIES)


def code(value: object, limit: int = 120) -> str:
    r"""Return a value that may come from data as a Markdown code span on one line.

    >>> code("roc_auc"), code("a`b")
    ('`roc_auc`', '`` a`b ``')
    """
    flat = one_line(str(value), limit).strip() or " "
    if "`" not in flat:
        return f"`{flat}`"
    fence = "`" * (1 + max(len(run) for run in re.findall("`+", flat)))
    return f"{fence} {flat} {fence}"


def number(x: Any, digits: int = 3) -> str:
    """Return a number to `digits` significant digits, whole parts in full; a missing one is a dash.

    >>> number(0.84612), number(7043), number(1234.56), number(1.0), number(0.00001234), number(None)
    ('0.846', '7,043', '1,235', '1', '1.23e-05', '–')
    """
    if x is None or isinstance(x, str):
        return NOTHING if x is None else x
    if isinstance(x, bool):
        return str(x)
    if isinstance(x, int):
        return f"{x:,}"
    x = float(x)
    if not math.isfinite(x):
        return NOTHING if math.isnan(x) else ("∞" if x > 0 else "−∞")
    if x.is_integer() and abs(x) < 1e15:
        return f"{int(x):,}"
    exponent = math.floor(math.log10(abs(x)))
    if exponent < -4 or exponent > 14:
        return f"{x:.{digits - 1}e}"
    return f"{x:,.{max(0, digits - 1 - exponent)}f}"


def share(x: float | None) -> str:
    """Return a fraction of one as a percentage; only all are 100 %.

    >>> share(0.26537), share(0.05), share(0.0004), share(0.99999), share(1.0), share(None)
    ('26.5 %', '5 %', '0.04 %', '99.999 %', '100 %', '–')
    """
    if x is None or math.isnan(x):
        return NOTHING
    percent = 100 * float(x)
    text = f"{percent:.1f}" if abs(percent) >= 1 else f"{percent:.2g}"
    if text == "100.0" and 100 - percent > 1e-9:
        text = f"{100 - float(f'{100 - percent:.1g}'):.12g}"
    return f"{text.removesuffix('.0')} %"


def count(n: int, noun: str, plural: str | None = None) -> str:
    """Return a number of things with the right form of their noun.

    >>> count(1, "row"), count(7043, "row"), count(2, "class", "classes")
    ('1 row', '7,043 rows', '2 classes')
    """
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def duration(seconds: float | None) -> str:
    """Return a time span in the units that a person would use.

    >>> duration(0.034), duration(4.25), duration(59.97), duration(93), duration(3720), duration(None)
    ('0.03 s', '4.2 s', '1 min 0 s', '1 min 33 s', '1 h 02 min', '–')
    """
    if seconds is None:
        return NOTHING
    if seconds < 59.95:
        return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def size(n: float | None) -> str:
    """Return a number of bytes in decimal units.

    >>> size(740), size(15_300), size(2_500_000), size(None)
    ('740 B', '15.3 kB', '2.5 MB', '–')
    """
    if n is None:
        return NOTHING
    unit = 0
    while n >= 999.95 and unit < len(_UNITS) - 1:
        n, unit = n / 1000, unit + 1
    return f"{n:,.{1 if unit else 0}f} {_UNITS[unit]}"


def listed(values: list[str], last: str = "and", most: int = 6) -> str:
    """Return names as an escaped enumeration, long ones cut.

    >>> listed(["a", "b", "c"]), listed(["a", "b", "c"], most=2)
    ('a, b and c', 'a, b and 1 more')
    """
    shown = [md(v) for v in values[:most]]
    if len(values) > most:
        return f"{', '.join(shown)} and {len(values) - most:,} more"
    return f"{', '.join(shown[:-1])} {last} {shown[-1]}" if len(shown) > 1 else "".join(shown)


def names(values: Sequence[str], file: str, most: int = 100) -> str:
    """Return names of columns for a cell of a table; of very wide tables the first, and the file that has them all.

    >>> names(["a", "b", "c"], "x.csv"), names(["a", "b", "c"], "x.csv", most=2)
    ('a, b, c', 'a, b and 1 more (x.csv has them all)')
    """
    left = len(values) - most
    return ", ".join(values[:most]) + (f" and {left:,} more ({file} has them all)" if left > 0 else "")


def cut(n: int, most: int, file: str) -> str:
    """Return what to say below the first `most` of n rows; nothing where that is all of them.

    >>> cut(250, 100, "x.csv"), cut(100, 100, "x.csv")
    ('The first 100 of 250; all are in x.csv, among the files of the report.', '')
    """
    return (
        f"The first {most:,} of {n:,}; all are in {file}, among the files of the report." if n > most else ""
    )


def short(text: object, most: int = 26) -> str:
    r"""Return text on one line, cut to so many characters, for the axes of a picture.

    >>> short("a\nb"), short("abcdef", 4)
    ('a b', 'abc…')
    """
    flat = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"
