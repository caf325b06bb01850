"""For users: one network of a study for every weighting, and the metrics of a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from jrtune.conditioned.network import Conditioned
from jrtune.conditioned.training import condition
from jrtune.data import check_splits
from jrtune.errors import InputError, StudyError
from jrtune.space.space import Space
from jrtune.spec import Entry, Job, Study, Value
from jrtune.spec.seeds import derive
from jrtune.train.loop.device import pick_device
from jrtune.train.loop.evaluate import metrics_of
from jrtune.train.loop.problem import prepare

if TYPE_CHECKING:
    from torch import nn

TIMES = 4
"""Epochs in those of one ordinary training: with 4 its front was worth that of eleven ordinary trainings."""


def train_conditioned(
    study: Study,
    data: Mapping[str, Mapping[str, object]],
    choices: Mapping[str, Value] | None = None,
    *,
    epochs: int | None = None,
    seed: int = 0,
    device: str = "auto",
) -> Conditioned:
    """Trains one network whose trade-off is chosen when it is used.

    Its results are no trial's: a trial is trained for its own weighting alone.

    Args:
        study: the problem.
        data: its splits, as ``study.data()`` gives them.
        choices: architecture and training choices; those left out take their defaults.
        epochs: of the training, from 1; None takes four times the study's.
        seed: of initialisation, order and weightings.
        device: "auto", "cpu" or "cuda".

    Raises:
        StudyError: for a choice that the study does not have, a loss that is not finite, batch norm, or
            constraints, which one training cannot hold at every weighting.
        InputError: where data, epochs or device cannot be used.

    Examples:
        >>> from my_study import study  # the file that `jrtune new my-study` writes
        >>> data = study.data()
        >>> net = jr.train_conditioned(study, data, epochs=8)
        >>> network = net.at({"kind": 0.7, "amount": 0.3})  # an ordinary nn.Module
        >>> sorted(jr.measure(network, study, data))
        ['accuracy', 'error']
    """
    epochs = TIMES * study.epochs if epochs is None else epochs
    if epochs < 1:
        raise InputError(f"epochs must be an integer from 1, got {epochs!r}")
    refuse_constraints(study)
    chosen = dict(choices or {})

    def pick(name: str, entry: Entry) -> Value:
        value = chosen.pop(name, entry.default)
        if not entry.contains(value):
            raise StudyError(f"expected a choice {name} of the study's space, got {value!r}: give another")
        return value

    check_splits(data, study.missing)
    space = Space(study)
    candidate = space.build(pick, space.simplex.equal())
    if chosen:
        raise StudyError(f"the study has no choice {', '.join(chosen)} at this point: leave it out")
    problem = prepare(study, data, pick_device(device))
    job = Job(candidate, derive(seed, "conditioned"), order_seed=seed)
    return condition(problem, job, epochs)


def refuse_constraints(study: Study) -> None:
    """Refuses a study with constraints.

    Raises:
        StudyError: where the study has constraints.
    """
    if study.constraints:
        raise StudyError(
            f"expected a study without constraints, got one of {', '.join(study.constraints)}: one training "
            "cannot hold them at every weighting; leave them out"
        )


def measure(
    model: nn.Module,
    study: Study,
    data: Mapping[str, Mapping[str, object]],
    split: str = "test",
    device: str = "auto",
) -> dict[str, float]:
    """Name -> value of a network on a split, of objectives, then watched metrics, as a trial is measured.

    Args:
        model: the network; it is moved to the device.
        study: its objectives and watched metrics count.
        data: its splits, as ``study.data()`` gives them.
        split: "train", "val" or "test".
        device: "auto", "cpu" or "cuda".

    Raises:
        InputError: where split or device cannot be used.

    Examples:
        >>> from my_study import study  # the file that `jrtune new my-study` writes
        >>> values = jr.measure(study.model(), study, study.data(), split="val")
        >>> sorted(values)
        ['accuracy', 'error']
    """
    if split not in data:
        raise InputError(f"split must be one of {', '.join(data)}, got {split!r}")
    problem = prepare(study, data, pick_device(device))
    return metrics_of(model.to(problem.device, problem.dtype), problem, split)
