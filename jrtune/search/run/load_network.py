"""A trial's network once more, from the study file and the parameters that were saved."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from jrtune.errors import InputError, StudyError
from jrtune.search.run.run_config import RunConfig, hash_of
from jrtune.search.run.session import load
from jrtune.store.records import StudyRecord, TrialRecord
from jrtune.train import prepare
from jrtune.train.loop.member import build_model
from jrtune.train.loop.snapshot import restore_saved

SAMPLES = 32
"""Validation samples, enough to see that a copy of the network computes the same."""


def load_network(
    study: StudyRecord, trial: TrialRecord, stored: bytes | None
) -> tuple[nn.Module, dict[str, Tensor]]:
    """The network on the CPU, in evaluation mode, and a batch of the study's validation data.

    Args:
        study: as stored.
        trial: whose network it is.
        stored: its parameters as safetensors bytes.

    Raises:
        InputError: where they were not saved, or the study file is gone or another one.
    """
    path = Path(study.path)
    if stored is None:
        raise InputError(
            f"expected the parameters of trial {trial.number}, got none: they are saved of the front and of "
            "the baselines; choose one of those"
        )
    if not path.is_file():
        raise StudyError(
            f"study {study.name!r} was started from {study.path!r}, which is gone: put it back, for its "
            "model function builds the network"
        )
    if hash_of(path) != study.versions["file_hash"]:
        raise StudyError(
            f"expected {study.path!r} as the study was last run with, got a changed file: run jrtune tune "
            "with it once more, or put it back"
        )
    loaded = load(RunConfig(path, study.options, "", study.name, study.spec.epochs, study.seed, "cpu"))
    problem = prepare(loaded.study, loaded.data, torch.device("cpu"))
    model = build_model(problem, trial.candidate).eval()
    restore_saved(model, stored)
    return model, {name: tensor[:SAMPLES] for name, tensor in problem.splits["val"].tensors.items()}
