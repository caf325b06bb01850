"""ES modules joined into one script, each in a function of its own; no bundler, no network.

Understood of the language: ``import { a, b as c } from "./name.js"`` and ``export`` before a const, a
function or a class, both at the start of a line. Anything else of imports and exports is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import PurePosixPath

IMPORT = re.compile(r'^import\s*\{([^}]*)\}\s*from\s*"([^"]+)";?[ \t]*$', re.MULTILINE)
EXPORT = re.compile(r"^export\s+(?=(?:async\s+)?(?:const|function|class)\s+([\w$]+))", re.MULTILINE)
LEFT = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


class JoinError(Exception):
    """A module that cannot be joined: a mistake in the package, never of a user."""


def join(sources: Mapping[str, str], entry: str) -> str:
    """The entry and all that it imports, directly or not, as one script; imported modules come first.

    ``modules`` holds what each of them exports, by the module's name.

    Args:
        sources: module's name, without folder and ``.js`` -> its text.
        entry: the module that starts the rest.

    Raises:
        JoinError: for an unknown module or name, a cycle, or a statement that is not understood.
    """
    graph: dict[str, list[str]] = {}
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if name not in graph:
            graph[name] = [module for module, _ in _imports(name, sources)]
            waiting += graph[name]
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise JoinError(f"modules import one another in a circle: {' <- '.join(error.args[1])}") from error
    return "\n".join(['"use strict";\nconst modules = {};', *(_wrapped(name, sources) for name in order)])


def _imports(name: str, sources: Mapping[str, str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Each imported module with pairs of an exported name and what it is called here."""
    found = []
    for names, path in IMPORT.findall(sources[name]):
        module = PurePosixPath(path).stem
        if module not in sources:
            raise JoinError(f"{name}.js imports from {path}, which is no module of the page")
        pairs = [_pair(item) for item in names.split(",") if item.strip()]
        unknown = [there for there, _ in pairs if there not in EXPORT.findall(sources[module])]
        if unknown:
            raise JoinError(f"{name}.js imports {', '.join(unknown)}, which {path} does not export")
        found.append((module, pairs))
    return found


def _pair(item: str) -> tuple[str, str]:
    there, _, here = item.partition(" as ")
    return there.strip(), here.strip() or there.strip()


def _wrapped(name: str, sources: Mapping[str, str]) -> str:
    """The module as a function that is called at once and returns what is exported."""
    lines = []
    for module, pairs in _imports(name, sources):
        names = ", ".join(there if there == here else f"{there}: {here}" for there, here in pairs)
        lines.append(f"const {{ {names} }} = modules.{module};")
    body = EXPORT.sub("", IMPORT.sub("", sources[name])).strip()
    if left := LEFT.search(body):
        raise JoinError(f"{name}.js: '{left.group()}' is not understood; see jrtune/report/page/join.py")
    exported = ", ".join(EXPORT.findall(sources[name]))
    return "\n".join([f"modules.{name} = (() => {{", *lines, body, f"return {{ {exported} }};", "})();"])
