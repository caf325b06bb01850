"""The commands as functions: each opens what it needs, calls one part after another, and returns its answer
as JSON values and as text. Parts that are heavy to import are imported where they are needed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection
from dataclasses import asdict
from functools import partial
from pathlib import Path

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.comparison import read_comparison
from jrtune.analysis.document import front_records, study_document
from jrtune.analysis.plan import missing, to_confirm
from jrtune.analysis.select.pick import Choice, pick
from jrtune.analysis.select.selection_rules import Knee, Rule
from jrtune.analysis.select.subset import MOST
from jrtune.cli.text import choice_text, csv_text, front_text
from jrtune.errors import InputError
from jrtune.export.weights import load_weights
from jrtune.report.cells import comparison_text
from jrtune.search.ask.prior import Prior, check_fits, from_database
from jrtune.search.run.fork_server import start_fork_server
from jrtune.search.run.run_config import Budget, RunConfig, WorkerConfig, check_seeds, hash_of
from jrtune.spec import Candidate
from jrtune.spec.types import Json
from jrtune.store.database import reading_database, sqlite_path, without_password
from jrtune.store.records import Results, StudyRecord
from jrtune.store.studies import some_names, study_names
from jrtune.store.study_store import StudyStore, reading

Answer = tuple[Json, str]


def run_tune(
    config: RunConfig,
    budget: Budget,
    workers: WorkerConfig,
    out: Path | None,
    finish: bool,
    seeds: int,
    prior: str | None = None,
) -> Answer:
    """Searches; with ``finish`` also confirms, reports and exports the knee."""
    check_seeds(seeds)
    enqueued = None if prior is None else prior_of(prior, config.url)
    results = finished(config, budget.trials, seeds if finish else 0)
    if results is None:
        prepare_workers(workers)
        from jrtune.search.run.driver import search

        results = search(config, budget, seeds if finish else 0, enqueued, workers)
    elif enqueued is not None:
        _pass_over(enqueued, results)
    if not finish:
        return _front_answer(Analysis(results))
    with reading(config.url, results.study.name) as store:
        folder, analysis = out or Path("out") / results.study.name, _analysis(store, results)
        report_files = _report(store, analysis, folder / "report")
        bundle = _export(store, analysis, Knee(), folder / "export")
    body, text = _front_answer(analysis)
    paths = {
        "database": without_password(config.url),
        "report": str(report_files),
        "export": str(folder / "export"),
    }
    lines = "\n".join(f"{what:9} {where}" for what, where in paths.items())
    return body | {"paths": paths, "picked": bundle.trial.number}, f"{text}\n\n{bundle.reason}\n\n{lines}"


def run_front(storage: str, name: str | None, *, as_csv: bool) -> Answer:
    """The front as it stands."""
    with reading(storage, name) as store:
        analysis = Analysis(store.results())
    body, text = _front_answer(analysis)
    return body, csv_text(front_records(analysis)) if as_csv else text


def run_confirm(seeds: int, storage: str, name: str | None, device: str, workers: WorkerConfig) -> Answer:
    """Confirms the front."""
    check_seeds(seeds)
    with reading(storage, name) as store:
        study = store.results().study
    prepare_workers(workers)
    from jrtune.search.run.driver import confirm_again

    return _front_answer(Analysis(confirm_again(study, device, storage, seeds, workers)))


def run_pick(rule: Rule | int, storage: str, name: str | None) -> Answer:
    """Chooses one trial."""
    with reading(storage, name) as store:
        analysis = Analysis(store.results())
    chosen = pick(analysis, rule)
    return _choice_body(chosen), choice_text(chosen)


def run_report(out: Path | None, storage: str, name: str | None) -> Answer:
    """Writes the report."""
    with reading(storage, name) as store:
        analysis = _analysis(store, store.results())
        folder = _report(store, analysis, out or Path("out") / analysis.study.name / "report")
    page = folder / "report.html"
    return {"report": str(folder), "page": str(page)}, f"report {page}"


def run_live(port: int | None, storage: str, name: str | None, log: Callable[[str], None]) -> None:
    """Serves the report until Ctrl-C; ``log`` gets the address."""
    from jrtune.cli.loopback import serve
    from jrtune.report.page.live import LiveReport

    with reading(storage, name) as store:

        def read() -> Analysis:
            return _analysis(store, store.results())

        serve(LiveReport(read, store.curves, store.database.shown, models=store.models), port, log)


def run_dashboard(port: int | None, storage: str, log: Callable[[str], None]) -> None:
    """Serves optuna-dashboard until Ctrl-C; ``log`` gets the address."""
    from jrtune.cli.dashboard import dashboard
    from jrtune.cli.loopback import serve

    with reading_database(storage) as database:
        some_names(database)  # Optuna would make its tables in any file
        serve(dashboard(database), port, log)


def run_export(
    rule: Rule | int, forms: Collection[str], out: Path | None, storage: str, name: str | None
) -> Answer:
    """Writes the bundle of one trial, and its network as programs in these forms."""
    with reading(storage, name) as store:
        analysis = Analysis(store.results())
        folder = out or Path("out") / analysis.study.name / "export"
        chosen = _export(store, analysis, rule, folder, forms)
    return _choice_body(chosen) | {"export": str(folder)}, f"{choice_text(chosen)}\n\nexport {folder}"


def run_compare(config: RunConfig, budget: Budget, workers: WorkerConfig, seeds: int) -> Answer:
    """Compares the tuned weights with other ways of weighting."""
    check_seeds(seeds)
    prepare_workers(workers)
    from jrtune.search.run.driver import compare_all

    comparison = compare_all(config, budget, seeds, workers)
    return [asdict(each) for each in comparison], comparison_text(comparison)


def prepare_workers(workers: WorkerConfig) -> None:
    """Begins with what takes long, before this process imports torch itself."""
    if workers.engine == "processes":
        start_fork_server()


def run_new(name: str) -> str:
    """Writes a study file to start from."""
    from jrtune.cli.template import write_template

    path = write_template(name)
    return f"wrote {path}; run it with: jrtune tune {path}"


def finished(config: RunConfig, trials: int, seeds: int) -> Results | None:
    """The results, if this very command has nothing left to do; None where it has, or where that is not sure.

    Looks at the database and at the bytes of the study file alone, so it answers before torch is imported.
    """
    study, path = config.path, sqlite_path(config.url)
    if not study.is_file() or (path is not None and not path.exists()):
        return None
    source = hash_of(study)
    with reading_database(config.url) as database:
        for name in study_names(database):
            results = StudyStore(database, name).results()
            record = results.study
            same = (record.path, record.versions["file_hash"]) == (str(study.resolve()), source)
            same = same and _asks_for(config, record) and len(results.trials) >= trials
            if same and not (seeds and _unconfirmed(results, seeds)):
                return results
    return None


def _unconfirmed(results: Results, seeds: int) -> bool:
    """Tells where confirmations of this many seeds are not all there."""
    return bool(missing(results, to_confirm(results, Analysis(results).front), seeds))


def _asks_for(config: RunConfig, record: StudyRecord) -> bool:
    options = {option: str(value) for option, value in record.options.items()}
    pending = dict(text.split("=", 1) for text in config.settings if "=" in text)
    return (
        (config.name or record.versions["declared"]) == record.name
        and config.epochs in (None, record.spec.epochs)
        and config.seed in (None, record.seed)
        and options == pending
    )


def prior_of(source: str, target: str) -> Prior:
    """Candidates to try first, from a weights.json, the folder of an export or an earlier study's database.

    Of a weights.json its own weights and the few others of the front that it carries.

    ``target`` is the database of the new study.

    Raises:
        InputError: where it is empty, or no weights file.
    """
    if not source:
        raise InputError(
            "--prior expects a weights.json or a database, got nothing: give one or leave it out"
        )
    # of a name that is too long, Path.is_dir would raise
    if not (source.endswith(".json") or os.path.isdir(source)):
        return from_database(source, target)
    chosen = load_weights(source)
    points = [(chosen.weights, chosen.candidate), *((p["weights"], p["candidate"]) for p in chosen.front)]
    candidates = [Candidate(weights, c["choices"], c["balancing"]) for weights, c in points]
    return lambda study: candidates[:MOST]


def _pass_over(prior: Prior, results: Results) -> None:
    """Says that nothing is left to try of a prior, which is looked at all the same."""
    for candidate in prior(results.study.name):
        check_fits(candidate, results.study.terms)
    print(
        f"from the prior, to be tried first: 0, for the study has its {len(results.trials)} trials",
        file=sys.stderr,
    )


def parse_cohort(text: str) -> int | None:
    """The number of candidates to ask for together; None for auto.

    Raises:
        InputError: for text that is neither auto nor an integer.
    """
    if text == "auto":
        return None
    try:
        return int(text)
    except ValueError:
        raise InputError(f"--cohort expects auto or an integer from 1, got {text!r}") from None


def _analysis(store: StudyStore, results: Results) -> Analysis:
    """An analysis that finds the comparison in the study's database."""
    return Analysis(results, partial(read_comparison, store.database))


