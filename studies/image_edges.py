"""What a handwritten digit is, and where its edges are, from one noisy picture.

One network with two heads learns both. The loss terms are the cross entropy of the digit and the
binary cross entropy of the edge map, 38 % of whose pixels are edges in the default data: near enough
to half to need no weight on them. The objectives are the digit's accuracy and the F1 of edge pixels.

Edges are the pixels of the clean picture, scaled to [0, 1], where the norm of its central
differences is above a threshold: 0.4 suits ink on paper, 0.1 photographs. The network sees the
picture with Gaussian noise of 0.15 drawn once, so that edges are no simple function of its input:
a narrow network must choose what its features are for, and the weights of the terms trade one
objective for the other.

Options of ``load``: data (default: scikit-learn's 1,797 digits of 8 x 8; else what
``jr.data.read_images`` reads, at most ten classes, colours averaged), limit, threshold, seed.
"""

import numpy as np
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

import jrtune as jr

CLASSES = 10
DEPTH = 3  # with 2 blocks a step costs a fifth less and accuracy is two points lower
NOISE = 0.15


def load(data: str = "", limit: int = 0, threshold: float = 0.4, seed: int = 0) -> dict[str, dict]:
    """Splits with "image" (n x h x w), "digit" (n) and "edge" (n x h x w, 0 or 1).

    Args:
        data: where to read images; empty for scikit-learn's digits.
        limit: use at most so many images, in the shares of their classes; 0 for all.
        threshold: norm of the central differences above which a pixel is an edge.
        seed: of the noise, the split and what ``limit`` keeps.
    """
    images, labels = read(data)
    kept = jr.data.thin(labels, limit, seed)
    images, labels = images[kept], labels[kept]
    edge = edges(images, threshold)
    if not 0 < edge.mean() < 1:
        raise jr.DataError(
            f"expected edges and others at threshold={threshold}, got one kind only: set another"
        )
    noise = np.random.default_rng(seed).normal(0, NOISE, images.shape)
    batch = {"image": (images + noise).astype(np.float32), "digit": labels, "edge": edge}
    parts = jr.data.stratified_split(labels, seed)
    return {split: {name: array[rows] for name, array in batch.items()} for split, rows in parts.items()}


def read(data: str) -> tuple[np.ndarray, np.ndarray]:
    """Grey images in [0, 1], n x h x w, and classes numbered from 0."""
    if not data:
        digits = load_digits()
        return digits.images / 16, digits.target
    return jr.data.read_grey(data, classes=CLASSES, smallest=2)


def edges(images: np.ndarray, threshold: float) -> np.ndarray:
    """1 where the norm of the central differences (one-sided at the border) is above the threshold."""
    down, right = np.gradient(images, axis=(1, 2))
    return (np.hypot(down, right) > threshold).astype(np.float32)


class JointNet(nn.Module):
    """Heads for digit and edges on one encoder, or on two with cross-stitch units between their blocks."""

    def __init__(self, width: int, stitch: float | None) -> None:
        super().__init__()
        lanes = 1 if stitch is None else 2
        channels = [1] + DEPTH * [width]
        self.blocks = nn.ModuleList(
            nn.ModuleList(jr.models.ConvBlock(*channels[k : k + 2]) for _ in range(lanes))
            for k in range(DEPTH)
        )
        self.units = nn.ModuleList(
            nn.Identity() if stitch is None else jr.models.CrossStitch(lanes, width, stitch)
            for _ in range(DEPTH)
        )
        # a grid of 2: strokes at the top and at the bottom are different digits
        self.digit = jr.models.PooledHead(width, CLASSES, grid=2)
        self.edge = jr.models.MapHead(width)

    def forward(self, batch):
        """{"image": B x h x w} -> {"digit": B x 10 logits, "edge": B x h x w logits}."""
        features = [batch["image"][:, None]] * len(self.blocks[0])
        for blocks, unit in zip(self.blocks, self.units, strict=True):
            features = unit([block(x) for block, x in zip(blocks, features, strict=True)])
        return {"digit": self.digit(features[0]), "edge": self.edge(features[-1])[:, 0]}


def build(sharing: str = "hard", width: int = 6, stitch: float = 0.9) -> nn.Module:
    return JointNet(width, stitch if sharing == "cross-stitch" else None)


study = jr.Study(
    name="image-edges",
    data=load,
    model=build,
    losses={
        "digit": lambda out, batch: F.cross_entropy(out["digit"], batch["digit"]),
        "edge": lambda out, batch: F.binary_cross_entropy_with_logits(out["edge"], batch["edge"]),
    },
    objectives={
        "accuracy": jr.maximize(
            lambda out, batch: jr.metrics.accuracy(out["digit"], batch["digit"]), worst=0.0, term="digit"
        ),
        "edge_f1": jr.maximize(
            lambda out, batch: jr.metrics.binary_f1(out["edge"], batch["edge"]), worst=0.0, term="edge"
        ),
    },
    space={
        "sharing": jr.choice("hard", "cross-stitch"),
        "stitch": jr.choice(0.9, 0.5, when={"sharing": "cross-stitch"}),
        "lr": jr.number(1e-2, 3e-2, log=True),
    },
    epochs=15,
)
