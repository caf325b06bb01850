"""The retrieval study: what belongs together, in which layouts, and that it is found."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from real_data import real
from study_laws import STUDIES, assert_stacks, assert_takes, jobs_of, tensors, trained

from jrtune import DataError
from jrtune.data import check_splits
from jrtune.spec.study_file import load_study

STUDY = load_study(STUDIES / "retrieval.py")
MODULE = sys.modules[STUDY.model.__module__]


@pytest.fixture
def flickr(tmp_path):
    """Twenty pictures in a folder, with three to seven captions each, and a file of captions beside it."""
    lines = []
    (tmp_path / "Images").mkdir()
    for k in range(20):
        Image.new("RGB", (6 + k % 3, 5), (10 * k, 0, 0)).save(tmp_path / "Images" / f"{k}.jpg")
        known = " ".join(f"{'some' if k >> bit & 1 else 'no'}{bit}" for bit in range(5))  # no two alike
        lines += [f"{k}.jpg#{c}\tperson {k} with {known}, the {c} time" for c in range(3 + k % 5)]
    (tmp_path / "captions.token").write_text("\n".join(lines))
    return {"data": str(tmp_path / "Images"), "captions": str(tmp_path / "captions.token"), "size": 4}


class TestData:
    def test_default(self):
        splits = STUDY.data()
        check_splits(splits)
        assert [len(batch["picture"]) for batch in splits.values()] == [1078, 360, 359]
        train = splits["train"]
        assert train["image"].shape[1:] == (3, 8, 8)
        assert train["text"].shape[1:] == (2, 16)
        assert (train["owner"] == train["picture"][:, None]).all()
        pictures = [set(batch["picture"]) for batch in splits.values()]
        assert len(set.union(*pictures)) == sum(map(len, pictures)) == 1797

    def test_captions_as_those_of_flickr8k(self, flickr):
        splits = STUDY.data(**flickr)
        check_splits(splits)
        owner = np.concatenate([batch["owner"] for batch in splits.values()])
        assert owner.shape == (20, 5)  # five at most
        counts = sorted((owner >= 0).sum(1))
        assert counts == sorted(min(3 + k % 5, 5) for k in range(20))
        for batch in splits.values():
            assert ((batch["owner"] < 0) == (batch["text"] == 0).all(2)).all()
            assert np.isin(batch["owner"], [*batch["picture"], -1]).all()

    def test_equal_pictures_are_one(self, flickr):
        for k in range(0, 20, 2):
            (Path(flickr["data"]) / f"{k}.jpg").write_bytes((Path(flickr["data"]) / "0.jpg").read_bytes())
        splits = STUDY.data(**flickr)
        holds = [np.bincount(batch["picture"], minlength=11) for batch in splits.values()]
        assert sorted(np.max(holds, axis=0)) == sorted(np.sum(holds, axis=0)) == [1] * 10 + [10]


class TestBadInput:
    def test_a_line_without_a_tab(self, flickr):
        Path(flickr["captions"]).write_text("0.jpg#0\tone\n1.jpg two\n")
        with pytest.raises(DataError, match=r"got '1.jpg two' in line 2 of .*captions\.token: fix the line"):
            STUDY.data(**flickr)

    def test_a_picture_that_is_absent_or_broken(self, flickr):
        file = Path(flickr["data"]) / "3.jpg"
        file.write_bytes(file.read_bytes()[:60])
        with pytest.raises(DataError, match=r"expected a whole picture, got .*3\.jpg: fetch it again"):
            STUDY.data(**flickr)
        file.unlink()
        with pytest.raises(DataError, match=r"a picture for each text, got none of '3\.jpg'"):
            STUDY.data(**flickr)

    def test_size(self, flickr):
        with pytest.raises(DataError, match="expected a size of 2 or more, got 1"):
            STUDY.data(**{**flickr, "size": 1})


def test_recall_is_by_pair_in_both_directions():
    """Three pictures; the last has one text, which is nearer to the first picture."""
    outputs = {
        "image": torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.6, -0.8]]),
        "text": torch.tensor([[[1.0, 0.1], [0.9, 0.0]], [[0.1, 1.0], [1.0, 0.2]], [[0.9, -0.3], [0.0, 0.0]]]),
    }
    batch = {
        "picture": torch.tensor([5, 6, 7]),
        "owner": torch.tensor([[5, 5], [6, 6], [7, -1]]),
        "text": torch.ones(3, 2, 4),
    }
    measured = {name: float(o.measure(outputs, batch)) for name, o in STUDY.objectives.items()}
    assert measured["image_to_text_1"] == 1
    assert measured["text_to_image_1"] == pytest.approx(3 / 5)  # of five texts, two go astray
    assert measured["image_to_text_10"] == measured["text_to_image_10"] == 1


def test_a_text_that_is_not_there_is_in_no_loss():
    batch = tensors(STUDY.data(limit=60)["train"])
    outputs = STUDY.model()(batch)
    one, two = batch["owner"].clone(), {**outputs, "text": outputs["text"].clone()}
    one[3, 1], two["text"][3, 1] = -1, 1e3
    for loss in STUDY.losses.values():
        here, there = ({**batch, "owner": one} for _ in range(2))
        assert loss(outputs, here) == loss(two, there) != loss(outputs, batch)


@pytest.mark.parametrize("words", STUDY.space["words"].options)
def test_stacked_equals_one_by_one(words, flickr):
    jobs = jobs_of(STUDY, (0.2, 0.8), (0.7, 0.3), words=words, width=8, lr=0.01)
    assert_stacks(STUDY, jobs, epochs=2, **flickr)


def test_more_is_found_than_by_drawing_lots():
    [outcome] = trained(STUDY, jobs_of(STUDY, (0.5, 0.5), lr=0.01), epochs=5)
    assert outcome.values["image_to_text_10"] > 0.3  # of lots: 0.05, as each picture has two texts
    assert outcome.values["text_to_image_10"] > 0.2  # 0.03


def test_real_data():
    splits = STUDY.data(data=real("emojione"), limit=100)
    assert_takes(STUDY, splits)
    assert sum(len(batch["picture"]) for batch in splits.values()) == 100
