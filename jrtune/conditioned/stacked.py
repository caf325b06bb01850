"""Training conditioned networks together: the loop of :mod:`jrtune.conditioned.training` for K at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from jrtune.conditioned.endpoints import Endpoints
from jrtune.conditioned.training import averaging, drawn_weightings, not_finite, rate_of, refuse_buffers
from jrtune.errors import StudyError
from jrtune.losses.jacobian import Sparsity
from jrtune.spec import Job, Training
from jrtune.train.executors.grouping import Grouping
from jrtune.train.executors.planning import ALONE
from jrtune.train.loop.member import Keys, Member
from jrtune.train.loop.problem import Problem
from jrtune.train.loop.trainer import Pruner, pruned_at
from jrtune.train.stacked.group import Group
from jrtune.train.stacked.program import StackedProgram
from jrtune.train.vmapped.vmap_or_loop import Tensors

TOGETHER = 64
"""Networks that are measured as one program, at most: bounds memory."""


@dataclass
class ConditionedOutcome:
    """Result of one network.

    Attributes:
        fronts: epoch at which it was measured -> its m objectives, and watched metrics, on validation at
            each of the W weightings.
        tests: the same on test, where the job asks for it.
        ends: that epoch -> its averaged ends, T x N.
        message: reason of an early end; empty where there was none.
    """

    fronts: dict[int, list[dict[str, float]]] = field(default_factory=dict)
    tests: dict[int, list[dict[str, float]]] = field(default_factory=dict)
    endpoints: dict[int, Tensor] = field(default_factory=dict)
    message: str = ""


class Conditioning(StackedProgram[ConditionedOutcome]):
    """Conditioned networks that are trained as one program, and measured whenever they stop.

    Args:
        problem: the study's; its epochs are those of this training.
        jobs, group: as of :class:`jrtune.train.stacked.program.StackedProgram`.
        weightings: at which they are measured, W x T.
        warm: epochs of an ordinary training, over whose first steps the rate rises.
    """

    def __init__(
        self, problem: Problem, jobs: Sequence[Job], group: Group, *, weightings: Tensor, warm: int
    ) -> None:
        super().__init__(problem, jobs, group)
        terms = self.stack.weights.shape[1]
        # as one matrix of ends is trained alone: what no term reaches is decayed too
        self.active = self.active.new_ones(len(jobs), 1)
        self.frozen = None if self.frozen is None else self.frozen.repeat(1, terms)
        self.weightings, self.warm = weightings, warm
        self.average = self.stack.parameters.clone()
        self.before = {name: tensor.clone() for name, tensor in self.stack.state.items()}
        self.progress = [ConditionedOutcome() for _ in jobs]

    def _stack(self, members: Sequence[Member], keys: Keys, sparsity: Sparsity) -> Endpoints:
        self.endpoints = Endpoints(self.problem, members, keys, sparsity)
        return self.endpoints

    def advance(self, until: int) -> None:
        """See :meth:`Program.advance`; then measures.

        Raises:
            StudyError: where training changes buffers, which all weightings share.
        """
        while self.epoch < until and not self.exhausted:
            self.drawn = self._draw()
            means, _ = self._train_epoch()
            if self.epoch == 1:
                refuse_buffers(self.before, self.stack.state)
            self._leave(means.isfinite().all(dim=1).tolist())
            self.context.after_epoch(self)
        if self.live:
            self._measure()
        self._rest()

    def _draw(self) -> Tensor:
        """The next epoch's weightings, steps x K x T."""
        per_epoch = self.steps_an_epoch
        seeds = [self.jobs[member].seed for member in self.live]
        terms = self.stack.weights.shape[1]
        drawn = [drawn_weightings(seed, self.epoch * per_epoch, per_epoch, terms) for seed in seeds]
        return torch.stack(drawn, dim=1).to(self.stack.weights)

    def _before_step(self, number: int) -> None:
        self.stack.weights.copy_(self.drawn[number])

    def _after_step(self, number: int) -> None:
        taken = self.epoch * self.steps_an_epoch + number + 1
        self.average.lerp_(self.stack.parameters, averaging(taken))

    def _rate(self, training: Training, step: int) -> float:
        return rate_of(training, step, self.steps)

    @property
    def steps(self) -> int:
        """See :meth:`Program.steps`: those of an ordinary training, however long this one is."""
        return self.warm * self.steps_an_epoch

    def _leave(self, finite: Sequence[bool]) -> None:
        diverged = [member for member, sound in zip(self.live, finite, strict=True) if not sound]
        for member in diverged:
            self.progress[member].message = not_finite(self.epoch)
        self.drop(diverged)

    def _select_live(self, indices: Sequence[int]) -> None:
        index = torch.tensor(indices, dtype=torch.int64, device=self.problem.device)
        self.average = self.average[index]
        self.before = {name: tensor[index] for name, tensor in self.before.items()}
        super()._select_live(indices)

    def drop(self, members: Collection[int]) -> None:
        """See :meth:`Program.drop`; their measurements stay."""
        self.results |= {member: self.progress[member] for member in members}
        self._train_only([member for member in self.live if member not in members])

    def _tensors(self) -> Tensors:
        return {**super()._tensors(), "average": self.average}

    def _progress(self) -> dict[str, object]:
        return {
            "progress": [dict(vars(self.progress[member])) for member in self.live],
            "results": {member: dict(vars(result)) for member, result in self.results.items()},
        }

    def _resume(self, progress: Mapping[str, Any]) -> None:
        for member, notes in zip(self.live, progress["progress"], strict=True):
            self.progress[member] = ConditionedOutcome(**notes)
            endpoints = self.progress[member].endpoints
            endpoints |= {epoch: tensor.to(self.problem.device) for epoch, tensor in endpoints.items()}
        self.results = {member: ConditionedOutcome(**notes) for member, notes in progress["results"].items()}

    # --- measuring ---------------------------------------------------------------------------------

    def _measure(self) -> None:
        indices = range(len(self.live))
        endpoints = self.average.view(len(self.live), self.weightings.shape[1], -1).clone()
        fronts = self._fronts("val")
        tests = self._fronts("test") if any(self.jobs[member].test for member in self.live) else []
        for index in indices:
            progress = self.progress[self.live[index]]
            progress.fronts[self.epoch], progress.endpoints[self.epoch] = fronts[index], endpoints[index]
            if tests:
                progress.tests[self.epoch] = tests[index]

    def _fronts(self, split: str) -> list[list[dict[str, float]]]:
        """Name -> value on a split of each member at each weighting: objectives, then watched metrics."""
        count = len(self.weightings)
        networks, state = self.endpoints.at(self.average, self.weightings)
        resources = [self.resources[member] for member in self.live for _ in range(count)]
        found: list[dict[str, float]] = []
        for first in range(0, len(networks), TOGETHER):
            part = slice(first, first + TOGETHER)
            own = {name: tensor[part] for name, tensor in state.items()}
            keys = self.stack.keys.select([index // count for index in range(len(networks))[part]])
            drawn = keys.evaluation(split, self.epoch, self.problem.splits[split].size)
            outputs = self.stack.predict(networks[part], own, split, drawn)
            found += self.metrics(outputs, split, resources[part])
        return [found[k * count : (k + 1) * count] for k in range(len(self.live))]

    def objectives(self) -> dict[int, Mapping[str, float]]:
        """Member -> "weighting's index and objective" -> value; without watched metrics."""
        latest = {member: self.progress[member].fronts[self.epoch] for member in self.live}
        return {
            member: {
                f"{w} {name}": row[name] for w, row in enumerate(front) for name in self.study.objectives
            }
            for member, front in latest.items()
        }

    def _finish(self) -> None:
        self.drop(list(self.live))


def condition_together(
    problem: Problem, jobs: Sequence[Job], epochs: int, weightings: Tensor, pruner: Pruner | None = None
) -> list[ConditionedOutcome]:
    """Trains a conditioned network for each job, those of one architecture as one program.

    All come to a rung before any is dropped there.

    Args:
        problem: the study's.
        jobs: to be trained; a job's weighting does not matter.
        epochs: of the training.
        weightings: at which the networks are measured, W x T.
        pruner: drops networks at its rungs by their :meth:`Conditioning.objectives`.

    Raises:
        StudyError: where one cannot be trained in this way.
    """
    groups = Grouping(problem).groups_of(jobs)
    if any(group.randomness in ALONE for group in groups):
        raise StudyError(
            "expected networks that can be stacked, but one draws random numbers by a function that "
            "cannot give each its own: train it by train_conditioned"
        )
    longer = replace(problem, study=replace(problem.study, epochs=epochs))
    programs = {
        tuple(indices): Conditioning(
            longer,
            [jobs[index] for index in indices],
            group,
            weightings=weightings,
            warm=problem.study.epochs,
        )
        for group, indices in groups.items()
    }
    for rung in pruner.rungs if pruner else ():
        values: dict[int, Mapping[str, float]] = {}
        for indices, program in programs.items():
            program.advance(rung)
            values |= {indices[member]: row for member, row in program.objectives().items()}
        dropped = pruned_at(pruner, rung, values) if pruner else set()
        for indices, program in programs.items():
            program.drop([member for member, index in enumerate(indices) if index in dropped])
    found: dict[int, ConditionedOutcome] = {}
    for indices, program in programs.items():
        program.advance(epochs)
        found |= {indices[member]: result for member, result in program.finish().items()}
    return [found[index] for index in range(len(jobs))]
