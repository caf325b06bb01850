"""Meta-learning: a network that is trained to learn a new task from few samples by a few steps of descent.

A sample of the batch is an episode: entries ``support_NAME`` (n x S x ...) hold the samples to learn from,
``query_NAME`` (n x Q x ...) those to be judged by. The learner and the inner loss see one part of one
episode as a batch like any other, with entries NAME.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap

Tensors = dict[str, Tensor]
InnerLoss = Callable[[Mapping[str, Tensor], Mapping[str, Tensor]], Tensor]

SUPPORT, QUERY = "support_", "query_"


class _Adapting(nn.Module):
    """Base of the methods: the learner, and its descent on the support of one episode.

    The inner rate is a buffer, so that candidates with rates of their own train in one cohort. Only
    parameters that require a gradient when this is made are adapted. The learner may draw random numbers,
    but must have no buffers that training changes (batch norm: ``track_running_stats=False``), and no
    recurrent layers of torch's, for which vmap has no rule.

    Args:
        learner: forward(batch) -> dict of tensors, S x ....
        loss: what is descended on the support, (outputs, batch) -> scalar tensor.
        steps: of gradient descent in each episode, on its whole support; 0 for none.
        rate: of these steps.

    Raises:
        ValueError: ``steps`` or ``rate`` cannot be, or the learner has nothing to adapt.
    """

    rate: Tensor

    def __init__(self, learner: nn.Module, loss: InnerLoss, steps: int = 1, rate: float = 0.1) -> None:
        super().__init__()
        if steps < 0 or not rate > 0:
            raise ValueError(f"expected steps from 0 and a rate above 0, got steps={steps}, rate={rate}")
        self.learner, self.loss, self.steps = learner, loss, steps
        # in double precision it is the number that was given, whatever the learner is moved to
        self.register_buffer("rate", torch.tensor(rate, dtype=torch.float64))
        self.names = tuple(name for name, p in learner.named_parameters() if p.requires_grad)
        if not self.names:
            raise ValueError(
                "expected a learner with parameters that require gradients, got none: unfreeze some"
            )

    def start(self) -> Tensors:
        """Name -> parameter from which every episode starts."""
        named = dict(self.learner.named_parameters())
        return {name: named[name] for name in self.names}

    def step(self, parameters: Tensors, support: Tensors, *, constant: bool) -> Tensors:
        """Parameters after one step on one episode's support, S x ....

        Args:
            parameters: name -> where to step from.
            support: the learner's batch.
            constant: True where the step, rate times gradient, counts as a constant of ``parameters``.
        """
        at = {name: p.detach() for name, p in parameters.items()} if constant else parameters
        slope = grad(lambda p: self.loss(self.outputs(p, support), support))(at)
        return {name: p - self.rate * slope[name] for name, p in parameters.items()}

    def outputs(self, parameters: Tensors, batch: Tensors) -> Tensors:
        """The learner's outputs of a batch with these parameters in place of its own."""
        return dict(functional_call(self.learner, parameters, (batch,)))


