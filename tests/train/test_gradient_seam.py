"""A method that weighs by gradients is one file, and trains the same plain, stacked and as a graph."""

import dataclasses
import gc
import weakref
from pathlib import Path

import pytest
import torch
import zoo
from hypothesis import given
from hypothesis import strategies as st
from laws import assert_close, cohort_of, job_of, problem_of, run, together
from safetensors.torch import load as read_tensors
from torch import Tensor
from toy import write_toy

import jrtune as jr
from jrtune.analysis.comparison import TUNED
from jrtune.errors import StudyError
from jrtune.losses import (
    ADAPTIVE,
    GradientBalancing,
    Jacobian,
    adaptive,
    balancing_of,
    gradient_norms,
    jacobian_of,
)
from jrtune.losses.balancing import _METHODS
from jrtune.search.run import compare as comparing
from jrtune.search.run.compare import methods
from jrtune.search.run.run_config import Budget, RunConfig, WorkerConfig
from jrtune.search.run.session import load
from jrtune.search.run.signals import Stop
from jrtune.spec import Candidate, TrialStatus
from jrtune.train.stacked import step

# --- two methods, as a file of a user's would have them --------------------------------------


class InverseNorms(GradientBalancing):
    """Weights inverse to the norm of each term's gradient, which sum to one."""

    def weights(self, losses: Tensor, jacobian: Jacobian) -> Tensor:
        """The T weights of a step."""
        inverse = 1 / jacobian.norms().clamp_min(1e-12)
        return inverse / inverse.sum()


class ShortestPull(GradientBalancing):
    """The least norm of a convex sum of two gradients (Sener & Koltun 2018, MGDA, algorithm 1)."""

    def weights(self, losses: Tensor, jacobian: Jacobian) -> Tensor:
        """The two weights of a step."""
        gram = jacobian.gram()
        apart = (gram[0, 0] - 2 * gram[0, 1] + gram[1, 1]).clamp_min(1e-12)
        first = ((gram[1, 1] - gram[0, 1]) / apart).clamp(0, 1)
        return torch.stack([first, 1 - first])


@pytest.fixture(autouse=True)
def registered():
    adaptive("inverse-norms")(InverseNorms)
    adaptive("shortest-pull")(ShortestPull)
    yield
    for name in ("inverse-norms", "shortest-pull"):
        del _METHODS[name]


TOYS = ("inverse-norms", "shortest-pull")
METHODS = (*TOYS, *(name for name, kind in ADAPTIVE.items() if issubclass(kind, GradientBalancing)))
"""The toys and whatever the package registers: a new method is held by these tests without a line here."""
SETTINGS = (
    {"lr": 1e-3, "clip": 0.0, "schedule": "cosine"},
    {"lr": 3e-4, "clip": 0.05, "weight_decay": 0.0},
    {"lr": 1e-3, "clip": 1.0, "warmup": 0.5},
    {"lr": 5e-4, "clip": 0.2, "weight_decay": 0.1},
)


def jobs_of(balancing, **more):
    """Four jobs that differ in whatever members of a cohort may differ in."""
    return [
        job_of(seed=5 + k, keep=True, test=True, balancing=balancing, **one, **more)
        for k, one in enumerate(SETTINGS)
    ]


def assert_stacked_is_plain(problem, jobs, graphs=None):
    """Law: to 1e-10, gradient norms at the start and parameters among it."""
    for one, other in zip(together(problem, jobs, graphs), run(problem, *jobs), strict=True):
        assert one.status is TrialStatus.COMPLETE, one.message
        assert_close(one, other)


# --- training --------------------------------------------------------------------------------


@pytest.mark.parametrize("traced", [False, True], ids=["by vmap", "as a graph"])
@pytest.mark.parametrize("name", ["mlp", "dropout", "batch norm", "tied", "unused head"])
@pytest.mark.parametrize("method", METHODS)
def test_stacked_equals_plain_with_clipping_and_unequal_minibatches(method, name, traced, monkeypatch):
    monkeypatch.setitem(step.WORTH_TRACING, "cpu", 0 if traced else 10**6)
    problem = problem_of(zoo.zoo_study(name, epochs=4))
    assert zoo.TRAIN % 8  # the last minibatch is a smaller one
    graphs = {}
    assert_stacked_is_plain(problem, jobs_of(method), graphs)
    assert any(graph is not None for graph in graphs.values()) is traced


