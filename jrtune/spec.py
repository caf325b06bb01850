"""The contract that studies, search and trainers share; they import this and never each other.

A :class:`Study` says what is learnt together. The space entries say what may vary. A
:class:`Candidate` is one point of the space, an :class:`Outcome` what training it gave.
Nothing here imports torch: listing a front must not wait for it.
"""

from __future__ import annotations

import enum
import inspect
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

from jrtune.errors import StudyError

if TYPE_CHECKING:
    from torch import Tensor, nn

    Batch = Mapping[str, Tensor]
    Outputs = Mapping[str, Tensor]
    LossTerm = Callable[[Outputs, Batch], Tensor]
    Metric = Callable[[Outputs, Batch], Tensor | float]

SCALARISATIONS = ("sum", "chebyshev", "smooth-chebyshev", "augmented-chebyshev")
"""What a training's ``scalarisation`` may be (:mod:`jrtune.losses.scalarisations`)."""

Value = str | int | float | bool | None
"""What a choice of the space may be: JSON's scalars, which Optuna stores as they are."""

EQUAL, SINGLE = "equal weights", "single "
"""Origins of the baselines: equal weights, and "single TERM" for each corner of the simplex."""

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
RESERVED = frozenset({"trial", "origin", "seconds", "agreement"})
STICK = re.compile(r"stick_\d+")


