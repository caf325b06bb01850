"""AdamW is torch's."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from jrtune.train.adamw import AdamW


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_steps_are_those_of_torchs_class(dtype, decay):
    start = [torch.randn(3, 2, dtype=dtype), torch.randn(4, dtype=dtype), torch.randn(2, dtype=dtype)]
    ours, theirs = ([t.clone().requires_grad_() for t in start] for _ in range(2))
    one = AdamW([(ours[:1], decay), (ours[1:], 0.0)])
    other = torch.optim.AdamW(
        [{"params": theirs[:1], "weight_decay": decay}, {"params": theirs[1:], "weight_decay": 0.0}],
        fused=True,
    )
    for step in range(20):
        lr = 0.1 / (1 + step)
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
        assert all(torch.equal(p, q) for p, q in zip(ours, theirs, strict=True))
    assert not torch.equal(ours[1], start[1])
    assert torch.equal(ours[2], start[2])


def test_training_does_not_import_torchs_compiler():
    here = Path(__file__).parent
    program = f"""
import sys
sys.path[:0] = [{str(here)!r}, {str(here.parent)!r}]
import zoo
from laws import job_of, problem_of, run
assert run(problem_of(zoo.zoo_study("mlp", epochs=1)), job_of())[0].ending == "complete"
assert "torch._dynamo" not in sys.modules, "the compiler was imported"
"""
    subprocess.run([sys.executable, "-c", program], check=True)
