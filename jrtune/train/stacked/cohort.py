"""Training a cohort: the loop of :mod:`jrtune.train.plain` for K members at once.

It gives each of them what the plain loop gives, to 1e-10 in double precision.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from jrtune.spec import Ending, Job, Outcome, Resource
from jrtune.train.curve import Curve, Diverged, means_of
from jrtune.train.evaluate import measure_resources
from jrtune.train.member import Keys, Randomness, make_member
from jrtune.train.problem import Problem, batch_lengths, epoch_order
from jrtune.train.schedule import rate
from jrtune.train.snapshot import kept_names, to_bytes
from jrtune.train.stacked.each import Each, Tensors
from jrtune.train.stacked.reach import active_numbers
from jrtune.train.stacked.rows import make_rows
from jrtune.train.stacked.signature import signature
from jrtune.train.stacked.stack import Stack
from jrtune.train.stacked.step import Graphs, Step, on_cuda

_MEASURING = threading.Lock()  # a metric may be an object that counts
_BUILDING = threading.Lock()  # torch's generator, from which initial parameters are drawn, is everybody's


class Cancelled(Exception):  # noqa: N818 - a request, not an error
    """The cohort was told to stop."""


def _signature_of(models: Sequence[nn.Module]) -> str:
    """The digest of the one signature that all have.

    Raises:
        RuntimeError: where they differ in more than values, or share a module, which other threads use too.
    """
    first, *others = {signature(model) for model in models}
    if others:
        raise RuntimeError("its members differ in more than the values of parameters and buffers")
    if len(models) > 1 and {id(m) for m in models[0].modules()} & {id(m) for m in models[1].modules()}:
        raise RuntimeError("its members share a module: let the model's builder make a new one")
    return hashlib.sha256(first.encode()).hexdigest()


class Cohort:
    """Members that are trained as one program.

    Args:
        problem: the study's.
        jobs: of one group (:mod:`jrtune.train.stacked.grouping`).
        randomness: of their architecture.
        graphs, key: as :class:`jrtune.train.stacked.step.Step` takes them.
        cancelled: set from outside to break off.
    """

    def __init__(
        self,
        problem: Problem,
        jobs: Sequence[Job],
        randomness: Randomness,
        graphs: Graphs,
        key: str,
        cancelled: threading.Event,
    ) -> None:
        self.clock = time.perf_counter()
        self.problem, self.study, self.jobs = problem, problem.study, jobs
        self.graphs, self.cancelled = graphs, cancelled
        devices = [problem.device] if problem.device.type == "cuda" else []
        with _BUILDING, torch.random.fork_rng(devices=devices):
            members = [make_member(problem, job) for job in jobs]
            # graphs hold a model's constants: they are only for stacks of this very signature
            self.key = f"{key} {_signature_of([m.model for m in members])}"
            self.resources = [measure_resources(m.model, problem) for m in members]
        self.trainings, self.balancings = [m.training for m in members], [m.balancing for m in members]
        self.kept = kept_names(members[0].model)
        self.stack = Stack(problem, members, Keys([j.seed for j in jobs], randomness, problem.device))
        self.optimiser = make_rows(self.trainings, self.stack.rows, self.stack.model_size)
        with _BUILDING, torch.random.fork_rng(devices=devices):
            self.active = active_numbers(problem, members[0], self.stack)
        self.limits = self.stack.rows.new_tensor([t.clip for t in self.trainings])
        self.own = len({job.order_seed for job in jobs}) > 1
        self.each = {
            name: Each(objective.measure)
            for name, objective in self.study.objectives.items()
            if not isinstance(objective.measure, Resource)
        }
        self.curves = [Curve(problem.study, job.candidate) for job in jobs]
        self.seconds = [0.0] * len(jobs)
        self.outcomes: dict[int, Outcome] = {}
        self.placed = list(range(len(jobs)))  # the members that the stack's rows are, in their order
        self.epoch = 0  # the last that was trained
        self.step: Step | None = None  # of the members that are placed
        self.best_rows = self.stack.rows.clone()
        self.best_state = {name: tensor.clone() for name, tensor in self.stack.state.items()}
        self._share_time()

    @property
    def ended(self) -> bool:
        """Whether there is nothing left to train."""
        return not self.placed or self.epoch == self.study.epochs

    def advance(self, until: int) -> None:
        """Trains to the end of this epoch every member that neither diverges nor was dropped before.

        Raises:
            Cancelled: soon after that event is set.
        """
        self.clock = time.perf_counter()  # waiting for others at a rung is nobody's training
        if self.epoch == 0:
            self._measure(0, None)
            self._leave()
        while self.epoch < until and not self.ended:
            self.epoch += 1
            means = self._train_epoch()
            self._tell_balancing(means)
            self._measure(self.epoch, means)
            self._leave()
        if on_cuda(self.stack):  # a captured step holds memory that others need while this one waits
            self.step = None

    def figures(self) -> dict[int, Mapping[str, float]]:
        """Member -> its objectives on validation at the last epoch, of those that are being trained."""
        return {member: self.curves[member].rows[-1]["objectives"] for member in self.placed}

    def drop(self, members: Collection[int]) -> None:
        """These members, of those that are being trained, end here and cost nothing from here on."""
        self.outcomes |= {member: self.curves[member].pruned() for member in members}
        self._leave()

    def _train_epoch(self) -> Tensor:
        """The epoch's steps; means of the loss terms over its samples, K x T."""
        train, batch_size = self.problem.splits["train"], self.trainings[0].batch_size
        lengths = batch_lengths(train.size, batch_size)
        usual = max(lengths, key=lengths.count)
        if self.step is None:
            self.step = self._step((self.study.epochs + 1 - self.epoch) * lengths.count(usual))
        self.step.sums.zero_()
        keys = self.stack.keys.of("step", self.epoch, count=len(lengths))
        rates = self._rates(self.epoch, lengths)
        for i, batch in enumerate(train.batches(self._order(self.epoch), batch_size)):
            if self.cancelled.is_set():
                raise Cancelled
            self.step(batch, keys[i], rates[i], full=lengths[i] == usual)
        return self.step.sums / train.size

    def try_step(self) -> None:
        """A training step that does not count, to see what it costs."""
        batch_size = self.trainings[0].batch_size
        batch = next(self.problem.splits["train"].batches(self._order(1), batch_size))
        keys, rates = self.stack.keys.of("step", 1, count=1), self._rates(1, [batch_size])
        self._step(1)(batch, keys[0], rates[0], full=False)

    def _step(self, left: int) -> Step:
        return Step(
            self.stack,
            self.optimiser,
            self.limits,
            self.active,
            own=self.own,
            graphs=self.graphs,
            key=self.key,
            left=left,
        )

    def _order(self, epoch: int) -> Tensor:
        """The order of the epoch's samples: n, or K x n where members have orders of their own."""
        seeds = [self.jobs[member].order_seed for member in self.placed]
        size = self.problem.splits["train"].size
        orders = {seed: epoch_order(seed, epoch, size) for seed in seeds}
        return torch.stack([orders[seed] for seed in seeds]) if self.own else orders[seeds[0]]

    def _rates(self, epoch: int, lengths: Sequence[int]) -> Tensor:
        """Learning rates of the epoch's S steps, S x K x 1, on the device: one copy an epoch."""
        first, steps = (epoch - 1) * len(lengths), self.study.epochs * len(lengths)
        trainings = [self.trainings[member] for member in self.placed]
        table = [
            [t.lr * rate(first + i, steps, t.schedule, t.warmup) for t in trainings]
            for i in range(len(lengths))
        ]
        return torch.tensor(table, dtype=self.problem.dtype).to(self.problem.device)[:, :, None]

    def _tell_balancing(self, means: Tensor) -> None:
        if self.stack.adapts:
            for member, mean in zip(self.placed, means.to(self.problem.dtype), strict=True):
                self.balancings[member].after_epoch(mean)
            self.stack.take_buffers("balancing.", [self.balancings[member] for member in self.placed])

    # --- measuring and selecting ---------------------------------------------------------------

    def _measure(self, epoch: int, means: Tensor | None) -> None:
        """Adds the epoch's rows to the curves, and keeps parameters where an epoch is the best so far."""
        terms = list(self.study.losses)
        keys = self.stack.keys.evaluation("val", epoch, self.problem.splits["val"].size)
        outputs = self.stack.predict(self.stack.rows, self.stack.state, "val", keys)
        val = self.stack.losses_of(outputs, "val", keys[-1])
        both = torch.stack([val if means is None else means, val])
        trains, vals = both.tolist()  # the epoch's one wait for training on the device
        rows: dict[int, tuple[dict[str, float], dict[str, float]]] = {}
        for place, member in enumerate(self.placed):
            row = {} if means is None else means_of(terms, trains[place]), means_of(terms, vals[place])
            try:
                self.curves[member].check(*row)
                rows[place] = row
            except Diverged as reason:
                self.outcomes[member] = Outcome(Ending.DIVERGED, message=str(reason))
        figures = self._objectives(outputs, "val", list(rows))
        best = [
            place
            for (place, row), figure in zip(rows.items(), figures, strict=True)
            if self.curves[self.placed[place]].add(*row, figure)
        ]
        self._keep_best(best)
        self._share_time()

    def _objectives(self, outputs: Tensors, split: str, places: Sequence[int]) -> list[dict[str, float]]:
        """Objective -> figure on a split, of the members at these places of the outputs."""
        if not places:
            return []
        if len(places) < len(self.placed):  # metrics of other libraries raise at NaN
            outputs = {n: o[torch.tensor(places, device=o.device)] for n, o in outputs.items()}
        batch = self.problem.splits[split].tensors
        with _MEASURING:
            found = [
                each(outputs, batch, in_dims=(0, None)).to(self.problem.device, torch.float64)
                for each in self.each.values()
            ]
        table = torch.stack(found, dim=1).tolist() if found else [[]] * len(places)
        return [
            self._ordered(dict(zip(self.each, row, strict=True)) | self.resources[self.placed[place]])
            for place, row in zip(places, table, strict=True)
        ]

    def _ordered(self, figures: dict[str, float]) -> dict[str, float]:
        return {name: figures[name] for name in self.study.objectives}

    def _keep_best(self, places: Sequence[int]) -> None:
        if places:
            device = self.problem.device
            members = torch.tensor([self.placed[place] for place in places], device=device)
            index = torch.tensor(places, device=device)
            self.best_rows[members] = self.stack.rows[index]
            for name, tensor in self.stack.state.items():
                self.best_state[name][members] = tensor[index]

    def _share_time(self) -> None:
        """A cohort's time belongs to its members in equal shares."""
        now = time.perf_counter()
        for member in self.placed:
            self.seconds[member] += (now - self.clock) / len(self.placed)
        self.clock = now

    # --- leaving and ending --------------------------------------------------------------------

    def _leave(self) -> None:
        """Cuts out of the stack who has ended, so that they cost nothing from here on."""
        places = [place for place, member in enumerate(self.placed) if member not in self.outcomes]
        if len(places) == len(self.placed):
            return
        index = torch.tensor(places, dtype=torch.int64, device=self.problem.device)
        self.placed = [self.placed[place] for place in places]
        self.stack.keep(index)
        self.optimiser.keep(index)
        self.limits = self.limits[index]
        self.active = self.active[index]
        self.step = None

    def finish(self) -> list[Outcome]:
        """Outcomes in the jobs' order; of those that came to the end from their best epochs.

        Test figures where they were asked for.
        """
        tested = self._test() if any(self.jobs[member].test for member in self.placed) else {}
        self._share_time()
        for member in self.placed:
            test = tested.get(member, {}) if self.jobs[member].test else {}
            model = self._bytes(member) if self.jobs[member].keep_model else None
            try:
                self.outcomes[member] = self.curves[member].outcome(test, model)
            except Diverged as reason:
                self.outcomes[member] = Outcome(Ending.DIVERGED, message=str(reason))
        return [replace(self.outcomes[k], seconds=self.seconds[k]) for k in range(len(self.jobs))]

    def _test(self) -> dict[int, dict[str, float]]:
        members = torch.tensor(self.placed, device=self.problem.device)
        state = {name: tensor[members] for name, tensor in self.best_state.items()}
        keys = self.stack.keys.evaluation("test", 0, self.problem.splits["test"].size)
        outputs = self.stack.predict(self.best_rows[members], state, "test", keys)
        figures = self._objectives(outputs, "test", range(len(self.placed)))
        return dict(zip(self.placed, figures, strict=True))

    def _bytes(self, member: int) -> bytes:
        views = self.stack.views(self.best_rows[member : member + 1])
        state = {name: tensor[member : member + 1] for name, tensor in self.best_state.items()}
        return to_bytes({name: {**views, **state}[f"model.{name}"][0] for name in self.kept})
