"""Training choices, and what each may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from jrtune.spec.types import Value

SCALARISATIONS = ("sum", "chebyshev", "smooth-chebyshev", "augmented-chebyshev")
"""The values of a training's ``scalarisation`` (:mod:`jrtune.losses.scalarisations`)."""


@dataclass(frozen=True)
class Training:
    """Training choices; a space entry of the same name makes one of them vary.

    Attributes:
        lr: the learning rate at its peak; 1e-3 is AdamW's usual default, SGD mostly needs a greater one.
        weight_decay: AdamW's is decoupled (Loshchilov & Hutter 2019), 0.01 as in torch.optim.AdamW;
            SGD's is L2, added to the gradient, where 0.01 is much: 1e-4 is usual (He et al. 2016).
        batch_size: samples a step.
        clip: greatest norm of the whole gradient; 0 for none.
        schedule: "cosine" to zero, or "constant"; over steps.
        warmup: share of the steps over which the rate rises linearly.
        optimizer: "adamw" or "sgd", as torch.optim.AdamW and torch.optim.SGD compute them.
        momentum: SGD's, in [0, 1), without dampening and not Nesterov's; AdamW does not use it.
        scalarisation: what the weights make of the losses: their weighted "sum", or, to reach concave parts
            of a front, the greatest weighted loss: "chebyshev", "smooth-chebyshev", "augmented-chebyshev".
            It selects the epoch too. Adaptive methods do not use it.
        frozen: names of parts of the model (of modules or parameters, as ``named_parameters`` has them),
            separated by spaces: the frozen part; "" for none.
        frozen_for: share of the steps, from the first on, during which the frozen part stays as it is.
        frozen_rate: its learning rate after that, in those of the rest; 0 leaves it as it is to the end.
            Nothing else changes: its gradients count in the clipping and in what the optimizer remembers.

    Examples:
        >>> training = jr.Training(lr=3e-3, optimizer="sgd")
        >>> training.batch_size, training.momentum
        (64, 0.9)
    """

    lr: float = 1e-3
    weight_decay: float = 0.01
    batch_size: int = 64
    clip: float = 1.0
    schedule: str = "cosine"
    warmup: float = 0.05
    optimizer: str = "adamw"
    momentum: float = 0.9
    scalarisation: str = "sum"
    frozen: str = ""
    frozen_for: float = 0.0
    frozen_rate: float = 1.0

    def vary(self, choices: Mapping[str, Value]) -> Training:
        """These choices, with those of a candidate in their place."""
        mine = {f.name: choices.get(f.name, getattr(self, f.name)) for f in fields(self)}
        return Training(**mine)


TRAINING_NAMES = frozenset(f.name for f in fields(Training))

PROGRAM_NAMES = frozenset({"batch_size", "optimizer", "scalarisation"})
"""Training choices that are the same for all that are trained as one program, as the model's choices are."""


def program_choices(choices: Mapping[str, Value]) -> dict[str, Value]:
    """Those of a candidate's choices that all must share that are trained as one program."""
    return {n: v for n, v in choices.items() if n not in TRAINING_NAMES or n in PROGRAM_NAMES}


TRAINING_BOUNDS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "lr": ("above 0", lambda v: v > 0),
    "weight_decay": ("from 0", lambda v: v >= 0),
    "batch_size": ("an integer from 1", lambda v: isinstance(v, int) and v >= 1),
    "clip": ("from 0", lambda v: v >= 0),
    "schedule": ("'cosine' or 'constant'", lambda v: v in ("cosine", "constant")),
    "warmup": ("from 0 to 1", lambda v: 0 <= v <= 1),
    "optimizer": ("'adamw' or 'sgd'", lambda v: v in ("adamw", "sgd")),
    "momentum": ("from 0 to below 1", lambda v: 0 <= v < 1),
    "scalarisation": (f"one of {', '.join(SCALARISATIONS)}", lambda v: v in SCALARISATIONS),
    "frozen": ("names of parts of the model in one text", lambda v: isinstance(v, str)),
    "frozen_for": ("from 0 to 1", lambda v: 0 <= v <= 1),
    "frozen_rate": ("from 0", lambda v: v >= 0),
}
"""Training choice -> what it must be, in words and as a test."""
