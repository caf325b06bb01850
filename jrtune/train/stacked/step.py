"""One training step of a stack, in the fastest form that gives the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor, nn

from jrtune.train.loop.problem import length
from jrtune.train.loop.program import Differentiate, Graphs
from jrtune.train.stacked.optimizer import StackedOptimizer, clip_gradients
from jrtune.train.stacked.stack import Gradients, Stack
from jrtune.train.vmapped.graph import capture
from jrtune.train.vmapped.signature import signature
from jrtune.train.vmapped.tracing import agree, trace
from jrtune.train.vmapped.vmap_or_loop import Tensors

WORTH_TRACING = {"cpu": 40, "cuda": 8}
"""Steps of a shape that a whole training must have: a graph takes about as long as vmap loses in so many."""


def on_cuda(stack: Stack) -> bool:
    """Returns True where steps are to be captured."""
    return stack.parameters.is_cuda


@dataclass
class _Form:
    """The form in which steps of one shape of minibatch are taken.

    Attributes:
        static, replay: what a captured step reads, and the step; none before it was captured.
    """

    static: Tensors = field(default_factory=dict)
    replay: Callable[[], None] | None = None


@dataclass(frozen=True)
class Rehearsal:
    """All that a step is tried on before the first that counts, so that trying changes nothing.

    Attributes:
        template: a second build of the stack's.
        keys: for each of two minibatches, 2 x 3 x K.
        batches: two minibatches of the same shape.
    """

    template: nn.ModuleDict
    keys: Tensor
    batches: Sequence[Tensors]


class Step:
    """Gradients, clipping and the optimizer's step of all members.

    Before the first step of a shape of minibatch a graph is traced from a rehearsal's first minibatch, and
    must give what vmap gives for the second; then the graph is used, on CUDA captured, else vmap. So the
    form of a step, on which its last digits depend, is the same wherever a training begins or goes on, and
    whatever its worker did before. A model that changes attributes of its own as it runs is not traced,
    because a graph would not change them.

    Args:
        stack, optimizer: members and their optimizer.
        limits: greatest norm of each member's gradient, K; 0 for none.
        active: K x N or K x 1: 0 where a member weighs no term that reaches the number, else 1.
        frozen: K x N, mask of the numbers that have the second of a member's learning rates; None for none.
        sums: K x T, float64; to each term its losses times samples are added.
        own: True where each member has minibatches of its own.
        graphs: those that earlier cohorts left, and None where there can be none; added to.
        key: of this stack among the graphs.
        steps: samples of a minibatch -> steps of so many in a whole training.
        rehearsal: gives one for minibatches of so many samples.
    """

    def __init__(
        self,
        stack: Stack,
        optimizer: StackedOptimizer,
        limits: Tensor,
        active: Tensor,
        *,
        frozen: Tensor | None = None,
        sums: Tensor,
        own: bool,
        graphs: Graphs,
        key: str,
        steps: Mapping[int, int],
        rehearsal: Callable[[int], Rehearsal],
    ) -> None:
        self.stack, self.optimizer, self.limits, self.active = stack, optimizer, limits, active
        self.frozen = frozen
        self.own, self.graphs, self.key, self.steps = own, graphs, key, steps
        self.rehearsal = rehearsal
        self.sums = sums
        self.forms: dict[object, _Form] = {}

    @torch.no_grad()
    def __call__(self, batch: Tensors, keys: Tensor, rates: Tensor, measure: bool = False) -> Tensor | None:
        """One step.

        Args:
            batch: name -> B x ..., or K x B x ....
            keys: 3 x K.
            rates: learning rates, K x 1, or K x 2 with those of frozen parts.
            measure: True to have the norms of single terms' gradients; a graph gives none, so it is
                not used.

        Returns:
            These norms over shared parameters, K x T, before the step; None where they are not wanted.
        """
        shapes = _shapes(batch)
        form, norms = self.forms.setdefault(shapes, _Form()), None
        if form.replay is not None and not measure:
            for name, tensor in {**batch, " keys": keys, " rates": rates}.items():
                form.static[name].copy_(tensor)
            form.replay()
        else:
            graph = None if measure else self._graph(shapes, self._samples(batch))
            way = graph or partial(self._by_vmap, measure=measure)
            norms = self._update(way, batch, keys, rates)
            if graph is not None and on_cuda(self.stack):
                self._capture(form, graph, batch, keys, rates)
        return norms

    def captured(self, batch: Tensors) -> bool:
        """Returns True where steps of minibatches of this shape are replayed as a CUDA graph by now."""
        form = self.forms.get(_shapes(batch))
        return form is not None and form.replay is not None

    def _update(self, gradients: Differentiate, batch: Tensors, keys: Tensor, rates: Tensor) -> Tensor | None:
        stack = self.stack
        grads, terms, replaced, norms = gradients(stack.parameters, stack.state, stack.weights, keys, batch)
        for name, tensor in replaced.items():
            stack.state[name].copy_(tensor)
        if self.active.shape[1] > 1:  # 0 times an infinite slope of a term of no weight would be no number
            grads = torch.where(self.active > 0, grads, 0.0)
        clip_gradients(grads[:, : stack.model_size], self.limits)
        if self.frozen is not None:
            rates = torch.where(self.frozen, rates[:, 1:], rates[:, :1])
        self.optimizer.step(stack.parameters, grads, rates * self.active)
        self.sums += terms.double() * self._samples(batch)
        return norms

    def _samples(self, batch: Tensors) -> int:
        return length({n: t[0] for n, t in batch.items()}) if self.own else length(batch)

    def _by_vmap(
        self,
        parameters: Tensor,
        state: Tensors,
        weights: Tensor,
        keys: Tensor,
        batch: Tensors,
        measure: bool = False,
    ) -> Gradients:
        self.stack.template.train()
        return self.stack.gradients(parameters, state, weights, keys, batch, self.own, measure)

    def _graph(self, shapes: object, samples: int) -> Differentiate | None:
        """The graph for minibatches of this shape; None where there is none."""
        worth = WORTH_TRACING["cuda" if on_cuda(self.stack) else "cpu"]
        if self.steps.get(samples, 0) < worth:
            return None
        mine = (self.key, len(self.stack), self.own)
        slot = (*mine, shapes)
        if slot not in self.graphs:
            refused = any(graph is None and other[:3] == mine for other, graph in self.graphs.items())
            self.graphs[slot] = None if refused else self._rehearsed(self.rehearsal(samples))
        return self.graphs[slot]

    def _rehearsed(self, rehearsal: Rehearsal) -> Differentiate | None:
        """A graph made from one minibatch and tried on another."""
        template, self.stack.template = self.stack.template, rehearsal.template
        try:
            return self._trace(rehearsal)
        finally:
            self.stack.template = template

    def _trace(self, rehearsal: Rehearsal) -> Differentiate | None:
        model, (first, second) = rehearsal.template.train()["model"], rehearsal.batches
        before = signature(model)
        self._results(self._by_vmap, rehearsal.keys[0], first)  # a loss that vmap refuses is looped after it
        if signature(model.train()) != before:
            return None
        parameters, state, weights = self.stack.parameters, self._state(), self.stack.weights
        graph = trace(self._by_vmap, parameters, state, weights, rehearsal.keys[0], first)
        if graph is None:
            return None
        tried, expected = (self._results(way, rehearsal.keys[1], second) for way in (graph, self._by_vmap))
        return graph if agree(tried, expected) else None

    def _results(self, gradients: Differentiate, keys: Tensor, batch: Tensors) -> list[Tensor]:
        """Results of a step, and the buffers that it changes, on copies."""
        state = self._state()
        grads, terms, replaced, _ = gradients(self.stack.parameters, state, self.stack.weights, keys, batch)
        return [grads, terms, *(state | replaced).values()]

    def _state(self) -> Tensors:
        return {name: tensor.clone() for name, tensor in self.stack.state.items()}

    def _capture(
        self, form: _Form, gradients: Differentiate, batch: Tensors, keys: Tensor, rates: Tensor
    ) -> None:
        inputs = {n: t.clone() for n, t in batch.items()}
        static_keys, static_rates = keys.clone(), rates.clone()
        form.static = {**inputs, " keys": static_keys, " rates": static_rates}
        changed = [self.stack.parameters, *self.stack.state.values(), *self.optimizer.tensors(), self.sums]

        def run() -> None:
            self._update(gradients, inputs, static_keys, static_rates)

        form.replay = capture(run, changed)


def _shapes(batch: Tensors) -> tuple[tuple[str, tuple[int, ...]], ...]:
    return tuple((name, tuple(tensor.shape)) for name, tensor in batch.items())
