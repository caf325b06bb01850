"""A study's space: candidates from numbers, numbers from candidates, and the baselines."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from jrtune.space.simplex import Simplex
from jrtune.spec import EQUAL, SINGLE, Candidate, Entry, Study, Value

STICK = Entry("number", default=0.5, low=0.0, high=1.0)
"""One number of the stick-breaking code of a weighting."""

Pick = Callable[[str, Entry], Value]


class Space:
    """The space of a study: all that may vary.

    One walk through the space, :meth:`build`, serves sampling, encoding and decoding: they differ only
    in where a dimension's value comes from, so conditional parts cannot be treated in two ways.
    """

    def __init__(self, study: Study) -> None:
        self.entries = dict(study.space)
        self.simplex = Simplex(list(study.losses), study.weights)

    def build(
        self, pick: Pick, weights: Mapping[str, float] | None = None, balancing: str = "fixed"
    ) -> Candidate:
        """The candidate that ``pick(name, entry)`` gives, dimension by dimension, in order.

        Args:
            pick: value of a dimension; asked only for those that exist at this point.
            weights: a weighting that is not searched.
            balancing: the candidate's adaptive method.
        """
        if weights is None:
            weights = self.simplex.decode([pick(n, STICK) for n in self.sticks()])  # type: ignore[misc]
        choices: dict[str, Value] = {}
        for name, entry in self.entries.items():
            if entry.active(choices):
                choices[name] = pick(name, entry)
        return Candidate(weights, choices, balancing)

    def sticks(self) -> list[str]:
        """Names of the numbers that describe the weighting."""
        return [f"stick_{k}" for k in range(self.simplex.dimensions)]

    def decode(self, numbers: Mapping[str, Value]) -> Candidate:
        """The candidate that these dimensions describe.

        Raises:
            ValueError: if a dimension is missing or its value lies outside.
        """

        def pick(name: str, entry: Entry) -> Value:
            if name not in numbers or not entry.contains(numbers[name]):
                got = repr(numbers[name]) if name in numbers else "nothing"
                raise ValueError(f"expected {name} in {_range(entry)}, got {got}")
            return numbers[name]

        return self.build(pick)

    def encode(self, candidate: Candidate) -> dict[str, tuple[Entry, Value]]:
        """The dimensions of a candidate, each with its entry; :meth:`decode` of them gives it back.

        Raises:
            ValueError: if the candidate lies outside the space.
        """
        sticks = dict(zip(self.sticks(), self.simplex.encode(candidate.weights), strict=True))
        dimensions: dict[str, tuple[Entry, Value]] = {name: (STICK, u) for name, u in sticks.items()}

        def pick(name: str, entry: Entry) -> Value:
            if name not in candidate.choices or not entry.contains(candidate.choices[name]):
                raise ValueError(
                    f"expected a choice {name} in {_range(entry)}, got {dict(candidate.choices)}"
                )
            dimensions[name] = (entry, candidate.choices[name])
            return candidate.choices[name]

        known = self.build(pick, candidate.weights).choices
        if extra := set(candidate.choices) - set(known):
            raise ValueError(
                f"the choices {', '.join(sorted(extra))} do not exist at this point of the space"
            )
        return dimensions

    def default(self, weights: Mapping[str, float]) -> Candidate:
        """The candidate with these weights and every entry's default."""
        return self.build(lambda _, entry: entry.default, weights)

    def baselines(self) -> dict[str, Candidate]:
        """Source -> candidate: equal weights, then each corner ("single TERM" or "single GROUP")."""
        found = {EQUAL: self.default(self.simplex.equal())}
        if len(self.simplex.groups) > 1:
            for group in self.simplex.groups:
                found[f"{SINGLE}{'+'.join(group)}"] = self.default(self.simplex.corner(group))
        return found


def _range(entry: Entry) -> str:
    return (
        f"{{{', '.join(map(repr, entry.options))}}}"
        if entry.kind == "choice"
        else f"[{entry.low}, {entry.high}]"
    )
