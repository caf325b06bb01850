"""Resume points: where a cohort stands, as data from which any worker goes on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ResumePoint:
    """A program of a cohort that was saved.

    Attributes:
        indices: of the jobs that are its members, in their order.
        checkpoint: as :meth:`jrtune.train.loop.checkpoint.Checkpoint.to_bytes` writes it.
    """

    indices: tuple[int, ...]
    checkpoint: bytes
