"""HTML for notebooks: every text is escaped, pictures lie in it, nothing is loaded and no script runs."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Mapping, Sequence


def paragraph(text: str) -> str:
    """A line of text."""
    return f"<p>{html.escape(text)}</p>"


def bullets(texts: Iterable[str]) -> str:
    """A line for each text."""
    return f"<ul>{''.join(f'<li>{html.escape(text)}</li>' for text in texts)}</ul>"


def table(caption: str, rows: Sequence[Mapping[str, str]]) -> str:
    """Rows as a table with a line of column names; a row may lack a column."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = "".join(f"<tr>{_cells('td', [row.get(name, '') for name in columns])}</tr>" for row in rows)
    head = f"<thead><tr>{_cells('th', columns)}</tr></thead>"
    return f"<table><caption>{html.escape(caption)}</caption>{head}<tbody>{lines}</tbody></table>"


def picture(png: bytes, words: str) -> str:
    """A picture that lies in the text; ``words`` for whoever cannot see it."""
    data = base64.b64encode(png).decode()
    look = "max-width:100%;background:white"
    return f'<img alt="{html.escape(words)}" style="{look}" src="data:image/png;base64,{data}">'


def _cells(kind: str, texts: Iterable[str]) -> str:
    return "".join(f"<{kind}>{html.escape(text)}</{kind}>" for text in texts)
