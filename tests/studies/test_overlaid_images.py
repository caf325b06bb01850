"""The overlaid-images study: its pairs, its networks, and what it says of input it cannot use."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from jrtune import DataError
from jrtune.data import check_splits, fingerprint
from jrtune.spec import Candidate, Job
from jrtune.studyfile import load_study
from jrtune.train import CohortTrainer, PlainTrainer, prepare

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "data"
STUDY = load_study(ROOT / "studies" / "overlaid_images.py")
MODULE = sys.modules[STUDY.model.__module__]


def write_npz(path, seed, size=6, n=60, classes=3):
    """Images of which no two share a pixel value at their corners, so that each can be told in a pair."""
    rng = np.random.default_rng(seed)
    images = rng.integers(1, 120, (n, size, size))
    images[:, 0, 0] = images[:, -1, -1] = 130 + np.arange(n)
    np.savez(path, x=images.astype(np.uint8), y=np.arange(n) % classes)
    return str(path)


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
        assert fingerprint(splits) == fingerprint(STUDY.data()) != fingerprint(STUDY.data(seed=1))

    def test_no_image_is_in_two_splits(self, tmp_path):
        splits = STUDY.data(data=write_npz(tmp_path / "a.npz", 0))
        left, right = sources(splits, 0), sources(splits, -1)
        for name in splits:
            assert left[name] == right[name]  # one set laid over itself: the same images in both places
        assert len(left["train"] | left["val"] | left["test"]) == sum(map(len, left.values())) == 60

    def test_labels_are_those_of_the_two_images(self, tmp_path):
        path = write_npz(tmp_path / "a.npz", 0)
        for batch in STUDY.data(data=path).values():
            for place, corner in (("left", 0), ("right", -1)):
                index = np.round(batch["image"][:, corner, corner] * 255).astype(int) - 130
                np.testing.assert_array_equal(batch[place], index % 3)

    def test_another_set_for_the_second_image(self, tmp_path):
        one, two = write_npz(tmp_path / "a.npz", 0), write_npz(tmp_path / "b.npz", 1, n=30, classes=2)
        splits = STUDY.data(data=one, second=two)
        assert max(max(s) for s in sources(splits, 0).values()) == 59
        assert max(max(s) for s in sources(splits, -1).values()) == 29
        assert {int(label) for label in splits["train"]["right"]} == {0, 1}

    def test_limit_counts_the_pairs(self, tmp_path):
        path = write_npz(tmp_path / "a.npz", 0)
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
    def test_missing_file(self, tmp_path):
        with pytest.raises(DataError, match=r"expected images, got nothing at .*none"):
            STUDY.data(data=str(tmp_path / "none"))

    def test_two_sizes(self, tmp_path):
        one, two = write_npz(tmp_path / "a.npz", 0), write_npz(tmp_path / "b.npz", 1, size=5)
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
            STUDY.data(data=write_npz(tmp_path / "a.npz", 0, **options))

    def test_blank_images(self, tmp_path):
        np.savez(tmp_path / "a.npz", x=np.full((9, 4, 4), 0.5), y=np.arange(9) % 2)
        with pytest.raises(DataError, match=r"got the value 0\.5 at every pixel"):
            STUDY.data(data=str(tmp_path / "a.npz"))


CHOICES = [{"sharing": sharing, "features": 8} for sharing in ("hard", "cross-stitch")]


@pytest.mark.parametrize("choices", CHOICES)
@pytest.mark.parametrize("size", [8, 12, 36])
def test_pictures_of_any_size(choices, size):
    outputs = STUDY.model(**choices)({"image": torch.rand(3, size, size)})
    assert outputs["left"].shape == outputs["right"].shape == (3, 10)


@pytest.mark.usefixtures("one_thread")
def test_stacked_equals_one_by_one():
    problem = prepare(replace(STUDY, epochs=1), STUDY.data(limit=200), torch.device("cpu"), torch.float64)
    said = []
    for choices in CHOICES:
        jobs = [
            Job(Candidate({"left": w, "right": 1 - w}, {**choices, "lr": 0.02}), k, 0)
            for k, w in enumerate((0.3, 0.5, 0.8))
        ]
        alone = {i: o for group in PlainTrainer(problem).train(jobs) for i, o in group}
        together = {i: o for group in CohortTrainer(problem, 3, said.append).train(jobs) for i, o in group}
        for index, outcome in alone.items():
            assert together[index].losses == pytest.approx(outcome.losses, abs=1e-10)
    assert not said  # nothing was trained one by one


@pytest.mark.usefixtures("one_thread")
def test_the_weights_trade_one_image_for_the_other():
    problem = prepare(STUDY, STUDY.data(limit=2000), torch.device("cpu"))
    choices = {"sharing": "hard", "features": 8, "lr": 0.04}
    jobs = [Job(Candidate({"left": w, "right": 1 - w}, choices), 0, 0) for w in (0.15, 0.85)]
    found = {i: o.values for group in CohortTrainer(problem, 2).train(jobs) for i, o in group}
    assert found[0]["right_accuracy"] > found[1]["right_accuracy"] + 0.2
    assert found[1]["left_accuracy"] > found[0]["left_accuracy"] + 0.2


@pytest.mark.parametrize("second", ["", "fashion_mnist"])
def test_real_data(second):
    for name in {"mnist10k", second} - {""}:
        if not (REAL / name).is_dir():
            pytest.skip(f"real data are not there: {REAL / name}")
    options = {"second": str(REAL / second)} if second else {}
    splits = STUDY.data(data=str(REAL / "mnist10k"), limit=500, **options)
    check_splits(splits)
    assert splits["train"]["image"].shape == (300, 36, 36)
    batch = {name: torch.as_tensor(array) for name, array in splits["val"].items()}
    outputs = STUDY.model()(batch)
    assert all(torch.isfinite(loss(outputs, batch)) for loss in STUDY.losses.values())
