"""Weightings as points of the simplex, searched by stick-breaking.

T terms need T-1 numbers u in [0, 1], each the share that is broken off what is left of a stick of
length one. With the plain scale, uniform u give weightings that are uniform on the simplex: the
share v_k = 1 - (1 - u_k)^(1/(T-k)) is Beta(1, T-k) distributed (Devroye 1986, XI.4.1). Normalising
T raw numbers instead bunches the draws in the middle and spends a dimension too many.

With the log scale, u = 1/2 breaks off an equal share and logit(v) is a stretched logit(u): nine draws
of ten lie within ``DECADES`` decades of equal, and the ends u = 0 and u = 1 are still the exact corners.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from jrtune.spec import SimplexEntry

DECADES = 2.0
"""Log scale: the ratio of a share to an equal one that nine draws of ten stay within."""

_STRETCH = DECADES * math.log(10) / math.log(0.95 / 0.05)
_TOLERANCE = 1e-9


def _logit(p: float) -> float:
    return math.log(p) - math.log1p(-p)


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


class Simplex:
    """Maps between weightings and T'-1 numbers in [0, 1], T' the number of free groups.

    Args:
        terms: names of the loss terms, T of them.
        entry: scale, floor and groups.
    """

    def __init__(self, terms: Sequence[str], entry: SimplexEntry | None = None) -> None:
        entry = entry or SimplexEntry()
        self.terms = tuple(terms)
        grouped = {term: tuple(group) for group in entry.groups.values() for term in group}
        # dict.fromkeys keeps the order of the terms and drops the repeats of a group
        self.groups = tuple(dict.fromkeys(grouped.get(term, (term,)) for term in terms))
        self.floor = entry.floor
        self.log = entry.log

    @property
    def dimensions(self) -> int:
        """Number of coordinates of a weighting: T'-1."""
        return len(self.groups) - 1

    def decode(self, sticks: Sequence[float]) -> dict[str, float]:
        """The weighting at ``sticks``, T'-1 numbers in [0, 1].

        >>> Simplex(["a", "b", "c"]).decode([0.0, 1.0])
        {'a': 0.0, 'b': 1.0, 'c': 0.0}

        Raises:
            ValueError: unless there are T'-1 numbers in [0, 1].
        """
        if len(sticks) != self.dimensions or not all(0 <= u <= 1 for u in sticks):
            raise ValueError(f"expected {self.dimensions} numbers in [0, 1], got {list(sticks)}")
        left, shares = 1.0, []
        for k, u in enumerate(sticks):
            v = self._share(u, self.dimensions - k)
            shares.append(left * v)
            left *= 1 - v
        shares.append(left)
        by_term = {}
        for group, share in zip(self.groups, shares, strict=True):
            for term in group:
                by_term[term] = self.floor + (1 - len(self.terms) * self.floor) * share / len(group)
        return {term: by_term[term] for term in self.terms}

    def encode(self, weights: Mapping[str, float]) -> list[float]:
        """The numbers at which :meth:`decode` gives ``weights``; where they have no effect, 1/2.

        Within 1e-9, but for the plain scale where k groups share what is left: near u = 1 a float tells
        no two remainders apart that differ by less than 2^(-53/k), so a small one may come back as 0.

        Raises:
            ValueError: if the weights are not a weighting, lie under the floor, or differ in a group.
        """
        if fault := self._fault(weights):
            raise ValueError(fault)
        rest = 1 - len(self.terms) * self.floor
        shares = [max(0.0, sum(weights[t] - self.floor for t in group) / rest) for group in self.groups]
        sticks = []
        for k in range(self.dimensions):
            left = math.fsum(shares[k:])
            sticks.append(self._unshare(min(1.0, shares[k] / left), self.dimensions - k) if left > 0 else 0.5)
        return sticks

    def nearest(self, weights: Mapping[str, float]) -> dict[str, float]:
        """A weighting that this simplex can express, close to ``weights``: floored, groups averaged.

        One that it can express already comes back as it is, to the last digit.
        """
        if self._fault(weights) is None:
            return {t: weights[t] for t in self.terms}
        lifted = {t: max(weights[t], self.floor) for t in self.terms}
        spare, excess = 1 - len(self.terms) * self.floor, sum(lifted.values()) - len(self.terms) * self.floor
        floored = {t: self.floor + (w - self.floor) * spare / excess for t, w in lifted.items()}
        shared = {t: sum(floored[m] for m in group) / len(group) for group in self.groups for t in group}
        return {t: shared[t] for t in self.terms}

    def trained(self, weights: Mapping[str, float]) -> list[tuple[str, ...]]:
        """The groups that the weights train: one of a single-task model, more of a joint one."""
        return [group for group in self.groups if any(weights[term] > 0 for term in group)]

    def equal(self) -> dict[str, float]:
        """The weighting 1/T for every term."""
        return {term: 1 / len(self.terms) for term in self.terms}

    def corner(self, group: Sequence[str]) -> dict[str, float]:
        """The weighting that trains one group alone; of one term, the single-task model's."""
        return {term: 1 / len(group) if term in group else 0.0 for term in self.terms}

    def _fault(self, weights: Mapping[str, float]) -> str | None:
        """The reason why they are no point of this simplex, in a sentence; None where they are one."""
        if set(weights) != set(self.terms) or not all(math.isfinite(w) and w >= 0 for w in weights.values()):
            return f"expected weights >= 0 for {', '.join(self.terms)}, got {dict(weights)}"
        if abs(math.fsum(weights.values()) - 1) > _TOLERANCE:
            return f"weights must sum to 1, got {math.fsum(weights.values())!r}: divide by their sum"
        if min(weights.values()) < self.floor - _TOLERANCE:
            return f"weights must not lie under the floor {self.floor}, got {dict(weights)}"
        for group in self.groups:
            if max(weights[t] for t in group) - min(weights[t] for t in group) > _TOLERANCE:
                return f"the terms {', '.join(group)} share a weight, got {dict(weights)}"
        return None

    def _share(self, u: float, behind: int) -> float:
        """Share v broken off where ``behind`` groups come after."""
        if u in (0, 1):
            return float(u)
        if self.log:
            return _expit(_STRETCH * _logit(u) - math.log(behind))
        return -math.expm1(math.log1p(-u) / behind)

    def _unshare(self, v: float, behind: int) -> float:
        if v in (0, 1):
            return float(v)
        if self.log:
            return _expit((_logit(v) + math.log(behind)) / _STRETCH)
        return -math.expm1(behind * math.log1p(-v))
