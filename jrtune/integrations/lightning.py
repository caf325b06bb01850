"""A Lightning module whose ``training_step`` returns its losses by name, as a study; without Lightning."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from jrtune.errors import StudyError
from jrtune.integrations.gradient import check_gradient
from jrtune.integrations.joined import Joined
from jrtune.integrations.module import joined_study
from jrtune.spec import Entry, Objective, Study, Training, minimize


class LightningModule(Protocol):
    """Part of a Lightning module that is used here."""

    training: bool

    def parameters(self) -> Iterator[nn.Parameter]:
        """As of a module."""
        ...

    def training_step(self, *args: object) -> object:
        """The step on (batch,) or (batch, index of the batch)."""
        ...


def from_lightning(
    model: nn.Module | Callable[..., nn.Module],
    loaders: object,
    losses: Sequence[str],
    *,
    objectives: Mapping[str, Objective] | None = None,
    space: Mapping[str, Entry] | None = None,
    epochs: int = 20,
    training: Training | None = None,
    name: str | None = None,
    **more: Any,
) -> Study:
    """A study of a Lightning module whose ``training_step(batch, batch_idx)`` returns its losses by name::

        return {"loss": digit + 0.5 * edge, "digit": digit, "edge": edge}

    Its own weighting, "loss", is not used, nor is ``configure_optimizers``: ``training`` says how to train.
    ``training_step`` is all that is called, for validation too (in evaluation mode, in chunks, which count
    by their samples); ``batch_idx`` is 0, logging does nothing, there is no trainer, and it computes in
    full precision. Candidates are stacked where ``torch.func.vmap`` takes the step. It does not take one that
    keeps state outside of buffers (a torchmetrics metric that it updates), calls ``.item()`` or branches on
    values: these train one by one, which is said in a line.

    Args:
        model, loaders, space, epochs, training, name, more: as those of :func:`jrtune.from_module`.
        losses: names of the T loss terms, keys of what ``training_step`` returns, each with its gradient.
        objectives: of what ``training_step`` returns: its entries are the outputs, n x ..., a scalar as n
            times the mean of its chunk; None minimises each loss on validation.

    Raises:
        StudyError: where the declaration contradicts itself.

    Examples:
        >>> class Module(torch.nn.Module):  # a LightningModule, for one
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.layer = torch.nn.Linear(3, 2)
        ...
        ...     def training_step(self, batch, batch_idx):
        ...         low, high = self.layer(batch[0]).square().mean(0)
        ...         return {"loss": low + high, "low": low, "high": high}
        >>> loaders = {split: [(torch.randn(8, 3),)] for split in ("train", "val", "test")}
        >>> study = jr.from_lightning(Module, loaders, losses=["low", "high"], epochs=2)
        >>> study.name, list(study.objectives)
        ('Module', ['low', 'high'])
    """
    terms = _checked(losses)
    means = {term: partial(_mean, term) for term in terms}
    default = {term: minimize(mean, term=term) for term, mean in means.items()}
    return joined_study(
        model,
        loaders,
        means,
        lambda network: _join(network, terms),
        objectives=default if objectives is None else objectives,
        space=space or {},
        epochs=epochs,
        training=training,
        name=name,
        **more,
    )


def _mean(term: str, outputs: Mapping[str, Tensor], _: object) -> Tensor:
    return outputs[term].mean()


def _join(network: nn.Module, terms: tuple[str, ...]) -> nn.Module:
    step = getattr(network, "training_step", None)
    if not callable(step):
        raise StudyError(f"expected a training_step, {type(network).__name__} has none: use jr.from_module")
    if not getattr(network, "automatic_optimization", True):
        raise StudyError(
            f"{type(network).__name__} optimises by itself (automatic_optimization is False), and jrtune's "
            "trainer cannot weigh its losses: return them from training_step instead"
        )
    for log in ("log", "log_dict"):
        if hasattr(network, log):
            setattr(network, log, _ignore)
    indexed = len(inspect.signature(step).parameters) > 1
    network.forward = Joined(network, partial(_step, terms, indexed), _expanded).forward
    return network


def _step(
    terms: tuple[str, ...], indexed: bool, network: LightningModule, batch: object
) -> dict[str, Tensor]:
    """Returns the result of a training step, checked."""
    # half precision would reach the losses, which are computed in here
    with torch.autocast(next(network.parameters()).device.type, enabled=False):
        found = network.training_step(batch, 0) if indexed else network.training_step(batch)
    if not isinstance(found, Mapping) or not set(terms) <= set(found):
        got = (
            f"a mapping of {', '.join(map(str, found))}"
            if isinstance(found, Mapping)
            else type(found).__name__
        )
        raise StudyError(
            f"training_step must return a mapping with {', '.join(terms)}, got {got}: name each loss"
        )
    tensors = {str(key): value for key, value in found.items() if isinstance(value, Tensor)}
    learning = network.training and torch.is_grad_enabled()
    for term in terms:
        _check_term(term, found[term], learning)
    return tensors


def _check_term(term: str, value: object, learning: bool) -> None:
    if not isinstance(value, Tensor) or value.dim() > 0:
        got = f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
        raise StudyError(f"loss {term!r} must be a scalar tensor, got {got}: take the mean over the batch")
    if learning:
        check_gradient(term, value, "return it from training_step without detach()")


def _expanded(tensors: Mapping[str, Tensor], batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Scalars as a value for each of the n samples, so that chunks count by their samples."""
    size = next(iter(batch.values())).shape[0]
    return {name: tensor if tensor.dim() else tensor.expand(size) for name, tensor in tensors.items()}


def _ignore(*args: object, **named: object) -> None:
    """Replaces logging, which needs a trainer."""


def _checked(losses: Sequence[str]) -> tuple[str, ...]:
    if isinstance(losses, str) or not all(isinstance(term, str) for term in losses) or not losses:
        raise StudyError(f"losses must be names of what training_step returns, got {losses!r}: give a list")
    if twice := [term for i, term in enumerate(losses) if term in losses[:i]]:
        raise StudyError(f"losses must name each term once, got {twice[0]!r} twice: leave one out")
    return tuple(losses)
