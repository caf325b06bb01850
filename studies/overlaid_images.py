"""Two images laid over one another: what is the one, and what the other?

Multi-MNIST (Sener & Koltun 2018, after Sabour et al. 2017): one image goes to the top left of a larger
canvas, one to the bottom right, and each pixel is the brighter of the two. The loss terms are the cross
entropies of the two classes, the objectives the two accuracies.

No image is in two splits, laid over whatever: pairs are drawn within a split. The network is a tiny
LeNet whose two heads have few features, because a wide one has no trade-off to search (Ruchte & Grabocka
2021): all features for both heads, or half of them for each with a cross-stitch unit between.

Options of ``load``: data (default: scikit-learn's 1,797 digits of 8 x 8; else what
``jr.data.read_images`` reads, at most ten classes, colours averaged), second (where to read the images
at the bottom right; default: the same), limit (pairs), seed.
"""

import numpy as np
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

import jrtune as jr

CLASSES = 10
GRID = 3  # keeps top left and bottom right apart
PAIRS = 3  # of each image, where no limit is given


def load(data: str = "", second: str = "", limit: int = 0, seed: int = 0) -> dict[str, dict]:
    """Splits with "image" (n x h x w, larger than its two), "left" and "right" (n).

    Args:
        data: where to read images; empty for scikit-learn's digits.
        second: where to read those at the bottom right; empty for ``data``.
        limit: how many pairs, of all splits together; 0 for three times as many as there are images.
        seed: of the splits and the pairs.
    """
    one = read(data)
    two = read(second) if second else one
    if one[0].shape[1:] != two[0].shape[1:]:
        sizes = f"{one[0].shape[1:]} and {two[0].shape[1:]}"
        raise jr.DataError(f"expected images of one size in both sets, got {sizes}: choose another second")
    if limit < 0 or 0 < limit < CLASSES:
        raise jr.DataError(f"expected a limit of 0 (none) or {CLASSES} pairs or more, got {limit}")
    # a set that is laid over itself is split twice in the same way, so no image is in two splits
    parts = [jr.data.stratified_split(labels, seed) for _, labels in (one, two)]
    rng = np.random.default_rng(seed)
    splits = {}
    for split in parts[0]:
        pools = [part[split] for part in parts]
        count = -(-(limit or PAIRS * len(one[1])) * len(pools[0]) // len(one[1]))
        left, right = (draw(pool, count, rng) for pool in pools)
        image = overlay(one[0][left], two[0][right]).astype(np.float32)
        splits[split] = {"image": image, "left": one[1][left], "right": two[1][right]}
    return splits


def read(data: str) -> tuple[np.ndarray, np.ndarray]:
    """Grey images in [0, 1], n x h x w, and classes numbered from 0."""
    if not data:
        digits = load_digits()
        return digits.images / 16, digits.target
    return jr.data.read_grey(data, classes=CLASSES, smallest=4)


def draw(pool: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """``count`` of the pool's indices in random order, each as often as any other, give or take one."""
    rounds = [rng.permutation(pool) for _ in range(-(-count // len(pool)))]
    return np.concatenate(rounds)[:count]


def overlay(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """n x h x w twice -> n x (h + s) x (w + s): 28 -> 36 as in the papers, 8 -> 12."""
    n, height, width = first.shape
    shift = max(4, 2 * height // 7)
    canvas = np.zeros((n, height + shift, width + shift))
    canvas[:, :height, :width] = first
    corner = canvas[:, shift:, shift:]
    np.maximum(corner, second, out=corner)
    return canvas


class JointNet(nn.Module):
    """A tiny LeNet: two convolutions, shared features or a lane of them for each image, two heads."""

    def __init__(self, lanes: int, features: int) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(1, 3, 5, stride=2, padding=2), nn.ReLU(), nn.Conv2d(3, 4, 3, padding=1), nn.ReLU()
        )
        own = features // lanes
        self.lanes = nn.ModuleList(jr.models.PooledHead(4, own, GRID) for _ in range(lanes))
        self.unit = jr.models.CrossStitch(lanes, own) if lanes > 1 else nn.Identity()
        self.left, self.right = nn.Linear(own, CLASSES), nn.Linear(own, CLASSES)

    def forward(self, batch):
        """{"image": B x h x w} -> {"left": B x 10 logits, "right": B x 10 logits}."""
        x = self.trunk(batch["image"][:, None])
        # of few rectified features most die, which a seed decides more than the weights do
        features = self.unit([lane(x).tanh() for lane in self.lanes])
        return {"left": self.left(features[0]), "right": self.right(features[-1])}


def build(sharing: str = "hard", features: int = 4) -> nn.Module:
    return JointNet(2 if sharing == "cross-stitch" else 1, features)


def loss(place: str):
    return lambda out, batch: F.cross_entropy(out[place], batch[place])


def accuracy(place: str):
    return jr.maximize(
        lambda out, batch: jr.metrics.accuracy(out[place], batch[place]), worst=0.0, term=place
    )


study = jr.Study(
    name="overlaid-images",
    data=load,
    model=build,
    losses={place: loss(place) for place in ("left", "right")},
    objectives={f"{place}_accuracy": accuracy(place) for place in ("left", "right")},
    space={
        "sharing": jr.choice("hard", "cross-stitch"),
        "features": jr.choice(4, 8),
        "lr": jr.number(1e-2, 4e-2, log=True),
    },
    epochs=12,
)
