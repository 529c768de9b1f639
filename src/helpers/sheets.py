"""The sheet of an Excel file, as a source names it: book.xlsx?sheet=Prices."""

from __future__ import annotations

import re
from urllib.parse import unquote

BOOK = r"[^?]*(?:\?[^?=]*)*\.xls[xmb]?(?:\.\w+)?"  # a name may hold ? as a pattern


def file_and_sheet(source: str) -> tuple[str, str | None]:
    """Return the name of a file and that of the sheet in it, None where the source names none.

    The rest of a query stays with the file; of what is no Excel file `sheet` is its own affair.

    >>> file_and_sheet("a/book.xlsx?sheet=My%20prices"), file_and_sheet("book-?.xlsx")
    (('a/book.xlsx', 'My prices'), ('book-?.xlsx', None))
    >>> file_and_sheet("s3://b/book.xlsx?sheet=A&region=eu"), file_and_sheet("https://h/export.csv?sheet=Q1")
    (('s3://b/book.xlsx?region=eu', 'A'), ('https://h/export.csv?sheet=Q1', None))
    """
    found = re.fullmatch(rf"({BOOK})\?(?:(.*)&)?sheet=([^&?*\[\]]+)(?:&(.*))?", source, re.IGNORECASE)
    if not found:
        return source, None
    rest = "&".join(part for part in (found[2], found[4]) if part)
    return found[1] + ("?" + rest if rest else ""), unquote(found[3])
