"""Tables of declared kinds: what is read, and where a broken file is broken."""

import numpy as np
import pytest

from jrtune import DataError
from jrtune.data import column_names, read_matrix, read_table

GOOD = "id, when, mood, note, score\n1,2020-01-02 03:04,glad,a b,0.5\n2,2020-01-03 00:00,sad,NA,-1e3\n"
KINDS = {"id": "number", "when": "time", "mood": "category", "note": "text", "score": "number"}


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def test_every_kind(tmp_path):
    table = read_table(write(tmp_path / "a.csv", GOOD), KINDS)
    assert list(table) == list(KINDS)
    assert table["id"].tolist() == [1, 2]
    assert table["when"].tolist() == np.array(["2020-01-02T03:04", "2020-01-03"], "M8[s]").tolist()
    assert table["when"].dtype == "M8[s]"
    assert table["mood"].tolist() == [0, 1]
    assert table["note"].tolist() == ["a b", "NA"]  # of text only an empty cell is missing
    assert table["score"].tolist() == [0.5, -1000]


def test_declared_classes_keep_their_order(tmp_path):
    path = write(tmp_path / "a.csv", GOOD)
    assert read_table(path, {"mood": ("sad", "so", "glad")})["mood"].tolist() == [2, 0]


def test_a_format_of_times(tmp_path):
    path = write(tmp_path / "a.csv", "t\n03/02/2020\n")
    assert read_table(path, {"t": "time:%d/%m/%Y"})["t"][0] == np.datetime64("2020-02-03")
    assert read_table(path, {"t": "time"})["t"][0] == np.datetime64("2020-03-02")


def test_separator_encoding_and_no_header(tmp_path):
    path = write(tmp_path / "u.item", "1|Amélie|\n2|Rosé|x\n", "latin-1")
    table = read_table(
        path, {"film": "text"}, separator="|", encoding="latin-1", names=("id", "film", "kind")
    )
    assert table["film"].tolist() == ["Amélie", "Rosé"]


def test_times_with_offsets_become_utc(tmp_path):
    path = write(tmp_path / "a.csv", "t\n2020-03-29T01:00+01:00\n2020-03-29T04:00+02:00\n")
    assert read_table(path, {"t": "time"})["t"].astype(str).tolist() == [
        "2020-03-29T00:00:00",
        "2020-03-29T02:00:00",
    ]


def test_all_missing(tmp_path):
    path = write(tmp_path / "a.csv", "t,n,c\n,,\n,,\n")
    kinds = {"t": "time", "n": "number", "c": "category"}
    table = read_table(path, kinds, missing=kinds)
    assert np.isnat(table["t"]).all()
    assert np.isnan([table["n"], table["c"]]).all()


def test_a_separator_of_two_letters(tmp_path):
    with pytest.raises(DataError, match="expected one letter as separator, got '::'"):
        read_table(write(tmp_path / "a.csv", "1::2"), {"n": "number"}, separator="::")


def test_a_place_after_lines_in_quotes(tmp_path):
    path = write(tmp_path / "a.csv", 't,n\n"a\nb",1\n\nc,x\n')
    with pytest.raises(DataError, match="got 'x' in line 5, column 'n'"):
        read_table(path, {"n": "number"})


def test_a_mark_before_the_header(tmp_path):
    assert read_table(write(tmp_path / "a.csv", "n\n1\n", "utf-8-sig"), {"n": "number"})["n"].tolist() == [1]


def test_quoted_separators_and_line_ends(tmp_path):
    path = write(tmp_path / "a.csv", 'a,b\r\n"x, y",1\r\n"two\nlines",2\r\n')
    assert read_table(path, {"a": "text", "b": "number"})["a"].tolist() == ["x, y", "two\nlines"]


def test_missing_values(tmp_path):
    path = write(tmp_path / "a.csv", "n,c,t,w\n1,,,\n,glad,x,2020-01-01\n?,NaN,y,null\n")
    kinds = {"n": "number", "c": "category", "t": "text", "w": "time"}
    table = read_table(path, kinds, missing=kinds)
    np.testing.assert_array_equal(table["n"], [1, np.nan, np.nan])
    np.testing.assert_array_equal(table["c"], [np.nan, 0, np.nan])
    assert table["t"].tolist() == ["", "x", "y"]
    assert np.isnat(table["w"]).tolist() == [True, False, True]


