"""Finding the study in a file, and the options that its data takes."""

from __future__ import annotations

import importlib.util
import inspect
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType

from jrtune.errors import InputError, Interrupted, StudyError
from jrtune.spec import Study, Value


def load_study(path: str | Path) -> Study:
    """The one :class:`Study` that a Python file defines, without options.

    Raises:
        StudyError: if the file is missing, cannot be imported, or holds no study or several.
    """
    return configured(path, {})[0]


def configured(
    path: str | Path, settings: Sequence[str] | Mapping[str, Value]
) -> tuple[Study, dict[str, Value]]:
    """The study of a file with its options, and the options.

    Options go to the study's ``data``. Where loss terms or objectives depend on them, a file defines a
    function ``study`` in place of a study: options are its keyword parameters, and it returns the study.

    Args:
        path: the file.
        settings: ``NAME=VALUE`` texts, or options that were parsed before.

    Returns:
        The study, whose ``data`` needs no more options; the options by name.

    Raises:
        StudyError: as :func:`load_study`, and for settings that the study does not know or cannot use.
    """
    found = _found(Path(path))
    options = dict(settings) if isinstance(settings, Mapping) else parse_options(found, settings)
    if isinstance(found, Study):
        return replace(found, data=partial(found.data, **options)), options
    try:
        made = found(**options)
    except InputError:
        raise
    except (OSError, ValueError) as error:  # of data that it reads
        reason = " ".join(str(error).split())
        raise StudyError(f"cannot make the study of {str(path)!r}: {reason}: check --set") from error
    if not isinstance(made, Study):
        raise StudyError(f"study() in {str(path)!r} must return a jr.Study, got {type(made).__name__}")
    return made, options


def _found(file: Path) -> Study | Callable[..., Study]:
    if not file.is_file():
        raise StudyError(
            f"expected a study file, but there is no file {str(file)!r}: give a path such as studies/x.py"
        )
    if file.suffix != ".py":
        raise StudyError(
            f"expected a Python file that defines a jr.Study, got {str(file)!r}: give a .py file"
        )
    names = vars(_import(file))
    found = {id(v): v for v in names.values() if isinstance(v, Study)}
    if not found and callable(names.get("study")):
        return names["study"]  # type: ignore[no-any-return]
    if len(found) != 1:
        count = f"{len(found)} studies" if found else "no study"
        raise StudyError(
            f"expected one jr.Study in {str(file)!r}, got {count}: write study = jr.Study(...) once"
        )
    return next(iter(found.values()))


def _import(file: Path) -> ModuleType:
    name = f"jrtune_study_{file.stem}"
    specification = importlib.util.spec_from_file_location(name, file)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module  # dataclasses and pickles in the file look their module up
    sys.path.insert(0, str(file.parent.resolve()))  # a study may be a folder of several files
    try:
        specification.loader.exec_module(module)
    except (StudyError, Interrupted):
        raise
    except (Exception, SystemExit) as error:
        place = _line_in(error, file)
        raise StudyError(
            f"cannot import {str(file)!r}{place}: {type(error).__name__}: {error}: fix the file"
        ) from error
    finally:
        sys.path.pop(0)
    return module


def _line_in(error: BaseException, file: Path) -> str:
    name = os.path.abspath(file)  # as importlib has it
    if isinstance(error, SyntaxError) and error.filename == name:
        return f", line {error.lineno}"
    lines, trace = [], error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == name:
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    return f", line {lines[-1]}" if lines else ""


def parse_options(study: Study | Callable[..., Study], settings: Sequence[str]) -> dict[str, Value]:
    """``["data=x", "size=8"]`` as keywords, each typed as the parameter's default.

    Args:
        study: what takes them: a study, whose ``data`` it is, or what makes one.
        settings: texts.

    Raises:
        StudyError: for text that is not NAME=VALUE, an unknown name, or a value of another type.
    """
    if isinstance(study, Study):
        known, who = study.options(), f"study {study.name!r}"
    else:
        known, who = dict(inspect.signature(study).parameters), "this study"
    options: dict[str, Value] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise StudyError(
                f"--set expects NAME=VALUE, got {setting!r}: write for example {name or 'NAME'}=VALUE"
            )
        if name not in known:
            names = ", ".join(known) or "none"
            raise StudyError(f"--set does not know {name!r}; {who} knows: {names}")
        options[name] = _typed(name, text, known[name])
    return options


def _typed(name: str, text: str, parameter: inspect.Parameter) -> Value:
    default = parameter.default
    if isinstance(default, bool):
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if text.lower() not in words:
            raise StudyError(f"--set {name} expects true or false, got {text!r}")
        return words[text.lower()]
    if isinstance(default, int | float):
        try:
            return type(default)(text)
        except ValueError:
            kind = "an integer" if isinstance(default, int) else "a number"
            raise StudyError(f"--set {name} expects {kind}, got {text!r}") from None
    return text
