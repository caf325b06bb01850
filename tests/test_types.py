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


def aliases_of_any(tree, known=frozenset()):
    """The names that stand for Any in a source file: imported ones, and type aliases made of such names.

    Args:
        tree: of the file.
        known: (module, name) of the aliases of other files.
    """
    names = {"Any"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            hiding = {a for a in node.names if a.name == "Any" or (node.module, a.name) in known}
            names |= {a.asname or a.name for a in hiding}
    for node in tree.body:
        if isinstance(node, ast.Assign) and mentions_any(node.value, names):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def aliases_of_all(trees):
    """(module, name) of all aliases of Any, those made of another module's too."""
    known, found = None, set()
    while known != found:
        known = found
        found = {(module, name) for module, tree in trees.items() for name in aliases_of_any(tree, known)}
    return known


def module_of(file):
    return ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def count(trees):
    """(annotations, those that mention Any by module) of trees by module."""
    total, found, known = 0, {}, aliases_of_all(trees)
    for module, tree in trees.items():
        aliases = aliases_of_any(tree, known)
        annotations = [a for a in annotations_of(tree) if a is not None]
        total += len(annotations)
        if hits := sum(mentions_any(a, aliases) for a in annotations):
            found[module] = hits
    return total, found


def test_few_annotations_mention_any():
    files = sorted(PACKAGE.rglob("*.py"))
    total, found = count({module_of(file): ast.parse(file.read_text()) for file in files})
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
    assert sum(count({"a": ast.parse(source)})[1].values()) == hits


def test_the_count_sees_aliases_of_other_modules():
    trees = {
        "a": ast.parse("from b import Body\nBodies = list[Body]\ndef f(x: Bodies, y: Other) -> Body: ..."),
        "b": ast.parse("Body = dict[str, Any]\nOther = dict[str, int]"),
    }
    assert count(trees) == (3, {"a": 2})
