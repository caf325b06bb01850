"""The few-shot study: its tasks, its five ways to learn them, and what it says of input it cannot use."""

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
STUDY = load_study(ROOT / "studies" / "few_shot.py")
MODULE = sys.modules[STUDY.model.__module__]
METHODS = STUDY.space["method"].options
EQUAL = {"one": 0.5, "five": 0.5}


class TestData:
    def test_default(self):
        splits = STUDY.data()
        check_splits(splits)
        assert {name: batch["support_image"].shape for name, batch in splits.items()} == {
            "train": (400, 25, 64),
            "val": (200, 25, 64),
            "test": (200, 25, 64),
        }
        few = STUDY.data(tasks=4)
        assert (
            fingerprint(few) == fingerprint(STUDY.data(tasks=4)) != fingerprint(STUDY.data(tasks=4, seed=1))
        )

    def test_labels_count_through_the_classes_so_that_a_cut_leaves_as_many_of_each(self):
        for batch in STUDY.data(tasks=4).values():
            for part, pictures in (("support", 5), ("query", 3)):
                assert (batch[f"{part}_label"] == np.tile(np.arange(5), pictures)).all()

    def test_classes_are_numbered_in_ascending_order_and_no_picture_is_there_twice(self, monkeypatch):
        labels = np.arange(80) % 8 + 10
        images = np.stack([labels, np.arange(80)], axis=1)  # a picture that says what it is
        monkeypatch.setattr(MODULE, "turn", lambda images, angle: images + angle)
        drawn = MODULE.task(images, labels, (0,), np.random.default_rng(0))
        both = np.concatenate([drawn["support_image"], drawn["query_image"]])
        numbers = np.concatenate([drawn["support_label"], drawn["query_label"]])
        classes = np.unique(both[:, 0])
        assert len(classes) == 5
        np.testing.assert_array_equal(classes[numbers], both[:, 0])
        assert len(np.unique(both[:, 1])) == len(both)

    def test_no_picture_and_no_angle_is_in_two_splits(self, monkeypatch):
        found, turn = [], MODULE.turn

        def watched(images, angle):
            found.append({angle} | {image.tobytes() for image in images})
            return turn(images, angle)

        monkeypatch.setattr(MODULE, "turn", watched)
        STUDY.data(tasks=40)
        train, val, test = (set().union(*part) for part in (found[:40], found[40:60], found[60:]))
        assert len(found) == 80
        assert not train & val
        assert not (train | val) & test

    def test_a_picture_is_turned_and_averaged(self):
        picture = np.zeros((1, 16, 16))
        picture[0, :2, :2] = 1  # its top left corner
        for angle, corner in ((0, (0, 0)), (90, (7, 0)), (180, (7, 7)), (270, (0, 7))):
            turned = MODULE.turn(picture, angle).reshape(8, 8)
            assert np.unravel_index(turned.argmax(), (8, 8)) == corner
            assert turned.sum() == pytest.approx(1)


class TestBadInput:
    def test_missing_file(self, tmp_path):
        with pytest.raises(DataError, match=r"expected images, got nothing at .*none"):
            STUDY.data(data=str(tmp_path / "none"))

    def test_too_few_tasks(self):
        with pytest.raises(DataError, match="expected 2 tasks or more, got 1"):
            STUDY.data(tasks=1)

    @pytest.mark.parametrize(("classes", "each"), [(4, 100), (5, 34)])
    def test_too_few_classes_or_pictures(self, tmp_path, classes, each):
        n = classes * each
        pixels = np.random.default_rng(0).integers(0, 255, (n, 8, 8)).astype(np.uint8)
        np.savez(tmp_path / "a.npz", x=pixels, y=np.arange(n) % classes)
        with pytest.raises(DataError, match=f"5 classes or more with 8 images .*, got {classes} with"):
            STUDY.data(data=str(tmp_path / "a.npz"))


@pytest.mark.usefixtures("one_thread")
def test_stacked_equals_one_by_one():
    problem = prepare(replace(STUDY, epochs=1), STUDY.data(tasks=20), torch.device("cpu"), torch.float64)
    said = []
    for method in METHODS:
        jobs = [
            Job(Candidate(EQUAL, {"method": method, "steps": 2, "rate": rate, "lr": 0.01}), 0, 0, test=True)
            for rate in (0.2, 0.5)
        ]
        alone = {i: o for group in PlainTrainer(problem).train(jobs) for i, o in group}
        together = {i: o for group in CohortTrainer(problem, 2, said.append).train(jobs) for i, o in group}
        for index, outcome in alone.items():
            assert together[index].losses == pytest.approx(outcome.losses, abs=1e-10)
            assert together[index].test == pytest.approx(outcome.test)
    assert not said  # nothing was trained one by one


@pytest.mark.usefixtures("one_thread")
def test_learning_where_to_begin_is_better_than_learning_all_as_one():
    problem = prepare(replace(STUDY, epochs=6), STUDY.data(tasks=200), torch.device("cpu"))
    choices = {"steps": 3, "rate": 0.7, "lr": 0.01}
    jobs = [Job(Candidate(EQUAL, {"method": m, **choices}), 0, 0) for m in ("maml", "joint")]
    found = {i: o.values for group in PlainTrainer(problem).train(jobs) for i, o in group}
    assert found[0]["accuracy_one"] > found[1]["accuracy_one"] + 0.1
    assert found[0]["accuracy_five"] > found[0]["accuracy_one"]


def test_real_data():
    if not (REAL / "mnist10k").is_dir():
        pytest.skip(f"real data are not there: {REAL / 'mnist10k'}")
    splits = STUDY.data(data=str(REAL / "mnist10k"), tasks=4)
    check_splits(splits)
    batch = {name: torch.as_tensor(array) for name, array in splits["val"].items()}
    outputs = STUDY.model()(batch)
    assert all(torch.isfinite(loss(outputs, batch)) for loss in STUDY.losses.values())