@pytest.mark.parametrize("method", METHODS)
def test_by_sgd_and_with_orders_of_their_own(method):
    problem = problem_of(zoo.zoo_study("mlp", epochs=3))
    jobs = [dataclasses.replace(job, order_seed=k) for k, job in enumerate(jobs_of(method, optimizer="sgd"))]
    assert_stacked_is_plain(problem, jobs)


@pytest.mark.parametrize("method", METHODS)
def test_within_limits(method):
    study = dataclasses.replace(zoo.zoo_study("mlp", epochs=4), constraints={"a": 0.5})
    assert_stacked_is_plain(problem_of(study), jobs_of(method))


@pytest.mark.parametrize("toy", TOYS)
def test_one_step_is_that_of_the_weights_by_hand(toy):
    training = jr.Training(
        batch_size=zoo.TRAIN,
        clip=0.0,
        schedule="constant",
        warmup=0.0,
        weight_decay=0.0,
        optimizer="sgd",
        momentum=0.0,
    )
    study = dataclasses.replace(zoo.zoo_study("mlp", epochs=1), training=training)
    [outcome] = run(problem_of(study), job_of(seed=3, lr=0.1, keep=True, balancing=toy))
    torch.manual_seed(3)
    model, batch = study.model().double().train(), study.data()["train"]
    batch = {n: t.double() if t.is_floating_point() else t for n, t in batch.items()}
    outputs = model(batch)
    terms = [loss(outputs, batch) for loss in study.losses.values()]
    each = [torch.autograd.grad(t, list(model.body.parameters()), retain_graph=True) for t in terms]
    one, two = (torch.cat([g.flatten() for g in row]) for row in each)
    if toy == "inverse-norms":
        first = two.norm() / (one.norm() + two.norm())
    else:
        first = ((two - one) @ two / (one - two).square().sum()).clamp(0, 1)
    (first * terms[0] + (1 - first) * terms[1]).backward()
    expected = {n: p.detach() - 0.1 * p.grad for n, p in model.named_parameters()}
    found = zoo_model(outcome)
    assert all(torch.allclose(found[n], expected[n], rtol=1e-9, atol=1e-12) for n in expected)


def zoo_model(outcome):
    return read_tensors(outcome.model)


def test_a_method_that_branches_on_values_is_trained_alone_and_the_same():
    class Branches(InverseNorms):
        def weights(self, losses, jacobian):
            return super().weights(losses, jacobian) if float(losses[0]) > 0 else torch.ones_like(losses)

    problem = problem_of(zoo.zoo_study("mlp", epochs=2))
    _METHODS["inverse-norms"] = Branches
    jobs = jobs_of("inverse-norms")
    with pytest.raises(RuntimeError):
        together(problem, jobs)
    found = {
        index: outcome for group in jr.train.CohortTrainer(problem, 4).train(jobs) for index, outcome in group
    }
    for k, other in enumerate(run(problem, *jobs)):
        assert_close(found[k], other)


# --- registering -----------------------------------------------------------------------------


def test_compare_runs_what_is_registered():
    found = {method.name: method.plan for method in methods(zoo.zoo_study("mlp"))}
    assert set(TOYS) <= set(found)
    assert all(found[name].balancing == name for name in TOYS)


METHOD = """

from jrtune.losses import GradientBalancing, adaptive


@adaptive("of-the-study")
class OfTheStudy(GradientBalancing):
    def weights(self, losses, jacobian):
        return jacobian.norms().reciprocal().softmax(0)
"""


def test_a_study_file_that_holds_a_method_compares_it(tmp_path, monkeypatch):
    path = write_toy(tmp_path)
    Path(path).write_text(Path(path).read_text() + METHOD)
    config, inline = RunConfig(path, [], f"{tmp_path}/x.db", device="cpu"), WorkerConfig("inline", 1)
    loaded = load(config)
    try:
        own = [method for method in methods(loaded.study) if method.name == "of-the-study"]
        monkeypatch.setattr(comparing, "methods", lambda study: iter(own))
        budget = Budget(4, "random", 4, rungs=False)
        rows = comparing.compare(loaded, config, inline, budget, 1, Stop())
    finally:
        _METHODS.pop("of-the-study", None)
    assert {row.method: row.trainings for row in rows} == {TUNED: 4, "of-the-study": 4}


