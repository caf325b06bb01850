"""A module, its DataLoaders and its loss functions as a study."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from jrtune.errors import StudyError
from jrtune.integrations.gradient import check_gradient, has_gradient
from jrtune.integrations.joined import Call, Joined, builder_of, checked_call, name_of
from jrtune.integrations.loaders import batch_size_of, collect, loaders_of
from jrtune.integrations.parts import put_together, take_apart
from jrtune.spec import Entry, Objective, Resource, Study, Training, minimize

Result = TypeVar("Result")

Loss = Callable[..., Tensor]
"""(outputs as the module gives them, batch as the loader gives it) -> scalar tensor, the mean over it."""

ADVICE = "compute it from the outputs without detach(); of a batch without targets, give 0 * outputs.sum()"


def from_module(
    model: nn.Module | Callable[..., nn.Module],
    loaders: object,
    losses: Mapping[str, Loss],
    *,
    call: Call | None = None,
    objectives: Mapping[str, Objective] | None = None,
    space: Mapping[str, Entry] | None = None,
    epochs: int = 20,
    training: Training | None = None,
    name: str | None = None,
    **more: Any,
) -> Study:
    """A study of an existing project: its network, its loaders, its losses, as they are.

    Losses and objectives have the arguments of the project's own loop: outputs as the module gives them, a
    batch as the loader gives it, each a tensor, a tuple (of a list, too) or a dict, nested as they like; on
    validation and test the batch is the whole split. In messages a dict's entries have its keys, a tuple's
    their indices: "image", "0", "1.edge".

    Args:
        model: a class or function that makes the network; each candidate gets a new one, from a seed of its
            own, and entries of the space go to it by name. Or a network, a pretrained one: each candidate
            begins as a copy of it, so that seeds decide the order of batches and dropout alone.
        loaders: {"train", "val", "test"} -> DataLoader, or whatever else gives batches, or a Lightning data
            module. They are gone through once and held as tensors, n x ..., so all of it must fit in memory.
        losses: T loss terms by name.
        call: (module, batch) -> outputs. None is ``module(batch)`` of a tensor or a dict, and
            ``module(batch[0])`` of a tuple or a list.
        objectives: as a study's; None minimises each loss on validation.
        space, epochs: as a study's.
        training: as a study's; None takes the training loader's batch size.
        name: the study's; None is the class's or function's.
        more: further arguments of :class:`jrtune.Study`: weighting, constraints, missing.

    Raises:
        StudyError: where the declaration contradicts itself. What loaders and network give is looked at when
            the study runs.

    Examples:
        >>> loaders = {split: [(torch.randn(8, 3), torch.zeros(8))] for split in ("train", "val", "test")}
        >>> losses = {"square": lambda outputs, batch: (outputs[:, 0] - batch[1]).square().mean(),
        ...           "absolute": lambda outputs, batch: (outputs[:, 0] - batch[1]).abs().mean()}
        >>> study = jr.from_module(torch.nn.Linear(3, 1), loaders, losses, epochs=2)
        >>> study.name, list(study.objectives)
        ('Linear', ['square', 'absolute'])
    """
    losses, how = _checked(losses), checked_call(call)
    joined = {term: _learning(term, _of_parts(loss)) for term, loss in losses.items()}
    wanted = {term: minimize(loss, term=term) for term, loss in losses.items()}
    if not isinstance(objectives, Mapping | None):
        raise StudyError(f"objectives must be a dict of jr.maximize(f) or jr.minimize(f), got {objectives!r}")
    return joined_study(
        model,
        loaders,
        joined,
        lambda network: _join(network, how),
        objectives={n: _measured(o) for n, o in (wanted if objectives is None else objectives).items()},
        space=space or {},
        epochs=epochs,
        training=training,
        name=name,
        **more,
    )


def joined_study(
    model: nn.Module | Callable[..., nn.Module],
    loaders: object,
    losses: Mapping[str, Loss],
    join: Callable[[nn.Module], nn.Module],
    *,
    training: Training | None,
    name: str | None,
    **more: Any,
) -> Study:
    """The study of a network and loaders; arguments as :func:`from_module`'s.

    Args:
        join: makes the trainer call the network rightly.
    """
    loaders_of(loaders)
    size = batch_size_of(loaders)

    @cache  # a loader with a generator of its own would give another order the second time
    def data() -> dict[str, dict[str, Tensor]]:
        return collect(loaders)

    return Study(
        name=name or name_of(model),
        data=data,
        model=builder_of(model, more["space"], join),
        losses=losses,
        training=training or (Training(batch_size=size) if size else Training()),
        **more,
    )


def _join(network: nn.Module, call: Call) -> nn.Module:
    network.forward = Joined(network, call, _named).forward
    return network


def _named(outputs: object, _: object) -> dict[str, Tensor]:
    return take_apart(outputs, "the module's outputs")


def _of_parts(function: Callable[..., Result]) -> Callable[..., Result]:
    return lambda outputs, batch: function(put_together(outputs), put_together(batch))


def _learning(term: str, loss: Loss) -> Loss:
    """The same loss; in training one without a gradient is refused, for nothing would learn from it."""

    def checked(outputs: Mapping[str, Tensor], batch: Mapping[str, Tensor]) -> Tensor:
        value = loss(outputs, batch)
        if torch.is_grad_enabled() and any(has_gradient(output) for output in outputs.values()):
            check_gradient(term, value, ADVICE)
        return value

    return checked


def _measured(objective: object) -> object:
    if not isinstance(objective, Objective) or isinstance(objective.measure, Resource):
        return objective  # of what is none, the study says so
    return replace(objective, measure=_of_parts(objective.measure))


def _checked(losses: object) -> Mapping[str, Loss]:
    if not isinstance(losses, Mapping) or not all(map(callable, losses.values())):
        raise StudyError(
            f"losses must be a dict of functions (outputs, batch) -> scalar tensor, got {losses!r}: name each"
        )
    return losses
