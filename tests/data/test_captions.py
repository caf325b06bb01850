"""Pictures with texts: each layout, and what is broken in it."""

import json

import numpy as np
import pytest
from PIL import Image

from jrtune import DataError
from jrtune.data import read_captions, read_pictures


def draw(path, colour, size=(4, 6), mode="RGB"):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path)


@pytest.fixture
def folder(tmp_path):
    draw(tmp_path / "images" / "a.png", (255, 0, 0))
    draw(tmp_path / "images" / "b.png", (0, 0, 255))
    return tmp_path


class TestPictures:
    def test_order_size_and_grey(self, folder):
        images = read_pictures(folder / "images", ["b.png", "a.png"])
        assert images.shape == (2, 6, 4, 3)
        assert images[0, 0, 0].tolist() == [0, 0, 255]
        assert read_pictures(folder, ["images/a.png"], size=5, grey=True).shape == (1, 5, 5)
        assert read_pictures(folder, ["images/a.png"], grey=True)[0, 0, 0] == 76  # luma of red

    @pytest.mark.parametrize(
        ("mode", "colour", "seen"),
        [("RGBA", (0, 0, 0, 0), 255), ("LA", (0, 0), 255), ("RGBA", (9, 9, 9, 255), 9)],
    )
    def test_what_is_transparent_stands_on_white(self, tmp_path, mode, colour, seen):
        draw(tmp_path / "a.png", colour, mode=mode)
        assert (read_pictures(tmp_path, ["a.png"]) == seen).all()

    def test_two_sizes(self, folder):
        draw(folder / "images" / "b.png", 0, size=(5, 6))
        message = r"one size, got 6x4 \(a\.png\) and 6x5 \(b\.png\) in .*: give the size"
        with pytest.raises(DataError, match=message):
            read_pictures(folder / "images", ["a.png", "b.png"])
        assert read_pictures(folder / "images", ["a.png", "b.png"], size=3).shape == (2, 3, 3, 3)

    def test_broken(self, folder):
        (folder / "c.png").write_bytes((folder / "images" / "a.png").read_bytes()[:40])
        with pytest.raises(DataError, match=r"expected a whole picture, got .* from .*c\.png"):
            read_pictures(folder, ["c.png"])
        with pytest.raises(DataError, match=r"expected a picture, got nothing at .*d\.png"):
            read_pictures(folder, ["d.png"])
        with pytest.raises(DataError, match=r"expected names of pictures in .*, got none"):
            read_pictures(folder, [])


