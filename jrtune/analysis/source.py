"""Where a trial's candidate came from, in words; tables that programs read keep what is stored."""

from __future__ import annotations

from jrtune.spec import EQUAL, SINGLE

GIVEN = (EQUAL, "default choices", "prior")
"""Origins that no sampler has, beside those of single-task models."""


def source_label(source: str) -> str:
    """A source as it is read: a sampler's name alone would be taken for where the trial stands.

    >>> origin_text("front"), origin_text("single edge")
    ('front sampler', 'single edge')
    """
    return source if source in GIVEN or source.startswith(SINGLE) else f"{source} sampler"
