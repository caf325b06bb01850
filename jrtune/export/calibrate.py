"""Measuring, in another project, the scale that weights are to act on there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

import torch
from torch import Tensor, nn

from jrtune.errors import InputError
from jrtune.export.scale import Scale
from jrtune.integrations.joined import Call, checked_call
from jrtune.losses import gradient_norms

Batch = TypeVar("Batch")
Loss = Callable[..., Tensor]
"""(outputs, batch) -> scalar; the outputs are of the type that ``call`` gives."""


def calibrate(
    model: nn.Module,
    batches: Iterable[Batch],
    losses: Mapping[str, Loss],
    count: int = 8,
    call: Call | None = None,
) -> Scale:
    """The size of each loss term and of its gradient before training, for ``load_weights(p).rescale(...)``.

    As jrtune measures it: losses in evaluation mode, gradients in training mode, over the parameters that
    at least two terms reach (over each term's own where there are none). The model, its buffers, gradients
    and mode, and torch's generators are left as they were.

    Args:
        model: before its first step, on the device of the batches.
        batches: the new project's training data, a DataLoader for one.
        losses: loss term -> (outputs, batch) -> scalar, T of them.
        count: the most batches to measure on; the sizes are means over them.
        call: (model, batch) -> outputs. None is ``model(batch)`` of a tensor or a dict, and
            ``model(batch[0])`` of a tuple or a list, as for :func:`jrtune.from_module`.

    Raises:
        InputError: where there is no batch, no loss or nothing to learn, where a loss gives no scalar, or in
            inference mode.

    Examples:
        >>> _ = torch.manual_seed(0)
        >>> batches = [(torch.ones(4, 3), torch.zeros(4))]
        >>> losses = {"near": lambda outputs, batch: (outputs[:, 0] - batch[1]).square().mean(),
        ...           "far": lambda outputs, batch: (outputs[:, 0] - batch[1] - 100).square().mean()}
        >>> scale = jr.calibrate(torch.nn.Linear(3, 1), batches, losses)
        >>> scale.losses["far"] > 1000 * scale.losses["near"], list(scale.gradients)
        (True, ['near', 'far'])
    """
    _check(model, batches, losses, count)
    how = checked_call(call)
    learnt = [p for p in model.parameters() if p.requires_grad]
    if not learnt:
        raise InputError("expected a model with parameters that require gradients, got none: unfreeze some")

    def terms(batch: Batch) -> list[Tensor]:
        return _terms(how(model, batch), batch, losses)

    with _untouched(model):
        some = list(islice(batches, count))  # in here, for a loader draws its order from torch's generator
        if not some:
            raise InputError(f"expected at least one batch, got none of {count}: give training data")
        with torch.no_grad():  # all of these first: training mode changes running statistics
            model.eval()
            sizes = [torch.stack(terms(batch)).double() for batch in some]
        with torch.enable_grad():
            model.train()
            norms = [gradient_norms(terms(batch), learnt) for batch in some]
    means = [torch.stack(measured).mean(0).tolist() for measured in (sizes, norms)]
    return Scale(*(dict(zip(losses, mean, strict=True)) for mean in means))


def _check(model: object, batches: object, losses: object, count: object) -> None:
    if not isinstance(model, nn.Module):
        raise InputError(f"expected a model that is an nn.Module, got {model!r}: give the network itself")
    if not isinstance(losses, Mapping) or not all(map(callable, losses.values())) or not losses:
        got = losses if losses else "none"
        raise InputError(
            f"expected losses by the names of the weights, got {got}: give a function (outputs, batch) -> "
            "scalar for each"
        )
    if isinstance(batches, Mapping | Tensor):
        raise InputError(f"expected batches, got one {type(batches).__name__}: give a loader, or [batch]")
    if not isinstance(batches, Iterable):
        raise InputError(f"expected batches, got {batches!r}: give a loader, or a list of batches")
    if torch.is_inference_mode_enabled():  # where every norm would be 0
        raise InputError(
            "expected gradients to measure, got torch.inference_mode(): call calibrate outside of it"
        )
    if not isinstance(count, int) or count < 1:
        raise InputError(f"count must be an integer from 1, got {count!r}")


def _terms(outputs: object, batch: Batch, losses: Mapping[str, Loss]) -> list[Tensor]:
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