BROKEN = [
    ("n\n1\nfive\n", "number", r"expected a finite number, got 'five' in line 3, column 'n' of .*a\.csv"),
    ("n\n1\ninf\n", "number", "expected a finite number, got 'inf' in line 3"),
    ('n\n1\n""\n4\n?\n', "number", r"expected a value .*, got '' in line 3 \(and 1 more\), column 'n'"),
    ("n\nglad\nmad\n", ("glad", "sad"), "expected one of glad, sad, got 'mad' in line 3, column 'n'"),
    ("n\n2020-01-01\nsoon\n", "time", "expected a time, got 'soon' in line 3, column 'n'"),
    ("n\n1/2/2020\n2020\n", "time:%d/%m/%Y", "expected a time in %d/%m/%Y, got '2020' in line 3"),
    ("n\n2020\n", "time:%Q", "expected a format of times, got '%Q'"),
    ("n\n1\n", "numbr", "expected number, category, classes, text or time as kind, got 'numbr'"),
    (
        "m;n\n1;2\n",
        "number",
        r"expected a column 'n', got 'm;n' in .*a\.csv: rename it, or check the separator",
    ),
    ("n,m\n1,2\n3\n", "number", r"expected 2 cells in each row, got 1 in line 3 of .*a\.csv"),
    ("n,m\n1,2\n3,4,5\n", "number", r"expected 2 cells in each row, got 3 in line 3 of .*a\.csv"),
    ("n,m\n1,2,3\n4,5,6\n", "number", r"expected 2 cells in each row, got 3 in line 2 of .*a\.csv"),
    ("n,n\n1,2\n", "number", r"expected each column once, got 'n' twice in .*a\.csv"),
    ("", "number", r"expected a table, got an empty file: .*a\.csv"),
    ("n\n", "number", r"expected rows, got a header only in .*a\.csv"),
]


@pytest.mark.parametrize(("text", "kind", "message"), BROKEN)
def test_broken_table(tmp_path, text, kind, message):
    with pytest.raises(DataError, match=message) as raised:
        read_table(write(tmp_path / "a.csv", text), {"n": kind})
    assert "\n" not in str(raised.value)


def test_broken_encoding(tmp_path):
    path = write(tmp_path / "a.csv", "n\né\n", "latin-1")
    with pytest.raises(DataError, match=r"expected utf-8 text, got byte 0xe9 in .*a\.csv: give its encoding"):
        read_table(path, {"n": "text"})


def test_binary_file(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    with pytest.raises(DataError, match="expected utf-8 text, got byte 0x89"):
        read_table(tmp_path / "a.csv", {"n": "text"})


@pytest.mark.parametrize(("name", "got"), [("none", "nothing"), (".", "a folder")])
def test_no_file(tmp_path, name, got):
    with pytest.raises(DataError, match=f"expected a text file with a table, got {got} at"):
        read_table(tmp_path / name, {"n": "text"})


def test_missing_names_a_column_that_is_read(tmp_path):
    with pytest.raises(DataError, match="expected missing to name columns that are read, got 'm'"):
        read_table(write(tmp_path / "a.csv", "n\n1\n"), {"n": "number"}, missing=("m",))


class TestMatrix:
    def test_white_space(self, tmp_path):
        path = write(tmp_path / "a.txt", "1 2.5  3 \n4\t5 -6e2  \n")
        np.testing.assert_array_equal(read_matrix(path), [[1, 2.5, 3], [4, 5, -600]])

    def test_header(self, tmp_path):
        path = write(tmp_path / "a.csv", "x,y\n1,2\n")
        np.testing.assert_array_equal(read_matrix(path, separator=",", header=True), [[1, 2]])

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("1 2\n3 x\n", r"expected a finite number, got 'x' in line 2, column '2' of .*a\.txt"),
            ("1 2\n3\n", r"expected 2 cells in each row, got 1 in line 2 of .*a\.txt"),
            ("1 2\n3 4 5\n", r"expected 2 cells in each row, got 3 in line 2 of .*a\.txt"),
            ("1 2\n\n3 nan\n", r"expected a value in every row, got 'nan' in line 3 .*, column '2' of"),
            ("", r"expected a table, got an empty file: .*a\.txt"),
        ],
    )
    def test_broken(self, tmp_path, text, message):
        with pytest.raises(DataError, match=message):
            read_matrix(write(tmp_path / "a.txt", text))


def test_names_of_columns(tmp_path):
    assert column_names(write(tmp_path / "a.csv", GOOD)) == list(KINDS)
    with pytest.raises(DataError, match=r"got nothing at .*none\.csv"):
        column_names(tmp_path / "none.csv")