TOKEN = 'b.png#0\ta blue one\nb.png#1\tblue\na.png#0\tred, "it is"\n'
LAYOUTS = {
    "x.json": json.dumps({
        "r": {"name": "red thing", "unicode": "a", "category": "warm", "keywords": ["hot", "fire"]},
        "b": {"name": "blue thing", "unicode": "b", "category": "cold", "keywords": []},
    }),
    "list.json": json.dumps([
        {"image": "a.png", "captions": ["one", "two"]}, {"image": "b.png", "text": "three"}
    ]),
    "x.csv": 'image,caption,label\na.png,"red, so red",warm\nb.png,blue,cold\na.png,redder,warm\n',
    "captions.txt": "image,caption\na.png,red\nb.png,blue\n",
    "token.txt": TOKEN,
}  # fmt: skip
READ = {
    "x.json": (["a.png", "b.png"], [("red thing hot fire",), ("blue thing",)], ["warm", "cold"]),
    "list.json": (["a.png", "b.png"], [("one", "two"), ("three",)], ["", ""]),
    "x.csv": (["a.png", "b.png"], [("red, so red", "redder"), ("blue",)], ["warm", "cold"]),
    "captions.txt": (["a.png", "b.png"], [("red",), ("blue",)], ["", ""]),
    "token.txt": (["b.png", "a.png"], [("a blue one", "blue"), ('red, "it is"',)], ["", ""]),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts(folder, name):
    (folder / name).write_text(LAYOUTS[name])
    got = read_captions(folder)
    names, texts, classes = READ[name]
    assert (list(got.names), list(got.texts), list(got.classes)) == (names, texts, classes)
    np.testing.assert_array_equal(got.images, read_pictures(folder / "images", names))
    assert got.absent == ()


def test_a_name_with_a_number_sign(folder):
    draw(folder / "no#1.png", 0, size=(4, 6))
    (folder / "x.txt").write_text("no#1.png#0\tblack\n")
    assert read_captions(folder).names == ("no#1.png",)


def test_captions_elsewhere_and_pictures_that_are_absent(folder, tmp_path_factory):
    path = tmp_path_factory.mktemp("texts") / "x.token"
    path.write_text(TOKEN + "gone.jpg#0\tnowhere\n")
    with pytest.raises(
        DataError, match=r"a picture for each text, got none of 'gone\.jpg' \(and 0 more\) of"
    ):
        read_captions(folder / "images", path)
    got = read_captions(folder / "images", path, size=2, skip=True)
    assert got.absent == ("gone.jpg",)
    assert got.images.shape == (2, 2, 2, 3)
    path.write_text("gone.jpg#0\tnowhere\n")
    with pytest.raises(DataError, match="expected a picture for each text"):
        read_captions(folder / "images", path, skip=True)


BROKEN = [
    ("x.json", '[{"image": "a.png",\n "text"]', r"expected json, got .* line 2 column 8 .*x\.json"),
    ("x.json", "[]", r"expected records in a list or by name, got list in .*x\.json"),
    ("x.json", "[1]", r"expected a record .*, got int in record 1 of .*x\.json"),
    ("x.json", '[{"image": "a.png"}]', r"expected an image and a text, got no text in record 1 of .*x\.json"),
    ("x.json", '[{"text": "red"}]', r"got no image in record 1 of .*x\.json"),
    (
        "x.json",
        '[{"image": "a.png", "text": {"en": "red"}}]',
        r"expected text .*'en'.* in record 1 of .*json",
    ),
    ("x.json", '[{"image": "a.png", "text": "red", "class": ["a"]}]', r"got \['a'\] in record 1 of .*json"),
    ("x.csv", "image,caption\na.png,red\nb.png,\n", r"got no text in line 3 of .*x\.csv"),
    ("x.csv", "picture,caption\na.png,red\n", r"got no image in line 2 of .*x\.csv"),
    ("x.csv", "image,caption\na.png\n", r"expected 2 cells in each row, got 1 in line 2 of .*x\.csv"),
    ("x.txt", "a.png#0\tred\n\nb.png blue\n", r"<TAB>text', got 'b.png blue' in line 3 of .*x\.txt"),
]


@pytest.mark.parametrize(("name", "text", "message"), BROKEN)
def test_broken_captions(folder, name, text, message):
    (folder / name).write_text(text)
    with pytest.raises(DataError, match=message):
        read_captions(folder)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.txt", "a.png#0\tred\n"),
        ("x.csv", "image,text\na.png,red\n"),
        ("x.json", '{"a": {"image": "a", "text": "red"}}'),
    ],
)
def test_a_byte_order_mark_is_no_part_of_a_name(folder, name, text):
    (folder / name).write_text(text, "utf-8-sig")
    assert read_captions(folder).texts == (("red",),)


def test_broken_folders(folder):
    (folder / "folder.txt").mkdir()
    with pytest.raises(DataError, match=r"expected a \.json, .*, got none in .*: name the file of captions"):
        read_captions(folder)
    for name in ("1.csv", "2.txt"):
        (folder / name).write_text("image,caption\na.png,red\n")
    with pytest.raises(DataError, match=r"got 1\.csv, 2\.txt in"):
        read_captions(folder)
    (folder / "1.csv").write_bytes(b"image,caption\na.png,\xff\n")
    with pytest.raises(DataError, match=r"expected utf-8 text, got .* in .*1\.csv"):
        read_captions(folder, folder / "1.csv")
    draw(folder / "more" / "a.png", 0)
    with pytest.raises(DataError, match=r"expected each name once below .*, got 'a\.png' twice"):
        read_captions(folder, folder / "2.txt")
    (folder / "empty").mkdir()
    with pytest.raises(DataError, match=r"expected png, jpg or bmp files, got none in .*empty"):
        read_captions(folder / "empty", folder / "2.txt")
