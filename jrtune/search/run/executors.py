"""The executor of a run, as its user wants it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import torch

from jrtune.errors import InputError
from jrtune.search.run.run_config import RunConfig, WorkerConfig
from jrtune.search.run.session import Loaded, Session
from jrtune.train import prepare
from jrtune.train.executors.child import StudyFile
from jrtune.train.executors.dispatcher import Dispatcher
from jrtune.train.executors.executor import Executor
from jrtune.train.executors.inline import Inline
from jrtune.train.executors.processes import Processes
from jrtune.train.executors.source import StudySource
from jrtune.train.loop.device import pick_device
from jrtune.train.loop.problem import Split


@contextmanager
def begun(run: RunConfig, config: WorkerConfig) -> Iterator[Processes | None]:
    """Starts worker processes, which take seconds, while the study and its data are loaded."""
    if config.engine != "processes":
        yield None
        return
    devices = devices_of(pick_device(run.device), config)
    processes = Processes(StudyFile(run.path, run.settings), devices, config.threads)
    try:
        yield processes
    finally:
        processes.__exit__()


def dispatcher_of(
    session: Session,
    config: WorkerConfig,
    log: Callable[[str], None],
    processes: Processes | None = None,
) -> Dispatcher:
    """The dispatcher of a study's cohorts.

    Args:
        session: of the study.
        config: of its workers.
        log: takes lines for people.
        processes: as :func:`begun` gives them; None starts them.
    """
    return Dispatcher(
        executor_of(session.loaded, config, log, processes),
        session.saved(config.checkpoints, log),
        config.timeout,
        60 * config.checkpoint_minutes,
        log,
    )


def executor_of(
    loaded: Loaded,
    config: WorkerConfig,
    log: Callable[[str], None] = lambda line: None,
    processes: Processes | None = None,
) -> Executor:
    """The executor that trains a study's candidates."""
    if config.engine == "ray":
        return _actors(loaded, config, log)
    devices = devices_of(loaded.device, config)
    if config.engine == "inline":
        problem = prepare(loaded.study, loaded.data, loaded.device)
        return Inline(problem, len(devices), config.threads)
    processes = processes or Processes(StudyFile(loaded.path, loaded.options), devices, config.threads)
    processes.source, processes.splits = _source(loaded), _splits(loaded)
    return processes


def _actors(loaded: Loaded, config: WorkerConfig, log: Callable[[str], None]) -> Executor:
    """Actors of a Ray cluster; on its CPUs where it has no GPU, or where this was asked for."""
    try:
        from jrtune.train.executors.cluster.actors import Actors, Share
        from jrtune.train.executors.cluster.connection import Capacity, connect
    except ImportError as error:
        raise InputError("--engine ray needs the package ray, got none: pip install 'jrtune[ray]'") from error
    devices = devices_of(loaded.device, config)
    gpus = torch.cuda.device_count() if loaded.device.type == "cuda" else 0
    capacity = connect(config.address, Capacity(len(devices) * config.threads, gpus))
    gpus = 0 if loaded.device_option == "cpu" else capacity.gpus
    workers = config.workers or gpus or capacity.cpus // config.threads
    if workers == 0:
        raise InputError(
            f"expected a Ray cluster with {config.threads} CPUs for a worker, got {capacity.cpus} in all: "
            "give --workers, and they wait for nodes"
        )
    share = Share.of(workers, config.threads, gpus)
    return Actors(_source(loaded), _splits(loaded), workers, share, log)


def _source(loaded: Loaded) -> StudySource:
    return StudySource(loaded.path, loaded.options, loaded.study.name, loaded.study.epochs)


def _splits(loaded: Loaded) -> Mapping[str, Split]:
    """The data in host memory."""
    return prepare(loaded.study, loaded.data, torch.device("cpu")).splits


def devices_of(device: torch.device, config: WorkerConfig) -> list[str]:
    """The device of each worker, as torch names it.

    One for each CUDA device, or for each CPU core (fewer where workers have more threads, or torch fewer).
    """
    if device.type == "cuda":
        count = torch.cuda.device_count()
        return [f"cuda:{index % count}" for index in range(config.workers or count)]
    return ["cpu"] * (config.workers or max(1, torch.get_num_threads() // config.threads))
