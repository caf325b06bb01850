"""The data of a study that has none: losses of the parameters alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jrtune.data.splits.stratified import SPLITS


def nothing(steps: int) -> dict[str, dict[str, NDArray[np.float32]]]:
    """Splits of samples that say nothing, in one entry, "nothing" (n, zeros).

    Args:
        steps: samples to train on: the steps of an epoch at a batch size of 1. The others have one sample.

    Examples:
        >>> {split: batch["nothing"].shape for split, batch in jr.data.nothing(8).items()}
        {'train': (8,), 'val': (1,), 'test': (1,)}
    """
    return {
        split: {"nothing": np.zeros(steps if split == "train" else 1, dtype=np.float32)} for split in SPLITS
    }
