"""Outputs of a model, and every loss term, objective and watched metric of them over a whole split."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from itertools import chain, repeat

import torch
from torch import Tensor, nn

from jrtune.errors import StudyError
from jrtune.spec import Resource
from jrtune.train.loop.problem import Problem, length

CHUNK = 1024
"""Samples evaluated at once; bounds memory, does not change the results."""


def forward(model: Callable[..., object], batch: Mapping[str, Tensor], problem: Problem) -> dict[str, Tensor]:
    """The model's outputs of a batch, in the problem's dtype.

    On CUDA the model computes float32 in bfloat16: it has float32's range, so no loss scaling is needed.
    Losses and metrics are computed of the outputs in full: bfloat16 has three digits, too few to tell
    two epochs apart. On a CPU bfloat16 is slower.

    Raises:
        StudyError: where the model gives no dict of tensors.
    """
    half = problem.device.type == "cuda" and problem.dtype is torch.float32
    with torch.autocast(problem.device.type, dtype=torch.bfloat16, enabled=half):
        outputs = model(batch)
    if not isinstance(outputs, Mapping) or not outputs:
        got = "none" if isinstance(outputs, Mapping) else type(outputs).__name__
        raise StudyError(f"the model must return a dict of tensors, got {got}: name each output")
    return {k: v.to(problem.dtype) if v.is_floating_point() else v for k, v in outputs.items()}


def terms_of(outputs: Mapping[str, Tensor], batch: Mapping[str, Tensor], problem: Problem) -> list[Tensor]:
    """The T loss terms of a batch, scalars that can be differentiated.

    Raises:
        StudyError: where a loss gives no scalar tensor.
    """
    return [_scalar(f"loss {name!r}", loss(outputs, batch)) for name, loss in problem.study.losses.items()]


@torch.no_grad()
def predict(
    model: nn.Module, problem: Problem, split: str, drawing: Iterable[AbstractContextManager[object]] = ()
) -> dict[str, Tensor]:
    """Outputs of the whole split, n x ..., where the split's tensors lie.

    Args:
        model, problem, split: to be evaluated.
        drawing: source of random numbers for each chunk; torch's generator where it is empty.

    Raises:
        StudyError: where an output is not n x ....
    """
    model.eval()
    data = problem.splits[split]
    parts = []
    sources: Iterator[AbstractContextManager[object]] = chain(drawing, repeat(nullcontext()))
    for source, chunk in zip(sources, data.chunks(CHUNK), strict=False):
        with source:
            outputs = forward(model, chunk, problem)
        check_outputs(outputs, length(chunk))
        parts.append(outputs if data.resident else {k: v.cpu() for k, v in outputs.items()})
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def check_outputs(outputs: Mapping[str, Tensor], size: int) -> None:
    """Refuses outputs that are not a value for each sample.

    Raises:
        StudyError: where an output is not size x ....
    """
    for name, output in outputs.items():
        if output.dim() == 0 or len(output) != size:
            raise StudyError(
                f"output {name!r} must be n x ... with n = {size} samples, got shape "
                f"{tuple(output.shape)}: return a value for each sample and reduce it in the loss"
            )


@torch.no_grad()
def losses_of(outputs: Mapping[str, Tensor], problem: Problem, split: str) -> Tensor:
    """Means of the T loss terms over a split, shape T, float64, on the device; it is not waited for."""
    terms = terms_of(outputs, problem.splits[split].tensors, problem)
    return torch.stack([term.to(problem.device, torch.float64) for term in terms])


@torch.no_grad()
def objectives_of(
    outputs: Mapping[str, Tensor], problem: Problem, split: str, resources: Mapping[str, float]
) -> dict[str, float]:
    """Name -> value on a split, of objectives, then of watched metrics; resources are passed through.

    The device is waited for once.
    """
    batch = problem.splits[split].tensors
    values: dict[str, float] = dict(resources)
    pending: dict[str, Tensor] = {}
    for name, measure in problem.study.measures.items():
        if not isinstance(measure, Resource):
            value = measure(outputs, batch)
            if isinstance(value, Tensor):
                what = "objective" if name in problem.study.objectives else "watched metric"
                pending[name] = _scalar(f"{what} {name!r}", value).to(problem.device, torch.float64)
            else:
                values[name] = float(value)
    if pending:
        values |= dict(zip(pending, torch.stack(list(pending.values())).tolist(), strict=True))
    return {name: values[name] for name in problem.study.measures if name in values}


def metrics_of(model: nn.Module, problem: Problem, split: str) -> dict[str, float]:
    """Name -> value of a network on a split: objectives, then watched metrics, resources too."""
    return objectives_of(predict(model, problem, split), problem, split, measure_resources(model, problem))


def measure_resources(model: nn.Module, problem: Problem) -> dict[str, float]:
    """Name -> value, of the objectives and watched metrics that are resources."""
    model.eval()
    sample = problem.splits["val"].first()
    return {
        name: float(measure.measure(model, sample))
        for name, measure in problem.study.measures.items()
        if isinstance(measure, Resource)
    }


def _scalar(what: str, value: object) -> Tensor:
    if not isinstance(value, Tensor) or value.dim() > 0:
        got = f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
        raise StudyError(f"{what} must give a scalar tensor, got {got}: take the mean over the batch")
    return value
