"""The connection to a Ray cluster, which is one of this machine alone where none is named.

A machine that trains, and the one that coordinates, must be nodes of the cluster (``ray start``) and have the
same jrtune; a source checkout is found through ``PYTHONPATH`` as it was at ``ray start``. Prints of a study
are in Ray's logs on its node.

Ray notices a killed process within a second, and a killed node within a few, for their connections break. A
node that is silent, because its network was cut or it hangs, is asked every ``RAY_health_check_period_ms``
(3,000), may take ``RAY_health_check_timeout_ms`` (10,000) to answer, and is dead after
``RAY_health_check_failure_threshold`` (5) times without: after up to a minute. With 2,000, 3,000 and 3 in the
environment of ``ray start --head`` it is within 15 s. Until then its cohorts wait, and nothing else does.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import ray
import ray._private.worker as ray_worker

from jrtune.errors import InputError


@dataclass(frozen=True)
class Capacity:
    """Resources of a cluster as it stands.

    Attributes:
        cpus, gpus: number of them, in use or not.
    """

    cpus: int
    gpus: int


def connect(address: str | None, local: Capacity) -> Capacity:
    """Connects this process to a cluster, until the process ends; one that is connected stays so.

    Args:
        address: "auto", or "HOST:PORT" of a cluster of which this machine is a node; None starts one.
        local: resources of the one that is started.

    Raises:
        InputError: where no cluster answers.
    """
    if not ray.is_initialized():
        with _own_signals():
            _init(address, local)
    resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    return Capacity(int(resources.get("CPU", 0)), int(resources.get("GPU", 0)))


def _init(address: str | None, local: Capacity) -> None:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # else Ray warns that this will be so
    # Ray prints deaths of workers to standard output, which is the answer's; they are reported as losses
    ray_worker._worker_logs_enabled = False
    start = partial(ray.init, log_to_driver=False, logging_level=logging.ERROR)
    try:
        if address is None:
            start("local", num_cpus=local.cpus, num_gpus=local.gpus, include_dashboard=False)
        else:
            start(address)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        line = " ".join(str(error).split())
        raise InputError(
            f"--address expects a Ray cluster of which this machine is a node, got {address!r} ({line}): "
            "run ray start, or leave it out"
        ) from error


@contextmanager
def _own_signals() -> Iterator[None]:
    """While inside, handlers of signals may be changed: SIGTERM is jrtune's, not Ray's, afterwards."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
