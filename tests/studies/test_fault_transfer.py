"""The fault-transfer study: its domains, what is hidden, its layouts, and what it says of broken input."""

import sys
from collections import Counter

import numpy as np
import pytest
import torch
from real_data import real
from study_laws import STUDIES, assert_stacks, assert_takes, jobs_of, tensors, trained, write_csv

from jrtune import DataError
from jrtune.data import check_splits
from jrtune.spec.study_file import load_study

STUDY = load_study(STUDIES / "fault_transfer.py")
MODULE = sys.modules["jrtune_study_fault_transfer"]
ALIGNMENTS = ("coral", "mmd", "adversarial")


def domain(batch, number):
    rows = batch["domain"] == number
    return {name: array[rows] for name, array in batch.items()}


def write_hydraulics(folder, cycles=5, values=12, cut=0):
    """Both coolers and one between, three blocks of each of two pump conditions, told by a level."""
    folder.mkdir()
    rows = [(cooler, 90, pump, 100 + k, 0) for cooler in (100, 20, 3) for k in range(3) for pump in (0, 1)]
    profile = np.repeat(rows, cycles, axis=0)
    np.savetxt(folder / "profile.txt", profile)
    for k in range(1, 5):
        noise = np.random.default_rng(k).normal(size=(len(profile) - (cut if k == 4 else 0), values))
        np.savetxt(folder / f"TS{k}.txt", profile[: len(noise), 2:3] * 5 + noise)
    return str(folder)


