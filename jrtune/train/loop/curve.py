"""The epochs of a training as they were measured, the best of them, and the outcome."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from jrtune.losses import SCALARISATIONS
from jrtune.spec import Candidate, EpochRecord, Outcome, Study, TrialStatus


class Diverged(Exception):  # noqa: N818 - caught by the trainers; becomes an outcome
    """A loss or an objective that must be finite is not."""


class Curve:
    """The epochs of a training, from 0, the untrained model.

    The selected epoch is the one whose validation loss, weighted and scalarised as in training, is least of
    those that hold the study's constraints; where none holds them, the one that is least beyond them.

    Args:
        study: its constraints and training choices hold.
        candidate: the one that is trained.
    """

    def __init__(self, study: Study, candidate: Candidate) -> None:
        self.weights, self.limits, self.watched = candidate.weights, study.constraints, study.watched
        fixed = candidate.balancing == "fixed"
        self.scalarisation = study.training.vary(candidate.choices).scalarisation if fixed else "sum"
        self.epochs: list[EpochRecord] = []
        self.best_epoch, self.best_score = 0, (math.inf, math.inf)

    def check(self, train: Mapping[str, float], val: Mapping[str, float]) -> None:
        """Refuses mean losses of the next epoch that are not finite.

        Raises:
            Diverged: where a loss term that is weighed or constrained is not finite.
        """
        for what, means in (("training", train), ("validation", val)):
            for term, mean in means.items():
                counts = self.weights[term] > 0 or term in self.limits
                if counts and not math.isfinite(mean):
                    raise Diverged(f"{what} loss in epoch {len(self.epochs)}: term {term!r} is {mean}")

    def add(self, train: Mapping[str, float], val: Mapping[str, float], values: Mapping[str, float]) -> bool:
        """Adds an epoch; returns True where it is the best of those trained so far.

        Args:
            train, val: loss term -> mean on that split.
            values: of the objectives and of the watched metrics, which stand apart: no rung may see them.
        """
        epoch = len(self.epochs)
        objectives = {name: value for name, value in values.items() if name not in self.watched}
        watched = {name: values[name] for name in self.watched}
        self.epochs.append(EpochRecord(epoch, dict(train), dict(val), objectives, watched))
        score = self._beyond(val), self._minimised(val)
        if epoch == 0 or not score < self.best_score:
            return False
        self.best_epoch, self.best_score = epoch, score
        return True

    def note_gradients(self, norms: Mapping[str, float]) -> None:
        """Adds each term's gradient norm to the untrained model's epoch."""
        self.epochs[0] = replace(self.epochs[0], gradients=dict(norms))

    def to_notes(self) -> dict[str, object]:
        """The epochs and the best of them as plain data."""
        epochs = [dict(vars(record)) for record in self.epochs]
        return {"epochs": epochs, "best_epoch": self.best_epoch, "best_score": self.best_score}

    def take_notes(self, notes: Mapping[str, Any]) -> None:
        """Takes the epochs that :meth:`to_notes` gave in the place of its own."""
        self.epochs = [EpochRecord(**record) for record in notes["epochs"]]
        self.best_epoch, self.best_score = notes["best_epoch"], notes["best_score"]

    def _beyond(self, val: Mapping[str, float]) -> float:
        """Sum of the excesses of losses over their limits, each in units of its own; 0 where they hold."""
        return math.fsum(max(0.0, val[term] / limit - 1) for term, limit in self.limits.items())

    def _minimised(self, val: Mapping[str, float]) -> float:
        """The scalar that the candidate minimises, from the mean losses."""
        parts = [w * val[term] for term, w in self.weights.items() if w > 0]
        return SCALARISATIONS[self.scalarisation](torch.tensor(parts, dtype=torch.float64)).item()

    def pruned(self) -> Outcome:
        """Outcome of a training that was pruned after the epoch measured last."""
        return Outcome(
            TrialStatus.PRUNED,
            loss_scale=self.epochs[0].val,
            curve=self.epochs,
            message=f"dropped at rung {len(self.epochs) - 1}",
        )

    def outcome(self, test: Mapping[str, float], model: bytes | None, seconds: float = 0.0) -> Outcome:
        """Outcome of the whole training.

        Raises:
            Diverged: where an objective is not finite at the selected epoch.
        """
        selected = self.epochs[self.best_epoch]
        return Outcome(
            TrialStatus.COMPLETE,
            epoch=self.best_epoch,
            values=self._finite({**selected.objectives, **selected.watched}),
            losses=selected.val,
            test=self._finite(test),
            loss_scale=self.epochs[0].val,
            curve=self.epochs,
            seconds=seconds,
            model=model,
        )

    def _finite(self, values: Mapping[str, float]) -> dict[str, float]:
        """The values without those that are watched and not finite, for they decide nothing."""
        found = {name: value for name, value in values.items() if math.isfinite(value)}
        for name, value in values.items():
            if name not in found and name not in self.watched:
                raise Diverged(f"objective {name!r} is {value} at the selected epoch {self.best_epoch}")
        return found


def means_of(terms: Sequence[str], row: Sequence[float]) -> dict[str, float]:
    """Loss term -> mean, of T numbers."""
    return dict(zip(terms, row, strict=True))
