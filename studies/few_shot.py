"""A new task after one and after five examples of each class: is it worth learning how to learn?

A task is to tell five of the ten digits apart, all turned by one angle and numbered anew in ascending
order: what is class 0 in one task is class 3 in another. A network learns many such tasks in one of five
ways. "joint" learns them as if they were one task, and is used as it is; "fine-tuned" learns likewise, and
descends a few steps on a new task's examples before it is used; "maml" (Finn et al. 2017), "first-order"
(the same without second derivatives) and "reptile" (Nichol et al. 2018) learn where to begin that descent.

The loss terms are the cross entropies of a task's other pictures after one and after five examples of each
class, the objectives the accuracies. Every split has all the digits, but no picture and no angle is in two
of them.

Options of ``load``: data (default: scikit-learn's 1,797 digits of 8 x 8; else what
``jr.data.read_images`` reads, five classes or more, colours averaged), tasks, seed.
"""

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

import jrtune as jr

WAYS, SHOTS, QUERIES = 5, 5, 3  # classes of a task; pictures of each to learn from, and to be judged by
SIDE = 8  # of the pictures that the network sees
HIDDEN = 64
ANGLES = {"train": (0, 30, 90, 120, 180, 210, 270, 300), "val": (60, 240), "test": (150, 330)}
AFTER = {"one": 1, "five": 5}
"""Loss term -> examples of each class."""


def load(data: str = "", tasks: int = 400, seed: int = 0) -> dict[str, dict]:
    """Splits of n tasks: "support_image" (n x 25 x 64), "support_label" (n x 25), and 15 of "query_...".

    Args:
        data: where to read images; empty for scikit-learn's digits.
        tasks: how many for training; half as many for validation, and for test.
        seed: of the split and the tasks.
    """
    if tasks < 2:
        raise jr.DataError(f"expected 2 tasks or more, got {tasks}")
    images, labels = jr.data.read_grey(data) if data else bundled()
    rng = np.random.default_rng(seed)
    splits = {}
    parts = jr.data.stratified_split(labels, seed)
    for split, rows in parts.items():
        own, numbers = images[rows], labels[rows]
        classes, counts = np.unique(numbers, return_counts=True)
        if len(classes) < WAYS or min(counts) < SHOTS + QUERIES:
            raise jr.DataError(
                f"expected {WAYS} classes or more with {SHOTS + QUERIES} images or more in each split, got "
                f"{len(classes)} with {min(counts)} or more in {split}: choose other data"
            )
        count = tasks if split == "train" else tasks // 2
        drawn = [task(own, numbers, ANGLES[split], rng) for _ in range(count)]
        splits[split] = {name: np.stack([one[name] for one in drawn]) for name in drawn[0]}
    return splits


def bundled() -> tuple[np.ndarray, np.ndarray]:
    digits = load_digits()
    return digits.images / 16, digits.target


def turn(images: np.ndarray, angle: float) -> np.ndarray:
    """n x h x w -> n x 64: turned by so many degrees, then averaged to 8 x 8."""
    x = torch.as_tensor(images, dtype=torch.float32)[:, None]
    cos, sin = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    matrix = torch.tensor([[cos, -sin, 0], [sin, cos, 0]], dtype=torch.float32)
    grid = F.affine_grid(matrix.expand(len(x), 2, 3), x.shape, align_corners=False)
    turned = F.grid_sample(x, grid, align_corners=False)
    return F.adaptive_avg_pool2d(turned, SIDE).flatten(1).numpy()


def task(images, labels, angles, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """The entries of one task, out of n x h x w images."""
    angle = angles[rng.integers(len(angles))]
    classes = np.sort(rng.choice(np.unique(labels), WAYS, replace=False))
    members = [np.flatnonzero(labels == value) for value in classes]
    # a picture of each class, then another of each: whatever the cut, all classes have as many
    drawn = np.stack([rng.choice(m, SHOTS + QUERIES, replace=False) for m in members], axis=1).ravel()
    image, label = turn(images[drawn], angle), np.tile(np.arange(WAYS), SHOTS + QUERIES)
    seen, others = slice(None, SHOTS * WAYS), slice(SHOTS * WAYS, None)
    return {
        **{"support_image": image[seen], "support_label": label[seen]},
        **{"query_image": image[others], "query_label": label[others]},
    }


class Learner(nn.Module):
    """What tells classes apart: one hidden layer."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(SIDE * SIDE, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, WAYS))

    def forward(self, batch):
        """{"image": B x 64} -> {"label": B x 5 logits}."""
        return {"label": self.net(batch["image"])}


def inner_loss(out, batch):
    return F.cross_entropy(out["label"], batch["label"])


class FewShot(nn.Module):
    """The learner before or after it has descended on one and on five examples of each class."""

    def __init__(self, method: str, steps: int, rate: float) -> None:
        super().__init__()
        self.method = method
        if method == "reptile":
            self.meta = jr.models.Reptile(Learner(), inner_loss, steps, rate)
        else:
            self.meta = jr.models.MAML(Learner(), inner_loss, steps, rate, method == "first-order")

    def forward(self, batch):
        """n tasks -> {"one_label", "five_label": n x 15 x 5 logits}, of Reptile also its pulls, n."""
        still = self.method == "joint" or (self.method == "fine-tuned" and self.training)
        outputs = {}
        for term, shots in AFTER.items():
            seen = {name: x[:, : shots * WAYS] for name, x in batch.items() if name.startswith("support")}
            found = self.meta(batch, steps=0) if still else self.meta({**batch, **seen})
            outputs |= {f"{term}_{name}": output for name, output in found.items()}
        return outputs


def build(method: str = "maml", steps: int = 3, rate: float = 0.3) -> nn.Module:
    return FewShot(method, steps, rate)


def loss(term: str):
    def cross_entropy(out, batch):
        figure = F.cross_entropy(out[f"{term}_label"].flatten(0, 1), batch["query_label"].flatten())
        return figure + out[f"{term}_pull"].mean() if f"{term}_pull" in out else figure

    return cross_entropy


def accuracy(term: str):
    return jr.maximize(
        lambda out, batch: jr.metrics.accuracy(out[f"{term}_label"], batch["query_label"]),
        worst=0.0,
        term=term,
    )


ADAPTED = {"method": ("maml", "first-order", "reptile", "fine-tuned")}
study = jr.Study(
    name="few-shot",
    data=load,
    model=build,
    losses={term: loss(term) for term in AFTER},
    objectives={f"accuracy_{term}": accuracy(term) for term in AFTER},
    space={
        "method": jr.choice(*ADAPTED["method"], "joint"),
        "steps": jr.integer(1, 3, when=ADAPTED),
        "rate": jr.number(0.1, 1.0, log=True, when=ADAPTED),
        "lr": jr.number(3e-3, 3e-2, log=True),
    },
    epochs=15,
    training=jr.Training(batch_size=20),
)
