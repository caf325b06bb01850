"""Meta-learning in the trainers: members with inner rates of their own, stacked and one by one."""

import pytest
import zoo
from laws import assert_close, job_of, problem_of, run, together
from torch import nn

import jrtune as jr
from jrtune.models.meta import MAML, Reptile
from jrtune.spec import TrialStatus
from jrtune.train import CohortTrainer
from jrtune.train.executors.grouping import Grouping
from jrtune.train.loop.member import Randomness
from jrtune.train.stacked import step


class Zoo(nn.Module):
    """A network of the zoo whose episodes are of the zoo's samples."""

    def __init__(self, name, make, steps, rate):
        super().__init__()
        options = {"first_order": False} if make is MAML else {}
        self.meta = make(zoo.NETWORKS[name](), inner, steps, rate, **options)

    def forward(self, batch):
        return self.meta(batch)


def inner(outputs, batch):
    return sum(loss(outputs, batch) for loss in zoo.LOSSES.values())


def load():
    """Splits of the zoo, every five samples an episode: three to learn from and two to be judged by."""
    splits = {}
    for split, batch in zoo.load(train=50).items():
        parts = {name: t.unflatten(0, (-1, 5)) for name, t in batch.items()}
        splits[split] = {
            **{f"support_{name}": t[:, :3] for name, t in parts.items()},
            **{f"query_{name}": t[:, 3:] for name, t in parts.items()},
        }
    return splits


def term(name):
    def loss(outputs, batch):
        target = batch[f"query_{name}"].flatten(0, 1)
        figure = zoo.LOSSES[name]({name: outputs[name].flatten(0, 1)}, {name: target})
        return figure + outputs["pull"].mean() if "pull" in outputs else figure

    return loss


def zoo_study(name, make):
    def build(steps: int = 2, rate: float = 0.1):
        return Zoo(name, make, steps, rate)

    return jr.Study(
        name="meta",
        data=load,
        model=build,
        losses={"a": term("a"), "b": term("b")},
        objectives={"distance": jr.minimize(term("b"), term="b")},
        epochs=2,
        training=jr.Training(lr=1e-2, batch_size=4),
    )


RATES = (0.05, 0.1, 0.2)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        *((name, MAML) for name in ("mlp", "tied", "dropout")),
        *((name, Reptile) for name in ("mlp", "unused head")),
    ],
    ids=lambda v: v if isinstance(v, str) else v.__name__,
)
def test_stacked_equals_one_by_one(name, make, monkeypatch):
    monkeypatch.setitem(step.WORTH_TRACING, "cpu", 0)
    problem = problem_of(zoo_study(name, make))
    jobs = [
        job_of(a, seed=k, keep=True, test=True, rate=rate)
        for k, (a, rate) in enumerate(zip((0.3, 0.5, 1.0), RATES, strict=True))
    ]
    [group] = Grouping(problem).groups_of(jobs)  # rates differ, and it is one program all the same
    assert group.randomness is (Randomness.KEYED if name == "dropout" else Randomness.NONE)
    graphs = {}
    for stacked, alone in zip(together(problem, jobs, graphs), run(problem, *jobs), strict=True):
        assert stacked.status is TrialStatus.COMPLETE
        assert_close(stacked, alone)
    assert {graph is not None for graph in graphs.values()} == {True}


def test_a_picture_network_trains_in_a_cohort_or_else_alone():
    problem = problem_of(zoo_study("conv", MAML))
    jobs = [job_of(seed=k, test=True, rate=rate) for k, rate in enumerate(RATES)]
    found = {i: o for group in CohortTrainer(problem, 3).train(jobs) for i, o in group}
    for index, alone in enumerate(run(problem, *jobs)):
        assert_close(found[index], alone)


def test_steps_are_another_program():
    problem = problem_of(zoo_study("mlp", MAML))
    assert len(Grouping(problem).groups_of([job_of(steps=steps) for steps in (1, 2)])) == 2
