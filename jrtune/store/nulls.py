"""Plain values as JSON has them: what is not known is null."""

from __future__ import annotations

import math
from collections.abc import Mapping


def json_values(value: object) -> object:
    """The same with None for every number that is not finite, in mappings and lists too: JSON has no NaN."""
    if isinstance(value, Mapping):
        return {name: json_values(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [json_values(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
