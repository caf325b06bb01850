"""The objectives study: its functions as published, its solvers, and its fronts against known truth."""

import math
import sys
from dataclasses import replace

import moocore
import numpy as np
import pytest
import torch
from problems.truth import concave_hypervolume
from study_laws import STUDIES, assert_stacks, jobs_of, trained
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from toy import inline

from jrtune import StudyError
from jrtune.analysis.front import front
from jrtune.cli import main
from jrtune.data import fingerprint
from jrtune.search.run.progress import Progress
from jrtune.search.run.run_config import Budget
from jrtune.search.run.session import Loaded, held
from jrtune.search.run.signals import Stop
from jrtune.search.run.tune import tune
from jrtune.spec.study_file import load_study
from jrtune.train.executors.dispatcher import Dispatcher
from jrtune.train.executors.saved import Saved
from jrtune.train.loop.device import pick_device

FILE = STUDIES / "objectives.py"
STUDY = load_study(FILE)
MODULE = sys.modules["jrtune_study_objectives"]
NAMES = ("zdt1", "zdt2", "zdt3", "dtlz2", "vlmop2", "bnh")
SHARE = 0.98
"""Of the true hypervolume that a search must find."""


# --- the functions as published, one point at a time -----------------------------------------


def zdt(x, shape):
    g = 1 + 9 * sum(x[1:]) / (len(x) - 1)
    return [x[0], g * shape(x[0], g)]


def dtlz2(x, count):
    g = sum((v - 0.5) ** 2 for v in x[count - 1 :])
    angles = [v * math.pi / 2 for v in x[: count - 1]]
    values = []
    for i in range(count):
        value = 1 + g
        for angle in angles[: count - 1 - i]:
            value *= math.cos(angle)
        values.append(value * math.sin(angles[count - 1 - i]) if i else value)
    return values


def vlmop2(x):
    c = 1 / math.sqrt(len(x))
    return [1 - math.exp(-sum((v - s * c) ** 2 for v in x)) for s in (1, -1)]


PUBLISHED = {
    "zdt1": lambda x: zdt(x, lambda f1, g: 1 - math.sqrt(f1 / g)),
    "zdt2": lambda x: zdt(x, lambda f1, g: 1 - (f1 / g) ** 2),
    "zdt3": lambda x: zdt(x, lambda f1, g: 1 - math.sqrt(f1 / g) - f1 / g * math.sin(10 * math.pi * f1)),
    "dtlz2": lambda x: dtlz2(x, 2),
    "vlmop2": vlmop2,
    "bnh": lambda x: [4 * x[0] ** 2 + 4 * x[1] ** 2, (x[0] - 5) ** 2 + (x[1] - 5) ** 2],
}


def points(problem, n=50):
    rng = np.random.default_rng(0)
    return torch.tensor(rng.uniform(problem.low, problem.high, (n, len(problem.low))))


@pytest.mark.parametrize("name", NAMES)
def test_the_functions_are_those_published(name):
    problem = MODULE.problem_of(name, 2)
    x = points(problem)
    np.testing.assert_allclose(problem.f(x), [PUBLISHED[name](row) for row in x.tolist()], rtol=1e-12)


@pytest.mark.parametrize("count", [3, 10])
def test_dtlz2_of_more_functions(count):
    problem = MODULE.problem_of("dtlz2", count)
    x = points(problem)
    np.testing.assert_allclose(problem.f(x), [dtlz2(row, count) for row in x.tolist()], atol=1e-12)
    x[:, count - 1 :] = 0.5
    np.testing.assert_allclose(problem.f(x).norm(dim=1), 1)


def test_bnh_is_violated_where_its_circles_say():
    problem = MODULE.problem_of("bnh", 2)
    x = points(problem, 500)
    a, b = x.T
    feasible = ((a - 5) ** 2 + b**2 <= 25) & ((a - 8) ** 2 + (b + 3) ** 2 >= 7.7)
    assert 0 < feasible.sum() < 500
    assert torch.equal(problem.violation(x) == 0, feasible)
    assert (problem.violation(torch.tensor([[8.0, -3.0]])) == 1).all()  # the second circle's centre


