"""Losses: the report on a task whose actor, or the actor's node, is gone."""

from __future__ import annotations

import re

from ray.exceptions import ActorUnavailableError, OutOfMemoryError, RayError, RayTaskError

from jrtune.train.executors.executor import Lost, TaskId


def loss_of(task: TaskId, error: RayError) -> Lost:
    """The report.

    Ray tells a process's exit status where Python ended it, and nothing of signals: what is not known may
    have come from outside, and is tried again before anybody is blamed.

    Args:
        task: its number.
        error: of Ray, as it came in place of a report.
    """
    text = str(error.cause if isinstance(error, RayTaskError) else error)
    if isinstance(error, OutOfMemoryError) or "low on memory" in text:
        return Lost(task, "memory ran out on its node", outside=False, memory=True)
    if status := re.search(r"exit code (\d+)", text):
        return Lost(task, f"exit status {status[1]}", outside=False)
    if isinstance(error, ActorUnavailableError):
        return Lost(task, "it cannot be reached", outside=True)
    if re.search(r"\bnode\b.{0,40}\b(died|dead|terminated)|NodeDied", text):
        return Lost(task, "its node is gone", outside=True)
    if "worker process has died" in text:
        return Lost(task, "its process died", outside=True)
    return Lost(task, " ".join(text.split())[:200], outside=True)
