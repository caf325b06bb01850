"""A function of one member, applied to each of a stack."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import vmap

from jrtune.errors import Interrupted
from jrtune.train.loop.device import is_out_of_memory

Tensors = dict[str, Tensor]


class VmapOrLoop:
    """A function of one member, applied to each: by vmap where that can be done, else one after another.

    Losses and metrics may look at the values of outputs (a mask, a sort in numpy), which vmap cannot.

    Args:
        function: of one member's arguments; gives a tensor or a number.
    """

    def __init__(self, function: Callable[..., Tensor | float]) -> None:
        self.function = function
        self.looped = False

    def __call__(self, *args: Tensor | Tensors, in_dims: tuple[int | None, ...]) -> Tensor:
        """The results, K x ...; ``in_dims`` as vmap takes them."""
        if not self.looped:
            try:
                found = vmap(self.function, in_dims=in_dims, randomness="error")(*args)
            except Exception as error:  # whatever it was: where the function is at fault, the loop says so
                if isinstance(error, Interrupted) or is_out_of_memory(error):
                    raise
                self.looped = True
            else:
                assert isinstance(found, Tensor)
                return found
        size = next(len(_first(arg)) for arg, dim in zip(args, in_dims, strict=True) if dim == 0)
        results = [
            self.function(*[_select(a, k) if dim == 0 else a for a, dim in zip(args, in_dims, strict=True)])
            for k in range(size)
        ]
        return torch.stack(
            [r if isinstance(r, Tensor) else torch.tensor(float(r), dtype=torch.float64) for r in results]
        )


def _first(argument: Tensor | Tensors) -> Tensor:
    return argument if isinstance(argument, Tensor) else next(iter(argument.values()))


def _select(argument: Tensor | Tensors, k: int) -> Tensor | Tensors:
    return argument[k] if isinstance(argument, Tensor) else {n: t[k] for n, t in argument.items()}