# --- the study -------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [2, 10])
def test_as_many_terms_as_functions(count):
    study = MODULE.make("dtlz2", count)
    assert list(study.losses) == list(study.objectives) == [f"f{i + 1}" for i in range(count)]
    assert study.name == f"objectives-dtlz2-{count}"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"problem": "zdt9"}, "expected a problem of zdt1, .*, bnh, got 'zdt9'"),
        ({"count": 3}, "expected 2 functions, of dtlz2 2 to 10, got count=3 of zdt1"),
        ({"problem": "dtlz2", "count": 11}, "got count=11 of dtlz2"),
        ({"solver": "magic"}, "expected the solver gradient or evolution, got 'magic'"),
    ],
)
def test_what_it_refuses(options, message):
    with pytest.raises(StudyError, match=message):
        MODULE.make(**options)


def chebyshev(study, *weightings):
    """Jobs of weights (w, v); of bnh, the violation's is 0."""
    spare = [0.0] * (len(study.losses) - 2)
    return jobs_of(study, *([*weights, *spare] for weights in weightings), scalarisation="chebyshev")


@pytest.mark.parametrize(("name", "solver"), [*((n, "gradient") for n in NAMES), ("bnh", "evolution")])
def test_stacked_equals_one_by_one(name, solver):
    study = MODULE.make(name, solver=solver)
    assert_stacks(study, chebyshev(study, (0.3, 0.7), (0.5, 0.5), (1.0, 0.0)))


