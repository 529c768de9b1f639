"""Find personal values inside free text, and cover them.

Covering prefers too much to too little: any long number and any full date is covered too. What only a name list
could tell, a name that is common nowhere and stands without title, is missed; drop the text where that matters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from helpers.recipe.personal.names import (
    AMBIGUOUS,
    PARTICLES,
    PLACE_WORDS,
    TITLES,
    is_given,
    is_surname,
    plain,
)
from helpers.recipe.personal.numbers import digits, is_card, is_iban, is_ip
from helpers.recipe.personal.streets import POST_BOX, STREETS


class Span(NamedTuple):
    """A personal value in a text: characters from start up to end, its kind, and whether it is beyond doubt."""

    start: int
    end: int
    kind: str
    sure: bool


MAIL = re.compile(r"[\w.+%'’\-]+@[\w\-]+(?:\.[\w\-]+)+")
_IP = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.%\w]*)(?![\w:])"
)
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:[ \-]?[A-Z0-9]){11,30}(?!\w)")
_CARD = re.compile(r"(?<![\w.])\d(?:[ \-]?\d){12,18}(?![\w])")
_MONTH = (
    r"(?:jan|feb|fév|mar|mär|apr|avr|abr|may|mai|mag|jun|jui|giu|jul|lug|aug|aoû|ago|sep|set|oct|okt|ott|nov|dec|dez|déc|dic"
    r"|sty|lut|kwi|maj|cze|lip|sie|wrz|paź|lis|gru|ene|gen)\w*\.?"
)
_DATE = re.compile(
    r"(?<!\w)(?:\d{4}[\-/.]\d{1,2}[\-/.]\d{1,2}(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?"
    r"|\d{1,2}[\-/.]\d{1,2}[\-/.](?:\d{4}|\d{2})"
    rf"|\d{{1,2}}\.?(?:st|nd|rd|th|er|º)?\s(?:de\s|of\s)?{_MONTH}(?:\sde)?,?\s\d{{4}}"
    rf"|{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?,?\s\d{{4}})(?!\w)",
    re.I,
)
# Of the US, the UK, Spain, Italy, Brazil, Nordic countries and Czechia, France, Mexico; others are long numbers.
_NATIONAL = re.compile(
    r"(?<![\w\-])(?:\d{3}-\d{2}-\d{4}|[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]|[XYZ]?-?\d{7,8}-?[A-Z]"
    r"|[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]|\d{3}\.\d{3}\.\d{3}-\d{2}|\d{6}[\-+A/]\d{3,4}[A-Z]?"
    r"|[12] ?\d{2} ?[01]\d ?\d[\dAB] ?\d{3} ?\d{3}(?: ?\d{2})?"
    r"|[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z\d]\d)(?![\w\-])"
)
_PHONE = re.compile(r"(?<![\w.,])(?:\+|00)?\(?\d[\d()\s.\-/]{5,20}\d(?:\s?(?:x|ext\.?|#)\s?\d{1,6})?(?![\w])")
_NUMBER = re.compile(r"(?<![\w.,])\d(?:[ .\-/]?\d){7,}(?![\w])")
_POSTAL = re.compile(
    r"(?<!\w)(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d"
    r"|\d{4} ?[A-Z]{2}|\d{5}-\d{3,4}|\d{2}-\d{3}|\d{4}-\d{3})(?!\w)"
)
_WORD = re.compile(r"[^\W\d_](?:[\w'’\-]|\.(?=\w))*")


def spans(text: str) -> list[Span]:
    """Return the personal values of a text in order, none overlapping; the kind that is told first wins."""
    found: list[Span] = []
    for one in _candidates(text):
        free = _uncovered(one, found)
        if free.end - free.start >= min(3, one.end - one.start):
            found.append(free if free == one else free._replace(sure=False))
    return sorted(found)


def covered(text: str) -> str:
    """Return the text with each personal value replaced by its kind in brackets; covering it again changes nothing.

    >>> covered("Ask Jane Doe, jane@example.org or (212) 555-0187.")
    'Ask [name], [mail] or [phone].'
    """
    parts, at = [], 0
    for span in spans(text):
        parts += [text[at : span.start], f"[{span.kind}]"]
        at = span.end
    return "".join([*parts, text[at:]])


def _uncovered(one: Span, found: list[Span]) -> Span:
    """Return the part of a span that lies before or after all that was found already; empty when none does."""
    start, end = one.start, one.end
    for other in found:
        if other.start < end and start < other.end:
            start, end = (start, other.start) if start < other.start else (other.end, max(end, other.end))
    return one._replace(start=start, end=end)


def _candidates(text: str) -> Iterator[Span]:
    if "@" in text:
        yield from _each(MAIL, text, "mail")
    if any(c.isdigit() for c in text) or ":" in text:
        yield from _numbers(text)
    yield from _people(text)


def _numbers(text: str) -> Iterator[Span]:
    yield from (s for s in _each(_IP, text, "ip") if is_ip(text[s.start : s.end]))
    yield from _accounts(text)
    yield from (s for s in _each(_CARD, text, "card") if is_card(text[s.start : s.end]))
    yield from _each(_NATIONAL, text, "id")
    yield from _each(_DATE, text, "date", sure=False)
    for street in STREETS:
        yield from _each(street, text, "address")
    yield from _each(POST_BOX, text, "address")
    yield from _phones(text)
    yield from _each(_POSTAL, text, "postal code", sure=False)
    yield from _each(_NUMBER, text, "number", sure=False)


def _accounts(text: str) -> Iterator[Span]:
    for match in _IBAN.finditer(text):
        words = match[0].split(" ")
        for count in range(len(words), 0, -1):  # words that follow in capitals are no part of it
            number = " ".join(words[:count])
            if is_iban(number):
                yield Span(match.start(), match.start() + len(number), "iban", True)
                break


def _phones(text: str) -> Iterator[Span]:
    for match in _PHONE.finditer(text):
        number = digits(match[0].partition("x")[0])
        if 7 <= len(number) <= 15:
            yield Span(*match.span(), "phone", is_written_as_phone(match[0]))


def is_written_as_phone(text: str) -> bool:
    """Whether a number is written as only telephone numbers are: an international or trunk prefix, or groups."""
    number = digits(text)
    if re.match(r"\+|00|\(", text):
        return len(number) >= 8
    grouped = re.match(r"(?:1[-. ])?\d{3}[-. ]\d{3}[-. ]\d{4}\b", text)
    return bool(grouped) or (text.startswith("0") and 9 <= len(number) <= 12)


def _people(text: str) -> Iterator[Span]:
    words = list(_WORD.finditer(text))
    at = 0
    while at < len(words):
        last = _name_from(text, words, at)
        if last is None:
            at += 1
            continue
        yield Span(words[at].start(), words[last].end(), "name", _surely(words, at, last))
        at = last + 1


def _surely(words: list[re.Match], at: int, last: int) -> bool:
    """Whether words are a name beyond doubt: a title, or two names that are common, and no place's."""
    first, rest = words[at][0], [w[0] for w in words[at + 1 : last + 1]]
    if at and plain(words[at - 1][0]) in PLACE_WORDS:
        return False
    if first.lower() in TITLES:
        return bool(rest)
    return (
        is_given(first) and plain(first) not in AMBIGUOUS and any(is_given(w) or is_surname(w) for w in rest)
    )


