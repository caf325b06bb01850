"""The options that say who trains; written once for all commands that train."""

# Typer reads these annotations as they stand: no `from __future__ import annotations` here
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jrtune.cli.numbers import integer, minutes, seconds
from jrtune.cli.option_groups import with_options

if TYPE_CHECKING:
    from jrtune.search.run.run_config import WorkerConfig


def parse_workers(
    engine: Annotated[
        str, typer.Option(help="Who trains: processes, ray, or inline, for debugging.")
    ] = "processes",
    workers: Annotated[
        int | None, integer("--workers", "Workers; default one for each CUDA device, or each CPU core.")
    ] = None,
    threads_per_worker: Annotated[int, integer("--threads-per-worker", "CPU threads of each worker.")] = 1,
    address: Annotated[
        str | None, typer.Option(metavar="auto|HOST:PORT", help="Ray cluster; default one on this machine.")
    ] = None,
    training_timeout: Annotated[
        float | None,
        seconds("--training-timeout", "Ends a training that hangs; default many times the slowest."),
    ] = None,
    checkpoint_every: Annotated[
        float, minutes("--checkpoint-every", "Longest time between two checkpoints of a training.")
    ] = 5.0,
    checkpoints: Annotated[
        Path | None, typer.Option(help="Folder of checkpoints; default one beside the database.")
    ] = None,
) -> "WorkerConfig":
    """The workers that the options give.

    Raises:
        InputError: for values that make no sense.
    """
    from jrtune.search.run.run_config import WorkerConfig

    return WorkerConfig(
        engine, workers, threads_per_worker, address, training_timeout, checkpoint_every, checkpoints
    )


trains = with_options(parse_workers, "workers", first=False)
"""Gives a command the options of :func:`parse_workers` in place of its parameter ``workers``."""
