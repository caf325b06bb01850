"""Training a cohort: the loop of :mod:`jrtune.train.loop.plain` for K members at once.

It gives each of them the outcome of the plain loop, to 1e-10 in double precision.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from jrtune.spec import Job, Outcome, TrialStatus
from jrtune.train.loop.curve import Curve, Diverged, means_of
from jrtune.train.loop.notes import attributes_of, outcome_from_notes, outcome_to_notes, put_attributes
from jrtune.train.loop.problem import Problem
from jrtune.train.loop.snapshot import saved_names, to_bytes
from jrtune.train.stacked.group import Group
from jrtune.train.stacked.program import StackedProgram
from jrtune.train.vmapped.vmap_or_loop import Tensors


class Cohort(StackedProgram[Outcome]):
    """Members that are trained as the plain trainer trains them; see :class:`StackedProgram`."""

    def __init__(self, problem: Problem, jobs: Sequence[Job], group: Group) -> None:
        self.clock = time.perf_counter()
        super().__init__(problem, jobs, group)
        self.saved = saved_names(self.stack.template["model"])
        self.curves = [Curve(problem.study, job.candidate) for job in jobs]
        self.seconds = [0.0] * len(jobs)
        self.best_parameters = self.stack.parameters.clone()
        self.best_state = {name: tensor.clone() for name, tensor in self.stack.state.items()}
        self._share_time()

    def advance(self, until: int) -> None:
        """See :meth:`Program.advance`; a member that diverges leaves at the end of its epoch."""
        self.clock = time.perf_counter()  # waiting for others at a rung is nobody's training
        if self.live and not self.curves[self.live[0]].epochs:
            self._measure(0, None)
        while self.epoch < until and not self.exhausted:
            means, norms = self._train_epoch()
            self._update_balancing(means)
            if norms is not None:
                self._note_gradients(norms)
            self._measure(self.epoch, means)
            self.context.after_epoch(self)
        self._rest()

    def objectives(self) -> dict[int, Mapping[str, float]]:
        """See :meth:`Program.objectives`."""
        return {member: self.curves[member].epochs[-1].objectives for member in self.live}

    def drop(self, members: Collection[int]) -> None:
        """See :meth:`Program.drop`."""
        self._leave({member: self.curves[member].pruned() for member in members})

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
        """Adds the epoch to the curves, and saves parameters where it is a member's best so far.

        Members that have diverged leave.
        """
        terms = list(self.study.losses)
        keys = self.stack.keys.evaluation("val", epoch, self.problem.splits["val"].size)
        outputs = self.stack.predict(self.stack.parameters, self.stack.state, "val", keys)
        val = self.stack.losses_of(outputs, "val", keys[-1])
        both = torch.stack([val if means is None else means, val])
        trains, vals = both.tolist()  # the epoch's one wait for training on the device
        diverged: dict[int, Outcome] = {}
        finite: dict[int, tuple[dict[str, float], dict[str, float]]] = {}
        for index, member in enumerate(self.live):
            row = {} if means is None else means_of(terms, trains[index]), means_of(terms, vals[index])
            try:
                self.curves[member].check(*row)
                finite[index] = row
            except Diverged as reason:
                diverged[member] = Outcome(TrialStatus.DIVERGED, message=str(reason))
        objectives = self._objectives(outputs, "val", list(finite))
        best = [
            index
            for (index, row), objective in zip(finite.items(), objectives, strict=True)
            if self.curves[self.live[index]].add(*row, objective)
        ]
        self._save_best(best)
        self._share_time()
        self._leave(diverged)

    def _objectives(self, outputs: Tensors, split: str, indices: Sequence[int]) -> list[dict[str, float]]:
        """Name -> value on a split, of the live members of these indices."""
        if not indices:
            return []
        if len(indices) < len(self.live):  # metrics of other libraries raise at NaN
            outputs = {n: o[torch.tensor(indices, device=o.device)] for n, o in outputs.items()}
        return self.metrics(outputs, split, [self.resources[self.live[index]] for index in indices])

    def _save_best(self, indices: Sequence[int]) -> None:
        if indices:
            selected = torch.tensor(indices, device=self.problem.device)
            self.best_parameters[selected] = self.stack.parameters[selected]
            for name, tensor in self.stack.state.items():
                self.best_state[name][selected] = tensor[selected]

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

    def _progress(self) -> dict[str, object]:
        return {
            "curves": [self.curves[member].to_notes() for member in self.live],
            "seconds": list(self.seconds),
            "results": {member: outcome_to_notes(outcome) for member, outcome in self.results.items()},
            "balancings": [attributes_of(self.balancings[member], tensors=True) for member in self.live],
        }

    def _resume(self, progress: Mapping[str, Any]) -> None:
        self.seconds = list(progress["seconds"])
        self.results = {member: outcome_from_notes(notes) for member, notes in progress["results"].items()}
        for member, curve, own in zip(self.live, progress["curves"], progress["balancings"], strict=True):
            self.curves[member].take_notes(curve)
            put_attributes(self.balancings[member], own, self.problem.device)

    # --- leaving and finishing --------------------------------------------------------------------

    def _leave(self, outcomes: Mapping[int, Outcome]) -> None:
        """Cuts members that have an outcome out of the stack, so that they cost nothing from here on."""
        self.results |= {m: replace(outcome, seconds=self.seconds[m]) for m, outcome in outcomes.items()}
        self._train_only([member for member in self.live if member not in outcomes])

    def _finish(self) -> None:
        """Gives outcomes, of each member's best epoch; with metrics on test where its job asks for them."""
        tested = self._test() if any(self.jobs[member].test for member in self.live) else {}
        self._share_time()
        self._leave({member: self._outcome(index, tested) for index, member in enumerate(self.live)})

    def _outcome(self, index: int, tested: Mapping[int, Mapping[str, float]]) -> Outcome:
        member = self.live[index]
        job = self.jobs[member]
        test = tested.get(member, {}) if job.test else {}
        try:
            return self.curves[member].outcome(test, self._bytes(index) if job.save_model else None)
        except Diverged as reason:
            return Outcome(TrialStatus.DIVERGED, message=str(reason))

    def _select_live(self, indices: Sequence[int]) -> None:
        if len(indices) < len(self.live):
            selected = torch.tensor(indices, dtype=torch.int64, device=self.problem.device)
            self.best_parameters = self.best_parameters[selected]
            self.best_state = {name: tensor[selected] for name, tensor in self.best_state.items()}
        super()._select_live(indices)

    def _test(self) -> dict[int, dict[str, float]]:
        keys = self.stack.keys.evaluation("test", 0, self.problem.splits["test"].size)
        state = {name: tensor.clone() for name, tensor in self.best_state.items()}  # evaluation may change it
        outputs = self.stack.predict(self.best_parameters, state, "test", keys)
        objectives = self._objectives(outputs, "test", range(len(self.live)))
        return dict(zip(self.live, objectives, strict=True))

    def _bytes(self, index: int) -> bytes:
        views = self.stack.views(self.best_parameters[index : index + 1])
        state = {name: tensor[index : index + 1] for name, tensor in self.best_state.items()}
        return to_bytes({name: {**views, **state}[f"model.{name}"][0] for name in self.saved})
