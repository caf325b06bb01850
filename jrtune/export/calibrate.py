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

Loss = Callable[[Any, Any], Tensor]
"""(outputs, batch) -> scalar."""


def calibrate(
    model: nn.Module,
    batches: Iterable[Any],
    losses: Mapping[str, Loss],
    count: int = 8,
    call: Callable[[Any, Any], Any] | None = None,
) -> Scale:
    """How large each loss term and its gradient is before training, for ``load_weights(p).rescale(...)``.

    As jrtune measures it: losses in evaluation mode, gradients in training mode, over the parameters that
    at least two terms reach (over each term's own where there are none). The model, its buffers, gradients
    and mode, and torch's generators are left as they were.

    Args:
        model: before its first step, on the device of the batches.
        batches: of the new project's training data, a DataLoader for one.
        losses: loss term -> (outputs, batch) -> scalar, T of them.
        count: how many batches at most; the figures are means over them.
        call: (model, batch) -> outputs; None is ``model(batch)``.

    Raises:
        InputError: where there is no batch, no loss or nothing to learn, or a loss gives no scalar.
    """
    if not losses:
        raise InputError("expected losses by the names of the weights, got none: give a function for each")
    if isinstance(batches, Mapping | Tensor):
        raise InputError(f"expected batches, got one {type(batches).__name__}: give a loader, or [batch]")
    learnt = [p for p in model.parameters() if p.requires_grad]
    if not learnt:
        raise InputError("expected a model with parameters that require gradients, got none: unfreeze some")
    few = list(islice(batches, count))
    if not few:
        raise InputError(f"expected at least one batch, got none of {count}: give batches of training data")

    def terms(batch: Any) -> list[Tensor]:
        return _terms(model(batch) if call is None else call(model, batch), batch, losses)

    with _untouched(model):
        with torch.no_grad():  # all of these first: training mode changes running statistics
            model.eval()
            sizes = [torch.stack(terms(batch)).double() for batch in few]
        with torch.enable_grad():
            model.train()
            norms = [gradient_norms(terms(batch), learnt) for batch in few]
    means = [torch.stack(rows).mean(0).tolist() for rows in (sizes, norms)]
    return Scale(*(dict(zip(losses, row, strict=True)) for row in means))


def _terms(outputs: Any, batch: Any, losses: Mapping[str, Loss]) -> list[Tensor]:
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
    # by module and name, too: some modules replace a buffer rather than change it
    buffers = [(module._buffers, dict(module._buffers)) for module in modes]
    values = {buffer: buffer.clone() for buffer in model.buffers()}
    devices = {p.device for p in model.parameters() if p.device.type == "cuda"}
    try:
        with torch.random.fork_rng(devices=list(devices)):
            yield
    finally:
        for module, mode in modes.items():
            module.training = mode
        for own, before in buffers:
            own.update(before)
        with torch.no_grad():
            for buffer, value in values.items():
                buffer.copy_(value)
