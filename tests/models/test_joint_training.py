"""Joint studies of the building blocks train stacked as they train one by one."""

import pytest
import torch
import torch.nn.functional as F
from laws import assert_close, job_of, problem_of, run, together
from torch import nn

import jrtune as jr
from jrtune.losses import tie
from jrtune.models import (
    FUSIONS,
    MLP,
    PLE,
    SHARINGS,
    Categories,
    GaussianLatent,
    ImageDecoder,
    ModalityDropout,
    SeriesEncoder,
    TextDecoder,
    WordBag,
    WordConv,
    fusion_of,
    sharing_of,
)
from jrtune.spec import TrialStatus

WORDS, LENGTH = 6, 4


def load():
    generator = torch.Generator().manual_seed(0)
    return {split: samples(size, generator) for split, size in (("train", 22), ("val", 9), ("test", 9))}


def samples(n, generator):
    wave = torch.randn(n, 2, 12, generator=generator)
    words = torch.randint(WORDS, (n, LENGTH), generator=generator)
    present = torch.rand(n, 2, generator=generator) < 0.7
    kinds = torch.randint(3, (n, 2), generator=generator)
    wave[~present[:, 0]] = 0
    a = (wave[:, 0, 0] + words[:, 0] + kinds[:, 0]).long().remainder(2)
    return {"wave": wave, "words": words, "kinds": kinds, "present": present, "a": a, "b": wave[:, 1, :2]}


class Fused(nn.Module):
    """Tokens of a wave and a vector of words, with modalities that are missing or forgotten."""

    def __init__(self, name):
        super().__init__()
        self.wave, self.words = SeriesEncoder([2, 4], 5, 2), WordConv(WORDS, 4, (1, 3), 3)
        self.forget = ModalityDropout(0.3)
        self.fusion = fusion_of(name, [4, 4], 4, 4)

    def forward(self, batch):
        features = [self.wave(batch["wave"]).transpose(1, 2), self.words(batch["words"])]
        decision, share = self.fusion(features, self.forget(batch["present"]))
        return {"a": decision[:, :2], "b": decision[:, 2:], "share": share}


class Shared(nn.Module):
    """Numbers and categories, layers that two tasks share, and a tie where there is one."""

    def __init__(self, sharing, tied=False):
        super().__init__()
        self.tied = tied
        self.kinds = Categories([3, 3], 2)
        self.sharing = sharing
        self.heads = nn.ModuleList(MLP([4, 3, 2], dropout=0.2) for _ in range(2))

    def forward(self, batch):
        x = torch.cat([batch["wave"][:, :, 0], self.kinds(batch["kinds"])], dim=1)
        a, b = (head(f) for head, f in zip(self.heads, self.sharing(x), strict=True))
        apart = tie(*self.sharing.layers) if self.tied else x.new_zeros(())
        return {"a": a, "b": b, "tie": apart.expand(len(x))}


class Generating(nn.Module):
    """A latent vector that is drawn from words, and a picture and a text of it."""

    def __init__(self):
        super().__init__()
        self.words, self.latent = WordBag(WORDS, 4), GaussianLatent(4, 3)
        self.image, self.text = ImageDecoder(3, 3, 2), TextDecoder(3, LENGTH, WORDS, 3)

    def forward(self, batch):
        z, divergence = self.latent(self.words(batch["words"]))
        picture, text = self.image(z), self.text(z)
        return {"a": picture[:, 0, 0, :2], "b": text[:, 0, :2] + divergence[:, None]}


NETWORKS = {
    **{f"{name} fusion": lambda name=name: Fused(name) for name in FUSIONS},
    **{
        f"{name} sharing": lambda name=name: Shared(sharing_of(name, 6, 4, 2), tied=name == "soft")
        for name in SHARINGS
    },
    "two layers of experts": lambda: Shared(PLE([6, 5, 4], 2)),
    "generation": Generating,
}

LOSSES = {
    "a": lambda out, batch: F.cross_entropy(out["a"], batch["a"]),
    "b": lambda out, batch: F.mse_loss(out["b"], batch["b"]) + (out["tie"].mean() if "tie" in out else 0),
}


def study_of(name):
    return jr.Study(
        name="toy",
        data=load,
        model=NETWORKS[name],
        losses=LOSSES,
        objectives={term: jr.minimize(loss, term=term) for term, loss in LOSSES.items()},
        epochs=2,
        training=jr.Training(lr=1e-2, batch_size=8),
    )


@pytest.mark.parametrize("name", NETWORKS)
def test_a_cohort_gives_what_training_alone_gives(name):
    problem = problem_of(study_of(name))
    jobs = [job_of(a, seed=k, keep=True, test=True) for k, a in enumerate((0.0, 0.3, 0.8))]
    alone = run(problem, *jobs)
    for one, other in zip(together(problem, jobs), alone, strict=True):
        assert one.status is TrialStatus.COMPLETE, one.message
        assert_close(one, other)


@pytest.mark.parametrize("name", NETWORKS)
def test_half_precision_gives_the_same_but_for_rounding(name):
    """As a trainer on CUDA runs the model."""
    torch.manual_seed(0)
    model, batch = NETWORKS[name]().eval(), load()["train"]
    want = model(batch)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        got = model(batch)
    sum(output.float().square().sum() for output in got.values()).backward()
    for key, output in want.items():
        torch.testing.assert_close(got[key].float(), output, atol=0.05, rtol=0.05)
    assert all(p.grad.isfinite().all() for p in model.parameters() if p.grad is not None)
