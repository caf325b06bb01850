"""One message for sizes that no network can have."""

from __future__ import annotations

from collections.abc import Sequence


def check_sizes(what: str, sizes: Sequence[int], least: int = 1) -> None:
    """Refuses sizes that are too few or below 1.

    Raises:
        ValueError: with the name of the argument, ``what``.
    """
    if len(sizes) < least or min(sizes) < 1:
        raise ValueError(f"expected {what} of {least} numbers or more, each 1 or more, got {list(sizes)}")
