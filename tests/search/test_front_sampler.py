"""The front sampler: what it asks for, of any space, and what does not disturb it."""

import math

import numpy as np
import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

import jrtune as jr
from jrtune.pareto.indicators import hypervolume
from jrtune.search.front.axes import ABSENT, Axes
from jrtune.search.front.history import guesses
from jrtune.search.front.improvement import directions, expected_improvement, normals
from jrtune.search.front.reader import HistoryReader
from jrtune.search.front.surrogate import Surrogate, _negative_log_likelihood

UNIT = FloatDistribution(0, 1)
SIGNS = np.ones(2)


def study_of(points, state=TrialState.COMPLETE, figure=None, directions=("minimize", "minimize")):
    """A study of trials of one parameter x with the objectives x^2 and (1 - x)^2."""
    study = optuna.create_study(directions=list(directions))
    for x in points:
        values = (figure or (lambda x: [x**2, (1 - x) ** 2]))(x) if state is TrialState.COMPLETE else None
        add(study, x, values, state)
    return study


def add(study, x, values=None, state=TrialState.COMPLETE, **more):
    trial = create_trial(params={"x": x}, distributions={"x": UNIT}, values=values, state=state, **more)
    study.add_trial(trial)


def ask(study, seed=0, **kwargs):
    study.sampler = jr.FrontSampler(seed=seed, **kwargs)
    return study.ask({"x": UNIT}).params["x"]


# --- where it asks ---------------------------------------------------------------------------


@pytest.mark.parametrize("flip", [1, -1], ids=["minimize", "maximize"])
def test_the_largest_gap_is_filled(flip):
    names = ["minimize" if flip > 0 else "maximize"] * 2
    study = study_of(
        [0, 0.1, 0.2, 0.3, 0.7, 0.8, 0.9, 1],
        figure=lambda x: [flip * x**2, flip * (1 - x) ** 2],
        directions=names,
    )
    pending = [ask(study, seed) for seed in range(4)]
    assert all(0.3 < x < 0.7 for x in pending)


def test_the_ends_are_extended():
    study = study_of([0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7])
    assert any(not 0.25 < ask(study, seed) < 0.75 for seed in range(3))


