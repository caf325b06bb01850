"""One word, one meaning: the words that names in jrtune no longer use, and those they use instead.

The table is the end of the glossary that was agreed on; documents may point at it. Names are classes,
functions, parameters, variables, attributes, keyword arguments, string keys, modules, columns, options; in
the page also element classes and identifiers. Texts that are shown have a table of their own.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Retired:
    """Words that no name has as one of its parts.

    Attributes:
        words: as they stand in snake_case, separated by spaces.
        now: the words to be used.
        kind: the kind of name that they are retired from: any, "class", or "module" as its whole name.
        where: parts of jrtune in which they are retired; everywhere where it is empty.
    """

    words: str
    now: str
    kind: str = "any"
    where: str = ""


RETIRED = (
    Retired("ending ended endings", "status: TrialStatus; finished"),
    Retired("figure figures", "metric, value; a figure is a plot"),
    Retired("judge judges loser losers", "Pruner, pruned"),
    Retired("places placed", "rank; stability; live members; positions"),
    Retired("asked given fewer", "PendingTrial, enqueued, subsampled; the parameter's own noun"),
    Retired("origin origins", "source"),
    Retired("weigh weighing few", "summarise_confirmations, select_subset"),
    Retired("weighting", "simplex; a weighting is a point of it", kind="class"),
    Retired("within", "EpsilonConstraint, feasible", where="analysis pareto cli notebook report"),
    Retired("field", "SelectionContext", kind="class", where="analysis report notebook"),
    Retired("surest surer agreement", "robustness, stability"),
    Retired("scaled", "normalised"),
    Retired("rows", "records; stacked parameters; epochs", where="analysis conditioned search spec train"),
    Retired("rows", "points; indices", where="report/page/choose.js"),
    Retired("rules", "vmap_rules; selection_rules", kind="module"),
    Retired("rebuild record request", "load_network, optuna_records, run_config", kind="module"),
    Retired("rebuild request", "load_network, run_config"),
    Retired("ledger", "StudyStore"),
    Retired("twin twins", "control (of a baseline); clone (of a module)"),
    Retired("draws", "KeyedRNG", where="train conditioned"),
    Retired("counter", "counter_based", kind="module"),
    Retired("each ends draws told figures", "VmapOrLoop, Endpoints, KeyedRNG; one noun", kind="class"),
    Retired("ends", "endpoints", where="conditioned"),
    Retired("reach", "gradient_mask"),
    Retired("scales", "gradient_norms", kind="module"),
    Retired("told say tell", "log, context"),
    Retired("keep kept", "save, select; mask"),
    Retired("evidence joining", "analysis, integrations"),
    Retired("whole_number mend", "integer, fix"),
)


RETIRED_IN_TEXTS = {
    r"surest|surer": "robust, stable, certain",
    r"losers?": "pruned, dominated",
    r"twins?": "control, clone, reference",
    r"ledgers?": "StudyStore, database",
    r"mends?|mended|mending": "fix",
    r"whole numbers?": "integer",
    r"(?:mean|test|validation|wished-for|worst|best|repeated|infinite|negative) figures?": "value, metric",
    r"figures? (?:with intervals|on (?:test|validation))": "value, metric",
    r"(?:not|finished is|everything|parameters) kept": "saved",
}
"""Patterns that texts no longer use: messages, help, comments, docstrings, guides; and what they say now."""


@dataclass(frozen=True)
class Allowed:
    """A retired word where it is an ordinary one.

    Attributes:
        names: identifiers, separated by spaces, or the words in any identifier where ``words`` is true.
        where: the file or folder.
        reason: why it stays.
    """

    names: str
    where: str
    reason: str
    words: bool = False


ALLOWED = (
    Allowed("tell", "jrtune/search/ask/trial_end.py", "Optuna's ask and tell"),
    Allowed("figure figures", "jrtune/report/figures", "plots are figures", words=True),
    Allowed("figure figures", "jrtune/report/page", "the plots of the page", words=True),
    Allowed("figure figures", "jrtune/report/write.py", "plots written as files", words=True),
    Allowed("keep_weakly", "jrtune/pareto/dominance.py", "moocore's parameter"),
    Allowed("OutOfReachError", "jrtune/analysis/select/selection_rules.py", "a target out of reach"),
    Allowed("OutOfReachError _out_of_reach", "jrtune/pareto", "a target out of reach"),
    Allowed("scaled_dot_product_attention", "jrtune/train/random/keyed_rng.py", "torch's function"),
    Allowed("draws_numbers", "jrtune/train", "the verb: whether a module draws random numbers"),
    Allowed("ending origin", "jrtune/store/migration.py", "columns of databases of version 1"),
    Allowed("places", "jrtune/models/decoders", "positions of a text: a name in stored parameters"),
    Allowed("request", "jrtune/cli/loopback.py", "a request over HTTP", words=True),
)


@dataclass(frozen=True)
class Name:
    """A name in a file: its text, its line, and "class", "module" or "other" as its kind."""

    text: str
    line: int
    kind: str = "other"


def words_of(name: str) -> list[str]:
    """The words of a name in snake_case, kebab-case or CamelCase, in lower case.

    >>> words_of("_front_rows"), words_of("OutOfReachError"), words_of("GPSampler"), words_of("keepdim")
    (['front', 'rows'], ['out', 'of', 'reach', 'error'], ['gp', 'sampler'], ['keepdim'])
    """
    return [part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)]


def names_of(tree: ast.AST) -> Iterator[Name]:
    """All names of a source file, and its string keys: of dict literals, subscripts and TypedDicts."""
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        match node:
            case ast.ClassDef():
                yield Name(node.name, line, "class")
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield Name(node.name, line)
            case ast.arg() | ast.keyword() if node.arg:
                yield Name(node.arg, line)
            case ast.Name():
                yield Name(node.id, line)
            case ast.Attribute():
                yield Name(node.attr, line)
            case ast.alias():
                yield Name(node.asname or node.name.split(".")[-1], line)
            case ast.Dict():
                yield from (Name(text, line) for text in _strings(node.keys))
            case ast.Subscript():
                yield from (Name(text, line) for text in _strings([node.slice]))


def _strings(nodes: Iterable[ast.expr | None]) -> Iterator[str]:
    for node in nodes:
        # a key of several words with spaces is a text
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " not in node.value:
            yield node.value


# comments; regular expressions, which follow an operator; strings; names; what templates begin and end with
_SCRIPT = re.compile(
    r"""//[^\n]*|/\*.*?\*/|(?:[=(,:?&|!]|\breturn)\s*/(?![/*])(?:\\.|\[(?:\\.|[^\]])*\]|[^/\\\n])+/"""
    r"""|"(?P<double>(?:\\.|[^"\\])*)"|'(?P<single>(?:\\.|[^'\\])*)'"""
    r"""|(?P<name>(?:\bclass\s+)?[A-Za-z_$][\w$]*)|(?P<mark>[`{}])""",
    re.DOTALL,
)
_TEMPLATE_TEXT = re.compile(r"(?:\\.|\$(?!\{)|[^`$\\])*(?:`|\$\{)", re.DOTALL)
_SELECTOR = re.compile(r"[.#]([A-Za-z][\w-]*)|--([a-z][\w-]*)|\bvar\(--([\w-]+)")
_MARKUP = re.compile(r"\{[{%].*?[%}]\}|\b(?:id|class|name|data-[\w-]+)=\"[^\"]*\"", re.DOTALL)


