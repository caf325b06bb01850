"""The learning rate over the steps of a training."""

import math

from jrtune.errors import StudyError


def rate(step: int, steps: int, schedule: str, warmup: float) -> float:
    """Factor of the learning rate at a step, in (0, 1].

    A linear rise over ``warmup * steps`` steps, then constant or half a cosine towards zero
    (Loshchilov & Hutter 2017, eq. 5, without restarts).

    >>> [round(rate(s, 4, "cosine", 0.0), 3) for s in range(4)]
    [1.0, 0.854, 0.5, 0.146]

    Raises:
        StudyError: for a schedule of another name.
    """
    rise = int(warmup * steps)
    if step < rise:
        return (step + 1) / (rise + 1)
    if schedule == "constant":
        return 1.0
    if schedule == "cosine":
        return 0.5 * (1 + math.cos(math.pi * (step - rise) / (steps - rise)))
    raise StudyError(f"schedule must be 'cosine' or 'constant', got {schedule!r}: change it in the study")
