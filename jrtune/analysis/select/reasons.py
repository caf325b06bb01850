"""Reasons in words: why a point was chosen and what that gave up.

The report's page says the same (`reasons` and `against` in jrtune/report/page/choose.js); a test compares
them.
"""

from __future__ import annotations

from collections.abc import Mapping

Values = Mapping[str, float]

KNEE = "the knee of the front: gaining in one objective costs most in the others from here on"


def prefer(weights: Values) -> str:
    """The reason of a preference."""
    return (
        f"nearest to the best of each objective under the preference {listed(weights)} (augmented Chebyshev)"
    )


def topsis(weights: Values | None) -> str:
    """The reason of TOPSIS; ``weights`` is None where objectives count alike."""
    how = f"weighted {listed(weights)}" if weights else "all objectives counting alike"
    return f"nearest to the best and farthest from the worst values of the front, {how} (TOPSIS)"


def reference(point: Values) -> str:
    """The reason of a reference point."""
    pending = f"the reference point {listed(point)}"
    return f"comes nearest to {pending}, or exceeds it most evenly (achievement function)"


def at_least(best: str, limits: Values, signs: Mapping[str, int]) -> str:
    """The reason of limits."""
    shown = (f"{'at least' if signs[n] < 0 else 'at most'} {value:g} {n}" for n, value in limits.items())
    return f"the best {best} with {', '.join(shown)}"


def robust(share: float, seeds: int) -> str:
    """The reason of the most stable member of the front."""
    return (
        f"the most stable on the front: on validation it stays non-dominated in {100 * share:.0f} % of "
        f"resamplings of {seeds} seeds"
    )


def gave_up(mine: Values, others: Mapping[str, Values], signs: Mapping[str, int], split: str) -> str:
    """Losses and gains of choosing one point rather than those beside it.

    Args:
        mine: objective -> value of the chosen.
        others: name of a neighbour -> its values of the same objectives.
        signs: objective -> -1 where it is maximised, 1 where it is minimised.
        split: that the values are of.

    >>> signs = {"accuracy": -1, "size": 1}
    >>> gave_up({"accuracy": 0.9, "size": 20}, {"trial 3": {"accuracy": 0.91, "size": 29}}, signs, "test")
    'Against trial 3 next to it: accuracy 0.01 worse, size 9 better (test)'
    """
    if not others:
        return "No other point of the front differs from it"
    each = (against(mine, values, signs, f"{label} next to it") for label, values in others.items())
    parts = "; ".join(each)
    return f"{parts[0].upper()}{parts[1:]} ({split})"


def against(mine: Values, other: Values, signs: Mapping[str, int], label: str) -> str:
    """The differences to one other point, in the objectives' units: which are gains and which losses."""
    differences = (f"{name} {_difference(sign * (mine[name] - other[name]))}" for name, sign in signs.items())
    return f"against {label}: {', '.join(differences)}"


def listed(values: Values) -> str:
    """Names and values in a row."""
    return ", ".join(f"{name} {value:g}" for name, value in values.items())


def _difference(cost: float) -> str:
    """The difference in cost to another point: three digits, an integer where it is large."""
    if cost == 0:
        return "the same"
    size = f"{abs(cost):.0f}" if abs(cost) >= 999.5 else f"{abs(cost):.3g}"
    return f"{size} {'worse' if cost > 0 else 'better'}"
