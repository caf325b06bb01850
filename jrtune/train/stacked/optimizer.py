"""The optimizers of :mod:`jrtune.train.loop.optimizers` for K members at once: they learn a matrix, K x N.

The numbers are those of one optimizer a member, to rounding. A pass over the K x N numbers is what a step
costs, so there are as few as can be: three each. Nothing here waits for the device or branches on a value
there, so a step can be captured in a CUDA graph.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.optim.adamw import adamw

from jrtune.spec import Training
from jrtune.train.loop.optimizers import BETA1, BETA2, EPSILON

LANES = 64
"""A multiple of how many numbers a processor's vector instructions take at once."""


class StackedOptimizer(ABC):
    """An optimizer of K members' parameters, each member with choices of its own.

    Its constructors take the numbers to be learnt, K x N; how many of the N, the first M, belong to the
    model and are decayed (the others belong to a balancing method); and each member's choices, K x 1.
    """

    @abstractmethod
    def step(self, parameters: Tensor, grads: Tensor, rates: Tensor) -> None:
        """One step, in place.

        Args:
            parameters: the numbers to be learnt, K x N.
            grads: their gradients, K x N, contiguous, zero where plain training would give none.
            rates: learning rates, K x 1 (a pass less) or K x N; 0 leaves a number as it is, undecayed.
        """

    @abstractmethod
    def select(self, members: Tensor) -> None:
        """Selects these members (indices), which go on unchanged; all others are forgotten."""

    @abstractmethod
    def tensors(self) -> list[Tensor]:
        """Tensors that a step changes beside the parameters."""


class StackedAdamW(StackedOptimizer):
    """AdamW (Loshchilov & Hutter 2019, algorithm 2).

    torch's fused kernel takes one learning rate for all, so it is given a matrix of its own at rate one,
    which begins as the decay, ``-weight_decay * parameters``; what it makes of that is then multiplied by
    each member's rate and added to the parameters.
    """

    def __init__(self, parameters: Tensor, model_size: int, weight_decay: Tensor) -> None:
        self.model_size, self.decay_K1 = model_size, -weight_decay
        self.counts = [torch.zeros((), dtype=torch.float32, device=parameters.device) for _ in range(2)]
        self._hold(torch.zeros_like(parameters), torch.zeros_like(parameters))

    def _hold(self, means: Tensor, squares: Tensor) -> None:
        self.means, self.squares = _Padded(means), _Padded(squares)
        self.change = _Padded(torch.zeros_like(means))
        self.end_of_grads = torch.zeros_like(self.change.end)

    def step(self, parameters: Tensor, grads: Tensor, rates: Tensor) -> None:
        """See :meth:`StackedOptimizer.step`."""
        change_KN, M = self.change.matrix, self.model_size
        torch.mul(parameters[:, :M], self.decay_K1, out=change_KN[:, :M])
        change_KN[:, M:].zero_()
        self._descend(grads)
        parameters.addcmul_(change_KN, rates)

    def _descend(self, grads: Tensor) -> None:
        """Adds the step of AdamW at rate one to the change."""
        flat = grads.view(-1)
        whole = len(self.change.whole)
        self.end_of_grads[: len(flat) - whole] = flat[whole:]
        adamw(
            [self.change.whole, self.change.end],
            [flat[:whole], self.end_of_grads],
            [self.means.whole, self.means.end],
            [self.squares.whole, self.squares.end],
            [],
            self.counts,
            fused=True,
            amsgrad=False,
            beta1=BETA1,
            beta2=BETA2,
            lr=1.0,
            weight_decay=0.0,
            eps=EPSILON,
            maximize=False,
        )

    def select(self, members: Tensor) -> None:
        """See :meth:`StackedOptimizer.select`."""
        self.decay_K1 = self.decay_K1[members]
        self._hold(self.means.matrix[members], self.squares.matrix[members])

    def tensors(self) -> list[Tensor]:
        """See :meth:`StackedOptimizer.tensors`."""
        return [self.means.matrix, self.squares.matrix, *self.counts]


class StackedSGD(StackedOptimizer):
    """SGD with momentum and L2 weight decay: see :class:`jrtune.train.loop.optimizers.SGD`."""

    def __init__(self, parameters: Tensor, model_size: int, weight_decay: Tensor, momentum: Tensor) -> None:
        self.model_size, self.decay_K1, self.momentum_K1 = model_size, weight_decay, momentum
        self.sums_KN = torch.zeros_like(parameters)

    def step(self, parameters: Tensor, grads: Tensor, rates: Tensor) -> None:
        """See :meth:`StackedOptimizer.step`."""
        M = self.model_size
        torch.addcmul(grads, self.sums_KN, self.momentum_K1, out=self.sums_KN)
        self.sums_KN[:, :M].addcmul_(parameters[:, :M], self.decay_K1)
        parameters.addcmul_(self.sums_KN, rates, value=-1)

    def select(self, members: Tensor) -> None:
        """See :meth:`StackedOptimizer.select`."""
        self.decay_K1, self.momentum_K1 = self.decay_K1[members], self.momentum_K1[members]
        self.sums_KN = self.sums_KN[members]

    def tensors(self) -> list[Tensor]:
        """See :meth:`StackedOptimizer.tensors`."""
        return [self.sums_KN]


def make_stacked_optimizer(
    trainings: Sequence[Training], parameters: Tensor, model_size: int
) -> StackedOptimizer:
    """The optimizer of K members, all of which name the same one.

    Args:
        trainings: each member's.
        parameters: K x N, learnt; the optimizer's state takes their shape, type and device.
        model_size: M: number of the N numbers, the first ones, that belong to the model.
    """
    names = {training.optimizer for training in trainings}
    assert len(names) == 1, f"one optimizer for all members, got {', '.join(sorted(names))}"
    decay_K1 = parameters.new_tensor([[t.weight_decay] for t in trainings])
    if names == {"sgd"}:
        return StackedSGD(
            parameters, model_size, decay_K1, parameters.new_tensor([[t.momentum] for t in trainings])
        )
    return StackedAdamW(parameters, model_size, decay_K1)


def clip_gradients(grads: Tensor, limits: Tensor) -> None:
    """Scales each row, in place, to its greatest norm, as torch.nn.utils.clip_grad_norm_ does.

    Args:
        grads: gradients of the models' own parameters, K x M; a balancing method's are not clipped.
        limits: greatest norm of each row, K; 0 leaves the row as it is.
    """
    norms_K = torch.linalg.vector_norm(grads, dim=1)
    factors_K = (limits / (norms_K + 1e-6)).clamp(max=1.0)
    grads.mul_(torch.where(limits > 0, factors_K, 1.0)[:, None])


class _Padded:
    """A K x N matrix in memory of whole vectors.

    The fused kernel rounds what is left over after the last whole vector otherwise than the rest. With
    zeros behind it, nothing is left over: a number's steps do not depend on its index in the matrix.

    Attributes:
        matrix: K x N.
        whole, end: the memory in two parts; ``end`` is of ``LANES`` numbers, the last of them zeros.
    """

    def __init__(self, matrix: Tensor) -> None:
        whole = matrix.numel() // LANES * LANES
        memory = matrix.new_zeros(whole + LANES)
        self.matrix = memory[: matrix.numel()].view_as(matrix)
        self.matrix.copy_(matrix)
        self.whole, self.end = memory[:whole], memory[whole:]
