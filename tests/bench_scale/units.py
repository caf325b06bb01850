"""The same weights on losses in other units.

Weights of image_edges in a plain PyTorch loop, where the edge loss is in units a hundred times smaller, or
both losses are summed rather than averaged. Rescaled by the losses at the start they must give the same
parameters (float64), by AdamW and SGD, with clipping and without; what they give as they are is stated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import moocore
import numpy as np
import torch
from torch import Tensor, nn

from jrtune.export.weights import Weights
from jrtune.spec.study_file import load_study
from jrtune.train import prepare

STUDY = Path(__file__).parents[2] / "studies" / "image_edges.py"
CPU = torch.device("cpu")
Loss = Callable[[Mapping[str, Tensor], Mapping[str, Tensor]], Tensor]
POINTS = (0.02, 0.05, 0.15, 0.35, 0.65, 0.9, 0.98)
"""Weights of the edge loss."""
RATES = {"adamw": 1e-2, "sgd": 0.1}


def made(weights: Mapping[str, float], losses: Mapping[str, float]) -> Weights:
    """Weights as if they had been loaded."""
    nothing: dict[str, object] = {}
    return Weights(
        weights, "image-edges", 0, losses, "weighted sum", *[nothing] * 4, path=Path("weights.json")
    )  # type: ignore[arg-type]


class Elsewhere:
    """A plain PyTorch loop on the data of image_edges, as another project has it."""

    def __init__(self, dtype: torch.dtype, epochs: int | None = None) -> None:
        self.study = load_study(STUDY)
        self.splits = prepare(self.study, self.study.data(), CPU, dtype).splits
        self.epochs = epochs or self.study.epochs
        self.dtype = dtype

    def start(self) -> nn.Module:
        torch.manual_seed(0)
        return self.study.model(width=6).to(self.dtype)

    def initial(self, losses: Mapping[str, Loss]) -> dict[str, float]:
        """Means on validation before the first step."""
        val = self.splits["val"].tensors
        with torch.no_grad():
            outputs = self.start().eval()(val)
            return {name: float(loss(outputs, val)) for name, loss in losses.items()}

    def train(self, weights: Weights, losses: Mapping[str, Loss], optimizer: str, clip: float) -> nn.Module:
        """The network after all epochs."""
        model, train = self.start(), self.splits["train"]
        kind = {"adamw": torch.optim.AdamW, "sgd": partial(torch.optim.SGD, momentum=0.9)}[optimizer]
        steps = kind(model.parameters(), lr=RATES[optimizer])  # type: ignore[operator]
        generator = torch.Generator().manual_seed(0)
        for _ in range(self.epochs):
            for batch in train.batches(torch.randperm(train.size, generator=generator), 64):
                outputs = model(batch)
                steps.zero_grad()
                weights({name: loss(outputs, batch) for name, loss in losses.items()}).backward()
                if clip:
                    nn.utils.clip_grad_norm_(model.parameters(), clip)
                steps.step()
        return model

    def figures(self, model: nn.Module) -> list[float]:
        """The objectives on test."""
        test = self.splits["test"].tensors
        with torch.no_grad():
            outputs = model.eval()(test)
            return [float(o.measure(outputs, test)) for o in self.study.objectives.values()]  # type: ignore


def whole_batches(losses: Mapping[str, Loss]) -> dict[str, Loss]:
    """Summed over a batch of 64, whatever its size: a smaller last batch would weigh less in a sum."""
    return {name: partial(_times, loss, 64 * (64 if name == "edge" else 1)) for name, loss in losses.items()}


def _times(loss: Loss, factor: float, outputs: Mapping[str, Tensor], batch: Mapping[str, Tensor]) -> Tensor:
    return factor * loss(outputs, batch)


def units() -> None:
    """The same point after rescaling; what is lost without it."""
    exact = Elsewhere(torch.float64, 2)
    losses = dict(exact.study.losses)
    cases = {
        "edge x 100": {**losses, "edge": partial(_times, losses["edge"], 100)},
        "sums, not means": whole_batches(losses),
    }
    weights = {"digit": 0.63, "edge": 0.37}
    tuned = made(weights, exact.initial(losses))
    for name, other in cases.items():
        carried = tuned.rescale(exact.initial(other))
        for optimizer in RATES:
            for clip in (0.0, 1.0):
                was, now, plain = (
                    torch.cat(
                        [p.detach().flatten() for p in exact.train(w, terms, optimizer, clip).parameters()]
                    )
                    for w, terms in ((tuned, losses), (carried, other), (tuned, other))
                )
                off, without = (float((x - was).abs().max() / was.abs().max()) for x in (now, plain))
                print(
                    f"{name:16} {optimizer:5} clip {clip:g}: parameters off by {off:.1e} (at most 1e-10), "
                    f"{without:.1e} without rescaling",
                    flush=True,
                )
    single = Elsewhere(torch.float32)
    cases, base = {"as tuned": losses, **cases}, np.empty(0)
    for name, other in cases.items():
        for how in ("as they are", "rescaled") if other is not losses else ("as they are",):
            rows = []
            for point in POINTS:
                weights = made({"digit": 1 - point, "edge": point}, single.initial(losses))
                weights = weights.rescale(single.initial(other)) if how == "rescaled" else weights
                rows.append(single.figures(single.train(weights, other, "adamw", 1.0)))
            found = -np.asarray(rows)
            base = found if other is losses else base
            moved = np.abs(found - base).max(0)
            print(
                f"{name:16} {how:11}: hypervolume {moocore.hypervolume(found, ref=[0, 0]):.4f} on test, "
                f"a point moves by up to {moved[0]:.3f} in accuracy and {moved[1]:.3f} in edge F1",
                flush=True,
            )
