"""What every study has in common: its file is short and stands in the list, its data are fixed by a seed."""

import ast
import io
import tokenize

import pytest
from study_laws import STUDIES

from jrtune import DataError
from jrtune.data import fingerprint
from jrtune.spec.study_file import configured

FILES = sorted(STUDIES.glob("*.py"))
NOT_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
MOST = 150
SMALL = {
    "anomaly": {"limit": 50},
    "city": {"limit": 700},
    "fault_transfer": {"limit": 80},
    "few_shot": {"tasks": 4},
    "generation": {"limit": 100},
    "image_edges": {"limit": 95},
    "image_text": {"limit": 90},
    "medical_fusion": {},
    "modal_transfer": {"limit": 100},
    "overlaid_images": {"limit": 100},
    "recommender": {"limit": 50},
    "related_targets": {},
    "retrieval": {"limit": 90},
    "speech_text_sentiment": {"limit": 100},
}
"""Study -> options for few samples."""
EXPECTED = {
    "anomaly": r"a \.npz or \.mat file",
    "city": "a folder with csv files",
    "fault_transfer": "windows of a target",
    "medical_fusion": "a text file with a table",
    "recommender": "a text file with a table",
    "related_targets": "an ARFF file",
    "speech_text_sentiment": "one csv of labels",
    **dict.fromkeys(("few_shot", "image_edges", "modal_transfer", "overlaid_images"), "images"),
    **dict.fromkeys(("generation", "image_text", "retrieval"), "a folder with png, jpg or bmp files"),
}
"""Study -> what it expects where its data are said to be."""


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


def data_of(name, **options):
    return configured(STUDIES / f"{name}.py", options)[0].data()


def test_every_study_with_data_has_small_ones():
    assert {*SMALL, "objectives"} == {file.stem for file in FILES}  # objectives have no data


@pytest.mark.parametrize("name", SMALL)
def test_data_are_fixed_by_the_seed(name):
    one, again, other = (fingerprint(data_of(name, seed=seed, **SMALL[name])) for seed in (3, 3, 4))
    assert one == again != other


@pytest.mark.parametrize("name", SMALL)
def test_data_that_are_not_there(name, tmp_path):
    remedy = "set target=PATH" if name == "fault_transfer" else "check the path"
    with pytest.raises(DataError, match=rf"expected {EXPECTED[name]}.*, got .*: {remedy}$") as error:
        data_of(name, data=str(tmp_path / "none"))
    assert str(tmp_path / "none") in str(error.value)


@pytest.mark.parametrize("name", [name for name in SMALL if "limit" in SMALL[name]])
def test_a_limit_below_0(name):
    expected = (
        "samples in each split, got 0" if name == "city" else r"a limit of 0 \(none\) or .*more, got -1"
    )
    with pytest.raises(DataError, match=f"expected {expected}"):
        data_of(name, limit=-1)
