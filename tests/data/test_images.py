"""Reading labelled images from each layout, and what is said of layouts that cannot be read."""

import gzip
import io
import struct
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from PIL import Image
from real_data import real

from jrtune import DataError
from jrtune.data import read_images

IMAGES = np.arange(5 * 3 * 4, dtype=np.uint8).reshape(5, 3, 4)
LABELS = np.array([1, 0, 2, 1, 0], np.uint8)


def idx(array):
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def write_pair(folder, head, images=IMAGES, labels=LABELS, separator="-", zipped=False):
    for word, kind, array in (("images", "idx3", images), ("labels", "idx1", labels)):
        name, body = f"{head}{word}{separator}{kind}-ubyte", idx(array)
        (folder / (name + ".gz" * zipped)).write_bytes(gzip.compress(body) if zipped else body)


def png(array):
    with io.BytesIO() as body:
        Image.fromarray(array).save(body, "PNG")
        return body.getvalue()


def assert_reads(path, images, labels):
    got_images, got_labels = read_images(path)
    np.testing.assert_array_equal(got_images, images)
    np.testing.assert_array_equal(got_labels, labels)
    assert got_images.dtype == images.dtype
    assert got_labels.dtype == np.int64


class TestIdxPairs:
    @pytest.mark.parametrize("zipped", [False, True])
    @pytest.mark.parametrize("separator", ["-", "."])
    def test_by_folder_prefix_and_file(self, tmp_path, zipped, separator):
        write_pair(tmp_path, "t10k-", separator=separator, zipped=zipped)
        file = next(tmp_path.glob("*images*"))
        for path in (tmp_path, tmp_path / "t10k", file, str(file)):
            assert_reads(path, IMAGES, LABELS)

    def test_two_pairs_are_put_one_after_another(self, tmp_path):
        write_pair(tmp_path, "train-", IMAGES[:3], LABELS[:3])
        write_pair(tmp_path, "t10k-", IMAGES[3:], LABELS[3:], zipped=True)
        assert_reads(
            tmp_path, np.concatenate([IMAGES[3:], IMAGES[:3]]), np.concatenate([LABELS[3:], LABELS[:3]])
        )
        assert_reads(tmp_path / "train", IMAGES[:3], LABELS[:3])

    def test_a_plain_file_and_its_gz_count_once(self, tmp_path):
        write_pair(tmp_path, "train-")
        write_pair(tmp_path, "train-", zipped=True)
        assert_reads(tmp_path, IMAGES, LABELS)

    def test_labels_may_be_zipped_alone(self, tmp_path):
        (tmp_path / "images-idx3-ubyte").write_bytes(idx(IMAGES))
        (tmp_path / "labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(LABELS)))
        assert_reads(tmp_path, IMAGES, LABELS)

    def test_labels_missing(self, tmp_path):
        (tmp_path / "images-idx3-ubyte").write_bytes(idx(IMAGES))
        with pytest.raises(DataError, match=r"expected an idx file, got nothing at .*labels-idx1-ubyte"):
            read_images(tmp_path)

    def test_two_lengths(self, tmp_path):
        write_pair(tmp_path, "", labels=LABELS[:4])
        with pytest.raises(DataError, match="a label for each image, got 5 images and 4 labels in"):
            read_images(tmp_path)

    def test_pairs_of_two_sizes(self, tmp_path):
        write_pair(tmp_path, "a-")
        write_pair(tmp_path, "b-", IMAGES[:, :2])
        with pytest.raises(
            DataError, match=r"images of one size, got \(2, 4\) and \(3, 4\) in .*: read one part"
        ):
            read_images(tmp_path)

    def test_no_samples(self, tmp_path):
        write_pair(tmp_path, "", IMAGES[:0], LABELS[:0])
        with pytest.raises(DataError, match="expected images, got none in"):
            read_images(tmp_path)


class TestNpz:
    @pytest.mark.parametrize(
        ("images", "labels"),
        [
            ("x_train", "y_train"),
            ("train_images", "train_labels"),
            ("images", "labels"),
            ("X", "y"),
            ("data", "target"),
        ],
    )
    def test_key_names(self, tmp_path, images, labels):
        np.savez(tmp_path / "a.npz", **{labels: LABELS, images: IMAGES, "class_names": np.array(["a", "b"])})
        assert_reads(tmp_path / "a.npz", IMAGES, LABELS)
        assert_reads(tmp_path, IMAGES, LABELS)  # the folder's one file

    def test_parts_in_the_order_of_the_file(self, tmp_path):
        np.savez(
            tmp_path / "a.npz", x_train=IMAGES[:3], x_test=IMAGES[3:], y_test=LABELS[3:], y_train=LABELS[:3]
        )
        assert_reads(tmp_path / "a.npz", IMAGES, LABELS)

    def test_channels_are_brought_to_the_end_and_single_ones_dropped(self, tmp_path):
        colour = np.stack([IMAGES, IMAGES + 1, IMAGES + 2], axis=3)
        for name, stored, wanted in (
            ("last", colour, colour),
            ("first", colour.transpose(0, 3, 1, 2), colour),
            ("one", IMAGES[:, None], IMAGES),
        ):
            np.savez(tmp_path / f"{name}.npz", x=stored, y=LABELS[:, None])
            assert_reads(tmp_path / f"{name}.npz", wanted, LABELS)

    def test_types(self, tmp_path):
        for name, stored, wanted in (
            ("wide", IMAGES.astype(np.int64), IMAGES),
            ("float", IMAGES.astype(np.float32) / 7, IMAGES.astype(np.float32) / 7),
        ):
            np.savez(tmp_path / f"{name}.npz", x=stored, y=LABELS.astype(float))
            assert_reads(tmp_path / f"{name}.npz", wanted, LABELS)

    @pytest.mark.parametrize(
        ("arrays", "message"),
        [
            ({"a": IMAGES, "b": LABELS}, "expected arrays such as x_train and y_train, got a, b in"),
            ({}, "expected arrays such as x_train and y_train, got none in"),
            (
                {"x_train": IMAGES, "y_test": LABELS},
                "expected labels for 'x_train', got only x_train, y_test in",
            ),
            ({"x": IMAGES, "y": LABELS[:2]}, "got 5 images and 2 labels in"),
            ({"x": IMAGES.reshape(5, 12), "y": LABELS}, r"as n x h x w or n x h x w x 3, got \(5, 12\) in"),
            (
                {"x": np.full((5, 2, 2), np.nan), "y": LABELS},
                "expected finite images, got 20 NaN or infinite values in",
            ),
            (
                {"x": IMAGES.astype(int) * 9, "y": LABELS},
                "expected pixels from 0 to 255 or floats, got int64 in",
            ),
            (
                {"x": IMAGES, "y": np.array([0, 1, np.nan, 1, 0])},
                "expected integers as labels, got nan in",
            ),
            (
                {"x": IMAGES, "y": np.array([0, 1, np.inf, 1, 0])},
                "expected integers as labels, got inf in",
            ),
            ({"x": IMAGES, "y": np.array([0, 1, 0.5, 1, 0])}, "expected integers as labels, got 0.5 in"),
            (
                {"x": IMAGES, "y": np.array(list("abcab"))},
                "expected one number as label of each image, got <U1",
            ),
            (
                {"x": IMAGES, "y": np.array([None] * 5)},
                "expected a whole .npz of plain arrays, got .*allow_pickle",
            ),
        ],
    )
    def test_unusable(self, tmp_path, arrays, message):
        np.savez(tmp_path / "a.npz", **arrays)
        with pytest.raises(DataError, match=message):
            read_images(tmp_path / "a.npz")

    def test_truncated(self, tmp_path):
        np.savez(tmp_path / "a.npz", x=IMAGES, y=LABELS)
        body = (tmp_path / "a.npz").read_bytes()
        (tmp_path / "a.npz").write_bytes(body[: len(body) // 2])
        with pytest.raises(
            DataError, match=r"expected a whole \.npz of plain arrays, got .*: fetch .*a\.npz again"
        ):
            read_images(tmp_path / "a.npz")


def write_tree(target, files):
    """The files in a folder, or in a zip where the target's name says so."""
    if target.suffix == ".zip":
        with zipfile.ZipFile(target, "w") as archive:
            for name, body in files.items():
                archive.writestr(name, body)
        return
    for name, body in files.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(body)


@pytest.fixture(params=["tree", "tree.zip"])
def tree(request, tmp_path):
    return tmp_path / request.param


class TestClassFolders:
    def test_folders_name_classes_at_any_depth(self, tree):
        write_tree(
            tree,
            {
                "train/dog/1.png": png(IMAGES[0]),
                "train/cat/1.PNG": png(IMAGES[1]),
                "test/dog/1.png": png(IMAGES[2]),
                "readme.txt": b"hello",
                "__MACOSX/train/dog/._1.png": b"not a picture",
            },
        )
        # in the order of names: test/dog, train/cat, train/dog
        assert_reads(tree, IMAGES[[2, 1, 0]], np.array([1, 0, 1]))

    def test_colour_and_grey_together_become_colour(self, tree):
        colour = np.stack([IMAGES[0]] * 2 + [IMAGES[1]], axis=2)
        write_tree(tree, {"a/1.png": png(colour), "b/1.png": png(IMAGES[2])})
        assert_reads(tree, np.stack([colour, np.stack([IMAGES[2]] * 3, axis=2)]), np.array([0, 1]))

    def test_jpg(self, tree):
        with io.BytesIO() as body:
            Image.fromarray(np.full((8, 8), 128, np.uint8)).save(body, "JPEG")
            write_tree(tree, {"a/1.jpg": body.getvalue()})
        assert_reads(tree, np.full((1, 8, 8), 128, np.uint8), np.array([0]))

    @pytest.mark.parametrize(
        ("files", "message"),
        [
            (
                {"a/1.png": png(IMAGES[0]), "a/2.png": png(IMAGES[0, :2])},
                r"of one size, got 3x4 and 2x4 \(a/2.png in",
            ),
            (
                {"a/1.png": png(IMAGES[0])[:40]},
                "expected a whole picture, got .* from a/1.png in .*tree.*: fetch",
            ),
            (
                {"a/1.png": b"no picture"},
                "expected a whole picture, got UnidentifiedImageError from a/1.png in",
            ),
            (
                {"a/1.png": png(IMAGES[0].astype(np.uint16))},
                "expected 8-bit pictures, got mode I;16 in a/1.png in",
            ),
            ({"a/1.txt": b"hello"}, "expected folders named as classes with png or jpg files, got none in"),
            (
                {"1.png": png(IMAGES[0]), "a/b": b""},
                "picture in a folder named as its class, got '1.png' at the top",
            ),
        ],
    )
    def test_unusable(self, tree, files, message):
        write_tree(tree, files)
        with pytest.raises(DataError, match=message):
            read_images(tree)

    def test_corrupt_zip(self, tmp_path):
        write_tree(tmp_path / "a.zip", {"a/1.png": png(IMAGES[0])})
        body = (tmp_path / "a.zip").read_bytes()
        (tmp_path / "a.zip").write_bytes(body[:-30])
        with pytest.raises(DataError, match=r"expected a whole zip file, got .*: fetch .*a\.zip again"):
            read_images(tmp_path / "a.zip")

    def test_corrupt_member(self, tmp_path):
        picture = png(IMAGES[0])
        write_tree(tmp_path / "a.zip", {"a/1.png": picture})
        body = (tmp_path / "a.zip").read_bytes()
        (tmp_path / "a.zip").write_bytes(body.replace(picture[-20:], bytes(20)))
        with pytest.raises(DataError, match=r"expected a whole picture, got BadZipFile from a/1\.png in"):
            read_images(tmp_path / "a.zip")


class TestUnknown:
    def test_nothing_there(self, tmp_path):
        with pytest.raises(DataError, match=r"expected images, got nothing at .*none: check the path"):
            read_images(tmp_path / "none")

    def test_empty_folder(self, tmp_path):
        with pytest.raises(DataError, match="expected images, got an empty folder: "):
            read_images(tmp_path)

    def test_other_file(self, tmp_path):
        (tmp_path / "a.csv").write_text("1,2")
        for path in (tmp_path, tmp_path / "a.csv"):
            with pytest.raises(
                DataError, match=r"expected \*images-idx3-ubyte.* class folders, got .*a\.csv: convert"
            ):
                read_images(path)

    def test_folder_of_files(self, tmp_path):
        for name in "ab":
            (tmp_path / f"{name}.csv").write_text("1,2")
        with pytest.raises(DataError, match=r"got a folder with a\.csv: convert"):
            read_images(tmp_path)


@pytest.mark.parametrize(
    ("name", "shape", "counts"),
    [
        ("mnist10k", (10_000, 28, 28), None),
        ("fashion_mnist", (30_000, 28, 28), None),
        ("cifar10", (12_000, 32, 32, 3), [1_200] * 10),
    ],
)
def test_real_data(name, shape, counts):
    images, labels = read_images(real(name))
    assert images.shape == shape
    assert images.dtype == np.uint8
    assert images.max() == 255
    got = np.bincount(labels)
    assert len(got) == 10
    assert counts is None or got.tolist() == counts


def test_reading_data_imports_no_torch():
    code = "import sys, jrtune.data; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
