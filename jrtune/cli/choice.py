"""The options by which commands choose one trial, and the rule that they give; written once for all."""

# Typer reads these annotations as they stand: no `from __future__ import annotations` here
from typing import TYPE_CHECKING, Annotated

import typer

from jrtune.cli.numbers import integer
from jrtune.cli.option_groups import with_options
from jrtune.errors import InputError

if TYPE_CHECKING:
    from jrtune.analysis.select.selection_rules import Rule


def parse_rule(
    knee: Annotated[bool, typer.Option("--knee", help="The knee of the front (default).")] = False,
    prefer: Annotated[
        str | None, typer.Option(metavar="A=0.7,B=0.3", help="Preference over the objectives.")
    ] = None,
    topsis: Annotated[
        str | None,
        typer.Option(metavar="equal|A=0.7,B=0.3", help="Near the best, far from the worst: TOPSIS."),
    ] = None,
    reference: Annotated[
        str | None, typer.Option(metavar="A=0.9,B=0.8", help="Values wished for: the nearest, or beyond.")
    ] = None,
    at_least: Annotated[
        str | None, typer.Option(metavar="A=0.95", help="Limits; at most, where minimised.")
    ] = None,
    best: Annotated[str | None, typer.Option(metavar="B", help="What decides within the limits.")] = None,
    beats_single: Annotated[
        bool, typer.Option("--beats-single", help="The most certain to match every single-task model.")
    ] = False,
    robust: Annotated[
        bool, typer.Option("--robust", help="The most stable on the front over seeds.")
    ] = False,
    trial: Annotated[int | None, integer("--trial", "A trial by its number.")] = None,
) -> "Rule | int":
    """The rule that the options give, or a trial's number; the knee where none is given.

    Raises:
        InputError: for text that is not NAME=NUMBER,..., or several rules.
    """
    from jrtune.analysis.select.make_rule import EQUALLY, make_rule

    return make_rule(
        knee=knee,
        prefer=_pairs("--prefer", prefer),
        topsis=EQUALLY if topsis == EQUALLY else _pairs("--topsis", topsis, f"{EQUALLY} or "),
        reference=_pairs("--reference", reference),
        at_least=_pairs("--at-least", at_least),
        best=best,
        beats_single=beats_single,
        robust=robust,
        trial=trial,
    )


chooses = with_options(parse_rule, "rule", first=True)
"""Gives a command the options of :func:`parse_rule` in place of its parameter ``rule``."""


def _pairs(option: str, text: str | None, otherwise: str = "") -> dict[str, float] | None:
    if text is None:
        return None
    pairs: dict[str, float] = {}
    for part in text.split(","):
        name, _, number = part.partition("=")
        try:
            value = float(number)
        except ValueError:
            raise InputError(
                f"{option} expects {otherwise}NAME=NUMBER,..., got {part!r}: write for example accuracy=0.7"
            ) from None
        if (name := name.strip()) in pairs:
            raise InputError(f"{option} expects each objective once, got {name!r} twice: leave one out")
        pairs[name] = value
    return pairs
