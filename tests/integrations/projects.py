"""Small existing projects: networks and loaders as others write them."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

SIZE = 40


def samples(size=SIZE, seed=0):
    """x, n x 4; a class, n; an amount, n."""
    x = torch.randn(size, 4, generator=torch.Generator().manual_seed(seed))
    return x, (x[:, 0] > 0).long(), x[:, 1] - x[:, 2]


def loaders(size=SIZE, **options):
    """Of tuples (x, class, amount); shuffled in training."""
    sets = [TensorDataset(*samples(size, seed)) for seed in range(3)]
    splits = zip(("train", "val", "test"), sets, strict=True)
    return {s: DataLoader(d, batch_size=16, shuffle=s == "train", **options) for s, d in splits}


class Pair(nn.Module):
    """Gives a tuple of a tensor."""

    def __init__(self, width: int = 3):
        super().__init__()
        self.trunk = nn.Linear(4, width)
        self.heads = nn.Linear(width, 3)

    def forward(self, x):
        out = self.heads(torch.tanh(self.trunk(x)))
        return out[:, :2], out[:, 2]


LOSSES = {
    "a": lambda outputs, batch: F.cross_entropy(outputs[0], batch[1]),
    "b": lambda outputs, batch: F.mse_loss(outputs[1], batch[2]),
}


class Stepping(Pair):
    """A Lightning module as far as jrtune looks: logs, and has no trainer."""

    def __init__(self, width: int = 3, drop: float = 0.0):
        super().__init__(width)
        self.drop = nn.Dropout(drop)

    def log(self, name, value, **options):
        raise RuntimeError("there is no trainer")

    log_dict = log

    def losses(self, batch):
        x, kind, amount = batch
        logits, guess = self(self.drop(x))
        a, b = F.cross_entropy(logits, kind), F.mse_loss(guess, amount)
        self.log("a", a, prog_bar=True)
        self.log_dict({"b": b})
        return {"loss": a + b, "a": a, "b": b, "right": (logits.argmax(1) == kind).float()}

    def training_step(self, batch, batch_idx):
        return self.losses(batch)
