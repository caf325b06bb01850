"""Annotations say a type: ``Any`` is rare, and nothing hides it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "jrtune"
MOST_ANY = 0.02
"""Share of annotations that may mention Any: what libraries and decoded JSON leave untyped."""


def annotations_of(tree):
    """The annotations of a source file: of parameters, return values and variables."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.returns
            case ast.arg() | ast.AnnAssign():
                yield node.annotation


def mentions_any(annotation, aliases=frozenset({"Any"})):
    """Whether an annotation holds Any, or a name of it, at any depth, also within quotes."""
    for node in ast.walk(annotation):
        if isinstance(node, ast.Name) and node.id in aliases:
            return True
        if isinstance(node, ast.Attribute) and node.attr == "Any":
            return True
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _parses_to_any(node, aliases):
            return True
    return False


def _parses_to_any(constant, aliases):
    try:
        return mentions_any(ast.parse(constant.value, mode="eval").body, aliases)
    except SyntaxError:  # a text in Annotated
        return False


def aliases_of_any(tree):
    """The names that stand for Any in a source file: imported under another name, or type aliases with it."""
    names = {"Any"}
    for node in ast.walk(tree):
        if isinstance(node, ast.alias) and node.name == "Any":
            names.add(node.asname or "Any")
    for node in tree.body:
        if isinstance(node, ast.Assign) and mentions_any(node.value, names):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def count(files):
    """(annotations, those that mention Any by file)."""
    total, found = 0, {}
    for file in files:
        tree = ast.parse(file.read_text())
        aliases = aliases_of_any(tree)
        annotations = [a for a in annotations_of(tree) if a is not None]
        total += len(annotations)
        if hits := sum(mentions_any(a, aliases) for a in annotations):
            found[file.relative_to(PACKAGE).as_posix()] = hits
    return total, found


def test_few_annotations_mention_any():
    total, found = count(sorted(PACKAGE.rglob("*.py")))
    assert total > 4000
    by_count = dict(sorted(found.items(), key=lambda item: -item[1]))
    assert sum(found.values()) < MOST_ANY * total, by_count


@pytest.mark.parametrize(
    ("source", "hits"),
    [
        ("def f(a: int, *, b: str = '') -> None: ...", 0),
        ("def f(a: Any, *args: Any, b: dict[str, Any], **kwargs: Any) -> Any: ...", 5),
        ("class A:\n    x: list[Any]\n    y: 'Mapping[str, Any]'\n    z: typing.Any", 3),
        ("from typing import Any as Anything\ndef f(a: Anything): ...", 1),
        ("from typing import Any\nSplits = dict[str, Any]\ndef f(a: Splits) -> Splits: ...", 2),
        ("x: Annotated[str, Option(help='Any name.')]", 0),
    ],
)
def test_the_count_sees_any_wherever_it_stands(source, hits):
    tree = ast.parse(source)
    annotations = [a for a in annotations_of(tree) if a is not None]
    assert sum(mentions_any(a, aliases_of_any(tree)) for a in annotations) == hits
