"""ARFF files: what is read, and where a broken file is broken."""

from pathlib import Path

import numpy as np
import pytest
from real_data import real

from jrtune import DataError
from jrtune.data import read_arff

HEAD = """% soils
@relation soils

@attribute 'pH value' NUMERIC
@Attribute kind {none, clay, 'loose sand'}
@attribute "Cd" real
@DATA
"""


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def test_numbers_and_names_of_values(tmp_path):
    rows = "6.5,clay,1\n% between\n\n 7 , 'loose sand' , -2e3\r\n7.5,\"loose sand\",0\n8,none,+.5"
    found = read_arff(write(tmp_path / "a.arff", HEAD + rows))
    assert {name: column.tolist() for name, column in found.items()} == {
        "pH value": [6.5, 7, 7.5, 8],
        "kind=none": [0, 0, 0, 1],  # a name like any other
        "kind=clay": [1, 0, 0, 0],
        "kind=loose sand": [0, 1, 1, 0],
        "Cd": [1, -2000, 0, 0.5],
    }
    assert list(found) == ["pH value", "kind=none", "kind=clay", "kind=loose sand", "Cd"]
    assert {column.dtype for column in found.values()} == {np.dtype(np.float64)}


def test_a_question_mark_is_a_missing_value(tmp_path):
    found = read_arff(write(tmp_path / "a.arff", HEAD + "?,clay,?\n1,?,2\n"))
    np.testing.assert_array_equal(found["pH value"], [np.nan, 1])
    np.testing.assert_array_equal(found["kind=clay"], [1, np.nan])
    np.testing.assert_array_equal(found["kind=none"], [0, np.nan])
    np.testing.assert_array_equal(found["Cd"], [np.nan, 2])


def declared(*attributes, rows="1,2\n"):
    return "\n".join(["@relation r", *(f"@attribute {text}" for text in attributes), "@data", rows])


BROKEN = [
    (
        HEAD + "1,clay,2\n2,none,five\n",
        r"expected a finite number, got 'five' in line 9, attribute 'Cd' of .*a\.arff: fix it",
    ),
    (HEAD + "1,clay,nan\n", "got 'nan' in line 8, attribute 'Cd'"),  # ARFF has the question mark for that
    (HEAD + "1,clay,\n", "got '' in line 8, attribute 'Cd'"),
    (
        HEAD + "1,peat,2\n",
        "expected one of none, clay, loose sand, got 'peat' in line 8, attribute 'kind' of",
    ),
    (HEAD + "1,clay,2\n\n1,clay\n", r"expected 3 cells in each row, got 2 in line 10 of .*a\.arff: fix"),
    (HEAD + "1,clay,2,3\n", "expected 3 cells in each row, got 4 in line 8 of"),
    (HEAD + "{0 1}\n", "expected 3 cells in each row, got 1 in line 8 .*; a sparse one .* is not read"),
    (HEAD + "1" * 200_000, "expected 3 cells in each row, got 1 in line 8 of"),
    (HEAD, r"expected rows after @data, got none in .*a\.arff: fetch the file again"),
    (
        HEAD.replace("@DATA", "") + "1,clay,2\n",
        r"expected a line @data before the rows, got none in .*a\.arff",
    ),
    ("", "expected a line @data before the rows, got none in"),
    ("@data\n1,2\n", "expected 0 cells in each row, got 2 in line 2 of"),
    (
        declared("a numeric", "b numric"),
        "expected a numeric or nominal attribute, got '@attribute b numric' in line 3 of",
    ),
    (declared("a numeric", "b {x, y"), "got '@attribute b {x, y' in line 3 of"),
    (declared("a", "b numeric"), "got '@attribute a' in line 2 of"),
    (declared("a numeric", "b string"), "got '@attribute b string' in line 3 .* or leave the attribute out"),
    (declared("a numeric", "b date 'yyyy'"), "each once, got one of kind date in line 3 of"),
    (declared("a numeric", "a numeric"), "each once, got 'a' twice in line 3 of"),
]


@pytest.mark.parametrize(("text", "message"), BROKEN)
def test_broken_file(tmp_path, text, message):
    with pytest.raises(DataError, match=message) as raised:
        read_arff(write(tmp_path / "a.arff", text))
    assert "\n" not in str(raised.value)


def test_another_encoding(tmp_path):
    path = write(tmp_path / "a.arff", HEAD.replace("soils", "Böden"), "latin-1")
    with pytest.raises(
        DataError, match=r"UTF-8 text, got byte 0xf6 in line 1 of .*a\.arff: save it as UTF-8"
    ):
        read_arff(path)


@pytest.mark.parametrize(("name", "got"), [("none.arff", "nothing"), (".", "a folder")])
def test_no_file(tmp_path, name, got):
    with pytest.raises(DataError, match=f"expected an ARFF file, got {got} at .*: check the path"):
        read_arff(tmp_path / name)


SETS = {  # name: (rows, columns, missing values)
    "andro": (49, 36, 0),
    "enb": (768, 10, 0),
    "jura": (359, 18, 0),
    "scpf": (1137, 26, 9255),
    "sf1": (323, 36, 0),
    "wq": (1060, 30, 0),
}


@pytest.mark.parametrize("name", SETS)
def test_real_files(name):
    found = read_arff(Path(real("mulan_mtr")) / f"{name}.arff")
    table = np.stack([*found.values()], 1)
    assert (*table.shape, np.isnan(table).sum()) == SETS[name]