# --- what may vary -------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """One dimension of the space. Make it by :func:`choice`, :func:`integer` or :func:`number`.

    Attributes:
        kind: "choice", "integer" or "number".
        default: the value of the baselines.
        options: what a choice may be.
        low, high: inclusive bounds of an integer or number.
        log: whether it is searched on a log scale.
        when: names of earlier entries and the values at which this entry exists.
    """

    kind: Literal["choice", "integer", "number"]
    default: Value
    options: tuple[Value, ...] = ()
    low: float = 0
    high: float = 0
    log: bool = False
    when: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)

    def active(self, choices: Mapping[str, Value]) -> bool:
        """Whether the entry exists, given the choices made so far."""
        return all(name in choices and choices[name] in allowed for name, allowed in self.when.items())

    def contains(self, value: Value) -> bool:
        """Whether ``value`` is one that this entry can take."""
        if self.kind == "choice":
            return any(value == option and type(value) is type(option) for option in self.options)
        if isinstance(value, bool) or not isinstance(value, int if self.kind == "integer" else (int, float)):
            return False
        return self.low <= value <= self.high


When = Mapping[str, Value | Sequence[Value]]


def _conditions(when: When | None) -> dict[str, tuple[Value, ...]]:
    return {
        # a set has another order in every process, and the space must read the same when a study goes on
        name: tuple(sorted(allowed, key=repr) if isinstance(allowed, set) else allowed)  # type: ignore[misc]
        if isinstance(allowed, list | tuple | set)
        else (allowed,)
        for name, allowed in (when or {}).items()
    }


def choice(*options: Value, default: Value | None = None, when: When | None = None) -> Entry:
    """One of several values; the first is the default.

    >>> choice("hard", "cross-stitch").default
    'hard'
    """
    if not options:
        raise StudyError("choice() needs at least one option, got none: write choice('a', 'b')")
    if wrong := [o for o in options if not isinstance(o, str | int | float | bool | None)]:
        raise StudyError(
            f"choice() takes str, int, float, bool or None, got {wrong[0]!r}: name it by a string"
        )
    for i, option in enumerate(options):
        if isinstance(option, float) and not math.isfinite(option):
            raise StudyError(f"choice() needs finite numbers, got {option!r}: name it by a string")
        if option in options[:i]:  # 1, 1.0 and True are one option to Optuna
            raise StudyError(f"choice() needs options that differ, got {option!r} again: leave it out")
    entry = Entry(
        "choice", options[0] if default is None else default, options=options, when=_conditions(when)
    )
    return _checked(entry)


def integer(
    low: int, high: int, *, log: bool = False, default: int | None = None, when: When | None = None
) -> Entry:
    """A whole number from ``low`` to ``high``, both included; the default is the middle of the scale.

    >>> integer(16, 64, log=True).default
    32
    """
    middle = _middle(low, high, log, "integer")
    entry = Entry(
        "integer",
        round(middle) if default is None else default,
        low=low,
        high=high,
        log=log,
        when=_conditions(when),
    )
    return _checked(entry)


def number(
    low: float, high: float, *, log: bool = False, default: float | None = None, when: When | None = None
) -> Entry:
    """A real number from ``low`` to ``high``; the default is the middle of the scale."""
    middle = _middle(low, high, log, "number")
    value = middle if default is None else default
    value = float(value) if isinstance(value, int) else value
    return _checked(Entry("number", value, low=low, high=high, log=log, when=_conditions(when)))


def _middle(low: float, high: float, log: bool, kind: str) -> float:
    finite = all(isinstance(v, int | float) and math.isfinite(v) for v in (low, high))
    if kind == "integer" and finite and not all(isinstance(v, int) for v in (low, high)):
        raise StudyError(f"integer() needs whole bounds, got low={low!r}, high={high!r}: use number()")
    if not finite or not low < high or (log and low <= 0):
        needs = "0 < low < high on a log scale" if log else "low < high"
        raise StudyError(f"{kind}() needs finite bounds with {needs}, got low={low!r}, high={high!r}")
    # a mean of bounds may round or overflow out of the interval
    return min(max(math.sqrt(low * high) if log else (low + high) / 2, low), high)


def _checked(entry: Entry) -> Entry:
    if not entry.contains(entry.default):
        allowed = entry.options if entry.kind == "choice" else f"{entry.low} to {entry.high}"
        raise StudyError(f"the default {entry.default!r} is not among {allowed}: give one that is")
    return entry


@dataclass(frozen=True)
class Weighting:
    """How the weights of the loss terms are searched (the simplex itself: jrtune.space.simplex).

    Attributes:
        log: search on a log-ratio scale, for terms whose good weights span decades.
        floor: least weight of each term, in [0, 1/T); the baselines are not bound by it.
        groups: names of groups and their terms; the terms of a group have equal weights.
    """

    log: bool = False
    floor: float = 0.0
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)


# --- what is measured ----------------------------------------------------------------------


@dataclass(frozen=True)
class Objective:
    """A figure with a direction. Make it by :func:`maximize` or :func:`minimize`.

    Attributes:
        direction: "maximize" or "minimize".
        measure: (outputs, batch) -> number over a whole split, or a :class:`Resource`.
        bound: the least (maximize) or greatest (minimize) value that is feasible, or None.
        worst: the reference point's coordinate; None takes it from the baselines.
        term: the loss term that trains for it; None takes the single-task model that is best at it.
    """

    direction: Literal["maximize", "minimize"]
    measure: Metric | Resource
    bound: float | None = None
    worst: float | None = None
    term: str | None = None

    @property
    def sign(self) -> int:
        """What turns the figure into a cost: -1 where it is maximised, else 1."""
        return -1 if self.direction == "maximize" else 1

    def violation(self, value: float) -> float | None:
        """How far the value lies beyond the bound (<= 0: feasible); None without a bound."""
        return None if self.bound is None else self.sign * (value - self.bound)


@dataclass(frozen=True)
class Resource:
    """A figure of the model itself, not of its outputs, e.g. ``jr.parameters`` or ``jr.latency``.

    Attributes:
        name: for messages.
        measure: (model, one-sample batch) -> number.
    """

    name: str
    measure: Callable[[nn.Module, Batch], float]


def maximize(
    measure: Metric | Resource,
    *,
    at_least: float | None = None,
    worst: float | None = None,
    term: str | None = None,
) -> Objective:
    """An objective to be maximised; below ``at_least`` a trial is infeasible."""
    return _objective("maximize", measure, at_least, worst, term)


def minimize(
    measure: Metric | Resource,
    *,
    at_most: float | None = None,
    worst: float | None = None,
    term: str | None = None,
) -> Objective:
    """An objective to be minimised; above ``at_most`` a trial is infeasible."""
    return _objective("minimize", measure, at_most, worst, term)


def _objective(
    direction: Literal["maximize", "minimize"],
    measure: Metric | Resource,
    bound: float | None,
    worst: float | None,
    term: str | None,
) -> Objective:
    if not callable(measure) and not isinstance(measure, Resource):
        raise StudyError(f"{direction}() needs a function (outputs, batch) -> number, got {measure!r}")
    for value in (bound, worst):
        if value is not None and not (isinstance(value, int | float) and math.isfinite(value)):
            raise StudyError(f"{direction}() needs finite bounds, got {value!r}")
    return Objective(direction, measure, bound, worst, term)


# --- a candidate and what became of it -----------------------------------------------------


@dataclass(frozen=True)
class Candidate:
    """One point of the space.

    Attributes:
        weights: a weight for each loss term, not negative, summing to one.
        choices: the architecture and training choices that exist at this point.
        balancing: "fixed", or the name of an adaptive method that sets the weights while training.
    """

    weights: Mapping[str, float]
    choices: Mapping[str, Value] = field(default_factory=dict)
    balancing: str = "fixed"

    def to_json(self) -> str:
        """JSON text that :meth:`from_json` reads back without loss (floats by shortest repr)."""
        body = {"weights": dict(self.weights), "choices": dict(self.choices), "balancing": self.balancing}
        return json.dumps(body, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Candidate:
        """The candidate that :meth:`to_json` wrote."""
        body = json.loads(text)
        return cls(body["weights"], body["choices"], body["balancing"])


class Ending(enum.StrEnum):
    """How a trial ended: a stored value, with advice for whoever reads it."""

    COMPLETE = "complete"
    PRUNED = "pruned"
    DIVERGED = "diverged"
    OUT_OF_MEMORY = "out of memory"

    @property
    def advice(self) -> str:
        """What to do about it, in one sentence."""
        return {
            Ending.COMPLETE: "",
            Ending.PRUNED: "dropped at a rung; nothing to do",
            Ending.DIVERGED: "lower the learning rate, clip gradients, or check the loss for log(0) and 0/0",
            Ending.OUT_OF_MEMORY: "use a smaller batch_size, or bound the width in the space",
        }[self]


@dataclass(frozen=True)
class Outcome:
    """What training one candidate gave.

    Attributes:
        ending: how it ended; every figure below is empty unless it is complete, but for the loss scale and
            the curve of what was pruned: the rows up to its rung.
        epoch: the epoch selected on validation (0: the untrained model).
        values: objective -> figure on the validation split at that epoch; so is what is watched, if finite.
        losses: loss term -> mean on the validation split at that epoch.
        test: the same on the test split at that epoch, where asked for.
        loss_scale: loss term -> mean on the validation split before the first step.
        curve: one row an epoch, from 0: {"epoch", "train": {...}, "val": {...}, "objectives": {...}}, and
            "watched": {...} where something is; the first has the norm of each loss term's gradient over
            shared parameters before the first step, where there are such, as "gradients": {...}.
        seconds: wall-clock time of the training.
        message: what happened, where it did not complete.
        model: the parameters at that epoch as safetensors bytes, where asked for.
    """

    ending: Ending
    epoch: int = 0
    values: Mapping[str, float] = field(default_factory=dict)
    losses: Mapping[str, float] = field(default_factory=dict)
    test: Mapping[str, float] = field(default_factory=dict)
    loss_scale: Mapping[str, float] = field(default_factory=dict)
    curve: Sequence[Mapping[str, Any]] = ()
    seconds: float = 0.0
    message: str = ""
    model: bytes | None = None


@dataclass(frozen=True)
class Job:
    """One training that is wanted.

    Attributes:
        candidate: what to train.
        seed: decides initialisation and dropout.
        order_seed: decides the order of minibatches; the same for all that are compared.
        test: whether the test split is to be measured too.
        keep_model: whether the parameters are wanted.
    """

    candidate: Candidate
    seed: int
    order_seed: int
    test: bool = False
    keep_model: bool = False


# --- the study -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Training:
    """Training choices; a space entry of the same name makes one of them vary.

    Attributes:
        lr: the learning rate at its peak; 1e-3 is AdamW's usual default, SGD mostly needs a greater one.
        weight_decay: AdamW's is decoupled (Loshchilov & Hutter 2019), 0.01 as in torch.optim.AdamW;
            SGD's is L2, added to the gradient, where 0.01 is much: 1e-4 is usual (He et al. 2016).
        batch_size: samples a step.
        clip: greatest norm of the whole gradient; 0 for none.
        schedule: "cosine" to zero, or "constant"; over steps.
        warmup: share of the steps over which the rate rises linearly.
        optimizer: "adamw" or "sgd", as torch.optim.AdamW and torch.optim.SGD compute them.
        momentum: SGD's, in [0, 1), without dampening and not Nesterov's; AdamW does not use it.
        scalarisation: what the weights make of the losses: their weighted "sum", or, to reach concave parts
            of a front, the greatest weighted loss: "chebyshev", "smooth-chebyshev", "augmented-chebyshev".
            It selects the epoch too. Adaptive methods do not use it.
        frozen: names of parts of the model (of modules or parameters, as ``named_parameters`` has them),
            separated by spaces: the frozen part; "" for none.
        frozen_for: share of the steps, from the first on, during which the frozen part stays as it is.
        frozen_rate: its learning rate after that, in those of the rest; 0 leaves it as it is to the end.
            Nothing else changes: its gradients count in the clipping and in what the optimiser remembers.
    """

    lr: float = 1e-3
    weight_decay: float = 0.01
    batch_size: int = 64
    clip: float = 1.0
    schedule: str = "cosine"
    warmup: float = 0.05
    optimizer: str = "adamw"
    momentum: float = 0.9
    scalarisation: str = "sum"
    frozen: str = ""
    frozen_for: float = 0.0
    frozen_rate: float = 1.0

    def vary(self, choices: Mapping[str, Value]) -> Training:
        """These choices, with those of a candidate in their place."""
        mine = {f.name: choices.get(f.name, getattr(self, f.name)) for f in fields(self)}
        return Training(**mine)


TRAINING_NAMES = frozenset(f.name for f in fields(Training))


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
        space: name -> entry. Names of :class:`Training` vary the training, others go to ``model``.
        epochs: full budget of one training.
        training: what the space leaves fixed.
        weighting: how the weights are searched.
        missing: names of batch entries in which NaN stands for a missing value.
        constraints: loss term -> the greatest mean that is feasible, above 0. Every candidate is trained to
            hold it, the single-task models too; a trial that does not on validation is infeasible.
        watched: name -> (outputs, batch) -> number over a whole split, or a :class:`Resource`: measured and
            shown wherever objectives are, but nothing is chosen, dropped or judged by it.

    Raises:
        StudyError: where the declaration contradicts itself.
    """

    name: str
    data: Callable[..., Mapping[str, Batch]]
    model: Callable[..., nn.Module]
    losses: Mapping[str, LossTerm]
    objectives: Mapping[str, Objective]
    space: Mapping[str, Entry] = field(default_factory=dict)
    epochs: int = 20
    training: Training = field(default_factory=Training)
    weighting: Weighting = field(default_factory=Weighting)
    missing: tuple[str, ...] = ()
    constraints: Mapping[str, float] = field(default_factory=dict)
    watched: Mapping[str, Metric | Resource] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_names(self)
        _check_watched(self)
        _check_functions(self)
        _check_space(self)
        _check_weighting(self)
        _check_training(self)
        _check_constraints(self)
        if not isinstance(self.epochs, int) or self.epochs < 1:
            raise StudyError(f"epochs must be a whole number from 1, got {self.epochs!r}")

    @property
    def measures(self) -> dict[str, Metric | Resource]:
        """Name -> all that is measured: the objectives, then what is watched."""
        return {name: objective.measure for name, objective in self.objectives.items()} | dict(self.watched)

    def options(self) -> dict[str, inspect.Parameter]:
        """The parameters of ``data`` that ``--set`` may set."""
        return dict(inspect.signature(self.data).parameters)

    def describe(self) -> dict[str, Any]:
        """What must not change while a study runs, as JSON values: terms, objectives, space, training."""
        return {
            "losses": list(self.losses),
            "objectives": {
                name: {
                    "direction": o.direction,
                    "bound": o.bound,
                    "worst": o.worst,
                    "term": o.term,
                    "resource": isinstance(o.measure, Resource),
                }
                for name, o in self.objectives.items()
            },
            "space": {name: _plain(entry) for name, entry in self.space.items()},
            "epochs": self.epochs,
            "training": _plain(self.training),
            "weighting": _plain(self.weighting),
            "constraints": {term: float(limit) for term, limit in self.constraints.items()},
            "watched": list(self.watched),
        }


