"""Fine-tuning in phases: what stands still, for how long, its rate after that, where it starts from."""

import copy
import dataclasses

import pytest
import torch
import torch.nn.functional as F
import zoo
from laws import assert_close, job_of, problem_of, run, together
from safetensors.torch import load as load_tensors
from torch import nn

import jrtune as jr
from jrtune.conditioned.stacked import condition_together
from jrtune.conditioned.training import condition
from jrtune.errors import StudyError
from jrtune.spec import TrialStatus
from jrtune.train import prepare
from jrtune.train.stacked import step
from jrtune.train.stacked.step import Step

PHASES = (
    {"a": 0.5, "frozen": "body", "frozen_for": 0.5, "frozen_rate": 0.1},
    {"a": 0.3, "frozen": "body", "frozen_for": 0.25},
    {"a": 1.0, "frozen": "body a", "frozen_rate": 0.3, "weight_decay": 0.1, "schedule": "constant"},
    {"a": 0.6, "frozen": "a.weight", "frozen_for": 1.0, "clip": 0.0},
    {"a": 0.0, "frozen": "body", "frozen_rate": 0.0},
    {"a": 0.4},
)
"""Members that differ in what stands still, for how long, and how it moves after; the last is ordinary."""


def jobs_of(settings=PHASES, **more):
    given = {"lr": 1e-3, "warmup": 0.2} | more
    return [job_of(**(given | one), seed=5 + k, keep=True, test=True) for k, one in enumerate(settings)]


def parameters(outcome):
    return load_tensors(outcome.model)


def assert_stacked_equals_one_by_one(name, optimizer, epochs):
    problem = problem_of(zoo.zoo_study(name, epochs=epochs))
    jobs = jobs_of(optimizer=optimizer)
    for stacked, alone in zip(together(problem, jobs), run(problem, *jobs), strict=True):
        assert stacked.status is TrialStatus.COMPLETE
        assert_close(stacked, alone)


CASES = [
    *((name, "adamw") for name in zoo.NETWORKS),
    *((name, "sgd") for name in ("mlp", "conv", "tied", "gru")),
]


