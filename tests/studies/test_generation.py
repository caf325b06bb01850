"""The generation study: its pairs, judge and figures, its network, and what it says of broken input."""

import json
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from real_data import real
from study_laws import STUDIES, assert_stacks, assert_takes, jobs_of, tensors, trained

from jrtune import DataError
from jrtune.data import check_splits
from jrtune.spec.study_file import configured

FILE = STUDIES / "generation.py"


def make(**options):
    return configured(FILE, options)[0]


STUDY = make()
MODULE = sys.modules[STUDY.losses["image"].__module__]


def folder_of(tmp_path, n=30, kinds=2):
    """Pictures of one grey each, three tones of every drawing, with a file of texts."""
    records = []
    for k in range(n):
        name = f"{k // 3:x}-{k % 3}" if k % 3 else f"{k // 3:x}"
        Image.fromarray(np.full((20, 20, 3), 7 * k, np.uint8)).save(tmp_path / f"{name}.png")
        kind = k // 3 % kinds
        records.append({"image": name, "caption": f"thing number {k}", "category": f"kind {kind}"})
    (tmp_path / "texts.json").write_text(json.dumps(records))
    return str(tmp_path)


class TestData:
    def test_default(self):
        splits = STUDY.data()
        check_splits(splits, STUDY.missing)
        assert {n: b["image"].shape for n, b in splits.items()} == {
            "train": (1078, 1, 8, 8),
            "val": (360, 1, 8, 8),
            "test": (359, 1, 8, 8),
        }
        assert splits["train"]["text"].shape == (1078, 16)
        assert splits["train"]["text"].max() < 100

    def test_tones_of_a_drawing_are_in_one_split(self, tmp_path):
        study = make(data=folder_of(tmp_path), size=6)
        splits = study.data()
        check_splits(splits, study.missing)
        greys = {n: (b["image"][:, 0, 0, 0] + 1) * 127.5 for n, b in splits.items()}
        drawings = {n: set(np.round(grey / 7).astype(int) // 3) for n, grey in greys.items()}
        assert sum(map(len, drawings.values())) == len(set.union(*drawings.values())) == 10

    def test_words_are_those_of_training(self, tmp_path):
        splits = make(data=folder_of(tmp_path), size=6).data()
        assert (splits["train"]["text"][:, 2] > 1).all()
        assert (splits["test"]["text"][:, :2] > 1).all()
        assert (splits["test"]["text"][:, 2] == 1).all()  # numbers that were never seen

    def test_limit(self):
        assert sum(len(b["label"]) for b in make(limit=100).data().values()) == 100


class TestBadInput:
    @pytest.mark.parametrize(("kinds", "remedy"), [(11, "merge some"), (1, "add a category")])
    def test_categories(self, tmp_path, kinds, remedy):
        with pytest.raises(DataError, match=f"expected 2 to 10 categories, got {kinds} in .*: {remedy}"):
            make(data=folder_of(tmp_path, 33, kinds)).data()

    def test_size(self):
        with pytest.raises(DataError, match="a size of 2 or more, got 0"):
            make(data="pictures", size=0)

    def test_text_without_a_picture(self, tmp_path):
        folder = folder_of(tmp_path)
        (tmp_path / "0-1.png").unlink()
        with pytest.raises(DataError, match=r"expected a picture for each text, got none of '0-1'"):
            make(data=folder).data()

    def test_a_picture_cut_short(self, tmp_path):
        folder = folder_of(tmp_path)
        (tmp_path / "0.png").write_bytes((tmp_path / "0.png").read_bytes()[:40])
        with pytest.raises(DataError, match=r"0\.png"):
            make(data=folder).data()


class TestFigures:
    def test_the_mean_picture_has_the_error_one(self):
        image = torch.rand(9, 1, 4, 4)
        mean = image.mean(0).expand_as(image)
        assert MODULE.relative_error({"image": mean}, {"image": image}) == pytest.approx(1)
        assert MODULE.relative_error({"image": image}, {"image": image}) == 0

    def test_the_judge_is_the_nearest_mean_of_true_pictures(self):
        image = torch.tensor([0.0, 0.2, 0.8, 1.0, 0.5]).view(5, 1, 1, 1)
        batch = {"image": image, "label": torch.tensor([3, 3, 5, 5, -1])}
        assert MODULE.classified(image, batch) == 1
        assert MODULE.classified(1 - image, batch) == 0
        assert MODULE.classified(torch.ones_like(image), batch) == 0.5

    def test_the_judge_agrees_with_scikit_learn(self):
        from sklearn.neighbors import NearestCentroid

        batch = tensors(STUDY.data()["val"])
        flat = batch["image"].flatten(1).numpy()
        expected = NearestCentroid().fit(flat, batch["label"]).score(flat, batch["label"])
        assert MODULE.classified(batch["image"], batch) == pytest.approx(expected, abs=1e-6)
        assert expected > 0.85

    def test_words_count_wherever_they_stand(self):
        text = torch.tensor([[2, 3, 0], [1, 4, 4]])
        logits = torch.tensor([[1.0, 1, 1, -1], [-1, -1, 1, -1]])  # the first has a word too many
        assert MODULE.text_f1({"text": logits}, {"text": text}) == pytest.approx(6 / 7)
        order = {"text": torch.tensor([[3, 0, 2], [4, 1, 0]])}
        assert MODULE.text_f1({"text": logits}, order) == pytest.approx(6 / 7)


@pytest.mark.parametrize("between", ["shared", "own"])
def test_stacked_equals_one_by_one(between):
    jobs = jobs_of(STUDY, (0.2, 0.2, 0.6), (0.5, 0.4, 0.1), between=between, lr=0.02)
    assert_stacks(make(limit=150), jobs)


def test_both_ways_are_learnt_together():
    jobs = jobs_of(STUDY, (1, 0, 0), (0.2, 0.6, 0.2), lr=0.02)
    drawn, written = (outcome.values for outcome in trained(STUDY, jobs, epochs=6))
    assert drawn["image_error"] < 0.85
    assert drawn["class_agreement"] > 0.3  # one class for all pictures would have 0.1
    batch = tensors(STUDY.data()["val"])
    words = MODULE.occurring({"text": torch.zeros(1, 98)}, batch)
    usual = (words.float().mean(0) > 0.2).float().expand_as(words) - 0.5  # the same words for every picture
    assert written["text_f1"] > MODULE.text_f1({"text": usual}, batch) + 0.02


def test_real_data():
    study = make(data=real("emojione"), limit=200)
    splits = study.data()
    assert_takes(study, splits)
    assert splits["train"]["image"].shape[1:] == (3, 16, 16)
