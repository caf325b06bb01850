"""K networks of one architecture as one program: the parameters of each are a row of a matrix.

``torch.func.vmap`` runs a function of one member's tensors over all members at once; what it costs more
than it should there, :mod:`jrtune.train.vmapped.vmap_rules` puts right. Gradients are those of the sum over
members, in which each member's own parameters meet its own losses alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.overrides import TorchFunctionMode

from jrtune.losses import (
    SCALARISATIONS,
    Balancing,
    Constrained,
    Jacobian,
    gradient_norms,
    jacobian_of,
    penalty,
)
from jrtune.losses.jacobian import Sparsity
from jrtune.train.loop.evaluate import CHUNK, check_outputs, forward, terms_of
from jrtune.train.loop.member import BALANCING, LOSSES, MODEL, Keys, Member
from jrtune.train.loop.problem import Problem, length
from jrtune.train.vmapped.recurrent import RECURRENT
from jrtune.train.vmapped.vmap_or_loop import Tensors, VmapOrLoop
from jrtune.train.vmapped.vmap_rules import VmapRules


class Gradients(NamedTuple):
    """Gradients and loss terms of a minibatch, of K members.

    Attributes:
        values: gradients of the scalar that each member minimises, K x N.
        terms: the loss terms, K x T.
        replaced: name -> K x ..., buffers that were replaced rather than changed.
        norms: of each term's gradient over shared parameters, K x T, float64; None unless asked for.
    """

    values: Tensor
    terms: Tensor
    replaced: Tensors
    norms: Tensor | None = None


class Stack:
    """Parameters, buffers and the program of K members that differ in nothing but their values.

    Args:
        problem: the study's.
        members: K of them.
        keys: their random numbers.
        sparsity: pattern of the terms' Jacobian over the parameters of the model
            (:func:`jrtune.train.stacked.gradient_mask.sparsity_of_member`).

    Attributes:
        parameters: K x N, all that is learnt: first of the models, then of the balancing.
        state: name -> K x ..., buffers and frozen parameters.
        model_size: number of the N numbers that belong to the model.
        reached: for each learnt tensor True where a term or the balancing depends on it.
    """

    def __init__(self, problem: Problem, members: Sequence[Member], keys: Keys, sparsity: Sparsity) -> None:
        self.problem, self.keys, self.sparsity = problem, keys, sparsity
        modules = [nn.ModuleDict({"model": m.model, "balancing": m.balancing}) for m in members]
        self.template = modules[0]
        self.balanced = members[0].job.candidate.balancing != "fixed"
        self.scalarise = SCALARISATIONS[members[0].training.scalarisation]
        terms = list(problem.study.losses)
        weights = [[m.job.candidate.weights[term] for term in terms] for m in members]
        self.weights = torch.tensor(weights, dtype=problem.dtype, device=problem.device)
        own = [_named(module) for module in modules]
        learnt = [n for n, p in own[0].items() if isinstance(p, nn.Parameter) and p.requires_grad]
        self.shapes = {name: own[0][name].shape for name in learnt}
        with torch.no_grad():
            self.parameters = torch.stack([torch.cat([t[n].flatten() for n in learnt]) for t in own])
            self.state = {n: torch.stack([t[n].detach() for t in own]) for n in own[0] if n not in learnt}
        self.aliases = _aliases(self.template)
        self.model_size = sum(self.shapes[n].numel() for n in learnt if n.startswith("model."))
        model = [any(column) for column in zip(*sparsity, strict=True)]
        self.reached = model + [True] * (
            len(learnt) - len(model)
        )  # what the balancing learns is in every sum
        # a function of the problem, not of the stack, which would hold itself in memory
        self.stacked_terms = VmapOrLoop(partial(_terms, problem, keys))

    def __len__(self) -> int:
        return len(self.parameters)

    def select(self, members: Tensor) -> None:
        """Cuts the stack to these members: indices, ascending."""
        self.parameters, self.weights = self.parameters[members], self.weights[members]
        self.keys = self.keys.select(members.tolist())
        self.state = {name: tensor[members] for name, tensor in self.state.items()}

    @property
    def constrained(self) -> Constrained | None:
        """The balancing, where the study limits loss terms."""
        return self._balancing if isinstance(self._balancing, Constrained) else None

    @property
    def adapts(self) -> bool:
        """True where the minimised scalar depends on the losses of the epochs before."""
        return self.balanced or self.constrained is not None

    def weighed(self) -> Tensor:
        """Mask of the terms on which a member's minimised scalar depends, K x T."""
        weighed = torch.ones_like(self.weights, dtype=torch.bool) if self.balanced else self.weights > 0
        if self.constrained:
            weighed[:, self.constrained.constrained] = True
        return weighed

    def take_buffers(self, prefix: str, modules: Sequence[nn.Module]) -> None:
        """Copies the buffers of K modules, one of each member, into the stack."""
        for name in [name for name in self.state if name.startswith(prefix)]:
            own = [module.get_buffer(name.removeprefix(prefix)) for module in modules]
            self.state[name].copy_(torch.stack(own))

    # --- training ----------------------------------------------------------------------------

    def gradients(
        self,
        parameters: Tensor,
        state: Tensors,
        weights: Tensor,
        keys: Tensor,
        batch: Tensors,
        own: bool,
        measure: bool = False,
    ) -> Gradients:
        """Gradients of each member's weighted losses; a pure function but for buffers changed in place.

        Args:
            parameters: K x N.
            state: name -> K x ....
            weights: K x T.
            keys: 3 x K.
            batch: name -> B x ..., or K x B x ... where each member has its ``own``.
            measure: True to have the norms of single terms' gradients too.

        Raises:
            RuntimeError: where other parameters are reached than :attr:`reached` has.
        """
        leaves = {n: view.detach().requires_grad_() for n, view in self.views(parameters).items()}
        dim = 0 if own else None
        with torch.enable_grad(), _Recurrent(), VmapRules():
            outputs, replaced = vmap(self._outputs, in_dims=(0, 0, dim), randomness="error")(
                {**state, **leaves}, keys[MODEL], batch
            )
            terms = self.stacked_terms(outputs, keys[LOSSES], batch, in_dims=(0, 0, dim))
            norms = gradient_norms(*self._single(terms, leaves)) if measure else None
            needed = self._balancing.needs_gradients
            jacobian = jacobian_of(*self._single(terms, leaves)) if needed else None
            total = self._totals({**state, **leaves}, weights, keys[BALANCING], terms, jacobian).sum()
            found = torch.autograd.grad(total, list(leaves.values()), allow_unused=True)
        if self.reached != [grad is not None for grad in found]:
            raise RuntimeError("its loss terms reach other parameters in one minibatch than in another")
        parts = [
            torch.zeros_like(leaf) if grad is None else grad
            for grad, leaf in zip(found, leaves.values(), strict=True)
        ]
        flat = torch.cat([part.reshape(len(parameters), -1) for part in parts], dim=1)
        return Gradients(flat, terms.detach(), {n: t.detach() for n, t in replaced.items()}, norms)

    def _single(
        self, terms: Tensor, leaves: Tensors
    ) -> tuple[Sequence[Tensor], list[Tensor], Sparsity, bool]:
        """Arguments of :func:`jrtune.losses.jacobian_of` for a stack: (terms, parameters, sparsity, True)."""
        return terms.sum(0).unbind(), list(leaves.values())[: len(self.sparsity[0])], self.sparsity, True

    def views(self, parameters: Tensor) -> Tensors:
        """Name -> K x shape, the parameters cut from the matrix of K x N."""
        parts = torch.split(parameters, [shape.numel() for shape in self.shapes.values()], dim=1)
        return {
            n: part.view(len(parameters), *s) for part, (n, s) in zip(parts, self.shapes.items(), strict=True)
        }

    def _outputs(self, tensors: Tensors, key: Tensor, batch: Tensors) -> tuple[Tensors, Tensors]:
        """One member's outputs, and the buffers that its model has replaced."""
        known = self._of("model.", tensors)
        used = dict(known)
        model = self.template["model"]
        with self.keys.drawing(key):
            outputs = forward(
                lambda inputs: functional_call(model, used, (inputs,), tie_weights=False), batch, self.problem
            )
        replaced = {f"model.{n}": t for n, t in used.items() if t is not known[n] and f"model.{n}" in tensors}
        return outputs, replaced

    @property
    def _balancing(self) -> Balancing:
        balancing = self.template["balancing"]
        assert isinstance(balancing, Balancing)
        return balancing

    def _totals(
        self, tensors: Tensors, weights: Tensor, keys: Tensor, terms: Tensor, jacobian: Jacobian | None
    ) -> Tensor:
        """The scalar that each member minimises, K."""
        if not self.balanced:
            # a term that a member does not weigh is kept out, as training it alone leaves it out
            totals = self.scalarise(weights * terms, weights > 0)
            return totals if self.constrained is None else totals + self._penalties(tensors, terms)
        balancing = self._balancing

        def total(
            tensors: Tensors, key: Tensor, terms: Tensor, single: tuple[tuple[Tensor, ...], ...]
        ) -> Tensor:
            known = Jacobian(single, self.sparsity) if single else None
            with self.keys.drawing(key):
                parts = self._of("balancing.", tensors)
                value: Tensor = functional_call(balancing, parts, (list(terms), known), tie_weights=False)
                return value

        return vmap(total, randomness="error")(tensors, keys, terms, jacobian.gradients if jacobian else ())

    def _penalties(self, tensors: Tensors, terms: Tensor) -> Tensor:
        assert self.constrained is not None
        own = self._of("balancing.", tensors)
        return penalty(self.constrained.of(terms.unbind(1)), own["limits"], own["multipliers"])

    def _of(self, prefix: str, tensors: Tensors) -> Tensors:
        """The tensors of one part by their names in it, tied names too."""
        every = tensors | {alias: tensors[name] for alias, name in self.aliases.items()}
        return {name.removeprefix(prefix): t for name, t in every.items() if name.startswith(prefix)}

    # --- evaluation --------------------------------------------------------------------------

    @torch.no_grad()
    def predict(self, parameters: Tensor, state: Tensors, split: str, keys: Tensor) -> Tensors:
        """Outputs of a whole split, K x n x ..., where the split's tensors lie.

        Args:
            parameters, state: of the members to evaluate.
            split: its name.
            keys: a row for each chunk, ... x K.
        """
        self.template.eval()
        data = self.problem.splits[split]
        tensors = {**state, **self.views(parameters)}
        parts = []
        for number, chunk in enumerate(data.chunks(CHUNK)):
            with _Recurrent(), VmapRules():
                outputs, replaced = vmap(self._outputs, in_dims=(0, 0, None), randomness="error")(
                    tensors, keys[number], chunk
                )
            for name, tensor in replaced.items():
                state[name].copy_(tensor)
            check_outputs({name: output[0] for name, output in outputs.items()}, length(chunk))
            parts.append(outputs if data.resident else {k: v.cpu() for k, v in outputs.items()})
        return {name: torch.cat([part[name] for part in parts], dim=1) for name in parts[0]}

    @torch.no_grad()
    def losses_of(self, outputs: Tensors, split: str, keys: Tensor) -> Tensor:
        """Means of the loss terms over a split, K x T, float64, on the device; keys: K."""
        batch = self.problem.splits[split].tensors
        terms = self.stacked_terms(outputs, keys, batch, in_dims=(0, 0, None))
        return terms.to(self.problem.device, torch.float64)


class _Recurrent(TorchFunctionMode):
    """Recurrent layers written out: vmap has no rule for torch's own."""

    def __torch_function__(
        self,
        func: Callable[..., object],
        types: object,
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        return RECURRENT.get(func, func)(*args, **(kwargs or {}))


def _terms(problem: Problem, source: Keys, outputs: Tensors, key: Tensor, batch: Tensors) -> Tensor:
    with source.drawing(key):
        return torch.stack(terms_of(outputs, batch, problem))


def _named(module: nn.Module) -> Tensors:
    """Parameters and buffers, each once."""
    return dict([*module.named_parameters(), *module.named_buffers()])


def _aliases(module: nn.Module) -> dict[str, str]:
    """Further names of what is tied -> the first name."""
    first = {id(tensor): name for name, tensor in reversed(_named(module).items())}
    named: Mapping[str, Tensor] = dict(
        [*module.named_parameters(remove_duplicate=False), *module.named_buffers(remove_duplicate=False)]
    )
    return {name: first[id(tensor)] for name, tensor in named.items() if first[id(tensor)] != name}
