"""The arrows between parts, who may import which library, and what importing costs.

A part is a file or folder of the package; ``jrtune`` itself stands for its ``__init__``.
"""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from build_results import make_results

from jrtune.spec import Outcome
from jrtune.store.database import open_database
from jrtune.store.study_store import StudyStore

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "jrtune"

# part -> the parts it may import, at module level or in a function
ARROWS = {
    "errors": "",
    "spec": "errors",
    "space": "errors spec",
    "pareto": "errors",
    "models": "errors",
    "losses": "errors spec",
    "metrics": "errors spec losses",
    "data": "errors",
    "train": "errors spec models losses jrtune",
    "conditioned": "errors spec space pareto models losses data train",
    "integrations": "errors spec",
    "store": "errors spec",
    "analysis": "errors spec space pareto store",
    "search": "errors spec data space pareto models losses train store analysis report jrtune",
    "report": "errors spec store analysis jrtune",
    "export": "errors spec losses train integrations store analysis",
    "notebook": "errors store analysis report export",
    "jrtune": "errors spec",
    "cli": "errors spec store analysis search report export",
    "__main__": "cli",
}

# the same for TYPE_CHECKING blocks, where they go further
TYPING_ARROWS = {
    # what is imported at first use
    "jrtune": "conditioned data losses metrics models train integrations search export notebook",
}

# library -> the parts that may import it
LIBRARIES = {
    "PIL": "data",
    "jinja2": "report",
    "matplotlib": "report",
    "moocore": "pareto",
    "numpy": "conditioned data pareto train integrations analysis search report",
    "optuna": "search",
    "optuna_dashboard": "cli",
    "pandas": "conditioned data report notebook",
    "onnx": "export",
    "onnxruntime": "export",
    "onnxscript": "export",
    "pydantic": "export",
    "ray": "train",
    "rich": "search",
    "safetensors": "train",
    "scipy": "data pareto search",
    "sklearn": "report",
    "sqlalchemy": "store",
    "threadpoolctl": "search",
    "torch": "conditioned metrics models losses train integrations search export",
    "typer": "cli",
}
TYPING_LIBRARIES = {"torch": "spec"}


# --- reading imports -------------------------------------------------------------------------


@cache
def modules():
    """Module -> (modules imported at run time, modules imported for types only), by full name."""
    return {_name(file): _imports(ast.parse(file.read_text())) for file in sorted(PACKAGE.rglob("*.py"))}


def _name(file):
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _imports(tree):
    run, typing, todo = set(), set(), [(tree, False)]
    while todo:
        node, for_types = todo.pop()
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            todo += [(child, True) for child in node.body] + [(child, for_types) for child in node.orelse]
            continue
        (typing if for_types else run).update(_named(node))
        todo += [(child, for_types) for child in ast.iter_child_nodes(node)]
    return run, typing


def _named(node):
    """The modules that an import statement names: of ``from x import y``, x.y where that is one of ours."""
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if not isinstance(node, ast.ImportFrom):
        return set()
    assert node.level == 0, f"line {node.lineno}: relative imports hide arrows"
    inner = {f"{node.module}.{alias.name}" for alias in node.names}
    ours = {name for name in inner if _is_module(name)}
    return ours | ({node.module} if ours != inner else set())


def _is_module(name):
    path = ROOT.joinpath(*name.split("."))
    return name.startswith("jrtune.") and (path.is_dir() or path.with_suffix(".py").is_file())


def part(module):
    return module.split(".")[1] if "." in module else module


def arrows(index):
    """(module, module or library it imports), at run time (0) or for types only (1)."""
    return [(module, name) for module, found in modules().items() for name in sorted(found[index])]


# --- the tables ------------------------------------------------------------------------------


def test_every_part_stands_in_the_table():
    assert {part(module) for module in modules()} == set(ARROWS)
    assert {name for allowed in ARROWS.values() for name in allowed.split()} <= set(ARROWS)


def test_the_table_has_no_cycle():
    graphlib.TopologicalSorter({p: allowed.split() for p, allowed in ARROWS.items()}).prepare()


@pytest.mark.parametrize("index", [0, 1], ids=["run time", "types"])
def test_parts_import_only_what_the_table_allows(index):
    wrong = []
    for module, name in arrows(index):
        allowed = ARROWS[part(module)] + (" " + TYPING_ARROWS.get(part(module), "") if index else "")
        if name.split(".")[0] == "jrtune" and part(name) not in (part(module), *allowed.split()):
            wrong.append(f"{module} imports {name}")
    assert not wrong


