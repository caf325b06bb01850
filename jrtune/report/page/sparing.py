"""Working something out anew where it has changed, yet seldom enough to leave the machine to others."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

Source = ParamSpec("Source")
Made = TypeVar("Made")


class Sparing(Generic[Source, Made]):
    """The product of something that changes, made anew once the last making has rested.

    Args:
        make: works it out.
        rest: the times that the work of a making passes before the next: 19 takes a twentieth of one core.

    Attributes:
        tag: the tag of the last source; None before.
    """

    def __init__(self, make: Callable[Source, Made], rest: float) -> None:
        self.make, self.rest = make, rest
        self.due = 0.0
        self.tag: str | None = None
        self._made: Made

    def __call__(self, tag: str, *source: Source.args, **options: Source.kwargs) -> Made:
        """The product of this source, or of the one before; ``tag`` changes with the source."""
        if self.tag is None or (tag != self.tag and time.monotonic() >= self.due):
            began = time.thread_time()  # this thread's work, not the clock, which a busy machine holds up
            self._made, self.tag = self.make(*source, **options), tag
            self.due = time.monotonic() + self.rest * (time.thread_time() - began)
        return self._made