def _plain(thing: Any) -> dict[str, Any]:
    """A dataclass as the values that JSON gives back, so that stored and fresh ones compare equal."""
    body = {f.name: getattr(thing, f.name) for f in fields(thing)}
    return json.loads(json.dumps(body, default=lambda o: dict(o) if isinstance(o, Mapping) else list(o)))  # type: ignore[no-any-return]


def _check_names(study: Study) -> None:
    if not isinstance(study.name, str) or not NAME.fullmatch(study.name):
        raise StudyError(f"a study's name must match {NAME.pattern}, got {study.name!r}")
    for what in ("losses", "objectives", "space", "watched"):
        for name in getattr(study, what):
            if not isinstance(name, str) or not NAME.fullmatch(name):
                raise StudyError(f"names in {what} must match {NAME.pattern}, got {name!r}: rename it")
    if not study.losses or not study.objectives:
        raise StudyError(
            "a study needs at least one loss and one objective: give losses={...}, objectives={...}"
        )
    for name, objective in study.objectives.items():
        if not isinstance(objective, Objective):
            raise StudyError(
                f"objective {name!r} must be jr.maximize(f) or jr.minimize(f), got {objective!r}"
            )
        if objective.term is not None and objective.term not in study.losses:
            raise StudyError(
                f"objective {name!r} names term {objective.term!r}; known: {', '.join(study.losses)}"
            )