class OnOneDevice(TorchDispatchMode):
    """Refuses tensors of another device, which a CUDA graph cannot capture."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        assert {x.device.type for x in tree_leaves(args) if isinstance(x, torch.Tensor)} <= {"meta"}, func
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("solver", ["gradient", "evolution"])
def test_a_step_copies_nothing_from_the_host(solver):
    study = MODULE.make("bnh", solver=solver)
    model, batch = study.model().to("meta"), {"step": torch.zeros(3, device="meta")}
    with OnOneDevice():
        outputs = model(batch)
        sum(loss(outputs, batch) for loss in study.losses.values()).backward()


WEIGHTINGS = [(0.3, 0.7), (0.5, 0.5), (0.8, 0.2)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # where the ray w1 a1 = w2 a2 meets the front, a the functions brought to [0, 1]
        ("zdt2", lambda f1: 1 - f1**2),
        ("dtlz2", lambda f1: np.sqrt(1 - f1**2)),
        ("bnh", lambda f1: 2 * (5 - np.sqrt(f1 / 8)) ** 2),
    ],
)
def test_a_training_ends_where_its_ray_meets_the_front(name, expected):
    study = MODULE.make(name)
    outcomes = trained(study, chebyshev(study, *WEIGHTINGS), study.epochs)
    known = MODULE.problem_of(name, 2)
    extent = np.array(known.nadir) - known.ideal
    for (w, v), outcome in zip(WEIGHTINGS, outcomes, strict=True):
        f1, f2 = outcome.values.values()
        assert f2 == pytest.approx(expected(f1), abs=2e-3 * extent[1])
        a1, a2 = (np.array([f1, f2]) - known.ideal) / extent
        assert w * a1 == pytest.approx(v * a2, abs=5e-3)


def test_a_violated_point_is_driven_back():
    """The least f1 + f2 lies at x = (1, 1), within the second limit alone where it is made a wide one."""
    wide = replace(MODULE.problem_of("bnh", 2), violation=lambda x: (2 - x[:, 0]).relu())
    original = MODULE.problem_of
    try:
        MODULE.problem_of = lambda name, count: wide
        study = MODULE.make("bnh")
    finally:
        MODULE.problem_of = original
    [outcome] = trained(study, chebyshev(study, (1.0, 0.0)), study.epochs)
    assert outcome.losses["violation"] <= 1e-3
    assert outcome.values["f1"] == pytest.approx(16, abs=0.2)  # at (2, 0)


def test_the_whole_way_on_a_toy_budget(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["tune", str(FILE), "--trials", "4", "--epochs", "2", "--device", "cpu"]) == 0
    assert "f1" in capsys.readouterr().out
    assert main(["export", "--knee", "--out", "out"]) == 0
    assert (tmp_path / "out" / "weights.json").is_file()
    assert (tmp_path / "out" / "model.safetensors").is_file()


# --- whole searches against known truth ------------------------------------------------------


def curve(name):
    """A fine front, n x 2, of the problems that have no formula here."""
    u = np.linspace(0, 1, 200_001)
    if name == "bnh":  # x1 = x2 from 0 to 3, then x1 on to 5
        x = np.stack([5 * u, np.minimum(5 * u, 3)], 1)
        return np.stack([4 * (x**2).sum(1), ((x - 5) ** 2).sum(1)], 1)
    g = {"zdt1": 1 - np.sqrt(u), "zdt2": 1 - u**2, "zdt3": 1 - np.sqrt(u) - u * np.sin(10 * np.pi * u)}
    return np.stack([u, g[name]], 1)


def true_hypervolume(name, reference):
    if name == "vlmop2":
        return concave_hypervolume(reference[0])
    if name == "dtlz2":  # a box less the part of the unit ball in it
        count = len(reference)
        return np.prod(reference) - math.pi ** (count / 2) / math.gamma(count / 2 + 1) / 2**count
    return moocore.hypervolume(curve(name), ref=reference)


def share_found(study, name, folder, trials=256, sampler="front", seed=0):
    """Share of the true hypervolume that a search of so many trials finds, without rungs."""
    data = study.data()
    loaded = Loaded(study, study.name, FILE, {}, data, fingerprint(data), pick_device("cpu"))
    together = trials if sampler == "qmc" else 32  # quasi-random candidates are all known at the start
    budget = Budget(trials, sampler=sampler, cohort=together, rungs=False)
    with held(loaded, f"{folder}/{seed}.db", seed) as session, Progress(quiet=True) as progress:
        dispatcher = Dispatcher(inline(loaded), Saved(None))
        results = tune(session, dispatcher, budget, Stop(), progress)
    reference = list(results.study.reference.values())
    found = np.array([list(trial.values.values()) for trial in front(results)])
    return moocore.hypervolume(found, ref=reference) / true_hypervolume(name, reference)


@pytest.mark.parametrize(("count", "worst"), [(2, 1.1), (3, 2.0), (5, 2.0)])
def test_the_reference_point(count, worst):
    study = MODULE.make("dtlz2", count)
    assert {o.worst for o in study.objectives.values()} == {worst}


def test_the_true_hypervolumes_are_those_known():
    assert true_hypervolume("zdt1", [11, 11]) == pytest.approx(120 + 2 / 3, abs=1e-3)
    assert true_hypervolume("zdt2", [11, 11]) == pytest.approx(120 + 1 / 3, abs=1e-3)
    # as BoTorch's problems give it
    assert true_hypervolume("zdt3", [11, 11]) == pytest.approx(128.77811613069076, abs=1e-3)
    assert true_hypervolume("dtlz2", [1.1] * 2) == pytest.approx(1.21 - math.pi / 4)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_search_by_gradients_finds_the_front(name, tmp_path):
    study = MODULE.make(name)
    found = [share_found(study, name, tmp_path, trials=192, sampler="qmc", seed=seed) for seed in range(5)]
    assert min(found) >= SHARE, found


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_search_by_evolution_finds_the_front(name, tmp_path):
    assert share_found(MODULE.make(name, solver="evolution"), name, tmp_path) >= SHARE


@pytest.mark.slow
@pytest.mark.parametrize("count", [3, 5, 10])
def test_a_search_finds_a_front_of_many_functions(count, tmp_path):
    assert share_found(MODULE.make("dtlz2", count), "dtlz2", tmp_path) >= SHARE


@pytest.mark.slow
@pytest.mark.timeout(900)  # 3,072 trials: two minutes on a quiet core
def test_near_the_front_of_three_functions_it_takes_thousands_of_points(tmp_path):
    """With the reference point at 1.1, even 1,000 evenly spread points of it have 97.9 %."""
    study = MODULE.make("dtlz2", 3)
    near = {name: replace(objective, worst=1.1) for name, objective in study.objectives.items()}
    study = replace(study, objectives=near)
    assert share_found(study, "dtlz2", tmp_path, trials=3072, sampler="qmc") >= SHARE
