"""What the examples share: samples, a network, and its two losses, named as the weights name them.

`jrtune new my-study` writes a study of these two terms; its export has weights for them.
"""

import sys
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset

import jrtune as jr


class Samples(Dataset):
    """x, 8 numbers; labels, a class of two; amount, a number."""

    def __init__(self, size: int = 64) -> None:
        self.x = torch.randn(size, 8, generator=torch.Generator().manual_seed(0))
        self.labels = (self.x[:, 0] * self.x[:, 1] > 0).long()
        self.amount = self.x[:, 1:4].sum(dim=1)

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        return {"x": self.x[index], "labels": self.labels[index], "amount": self.amount[index]}


class Network(nn.Module):
    """One trunk, a head for each task."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(8, width), nn.ReLU())
        self.kind = nn.Linear(width, 2)
        self.amount = nn.Linear(width, 1)

    def forward(self, x: Tensor, **others: Tensor) -> dict[str, Tensor]:
        hidden = self.trunk(x)
        return {"kind": self.kind(hidden), "amount": self.amount(hidden).squeeze(1)}


def losses_of(outputs: dict[str, Tensor], batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """Each loss by the name of its weight, the mean over the batch."""
    return {
        "kind": F.cross_entropy(outputs["kind"], batch["labels"]),
        "amount": F.mse_loss(outputs["amount"], batch["amount"]),
    }


def run(train: Callable[..., None]) -> None:
    """Trains with the weights that the command line names, and prints what each loss came to."""
    if len(sys.argv) != 2:
        sys.exit(f"usage: python {sys.argv[0]} out/my-study/export")
    network, samples = Network(), Samples()
    train(jr.load_weights(sys.argv[1]), network, samples, epochs=50)
    everything = {name: getattr(samples, name) for name in ("x", "labels", "amount")}
    for term, loss in losses_of(network.cpu()(everything["x"]), everything).items():
        print(f"{term} {float(loss.detach()):.4f}")
