"""The study: a problem, a space and a budget."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jrtune.spec.checks import check_study
from jrtune.spec.entries import Entry, SimplexEntry
from jrtune.spec.objectives import Objective, Resource
from jrtune.spec.study_spec import ObjectiveSpec, StudySpec
from jrtune.spec.training import TRAINING_NAMES, Training

if TYPE_CHECKING:
    from torch import nn

    from jrtune.spec.types import Batch, LossTerm, Metric


@dataclass(frozen=True, kw_only=True)
class Study:
    """A problem, a space and a budget: all that a user writes.

    Args:
        name: letters, digits, ``-`` and ``_``; the study's name in the database.
        data: options -> {"train": batch, "val": batch, "test": batch}; a batch is a dict of arrays or
            tensors, n x .... Its keyword parameters, all with defaults, are what ``--set`` may set.
        model: architecture choices (keywords) -> nn.Module whose forward(batch) gives a dict of tensors.
        losses: loss term -> (outputs, batch) -> scalar tensor, the mean over the batch.
        objectives: name -> :func:`maximize` or :func:`minimize`.
        space: name -> entry. Names of :class:`Training` vary the training, others go to ``model``; so do
            those of the training for which it has a parameter.
        epochs: full budget of one training.
        training: what the space leaves fixed.
        weights: how they are searched, by :func:`simplex`.
        missing: names of batch entries in which NaN stands for a missing value.
        constraints: loss term -> the greatest mean that is feasible, above 0. Every candidate is trained to
            hold it, the single-task models too; a trial that does not on validation is infeasible.
        watched: name -> (outputs, batch) -> number over a whole split, or a :class:`Resource`: measured and
            shown wherever objectives are, but nothing is chosen, dropped or judged by it.

    Raises:
        StudyError: where the declaration contradicts itself.

    Examples:
        >>> terms = {"low": lambda outputs, batch: (outputs["x"] ** 2).mean(),
        ...          "high": lambda outputs, batch: ((outputs["x"] - 1) ** 2).mean()}
        >>> study = jr.Study(
        ...     name="squares",
        ...     data=lambda: jr.data.nothing(16),
        ...     model=lambda: jr.models.Point([0.0], [1.0]),
        ...     losses=terms,
        ...     objectives={name: jr.minimize(term) for name, term in terms.items()},
        ...     space={"lr": jr.number(0.01, 1.0, log=True)},
        ... )
        >>> list(study.losses), study.epochs
        (['low', 'high'], 20)
    """

    name: str
    data: Callable[..., Mapping[str, Batch]]
    model: Callable[..., nn.Module]
    losses: Mapping[str, LossTerm]
    objectives: Mapping[str, Objective]
    space: Mapping[str, Entry] = field(default_factory=dict)
    epochs: int = 20
    training: Training = field(default_factory=Training)
    weights: SimplexEntry = field(default_factory=SimplexEntry)
    missing: tuple[str, ...] = ()
    constraints: Mapping[str, float] = field(default_factory=dict)
    watched: Mapping[str, Metric | Resource] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_study(self)

    @property
    def measures(self) -> dict[str, Metric | Resource]:
        """Name -> all that is measured: the objectives, then what is watched."""
        return {name: objective.measure for name, objective in self.objectives.items()} | dict(self.watched)

    def options(self) -> dict[str, inspect.Parameter]:
        """The parameters of ``data`` that ``--set`` may set."""
        return dict(inspect.signature(self.data).parameters)

    def describe(self) -> StudySpec:
        """The declaration that must not change while the study runs, without functions."""
        return StudySpec(
            losses=tuple(self.losses),
            objectives={name: _objective_spec(objective) for name, objective in self.objectives.items()},
            space=dict(self.space),
            epochs=self.epochs,
            training=self.training,
            weights=self.weights,
            constraints={term: float(limit) for term, limit in self.constraints.items()},
            watched=tuple(self.watched),
            model=tuple(choices_for(self.model, self.space)),
        )


def choices_for(model: Callable[..., nn.Module], names: Iterable[str]) -> list[str]:
    """Those of the choices that the model's builder is given.

    The names of its parameters, a training choice too where it has one of that name (a class that a project
    has may ask for ``lr``); where it takes any keyword, all that do not vary the training.
    """
    parameters = inspect.signature(model).parameters
    takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    return [name for name in names if name in parameters or (takes_all and name not in TRAINING_NAMES)]


def _objective_spec(objective: Objective) -> ObjectiveSpec:
    resource = isinstance(objective.measure, Resource)
    return ObjectiveSpec(objective.direction, objective.bound, objective.worst, objective.term, resource)
