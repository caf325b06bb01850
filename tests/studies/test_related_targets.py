"""The study of related targets: its rows and what is missing, its network, and input it cannot use."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from real_data import real
from study_laws import STUDIES, assert_stacks, assert_takes, jobs_of, tensors, trained

from jrtune import DataError, StudyError
from jrtune.data import check_splits, describe_missing, group_split
from jrtune.losses import task_relation
from jrtune.spec.study_file import configured, load_study

FILE = STUDIES / "related_targets.py"
load_study(FILE)
MODULE = sys.modules["jrtune_study_related_targets"]
STUDY = MODULE.make()


def write(path, rows=30, names=("x", "y", "z"), change=lambda table: None):
    """Rows whose every column counts, from another number on."""
    table = np.arange(rows, dtype=float)[:, None] + 100 * np.arange(len(names))
    change(table)
    cells = ["?" if np.isnan(value) else f"{value:g}" for value in table.flat]
    lines = [",".join(cells[k : k + len(names)]) for k in range(0, len(cells), len(names))]
    head = ["@relation r", *(f"@attribute {name} numeric" for name in names), "@data"]
    path.write_text("\n".join([*head, *lines]) + "\n")
    return str(path)


class TestData:
    def test_default(self):
        splits = STUDY.data()
        check_splits(splits, STUDY.missing)
        shapes = {name: (*batch["inputs"].shape, *batch["targets"].shape) for name, batch in splits.items()}
        assert shapes == {"train": (240, 40, 240, 4), "val": (80, 40, 80, 4), "test": (80, 40, 80, 4)}
        assert np.isnan(splits["train"]["targets"]).mean() == pytest.approx(0.3, abs=0.05)

    def test_generated_targets_are_related_within_a_pair_only(self):
        columns = MODULE.generated(0, rows=20_000)
        y = np.ma.masked_invalid(np.stack([columns[name] for name in ("a1", "a2", "b1", "b2")]))
        found = np.ma.corrcoef(y).data
        pairs = found[0, 1], found[2, 3]
        assert min(pairs) > 0.6
        assert np.abs(found[:2, 2:]).max() < min(pairs) - 0.2

    def test_a_file(self, tmp_path):
        def change(table):
            table[3, 0] = table[4, 2] = np.nan

        study, _ = configured(FILE, {"data": write(tmp_path / "a.arff", change=change), "targets": 2})
        assert list(study.losses) == ["y", "z", "relation"]
        splits = study.data()
        check_splits(splits, study.missing)
        assert describe_missing(splits, study.missing).startswith("missing values: targets in 1 of ")
        assert [batch["inputs"].shape[1] for batch in splits.values()] == [1, 1, 1]
        assert sum((batch["inputs"] == 0).sum() for batch in splits.values()) >= 1  # training's mean

    def test_scales_are_those_of_training(self, tmp_path):
        def options(name, **more):
            return {"data": write(tmp_path / name, **more), "targets": 2}

        splits = configured(FILE, options("a.arff"))[0].data()
        train, test = splits["train"], splits["test"]
        np.testing.assert_allclose(train["targets"].mean(0), 0, atol=1e-9)
        np.testing.assert_allclose(train["targets"].std(0), 1)

        def change(table):
            table[group_split(np.arange(len(table)), 0)["test"]] *= 7

        other = configured(FILE, options("b.arff", change=change))[0].data()
        np.testing.assert_array_equal(other["train"]["targets"], train["targets"])
        assert (other["test"]["targets"] > test["targets"]).all()

    def test_an_input_that_is_missing_or_the_same_in_training(self, tmp_path):
        def change(table):
            table[:, 0], table[:, 1] = np.nan, 5

        path = write(tmp_path / "a.arff", names=("u", "v", "y", "z"), change=change)
        splits = configured(FILE, {"data": path, "targets": 2})[0].data()
        for batch in splits.values():
            np.testing.assert_array_equal(batch["inputs"], np.zeros_like(batch["inputs"]))

    def test_names_that_no_term_can_have(self, tmp_path):
        path = write(tmp_path / "a.arff", names=("x", "57500", "relation", "c-class"))
        study, _ = configured(FILE, {"data": path, "targets": 3})
        assert list(study.losses) == ["target1", "target2", "c-class", "relation"]
        assert list(study.objectives) == ["target1_error", "target2_error", "c-class_error"]


class TestBadInput:
    @pytest.mark.parametrize("targets", [0, 1, 3, 7])
    def test_targets(self, tmp_path, targets):
        path = write(tmp_path / "a.arff")
        with pytest.raises(
            DataError, match=rf"expected 2 to 6 .* got targets={targets} of 3 columns in .*arff"
        ):
            configured(FILE, {"data": path, "targets": targets})

    @pytest.mark.parametrize("value", [np.nan, 5])
    def test_a_target_without_values(self, tmp_path, value):
        def change(table):
            table[:, 2] = value

        path = write(tmp_path / "a.arff", change=change)
        with pytest.raises(DataError, match=r"values of each target in each split, .* got none of target 2"):
            configured(FILE, {"data": path, "targets": 2})[0].data()

    def test_text_among_the_rows(self, tmp_path):
        path = Path(write(tmp_path / "a.arff"))
        path.write_text(path.read_text().replace("105", "many"))
        with pytest.raises(DataError, match=r"got 'many' in line 11, attribute 'y' of .*a\.arff"):
            configured(FILE, {"data": str(path), "targets": 2})

    def test_an_unknown_relation(self):
        with pytest.raises(StudyError, match="expected the relation covariance, trace or none, got 'ridge'"):
            configured(FILE, {"relation": "ridge"})


class TestNetwork:
    def test_the_penalty_is_of_the_heads_for_each_sample(self):
        batch = tensors(STUDY.data()["val"])
        for relation, power in (("covariance", 2), ("trace", 1)):
            study = MODULE.make(relation)
            model = study.model()
            size = torch.linalg.svdvals(model.heads.weight).sum().item() / 4
            outputs = model(batch)
            assert outputs["relation"].shape == (80,)
            assert study.losses["relation"](outputs, batch).item() == pytest.approx(size**power, rel=1e-5)
        assert list(MODULE.make("none").losses) == ["a1", "a2", "b1", "b2"]

    def test_what_is_watched_is_the_correlation_of_neighbours(self):
        model = STUDY.model().eval()
        batch = tensors(STUDY.data()["val"])
        omega = task_relation(model.heads.weight)
        assert list(STUDY.watched) == ["a1_a2_relation", "a2_b1_relation", "b1_b2_relation"]
        for k, measure in enumerate(STUDY.watched.values()):
            expected = omega[k, k + 1] / (omega[k, k] * omega[k + 1, k + 1]) ** 0.5
            assert measure(model(batch), batch).item() == pytest.approx(expected.item())

    def test_an_error_of_1_is_that_of_the_mean(self):
        batch = tensors(STUDY.data()["train"])
        for k, name in enumerate(("a1", "a2", "b1", "b2")):
            measure = STUDY.objectives[f"{name}_error"].measure
            target = batch["targets"]
            assert measure({"targets": torch.zeros_like(target)}, batch).item() == pytest.approx(1)
            half = {"targets": (target / 2).nan_to_num()}
            assert measure(half, batch).item() == pytest.approx(0.5), k

    @pytest.mark.parametrize("relation", ["covariance", "trace", "none"])
    def test_stacked_equals_one_by_one(self, relation):
        study = MODULE.make(relation)
        weightings = (0.1, 0.2, 0.3, 0.2, 0.2), (0.3, 0.1, 0.1, 0.1, 0.4)
        terms = len(study.losses)
        jobs = jobs_of(study, *(w[:terms] for w in weightings), width=16, depth=2, lr=0.01)
        assert_stacks(study, jobs, epochs=2)


def test_the_relation_is_found_and_helps():
    weightings = (0.2, 0.2, 0.2, 0.2, 0.2), (0.25, 0.25, 0.25, 0.25, 0.0)
    related, free = trained(STUDY, jobs_of(STUDY, *weightings, width=16, depth=1, lr=0.01), epochs=20)
    assert min(related.test[f"{pair}_relation"] for pair in ("a1_a2", "b1_b2")) > 0.5
    assert abs(related.test["a2_b1_relation"]) < 0.5
    errors = [np.mean([outcome.test[name] for name in STUDY.objectives]) for outcome in (related, free)]
    assert errors[0] < errors[1] < 0.75


@pytest.mark.parametrize(("name", "targets"), [("slump", 3), ("scpf", 3), ("atp1d", 6)])
def test_real_data(name, targets):
    path = Path(real("mulan_mtr")) / f"{name}.arff"
    study, _ = configured(FILE, {"data": str(path), "targets": targets})
    assert_takes(study, study.data())
    assert len(study.objectives) == targets
