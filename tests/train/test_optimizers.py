"""AdamW and SGD are torch's."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import zoo
from laws import job_of, problem_of, run

import jrtune as jr
from jrtune.train.loop.optimizers import SGD, AdamW, ParameterGroup

PAIRS = {
    "adamw": (AdamW, lambda groups: torch.optim.AdamW(groups, fused=True)),
    "sgd": (
        lambda groups: SGD(groups, 0.9),
        lambda groups: torch.optim.SGD(groups, momentum=0.9, fused=True),
    ),
    "sgd, not fused": (lambda groups: SGD(groups, 0.9), lambda groups: torch.optim.SGD(groups, momentum=0.9)),
    "sgd, no momentum": (lambda groups: SGD(groups, 0.0), lambda groups: torch.optim.SGD(groups)),
}
"""Ours and torch's, of the same groups of parameters."""


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_steps_are_those_of_torchs_class(name, dtype, decay):
    start = [torch.randn(3, 2, dtype=dtype), torch.randn(4, dtype=dtype), torch.randn(2, dtype=dtype)]
    ours, theirs = ([t.clone().requires_grad_() for t in start] for _ in range(2))
    make, make_theirs = PAIRS[name]
    one = make([ParameterGroup(ours[:1], decay), ParameterGroup(ours[1:], 0.0)])
    other = make_theirs(
        [
            {"params": theirs[:1], "weight_decay": decay},
            *({"params": [p], "weight_decay": 0.0} for p in theirs[1:]),
        ]
    )
    for step in range(20):
        lr = 0.01 / (1 + step)
        for group in other.param_groups:
            group["lr"] = lr
        for parameters in (ours, theirs):
            a, b, _ = parameters  # the third never gets a gradient
            # the second gets its first gradient later
            (a.square().sum() + (b.sin().sum() * a.sum() if step > 3 else 0)).backward()
        one.step(lr)
        other.step()
        one.zero_grad()
        other.zero_grad()
        assert all(p.grad is None for p in ours)
        for p, q in zip(ours, theirs, strict=True):
            if name == "sgd, not fused":  # its numbers differ by rounding
                torch.testing.assert_close(p, q)
            else:
                assert torch.equal(p, q)
    assert not torch.equal(ours[1], start[1])
    assert torch.equal(ours[2], start[2])


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_training_by_sgd_is_that_of_torchs_class(momentum):
    training = jr.Training(
        lr=0.1, weight_decay=0.01, batch_size=zoo.TRAIN, clip=0.0, schedule="constant", warmup=0.0,
        optimizer="sgd", momentum=momentum,
    )  # fmt: skip
    study = dataclasses.replace(zoo.zoo_study("mlp", epochs=4), training=training)
    [outcome] = run(problem_of(study), job_of(0.25))
    torch.manual_seed(job_of().seed)
    model, batch = study.model().double(), study.data()["train"]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=momentum, weight_decay=0.01)
    for row in outcome.curve[1:]:
        outputs = model(batch)
        terms = {name: loss(outputs, batch) for name, loss in study.losses.items()}
        optimizer.zero_grad()
        (0.25 * terms["a"] + 0.75 * terms["b"]).backward()
        optimizer.step()
        assert row.train == pytest.approx({n: t.item() for n, t in terms.items()}, rel=1e-10)


def test_training_does_not_import_torchs_compiler():
    here = Path(__file__).parent
    program = f"""
import sys
sys.path[:0] = [{str(here)!r}, {str(here.parent)!r}]
import dataclasses, zoo
from laws import job_of, problem_of, run
from jrtune.spec import Training
for optimizer in ("adamw", "sgd"):
    study = dataclasses.replace(zoo.zoo_study("mlp", epochs=1), training=Training(optimizer=optimizer))
    assert run(problem_of(study), job_of())[0].status == "complete"
assert "torch._dynamo" not in sys.modules, "the compiler was imported"
"""
    subprocess.run([sys.executable, "-c", program], check=True)