def write_engines(folder, left=None):
    """Runs to failure: three settings, 21 sensors, the first the cycles left; what is left after tests."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name in ("train_FD001", "test_FD001", "test_FD003"):
        after = np.where(np.arange(12) % 2, 5, 80) if name.startswith("test") else np.zeros(12)
        rows = []
        for engine in range(12):
            cycles = np.arange(1, 61)
            sensors = [*np.zeros((3, 60)), 60 + after[engine] - cycles, *rng.normal(size=(20, 60))]
            rows.append(np.column_stack([np.full(60, engine + 1), cycles, *sensors]))
        np.savetxt(folder / f"{name}.txt", np.concatenate(rows))
        if name.startswith("test"):
            np.savetxt(folder / f"{name.replace('test', 'RUL')}.txt", after[:left])
    return str(folder)


def write_windows(path, seed, names=("a", "b"), length=40, missing=0):
    rng = np.random.default_rng(seed)
    label = np.arange(40) % len(names)
    signals = rng.normal(size=(40, length)) + label[:, None]
    found = [names[k] if i >= missing else "" for i, k in enumerate(label)]
    rows = [[name, *row] for name, row in zip(found, signals, strict=True)]
    return write_csv(path, ["label", *(f"v{k}" for k in range(length))], rows)


class TestData:
    def test_default(self):
        splits = STUDY.data()
        check_splits(splits)
        assert splits["train"]["window"].shape == (720, 1, 512)
        for split, batch in splits.items():
            for number in (0, 1):
                own = domain(batch, number)
                count = (90 if split == "train" else 30) if not (number and split == "train") else 10
                hidden = {-1: 320} if count == 10 else {}
                assert Counter(own["label"].tolist()) == {**dict.fromkeys(range(4), count), **hidden}
                assert own["weight"][own["label"] >= 0] == pytest.approx(1)

    def test_each_domain_is_in_units_of_its_own_training_split(self):
        for number in (0, 1):
            seen = domain(STUDY.data()["train"], number)["window"]
            assert (seen.mean(), seen.std()) == pytest.approx((0, 1), abs=1e-3)

    def test_no_recording_is_in_two_splits(self):
        mark = np.arange(60.0).repeat(4)[:, None, None] * np.ones((1, 1, 8))
        label, group = np.arange(60).repeat(4) % 3, np.arange(60).repeat(4)
        splits = MODULE.split([(mark, label, group, label)] * 2, labels=2, limit=0, seed=0)
        # the marks are scaled alike in all splits
        own = [set(domain(batch, 0)["window"][:, 0, 0].tolist()) for batch in splits.values()]
        assert sum(map(len, own)) == len(set.union(*own)) == 60

    def test_classes_that_are_rare_weigh_as_much(self):
        label = np.repeat([0, 1], [90, 30])
        whole = (np.random.default_rng(0).normal(size=(120, 1, 8)), label, np.arange(120), label)
        batch = domain(MODULE.split([whole] * 2, labels=3, limit=0, seed=0)["train"], 0)
        sums = [batch["weight"][batch["label"] == k].sum() for k in (0, 1)]
        assert sums == pytest.approx([len(batch["label"]) / 2] * 2)

    def test_classes_weigh_the_same_however_few_of_their_labels_are_shown(self):
        label = np.repeat([0, 1], [180, 30])
        whole = (np.random.default_rng(0).normal(size=(210, 1, 8)), label, np.arange(210), label)
        splits = MODULE.split([whole] * 2, labels=6, limit=0, seed=0)
        for split, batch in splits.items():
            own = domain(batch, 1)
            sums = [own["weight"][own["label"] == k].sum() for k in (0, 1)]
            assert sums == pytest.approx([(own["label"] >= 0).sum() / 2] * 2), split
        assert Counter(domain(splits["train"], 1)["label"].tolist()) == {-1: 114, 0: 6, 1: 6}

    def test_limit(self):
        splits = MODULE.make(limit=80).data()
        assert sum(len(domain(batch, 1)["label"]) for batch in splits.values()) == 80

    def test_hydraulics(self, tmp_path):
        splits = MODULE.make(write_hydraulics(tmp_path / "h"), labels=2).data()
        check_splits(splits)
        assert sum(len(batch["label"]) for batch in splits.values()) == 60
        assert splits["val"]["window"].shape[1:] == (4, 12)
        assert Counter(domain(splits["train"], 1)["label"].tolist()) == {-1: 6, 0: 2, 1: 2}

    def test_engines(self, tmp_path):
        splits = MODULE.make(write_engines(tmp_path / "e"), labels=2).data()
        check_splits(splits)
        assert splits["val"]["window"].shape[1:] == (24, 30)
        for number in (0, 1):
            own = domain(splits["test"], number)
            assert set(own["label"].tolist()) == {0, 1}
            # the first sensor is how many cycles are left: fewer where failure is near
            last = own["window"][:, 3, -1]
            assert last[own["label"] == 1].max() < last[own["label"] == 0].min()

    def test_windows_with_missing_labels(self, tmp_path):
        one, two = write_windows(tmp_path / "a.csv", 0, missing=3), write_windows(tmp_path / "b.csv", 1)
        splits = MODULE.make(one, two, labels=2).data()
        check_splits(splits)
        assert sum((domain(batch, 0)["label"] < 0).sum() for batch in splits.values()) == 3
        assert sum((domain(batch, 1)["label"] < 0).sum() for batch in splits.values()) == 20


class TestBadInput:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"labels": 0}, "expected labels of 1 or more, got 0"),
            ({"data": "none.csv"}, "expected windows of a target .* got none: set target=PATH"),
            ({"data": "none.csv", "target": "x.csv"}, "none.csv"),
        ],
    )
    def test_options(self, options, message):
        with pytest.raises(DataError, match=message):
            MODULE.make(**options)

    def test_an_unknown_component(self, tmp_path):
        with pytest.raises(DataError, match="component of valve, pump, accumulator, got 'cooler'"):
            MODULE.make(write_hydraulics(tmp_path / "h"), component="cooler")

    def test_a_truncated_file_of_cycles(self, tmp_path):
        with pytest.raises(
            DataError, match=r"a cycle a row in all files of .*\(88, 12\)\].*: fetch them again"
        ):
            MODULE.make(write_hydraulics(tmp_path / "h", cut=2))

    def test_text_among_the_numbers(self, tmp_path):
        folder = write_hydraulics(tmp_path / "h")
        lines = (tmp_path / "h" / "TS2.txt").read_text().splitlines()
        lines[6] = lines[6].replace(" ", " x", 1)
        (tmp_path / "h" / "TS2.txt").write_text("\n".join(lines))
        with pytest.raises(DataError, match=r"a finite number, got 'x.* in line 7, .*TS2.txt"):
            MODULE.make(folder)

    def test_lives_of_too_few_engines(self, tmp_path):
        with pytest.raises(DataError, match=r"12 rows in .*RUL_FD001.txt, got 5: fetch it again"):
            MODULE.make(write_engines(tmp_path / "e", left=5))

    def test_a_file_that_lacks_a_column(self, tmp_path):
        folder = write_engines(tmp_path / "e")
        path = tmp_path / "e" / "test_FD003.txt"
        np.savetxt(path, np.loadtxt(path)[:, :-1])
        with pytest.raises(DataError, match=r"26 columns, got 25 in .*test_FD003\.txt: fetch it again"):
            MODULE.make(folder)

    def test_one_cooler_only(self, tmp_path):
        folder = write_hydraulics(tmp_path / "h")
        path = tmp_path / "h" / "profile.txt"
        np.savetxt(path, np.where(np.loadtxt(path) == 3, 20, np.loadtxt(path)))
        with pytest.raises(DataError, match=r"coolers of \(100, 3\) in .*, got others"):
            MODULE.make(folder)

    @pytest.mark.parametrize("other", [{"names": ("a", "c")}, {"length": 30}])
    def test_domains_that_do_not_match(self, tmp_path, other):
        one, two = write_windows(tmp_path / "a.csv", 0), write_windows(tmp_path / "b.csv", 1, **other)
        with pytest.raises(DataError, match="expected two classes or more and one size, got"):
            MODULE.make(one, two)


@pytest.mark.parametrize("align", ALIGNMENTS)
def test_only_the_chosen_alignment_is_computed(align):
    outputs = STUDY.model(align=align)({"window": torch.rand(3, 1, 512)})
    assert set(outputs) == {"source", "target", align}
    assert outputs[align].shape == ((3,) if align == "adversarial" else (3, 32))


def test_a_hidden_label_trains_nothing():
    batch = tensors(MODULE.make(limit=80).data()["train"])
    outputs = STUDY.model()(batch)
    changed = {**batch, "weight": torch.where(batch["label"] < 0, 9.0, batch["weight"])}
    for name, number in (("source", 0), ("target", 1)):
        own = (batch["domain"] == number) & (batch["label"] >= 0)
        losses = torch.nn.functional.cross_entropy(outputs[name][own], batch["label"][own], reduction="none")
        expected = (batch["weight"][own] * losses).mean()
        torch.testing.assert_close(STUDY.losses[name](outputs, changed), expected)


@pytest.mark.parametrize("align", ALIGNMENTS)
def test_stacked_equals_one_by_one(align):
    jobs = jobs_of(STUDY, (0.5, 0.3, 0.2), (0.0, 1.0, 0.0), heads="one", align=align, lr=0.01)
    assert_stacks(MODULE.make(limit=80), jobs)


def test_learning_beats_chance_in_both_domains():
    jobs = jobs_of(STUDY, (0.8, 0.15, 0.05), (0.8, 0.15, 0.05), heads="one", align="coral", lr=0.02)
    found = [outcome.values for outcome in trained(STUDY, jobs, epochs=8)]
    assert min(figures["source_accuracy"] for figures in found) > 0.6  # chance is 0.25
    assert min(figures["target_accuracy"] for figures in found) > 0.4


@pytest.mark.parametrize(
    ("name", "options", "shape"),
    [("hydraulic", {"component": "valve"}, (4, 60)), ("cmapss", {"limit": 400}, (24, 30))],
)
def test_real_data(name, options, shape):
    study = MODULE.make(real(name), **options)
    splits = study.data()
    assert_takes(study, splits)
    for batch in splits.values():
        assert batch["window"].shape[1:] == shape
        assert len({*domain(batch, 0)["label"].tolist()}) >= 2
