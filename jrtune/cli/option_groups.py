"""Groups of options that several commands share, each written once."""

# Typer reads annotations as they stand: no `from __future__ import annotations` here
import functools
import inspect
from collections.abc import Callable
from typing import Any

Command = Callable[..., None]


def with_options(parse: Callable[..., object], name: str, *, first: bool) -> Callable[[Command], Command]:
    """Gives a command the options of a function in place of the parameter that is the function's result.

    Typer reads options off a signature, so the command gets one that holds them all.

    Args:
        parse: its parameters are the options; it is called with their values.
        name: the command's parameter.
        first: whether help shows these options before the command's own.
    """
    options = dict(inspect.signature(parse).parameters)

    def decorate(command: Command) -> Command:
        own = dict(inspect.signature(command, eval_str=True).parameters)
        del own[name]

        @functools.wraps(command)
        def called(**values: Any) -> None:
            result = parse(**{option: values.pop(option) for option in options})
            command(**{name: result}, **values)

        groups = [options, own] if first else [own, options]
        parameters = [parameter for group in groups for parameter in group.values()]
        signature = inspect.Signature([p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in parameters])
        called.__signature__ = signature  # type: ignore[attr-defined]
        called.__annotations__ = {p.name: p.annotation for p in parameters}
        return called

    return decorate
