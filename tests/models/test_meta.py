"""Meta-learning against loops written by hand."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from jrtune.models.meta import MAML, Reptile

EPISODES, SHOTS, QUERIES, RATE = 3, 4, 5, 0.3
WAYS = {"second order": False, "first order": True}


class Learner(nn.Module):
    """x: n x 6 -> {"y": n x 2}, with second derivatives and a part that nothing learns."""

    def __init__(self):
        super().__init__()
        self.one, self.frozen, self.two = nn.Linear(6, 8), nn.Linear(8, 8), nn.Linear(8, 2)
        self.frozen.requires_grad_(False)

    def forward(self, batch):
        return {"y": self.two(self.frozen(self.one(batch["x"]).tanh()).tanh())}


def distance(outputs, batch):
    return F.mse_loss(outputs["y"], batch["y"])


def episodes(seed=0, n=EPISODES):
    generator = torch.Generator().manual_seed(seed)
    shapes = {
        **{"support_x": (SHOTS, 6), "support_y": (SHOTS, 2)},
        **{"query_x": (QUERIES, 6), "query_y": (QUERIES, 2), "other": (1,)},
    }
    return {k: torch.randn(n, *s, generator=generator, dtype=torch.float64) for k, s in shapes.items()}


def learner():
    torch.manual_seed(0)
    return Learner().double()


# --- the definitions, by hand ----------------------------------------------------------------


def by_hand(parameters, x):
    """The learner's function, of its six parameters."""
    w1, b1, wf, bf, w2, b2 = parameters
    return F.linear(F.linear(F.linear(x, w1, b1).tanh(), wf, bf).tanh(), w2, b2)


def descended(model, batch, k, steps, create_graph):
    """The parameters after descent on episode k's support (Finn et al. 2017, algorithm 2, line 6)."""
    now = list(model.parameters())
    for _ in range(steps):
        loss = (by_hand(now, batch["support_x"][k]) - batch["support_y"][k]).square().mean()
        moved = [i for i, p in enumerate(now) if p.requires_grad]
        slopes = torch.autograd.grad(loss, [now[i] for i in moved], create_graph=create_graph)
        for i, slope in zip(moved, slopes, strict=True):
            now[i] = now[i] - RATE * slope
    return now


def meta_loss(outputs, batch):
    return (outputs["y"] - batch["query_y"]).square().mean()


def gradients(model):
    found = [p.grad for p in model.parameters() if p.requires_grad]
    model.zero_grad(set_to_none=True)
    return found


@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("way", WAYS)
def test_maml_is_a_hand_written_loop(way, steps):
    first_order, batch, model = WAYS[way], episodes(), learner()
    outputs = MAML(model, distance, steps, RATE, first_order)(batch)
    meta_loss(outputs, batch).backward()
    found = gradients(model)
    ends = [descended(model, batch, k, steps, create_graph=not first_order) for k in range(EPISODES)]
    expected = torch.stack([by_hand(end, batch["query_x"][k]) for k, end in enumerate(ends)])
    meta_loss({"y": expected}, batch).backward()
    torch.testing.assert_close(outputs["y"], expected, rtol=0, atol=1e-10)
    for one, other in zip(found, gradients(model), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-10)


def test_first_order_is_another_gradient():
    batch, found = episodes(), []
    for first_order in (False, True):
        model = learner()
        meta_loss(MAML(model, distance, 2, RATE, first_order)(batch), batch).backward()
        found.append(torch.cat([g.flatten() for g in gradients(model)]))
    assert (found[0] - found[1]).norm() > 0.05 * found[0].norm()