@pytest.mark.parametrize(("name", "optimizer"), CASES)
def test_stacked_equals_one_by_one(name, optimizer):
    assert_stacked_equals_one_by_one(name, optimizer, 1)


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_stacked_as_a_graph_equals_one_by_one(optimizer, monkeypatch):
    monkeypatch.setitem(step.WORTH_TRACING, "cpu", 0)
    assert_stacked_equals_one_by_one("unused head", optimizer, 5)


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_a_training_is_that_of_torchs_class_with_two_groups(optimizer):
    training = jr.Training(
        lr=0.05, weight_decay=0.01, batch_size=zoo.TRAIN, clip=0.5, schedule="constant", warmup=0.0,
        optimizer=optimizer, frozen="body", frozen_for=0.5, frozen_rate=0.2,
    )  # fmt: skip
    study = dataclasses.replace(zoo.zoo_study("mlp", epochs=6), training=training)
    [outcome] = run(problem_of(study), job_of(0.25))
    torch.manual_seed(job_of().seed)
    model, batch = study.model().double(), study.data()["train"]
    heads = [*model.a.parameters(), *model.b.parameters()]
    groups = [{"params": model.body.parameters()}, {"params": heads}]
    made = {"adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}[optimizer]
    more = {"momentum": 0.9} if optimizer == "sgd" else {}
    optimizer = made(groups, lr=0.05, weight_decay=0.01, **more)
    for epoch, row in enumerate(outcome.curve[1:]):
        outputs = model(batch)
        terms = {name: loss(outputs, batch) for name, loss in study.losses.items()}
        assert row.train == pytest.approx({n: t.item() for n, t in terms.items()}, rel=1e-10)
        optimizer.zero_grad()
        (0.25 * terms["a"] + 0.75 * terms["b"]).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.param_groups[0]["lr"] = 0.0 if epoch < 3 else 0.05 * 0.2
        optimizer.step()


@pytest.mark.parametrize(
    ("choices", "still"),
    [
        ({"frozen": "body", "frozen_for": 1.0}, {"body"}),
        ({"frozen": "body", "frozen_rate": 0.0}, {"body"}),
        ({"frozen": "a b", "frozen_for": 1.0}, {"a", "b"}),
        ({"frozen": "body", "frozen_for": 0.9}, set()),
        ({"frozen": "body"}, set()),
        ({"frozen_for": 1.0}, set()),
    ],
)
@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_what_stands_still(choices, still, optimizer):
    problem = problem_of(zoo.zoo_study("mlp", epochs=3))
    job = job_of(**choices, optimizer=optimizer, schedule="constant", keep=True)
    torch.manual_seed(job.seed)
    start = problem.study.model().double().state_dict()
    # whatever epoch is selected is a trained one here
    [outcome] = together(problem, [job])
    assert outcome.epoch > 0
    same = {name.split(".")[0] for name, tensor in parameters(outcome).items() if tensor.equal(start[name])}
    if choices.get("frozen_for") == 0.9:
        assert outcome.epoch == 3  # what moved at last
    assert same == still


def test_nothing_frozen_costs_nothing(monkeypatch):
    seen = []

    def watched(self, batch, keys, rates, whole=Step.__call__, **named):
        seen.append((self.frozen, rates.shape[-1]))
        return whole(self, batch, keys, rates, **named)

    monkeypatch.setattr(Step, "__call__", watched)
    problem = problem_of(zoo.zoo_study("mlp", epochs=1))
    together(problem, [job_of(), job_of(frozen="body"), job_of(frozen_for=0.5)])
    assert all(frozen is None and width == 1 for frozen, width in seen)
    seen.clear()
    together(problem, [job_of(), job_of(frozen="body", frozen_for=0.5)])
    assert all(frozen is not None and width == 2 for frozen, width in seen)


def test_a_part_under_another_name_is_frozen_whole():
    problem = problem_of(zoo.zoo_study("tied", epochs=2))
    job = job_of(frozen="body.second.weight", frozen_for=1.0, keep=True)
    torch.manual_seed(job.seed)
    start = problem.study.model().double().state_dict()
    [outcome] = run(problem, job)
    assert parameters(outcome)["body.first.weight"].equal(start["body.first.weight"])
    assert_close(together(problem, [job])[0], outcome)


@pytest.mark.parametrize("train", [run, lambda problem, job: together(problem, [job])])
def test_a_part_that_is_not_there(train):
    problem = problem_of(zoo.zoo_study("mlp"))
    message = "frozen names 'bod', but the model has no parameter .* it has body, a, b: name parts"
    with pytest.raises(StudyError, match=message):
        train(problem, job_of(frozen="a bod", frozen_for=0.5))


# --- where a part starts from ----------------------------------------------------------------


class FromPretrained(nn.Module):
    """A body that starts from parameters learnt before, and how far it has gone from them."""

    def __init__(self, state):
        super().__init__()
        self.net = zoo.NETWORKS["mlp"]()
        self.net.body.load_state_dict(state)
        self.start = copy.deepcopy(self.net.body).requires_grad_(False)

    def forward(self, batch):
        outputs = self.net(batch)
        return {**outputs, "distance": jr.losses.tie(self.net.body, self.start).expand(len(batch["x"]))}


def pretrained(**training):
    torch.manual_seed(3)
    state = zoo.NETWORKS["mlp"]().body.state_dict()
    study = zoo.zoo_study("mlp", epochs=4)
    losses = {
        "a": lambda out, batch: F.cross_entropy(out["a"], batch["a"]),
        "b": lambda out, batch: out["distance"].mean(),
    }
    return dataclasses.replace(
        study,
        model=lambda: FromPretrained(state),
        losses=losses,
        training=jr.Training(batch_size=8, **training),
    )


def test_fine_tuning_from_a_start_with_the_distance_to_it_as_a_term():
    problem = problem_of(pretrained(frozen="net.body", frozen_for=0.5, frozen_rate=0.5, lr=0.03))
    jobs = [job_of(a, keep=True) for a in (0.5, 0.9, 1.0)]
    stacked = together(problem, jobs)
    for one, other in zip(stacked, run(problem, *jobs), strict=True):
        assert_close(one, other)
    for outcome in stacked:
        distance = [row.val["b"] for row in outcome.curve]
        assert distance[:3] == [0, 0, 0]  # two of the four epochs
        assert distance[-1] > 0
    assert stacked[0].curve[-1].val["b"] < stacked[2].curve[-1].val["b"]


# --- conditioned networks --------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_conditioned_networks_have_phases_too(optimizer):
    problem = problem_of(zoo.zoo_study("mlp", epochs=3))
    never = {"frozen": "a.weight", "frozen_rate": 0.0}
    jobs = jobs_of([*({**phases, "a": 0.5} for phases in PHASES[:3]), never], optimizer=optimizer)
    points = torch.eye(2, dtype=torch.float64)
    for progress, job in zip(condition_together(problem, jobs, 4, points), jobs, strict=True):
        alone = condition(problem, job, 4)
        torch.testing.assert_close(progress.endpoints[4], alone.endpoints.detach(), rtol=1e-9, atol=1e-10)
    torch.manual_seed(jobs[3].seed)
    start = dict(problem.study.model().double().named_parameters())
    numbers = alone.endpoints[0].split([shape.numel() for shape in alone.shapes.values()])
    gone = {n: float((x - start[n].flatten()).abs().max()) for n, x in zip(start, numbers, strict=True)}
    assert {name for name, distance in gone.items() if distance < 1e-12} == {"a.weight"}


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_phases_in_a_captured_step():
    study = zoo.zoo_study("mlp", epochs=4)
    on_cuda = prepare(study, study.data(), torch.device("cuda"), torch.float64)
    jobs = jobs_of()
    for one, other in zip(together(on_cuda, jobs), together(problem_of(study), jobs), strict=True):
        assert_close(one, other, 1e-8)