def _front_answer(analysis: Analysis) -> tuple[dict[str, Json], str]:
    return study_document(analysis), front_text(analysis)


def _choice_body(chosen: Choice) -> dict[str, Json]:
    trial = chosen.trial
    body: dict[str, Json] = {
        "trial": trial.number,
        "reason": chosen.reason,
        "weights": dict(trial.candidate.weights),
        "choices": dict(trial.candidate.choices),
        "val": dict(trial.values),
    }
    if tested := chosen.tested.get(trial.number):
        body["test"] = {name: asdict(estimate) for name, estimate in tested.test.items()}
    return body


def _report(store: StudyStore, analysis: Analysis, folder: Path) -> Path:
    from jrtune.report.stamp import is_current

    shown = store.database.shown
    if not is_current(analysis, folder, shown):
        from jrtune.report.write import write_report

        write_report(analysis, store.curves(), folder, shown, store.models())
    return folder


def _export(
    store: StudyStore, analysis: Analysis, rule: Rule | int, folder: Path, forms: Collection[str] = ()
) -> Choice:
    from jrtune.cli.programs import programs_of
    from jrtune.export.bundle import write_bundle

    chosen = pick(analysis, rule)
    trial, model = chosen.trial, store.model(chosen.trial.number)
    gradients = store.gradient_scale(trial.number)
    programs = programs_of(forms, analysis.study, trial, model)
    write_bundle(trial, analysis, model, folder, chosen.reason, gradients=gradients, programs=programs)
    if model is None:
        print(f"jrtune: {_without_model(trial.number)}", file=sys.stderr)
    return chosen


def _without_model(number: int) -> str:
    return (
        f"weights only, no model.safetensors: the parameters of trial {number} are not saved; train anew "
        "with its weights, or export a trial whose parameters are, as those of the front and of the baselines"
    )
