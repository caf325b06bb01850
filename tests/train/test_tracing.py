"""A graph stands for a function, or there is none; it is never a graph of one minibatch alone."""

import dataclasses
import threading

import pytest
import torch
import zoo
from laws import assert_close, job_of, problem_of, run, together
from torch import nn

from jrtune.train.stacked import step
from jrtune.train.vmapped.tracing import agree, trace

X = torch.tensor([3.0, -1.0, 2.0], dtype=torch.float64)
CONSTANT = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)

# --- functions -------------------------------------------------------------------------------


def gradient(x):
    """Of a sum of cubes, by autograd inside."""
    leaf = x.detach().requires_grad_()
    with torch.enable_grad():
        return torch.autograd.grad((leaf**3).sum(), [leaf])[0]


def in_place(x):
    """Changes a copy, by way of a view."""
    y = x.clone()
    y[1:].mul_(2)
    return y


STANDS = {
    "a chain": lambda x: (x * 2 + 1).relu(),
    "a constant": lambda x: x * CONSTANT,
    "a constant twice": lambda x: (x * CONSTANT, x + CONSTANT),
    "several results": lambda x: (x.sort()[0], {"sum": x.sum()}),
    "parts of a result": lambda x: x.split([1, 2])[1],
    "autograd": gradient,
    "in place": in_place,
    "made inside": lambda x: x + torch.arange(len(x), device=x.device),
    "the input": lambda x: x,
    "indexed by numbers": lambda x: x[torch.tensor([2, 0])],
    "where": lambda x: torch.where(x > 0, x, 0.0),
    "vmap": lambda x: torch.func.vmap(lambda e: e * e)(x),
}


@pytest.mark.parametrize("name", STANDS)
def test_a_graph_gives_what_the_function_gives(name):
    function = STANDS[name]
    graph = trace(function, X)
    assert graph is not None
    other = X.flip(0) * 1.5
    given, expected = graph(other), function(other)
    torch.testing.assert_close(given, expected, rtol=0, atol=0)


BY_VALUE = {
    "a mask": lambda x: x[x > 0].sum(),
    "a mask of bytes": lambda x: x[(x > 0).byte()].sum(),
    "masked_select": lambda x: x.masked_select(x > 0).sum(),
    "item": lambda x: x * x[0].item(),
    "a number of it": lambda x: x * float(x.max()),
    "a branch": lambda x: x if x.sum() > 0 else -x,
    "nonzero": lambda x: (x > 0).nonzero().sum(),
    "where without values": lambda x: torch.where(x > 0)[0].sum(),
    "unique": lambda x: x.unique().sum(),
    "repeats": lambda x: x.repeat_interleave(x.abs().long()).sum(),
    "bincount": lambda x: x.abs().long().bincount().sum(),
    "equal": lambda x: x if torch.equal(x, X) else -x,
    "allclose": lambda x: x if torch.allclose(x, X) else -x,
    "numpy": lambda x: x * x.numpy().max(),
    "tolist": lambda x: x * max(x.tolist()),
    "asarray": lambda x: x * __import__("numpy").asarray(x).max(),
    "a caught error": lambda x: caught(x),
}


def caught(x):
    """Catches whatever goes wrong, as study code may."""
    try:
        return x * x[0].item()
    except Exception:
        return x


@pytest.mark.filterwarnings("ignore:indexing with dtype torch.uint8")
@pytest.mark.parametrize("name", BY_VALUE)
def test_there_is_no_graph_where_values_decide(name):
    assert trace(BY_VALUE[name], X) is None


def test_an_error_of_the_function_is_its_own():
    def wrong(x):
        raise KeyError("a mistake")

    with pytest.raises(KeyError, match="a mistake"):
        trace(wrong, X)


def test_threads_trace_at_once_without_each_other():
    graphs, barrier = {}, threading.Barrier(4)

    def work(k):
        barrier.wait()
        graphs[k] = [trace(lambda x, i=i: x * k + i, X) for i in range(20)]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k, made in graphs.items():
        assert all(torch.equal(graph(X), X * k + i) for i, graph in enumerate(made))


@pytest.mark.parametrize(
    ("other", "same"),
    [(X, True), (X * (1 + 1e-12), True), (X * (1 + 1e-6), False), (X * torch.nan, False), (X + 1e-6, False)],
)
def test_agreement(other, same):
    assert agree([X], [other]) is same


def test_what_is_not_a_number_in_both_agrees():
    assert agree([X * torch.nan], [X * torch.nan])
    assert agree([X / 0], [X / 0])


# --- steps -----------------------------------------------------------------------------------


class Mlp(zoo.TwoHeads):
    """The zoo's first network, to be changed."""

    def __init__(self) -> None:
        super().__init__("x", nn.Sequential(nn.Linear(6, 8), nn.ReLU()), 8)

    def scaled(self, batch, factor):
        """The outputs of x times a factor."""
        return super().forward({**batch, "x": batch["x"] * factor})


class Counting(Mlp):
    """Counts its steps in an attribute, which changes what it gives."""

    calls = 0

    def forward(self, batch):
        self.calls += self.training
        return self.scaled(batch, 1 + self.calls / 10)


