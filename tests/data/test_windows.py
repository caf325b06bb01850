"""Windows: cut from series, read from arrays, tables and folders of series."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import savemat

from jrtune import DataError
from jrtune.data import cut_windows, read_arrays, read_images, read_windows


@given(st.lists(st.integers(1, 12), min_size=1, max_size=5), st.integers(1, 6), st.integers(0, 7))
def test_windows_are_runs_of_rows_within_one_group(sizes, length, step):
    groups = np.repeat(np.arange(len(sizes)) % 2, sizes)  # a value that comes again is another group
    series = np.arange(len(groups))[:, None] + [0, 100]
    stride = step or length
    expected = [a + k for a, n in zip(np.cumsum([0, *sizes]), sizes, strict=False)
                for k in range(0, n - length + 1, stride)]  # fmt: skip
    if not expected:
        with pytest.raises(DataError, match=f"expected a run of {length} rows or more"):
            cut_windows(series, length, step, groups)
        return
    windows, last = cut_windows(series, length, step, groups)
    assert windows.shape == (len(expected), 2, length)
    assert last.tolist() == [start + length - 1 for start in expected]
    for window, start in zip(windows, expected, strict=True):
        np.testing.assert_array_equal(window, series[start : start + length].T)


def test_a_series_of_one_channel():
    windows, last = cut_windows(np.arange(5), 2, 1)
    assert windows[:, 0].tolist() == [[0, 1], [1, 2], [2, 3], [3, 4]]
    assert last.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"length": 0}, "expected a length above 0 and a step of 0 or more, got 0 and 0"),
        ({"length": 2, "step": -1}, "got 2 and -1"),
        ({"length": 2, "groups": [0]}, "expected a group for each of 5 rows, got 1"),
        ({"length": 6}, "expected a run of 6 rows or more, got 5 rows in 1 runs: shorten length"),
    ],
)
def test_unusable_cuts(options, message):
    with pytest.raises(DataError, match=message):
        cut_windows(np.zeros((5, 1)), **options)


VALUES = np.random.default_rng(0).normal(size=(6, 2, 8)).astype(np.float32)
LABELS = np.array([5, 2, 2, 5, 9, 9])


def save(path, **arrays):
    (savemat if path.suffix == ".mat" else lambda p, d: np.savez(p, **d))(path, arrays)
    return path


class TestArrays:
    @pytest.mark.parametrize("suffix", [".npz", ".mat"])
    def test_what_was_saved(self, tmp_path, suffix):
        found = read_arrays(save(tmp_path / f"a{suffix}", x=VALUES, name=np.array(["a"])))
        assert list(found) == ["x"]  # what holds no numbers is left out
        np.testing.assert_array_equal(found["x"], VALUES)

    @pytest.mark.parametrize(
        ("name", "body", "message"),
        [
            ("a.npz", b"PK\3\4 cut", r"expected a whole \.npz of plain arrays, got .*: fetch .*a\.npz again"),
            ("a.npz", b"", r"expected a whole \.npz .*a\.npz"),
            ("a.mat", b"MATLAB 5.0 MAT-file" + b" " * 200, r"expected a whole \.mat file, got .*a\.mat"),
            ("a.mat", b"", r"expected a whole \.mat file, got .*a\.mat"),
            (
                "a.mat",
                b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\2IM" + b"\0" * 99,
                "version 7.2, got 7.3: .* -v7",
            ),
            ("a.txt", b"1 2", r"expected a \.npz or \.mat file, got .*a\.txt: convert it"),
        ],
    )
    def test_broken(self, tmp_path, name, body, message):
        (tmp_path / name).write_bytes(body)
        with pytest.raises(DataError, match=message):
            read_arrays(tmp_path / name)

    def test_a_single_array_under_the_name_of_an_archive(self, tmp_path):
        with (tmp_path / "a.npz").open("wb") as file:
            np.save(file, VALUES)
        message = r"expected a \.npz of named arrays, got a single array in .*a\.npz: use np\.savez"
        for read in (read_arrays, read_images):
            with pytest.raises(DataError, match=message):
                read(tmp_path / "a.npz")

    def test_cut_off_mat(self, tmp_path):
        path = save(tmp_path / "a.mat", x=VALUES)
        path.write_bytes(path.read_bytes()[:-50])
        with pytest.raises(DataError, match=r"expected a whole \.mat file"):
            read_arrays(path)

    def test_no_numbers(self, tmp_path):
        with pytest.raises(DataError, match=r"expected arrays of numbers, got name in .*a\.npz"):
            read_arrays(save(tmp_path / "a.npz", name=np.array(["a"])))

    def test_nothing_there(self, tmp_path):
        with pytest.raises(DataError, match=r"expected a \.npz or \.mat file, got nothing at .*none"):
            read_arrays(tmp_path / "none.npz")


class TestReadyWindows:
    @pytest.mark.parametrize("suffix", [".npz", ".mat"])
    def test_arrays(self, tmp_path, suffix):
        got = read_windows(save(tmp_path / f"a{suffix}", x=VALUES, y=LABELS))
        np.testing.assert_array_equal(got.values, VALUES)
        assert got.labels.tolist() == [1, 0, 0, 1, 2, 2]
        assert got.classes == ("2", "5", "9")
        assert got.groups.tolist() == [0, 1, 2, 3, 4, 5]

    def test_one_channel_and_missing_labels(self, tmp_path):
        labels = np.where(LABELS == 9, np.nan, LABELS)
        got = read_windows(save(tmp_path / "a.npz", windows=VALUES[:, 0], labels=labels))
        assert got.values.shape == (6, 1, 8)
        np.testing.assert_array_equal(got.labels, [1, 0, 0, 1, np.nan, np.nan])

    def test_table(self, tmp_path):
        (tmp_path / "a.csv").write_text("a,label,b\n1,ok,2\n3,,4\n5,inner,6\n7,NaN,8\n")
        got = read_windows(tmp_path / "a.csv")
        assert got.values.tolist() == [[[1, 2]], [[3, 4]], [[5, 6]], [[7, 8]]]
        np.testing.assert_array_equal(got.labels, [1, np.nan, 0, np.nan])
        assert got.classes == ("inner", "ok")

    @pytest.mark.parametrize(
        ("arrays", "message"),
        [
            ({"x": VALUES}, r"expected one array named label or .*, got x in .*a\.npz: rename it"),
            ({"z": VALUES, "y": LABELS}, "expected one array named data or .*, got z, y in"),
            ({"x": VALUES, "y": LABELS[:5]}, r"with a label each, got \(6, 2, 8\) and \(5,\) in .*a\.npz"),
            ({"x": VALUES[0, 0], "y": LABELS}, r"n x length or .*, got \(8,\) and"),
            ({"x": np.where(VALUES[1, 0, 3] == VALUES, np.nan, VALUES), "y": LABELS},
             r"expected finite numbers, got nan at \(1, 0, 3\) in .*a\.npz"),
        ],
    )  # fmt: skip
    def test_broken_arrays(self, tmp_path, arrays, message):
        with pytest.raises(DataError, match=message):
            read_windows(save(tmp_path / "a.npz", **arrays))

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("a,b\n1,2\n", r"expected a column 'label' beside numbers, got a, b in .*a\.csv"),
            ("a,label\nx,2\n", r"expected a finite number, got 'x' in line 2, column 'a' of .*a\.csv"),
        ],
    )
    def test_broken_table(self, tmp_path, text, message):
        (tmp_path / "a.csv").write_text(text)
        with pytest.raises(DataError, match=message):
            read_windows(tmp_path / "a.csv")


class TestFolders:
    def test_class_folders(self, tmp_path):
        for folder in ("ok", "inner"):
            (tmp_path / folder).mkdir()
        save(
            tmp_path / "inner" / "1.mat",
            X1_DE_time=np.arange(7.0)[:, None],
            X1_FE_time=np.zeros((7, 1)),
            RPM=1,
        )
        save(tmp_path / "inner" / "2.npz", DE_time=np.arange(10.0, 14))
        (tmp_path / "ok" / "3.csv").write_text("v\n" + "5\n" * 4)
        got = read_windows(tmp_path, length=3, key="DE_time")
        assert got.values[:, 0].tolist() == [[0, 1, 2], [3, 4, 5], [10, 11, 12], [5, 5, 5]]
        assert got.classes == ("inner", "ok")
        assert got.labels.tolist() == [0, 0, 0, 1]
        assert got.groups.tolist() == [0, 0, 1, 2]

    def test_files_named_as_classes_and_channels_in_rows(self, tmp_path):
        save(tmp_path / "b.npz", s=np.arange(12.0).reshape(2, 6))
        save(tmp_path / "a.npz", s=np.zeros((6, 2)))
        got = read_windows(tmp_path, length=6)
        assert got.classes == ("a", "b")
        np.testing.assert_array_equal(got.values[1], np.arange(12.0).reshape(2, 6))

    def test_broken(self, tmp_path):
        with pytest.raises(DataError, match="expected csv, npz or mat files, got none in"):
            read_windows(tmp_path, length=2)
        save(tmp_path / "a.npz", s=np.zeros((6, 2)))
        with pytest.raises(DataError, match=r"expected a length to cut the series in .* into, got 0"):
            read_windows(tmp_path)
        with pytest.raises(DataError, match=r"expected 7 rows or more, got 6 in .*a\.npz: shorten"):
            read_windows(tmp_path, length=7)
        with pytest.raises(DataError, match=r"with 'DE' in its name, got none in .*a\.npz"):
            read_windows(tmp_path, length=2, key="DE")
        save(tmp_path / "b.npz", s=np.zeros((6, 3)))
        with pytest.raises(
            DataError, match=r"as many channels in each file, got 2 in .*a\.npz and 3 in .*b\.npz"
        ):
            read_windows(tmp_path, length=2)
