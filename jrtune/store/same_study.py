"""A study goes on only as what it was started as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from jrtune.errors import StorageError
from jrtune.spec import Training
from jrtune.store.records import StudyRecord


def check_same(stored: StudyRecord, fresh: StudyRecord) -> None:
    """Refuses to go on with a study that was started as another one.

    Raises:
        StorageError: naming the first part that differs.
    """
    for part in fresh.spec:
        before = stored.spec.get(part)
        if part == "training" and isinstance(before, Mapping):
            before = asdict(Training()) | dict(before)  # a choice that came later was at its default
        if part in ("constraints", "watched") and before is None:
            before = type(fresh.spec[part])()  # as there were none in earlier versions
        if part == "model" and before is None:
            continue  # earlier versions did not write it down
        if before != fresh.spec[part]:
            raise _other(stored.name, part, before, fresh.spec[part])
    if stored.seed != fresh.seed:
        raise _other(stored.name, "seed", stored.seed, fresh.seed)
    if stored.data != fresh.data:
        raise _other(stored.name, "data", stored.data, fresh.data)


def _other(name: str, part: str, stored: Any, fresh: Any) -> StorageError:
    return StorageError(
        f"study {name!r} was started with {part} {stored}, got {fresh}: "
        "go on as it was started, or give --name for a study of its own"
    )
