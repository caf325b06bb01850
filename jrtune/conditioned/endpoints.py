"""Networks that are conditioned on the weighting, as a stack: a member's parameters are T ends."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from jrtune.losses.jacobian import Sparsity
from jrtune.train.loop.member import Keys, Member
from jrtune.train.loop.problem import Problem
from jrtune.train.stacked.stack import Gradients, Stack
from jrtune.train.vmapped.vmap_or_loop import Tensors


class Endpoints(Stack):
    """K networks with parameters ``theta_k(w) = sum_t w_t theta_kt`` (:mod:`jrtune.conditioned.network`).

    ``parameters`` is K x (T * N): all of the first end, then of the second. What runs is a stack of the
    networks at the weightings in ``weights``, K x T, another one at each step.
    """

    def __init__(self, problem: Problem, members: Sequence[Member], keys: Keys, sparsity: Sparsity) -> None:
        super().__init__(problem, members, keys, sparsity)
        terms = self.weights.shape[1]
        self.parameters = self.parameters.repeat(1, terms)
        self.model_size *= terms

    def gradients(
        self,
        parameters: Tensor,
        state: Tensors,
        weights: Tensor,
        keys: Tensor,
        batch: Tensors,
        own: bool,
        measure: bool = False,
    ) -> Gradients:
        """As :meth:`Stack.gradients`: an end's gradient is the network's, times the end's weight."""
        mixed = self.mixed(parameters, weights)
        found = super().gradients(mixed, state, weights, keys, batch, own, measure)
        return found._replace(values=(weights[:, :, None] * found.values[:, None]).flatten(1))

    def mixed(self, parameters: Tensor, weights: Tensor) -> Tensor:
        """The parameters at a weighting for each member, K x T, as those of a plain stack, K x N."""
        # no matrix product: autocast would round the parameters themselves
        return (weights[:, :, None] * parameters.view(len(parameters), weights.shape[1], -1)).sum(dim=1)

    def at(self, parameters: Tensor, weightings: Tensor) -> tuple[Tensor, Tensors]:
        """Parameters and state of every member at each of W weightings, a member's together.

        Args:
            parameters: of the K members, K x (T * N).
            weightings: W x T.

        Returns:
            (K * W) x N, and name -> (K * W) x ....
        """
        count = len(weightings)
        repeated = parameters.repeat_interleave(count, dim=0)
        state = {name: tensor.repeat_interleave(count, dim=0) for name, tensor in self.state.items()}
        return self.mixed(repeated, weightings.repeat(len(parameters), 1)), state
