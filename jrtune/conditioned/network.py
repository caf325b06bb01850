"""One network for every weighting: its trade-off is chosen when it is used."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call

TOLERANCE = 1e-6  # of the sum of weights that were written down as decimals


class Conditioned(nn.Module):
    """A network whose parameters are ``theta(w) = sum_t w_t theta_t``: a point between T ends.

    Dimitriadis, Frossard & Fleuret 2023 (PaMaL, "Pareto Manifold Learning", section 3). They begin at T
    different networks, here all ends begin at the given one. Train it by :func:`jrtune.train_conditioned`;
    :meth:`at` then gives an ordinary network. It holds T times the parameters, and a step costs that of the
    network and the mixing. ``state_dict`` holds all of it.

    ``ends`` is one matrix, T x N, of all N numbers that are learnt: an optimizer passes over one tensor
    faster than over many. Buffers are shared by all weightings, so there must be none that training changes
    (batch norm).

    Args:
        model: the network; it is copied.
        terms: names of the T loss terms.

    Examples:
        >>> net = jr.Conditioned(jr.models.MLP([4, 8, 2]), ["digit", "edge"])
        >>> network = net.at({"digit": 0.7, "edge": 0.3})  # an ordinary nn.Module
        >>> network(torch.zeros(5, 4)).shape
        torch.Size([5, 2])
    """

    def __init__(self, model: nn.Module, terms: Sequence[str]) -> None:
        super().__init__()
        self.terms = tuple(terms)
        # what is trained once only: buffers and frozen parameters; the ends stand for all others
        self.model = copy.deepcopy(model)
        learnt = {name: p for name, p in self.model.named_parameters() if p.requires_grad}
        self.shapes = {name: p.shape for name, p in learnt.items()}
        row = torch.cat([p.detach().flatten() for p in learnt.values()])
        self.endpoints = nn.Parameter(row.repeat(len(self.terms), 1))
        self.model.requires_grad_(False)

    def forward(self, batch: object, weights: Tensor) -> object:
        """The network's outputs of a batch at a weighting, T numbers that sum to one."""
        return functional_call(self.model, self.mixed(weights), (batch,))

    def mixed(self, weights: Tensor) -> dict[str, Tensor]:
        """Name -> parameter at a weighting, T numbers."""
        # no matrix product: autocast would round the parameters themselves
        row = (weights[:, None] * self.endpoints).sum(dim=0)
        parts = torch.split(row, [shape.numel() for shape in self.shapes.values()])
        return {n: part.view(shape) for part, (n, shape) in zip(parts, self.shapes.items(), strict=True)}

    def at(self, weights: Mapping[str, float]) -> nn.Module:
        """The network of one trade-off: an ordinary module, trained, that knows nothing of this one.

        Raises:
            ValueError: unless there is a weight >= 0 for each term and they sum to one.
        """
        if set(weights) != set(self.terms) or not all(w >= 0 for w in weights.values()):
            raise ValueError(f"expected weights >= 0 for {', '.join(self.terms)}, got {dict(weights)}")
        if abs(math.fsum(weights.values()) - 1) > TOLERANCE:
            raise ValueError(f"weights must sum to 1, got {dict(weights)}: divide by their sum")
        point = self.endpoints.new_tensor([weights[term] for term in self.terms])
        network = copy.deepcopy(self.model)
        with torch.no_grad():
            named = dict(network.named_parameters())
            for name, parameter in self.mixed(point).items():
                named[name].copy_(parameter)
                named[name].requires_grad_(True)
        return network.eval()
