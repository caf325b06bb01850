"""Real sets of data, which lie beside the project where they are at hand."""

from pathlib import Path

import pytest

REAL = Path(__file__).parents[2] / "shared" / "data"


def real(name: str) -> str:
    """The path of a set of real data; skips where it is not there."""
    if not (REAL / name).is_dir():
        pytest.skip(f"real data are not there: {REAL / name}")
    return str(REAL / name)