class MAML(_Adapting):
    """Model-agnostic meta-learning (Finn et al. 2017, algorithms 1 and 2).

    Each episode descends from the shared parameters, ``phi <- phi - rate * grad loss(phi, support)``, and
    gives the outputs of its query at the end. Minimising a loss of them minimises the loss after adaptation
    (Finn et al., eq. 1); the gradient passes through the steps.

    Args:
        learner, loss, steps, rate: forward(batch) -> dict; its loss on the support; how it is descended.
        first_order: take the gradients of the steps for constants (Finn et al. 2017, section 5.2): no
            second derivatives, and memory that does not grow with the steps.

    Raises:
        ValueError: ``steps`` or ``rate`` cannot be, or the learner has nothing to adapt.

    Examples:
        >>> def loss(outputs, batch):
        ...     return (outputs["y"] - batch["y"]).square().mean()
        >>> class Scale(torch.nn.Module):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.a = torch.nn.Parameter(torch.tensor(1.0))
        ...
        ...     def forward(self, batch):
        ...         return {"y": self.a * batch["x"]}
        >>> episode = {"support_x": torch.tensor([[1.0]]), "support_y": torch.tensor([[3.0]])}
        >>> learner = jr.models.MAML(Scale(), loss, rate=0.25)
        >>> outputs = learner({**episode, "query_x": torch.tensor([[10.0, 20.0]])})
        >>> outputs["y"].tolist()  # a = 1 + 0.25 * 2 * (3 - 1) = 2
        [[20.0, 40.0]]
    """

    def __init__(
        self,
        learner: nn.Module,
        loss: InnerLoss,
        steps: int = 1,
        rate: float = 0.1,
        first_order: bool = False,
    ) -> None:
        super().__init__(learner, loss, steps, rate)
        self.first_order = first_order

    def forward(self, batch: Mapping[str, Tensor], steps: int | None = None) -> Tensors:
        """Outputs of each query after adaptation: the learner's, n x Q x ....

        Args:
            batch: n episodes.
            steps: in place of the wrapper's own; 0 for the learner as it stands.
        """
        count, start = self.steps if steps is None else steps, self.start()

        def episode(support: Tensors, query: Tensors) -> Tensors:
            parameters = start
            for _ in range(count):
                parameters = self.step(parameters, support, constant=self.first_order)
            return self.outputs(parameters, query)

        return _over_episodes(episode, batch)


class Reptile(_Adapting):
    """Reptile (Nichol et al. 2018, algorithm 1): move the parameters towards those that each episode ends at.

    ``forward`` gives the outputs of each query at the parameters phi to which its support leads from theta,
    as constants, and "pull", n: worth 0, with the gradient ``theta - phi`` of the paper's section 3.
    So a loss of the outputs plus the mean of the pull has that loss's value and Reptile's gradient. The
    paper does not split episodes: give as support all samples that are to be learnt from.

    Args:
        learner, loss, steps, rate: forward(batch) -> dict; its loss on the support; how it is descended.

    Raises:
        ValueError: ``steps`` or ``rate`` cannot be, or the learner has nothing to adapt.

    Examples:
        >>> def loss(outputs, batch):
        ...     return (outputs["y"] - batch["y"]).square().mean()
        >>> class Scale(torch.nn.Module):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.a = torch.nn.Parameter(torch.tensor(1.0))
        ...
        ...     def forward(self, batch):
        ...         return {"y": self.a * batch["x"]}
        >>> episode = {"support_x": torch.tensor([[1.0]]), "support_y": torch.tensor([[3.0]])}
        >>> learner = jr.models.Reptile(Scale(), loss, rate=0.25)
        >>> outputs = learner({**episode, "query_x": torch.tensor([[10.0, 20.0]])})
        >>> outputs["y"].tolist(), outputs["pull"].tolist()  # a = 1 + 0.25 * 2 * (3 - 1) = 2
        ([[20.0, 40.0]], [0.0])
    """

    def forward(self, batch: Mapping[str, Tensor]) -> Tensors:
        """{"pull": n, and the learner's outputs, n x Q x ..., as constants}."""
        start = self.start()
        constant = {name: p.detach() for name, p in start.items()}

        def episode(support: Tensors, query: Tensors) -> Tensors:
            end = constant
            for _ in range(self.steps):
                end = self.step(end, support, constant=True)
            half = torch.stack([(p - end[name]).square().sum() / 2 for name, p in start.items()]).sum()
            return {**self.outputs(end, query), "pull": half - half.detach()}

        return _over_episodes(episode, batch)


def _over_episodes(episode: Callable[[Tensors, Tensors], Tensors], batch: Mapping[str, Tensor]) -> Tensors:
    """The episode's function of (support, query), applied to n of them: outputs n x ...."""
    support, query = _part(batch, SUPPORT), _part(batch, QUERY)
    return vmap(episode, randomness="different")(support, query)


def _part(batch: Mapping[str, Tensor], prefix: str) -> Tensors:
    part = {name.removeprefix(prefix): t for name, t in batch.items() if name.startswith(prefix)}
    if not part:
        raise ValueError(
            f"expected a batch with entries {SUPPORT}... and {QUERY}..., got {', '.join(batch) or 'none'}: "
            "give each episode's two parts under such names"
        )
    return part
