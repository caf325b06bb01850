"""Every loss term and every objective of a model over a whole split."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from jrtune.spec import Resource
from jrtune.train.problem import Problem, Split

CHUNK = 1024
"""Samples evaluated at once; bounds memory, does not change the figures."""


@torch.no_grad()
def predict(model: nn.Module, split: Split, device: torch.device) -> dict[str, Tensor]:
    """Outputs of the whole split, n x ..., where the split's tensors lie."""
    model.eval()
    parts: list[Mapping[str, Tensor]] = []
    for chunk in split.chunks(CHUNK):
        with autocast(device):
            outputs = model(chunk)
        parts.append(outputs if split.resident else {k: v.cpu() for k, v in outputs.items()})
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


@torch.no_grad()
def evaluate(
    model: nn.Module, problem: Problem, split: str, resources: Mapping[str, float]
) -> tuple[dict[str, float], dict[str, float]]:
    """(loss term -> mean, objective -> figure) on a split; resources are passed through.

    The device is waited for once, when all figures are fetched together.
    """
    study, data = problem.study, problem.splits[split]
    outputs = predict(model, data, problem.device)
    figures: dict[str, Tensor | float] = {}
    for name, loss in study.losses.items():
        figures[f"loss {name}"] = loss(outputs, data.tensors)
    for name, objective in study.objectives.items():
        if not isinstance(objective.measure, Resource):
            figures[f"objective {name}"] = objective.measure(outputs, data.tensors)
    fetched = _fetch(figures)
    losses = {name: fetched[f"loss {name}"] for name in study.losses}
    objectives = {n: resources[n] if n in resources else fetched[f"objective {n}"] for n in study.objectives}
    return losses, objectives


def measure_resources(model: nn.Module, problem: Problem) -> dict[str, float]:
    """Objective -> figure, for the objectives that are resources."""
    model.eval()
    sample = problem.splits["val"].first()
    return {
        name: float(objective.measure.measure(model, sample))
        for name, objective in problem.study.objectives.items()
        if isinstance(objective.measure, Resource)
    }


def autocast(device: torch.device) -> torch.autocast:
    """bfloat16 on CUDA: same range as float32, so no loss scaling; off on a CPU, where it is slower."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=device.type == "cuda")


def _fetch(figures: Mapping[str, Tensor | float]) -> dict[str, float]:
    tensors = {name: f for name, f in figures.items() if isinstance(f, Tensor)}
    numbers = {name: float(f) for name, f in figures.items() if not isinstance(f, Tensor)}
    if tensors:
        stacked = torch.stack([f.detach().double().reshape(()) for f in tensors.values()])
        numbers |= dict(zip(tensors, stacked.tolist(), strict=True))
    return numbers
