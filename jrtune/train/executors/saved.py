"""Saved cohorts: files from which a cohort goes on after whatever stopped it."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from jrtune.train.executors.resume import ResumePoint

SUFFIX = ".checkpoint"


@dataclass
class Saved:
    """Cohorts that are saved, by key.

    A file replaces the one before when it is whole. Where it cannot be written, as on a full disk, that is
    said once, and training goes on: less is saved.

    Attributes:
        folder: of the files, made when it is needed; None keeps them in memory.
        log: takes a line.
    """

    folder: Path | None
    log: Callable[[str], None] = lambda line: None
    memory: dict[str, ResumePoint] = field(default_factory=dict)
    failed: bool = False

    def save(self, key: str, point: ResumePoint) -> None:
        """Saves a cohort in the place of what was saved of it before."""
        if self.folder is None:
            self.memory[key] = point
            return
        path = self._path(self.folder, key)
        unfinished = path.with_suffix(".unfinished")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(json.dumps(point.indices).encode() + b"\n" + point.checkpoint)
            unfinished.replace(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)
            if not self.failed:
                self.failed = True
                self.log(
                    f"cannot save trainings in {str(self.folder)!r}: {error.strerror}: they go on, and a "
                    "kill would cost more of them; free some space, or give --checkpoints"
                )

    def load(self, key: str) -> ResumePoint | None:
        """The cohort as it was saved last; None where it was not, or its file cannot be read."""
        if self.folder is None:
            return self.memory.get(key)
        try:
            head, checkpoint = self._path(self.folder, key).read_bytes().split(b"\n", 1)
            return ResumePoint(tuple(int(index) for index in json.loads(head)), checkpoint)
        except (OSError, ValueError, TypeError):
            return None

    def remove(self, key: str) -> None:
        """Removes a cohort that is finished, and its parts."""
        for name in [name for name in self.memory if name == key or name.startswith(f"{key}.")]:
            del self.memory[name]
        if self.folder is not None and self.folder.is_dir():
            with contextlib.suppress(OSError):
                for path in self.folder.iterdir():
                    if path.name.startswith(f"{key}."):
                        path.unlink(missing_ok=True)
                os.rmdir(self.folder)  # the last one leaves nothing behind

    def _path(self, folder: Path, key: str) -> Path:
        return folder / f"{key}{SUFFIX}"
