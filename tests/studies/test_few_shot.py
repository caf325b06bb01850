"""The few-shot study: its tasks, its five ways to learn them, and what it says of input it cannot use."""

import sys

import numpy as np
import pytest
from real_data import real
from study_laws import STUDIES, assert_stacks, assert_takes, jobs_of, trained, write_npz

from jrtune import DataError
from jrtune.data import check_splits
from jrtune.spec.study_file import load_study

STUDY = load_study(STUDIES / "few_shot.py")
MODULE = sys.modules[STUDY.model.__module__]
METHODS = STUDY.space["method"].options
EQUAL = (0.5, 0.5)


class TestData:
    def test_default(self):
        splits = STUDY.data()
        check_splits(splits)
        assert {name: batch["support_image"].shape for name, batch in splits.items()} == {
            "train": (400, 25, 64),
            "val": (200, 25, 64),
            "test": (200, 25, 64),
        }

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
    def test_too_few_tasks(self):
        with pytest.raises(DataError, match="expected 2 tasks or more, got 1"):
            STUDY.data(tasks=1)

    @pytest.mark.parametrize(("classes", "each"), [(4, 100), (5, 34)])
    def test_too_few_classes_or_pictures(self, tmp_path, classes, each):
        n = classes * each
        pixels = np.random.default_rng(0).integers(0, 255, (n, 8, 8)).astype(np.uint8)
        path = write_npz(tmp_path / "a.npz", pixels, np.arange(n) % classes)
        with pytest.raises(DataError, match=f"5 classes or more with 8 images .*, got {classes} with"):
            STUDY.data(data=path)


@pytest.mark.parametrize("method", METHODS)
def test_stacked_equals_one_by_one(method):
    choices = {"method": method, "steps": 2, "lr": 0.01}
    jobs = [job for rate in (0.2, 0.5) for job in jobs_of(STUDY, EQUAL, rate=rate, **choices)]
    assert_stacks(STUDY, jobs, tasks=20)


def test_learning_where_to_begin_is_better_than_learning_all_as_one():
    choices = {"steps": 3, "rate": 0.7, "lr": 0.01}
    jobs = [job for m in ("maml", "joint") for job in jobs_of(STUDY, EQUAL, method=m, **choices)]
    maml, joint = (outcome.values for outcome in trained(STUDY, jobs, epochs=6, tasks=200))
    assert maml["accuracy_one"] > joint["accuracy_one"] + 0.1
    assert maml["accuracy_five"] > maml["accuracy_one"]


def test_real_data():
    assert_takes(STUDY, STUDY.data(data=real("mnist10k"), tasks=4))
