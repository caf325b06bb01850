"""Study files: found, refused with the line that is wrong; options by the types of their defaults."""

import os
import sys
from pathlib import Path

import pytest
from strategies import a_study

from jrtune.errors import StudyError
from jrtune.spec.study_file import configured, load_study, parse_options

STUDY = """
import jrtune as jr
{name} = jr.Study(
    name="{name}", data=lambda: {{}}, model=lambda: None,
    losses={{"a": len}}, objectives={{"score": jr.maximize(len)}},
)
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return tmp_path


def refused(path, message):
    before = list(sys.path)
    with pytest.raises(StudyError, match=message):
        load_study(path)
    assert sys.path == before


@pytest.mark.parametrize("form", [str, Path, os.path.abspath, lambda name: f"./{name}"])
def test_the_one_study_is_found_under_any_name(here, form):
    Path("file.py").write_text(STUDY.format(name="mine") + "alias = mine\n")
    assert load_study(form("file.py")).name == "mine"


def test_a_study_may_import_what_lies_beside_it(here):
    Path("folder").mkdir()
    Path("folder/beside.py").write_text(STUDY.format(name="shared"))
    Path("folder/study.py").write_text("from beside import shared\n")
    assert load_study("folder/study.py").name == "shared"
    sys.modules.pop("beside")


def test_what_is_no_study_file_is_refused(here):
    Path("folder.py").mkdir()
    Path("notes.txt").write_text(STUDY.format(name="mine"))
    Path("empty.py").write_text("")
    Path("two.py").write_text(STUDY.format(name="one") + STUDY.format(name="other"))
    refused("missing.py", "expected a study file, but there is no file 'missing.py'")
    refused("folder.py", "there is no file 'folder.py'")
    refused("notes.txt", "expected a Python file that defines a jr.Study, got 'notes.txt': give a .py file")
    refused("empty.py", "expected one jr.Study in 'empty.py', got no study")
    refused("two.py", "expected one jr.Study in 'two.py', got 2 studies")


@pytest.mark.parametrize("form", [str, os.path.abspath])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\ny = = 2\n", "line 2: SyntaxError: invalid syntax"),
        ("x = 1\n\nx / 0\n", "line 3: ZeroDivisionError: division by zero: fix the file"),
        ("def f():\n    return {}['a']\n\nf()\n", "line 2: KeyError: 'a'"),
        ("import no_such_module\n", "line 1: ModuleNotFoundError: No module named 'no_such_module'"),
        ("\nraise SystemExit(3)\n", "line 2: SystemExit: 3"),
        ("\nimport json\njson.loads('{')\n", "line 3: JSONDecodeError"),
    ],
)
def test_the_line_that_fails_is_named(here, form, text, message):
    Path("bad.py").write_text(text)
    refused(form("bad.py"), rf"cannot import '.*bad.py', {message}")


def test_a_syntax_error_elsewhere_names_the_line_that_imports_it(here):
    Path("broken_helper.py").write_text("\n\n\nx = = 1\n")
    Path("study.py").write_text("\nimport broken_helper\n")
    refused("study.py", r"'study.py', line 2: SyntaxError: .*\(broken_helper.py, line 4\)")


def test_bytes_that_are_no_text_are_refused(here):
    Path("latin.py").write_bytes(b"name = '\xff'\n")
    refused("latin.py", "cannot import 'latin.py', line 1: SyntaxError: .*can't decode byte 0xff")


def test_a_study_that_contradicts_itself_keeps_its_message(here):
    Path("bad.py").write_text(STUDY.format(name="mine").replace("len}", "0}", 1))
    refused("bad.py", r"^losses\['a'\] must be a function, got 0$")


# --- --set -----------------------------------------------------------------------------------


def load(data="digits", size=8, noise=0.1, flip=False, limit=None):
    return {}


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("data=x", "x"),
        ("data=", ""),
        ("data=a=b", "a=b"),
        ("size=12", 12),
        ("size=-1", -1),
        ("noise=3", 3.0),
        ("noise=1e-3", 0.001),
        ("flip=true", True),
        ("flip=NO", False),
        ("flip=1", True),
        ("flip=0", False),
        ("limit=7", "7"),
    ],
)
def test_an_option_has_the_type_of_its_default(setting, value):
    options = parse_options(a_study(data=load), [setting])
    assert options == {setting.partition("=")[0]: value}
    assert type(next(iter(options.values()))) is type(value)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("size", "expects NAME=VALUE, got 'size': write for example size=VALUE"),
        ("", "expects NAME=VALUE, got '': write for example NAME=VALUE"),
        ("sise=3", "does not know 'sise'; study 'small' knows: data, size, noise, flip, limit"),
        ("=3", "does not know ''; study 'small' knows"),
        ("size=1.5", "--set size expects an integer, got '1.5'"),
        ("size=", "--set size expects an integer, got ''"),
        ("noise=much", "--set noise expects a number, got 'much'"),
        ("flip=maybe", "--set flip expects true or false, got 'maybe'"),
    ],
)
def test_an_option_that_cannot_be_is_refused(setting, message):
    with pytest.raises(StudyError, match=message):
        parse_options(a_study(data=load), [setting])


def test_a_study_without_options_says_so():
    with pytest.raises(StudyError, match="study 'small' knows: none"):
        parse_options(a_study(), ["size=3"])


def test_the_last_of_two_settings_counts():
    assert parse_options(a_study(data=load), ["size=1", "noise=2", "size=3"]) == {"size": 3, "noise": 2.0}


MAKER = """
import jrtune as jr
def study(terms: int = 2):
    return {returned}
"""
MADE = """jr.Study(
    name=f"of-{terms}", data=lambda: {}, model=lambda: None,
    losses={f"f{i}": len for i in range(terms)}, objectives={"score": jr.maximize(len)},
)"""


def test_a_function_may_make_the_study(here):
    Path("made.py").write_text(MAKER.format(returned=MADE))
    assert load_study("made.py").name == "of-2"
    study, options = configured("made.py", ["terms=3"])
    assert (study.name, list(study.losses), options) == ("of-3", ["f0", "f1", "f2"], {"terms": 3})
    assert configured("made.py", options)[0].describe() == study.describe()
    with pytest.raises(StudyError, match="does not know 'n'; this study knows: terms"):
        configured("made.py", ["n=3"])


def test_options_of_a_study_go_to_its_data(here):
    Path("file.py").write_text(STUDY.format(name="mine").replace("lambda: {}", "lambda size=1: {'x': size}"))
    study, options = configured("file.py", ["size=4"])
    assert (study.data(), options) == ({"x": 4}, {"size": 4})


def test_data_that_a_function_cannot_use_are_refused_in_one_line(here):
    Path("made.py").write_text(MAKER.format(returned="int('x' * terms)"))
    refused("made.py", r"cannot make the study of 'made.py': invalid literal .*: check --set")


def test_a_function_that_makes_no_study_is_refused(here):
    Path("made.py").write_text(MAKER.format(returned="terms"))
    refused("made.py", r"study\(\) in 'made.py' must return a jr.Study, got int")