def test_a_name_is_that_of_one_method():
    for name in ("fixed", "dwa"):
        with pytest.raises(ValueError, match=f"expected a name of no other method, got '{name}'"):
            adaptive(name)(InverseNorms)
    again = type("InverseNorms", (InverseNorms,), {"__qualname__": InverseNorms.__qualname__})
    adaptive("inverse-norms")(again)  # its file, read once more
    assert ADAPTIVE["inverse-norms"] is again


def test_what_is_not_registered_is_refused_with_all_names():
    with pytest.raises(StudyError, match=r"random-weights, .*inverse-norms, shortest-pull, got 'cagrad'"):
        balancing_of(Candidate({"a": 1.0}, balancing="cagrad"), ["a"])


def test_without_a_jacobian_a_method_says_what_to_give():
    with pytest.raises(ValueError, match="jacobian_of"):
        InverseNorms(2)([torch.tensor(1.0), torch.tensor(2.0)])


# --- the Jacobian ----------------------------------------------------------------------------

NUMBERS = st.floats(-3, 3, width=32)


@given(st.lists(st.lists(NUMBERS, min_size=4, max_size=4), min_size=3, max_size=3))
def test_of_linear_terms_it_is_their_matrix(rows):
    matrix = torch.tensor(rows, dtype=torch.float64)
    one, two = (torch.ones(shape, dtype=torch.float64, requires_grad=True) for shape in ((3,), ()))
    terms = [(row[:3] * one).sum() + row[3] * two for row in matrix]
    found = jacobian_of(terms, [one, two])
    assert torch.equal(found.flat(), matrix)
    assert torch.allclose(found.gram(), matrix @ matrix.T)
    assert torch.allclose(found.norms(), matrix.norm(dim=1))
    assert torch.equal(found.norms(), gradient_norms(terms, [one, two]))


def test_of_a_stack_it_is_that_of_each():
    torch.manual_seed(0)
    parameters = [torch.randn(3, 2, 4, dtype=torch.float64), torch.randn(3, 5, dtype=torch.float64)]
    leaves = [p.clone().requires_grad_() for p in parameters]
    sparsity = ((True, True), (True, False))

    def terms_of(one, two):
        return [one.sin().sum() + two.square().sum(), one.cos().sum()]

    each = [terms_of(*[leaf[k] for leaf in leaves]) for k in range(3)]
    stacked = jacobian_of([sum(column) for column in zip(*each, strict=True)], leaves, sparsity, True)
    for k in range(3):
        own = [p[k].clone().requires_grad_() for p in parameters]
        alone = jacobian_of(terms_of(*own), own)
        assert alone.sparsity == sparsity
        assert alone.shared == (True, False)
        assert alone.flat().shape == (2, 8)
        for way in ("flat", "gram", "norms"):
            assert torch.allclose(getattr(stacked, way)()[k], getattr(alone, way)(), rtol=1e-14)


# --- nothing is written, nothing stays -------------------------------------------------------


def test_gradients_write_nothing():
    problem = problem_of(zoo.zoo_study("mlp"))
    cohort = cohort_of(problem, jobs_of("fixed"), {})
    stack = cohort.stack
    before = {name: id(value) for name, value in vars(stack).items()}
    batch = next(problem.splits["train"].batches(torch.arange(zoo.TRAIN), 8))
    keys = stack.keys.of("step", 1, count=1)[0]
    given = stack.parameters, stack.state, stack.weights, keys, batch, False
    plain, measured = stack.gradients(*given), stack.gradients(*given, measure=True)
    assert {name: id(value) for name, value in vars(stack).items()} == before
    assert plain.norms is None
    assert measured.norms.shape == (4, 2)
    assert torch.equal(plain.values, measured.values)


def test_an_ended_cohort_leaves_memory_at_once():
    problem = problem_of(zoo.zoo_study("mlp", epochs=1))
    cohort = cohort_of(problem, jobs_of("fixed"), {})
    cohort.advance(1)
    cohort.finish()
    stack = weakref.ref(cohort.stack)
    gc.disable()
    try:
        del cohort
        assert stack() is None
    finally:
        gc.enable()