def _name_from(text: str, words: list[re.Match], at: int) -> int | None:
    """Return the place of the last word of the name that begins with the word at a place; None when none does."""
    word = words[at][0]
    if not word[0].isupper():
        return None
    if word.lower() in TITLES:
        return _to_the_right(text, words, at, at)
    if is_given(word):
        last = _to_the_right(text, words, at, at)
        return last if last is not None else None if plain(word) in AMBIGUOUS else at
    following = at + 1
    if following < len(words) and _adjacent(text, words, at) and is_surname(words[following][0]):
        starts = at == 0 or text[: words[at].start()].rstrip()[-1:] in ".!?:;\n"
        if words[following][0][0].isupper() and not starts:
            return _to_the_right(text, words, at, at)
    return None


def _to_the_right(text: str, words: list[re.Match], at: int, start: int) -> int | None:
    """Return the last of the capitalised words, particles between them, that follow; None when none follows."""
    last, here = None, at
    while here + 1 < len(words) and _adjacent(text, words, here) and here - start < 6:
        word = words[here + 1][0]
        here += 1
        if word[0].isupper():
            last = here
        elif word.lower() not in PARTICLES:
            break
    return last


def _adjacent(text: str, words: list[re.Match], at: int) -> bool:
    """Whether the word at a place and the next one may be parts of one name, such as in "J. Doe" or "Doe, Jane"."""
    between, word = text[words[at].end() : words[at + 1].start()], words[at][0]
    if between == ". ":
        return len(word) == 1 or word.lower() in TITLES
    return between in (" ", "  ", "\u00a0") or (
        between == ", " and is_given(words[at + 1][0]) and is_surname(word)
    )


def _each(pattern: re.Pattern[str], text: str, kind: str, sure: bool = True) -> Iterator[Span]:
    return (Span(*match.span(), kind, sure) for match in pattern.finditer(text))