def _check_watched(study: Study) -> None:
    taken = {f"{name}{end}" for name in study.measures for end in ("_low", "_high")}
    for name, measure in study.watched.items():
        if name in study.objectives or name in RESERVED or name in taken:
            raise StudyError(
                f"watched[{name!r}] would be taken for an objective or a column of the results: rename it"
            )
        if not callable(measure) and not isinstance(measure, Resource):
            raise StudyError(
                f"watched[{name!r}] must be a function (outputs, batch) -> number, got {measure!r}: "
                "it has no direction, so leave out jr.maximize and jr.minimize"
            )


def _check_functions(study: Study) -> None:
    functions = {"data": study.data, "model": study.model}
    functions |= {f"losses[{name!r}]": loss for name, loss in study.losses.items()}
    for what, function in functions.items():
        if not callable(function):
            raise StudyError(f"{what} must be a function, got {function!r}")
    for name, parameter in study.options().items():
        if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD:
            raise StudyError(f"the parameter {name!r} of data needs a default, got none: write {name}=...")


def _check_entry_name(name: str) -> None:
    column = name in RESERVED or name.startswith(("weight_", "val_", "test_", "gain_"))
    if column and name not in TRAINING_NAMES:
        raise StudyError(f"space[{name!r}] would be taken for a column of the results: rename it")
    if STICK.fullmatch(name):
        raise StudyError(f"the name {name!r} is taken by the weighting: rename the entry")


