"""Conditioned networks trained together: each is what it is alone, whoever else is dropped."""

import pytest
import torch
from laws import job_of, problem_of
from zoo import zoo_study

from jrtune.conditioned.network import Conditioned
from jrtune.conditioned.stacked import condition_together
from jrtune.conditioned.training import condition
from jrtune.errors import StudyError
from jrtune.train.loop.evaluate import objectives_of, predict
from jrtune.train.loop.member import make_member

POINTS = [[1.0, 0.0], [0.25, 0.75], [0.0, 1.0]]
EPOCHS = 4


def together(problem, jobs, pruner=None, epochs=EPOCHS):
    return condition_together(problem, jobs, epochs, torch.tensor(POINTS, dtype=problem.dtype), pruner)


class Drops:
    """A pruner that drops some at a rung, and notes what it was shown."""

    def __init__(self, *pruned):
        self.rungs, self.out, self.shown = [2], set(pruned), {}

    def pruned(self, epoch, metrics):
        self.shown[epoch] = metrics
        return self.out


@pytest.mark.parametrize("name", ["mlp", "group norm", "dropout", "frozen", "unused head"])
def test_a_network_is_what_it_is_alone(name):
    problem = problem_of(zoo_study(name))
    # the weighting of a job, here a single task's, does not matter
    jobs = [job_of(a, seed=seed, lr=lr) for a, seed, lr in ((1.0, 1, 0.01), (0.5, 2, 0.02), (0.0, 3, 0.01))]
    for progress, job in zip(together(problem, jobs), jobs, strict=True):
        alone = condition(problem, job, EPOCHS)
        torch.testing.assert_close(
            progress.endpoints[EPOCHS], alone.endpoints.detach(), rtol=1e-9, atol=1e-10
        )


def test_its_figures_are_those_of_the_network_at_each_weighting():
    problem = problem_of(zoo_study("mlp"))
    [progress] = together(problem, [job_of(test=True)])
    net = Conditioned(make_member(problem, job_of()).model, ["a", "b"])
    net.endpoints.data.copy_(progress.endpoints[EPOCHS])
    for split, front in (("val", progress.fronts[EPOCHS]), ("test", progress.tests[EPOCHS])):
        for (a, b), metrics in zip(POINTS, front, strict=True):
            network = net.at({"a": a, "b": b})
            size = {"size": sum(p.numel() for p in network.parameters())}
            expected = objectives_of(predict(network, problem, split), problem, split, size)
            assert metrics == pytest.approx(expected, rel=1e-9)


def test_who_is_dropped_keeps_what_was_measured_and_leaves_the_others_be():
    problem = problem_of(zoo_study("dropout"))
    jobs = [job_of(seed=seed) for seed in (1, 2, 3)]
    pruner = Drops(1)
    whole, cut = together(problem, jobs), together(problem, jobs, pruner)
    assert list(cut[1].fronts) == [2]
    assert list(cut[0].fronts) == [2, EPOCHS]
    assert pruner.shown[2][1] == {
        f"{w} {name}": value for w, row in enumerate(cut[1].fronts[2]) for name, value in row.items()
    }
    for k in (0, 2):
        torch.testing.assert_close(
            cut[k].endpoints[EPOCHS], whole[k].endpoints[EPOCHS], rtol=1e-9, atol=1e-10
        )


def test_a_shorter_training_is_the_beginning_of_a_longer_one():
    problem = problem_of(zoo_study("mlp"))
    [long], [short] = together(problem, [job_of()], Drops()), together(problem, [job_of()], epochs=2)
    torch.testing.assert_close(long.endpoints[2], short.endpoints[2], rtol=1e-9, atol=1e-10)


def test_one_that_diverges_leaves_the_others_be():
    problem = problem_of(zoo_study("mlp"))
    sound, broken = together(problem, [job_of(), job_of(lr=1e300)])
    assert broken.message.startswith("a loss is not finite in epoch 1")
    assert not broken.fronts
    [alone] = together(problem, [job_of()])
    torch.testing.assert_close(sound.endpoints[EPOCHS], alone.endpoints[EPOCHS], rtol=1e-9, atol=1e-10)


def test_buffers_that_training_changes_are_refused():
    problem = problem_of(zoo_study("batch norm"))
    with pytest.raises(StudyError, match="group norm"):
        together(problem, [job_of(seed=1), job_of(seed=2)])
