"""What every study file has in common: it is short, says what it is about, and stands in the list."""

import ast
import io
import tokenize
from pathlib import Path

import pytest

STUDIES = Path(__file__).parents[2] / "studies"
FILES = sorted(STUDIES.glob("*.py"))
NOT_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
MOST = 150


def lines_of_code(source):
    """Lines that hold more than a comment, a docstring or nothing."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    lines = {
        line
        for token in tokens
        if token.type not in NOT_CODE
        for line in range(token.start[0], token.end[0] + 1)
        if token.type != tokenize.ENDMARKER
    }
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            lines -= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return len(lines)


SOURCE = '''"""Doc.

More."""

# no
x = 1


def f():
    """Doc."""
    return (
        x
    )
'''


def test_lines_are_counted():
    assert lines_of_code(SOURCE) == 5


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_study_is_short_and_stands_in_the_list(file):
    assert lines_of_code(file.read_text()) <= MOST
    assert f"| `{file.name}` |" in (STUDIES / "README.md").read_text()
