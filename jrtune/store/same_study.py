"""A study goes on only as what it was started as."""

from __future__ import annotations

from jrtune.errors import StorageError
from jrtune.store.records import StudyRecord


def check_same(stored: StudyRecord, fresh: StudyRecord) -> None:
    """Refuses to go on with a study that was started as another one.

    Raises:
        StorageError: naming the first part that differs.
    """
    before, now = stored.spec.to_json(), fresh.spec.to_json()
    for part in now:
        if part == "model" and stored.spec.model is None:
            continue  # earlier versions did not write it down
        if before[part] != now[part]:
            raise _other(stored.name, part, before[part], now[part])
    if stored.seed != fresh.seed:
        raise _other(stored.name, "seed", stored.seed, fresh.seed)
    if stored.data != fresh.data:
        raise _other(stored.name, "data", stored.data, fresh.data)


def _other(name: str, part: str, stored: object, fresh: object) -> StorageError:
    return StorageError(
        f"study {name!r} was started with {part} {stored}, got {fresh}: "
        "go on as it was started, or give --name for a study of its own"
    )