def _check_space(study: Study) -> None:
    seen: set[str] = set()
    for name, entry in study.space.items():
        if not isinstance(entry, Entry):
            raise StudyError(f"space[{name!r}] must be jr.choice, jr.integer or jr.number, got {entry!r}")
        _check_entry_name(name)
        if unknown := [parent for parent in entry.when if parent not in seen]:
            raise StudyError(f"space[{name!r}] depends on {unknown[0]!r}, which must be declared before it")
        for parent, allowed in entry.when.items():
            never = [value for value in allowed if value not in (study.space[parent].options or allowed)]
            if never:
                options = ", ".join(map(repr, study.space[parent].options))
                raise StudyError(
                    f"space[{name!r}] waits for {parent}={never[0]!r}, which is none of {options}"
                )
        seen.add(name)
    parameters = inspect.signature(study.model).parameters
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return
    for name in study.space:
        if name not in TRAINING_NAMES and name not in parameters:
            known = ", ".join(sorted({*parameters, *TRAINING_NAMES}))
            raise StudyError(
                f"space[{name!r}] is taken by neither the model nor the training; known: {known}"
            )


def _check_constraints(study: Study) -> None:
    for term, limit in study.constraints.items():
        if term not in study.losses:
            known = ", ".join(study.losses)
            raise StudyError(f"constraints name {term!r}, which is no loss; known: {known}")
        number = isinstance(limit, int | float) and not isinstance(limit, bool)
        if not (number and 0 < limit < math.inf):
            raise StudyError(
                f"the limit of loss {term!r} must be a finite number above 0, got {limit!r}: "
                "of a loss that may be negative, shift loss and limit"
            )


