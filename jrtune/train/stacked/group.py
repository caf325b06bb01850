"""Groups: candidates that can be trained as one program."""

from __future__ import annotations

from dataclasses import dataclass

from jrtune.train.loop.member import Randomness


@dataclass(frozen=True)
class Group:
    """Properties that the members of a cohort have in common.

    Attributes:
        architecture: digest of the signature (:mod:`jrtune.train.vmapped.signature`).
        batch_size, optimizer, balancing: those of every member.
        scalarisation: that of every member; "sum" of an adaptive method, which does not use it.
        randomness: source of a step's random numbers.
    """

    architecture: str
    batch_size: int
    optimizer: str
    balancing: str
    scalarisation: str
    randomness: Randomness
