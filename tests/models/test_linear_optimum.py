"""Linear models of two tasks, whose optimum is known in closed form: each way of sharing finds it.

The inputs are white, ``X' X = n I``, and ``y_t = X a_t + residual``, orthogonal to the inputs. So the mean
squared error of coefficients b is ``|b - a_t|^2`` plus a constant, and the minimum over all B (T x d) that a
way of sharing allows is a matter of a singular value decomposition or a linear system.
"""

import pytest
import torch
import torch.nn.functional as F
from laws import problem_of, together
from safetensors.torch import load as load_tensors
from torch import nn

import jrtune as jr
from jrtune.losses import task_covariance, tie, trace_norm
from jrtune.models import sharing_of
from jrtune.spec import Candidate, Job

N, D = 16, 3
STEPS = 25
"""Steps an epoch, each over all of the data: a sample is the whole set."""
TRUE = torch.tensor([[1.0, 0.5, -0.5], [0.2, -0.8, 0.6]], dtype=torch.float64)
"""A, T x d: neither parallel nor orthogonal."""
PRECISION = torch.tensor([[2.0, -1.0], [-1.0, 1.0]], dtype=torch.float64)
WEIGHTS = (0.3, 0.5, 0.75)
TOLERANCE = 1e-4


def whitened():
    """X, N x D, and two directions orthogonal to it, of mean square one each."""
    drawn = torch.randn(N, D + 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    white = torch.linalg.qr(drawn)[0] * N**0.5
    return white[:, :D], white[:, D:]


def load(noise=0.5):
    x, residual = whitened()
    y = x @ TRUE.T + noise * residual
    sets = {"x": x, "a": y[:, 0], "b": y[:, 1]}
    return {
        split: {name: column.expand(samples, *column.shape) for name, column in sets.items()}
        for split, samples in (("train", STEPS), ("val", 1), ("test", 1))
    }


def linear(inputs, outputs):
    return nn.Linear(inputs, outputs, bias=False)


class Net(nn.Module):
    """Layers that are shared in some way, and a linear head for each task, or none."""

    def __init__(self, way, width, heads=True):
        super().__init__()
        self.sharing = sharing_of(way, D, width, 2, expert=linear)
        self.heads = nn.ModuleList(linear(width, 1) if heads else nn.Identity() for _ in range(2))

    def forward(self, batch):
        features = self.sharing(batch["x"].flatten(0, 1))
        a, b = (head(f).view(-1, N) for head, f in zip(self.heads, features, strict=True))
        return {"a": a, "b": b, "penalty": self.penalty().expand(len(a))}

    def penalty(self):
        return torch.zeros(())


class Tied(Net):
    """Soft sharing: coefficients of each task, tied."""

    def penalty(self):
        return tie(*self.sharing.layers)


class Related(nn.Module):
    """One linear layer whose rows are the tasks, and a relation between them as a penalty."""

    def __init__(self, relation):
        super().__init__()
        self.layer, self.relation = linear(D, 2), relation

    def forward(self, batch):
        y = self.layer(batch["x"])
        return {"a": y[..., 0], "b": y[..., 1], "penalty": self.relation(self.layer.weight).expand(len(y))}


# --- the optima ------------------------------------------------------------------------------


def free(weights):
    """Each task's own optimum."""
    return TRUE


def one_direction(weights):
    """The best B of rank one (Eckart & Young 1936), rows scaled by the roots of their weights."""
    scale = weights[:2, None].sqrt()
    u, s, v = torch.linalg.svd(scale * TRUE, full_matrices=False)
    return u[:, :1] * s[0] @ v[:1] / scale


def quadratic(precision):
    """Of ``sum_t w_t |b_t - a_t|^2 + w_3 tr(B' P B)``: a linear system."""

    def optimum(weights):
        own = torch.diag(weights[:2])
        return torch.linalg.solve(own + weights[2] * precision, own @ TRUE)

    return optimum


def low_rank(weights):
    """Of ``w |B - A|^2 + w_3 |B|_*``: singular values less ``w_3 / 2 w``; here both stay above 0."""
    return shrunk(lambda s: s - weights[2] / (2 * weights[0]))


def learnt_relation(weights):
    """Of ``w |B - A|^2 + w_3 |B|_*^2``: singular values less w_3 / w times their new sum."""
    ratio = weights[2] / weights[0]
    return shrunk(lambda s: s - ratio * s.sum() / (1 + 2 * ratio))


def shrunk(change):
    u, s, v = torch.linalg.svd(TRUE, full_matrices=False)
    changed = change(s)
    assert (changed > 0).all(), "the closed form holds where no singular value vanishes"
    return u * changed @ v


WAYS = {
    # name: (model, optimum, noise: gates that see the sample would use it to fit noise)
    "hard, one feature": (lambda: Net("hard", 1), one_direction, 0.5),
    "hard, two features": (lambda: Net("hard", 2), free, 0.5),
    "cross-stitch": (lambda: Net("cross-stitch", 3), free, 0.5),
    "soft": (lambda: Tied("soft", 1, heads=False), quadratic(torch.tensor([[1.0, -1], [-1, 1]])), 0.5),
    "mmoe": (lambda: Net("mmoe", 6), free, 0.0),
    "ple": (lambda: Net("ple", 6), free, 0.0),
    "a given relation": (lambda: Related(lambda w: task_covariance(w, PRECISION)), quadratic(PRECISION), 0.5),
    "a learnt relation": (lambda: Related(task_covariance), learnt_relation, 0.5),
    "trace norm": (lambda: Related(trace_norm), low_rank, 0.5),
}
GATED = ("mmoe", "ple")
FLAT = ("mmoe",)
"""Its loss is so flat at the optimum that outputs are still 3e-3 away where the loss is 1e-5 away."""
PENALISED = ("soft", "a given relation")
EVEN = ("a learnt relation", "trace norm")  # closed forms for tasks of equal weight


def weightings(name):
    """Weights of a, b and the penalty."""
    if name in EVEN:
        return [{"a": (1 - p) / 2, "b": (1 - p) / 2, "penalty": p} for p in (0.05, 0.1, 0.2)]
    share = 0.3 if name in PENALISED else 0.0
    return [{"a": (1 - share) * w, "b": (1 - share) * (1 - w), "penalty": share} for w in WEIGHTS]


def study_of(model, gated):
    losses = {
        "a": lambda out, batch: F.mse_loss(out["a"], batch["a"]),
        "b": lambda out, batch: F.mse_loss(out["b"], batch["b"]),
        "penalty": lambda out, batch: out["penalty"].mean(),
    }
    return jr.Study(
        name="linear",
        data=load,
        model=model,
        losses=losses,
        objectives={term: jr.minimize(losses[term], term=term) for term in ("a", "b")},
        epochs=20 if gated else 12,
        training=jr.Training(lr=0.2 if gated else 0.1, weight_decay=0.0, batch_size=1, clip=0.0),
    )


@pytest.mark.parametrize("name", WAYS)
def test_the_optimum_is_found(name):
    model, optimum, noise = WAYS[name]
    study = study_of(model, name in GATED)
    problem = problem_of(study, noise=noise)
    jobs = [
        Job(Candidate(weights), seed=k, order_seed=0, save_model=True)
        for k, weights in enumerate(weightings(name))
    ]
    for job, outcome in zip(jobs, together(problem, jobs), strict=True):
        weights = job.candidate.weights
        best = optimum(torch.tensor(list(weights.values()), dtype=torch.float64))
        trained = model().double()
        trained.load_state_dict(load_tensors(outcome.model))
        batch = problem.splits["test"].tensors
        for t, term in enumerate(("a", "b")):
            error = (best[t] - TRUE[t]).square().sum().item() + noise**2
            assert outcome.values[term] == pytest.approx(error, abs=TOLERANCE)
            if name not in FLAT:
                distance = (trained(batch)[term] - batch["x"] @ best[t]).square().mean().sqrt()
                assert distance < TOLERANCE
