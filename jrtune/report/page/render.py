"""One self-contained, interactive HTML page that needs no network; its parts lie in the folder ``page``.

The page draws itself from one JSON document, see :mod:`jrtune.report.page.document`. Without scripts it
still shows every figure, as PNG, and the tables. Its Content-Security-Policy lets nothing in but the
script and the style written here, by their hashes, and nothing out.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from jrtune.analysis.members import Evidence
from jrtune.report.page.document import to_script
from jrtune.report.tables.tables import facts
from jrtune.store.records import Results, TrialRecord

HERE = Path(__file__).parent
PARTS = HERE
SCRIPTS = (
    "svg", "axes", "data", "scatter", "strip", "parallel", "weights", "lines", "importance", "rules", "form",
    "detail", "draw", "hand", "live", "page",
)  # fmt: skip

ROWS = 300  # of a table; thousands make a page slow to open, and lie in the CSV file

CAPTIONS = {
    "front": "Hollow points are figures on validation, by which trials are chosen; full points are means "
    "on test over seeds, with 95 % intervals. Numbers are trials.",
    "parallel": "A line is a trial, on validation: nearer the best in every objective is better, and where "
    "lines cross, one objective is traded for another.",
    "weights": "Weights of the front's members, in the front's order.",
    "ternary": "Each point is a trial at its weights; a corner is all weight on one term.",
    "curves": "Every epoch of the front's members and of equal weights.",
    "importance": "How much each weight and choice explains of each objective (permutation importance of a "
    "random forest on held-out trials). It says that a parameter matters, not in which direction.",
    "hypervolume": "What the front had reached, against the cost of reaching it.",
}

Context = tuple[Results, Sequence[TrialRecord], Evidence | None]
"""Results, their front, and what the confirmations say."""


def render(
    context: Context,
    figures: Mapping[str, bytes],
    tables: Mapping[str, pd.DataFrame],
    data: Mapping[str, Any],
    *,
    live: bool = False,
) -> str:
    """The page's HTML.

    Args:
        told: results, front and evidence.
        figures: name -> PNG bytes, in the order to be shown where scripts do not run.
        tables: name -> table, as :func:`jrtune.report.tables.tables.all_tables` gives them.
        data: what :func:`jrtune.report.page.document.page_data` gives.
        live: whether a server on this machine serves the page and, as ``data.json`` beside it, what
            :func:`live_data` gives; the page then asks for it every few seconds.

    Raises:
        KeyError: for a figure without a caption.
    """
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
            captions=CAPTIONS,
            figures=[
                (name, base64.b64encode(png).decode()) for name, png in figures.items() if CAPTIONS[name]
            ],
            provenance=facts.provenance(context[0]),
        )
    )


def live_data(context: Context, tables: Mapping[str, pd.DataFrame], data: Mapping[str, Any]) -> str:
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


def _words(context: Context, tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    results, front, evidence = context
    return {
        "study": results.study,
        "verdicts": evidence.verdicts if evidence else (),
        "confirmed": evidence is not None,
        "compared": _compared(tables),
        "facts": facts.facts(results, front, evidence),
        "spans": facts.spans(results, front),
        "statuses": facts.statuses(results),
        "costs": facts.costs(results),
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
    """All scripts as one, the choosing rules first."""
    files = [PARTS / "choose.js", *(PARTS / f"{name}.js" for name in SCRIPTS)]
    return '"use strict";\n' + "\n".join(file.read_text("utf-8") for file in files)


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
