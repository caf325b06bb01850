"""The command line: names to functions; it decides nothing.

Standard output carries the answer, standard error the progress. Exit status: 0 done, 2 the user's input
is wrong (one line says what was expected, what came, what to do), 130 interrupted (143 by SIGTERM) with
everything saved.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from jrtune.cli.choice import chooses
from jrtune.cli.numbers import NumberRefused, integer, seconds
from jrtune.cli.workers import trains
from jrtune.errors import InputError, Interrupted
from jrtune.store.database import DEFAULT_URL, DatabaseFault
from jrtune.store.nulls import json_values

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Task weights of joint models.",
    pretty_exceptions_enable=False,
)

Storage = Annotated[str, typer.Option(help="Database: an SQLite file or a SQLAlchemy URL.")]
Name = Annotated[str | None, typer.Option(help="The study's name; may be left out where there is one.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Out = Annotated[Path | None, typer.Option(help="Folder to write to; default out/NAME.")]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
StudyFile = Annotated[Path, typer.Argument(metavar="STUDY", help="A Python file that defines one jr.Study.")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="An option of the study's data.")
]
Trials = Annotated[int, integer("--trials", "Trials in total; those there are already count.")]
Epochs = Annotated[int | None, integer("--epochs", "Epochs of a training; default the study's.")]
Sampler = Annotated[str, typer.Option(help="front, tpe, gp, nsga2, random or qmc.")]
Seed = Annotated[int | None, integer("--seed", "Seed of the study; default 0.")]
Seeds = Annotated[int, integer("--seeds", "Seeds to confirm with.")]
Cohort = Annotated[str, typer.Option(help="Candidates asked for and trained together: auto or a number.")]
RungPruner = Annotated[
    bool, typer.Option("--rungs/--no-rungs", help="Prune trials early, by the whole front.")
]
Port = Annotated[int | None, integer("--port", "Port to listen on; default a free one.", 0, 65535)]
TimeLimit = Annotated[
    float | None, seconds("--time-limit", "Seconds in which the search ends, to within an epoch.")
]


@app.command()
@trains
def tune(
    workers: Any,
    study: StudyFile,
    trials: Trials = 96,
    epochs: Epochs = None,
    sampler: Sampler = "front",
    cohort: Cohort = "auto",
    rungs: RungPruner = True,
    settings: Settings = None,
    storage: Storage = DEFAULT_URL,
    name: Name = None,
    seed: Seed = None,
    device: Device = "auto",
    time_limit: TimeLimit = None,
    prior: Annotated[
        str | None, typer.Option(help="What to try first: a weights.json, or an earlier study's database.")
    ] = None,
    out: Out = None,
    finish: Annotated[
        bool, typer.Option("--finish", help="Then confirm, report and export the knee.")
    ] = False,
    seeds: Seeds = 5,
    as_json: AsJson = False,
) -> None:
    """Search weights and architectures; run it again to go on."""
    from jrtune.cli.commands import parse_cohort, run_tune
    from jrtune.search.run.run_config import Budget, RunConfig

    config = RunConfig(study, settings or [], storage, name, epochs, seed, device)
    budget = Budget(trials, sampler, parse_cohort(cohort), time_limit, rungs)
    body, text = run_tune(config, budget, workers, out, finish, seeds, prior)
    _print(body, text, as_json)


@app.command()
def front(
    storage: Storage = DEFAULT_URL,
    name: Name = None,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """The front, its weights and objectives."""
    from jrtune.cli.commands import run_front

    if as_json and as_csv:
        raise InputError("expected one form of the answer, got --json and --csv: give one of them")
    body, text = run_front(storage, name, as_csv=as_csv)
    _print(body, text, as_json)


@app.command()
@trains
def confirm(
    workers: Any,
    seeds: Seeds = 5,
    storage: Storage = DEFAULT_URL,
    name: Name = None,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Train front members and baselines again from other seeds and measure them on test."""
    from jrtune.cli.commands import run_confirm

    body, text = run_confirm(seeds, storage, name, device, workers)
    _print(body, text, as_json)


@app.command()
@chooses
def pick(
    rule: Any,
    storage: Storage = DEFAULT_URL,
    name: Name = None,
    as_json: AsJson = False,
) -> None:
    """Choose one point of the front, and say why."""
    from jrtune.cli.commands import run_pick

    body, text = run_pick(rule, storage, name)
    _print(body, text, as_json)


