"""The study file that ``jrtune new`` writes: it runs as it is, and says what to put in its place."""

from __future__ import annotations

from pathlib import Path

from jrtune.errors import InputError
from jrtune.spec import NAME

TEMPLATE = '''"""{name}: what is learnt together, in one sentence."""

import torch
from torch import nn
from torch.nn import functional as F

import jrtune as jr


def load(samples: int = 600, seed: int = 0) -> dict[str, dict[str, torch.Tensor]]:
    """Put your data here; the parameters are what --set may set."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(samples, 8, generator=generator)
    kind = (x[:, 0] * x[:, 1] > 0).long()
    amount = x[:, 1:4].sum(dim=1)
    parts = {{"train": slice(0, samples // 2), "val": slice(samples // 2, samples * 3 // 4)}}
    parts["test"] = slice(samples * 3 // 4, samples)
    return {{split: {{"x": x[s], "kind": kind[s], "amount": amount[s]}} for split, s in parts.items()}}


class Network(nn.Module):
    """One trunk, a head for each task. The parameters are those entries of the space that shape it."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(8, width), nn.ReLU())
        self.kind = nn.Linear(width, 2)
        self.amount = nn.Linear(width, 1)

    def forward(self, batch):
        hidden = self.trunk(batch["x"])
        return {{"kind": self.kind(hidden), "amount": self.amount(hidden).squeeze(1)}}


study = jr.Study(
    name="{name}",
    data=load,
    model=Network,
    losses={{
        "kind": lambda outputs, batch: F.cross_entropy(outputs["kind"], batch["kind"]),
        "amount": lambda outputs, batch: F.mse_loss(outputs["amount"], batch["amount"]),
    }},
    objectives={{
        "accuracy": jr.maximize(lambda o, b: jr.metrics.accuracy(o["kind"], b["kind"]), term="kind"),
        "error": jr.minimize(lambda o, b: F.l1_loss(o["amount"], b["amount"]), term="amount"),
    }},
    space={{"width": jr.integer(4, 64, log=True), "lr": jr.number(1e-3, 3e-2, log=True)}},
    epochs=10,
)
'''


def write_template(name: str) -> Path:
    """Writes ``NAME.py`` in the current folder.

    Raises:
        InputError: if the name is none for a study, or the file is there already.
    """
    if not NAME.fullmatch(name):
        raise InputError(f"a study's name must match {NAME.pattern}, got {name!r}: choose another")
    path = Path(f"{name.replace('-', '_')}.py")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(TEMPLATE.format(name=name))
    except FileExistsError:
        raise InputError(
            f"{str(path)!r} is there already and is not overwritten: choose another name"
        ) from None
    except OSError as error:
        raise InputError(f"cannot write {str(path)!r}: {error.strerror}: go to another folder") from None
    return path
