"""A study with every loss and metric at once: what is stacked equals what is trained one by one."""

import copy

import numpy as np
import pytest
import torch
from laws import assert_close, job_of, problem_of, run, together
from torch import nn

import jrtune as jr
from jrtune.spec import TrialStatus
from jrtune.train.stacked import step

WIDTH, CLASSES = 4, 3


def load():
    generator = torch.Generator().manual_seed(0)
    return {split: samples(n, generator) for split, n in (("train", 80), ("val", 30), ("test", 30))}


def samples(n, generator):
    def coin(p):
        return torch.rand(n, generator=generator) < p

    x = torch.randn(n, 6, generator=generator)
    kind = (3 * x[:, 0]).long().remainder(CLASSES)
    return {
        "x": x,
        "domain": coin(0.5).long(),
        "both": coin(0.7),
        "user": torch.randint(4, (n,), generator=generator),
        "class": torch.where(coin(0.8), kind, -1),
        "flag": torch.where(coin(0.8), (x[:, 1] > 0).float(), torch.nan),
        "number": torch.where(coin(0.8), x[:, 2], torch.nan),
        "baseline": torch.where(coin(0.9), x[:, 3], torch.nan),
    }


class Everything(nn.Module):
    """Two encoders with a tie, heads with a relation, and a classifier of domains behind a reversal."""

    def __init__(self):
        super().__init__()
        self.one, self.other = nn.Linear(6, WIDTH), nn.Linear(6, WIDTH)
        self.start = copy.deepcopy(self.one).requires_grad_(False)
        self.heads = nn.Parameter(torch.randn(CLASSES, WIDTH))
        self.which = nn.Linear(WIDTH, 1)
        self.register_buffer("precision", torch.eye(CLASSES) + 0.1)

    def forward(self, batch):
        one, other = self.one(batch["x"]), self.other(batch["x"])
        penalties = {
            "tie": jr.losses.tie(self.one, self.other),
            "start": jr.losses.tie(self.one, self.start),
            "trace norm": jr.losses.trace_norm(self.heads),
            "learnt": jr.losses.task_covariance(self.heads),
            "given": jr.losses.task_covariance(self.heads, self.precision),
        }
        return {
            "one": one,
            "other": other,
            "logits": one @ self.heads.mT,
            "domain": self.which(jr.losses.reverse_gradient(one.tanh(), 0.5))[:, 0],
            **{name: penalty.expand(len(one)) for name, penalty in penalties.items()},
        }


BALANCED = jr.losses.class_balanced_weights([5, 20, 50])
EVOLVED = jr.losses.without_gradient(lambda x: x.abs().sum(-1), samples=3)
A = {
    "coral": lambda o, b: jr.losses.coral(o["one"], b["domain"]),
    "mmd": lambda o, b: jr.losses.mmd(o["one"], b["domain"]),
    "mmd unbiased": lambda o, b: jr.losses.mmd(o["other"], b["domain"], unbiased=True),
    "domain": lambda o, b: jr.losses.domain_loss(o["domain"], b["domain"]),
    "contrastive": lambda o, b: jr.losses.contrastive(o["one"], o["other"], 0.5, b["both"]),
    "info_nce": lambda o, b: jr.losses.info_nce(o["other"], o["one"], 0.5, b["both"]),
    "distillation": lambda o, b: jr.losses.distillation(o["other"], o["one"], 2.0, b["both"]),
    "implies": lambda o, b: jr.losses.implies(o["logits"][:, 0], o["logits"][:, 1]),
    "product": lambda o, b: jr.losses.implies(o["logits"][:, 0], o["logits"][:, 1], "product", b["both"]),
    "monotone": lambda o, b: jr.losses.monotone(b["x"][:, 0], o["other"][:, 0], 0.1, b["both"]),
    "evolution": lambda o, b: EVOLVED(o["other"]).mean(),
}
B = {
    "class": lambda o, b: jr.losses.cross_entropy(o["logits"], b["class"], BALANCED),
    "flag": lambda o, b: jr.losses.binary_cross_entropy(o["other"][:, 0], b["flag"], 2.0),
    "number": lambda o, b: jr.losses.squared_error(o["other"][:, 1], b["number"]),
    "distance": lambda o, b: jr.losses.absolute_error(o["other"][:, 1], b["number"]),
    **{
        name: lambda o, b, name=name: o[name].mean()
        for name in ("tie", "start", "trace norm", "learnt", "given")
    },
}
METRICS = {
    "accuracy": lambda o, b: jr.metrics.accuracy(o["logits"], b["class"]),
    "macro_f1": lambda o, b: jr.metrics.macro_f1(o["logits"], b["class"]),
    "recall": lambda o, b: jr.metrics.unweighted_average_recall(o["logits"], b["class"]),
    "f1": lambda o, b: jr.metrics.binary_f1(o["other"][:, 0], b["flag"]),
    "auroc": lambda o, b: jr.metrics.auroc(o["other"][:, 0], b["flag"]),
    "sensitivity": lambda o, b: jr.metrics.sensitivity_at_specificity(o["other"][:, 0], b["flag"], 0.8),
    "recall_at": lambda o, b: jr.metrics.recall_at(o["one"], o["other"], 3),
    "recall_of_users": lambda o, b: jr.metrics.recall_at(o["one"], o["other"], 1, b["user"], b["user"]),
    "ndcg": lambda o, b: jr.metrics.ndcg_at(o["other"][:, 0], b["flag"], b["user"], 3),
    "relative": lambda o, b: jr.metrics.relative_absolute_error(o["other"][:, 1], b["number"], b["baseline"]),
}


