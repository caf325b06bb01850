"""What the tests of the studies share: short trainings, small files, real data, and what holds for all."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from laws import assert_close, problem_of, run

from jrtune.data import check_splits
from jrtune.spec import Candidate, Job, Outcome, Study, TrialStatus
from jrtune.train import CohortTrainer, Problem

STUDIES = Path(__file__).parents[2] / "studies"


def jobs_of(study: Study, *weightings: Sequence[float], **choices: object) -> list[Job]:
    """A job for each weighting, of T weights in the order of the study's terms; its place is its seed."""
    weighed = [dict(zip(study.losses, weights, strict=True)) for weights in weightings]
    return [Job(Candidate(w, choices), seed=k, order_seed=0, test=True) for k, w in enumerate(weighed)]


def trained(study: Study, jobs: Sequence[Job], epochs: int, **options: object) -> list[Outcome]:
    """The outcomes of the jobs after so many epochs in cohorts, in the jobs' order."""
    return stacked(problem_of(replace(study, epochs=epochs), torch.float32, **options), jobs)


def stacked(problem: Problem, jobs: Sequence[Job]) -> list[Outcome]:
    """The outcomes of the jobs, none of which may have had to be trained one by one."""
    logged: list[str] = []
    groups = CohortTrainer(problem, len(jobs), logged.append).train(jobs)
    found = {index: outcome for group in groups for index, outcome in group}
    assert not logged
    return [found[index] for index in range(len(jobs))]


def assert_stacks(
    study: Study, jobs: Sequence[Job], epochs: int = 1, *, ties: bool = False, **options: object
) -> None:
    """Law: what a cohort gives is what each job gives alone, in double precision.

    With ``ties``, of the losses only: samples that are alike score alike but for rounding, and ranks jump.
    """
    problem = problem_of(replace(study, epochs=epochs), **options)
    for one, other in zip(stacked(problem, jobs), run(problem, *jobs), strict=True):
        assert other.status is TrialStatus.COMPLETE, other.message
        if ties:
            assert one.losses == pytest.approx(other.losses, rel=0, abs=1e-10)
        else:
            assert_close(one, other)


def tensors(batch: Mapping[str, np.ndarray]) -> dict[str, torch.Tensor]:
    """A batch as a network gets it."""
    found = {name: torch.as_tensor(array) for name, array in batch.items()}
    return {name: x.float() if x.is_floating_point() else x for name, x in found.items()}


def assert_takes(study: Study, splits: Mapping[str, Mapping[str, np.ndarray]]) -> None:
    """Law: the splits are sound, and an untrained network has a finite loss of each term on them."""
    check_splits(splits, study.missing)
    batch = tensors(splits["val"])
    outputs = study.model()(batch)
    assert all(torch.isfinite(loss(outputs, batch)) for loss in study.losses.values())


def write_npz(path: Path, images: np.ndarray, labels: np.ndarray) -> str:
    """Pictures and their labels in a file that ``jrtune.data.read_images`` reads."""
    np.savez(path, x=images, y=labels)
    return str(path)


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table with a line of names."""
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return str(path)