@pytest.mark.parametrize("index", [0, 1], ids=["run time", "types"])
def test_libraries_are_imported_only_where_the_table_allows(index):
    wrong = []
    for module, name in arrows(index):
        library = name.split(".")[0]
        allowed = LIBRARIES.get(library, "") + (" " + TYPING_LIBRARIES.get(library, "") if index else "")
        if library not in {"jrtune", *sys.stdlib_module_names} and part(module) not in allowed.split():
            wrong.append(f"{module} imports {name}")
    assert not wrong


def test_no_module_imports_itself_through_others():
    graph = {module: {n for n in run if n in modules()} for module, (run, _) in modules().items()}
    graphlib.TopologicalSorter(graph).prepare()


# --- what importing costs --------------------------------------------------------------------

HEAVY = ("torch", "optuna", "pandas", "matplotlib", "sklearn")


def loaded_by(code):
    """Which of the heavy libraries a fresh process has loaded after running the code."""
    tell = f"import sys; print('loaded', *[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{tell}"], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split()[1:])


def test_what_is_loaded_can_be_told():
    assert loaded_by("import pandas") == {"pandas"}


@pytest.mark.parametrize(
    "names",
    [
        "jrtune",
        "jrtune.data",
        "jrtune.spec.study_file",
        "jrtune.space.space",
        "jrtune.pareto.stability jrtune.pareto.choose jrtune.pareto.dominance jrtune.pareto.indicators",
        "jrtune.pareto.neighbours jrtune.pareto.robustness jrtune.pareto.epsilon_constraint",
        "jrtune.store.lease jrtune.store.study_store",
        "jrtune.analysis.plan jrtune.analysis.summary jrtune.analysis.select.pick",
        "jrtune.report.cells jrtune.report.stamp",
        "jrtune.export.weights",
        "jrtune.cli.commands",
    ],
)
def test_light_parts_load_nothing_heavy(names):
    assert loaded_by(f"import {names.replace(' ', ', ')}") == set()


@pytest.mark.parametrize(
    "arguments", [["front"], ["front", "--json"], ["pick"], ["--help"], ["tune", "--help"]]
)
def test_reading_results_loads_nothing_heavy(tmp_path, arguments):
    path = tmp_path / "x.db"
    results = make_results()
    database = open_database(str(path), create=True)
    database.make_tables()
    store = StudyStore.start(database, results.study)
    store.save_trials([(trial, Outcome(trial.status)) for trial in results.trials])
    store.save_confirmations(results.confirmations)
    database.engine.dispose()
    storage = [] if "--help" in arguments else ["--storage", str(path)]
    code = f"from jrtune.cli import main\nassert main({[*arguments, *storage]}) == 0"
    assert loaded_by(code) == set()


# --- how files read --------------------------------------------------------------------------

NO_OPENINGS = ("what", "which", "of", "whether")


def openings(tree):
    """(line, first word) of every docstring: of the module, its classes and its functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = re.search(r"\w+", ast.get_docstring(node) or "")
            if first:
                yield node.body[0].lineno, first[0].lower()


def test_docstrings_open_with_a_verb_or_a_noun_phrase():
    wrong = [
        f"{file.relative_to(ROOT)}:{line} opens with {word!r}"
        for file in sorted(PACKAGE.rglob("*.py"))
        for line, word in openings(ast.parse(file.read_text()))
        if word in NO_OPENINGS
    ]
    assert not wrong


def test_openings_are_seen_in_modules_classes_and_functions():
    source = '"""Of a."""\nclass A:\n    """Whether."""\n    def _f(self):\n        """`Which` it is."""'
    assert sorted(openings(ast.parse(source))) == [(1, "of"), (3, "whether"), (5, "which")]


# --- the top level ---------------------------------------------------------------------------


def test_the_top_level_holds_its_entries_and_no_others():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a checkout: nothing tells which files are the project's")
    top = {line.split("/")[0] for line in listed.stdout.splitlines()}
    needed = {"jrtune", "studies", "tests", "pyproject.toml", "README.md", "Makefile"}
    visible = {name for name in top if not name.startswith(".")}
    assert needed <= visible <= needed | {"LICENSE", "CHANGELOG.md"}