def total(terms):
    return lambda o, b: torch.stack([0.1 * term(o, b) for term in terms.values()]).sum()


def problem_with(a, b):
    study = jr.Study(
        name="everything",
        data=load,
        model=Everything,
        losses={"a": total(a), "b": total(b)},
        objectives={name: jr.maximize(metric) for name, metric in METRICS.items()},
        epochs=2,
        training=jr.Training(batch_size=16),
        missing=("flag", "number", "baseline"),
    )
    return problem_of(study)


@pytest.fixture
def problem():
    return problem_with(A, B)


def test_every_loss_and_metric_stacks(problem, monkeypatch):
    monkeypatch.setitem(step.WORTH_TRACING, "cpu", 0)
    jobs = [job_of(a, seed=seed, keep=True, test=True, lr=1e-2) for a, seed in ((0.2, 3), (0.7, 4), (1.0, 5))]
    graphs = {}
    stacked = together(problem, jobs, graphs)
    for one, alone in zip(stacked, run(problem, *jobs), strict=True):
        assert one.status is TrialStatus.COMPLETE, one.message
        assert_close(one, alone)
    # a graph stands for no program that looks at values: a step can be captured on CUDA
    assert {graph is not None for graph in graphs.values()} == {True}


def test_a_function_in_numpy_is_asked_member_by_member():
    steps = jr.losses.without_gradient(lambda x: torch.as_tensor(np.round(4 * x.numpy()).sum(-1)), 0.5, 4)
    problem = problem_with({"steps": lambda o, b: steps(o["other"]).mean()}, {"class": B["class"]})
    jobs = [job_of(0.5, seed=seed, keep=True, lr=1e-2) for seed in (3, 4)]
    for one, alone in zip(together(problem, jobs), run(problem, *jobs), strict=True):
        assert_close(one, alone)


@pytest.mark.parametrize("name", [*A, *B])
def test_a_loss_reaches_parameters(problem, name):
    batch = problem.splits["train"].tensors
    torch.manual_seed(0)
    model = Everything().double()
    with torch.no_grad():
        model.one.weight += 0.1  # away from its start
    learnt = [p for p in model.parameters() if p.requires_grad]
    slopes = torch.autograd.grad((A | B)[name](model(batch), batch), learnt, allow_unused=True)
    assert any(slope is not None and slope.abs().max() > 0 for slope in slopes)


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_of_many_members_is_one_call(problem, name):
    batch = problem.splits["val"].tensors
    torch.manual_seed(0)
    with torch.no_grad():
        each = [Everything().double()(batch) for _ in range(5)]
    outputs = {key: torch.stack([one[key] for one in each]) for key in each[0]}
    stacked = torch.func.vmap(METRICS[name], in_dims=(0, None))(outputs, batch)
    assert torch.allclose(stacked, torch.stack([METRICS[name](one, batch) for one in each]), rtol=1e-12)
    assert stacked.unique().numel() > 1
