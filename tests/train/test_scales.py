"""How strongly each term pulls at the start: by hand, plain and together, and nothing changes by looking."""

import pytest
import torch
import zoo
from laws import assert_close, job_of, problem_of, run, together
from torch import nn

from jrtune.losses import gradient_norms
from jrtune.train.loop.gradient_norms import norms_at_start
from jrtune.train.loop.problem import epoch_order


def test_norms_are_those_over_what_two_terms_reach():
    shared, own, third = (torch.tensor([x], requires_grad=True) for x in (3.0, 5.0, 7.0))
    terms = [(2 * shared + own).sum(), (shared * own.detach()).sum(), (4 * third).sum()]
    norms = gradient_norms(terms, [shared, own, third])
    assert norms.tolist() == [2.0, 5.0, 0.0]  # the third reaches nothing that is shared
    assert norms.dtype is torch.float64


def test_over_their_own_parameters_where_nothing_is_shared():
    a, b = (torch.tensor([x], requires_grad=True) for x in (3.0, 5.0))
    assert gradient_norms([(2 * a).sum(), (b * b).sum()], [a, b]).tolist() == [2.0, 10.0]


def test_a_term_without_a_gradient_pulls_at_nothing():
    a = torch.tensor([3.0], requires_grad=True)
    assert gradient_norms([a.sum(), torch.tensor(1.0)], [a]).tolist() == [1.0, 0.0]


def test_the_graph_stays_for_the_step():
    a = torch.tensor([3.0], requires_grad=True)
    term = (a * a).sum()
    gradient_norms([term], [a])
    assert a.grad is None
    term.backward()
    assert a.grad.item() == 6


def test_what_cannot_be_differentiated_alone_has_no_norms():
    model = nn.Linear(1, 1)
    term = model(torch.ones(1, 1)).square().sum()
    term.backward()  # after which the graph is gone
    assert norms_at_start([term], model) is None


@pytest.fixture(scope="module")
def alone():
    problem = problem_of(zoo.zoo_study("dropout"))
    jobs = [job_of(0.3, seed=1), job_of(0.8, seed=2)]
    return problem, jobs, run(problem, *jobs)


def test_together_as_alone_even_where_an_earlier_cohort_left_a_graph(alone):
    problem, jobs, expected = alone
    graphs = {}
    for _ in range(2):
        for one, other in zip(together(problem, jobs, graphs), expected, strict=True):
            assert_close(one, other)


def test_the_first_minibatch_is_the_one_that_is_looked_at():
    study = zoo.zoo_study("batch norm")
    problem = problem_of(study)
    [outcome] = run(problem, job_of(0.3))
    torch.manual_seed(1)
    model = study.model().double().train()
    rows = epoch_order(7, 1, problem.splits["train"].size)[: study.training.batch_size]
    batch = {name: tensor[rows] for name, tensor in problem.splits["train"].tensors.items()}
    outputs = model(batch)
    losses = {name: loss(outputs, batch) for name, loss in study.losses.items()}
    found = [
        torch.autograd.grad(term, list(model.parameters()), allow_unused=True, retain_graph=True)
        for term in losses.values()
    ]
    both = [i for i, grads in enumerate(zip(*found, strict=True)) if all(g is not None for g in grads)]
    assert 0 < len(both) < len(found[0])
    norms = [torch.cat([grads[i].flatten() for i in both]).norm().item() for grads in found]
    assert outcome.curve[0].gradients == pytest.approx(dict(zip(losses, norms, strict=True)), rel=1e-9)


def test_looking_changes_no_outcome(alone, monkeypatch):
    problem, jobs, expected = alone
    monkeypatch.setattr("jrtune.train.loop.plain.norms_at_start", lambda terms, model: None)
    for one, other in zip(run(problem, *jobs), expected, strict=True):
        assert one.curve[0].gradients == {}
        assert one.curve[1:] == other.curve[1:]  # bit for bit
