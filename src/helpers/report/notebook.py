"""An executed notebook as harmless HTML: whatever its outputs hold, nothing in it runs or calls anywhere."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any

INLINE = ("a", "b", "br", "code", "del", "em", "i", "span", "strong", "sub", "sup")
BLOCKS = ("blockquote", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "ul")
TABLES = ("caption", "table", "tbody", "td", "tfoot", "th", "thead", "tr")
TAGS = frozenset(INLINE + BLOCKS + TABLES)
ATTRIBUTES = {"*": ["colspan", "rowspan", "scope", "class"], "a": ["href"]}
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
IMAGES = ("image/png", "image/jpeg")
ROW, CELL = re.compile(r"(?s)<tr[^>]*>.*?</tr>"), re.compile(r"(?s)<(t[dh])[^>]*>(.*?)</\1>")
NUMBER = re.compile(r"(?i)\s*([-+−]?[\d.,]*\d(e[-+]?\d+)?\s?%?|nan|none|nat|&lt;na&gt;|\.\.\.)?\s*")


def cells(notebook: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the cells to show: {"kind": "text", "html"} or {"kind": "code", "number", "code", "outputs", "failed"}.

    number counts the code cells from 1; cells that Papermill adds for its own readers are left out.
    """
    number, heading = 0, ""
    for cell in notebook["cells"]:
        source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        tags = cell.get("metadata", {}).get("tags", [])
        if "papermill-error-cell-tag" in tags or not source.strip():
            continue
        if cell["cell_type"] == "markdown":
            found = re.findall(r"(?m)^#+\s+(.*)$", source)
            heading = found[-1] if found else heading
            yield {"kind": "text", "html": markdown(source)}
        elif cell["cell_type"] == "code":
            number += 1
            outputs = [shown for o in cell.get("outputs", []) if (shown := output(o, heading))]
            failed = any(o.get("output_type") == "error" for o in cell.get("outputs", []))
            about = {"parameters": "parameters" in tags, "injected": "injected-parameters" in tags}
            yield {
                "kind": "code",
                "number": number,
                "code": code(source),
                "outputs": outputs,
                "failed": failed,
            } | about


def output(record: Mapping[str, Any], heading: str = "") -> str:
    """Return one output of a cell as HTML; the heading above it tells what a picture shows."""
    kind = record.get("output_type")
    if kind == "stream":
        return f"<pre>{_escaped(_joined(record.get('text')))}</pre>"
    if kind == "error":
        trace = (
            ANSI.sub("", "\n".join(record.get("traceback") or []))
            or f"{record.get('ename')}: {record.get('evalue')}"
        )
        return f'<pre class="error">{_escaped(trace)}</pre>'
    data = record.get("data", {})
    for image in IMAGES:
        if image in data:
            return _picture(image, _joined(data[image]), record.get("metadata", {}).get(image, {}), heading)
    if "text/html" in data:
        table = words_left(safe(_joined(data["text/html"])))
        return f'<div class="wide" tabindex="0" role="group" aria-label="table">{table}</div>'
    if "text/markdown" in data:
        return markdown(_joined(data["text/markdown"]))
    text = _joined(data.get("text/plain", ""))
    return f"<pre>{_escaped(text)}</pre>" if text else ""


def markdown(text: str) -> str:
    """Return Markdown as HTML; HTML in it shows as text, and links lead nowhere but to the web, files or sections."""
    return (
        safe(_markdown()(text))
        .replace("<table>", '<div class="wide" tabindex="0" role="group" aria-label="table"><table>')
        .replace("</table>", "</table></div>")
    )


def safe(html: str) -> str:
    """Return HTML with nothing but harmless tags and attributes."""
    cleaned = _cleaner().clean(re.sub(r"(?is)<(style|script)\b.*?</\1\s*>", "", html))
    return re.sub(r"<th[^>]*></th>", "<td></td>", cleaned)  # pandas' corner is no heading


def words_left(table: str) -> str:
    """Return a table with the class "words" on each column that holds more than numbers: words read from the left."""
    if "span=" in table:  # headings over several columns
        return table
    cells = [list(enumerate(CELL.finditer(row))) for row in ROW.findall(table)]
    wordy = {place for row in cells for place, c in row if c[1] == "td" and not NUMBER.fullmatch(c[2])}

    def marked(row: re.Match[str]) -> str:
        place = itertools.count()
        return CELL.sub(lambda c: _as_words(c[0]) if next(place) in wordy else c[0], row[0])

    return ROW.sub(marked, table)


def _as_words(cell: str) -> str:
    return f'{cell[:3]} class="words"{cell[3:]}'


def code(source: str) -> str:
    """Return Python code as coloured HTML."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers.python import PythonLexer

    return highlight(source, PythonLexer(), HtmlFormatter(nowrap=True))


@functools.cache
def _markdown() -> Any:
    import mistune
    from mistune.util import safe_entity

    class Renderer(mistune.HTMLRenderer):
        """HTML in Markdown is text, and an entity is the character that it names."""

        def text(self, text: str) -> str:
            return safe_entity(text)

    return mistune.create_markdown(renderer=Renderer(escape=True), plugins=["table", "strikethrough"])


@functools.cache
def _cleaner() -> Any:
    from bleach.sanitizer import Cleaner

    return Cleaner(
        tags=TAGS, attributes=ATTRIBUTES, protocols={"https", "http"}, strip=True, strip_comments=True
    )


def _picture(kind: str, data: str, size: Mapping[str, Any], heading: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9+/=\s]*", data):
        return ""
    width = f' width="{int(size["width"])}"' if str(size.get("width", "")).isdigit() else ""
    alt = _escaped(f"Picture: {heading}" if heading else "Picture")
    return f'<img src="data:{kind};base64,{"".join(data.split())}" alt="{alt}"{width}>'


def _joined(text: Any) -> str:
    return "".join(text) if isinstance(text, list) else str(text or "")


def _escaped(text: str) -> str:
    from markupsafe import escape

    return str(escape(text))
