"""The anomaly study: normal training data, planted faults, its layouts, and what it says of broken input."""

import sys

import numpy as np
import pytest
import torch
from real_data import real
from study_laws import STUDIES, assert_stacks, assert_takes, jobs_of, trained

from jrtune import DataError
from jrtune.data import check_splits
from jrtune.spec.study_file import load_study

STUDY = load_study(STUDIES / "anomaly.py")
MODULE = sys.modules[STUDY.model.__module__]
SHARES = {"train": 1200, "val": 400, "test": 400}


def series(n, seed=0):
    """Two long series of which the second follows the first."""
    first = np.cumsum(np.random.default_rng(seed).normal(size=n))
    return first, 2 * first + 1


def windows(n=120, length=30):
    return [column.reshape(n, length) for column in series(n * length)]


def write_sensors(path, **arrays):
    np.savez(path, **arrays)
    return str(path)


class TestData:
    def test_default(self):
        splits = STUDY.data()
        check_splits(splits)
        assert {name: batch["first"].shape for name, batch in splits.items()} == {
            name: (n, 48) for name, n in SHARES.items()
        }

    def test_training_is_normal_and_the_others_have_thirds_of_faults(self):
        splits = STUDY.data()
        assert (splits["train"]["fault"] == 0).all()
        for split in ("val", "test"):
            np.testing.assert_array_equal(np.bincount(splits[split]["fault"]), [134, 133, 133])

    def test_scaled_by_what_trains(self):
        train = STUDY.data()["train"]
        for name in ("first", "second"):
            assert train[name].mean() == pytest.approx(0, abs=1e-5)
            assert train[name].std() == pytest.approx(1, abs=1e-5)

    def test_pairs_that_do_not_fit_are_made_of_normal_signals(self):
        pairs = np.random.default_rng(0).normal(size=(90, 2, 48))
        planted, kinds = MODULE.plant(pairs, np.zeros(90, int), {1, 2}, np.random.default_rng(1))
        swapped = kinds == 2
        assert swapped.sum() == 30
        np.testing.assert_array_equal(planted[swapped, 0], pairs[swapped, 0])
        own = (planted[swapped, 1] == pairs[swapped, 1]).all(1)
        others = (planted[swapped, 1][:, None] == pairs[:, 1]).all(2).any(1)
        assert not own.any()
        assert others.all()
        one_spoilt = (planted != pairs).any(2)[kinds == 1].sum(1)
        assert (one_spoilt == 1).all()
        np.testing.assert_array_equal(planted[kinds == 0], pairs[kinds == 0])

    def test_npz_with_faults_of_its_own(self, tmp_path):
        first, second = windows()
        fault = np.arange(120) % 4 == 0
        path = write_sensors(tmp_path / "a.npz", a=first, b=second, odd=fault)
        splits = STUDY.data(data=path, first="a", second="b", fault="odd")
        check_splits(splits)
        assert (splits["train"]["fault"] == 0).all()
        assert len(splits["train"]["fault"]) == 60  # 80, without those with a fault
        assert {k for split in ("val", "test") for k in np.unique(splits[split]["fault"])} == {0, 1, 2}
        assert sum((splits[split]["fault"] == 1).sum() for split in ("val", "test")) == 10  # none planted

    def test_csv_is_cut_and_blocks_stay_together(self, tmp_path):
        _, second = series(120 * 30)
        rows = np.stack([np.repeat(np.arange(6), 600), second], 1)  # a number for each block of 20 windows
        path = tmp_path / "a.csv"
        np.savetxt(path, rows + np.array([0.5, 0]), delimiter=",", header="block,b", comments="")
        splits = STUDY.data(data=str(path), first="block", second="b", length=30)
        seen = {name: set(np.round(batch["first"][:, 0], 3)) for name, batch in splits.items()}
        normal = {
            name: set(np.round(batch["first"][batch["fault"] == 0][:, 0], 3))
            for name, batch in splits.items()
        }
        assert len(seen["train"]) == 4
        assert not normal["train"] & normal["val"]
        assert not normal["train"] & normal["test"]
        assert not normal["val"] & normal["test"]

    def test_limit(self):
        assert {n: len(b["fault"]) for n, b in STUDY.data(limit=50).items()} == {
            "train": 30,
            "val": 10,
            "test": 10,
        }