class Listing(Mlp):
    """Writes down in a list, whose length changes what it gives."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = []

    def forward(self, batch):
        if self.training:
            self.seen.append(1)
        return self.scaled(batch, 1 + len(self.seen) / 10)


class Masked(Mlp):
    """Counts by a boolean mask of the minibatch."""

    def forward(self, batch):
        return self.scaled(batch, 1 + batch["x"][batch["x"] > 0].sum() / 100)


class Item(Mlp):
    """Turns a value of the minibatch into a number."""

    def forward(self, batch):
        return self.scaled(batch, 1 + batch["x"].max().item())


class Rare(Mlp):
    """Asks numpy for something that few minibatches have."""

    def forward(self, batch):
        return self.scaled(batch, 2.0 if batch["x"].numpy().max() > 2 else 1.0)


class RareList(Mlp):
    """Asks a list for something that few minibatches have."""

    def forward(self, batch):
        return self.scaled(batch, 2.0 if max(batch["x"][:, 0].tolist()) > 2 else 1.0)


class Buffered(Mlp):
    """Counts its steps in a buffer, changed in place."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, batch):
        self.calls += float(self.training)
        return self.scaled(batch, 1 + self.calls / 10)


class Branching(Mlp):
    """Goes a way that attributes and shapes decide."""

    deep = True

    def forward(self, batch):
        return self.scaled(batch, 2.0 if self.deep and batch["x"].shape[1] == 6 and self.training else 1.0)


class Constant(Mlp):
    """Holds tensors that are no buffers."""

    def __init__(self) -> None:
        super().__init__()
        self.weights = [torch.arange(6.0, dtype=torch.float64)]

    def forward(self, batch):
        return self.scaled(batch, self.weights[0] * torch.tensor(0.5))


UNTRACED = [Counting, Listing, Masked, Item, Rare, RareList]
TRACED = [Buffered, Branching, Constant]
SETTINGS = [(0.2, 1), (0.5, 2), (1.0, 3)]


def jobs_of(settings):
    return [job_of(a, seed=seed, lr=1e-3, keep=True) for a, seed in settings]


@pytest.fixture
def traced_at_once(monkeypatch):
    """Short trainings trace too."""
    monkeypatch.setitem(step.WORTH_TRACING, "cpu", 0)


@pytest.mark.usefixtures("traced_at_once")
@pytest.mark.parametrize("network", [*UNTRACED, *TRACED])
def test_models_that_must_or_must_not_be_traced_equal_plain(network):
    problem = problem_of(dataclasses.replace(zoo.zoo_study("mlp", epochs=4), model=network))
    jobs, graphs = jobs_of(SETTINGS), {}
    for one, other in zip(together(problem, jobs, graphs), run(problem, *jobs), strict=True):
        assert_close(one, other)
    assert {graph is not None for graph in graphs.values()} == {network in TRACED}


@pytest.mark.usefixtures("traced_at_once")
@pytest.mark.parametrize("name", ["mlp", "batch norm", "dropout", "running mean", "tied"])
def test_a_graph_serves_a_second_cohort_with_other_members(name, monkeypatch):
    problem, graphs = problem_of(zoo.zoo_study(name, epochs=4)), {}
    together(problem, jobs_of(SETTINGS), graphs)
    assert {graph is not None for graph in graphs.values()} == {True}
    monkeypatch.setattr(step, "trace", lambda *_: pytest.fail("traced again"))
    jobs = jobs_of([(0.9, 7), (0.0, 8), (0.4, 9)])
    for one, other in zip(together(problem, jobs, graphs), run(problem, *jobs), strict=True):
        assert_close(one, other)
    assert len(graphs) == 2  # of full and of uneven minibatches


@pytest.mark.usefixtures("traced_at_once")
@pytest.mark.parametrize("change", [{"batch_size": 4}, {"balancing": "uncertainty"}, {"optimizer": "sgd"}])
def test_a_cohort_of_another_group_gets_a_graph_of_its_own(change):
    problem, graphs = problem_of(zoo.zoo_study("mlp", epochs=4)), {}
    together(problem, jobs_of(SETTINGS), graphs)
    together(problem, [job_of(a, seed=s, lr=1e-3, **change) for a, s in SETTINGS], graphs)
    assert len({key for key, *_ in graphs}) == 2


@pytest.mark.usefixtures("traced_at_once")
def test_a_graph_that_fails_another_minibatch_is_not_used(monkeypatch):
    """What tracing does not see is seen when the second minibatch gives something else."""

    def bakes(function, *args):
        result = function(*args)
        return lambda *_: result

    monkeypatch.setattr(step, "trace", bakes)
    problem, graphs = problem_of(zoo.zoo_study("mlp", epochs=3)), {}
    jobs = jobs_of(SETTINGS)
    for one, other in zip(together(problem, jobs, graphs), run(problem, *jobs), strict=True):
        assert_close(one, other)
    assert set(graphs.values()) == {None}


def test_short_trainings_are_not_traced():
    graphs = {}
    together(problem_of(zoo.zoo_study("mlp", epochs=3)), jobs_of(SETTINGS), graphs)
    assert graphs == {}
