"""The overlaid-images study: its pairs, its networks, and what it says of input it cannot use."""

import sys

import numpy as np
import pytest
import torch
from real_data import real
from study_laws import STUDIES, assert_stacks, assert_takes, jobs_of, trained, write_npz

from jrtune import DataError
from jrtune.data import check_splits
from jrtune.spec.study_file import load_study

STUDY = load_study(STUDIES / "overlaid_images.py")
MODULE = sys.modules[STUDY.model.__module__]


def write_images(path, seed, size=6, n=60, classes=3):
    """Images of which no two share a pixel value at their corners, so that each can be told in a pair."""
    rng = np.random.default_rng(seed)
    images = rng.integers(1, 120, (n, size, size))
    images[:, 0, 0] = images[:, -1, -1] = 130 + np.arange(n)
    return write_npz(path, images.astype(np.uint8), np.arange(n) % classes)


def sources(splits, corner):
    """Split -> which images stand at that corner of its canvases."""
    return {
        name: set(np.round(batch["image"][:, corner, corner] * 255).astype(int) - 130)
        for name, batch in splits.items()
    }


class TestData:
    def test_default(self):
        splits = STUDY.data()
        check_splits(splits)
        assert {name: batch["image"].shape for name, batch in splits.items()} == {
            "train": (3234, 12, 12),
            "val": (1086, 12, 12),
            "test": (1071, 12, 12),
        }

    def test_no_image_is_in_two_splits(self, tmp_path):
        splits = STUDY.data(data=write_images(tmp_path / "a.npz", 0))
        left, right = sources(splits, 0), sources(splits, -1)
        for name in splits:
            assert left[name] == right[name]  # one set laid over itself: the same images in both places
        assert len(left["train"] | left["val"] | left["test"]) == sum(map(len, left.values())) == 60

    def test_labels_are_those_of_the_two_images(self, tmp_path):
        path = write_images(tmp_path / "a.npz", 0)
        for batch in STUDY.data(data=path).values():
            for place, corner in (("left", 0), ("right", -1)):
                index = np.round(batch["image"][:, corner, corner] * 255).astype(int) - 130
                np.testing.assert_array_equal(batch[place], index % 3)

    def test_another_set_for_the_second_image(self, tmp_path):
        one, two = write_images(tmp_path / "a.npz", 0), write_images(tmp_path / "b.npz", 1, n=30, classes=2)
        splits = STUDY.data(data=one, second=two)
        assert max(max(s) for s in sources(splits, 0).values()) == 59
        assert max(max(s) for s in sources(splits, -1).values()) == 29
        assert {int(label) for label in splits["train"]["right"]} == {0, 1}

    def test_limit_counts_the_pairs(self, tmp_path):
        path = write_images(tmp_path / "a.npz", 0)
        assert {n: len(b["left"]) for n, b in STUDY.data(data=path, limit=20).items()} == {
            "train": 12,
            "val": 4,
            "test": 4,
        }
        assert len(STUDY.data(data=path)["train"]["left"]) == 3 * 36

    def test_overlay_is_the_brighter_of_the_two(self):
        dark, bright = np.full((1, 28, 28), 0.2), np.full((1, 28, 28), 0.7)
        canvas = MODULE.overlay(dark, bright)
        assert canvas.shape == (1, 36, 36)
        assert canvas[0, 7, 7] == 0.2
        assert canvas[0, 8, 8] == canvas[0, 35, 35] == 0.7
        assert canvas[0, 0, 30] == 0  # where neither lies
        np.testing.assert_array_equal(MODULE.overlay(bright, dark)[0, 8:28, 8:28], 0.7)

    def test_the_images_stay_as_they_were(self):
        first, second = np.full((1, 8, 8), 0.2), np.full((1, 8, 8), 0.7)
        MODULE.overlay(first, second)
        assert (first == 0.2).all()
        assert (second == 0.7).all()


class TestBadInput:
    def test_two_sizes(self, tmp_path):
        one, two = write_images(tmp_path / "a.npz", 0), write_images(tmp_path / "b.npz", 1, size=5)
        with pytest.raises(DataError, match=r"one size in both sets, got \(6, 6\) and \(5, 5\)"):
            STUDY.data(data=one, second=two)

    @pytest.mark.parametrize("limit", [-1, 9])
    def test_limits(self, limit):
        with pytest.raises(DataError, match=f"limit of 0 .* or 10 pairs or more, got {limit}"):
            STUDY.data(limit=limit)

    @pytest.mark.parametrize(
        ("options", "message"),
        [({"classes": 11}, "at most 10 classes, got 11"), ({"size": 3}, r"4 x 4 or more, got \(3, 3\)")],
    )
    def test_unusable_images(self, tmp_path, options, message):
        with pytest.raises(DataError, match=message):
            STUDY.data(data=write_images(tmp_path / "a.npz", 0, **options))

    def test_blank_images(self, tmp_path):
        path = write_npz(tmp_path / "a.npz", np.full((9, 4, 4), 0.5), np.arange(9) % 2)
        with pytest.raises(DataError, match=r"got the value 0\.5 at every pixel"):
            STUDY.data(data=path)


CHOICES = [{"sharing": sharing, "features": 8} for sharing in ("hard", "cross-stitch")]


@pytest.mark.parametrize("choices", CHOICES)
@pytest.mark.parametrize("size", [8, 12, 36])
def test_pictures_of_any_size(choices, size):
    outputs = STUDY.model(**choices)({"image": torch.rand(3, size, size)})
    assert outputs["left"].shape == outputs["right"].shape == (3, 10)


@pytest.mark.parametrize("choices", CHOICES)
def test_stacked_equals_one_by_one(choices):
    jobs = jobs_of(STUDY, (0.3, 0.7), (0.5, 0.5), (0.8, 0.2), **choices, lr=0.02)
    assert_stacks(STUDY, jobs, limit=200)


def test_the_weights_trade_one_image_for_the_other():
    choices = {"sharing": "hard", "features": 8, "lr": 0.04}
    jobs = [job for w in (0.15, 0.85) for job in jobs_of(STUDY, (w, 1 - w), **choices)]
    right, left = (outcome.values for outcome in trained(STUDY, jobs, STUDY.epochs, limit=2000))
    assert right["right_accuracy"] > left["right_accuracy"] + 0.2
    assert left["left_accuracy"] > right["left_accuracy"] + 0.2


@pytest.mark.parametrize("second", ["", "fashion_mnist"])
def test_real_data(second):
    splits = STUDY.data(data=real("mnist10k"), second=real(second) if second else "", limit=500)
    assert_takes(STUDY, splits)
    assert splits["train"]["image"].shape == (300, 36, 36)
