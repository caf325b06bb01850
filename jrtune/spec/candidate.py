"""A point of the space, the training of it that is wanted, and what became of it."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jrtune.spec.epoch_record import EpochRecord
from jrtune.spec.types import Value

EQUAL, SINGLE = "equal weights", "single "
"""Origins of the baselines: equal weights, and "single TERM" for each corner of the simplex."""


@dataclass(frozen=True)
class Candidate:
    """One point of the space.

    Attributes:
        weights: a weight for each loss term, not negative, summing to one.
        choices: the architecture and training choices that exist at this point.
        balancing: "fixed", or the name of an adaptive method that sets the weights while training.

    Examples:
        >>> candidate = jr.Candidate({"digit": 0.75, "edge": 0.25}, {"width": 16})
        >>> candidate.weights["digit"], candidate.choices["width"], candidate.balancing
        (0.75, 16, 'fixed')
    """

    weights: Mapping[str, float]
    choices: Mapping[str, Value] = field(default_factory=dict)
    balancing: str = "fixed"

    def to_json(self) -> str:
        """JSON text that :meth:`from_json` reads back without loss (floats by shortest repr)."""
        body = {"weights": dict(self.weights), "choices": dict(self.choices), "balancing": self.balancing}
        return json.dumps(body, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Candidate:
        """The candidate that :meth:`to_json` wrote."""
        body = json.loads(text)
        return cls(body["weights"], body["choices"], body["balancing"])


class TrialStatus(enum.StrEnum):
    """The status of a trial, stored, with advice for whoever reads it."""

    COMPLETE = "complete"
    PRUNED = "pruned"
    DIVERGED = "diverged"
    OUT_OF_MEMORY = "out of memory"
    CRASHED = "crashed"
    TIMED_OUT = "timed out"

    @property
    def is_fault(self) -> bool:
        """True of a training that its process could not do: it is not tried again beside others."""
        return self in (TrialStatus.OUT_OF_MEMORY, TrialStatus.CRASHED, TrialStatus.TIMED_OUT)

    @property
    def advice(self) -> str:
        """The remedy, in one sentence."""
        return {
            TrialStatus.COMPLETE: "",
            TrialStatus.PRUNED: "dropped at a rung; nothing to do",
            TrialStatus.DIVERGED: (
                "lower the learning rate, clip gradients, check the loss for log(0) and 0/0"
            ),
            TrialStatus.OUT_OF_MEMORY: "use a smaller batch_size, or bound the width in the space",
            TrialStatus.CRASHED: "train it by --engine inline to see what ends the process",
            TrialStatus.TIMED_OUT: "see what hangs; give a longer --training-timeout where nothing does",
        }[self]


@dataclass(frozen=True)
class Outcome:
    """The outcome of training one candidate.

    Attributes:
        status: of the training; every value below is empty unless it is complete, but for the loss scale and
            the curve of what was pruned: the epochs up to its rung.
        epoch: the epoch selected on validation (0: the untrained model).
        values: objective -> value on the validation split at that epoch; so is what is watched, if finite.
        losses: loss term -> mean on the validation split at that epoch.
        test: the same on the test split at that epoch, where asked for.
        loss_scale: loss term -> mean on the validation split before the first step.
        curve: an epoch after the other, from 0.
        seconds: wall-clock time of the training.
        message: what happened, where it did not complete.
        model: the parameters at that epoch as safetensors bytes, where asked for.
    """

    status: TrialStatus
    epoch: int = 0
    values: Mapping[str, float] = field(default_factory=dict)
    losses: Mapping[str, float] = field(default_factory=dict)
    test: Mapping[str, float] = field(default_factory=dict)
    loss_scale: Mapping[str, float] = field(default_factory=dict)
    curve: Sequence[EpochRecord] = ()
    seconds: float = 0.0
    message: str = ""
    model: bytes | None = None


@dataclass(frozen=True)
class Job:
    """One training that is wanted.

    Attributes:
        candidate: what to train.
        seed: decides initialisation and dropout.
        order_seed: decides the order of minibatches; the same for all that are compared.
        test: whether the test split is to be measured too.
        save_model: whether the parameters are wanted.
    """

    candidate: Candidate
    seed: int
    order_seed: int
    test: bool = False
    save_model: bool = False
