"""A network of an existing project, called as the trainer calls a study's."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping

from torch import Tensor, nn

from jrtune.errors import StudyError
from jrtune.integrations.parts import put_together
from jrtune.spec import Entry

Call = Callable[..., object]
"""(module, batch as the loader gives it) -> outputs, from which losses are computed."""

HOOKS = ("forward_pre_hooks", "forward_hooks", "backward_pre_hooks", "backward_hooks")
"""Hooks of a module, which run besides ``forward`` when it is called."""


def first_of(module: Callable[..., object], batch: object) -> object:
    """Calls a module with the batch, of a tuple or a list with its first entry: the rest are targets."""
    return module(batch[0] if isinstance(batch, tuple | list) else batch)


def checked_call(call: Call | None) -> Call:
    """``call``, or :func:`first_of` where it is None.

    Raises:
        StudyError: where it is no function.
    """
    if call is not None and not callable(call):
        raise StudyError(
            f"call must be a function (module, batch) -> outputs, got {call!r}: give one or none"
        )
    return call or first_of


class Joined:
    """Replacement of a module's ``forward``: dict of tensors in, dict of tensors out.

    It takes its place rather than wrapping the module, so that parameters keep the names that they have in
    the project: exported ones load there as they are. While the project's call runs, ``forward`` is the
    module's own again, for training steps call ``self(x)``.

    Args:
        module: the network.
        call: the project's way of calling it.
        name_outputs: (its outputs, batch by name) -> name -> tensor.

    Raises:
        StudyError: where the module has hooks of its own: both calls run them, the trainer's with the dict.
    """

    def __init__(
        self,
        module: nn.Module,
        call: Call,
        name_outputs: Callable[..., dict[str, Tensor]],
    ) -> None:
        if found := [name for name in HOOKS if getattr(module, f"_{name}")]:
            raise StudyError(
                f"expected a network without hooks of its own, got {type(module).__name__} with "
                f"{', '.join(found)}, which would see the trainer's batches too: register them on a module "
                "inside of it"
            )
        self.module, self.call, self.name_outputs = module, call, name_outputs

    def forward(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Outputs of a batch, each by its name."""
        del self.module.forward
        try:
            return self.name_outputs(self.call(self.module, put_together(batch)), batch)
        finally:
            self.module.forward = self.forward


def builder_of(
    model: nn.Module | Callable[..., nn.Module],
    space: Mapping[str, Entry],
    join: Callable[[nn.Module], nn.Module],
) -> Callable[..., nn.Module]:
    """Returns the builder of a candidate's network from the choices that ``model`` takes.

    Args:
        model: a class or function that makes a new network, or a network: each candidate begins as a copy.
        space: its entries are passed to it.
        join: makes the trainer call the network rightly.

    Raises:
        StudyError: where it is neither, or needs an argument that the space does not give.
    """
    if isinstance(model, nn.Module):
        return lambda: join(copy.deepcopy(model))
    if not callable(model):
        raise StudyError(f"the model must be a module, a class or a function, got {model!r}: give one")
    signature = inspect.signature(model)
    for name, parameter in signature.parameters.items():
        needed = parameter.default is parameter.empty and parameter.kind not in (
            parameter.VAR_KEYWORD,
            parameter.VAR_POSITIONAL,
        )
        if needed and name not in space:
            raise StudyError(
                f"the model needs {name!r}, which the space does not give: add it to the space, or give "
                "lambda: Model(...)"
            )

    def build(**choices: object) -> nn.Module:
        made = model(**choices)
        return join(made) if isinstance(made, nn.Module) else made

    build.__signature__ = signature  # type: ignore[attr-defined] # which choices it takes
    return build


def name_of(model: object) -> str:
    """The study's name where none is given: that of the class or function."""
    named = type(model) if isinstance(model, nn.Module) else model
    name = getattr(named, "__name__", "")
    return name if name.isidentifier() and not name.startswith("_") else "joined"