def names_of_script(source: str) -> Iterator[Name]:
    """All names of a JavaScript file, and its strings of one word; no comments, no texts of templates."""
    position, opened = 0, []  # the braces and templates that are open
    while found := _SCRIPT.search(source, position):
        position, line = found.end(), source.count("\n", 0, found.start()) + 1
        text = found["name"] or found["double"] or found["single"] or ""
        if text and " " not in text.removeprefix("class "):
            yield Name(text.removeprefix("class "), line, "class" if text.startswith("class ") else "other")
        if found["mark"] == "{":
            opened.append("{")
        elif found["mark"] == "`" or (found["mark"] and opened.pop() == "${"):
            rest = _TEMPLATE_TEXT.match(source, position)
            assert rest, f"a template that is not closed, at line {line}"
            position = rest.end()
            opened += ["${"] * rest[0].endswith("${")


def names_of_style(source: str) -> Iterator[Name]:
    """Classes, identifiers and variables of a CSS file."""
    for found in _SELECTOR.finditer(re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)):
        yield Name(found[1] or found[2] or found[3], 0)


def names_of_markup(source: str) -> Iterator[Name]:
    """Names in the expressions of an HTML template, and values of the attributes that name elements."""
    for found in _MARKUP.finditer(source):
        line = source.count("\n", 0, found.start()) + 1
        yield from (Name(word, line) for word in re.findall(r"[A-Za-z_][\w-]*", found[0]))


def findings(names: Iterable[Name], file: str) -> list[str]:
    """A line for each retired word in these names, with the word to be used.

    Args:
        names: of one file.
        file: its path from the root of the checkout, e.g. ``jrtune/pareto/choose.py``.
    """
    rows = [row for row in RETIRED if _applies(row, file)]
    words = [(word.split("_"), word, row) for row in rows for word in row.words.split()]
    lines = {}  # in the order in which they stand, each once
    for name in names:
        spelt = words_of(name.text)
        for parts, word, row in words:
            if _is_retired(name, spelt, parts, row) and not _is_allowed(name.text, word, file):
                lines[f"{file}:{name.line} {name.text}: {word} -> {row.now}"] = None
    return list(lines)


def findings_in_text(text: str, file: str) -> list[str]:
    """A line for each pattern of RETIRED_IN_TEXTS in a text, over ends of lines too."""
    return [
        f"{file}:{text.count(chr(10), 0, found.start()) + 1} {found[0]}: {now}"
        for pattern, now in RETIRED_IN_TEXTS.items()
        for found in re.finditer(rf"\b(?:{pattern.replace(' ', chr(92) + 's+')})\b", text, re.IGNORECASE)
    ]


def _applies(row: Retired, file: str) -> bool:
    return not row.where or any(_lies_in(file, f"jrtune/{part}") for part in row.where.split())


def _is_retired(name: Name, spelt: list[str], parts: list[str], row: Retired) -> bool:
    if row.kind == "module":
        return name.kind == "module" and spelt == parts
    if row.kind not in ("any", name.kind) or parts[0] not in spelt:
        return False
    return any(spelt[i : i + len(parts)] == parts for i in range(len(spelt)))


def _is_allowed(text: str, word: str, file: str) -> bool:
    return any(
        _lies_in(file, row.where) and (word if row.words else text) in row.names.split() for row in ALLOWED
    )


def _lies_in(file: str, where: str) -> bool:
    return file == where or file.startswith(f"{where}/")
