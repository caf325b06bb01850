"""No name uses a word that the table of tests/glossary.py retires."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest
import typer
from glossary import (
    ALLOWED,
    RETIRED,
    Name,
    findings,
    findings_in_text,
    names_of,
    names_of_markup,
    names_of_script,
    names_of_style,
)

from jrtune.cli.app import app
from jrtune.export.json_schema import json_schema
from jrtune.store import tables

ROOT = Path(__file__).parents[1]
FILES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "jrtune").rglob("*.py"))

READERS = {".js": names_of_script, ".css": names_of_style, ".j2": names_of_markup}
PAGE = sorted(
    path.relative_to(ROOT).as_posix() for path in (ROOT / "jrtune").rglob("*") if path.suffix in READERS
)
DOCUMENTS = ["README.md", "CHANGELOG.md", "studies/README.md", ".github/CONTRIBUTING.md"]
DOCUMENTS += sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / ".github/docs").rglob("*.md"))


def tree_of(file):
    return ast.parse((ROOT / file).read_text())


def modules_of(files):
    """(file, its name, or that of its folder for a package, as a module's)."""
    for file in files:
        path = Path(file)
        yield file, Name((path.parent if path.stem == "__init__" else path).stem, 1, "module")


def keys_of(schema):
    """Names of the properties of a JSON Schema, at any depth."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from keys_of(part)


# --- what is checked -------------------------------------------------------------------------


def test_no_name_or_key_has_a_retired_word():
    assert [line for file in FILES for line in findings(names_of(tree_of(file)), file)] == []


def test_no_module_or_folder_has_a_retired_name():
    assert [line for file, name in modules_of(FILES) for line in findings([name], file)] == []


def test_no_script_style_or_template_has_a_retired_word():
    names = {file: list(READERS[Path(file).suffix]((ROOT / file).read_text())) for file in PAGE}
    assert len(names) > 25
    assert min(map(len, names.values())) > 20
    assert [line for file in PAGE for line in findings(names[file], file)] == []


def test_no_text_has_a_retired_word():
    sources = [file for file in FILES if file != "jrtune/store/migration.py"]  # which names what was
    lines = [
        line
        for file in [*sources, *PAGE, *DOCUMENTS]
        for line in findings_in_text((ROOT / file).read_text(), file)
    ]
    assert lines == []


def test_no_table_or_column_has_a_retired_name():
    columns = [Name(column.name, 0) for table in tables.metadata.sorted_tables for column in table.columns]
    names = [Name(table.name, 0) for table in tables.metadata.sorted_tables]
    assert len(columns) > 30
    assert findings(names + columns, "jrtune/store/tables.py") == []


def test_no_key_of_the_weights_file_has_a_retired_name():
    names = [Name(key, 0) for key in keys_of(json_schema())]
    assert len(names) > 30
    assert findings(names, "jrtune/export/schema.py") == []


def test_no_command_or_option_has_a_retired_name():
    commands = typer.main.get_command(app).commands
    options = [
        Name(option.lstrip("-"), 0)
        for command in commands.values()
        for parameter in command.params
        for option in (parameter.name, *parameter.opts, *parameter.secondary_opts)
    ]
    assert len(options) > 50
    assert findings([*(Name(name, 0) for name in commands), *options], "jrtune/cli/app.py") == []


def test_each_public_class_has_a_name_of_its_own():
    classes = Counter(
        node.name
        for file in FILES
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert [name for name, count in classes.items() if count > 1] == []


# --- the checker and its tables --------------------------------------------------------------

BAD = """
class Ledger:
    def weigh(self, kept_rows, *, origin=None):
        self.told = {"figures": kept_rows, "two words kept": 1}
        return self.told["places"], judge(few=origin)
"""


def test_the_checker_finds_every_kind_of_name():
    lines = findings(names_of(ast.parse(BAD)), "jrtune/search/bad.py")
    found = {tuple(line.split(" ", 1)[1].split(" -> ")[0].split(": ")) for line in lines}
    assert found == {
        ("Ledger", "ledger"),
        ("weigh", "weigh"),
        ("kept_rows", "kept"),
        ("kept_rows", "rows"),
        ("origin", "origin"),
        ("told", "told"),
        ("figures", "figures"),
        ("places", "places"),
        ("judge", "judge"),
        ("few", "few"),
    }
    assert "jrtune/search/bad.py:2 Ledger: ledger -> StudyStore" in lines


SCRIPT = r"""
// the kept comment, "a quote
/* told */
import { ledger } from "./surest.js";
class Told extends Error {}
const text = `the origin of ${asked.kept[`places ${fewer({ judge: "reach it" })}`]} and surest` || "two kept";
const word = /^["'`]{1}\/[/{]twin/.test(tell) ? figures : 'mend', half = 4 / loser;
"""


def test_the_checker_reads_scripts():
    lines = findings(names_of_script(SCRIPT), "jrtune/search/bad.js")
    found = {line.split(" ", 1)[1].split(":")[0]: line.split(":")[1].split(" ")[0] for line in lines}
    assert found == {
        "ledger": "4",
        "./surest.js": "4",
        "Told": "5",
        "asked": "6",
        "kept": "6",
        "fewer": "6",
        "judge": "6",
        "tell": "7",
        "figures": "7",
        "mend": "7",
        "loser": "7",
    }


def test_the_checker_reads_styles_and_templates():
    style = (
        "/* .kept */ .front.surest > #told-line { --twin: 1px; color: var(--origin-ink); margin: 0.5rem; }"
    )
    lines = findings(names_of_style(style), "jrtune/report/page/bad.css")
    assert [line.split(" ")[1] for line in lines] == ["surest:", "told-line:", "twin:", "origin-ink:"]
    markup = '<p>kept</p>\n<dl class="told">{% for x in ledger %}{{ x.surest }} asked{% endfor %}</dl>'
    lines = findings(names_of_markup(markup), "jrtune/report/page/bad.html.j2")
    assert [line.split(" ")[1] for line in lines] == ["told:", "ledger:", "surest:"]
    assert lines[0].startswith("jrtune/report/page/bad.html.j2:2 ")


def test_the_checker_reads_texts():
    text = "The surest has\nmean\nfigures; a figure of the report, Whole numbers; losersome"
    assert findings_in_text(text, "a.md") == [
        "a.md:1 surest: robust, stable, certain",
        "a.md:3 Whole numbers: integer",
        "a.md:2 mean\nfigures: value, metric",
    ]


@pytest.mark.parametrize(
    ("name", "file", "count"),
    [
        (Name("rows", 1), "jrtune/report/tables/tables.py", 0),  # rows of a table
        (Name("rows", 1), "jrtune/train/loop/curve.py", 1),
        (Name("keepdim", 1), "jrtune/losses/domains.py", 0),
        (Name("TrialRecord", 1, "class"), "jrtune/store/records.py", 0),
        (Name("record", 1, "module"), "jrtune/search/ask/record.py", 1),
        (Name("PageFigure", 1, "class"), "jrtune/report/figures/figure.py", 0),
        (Name("TestFigure", 1, "class"), "jrtune/export/schema.py", 1),
        (Name("Each", 1, "class"), "jrtune/train/vmapped/each.py", 1),
        (Name("each", 1), "jrtune/train/executors/sizing.py", 0),
        (Name("tell", 1), "jrtune/search/ask/trial_end.py", 0),
        (Name("tell", 1), "jrtune/search/run/progress.py", 1),
        (Name("is-whole-number", 1), "jrtune/cli/app.py", 1),
        (Name("origin", 1), "jrtune/store/tables.py", 1),
    ],
)
def test_a_word_is_retired_where_the_table_says(name, file, count):
    assert len(findings([name], file)) == count


def test_the_schema_walk_reaches_nested_keys():
    nested = {"properties": {"a": {"items": [{"properties": {"b": {}}}]}}}
    schema = nested | {"$defs": {"C": {"properties": {"d": {}}}}}
    assert set(keys_of(schema)) == {"a", "b", "d"}


def test_no_word_is_both_retired_and_to_be_used():
    rows = [row for row in RETIRED if row.kind == "any" and not row.where]
    retired = {word for row in rows for word in row.words.split()}
    used = {word for row in RETIRED for word in row.now.replace(",", " ").replace(";", " ").split()}
    assert retired & used <= {"figure"}  # which is said to be a plot


def test_every_allowance_is_used():
    """An allowance that nothing needs any more is taken out."""
    unused = []
    for row in ALLOWED:
        files = [file for file in FILES if Path(file).is_relative_to(row.where)]
        names = {name.text for file in files for name in names_of(tree_of(file))}
        texts = " ".join(names).lower() if row.words else names
        unused += [f"{name} in {row.where}" for name in row.names.split() if name not in texts]
    assert unused == []
