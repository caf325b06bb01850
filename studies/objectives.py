"""Functions minimised together, without data and without a network: how well is a known front found?

``min_x sum_i w_i f_i(x)``, or a Chebyshev form of it that reaches concave parts of a front, with x within
bounds, and in one problem subject to constraints. Textbook problems whose fronts are known in closed form:

- zdt1, zdt2, zdt3 (Zitzler, Deb & Thiele 2000): 30 numbers; convex, concave and disconnected fronts.
- dtlz2 (Deb, Thiele, Laumanns & Zitzler 2002): 2 to 10 functions, the front is part of a sphere.
- vlmop2 (Van Veldhuizen 1999, after Fonseca & Fleming): a concave front whose sides are flat.
- bnh (Binh & Korn 1997): two quadratics within two circles.

The loss terms are the functions, each brought to [0, 1] on the front: Chebyshev forms measure from 0. The
objectives are the functions as published. The solver is descent by their gradients, or by an evolution
strategy's estimate for functions that have none.

Options: problem, count, solver, as :func:`make` takes them.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

import jrtune as jr

STEPS = 25  # an epoch
SPREAD = 0.002  # of the bounds' extent: the steps of the evolution strategy
SAMPLES = 64  # pairs of them


@dataclass(frozen=True)
class Problem:
    """Functions of D numbers within bounds: f maps B x D to B x m.

    ``ideal`` and ``nadir`` (m) span the front. Where ``violation`` (B x D -> B) is 0, x is feasible.
    """

    f: Callable
    low: list[float]
    high: list[float]
    ideal: list[float]
    nadir: list[float]
    violation: Callable | None = None


def zdt(shape, least=0.0):
    def f(x):
        f1, g = x[:, 0], 1 + 9 * x[:, 1:].mean(1)
        return torch.stack([f1, g * shape(f1, f1 / g)], 1)

    return Problem(f, [0.0] * 30, [1.0] * 30, [0.0, least], [1.0, 1.0])


def root(ratio):
    return ratio.clamp_min(1e-12).sqrt()  # the slope at 0 is infinite


def dtlz2(count):
    def f(x):
        g = (x[:, count - 1 :] - 0.5).square().sum(1)
        angles = x[:, : count - 1] * math.pi / 2
        none = torch.ones_like(x[:, :1])
        cosines = torch.cat([none, angles.cos()], 1).cumprod(1).flip(1)
        return (1 + g)[:, None] * cosines * torch.cat([none, angles.sin().flip(1)], 1)

    size = count + 9
    return Problem(f, [0.0] * size, [1.0] * size, [0.0] * count, [1.0] * count)


def vlmop2(x):
    c = 1 / math.sqrt(x.shape[1])
    return -torch.expm1(-torch.stack([(x - c).square().sum(1), (x + c).square().sum(1)], 1))


def bnh(x):
    return torch.stack([4 * x.square().sum(1), (x - 5).square().sum(1)], 1)


def bnh_violation(x):
    """By how much x lies outside of the first circle, of radius 5, and inside of the second."""
    first = (x[:, 0] - 5).square() + x[:, 1].square()
    second = (x[:, 0] - 8).square() + (x[:, 1] + 3).square()
    return (first / 25 - 1).relu() + (1 - second / 7.7).relu()


def problem_of(name: str, count: int) -> Problem:
    """The problem of that name; ``count`` is how many functions dtlz2 has."""
    if not 2 <= count <= 10 or (name != "dtlz2" and count != 2):
        raise jr.StudyError(f"expected 2 functions, of dtlz2 2 to 10, got count={count} of {name}")
    problems = {
        "zdt1": lambda: zdt(lambda f1, ratio: 1 - root(ratio)),
        "zdt2": lambda: zdt(lambda f1, ratio: 1 - ratio.square()),
        "zdt3": lambda: zdt(lambda f1, ratio: 1 - root(ratio) - ratio * (10 * math.pi * f1).sin(), -0.774),
        "dtlz2": lambda: dtlz2(count),
        "vlmop2": lambda: Problem(vlmop2, [-2.0] * 2, [2.0] * 2, [0.0] * 2, [-math.expm1(-4)] * 2),
        "bnh": lambda: Problem(bnh, [0.0, 0.0], [5.0, 3.0], [0.0, 4.0], [136.0, 50.0], bnh_violation),
    }
    if name not in problems:
        raise jr.StudyError(f"expected a problem of {', '.join(problems)}, got {name!r}")
    return problems[name]()


class Bounded(jr.models.Point):
    """Gives its bounds too: a step that is captured as a CUDA graph may copy none from the host."""

    def forward(self, batch):
        """n samples of anything -> "x", "low" and "high", n x D."""
        x = super().forward(batch)["x"]
        return {"x": x, "low": self.low.expand_as(x), "high": self.high.expand_as(x)}


def make(problem: str = "zdt1", count: int = 2, solver: str = "gradient") -> jr.Study:
    """The study of one problem.

    Args:
        problem: zdt1, zdt2, zdt3, dtlz2, vlmop2 or bnh.
        count: functions of dtlz2, 2 to 10.
        solver: "gradient", or "evolution" which asks for values alone.
    """
    if solver not in ("gradient", "evolution"):
        raise jr.StudyError(f"expected the solver gradient or evolution, got {solver!r}")
    known = problem_of(problem, count)
    spread = SPREAD * max(high - low for low, high in zip(known.low, known.high, strict=True))
    # as is usual; between few points on a front of more functions so little room is left that none fill it
    beyond = 0.1 if len(known.ideal) == 2 else 1.0

    def solved(f):
        def estimated(out):
            def within(x):
                return f(x.clamp(out["low"][0], out["high"][0]))

            return jr.losses.without_gradient(within, spread, SAMPLES)(out["x"])

        return estimated if solver == "evolution" else lambda out: f(out["x"])

    def loss(i, ideal, nadir):
        term = solved(lambda x: (known.f(x)[:, i] - ideal) / (nadir - ideal))
        return lambda out, batch: term(out).mean()

    def objective(i, ideal, nadir):
        worst = nadir + beyond * (nadir - ideal)
        return jr.minimize(lambda out, batch: known.f(out["x"])[:, i].mean(), worst=worst, term=f"f{i + 1}")

    ends = list(enumerate(zip(known.ideal, known.nadir, strict=True)))
    losses = {f"f{i + 1}": loss(i, *end) for i, end in ends}
    limits = {}
    if known.violation:  # 0 wherever it holds, so its weight does no harm
        violation = solved(known.violation)
        losses["violation"] = lambda out, batch: violation(out).mean()
        limits["violation"] = 1e-3
    return jr.Study(
        name="-".join(["objectives", problem, str(count)][: 3 if problem == "dtlz2" else 2]),
        data=lambda: jr.data.nothing(STEPS),
        model=lambda: Bounded(known.low, known.high),
        losses=losses,
        objectives={f"f{i + 1}": objective(i, *end) for i, end in ends},
        space={"scalarisation": jr.choice("smooth-chebyshev", "chebyshev")},
        epochs=16,
        training=jr.Training(lr=0.1, weight_decay=0.0, clip=0.0, batch_size=1),
        constraints=limits,
    )


study = make