@app.command()
def report(
    out: Out = None,
    live: Annotated[
        bool,
        typer.Option("--live", help="Serve the page to this machine while the study runs, until Ctrl-C."),
    ] = False,
    port: Port = None,
    storage: Storage = DEFAULT_URL,
    name: Name = None,
    as_json: AsJson = False,
) -> None:
    """Write figures, tables and one self-contained page."""
    from jrtune.cli.commands import run_live, run_report

    if live and out is not None:
        raise InputError("--live serves the page and writes none, but --out was given: leave one of them out")
    if port is not None and not live:
        raise InputError("--port goes with --live, which was not given: add --live")
    if live:
        return run_live(port, storage, name, _log(as_json))
    body, text = run_report(out, storage, name)
    _print(body, text, as_json)


@app.command()
def dashboard(port: Port = None, storage: Storage = DEFAULT_URL, as_json: AsJson = False) -> None:
    """Serve optuna-dashboard to this machine, to be looked at, until Ctrl-C."""
    from jrtune.cli.commands import run_dashboard

    run_dashboard(port, storage, _log(as_json))


@app.command()
@chooses
def export(
    rule: Any,
    pt2: Annotated[bool, typer.Option("--pt2", help="Also model.pt2, which torch alone reads.")] = False,
    onnx: Annotated[bool, typer.Option("--onnx", help="Also model.onnx.")] = False,
    out: Out = None,
    storage: Storage = DEFAULT_URL,
    name: Name = None,
    as_json: AsJson = False,
) -> None:
    """Write weights.json, model.safetensors, config.json and a card of one point of the front."""
    from jrtune.cli.commands import run_export
    from jrtune.export.folder import ONNX, PT2

    forms = [form for form, wanted in ((PT2, pt2), (ONNX, onnx)) if wanted]
    body, text = run_export(rule, forms, out, storage, name)
    _print(body, text, as_json)


@app.command()
@trains
def compare(
    workers: Any,
    study: StudyFile,
    trials: Trials = 96,
    epochs: Epochs = None,
    sampler: Sampler = "front",
    settings: Settings = None,
    storage: Storage = DEFAULT_URL,
    name: Name = None,
    seed: Seed = None,
    seeds: Seeds = 5,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Tuned weights against equal, single-task and adaptive methods at equal cost."""
    from jrtune.cli.commands import run_compare
    from jrtune.search.run.run_config import Budget, RunConfig

    config = RunConfig(study, settings or [], storage, name, epochs, seed, device)
    # without rungs: what they save differs from method to method, and the cost would not be equal
    body, text = run_compare(config, Budget(trials, sampler, rungs=False), workers, seeds)
    _print(body, text, as_json)


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The study's name; NAME.py is written.")],
) -> None:
    """Write a study file to start from."""
    from jrtune.cli.commands import run_new

    print(run_new(name))


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; returns the exit status."""
    # click's ClickException, from click itself or from the copy that newer typers carry
    usage_error: type[Any] = typer.BadParameter.__bases__[0].__bases__[0]
    try:
        status = typer.main.get_command(app)(arguments, prog_name="jrtune", standalone_mode=False)
        return status if isinstance(status, int) else 0
    except NumberRefused as error:
        return _refuse(error.message)
    except usage_error as error:
        return _refuse(_with_help(error))
    except InputError as error:
        return _refuse(str(error))
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted(signal.SIGINT)
    except Interrupted as stop:
        return _interrupted(stop.signal_number)
    except DatabaseFault as error:
        first = str(error.orig).splitlines()[0]
        return _refuse(f"the database cannot be written: {first}; fix that, and the same command goes on")


def _with_help(error: Any) -> str:
    """Typer's message and where the command's options are listed."""
    message, context = error.format_message().rstrip("."), getattr(error, "ctx", None)
    return f"{message}: see {context.command_path} --help" if message and context else message


def _refuse(message: str) -> int:
    if message:  # none where typer has answered a bare `jrtune` with its help
        print("jrtune: " + " ".join(message.split()), file=sys.stderr)
    return 2


def _interrupted(number: int) -> int:
    print(
        "jrtune: interrupted; what was finished is saved, the same command goes on from there",
        file=sys.stderr,
    )
    return 143 if number == signal.SIGTERM else 130


def _print(body: object, text: str, as_json: bool) -> None:
    answer = json.dumps(json_values(body), indent=2, allow_nan=False) if as_json else text.rstrip("\n")
    try:
        print(answer, flush=True)
    except BrokenPipeError:
        # whoever read us has left, as head does: not our failure, nor for click to call one
        sys.stdout = None


def _log(as_json: bool) -> Callable[[str], None]:
    """Makes a function that prints an address at once, for the command goes on."""

    def log(address: str) -> None:
        _print({"address": address}, address, as_json)
        print("Ctrl-C ends it", file=sys.stderr)

    return log
