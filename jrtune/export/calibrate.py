"""Measuring, in another project, the scale that weights are to act on there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn

from jrtune.errors import InputError
from jrtune.export.scale import Scale
from jrtune.train.scales import gradient_norms


def calibrate(
    model: nn.Module,
    batches: Iterable[Any],
    losses: Mapping[str, Callable[[Any, Any], Tensor]],
    count: int = 8,
) -> Scale:
    """How large each loss term and its gradient is before training, for ``load_weights(p).rescale(...)``.

    As jrtune measures it: losses in evaluation mode, gradients in training mode, over the parameters that
    at least two terms reach (over each term's own where there are none). The model, its buffers, gradients
    and mode, and torch's generators are left as they were.

    Args:
        model: before its first step, where the batches are.
        batches: of the new project's training data; each is what the model takes.
        losses: loss term -> (outputs, batch) -> scalar, T of them.
        count: how many batches at most; the figures are means over them.

    Raises:
        InputError: where there is no batch or nothing to learn, or a loss gives no scalar.
    """
    learnt = [p for p in model.parameters() if p.requires_grad]
    if not learnt:
        raise InputError("expected a model with parameters that require gradients, got none: unfreeze some")
    few = list(islice(batches, count))
    if not few:
        raise InputError(f"expected at least one batch, got none of {count}: give batches of training data")
    with _untouched(model):
        with torch.no_grad():  # all of these first: training mode changes running statistics
            model.eval()
            sizes = [torch.stack(_terms(model, batch, losses)).double() for batch in few]
        with torch.enable_grad():
            model.train()
            norms = [gradient_norms(_terms(model, batch, losses), learnt) for batch in few]
    means = [torch.stack(rows).mean(0).tolist() for rows in (sizes, norms)]
    return Scale(*(dict(zip(losses, row, strict=True)) for row in means))


def _terms(model: nn.Module, batch: Any, losses: Mapping[str, Callable[[Any, Any], Tensor]]) -> list[Tensor]:
    outputs = model(batch)
    terms = {name: loss(outputs, batch) for name, loss in losses.items()}
    for name, term in terms.items():
        if not isinstance(term, Tensor) or term.dim() > 0:
            got = f"shape {tuple(term.shape)}" if isinstance(term, Tensor) else type(term).__name__
            raise InputError(
                f"expected a scalar tensor of loss {name!r}, got {got}: reduce it over the batch"
            )
    return list(terms.values())


@contextmanager
def _untouched(model: nn.Module) -> Iterator[None]:
    """Leaves modes, buffers and torch's generators as they were."""
    modes = {module: module.training for module in model.modules()}
    buffers = {buffer: buffer.clone() for buffer in model.buffers()}
    devices = {p.device for p in model.parameters() if p.device.type == "cuda"}
    try:
        with torch.random.fork_rng(devices=list(devices)):
            yield
    finally:
        for module, mode in modes.items():
            module.training = mode
        with torch.no_grad():
            for buffer, before in buffers.items():
                buffer.copy_(before)
