"""One self-contained, interactive HTML page that needs no network; its parts lie in the folder ``page``.

The page draws itself from one JSON document, see :mod:`jrtune.report.page.document`. Without scripts it
still shows every figure, as PNG, and the tables. Its Content-Security-Policy lets nothing in but the
script and the style written here, by their hashes, and nothing out.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from jrtune.report.figures import registry
from jrtune.report.figures.figure import PageContext
from jrtune.report.page.document import to_script
from jrtune.report.page.join import join
from jrtune.report.tables import facts

PARTS = Path(__file__).parent
ROWS = 300  # of a table; thousands make a page slow to open, and lie in the CSV file


def render(
    context: PageContext,
    figures: Mapping[str, bytes],
    tables: Mapping[str, pd.DataFrame],
    data: Mapping[str, object],
    *,
    live: bool = False,
) -> str:
    """The page's HTML.

    Args:
        context: all that the page is made from.
        figures: name -> PNG bytes, in the order to be shown where scripts do not run.
        tables: name -> table, as :func:`jrtune.report.tables.tables.all_tables` gives them.
        data: the document of :func:`jrtune.report.page.document.page_data`.
        live: True where a server on this machine serves the page and, as ``data.json`` beside it, what
            :func:`live_data` gives; the page then asks for it every few seconds.

    Raises:
        KeyError: for a figure that is not in the list of figures.
    """
    known = {figure.name: figure for figure in registry.FIGURES}
    style, script = (PARTS / "page.css").read_text("utf-8"), _script()
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            _words(context, tables),
            policy=_policy(style, script, live),
            style=style,
            script=script,
            data=to_script({**data, "live": live}),
            context=context,
            sections=[figure for figure in registry.FIGURES if figure.script],
            pictures=[(known[name], base64.b64encode(png).decode()) for name, png in figures.items()],
            provenance=facts.provenance(context.study),
        )
    )


def live_data(context: PageContext, tables: Mapping[str, pd.DataFrame], data: Mapping[str, object]) -> str:
    """The JSON that a live page asks for: its data, and the parts of the page that are words and tables."""
    words, environment = _words(context, tables), _environment()
    parts = {
        name: environment.get_template(f"{name}.html.j2").render(words) for name in ("summary", "tables")
    }
    return to_script({**data, "live": True, "fragments": parts})


def _environment() -> Environment:
    # autoescape: names, choices and messages are a user's text
    return Environment(
        loader=FileSystemLoader(PARTS), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


def _words(context: PageContext, tables: Mapping[str, pd.DataFrame]) -> dict[str, object]:
    analysis, summary = context.analysis, context.analysis.summary
    return {
        "study": analysis.study,
        "verdicts": summary.verdicts if summary else (),
        "confirmed": summary is not None,
        "compared": _compared(tables),
        "facts": facts.facts(analysis),
        "spans": facts.spans(analysis),
        "statuses": facts.statuses(analysis),
        "costs": facts.costs(analysis),
        "tables": [
            (name, list(table.columns), facts.cells(table.head(ROWS)), len(table))
            for name, table in tables.items()
            if len(table)
        ],
    }


def _compared(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """A sentence for each method that the tuned weights, the first of the table, were compared with."""
    return tables["comparison"]["sentence"].tolist()[1:] if "comparison" in tables else []


def _script() -> str:
    """All that ``page.js`` needs, as one script; the module ``figures`` is made of the list of figures."""
    scripts = {figure.name: figure.script for figure in registry.FIGURES if figure.script}
    files = sorted({*PARTS.glob("*.js"), *scripts.values()})
    names = Counter(file.name for file in files)
    if names.most_common(1)[0][1] > 1:
        raise ValueError(f"expected another name for the script than {names.most_common(1)[0][0]}")
    sources = {file.stem: file.read_text("utf-8") for file in files}
    lines = [f'import {{ figure as {name} }} from "./{file.stem}.js";' for name, file in scripts.items()]
    figures = "\n".join([*lines, f"export const FIGURES = {{ {', '.join(scripts)} }};"])
    return join({**sources, "figures": figures}, "page")


def _policy(style: str, script: str, live: bool) -> str:
    allowed = [
        "default-src 'none'",
        "img-src data:",
        f"style-src '{_hash(style)}'",
        f"script-src '{_hash(script)}'",
        *(["connect-src 'self'"] if live else []),
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return "; ".join(allowed)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
