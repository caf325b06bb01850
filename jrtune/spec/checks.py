"""Checks that a study's declaration does not contradict itself."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from jrtune.errors import StudyError
from jrtune.spec.entries import Entry, SimplexEntry
from jrtune.spec.objectives import Objective, Resource
from jrtune.spec.training import TRAINING_BOUNDS, TRAINING_NAMES, Training

if TYPE_CHECKING:
    from jrtune.spec.study import Study

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
RESERVED = frozenset({"trial", "source", "seconds", "stability"})
TRIAL = frozenset({"label", "role", "seed", "status", "balancing", "epoch", "finished", "message", "advice"})
MOST_EPOCHS = 100_000
"""A training keeps a row of each epoch, about 1 kB in memory until it ends."""
STICK = re.compile(r"stick_\d+")


def check_study(study: Study) -> None:
    """Refuses a declaration that contradicts itself.

    Raises:
        StudyError: naming the first fault.
    """
    _check_kinds(study)
    _check_names(study)
    _check_watched(study)
    _check_functions(study)
    _check_space(study)
    _check_weights(study)
    _check_training(study)
    _check_constraints(study)
    if not isinstance(study.epochs, int) or not 1 <= study.epochs <= MOST_EPOCHS:
        raise StudyError(
            f"epochs must be an integer from 1 to {MOST_EPOCHS}, for a row of each is stored, "
            f"got {study.epochs!r}"
        )


def _check_kinds(study: Study) -> None:
    for what in ("losses", "objectives", "space", "constraints", "watched"):
        if not isinstance(found := getattr(study, what), Mapping):
            raise StudyError(f"{what} must be a dict by name, got {found!r}: name each")
    for what, kind, maker in (("training", Training, "Training"), ("weights", SimplexEntry, "simplex")):
        if not isinstance(found := getattr(study, what), kind):
            raise StudyError(f"{what} must be a jr.{maker}(...), got {found!r}: write it so")


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


def _check_entry_name(name: str, terms: Iterable[str]) -> None:
    losses = {f"{kind}_{term}" for kind in ("loss", "loss_scale") for term in terms}
    column = name in RESERVED | TRIAL | losses or name.startswith(("weight_", "val_", "test_", "gain_"))
    if column and name not in TRAINING_NAMES:
        raise StudyError(f"space[{name!r}] would be taken for a column of the results: rename it")
    if STICK.fullmatch(name):
        raise StudyError(f"the name {name!r} is taken by the weights: rename the entry")


def _check_space(study: Study) -> None:
    seen: set[str] = set()
    for name, entry in study.space.items():
        if not isinstance(entry, Entry):
            raise StudyError(f"space[{name!r}] must be jr.choice, jr.integer or jr.number, got {entry!r}")
        _check_entry_name(name, study.losses)
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


def _check_weights(study: Study) -> None:
    members = [term for group in study.weights.groups.values() for term in group]
    for term in members:
        if term not in study.losses:
            raise StudyError(
                f"the groups of weights name {term!r}, which is no loss; known: {', '.join(study.losses)}"
            )
    if len(members) != len(set(members)):
        raise StudyError(f"the groups of weights must not overlap, got {dict(study.weights.groups)}")
    if not 0 <= study.weights.floor < 1 / len(study.losses):
        raise StudyError(
            f"the floor of weights must be in [0, 1/{len(study.losses)}), got {study.weights.floor!r}"
        )


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