def test_a_batch_spreads_and_counts_what_is_asked_already():
    study = study_of(np.linspace(0, 1, 6))
    pending = [ask(study, seed) for seed in range(5)]
    assert len({round(x * 5 // 1) for x in pending}) >= 4


def test_first_asks_fill_the_space():
    study = optuna.create_study(directions=["minimize", "minimize"])
    pending = [ask(study, seed, startup=20) for seed in range(9)]
    assert np.diff(np.sort(pending)).max() < 0.3


def test_one_objective_is_minimised():
    study = optuna.create_study(sampler=jr.FrontSampler(seed=0))
    study.optimize(lambda t: (t.suggest_float("x", 1e-4, 1, log=True) - 0.03) ** 2, n_trials=15)
    assert study.best_value < 1e-4


def test_more_hypervolume_than_at_random():
    def share(make):
        study = optuna.create_study(directions=["minimize"] * 3)
        for index in range(30):
            study.sampler = make(index)
            trial = study.ask()
            kind = trial.suggest_categorical("kind", ["a", "b", "c"])
            x = np.array([trial.suggest_float(f"x{k}", 0, 1) for k in range(3)])
            values = ((x - np.eye(3)) ** 2).sum(axis=1) + {"a": 0, "b": 0.5, "c": 1}[kind]
            study.tell(trial, values.tolist())
        return hypervolume([t.values for t in study.trials], [2.2] * 3)

    random = max(share(lambda i, s=s: optuna.samplers.RandomSampler(100 * s + i)) for s in range(3))
    assert share(lambda i: jr.FrontSampler(i)) > random


def test_seed_and_history_decide():
    def pending(seed):
        return [ask(study_of(np.linspace(0, 1, n)), seed) for n in (2, 6)]

    assert pending(3) == pending(3)
    assert pending(3) != pending(4)


def test_a_sampler_without_a_seed_differs():
    assert jr.FrontSampler().seed != jr.FrontSampler().seed
    sampler = jr.FrontSampler(seed=1)
    sampler.reseed_rng()
    assert sampler.seed != 1


def test_figures_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="seed expects an integer from 0, or None, got -1"):
        jr.FrontSampler(seed=-1)
    with pytest.raises(ValueError, match="startup expects an integer from 2, or None, got 1"):
        jr.FrontSampler(startup=1)


# --- any space -------------------------------------------------------------------------------


def any_space(trial):
    x = trial.suggest_float("x", 0, 1)
    kind = trial.suggest_categorical("kind", ["small", None, 3])
    rate = trial.suggest_float("rate", 1e-4, 1e-1, log=True)
    steps = trial.suggest_float("steps", 0, 1, step=0.25)
    width = trial.suggest_int("width", 8, 64, log=True)
    only = trial.suggest_int("only", 5, 5)
    depth = trial.suggest_int("depth", 1, 9, step=2) if kind == 3 else 0
    how = trial.suggest_categorical("how", ["p", "q"]) if kind is None else "p"
    assert steps in (0, 0.25, 0.5, 0.75, 1)
    assert only == 5
    assert depth in (0, 1, 3, 5, 7, 9)
    return x + rate + steps + depth, 1 - x + width / 64 + (how == "q")


def test_any_space_is_searched():
    study = optuna.create_study(directions=["minimize"] * 2, sampler=jr.FrontSampler(seed=0))
    study.optimize(any_space, n_trials=30)
    kinds = [t.params["kind"] for t in study.trials]
    assert set(kinds) == {"small", None, 3}
    assert np.median([t.params["width"] for t in study.trials[-10:]]) < 24  # 8 is best: learnt


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_a_fixed_parameter_stays_fixed():
    study = study_of(np.linspace(0, 1, 6))
    study.sampler = optuna.samplers.PartialFixedSampler({"x": 0.77}, jr.FrontSampler(seed=0))
    assert study.ask({"x": UNIT}).params == {"x": 0.77}


def test_columns_go_there_and_back():
    space = {
        "a": CategoricalDistribution(["p", None, 2.5]),
        "b": FloatDistribution(1e-3, 1, log=True),
        "c": IntDistribution(2, 64, log=True),
        "d": IntDistribution(-4, 5, step=3),
    }
    axes = Axes(space)
    rows = [{"a": "p", "b": 1e-3, "c": 64, "d": 5}, {"a": None, "b": 0.1, "c": 2, "d": -4}]
    points = axes.encode(rows)
    assert [axes.decode(p) for p in axes.snap(points)] == [pytest.approx(row) for row in rows]
    assert axes.encode([{"b": 7.0}])[0] == pytest.approx([ABSENT, 1, 0.5, 0.5])
    assert axes.choices == [3, 0, 0, 0]
    assert axes.squares(points, points)[:, 0, 1] == pytest.approx(
        [1, (2 / 3) ** 2, *(points[0, 2:] - points[1, 2:]) ** 2]
    )


def test_conditions_are_learnt_from_the_outside_in():
    def known(c, b=None, n=None):
        return {"c": c} | ({"a": c, "b": b} if b else {}) | ({"n": n} if n else {})

    # a and b go with c = 1, and n with b = "q": a is no parent of b, and c is settled before b
    trials = [known(0), known(1, "p"), known(1, "q", 0.3), known(2), known(1, "q", 0.9)]
    pq = CategoricalDistribution(["p", "q"])
    space = {"a": CategoricalDistribution([0, 1, 2]), "b": pq, "c": CategoricalDistribution([0, 1, 2])}
    axes = Axes(space | {"n": UNIT}, trials)
    found = axes.snap(np.array([[0, 1, 0, 0.1], [2, 0, 1, 0.1], [2, 1, 1, 0.1], [1, 1, 2, 0.1]]))
    assert found.tolist() == [[-1, -1, 0, 0.5], [2, 0, 1, 0.5], [2, 1, 1, 0.1], [-1, -1, 2, 0.5]]
    assert axes.decode(found[0]) == {"c": 0, "n": 0.5}


def test_parameters_that_exclude_each_other_are_both_searched():
    def either(trial):
        x = trial.suggest_categorical("ba"[trial.number % 2], [0, 1, 2])
        return x, -x

    study = optuna.create_study(directions=["minimize"] * 2, sampler=jr.FrontSampler(seed=0))
    study.optimize(either, n_trials=30)
    for name in "ab":
        assert {t.params[name] for t in study.trials if name in t.params} == {0, 1, 2}


# --- what must do no harm --------------------------------------------------------------------


def test_trials_without_values_do_no_harm():
    study = study_of(np.linspace(0, 1, 6))
    for state in (TrialState.FAIL, TrialState.PRUNED):
        add(study, 0.5, state=state)
    add(study, 0.5, [math.inf, 0.0])
    add(study, 0.5, state=TrialState.WAITING)
    study.add_trial(create_trial(state=TrialState.FAIL))
    assert 0 <= ask(study) <= 1


def test_where_trials_fail_fewer_are_asked_for():
    def inside(failed):
        study = study_of([0, 0.1, 0.2, 0.3, 0.7, 0.8, 0.9, 1])
        for x in failed:
            add(study, x, state=TrialState.FAIL)
        return sum(0.35 < ask(study, seed) < 0.65 for seed in range(6))

    assert inside(np.linspace(0.35, 0.65, 12)) < inside([])


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_figures_beyond_all_scale_do_no_harm():
    study = study_of(np.linspace(0, 1, 6))
    for sign in (-1, 1):
        rungs = [[2, [sign * 1e308, 0]]]
        for limit in (sign * 1e308, sign * 1e-320):
            add(study, 0.5, [sign * 1e308, 0.0], constraints={"limit": limit}, user_attrs={"rungs": rungs})
    add(study, 0.5, state=TrialState.PRUNED, user_attrs={"rungs": rungs})
    assert 0 <= ask(study) <= 1


@pytest.mark.parametrize("points", [[0.5] * 8, [0.2, 0.2, 0.2, 0.8, 0.8]], ids=["one", "two"])
def test_points_that_repeat_do_no_harm(points):
    assert 0 <= ask(study_of(points, figure=lambda x: [1.0, 1.0])) <= 1


def test_what_is_infeasible_is_no_part_of_the_front():
    study = study_of([])
    for x in np.linspace(0, 1, 11):
        # at x > 1/2 both objectives are better, and not allowed
        values = [x**2, (1 - x) ** 2] if x <= 0.5 else [-1.0 - x, -2.0 + x]
        add(study, x, values, constraints={"limit": x - 0.5})
    pending = [ask(study, seed) for seed in range(5)]
    assert np.mean(np.array(pending) <= 0.55) >= 0.8


def test_nothing_feasible_so_far():
    study = study_of([])
    for x in np.linspace(0, 0.5, 6):
        limit = 0.8 - x if x > 0 else math.inf
        add(study, x, [x**2, (1 - x) ** 2], constraints={"limit": limit})
    assert np.mean([ask(study, seed) for seed in range(4)]) > 0.5


# --- rungs -----------------------------------------------------------------------------------


def with_rungs(stopped_at):
    study = study_of([])
    for x in np.linspace(0, 1, 5):
        end = np.array([x**2, (1 - x) ** 2])
        rungs = [[2, (end + 0.5).tolist()], [4, (end + 0.25).tolist()]]
        add(study, x, end.tolist(), user_attrs={"rungs": rungs})
    for rungs in stopped_at:
        add(study, 0.5, state=TrialState.PRUNED, user_attrs={"rungs": rungs})
    return study


def test_what_a_stopped_trial_would_have_got():
    study = with_rungs([[[2, [1.5, 1.5]]], [[2, [9, 9]], [4, [1.5, 2.5]]], [[3, [1, 1]]], [[2, [None, 1]]]])
    history = HistoryReader(SIGNS).read(study.trials, present=99)
    guess, variance = guesses(history, history.stopped, SIGNS)
    assert guess[:2] == pytest.approx(np.array([[1, 1], [1.25, 2.25]]))
    assert variance[:2] == pytest.approx(0)
    assert np.isnan(guess[2:]).all()
    assert 0 <= ask(study) <= 1


def test_a_stopped_trial_counts_by_what_it_would_have_got():
    # the gap is at 1/2, and a trial there was stopped that would have been far behind the front
    study = study_of([])
    for x in (0, 0.1, 0.2, 0.3, 0.7, 0.8, 0.9, 1):
        end = [x**2, (1 - x) ** 2]
        add(study, x, end, user_attrs={"rungs": [[2, end]]})
    before = sum(0.4 < ask(study_of_copy(study), seed) < 0.6 for seed in range(6))
    for x in (0.45, 0.5, 0.55):
        add(study, x, state=TrialState.PRUNED, user_attrs={"rungs": [[2, [2.0, 2.0]]]})
    after = sum(0.4 < ask(study_of_copy(study), seed) < 0.6 for seed in range(6))
    assert after < before


def study_of_copy(study):
    copy = optuna.create_study(directions=["minimize", "minimize"])
    copy.add_trials(study.trials)
    return copy


# --- the parts -------------------------------------------------------------------------------


def test_improvement_is_that_of_the_hypervolume():
    rng = np.random.default_rng(0)
    front, points = np.array([[0.2, 0.7], [0.6, 0.3]]), np.array([[0.1, 0.9], [0.4, 0.4], [0.7, 0.8]])
    none = np.zeros_like(points)
    found = expected_improvement(points, none, front, directions(512, 2, rng), normals(4, 2, rng))
    held = hypervolume(front, [1, 1])
    true = np.array([hypervolume([*front, p], [1, 1]) - held for p in points])
    assert found / found.sum() == pytest.approx(true / true.sum(), abs=0.02)
    assert found[2] == 0


def test_improvement_in_more_objectives_and_with_doubt():
    rng = np.random.default_rng(0)
    rays, draws = directions(2048, 4, rng), normals(64, 4, rng)
    front, points = np.full((1, 4), 0.5), np.array([[0.25] * 4, [0.5, 0.5, 0.5, 0.25], [0.6] * 4])
    found = expected_improvement(points, np.zeros((3, 4)), front, rays, draws)
    true = np.array([0.75**4 - 0.5**4, 0.5**3 * 0.25, 0])
    assert found / found.sum() == pytest.approx(true / true.sum(), abs=0.02)
    doubtful = expected_improvement(points, np.full((3, 4), 0.2), front, rays, draws)
    assert (doubtful[1:] > found[1:]).all()


def test_the_surrogate_is_sure_where_it_has_seen():
    rng = np.random.default_rng(0)
    points = rng.random((30, 2))
    outputs = np.column_stack([np.sin(4 * points[:, 0]), points[:, 0]])
    model = Surrogate(points, outputs, Axes({"x": UNIT, "y": UNIT}), np.zeros(30), rng)
    mean, deviation = model.predict(points)
    assert mean == pytest.approx(outputs, abs=0.02)
    assert deviation.max() < 0.05
    lengths = model.inverse_squares**-0.5
    assert lengths[1] > 2 * lengths[0]  # the outputs do not depend on y
    far = np.array([[3.0, 3.0]])
    assert model.predict(far)[1].min() > 5 * deviation.max()
    before = model.mean(points)
    model.expect(far)
    assert model.predict(far)[1].max() < 0.1
    assert np.array_equal(model.mean(points), before)


def test_the_slope_of_the_likelihood_is_its_derivative():
    rng = np.random.default_rng(0)
    points, outputs, theta = rng.random((9, 2)), rng.normal(size=(9, 3)), np.array([-0.5, 0.3, -3.0])
    squares = Axes({"x": UNIT, "y": UNIT}).squares(points, points).reshape(2, -1)

    def value(theta):
        return _negative_log_likelihood(theta, squares, outputs, np.zeros(9))

    moves = 1e-5 * np.eye(3)
    numeric = [(value(theta + move)[0] - value(theta - move)[0]) / 2e-5 for move in moves]
    assert value(theta)[1] == pytest.approx(numeric, rel=1e-4)


def test_known_noise_is_trusted_less():
    points, outputs = np.array([[0.0], [0.5], [0.5], [1.0]]), np.array([[0.0], [0.0], [1.0], [0.0]])
    extra = np.array([0, 0, 10.0, 0])
    model = Surrogate(points, outputs, Axes({"x": UNIT}), extra, np.random.default_rng(0))
    assert abs(model.mean(np.array([[0.5]]))[0, 0]) < 0.2