@pytest.mark.parametrize("steps", [1, 3])
def test_reptile_moves_towards_the_mean_of_the_ends(steps):
    batch, model = episodes(), learner()
    outputs = Reptile(model, distance, steps, RATE)(batch)
    assert outputs["pull"].tolist() == [0] * EPISODES
    assert not outputs["y"].requires_grad
    (meta_loss(outputs, batch) + outputs["pull"].mean()).backward()
    found = gradients(model)
    start = [p.detach() for p in model.parameters()]
    ends = [descended(model, batch, k, steps, create_graph=False) for k in range(EPISODES)]
    pulls = [torch.stack([theta - end[i].detach() for end in ends]).mean(0) for i, theta in enumerate(start)]
    pulls = [pull for pull, p in zip(pulls, model.parameters(), strict=True) if p.requires_grad]
    for one, other in zip(found, pulls, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-10)
    expected = torch.stack([by_hand(end, batch["query_x"][k]) for k, end in enumerate(ends)])
    torch.testing.assert_close(outputs["y"], expected, rtol=0, atol=1e-10)


@pytest.mark.slow
def test_sines_are_learnt_from_ten_points():
    """Finn et al. 2017, section 5.1, small: after one step MAML's error is far below that before it."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(1, 40), nn.Tanh(), nn.Linear(40, 40), nn.Tanh(), nn.Linear(40, 1))

    class Curve(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = net

        def forward(self, batch):
            return {"y": self.net(batch["x"])}

    def waves(n):
        x = torch.rand(n, 20, 1) * 10 - 5
        y = (torch.rand(n, 1, 1) * 4.9 + 0.1) * torch.sin(x + torch.rand(n, 1, 1) * torch.pi)
        return {
            **{"support_x": x[:, :10], "support_y": y[:, :10]},
            **{"query_x": x[:, 10:], "query_y": y[:, 10:]},
        }

    maml = MAML(Curve(), distance, steps=1, rate=0.02)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
    for _ in range(250):
        batch = waves(16)
        optimizer.zero_grad()
        meta_loss(maml(batch), batch).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
    batch = waves(200)
    with torch.no_grad():
        before, after = (float(meta_loss(maml(batch, steps), batch)) for steps in (0, 1))
    assert after < 0.6 * before


# --- how it is used --------------------------------------------------------------------------


@pytest.mark.parametrize("make", [MAML, Reptile])
def test_evaluation_without_gradients_adapts_too(make):
    batch, model = episodes(), learner()
    wrapped = make(model, distance, 2, RATE)
    with torch.no_grad():
        outputs = wrapped.eval()(batch)
    torch.testing.assert_close(outputs["y"], wrapped.train()(batch)["y"])
    plain = model({"x": batch["query_x"][0]})["y"]
    assert (outputs["y"][0] - plain).abs().max() > 1e-3


def test_no_step_is_the_learner_as_it_stands():
    batch, model = episodes(), learner()
    outputs = MAML(model, distance, 2, RATE)(batch, steps=0)
    expected = torch.stack([model({"x": x})["y"] for x in batch["query_x"]])
    torch.testing.assert_close(outputs["y"], expected)


def test_the_batch_stays_as_it_was():
    batch = episodes()
    before = {name: t.clone() for name, t in batch.items()}
    MAML(learner(), distance)(batch)
    assert all(torch.equal(batch[name], t) for name, t in before.items())


class TestBadInput:
    @pytest.mark.parametrize("options", [{"steps": -1}, {"rate": 0.0}, {"rate": float("nan")}])
    def test_options(self, options):
        with pytest.raises(ValueError, match="expected steps from 0 and a rate above 0, got"):
            MAML(learner(), distance, **options)

    def test_nothing_to_adapt(self):
        with pytest.raises(ValueError, match="that require gradients, got none: unfreeze"):
            Reptile(learner().requires_grad_(False), distance)

    @pytest.mark.parametrize("part", ["support_", "query_"])
    def test_a_batch_without_a_part(self, part):
        batch = {name: t for name, t in episodes().items() if not name.startswith(part)}
        with pytest.raises(ValueError, match=r"entries support_\.\.\. and query_\.\.\., got .*other"):
            MAML(learner(), distance)(batch)
