"""The process from which workers are forked, begun before anything heavy is imported."""

from __future__ import annotations

import multiprocessing
import sys
from multiprocessing import forkserver

PRELOADED = "jrtune.train.executors.child"
"""The module that it imports, and torch with it: that takes a second or two."""


def start_fork_server() -> None:
    """Starts it, and does not wait for it; on Windows there is none."""
    if sys.platform != "win32":
        multiprocessing.set_forkserver_preload([PRELOADED])
        forkserver.ensure_running()
