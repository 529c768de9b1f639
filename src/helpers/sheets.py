"""The sheet of an Excel file, as a source names it: book.xlsx?sheet=Prices."""

from __future__ import annotations

import re
from urllib.parse import unquote


def file_and_sheet(source: str) -> tuple[str, str | None]:
    """Return the name of a file and that of the sheet in it, None where the source names none.

    >>> file_and_sheet("a/book.xlsx?sheet=My%20prices"), file_and_sheet("book-?.xlsx")
    (('a/book.xlsx', 'My prices'), ('book-?.xlsx', None))
    """
    found = re.fullmatch(r"(.+)[?&]sheet=([^?*\[\]]+)", source)
    return (found[1], unquote(found[2])) if found else (source, None)