def _check_weighting(study: Study) -> None:
    members = [term for group in study.weighting.groups.values() for term in group]
    for term in members:
        if term not in study.losses:
            raise StudyError(
                f"weighting groups name {term!r}, which is no loss; known: {', '.join(study.losses)}"
            )
    if len(members) != len(set(members)):
        raise StudyError(f"weighting groups must not overlap, got {dict(study.weighting.groups)}")
    if not 0 <= study.weighting.floor < 1 / len(study.losses):
        raise StudyError(
            f"weighting floor must be in [0, 1/{len(study.losses)}), got {study.weighting.floor!r}"
        )


TRAINING_BOUNDS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "lr": ("above 0", lambda v: v > 0),
    "weight_decay": ("from 0", lambda v: v >= 0),
    "batch_size": ("a whole number from 1", lambda v: isinstance(v, int) and v >= 1),
    "clip": ("from 0", lambda v: v >= 0),
    "schedule": ("'cosine' or 'constant'", lambda v: v in ("cosine", "constant")),
    "warmup": ("from 0 to 1", lambda v: 0 <= v <= 1),
    "optimizer": ("'adamw' or 'sgd'", lambda v: v in ("adamw", "sgd")),
    "momentum": ("from 0 to below 1", lambda v: 0 <= v < 1),
    "scalarisation": (f"one of {', '.join(SCALARISATIONS)}", lambda v: v in SCALARISATIONS),
    "frozen": ("names of parts of the model in one text", lambda v: isinstance(v, str)),
    "frozen_for": ("from 0 to 1", lambda v: 0 <= v <= 1),
    "frozen_rate": ("from 0", lambda v: v >= 0),
}
"""Training choice -> what it must be, in words and as a test."""


def _check_training(study: Study) -> None:
    """Every value that a training choice can take: a wrong one must not wait until it is drawn."""
    for name, (words, holds) in TRAINING_BOUNDS.items():
        entry = study.space.get(name)
        values = (entry.options or (entry.low, entry.high)) if entry else ()
        if not entry or entry.when:  # where there is no entry, or it does not exist, the training's own holds
            values = (*values, getattr(study.training, name))
        for value in values:
            try:
                right = holds(value)
            except TypeError:
                right = False
            if not right:
                raise StudyError(
                    f"{name} must be {words}, got {value!r}: change the study's training or space"
                )
