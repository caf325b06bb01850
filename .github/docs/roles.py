"""Docstrings as the reference shows them: Sphinx roles become links to public names, or code."""

from __future__ import annotations

import re
from typing import Any

import griffe

ROLE = re.compile(r":(?:class|func|meth|mod|attr|exc|data):`~?(?P<name>[\w.]+)`")
MODULES = ("losses", "metrics", "models", "data", "integrations")


class Roles(griffe.Extension):
    """Rewrites each docstring of the package once all of it is loaded."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Rewrite the docstrings of a package."""
        places = {name: f"{pkg.path}.{name}" for name in pkg.exports or ()}
        for module in MODULES:
            path = f"{pkg.path}.{module}"
            places |= {name: f"{path}.{name}" for name in pkg[module].exports or ()}
        self._rewrite(pkg, {**places, **{path.partition(".")[2]: path for path in places.values()}})

    def _rewrite(self, thing: griffe.Object, places: dict[str, str]) -> None:
        def link(match: re.Match[str]) -> str:
            name = match["name"].removeprefix("jrtune.").removeprefix("jr.")
            short = name.rpartition(".")[2]
            return f"[`{short}`][{places[name]}]" if name in places else f"`{short}`"

        if thing.docstring:
            text = ROLE.sub(link, thing.docstring.value)
            thing.docstring.value = re.sub(r"::(\n\n {4})", r":\1", text)
        for member in thing.members.values():
            if not member.is_alias:
                self._rewrite(member, places)
