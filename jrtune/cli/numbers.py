"""Options that are numbers: what is none is refused in one line, as every other wrong input is."""

from __future__ import annotations

import math
from collections.abc import Callable

import typer


class NumberRefused(typer.BadParameter):
    """Its message stands by itself; typer's own would not say what came. (Typer swallows a ValueError.)"""


def integer(option: str, help: str, low: float = -math.inf, high: float = math.inf) -> object:
    """An option that is an integer.

    Args:
        option: its name, dashes included.
        help: its description.
        low, high: bounds that nothing else looks after.
    """
    bounds = f" from {low} to {high}" if math.isfinite(high) else ""
    return _number(option, help, "N", int, f"an integer{bounds}", low, high)


def seconds(option: str, help: str) -> object:
    """An option that is a time."""
    return _number(option, help, "SECONDS", float, "seconds", -math.inf, math.inf)


def minutes(option: str, help: str) -> object:
    """An option that is a longer time."""
    return _number(option, help, "MINUTES", float, "minutes", -math.inf, math.inf)


def _number(
    option: str,
    help: str,
    metavar: str,
    read: Callable[[str], float],
    what: str,
    low: float,
    high: float,
) -> object:
    def parse(text: str) -> float:
        try:
            value = read(text)
        except ValueError:
            raise NumberRefused(f"{option} expects {what}, got {text!r}") from None
        if value < low or value > high:
            raise NumberRefused(f"{option} expects {what}, got {value}")
        return value

    return typer.Option(option, parser=parse, metavar=metavar, help=help)
