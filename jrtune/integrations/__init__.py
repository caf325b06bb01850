"""Existing modules as studies: their networks, DataLoaders and losses as they are."""

from jrtune.integrations.lightning import from_lightning
from jrtune.integrations.module import from_module

__all__ = ["from_lightning", "from_module"]
