"""Training a cohort: the loop of :mod:`jrtune.train.loop.plain` for K members at once.

It gives each of them the outcome of the plain loop, to 1e-10 in double precision.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor

from jrtune.losses import Balancing
from jrtune.spec import EpochRecord, Job, Outcome, TrialStatus
from jrtune.train.loop.curve import Curve, Diverged, means_of
from jrtune.train.loop.problem import Problem
from jrtune.train.loop.snapshot import saved_names, to_bytes
from jrtune.train.stacked.group import Group
from jrtune.train.stacked.program import Program
from jrtune.train.vmapped.vmap_or_loop import Tensors


class CohortProgress(NamedTuple):
    """Notes of a cohort in a checkpoint."""

    curves: Sequence[tuple[list[EpochRecord], int, tuple[float, float]]]
    """(epochs, best epoch, its score) of each member."""
    seconds: list[float]
    outcomes: dict[int, Outcome]
    balancings: list[Balancing]


class Cohort(Program[Outcome]):
    """Members that are trained as the plain trainer trains them; see :class:`Program`."""

    def __init__(self, problem: Problem, jobs: Sequence[Job], group: Group) -> None:
        self.clock = time.perf_counter()
        super().__init__(problem, jobs, group)
        self.saved = saved_names(self.stack.template["model"])
        self.curves = [Curve(problem.study, job.candidate) for job in jobs]
        self.seconds = [0.0] * len(jobs)
        self.outcomes: dict[int, Outcome] = {}
        self.best_parameters = self.stack.parameters.clone()
        self.best_state = {name: tensor.clone() for name, tensor in self.stack.state.items()}
        self._share_time()

    def advance(self, until: int) -> None:
        """Trains to the end of this epoch every member that neither diverges nor was dropped before.

        Raises:
            Cancelled: soon after the context is.
        """
        self.clock = time.perf_counter()  # waiting for others at a rung is nobody's training
        if self.epoch == 0:
            self._measure(0, None)
            self._leave()
        while self.epoch < until and not self.exhausted:
            self.epoch += 1
            means, norms = self._train_epoch()
            self._update_balancing(means)
            if norms is not None:
                self._note_gradients(norms)
            self._measure(self.epoch, means)
            self._leave()
        self._rest()

    def objectives(self) -> dict[int, Mapping[str, float]]:
        """Member -> its objectives on validation at the last epoch, of those that are being trained."""
        return {member: self.curves[member].epochs[-1].objectives for member in self.live}

    def drop(self, members: Collection[int]) -> None:
        """Prunes these members, of those that are being trained; they cost nothing from here on."""
        self.outcomes |= {member: self.curves[member].pruned() for member in members}
        self._leave()

    def _update_balancing(self, means: Tensor) -> None:
        if self.stack.adapts:
            for member, mean in zip(self.live, means.to(self.problem.dtype), strict=True):
                self.balancings[member].after_epoch(mean)
            self.stack.take_buffers("balancing.", [self.balancings[member] for member in self.live])

    def _note_gradients(self, norms: Tensor) -> None:
        for member, own in zip(self.live, norms.tolist(), strict=True):
            self.curves[member].note_gradients(means_of(list(self.study.losses), own))

    # --- measuring and selecting ---------------------------------------------------------------

    def _measure(self, epoch: int, means: Tensor | None) -> None:
        """Adds the epoch to the curves, and saves parameters where it is a member's best so far."""
        terms = list(self.study.losses)
        keys = self.stack.keys.evaluation("val", epoch, self.problem.splits["val"].size)
        outputs = self.stack.predict(self.stack.parameters, self.stack.state, "val", keys)
        val = self.stack.losses_of(outputs, "val", keys[-1])
        both = torch.stack([val if means is None else means, val])
        trains, vals = both.tolist()  # the epoch's one wait for training on the device
        finite: dict[int, tuple[dict[str, float], dict[str, float]]] = {}
        for index, member in enumerate(self.live):
            row = {} if means is None else means_of(terms, trains[index]), means_of(terms, vals[index])
            try:
                self.curves[member].check(*row)
                finite[index] = row
            except Diverged as reason:
                self.outcomes[member] = Outcome(TrialStatus.DIVERGED, message=str(reason))
        objectives = self._objectives(outputs, "val", list(finite))
        best = [
            index
            for (index, row), objective in zip(finite.items(), objectives, strict=True)
            if self.curves[self.live[index]].add(*row, objective)
        ]
        self._save_best(best)
        self._share_time()

    def _objectives(self, outputs: Tensors, split: str, indices: Sequence[int]) -> list[dict[str, float]]:
        """Name -> value on a split, of the live members of these indices."""
        if not indices:
            return []
        if len(indices) < len(self.live):  # metrics of other libraries raise at NaN
            outputs = {n: o[torch.tensor(indices, device=o.device)] for n, o in outputs.items()}
        return self.metrics(outputs, split, [self.resources[self.live[index]] for index in indices])

    def _save_best(self, indices: Sequence[int]) -> None:
        if indices:
            device = self.problem.device
            members = torch.tensor([self.live[index] for index in indices], device=device)
            selected = torch.tensor(indices, device=device)
            self.best_parameters[members] = self.stack.parameters[selected]
            for name, tensor in self.stack.state.items():
                self.best_state[name][members] = tensor[selected]

    def _share_time(self) -> None:
        """Adds the time since the last call to the live members, in equal shares."""
        now = time.perf_counter()
        for member in self.live:
            self.seconds[member] += (now - self.clock) / len(self.live)
        self.clock = now

    # --- checkpoints ---------------------------------------------------------------------------

    def _tensors(self) -> Tensors:
        best = {f"best {name}": tensor for name, tensor in self.best_state.items()}
        return {**super()._tensors(), "best parameters": self.best_parameters, **best}

    def _progress(self) -> CohortProgress:
        curves = [(curve.epochs, curve.best_epoch, curve.best_score) for curve in self.curves]
        return CohortProgress(curves, self.seconds, self.outcomes, self.balancings)

    def _resume(self, progress: object) -> None:
        assert isinstance(progress, CohortProgress)
        curves, self.seconds, self.outcomes, self.balancings = progress
        for curve, noted in zip(self.curves, curves, strict=True):
            curve.epochs, curve.best_epoch, curve.best_score = noted

    # --- leaving and finishing --------------------------------------------------------------------

    def _leave(self) -> None:
        """Cuts members that have an outcome out of the stack, so that they cost nothing from here on."""
        self._select_live([index for index, member in enumerate(self.live) if member not in self.outcomes])

    def finish(self) -> list[Outcome]:
        """Outcomes in the jobs' order; of members trained to the end from their best epochs.

        With metrics on test where a job asks for them.
        """
        tested = self._test() if any(self.jobs[member].test for member in self.live) else {}
        self._share_time()
        for member in self.live:
            test = tested.get(member, {}) if self.jobs[member].test else {}
            model = self._bytes(member) if self.jobs[member].save_model else None
            try:
                self.outcomes[member] = self.curves[member].outcome(test, model)
            except Diverged as reason:
                self.outcomes[member] = Outcome(TrialStatus.DIVERGED, message=str(reason))
        return [replace(self.outcomes[k], seconds=self.seconds[k]) for k in range(len(self.jobs))]

    def _test(self) -> dict[int, dict[str, float]]:
        members = torch.tensor(self.live, device=self.problem.device)
        state = {name: tensor[members] for name, tensor in self.best_state.items()}
        keys = self.stack.keys.evaluation("test", 0, self.problem.splits["test"].size)
        outputs = self.stack.predict(self.best_parameters[members], state, "test", keys)
        objectives = self._objectives(outputs, "test", range(len(self.live)))
        return dict(zip(self.live, objectives, strict=True))

    def _bytes(self, member: int) -> bytes:
        views = self.stack.views(self.best_parameters[member : member + 1])
        state = {name: tensor[member : member + 1] for name, tensor in self.best_state.items()}
        return to_bytes({name: {**views, **state}[f"model.{name}"][0] for name in self.saved})