class TestBadInput:
    def test_so_few_pairs_that_none_has_another_to_fit_ill_with(self):
        planted, kinds = MODULE.plant(np.arange(6.0)[:, None, None] * np.ones((1, 2, 48)), np.zeros(6, int),
                                      {1, 2}, np.random.default_rng(0))  # fmt: skip
        assert (planted[kinds == 2, 1] != planted[kinds == 2, 0]).all()
        with pytest.raises(DataError, match="expected 6 normal pairs or more in val and test, got 5"):
            STUDY.data(limit=25)

    def test_unknown_sensor(self, tmp_path):
        path = write_sensors(tmp_path / "a.npz", first=windows()[0], other=windows()[1])
        with pytest.raises(DataError, match=r"expected 'second', got first, other in .*a\.npz: set first"):
            STUDY.data(data=path)

    def test_sensors_of_other_lengths(self, tmp_path):
        first, second = windows()
        path = write_sensors(tmp_path / "a.npz", first=first, second=second[:-1])
        with pytest.raises(DataError, match=r"as many of each, got \(119, 30\) of second"):
            STUDY.data(data=path)

    def test_faults_of_another_length(self, tmp_path):
        first, second = windows()
        path = write_sensors(tmp_path / "a.npz", first=first, second=second, fault=np.zeros(119))
        with pytest.raises(DataError, match=r"as many of each, got \(119,\) of fault in .*a\.npz"):
            STUDY.data(data=path, fault="fault")

    def test_a_value_that_is_no_number(self, tmp_path):
        first, second = windows()
        second[3, 4] = np.nan
        path = write_sensors(tmp_path / "a.npz", first=first, second=second)
        with pytest.raises(DataError, match=r"finite numbers, got others in second of .*a\.npz"):
            STUDY.data(data=path)

    def test_a_word_in_a_column(self, tmp_path):
        (tmp_path / "a.csv").write_text("first,second\n1,2\n3,high\n")
        with pytest.raises(DataError, match=r"got 'high' in line 3, column 'second' of .*a\.csv"):
            STUDY.data(data=str(tmp_path / "a.csv"))

    def test_a_sensor_that_never_changes(self, tmp_path):
        path = write_sensors(tmp_path / "a.npz", first=windows()[0], second=np.ones((120, 30)))
        with pytest.raises(DataError, match="signals that vary"):
            STUDY.data(data=path)


def test_stacked_equals_one_by_one():
    jobs = jobs_of(STUDY, (0.2, 0.2, 0.6), (0.5, 0.4, 0.1), lr=0.01)
    assert_stacks(STUDY, jobs, limit=200)


def test_each_term_finds_its_own_faults():
    jobs = jobs_of(STUDY, (0.5, 0.5, 0), (0, 0, 1), (0.4, 0.4, 0.2), lr=0.01)
    apart, contrast, joint = (outcome.values for outcome in trained(STUDY, jobs, epochs=8))
    assert joint["single_auroc"] > 0.7
    assert joint["agreement_auroc"] > 0.75
    assert apart["agreement_auroc"] < 0.65
    assert contrast["single_auroc"] < 0.7


def test_the_other_kind_of_faults_is_left_out():
    fault = torch.tensor([0, 0, 1, 2])
    scores = torch.tensor([0.1, 0.2, 0.3, 0.0])
    assert MODULE.auroc(scores, {"fault": fault}, 1) == 1
    assert MODULE.auroc(scores, {"fault": fault}, 2) == 0


def test_real_data():
    splits = STUDY.data(data=real("hydraulic"), first="TS1.txt", second="TS4.txt", limit=200)
    assert_takes(STUDY, splits)
    assert splits["train"]["first"].shape == (120, 48)
