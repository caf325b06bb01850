"""A module whose training step returns its losses by name, without Lightning; with it: tests/studies."""

import pytest
import torch
import torch.nn.functional as F
from laws import assert_close, job_of, problem_of, run, together
from projects import LOSSES, Stepping, loaders, samples
from safetensors.torch import load

import jrtune as jr
from jrtune.errors import StudyError
from jrtune.export.programs import to_pt2
from jrtune.spec import TrialStatus
from jrtune.train import CohortTrainer
from jrtune.train.loop import evaluate
from jrtune.train.stacked import stack

WEIGHTS = (0.3, 1.0, 0.0, 0.7)


def jobs(**choices):
    return [job_of(a, seed=11 + k, keep=True, test=True, **choices) for k, a in enumerate(WEIGHTS)]


def joined(model=Stepping, source=None, losses=("a", "b"), **options):
    return jr.from_lightning(model, source or loaders(), losses, **{"epochs": 3, **options})


def test_it_trains_as_its_losses_do_by_themselves():
    by_losses = jr.from_module(Stepping, loaders(), LOSSES, epochs=3)
    for one, other in zip(
        run(problem_of(joined()), *jobs()), run(problem_of(by_losses), *jobs()), strict=True
    ):
        assert_close(one, other)


def test_it_exports_as_a_program_that_takes_any_number_of_samples():
    x, kind, amount = samples()
    assert to_pt2(joined().model().eval(), {"0": x, "1": kind, "2": amount}, "{}")


@pytest.mark.parametrize("drop", [0.0, 0.5])
def test_stacked_equals_one_by_one(drop):
    problem = problem_of(joined(space={"drop": jr.choice(drop)}))
    for one, other in zip(together(problem, jobs(drop=drop)), run(problem, *jobs(drop=drop)), strict=True):
        assert one.status is TrialStatus.COMPLETE
        assert_close(one, other)


def test_chunks_count_by_their_samples(monkeypatch):
    expected = run(problem_of(joined()), *jobs())
    monkeypatch.setattr(evaluate, "CHUNK", 24)  # of 40: a chunk of 24 and one of 16
    monkeypatch.setattr(stack, "CHUNK", 24)
    problem = problem_of(joined())
    for found in (run(problem, *jobs()), together(problem, jobs())):
        for one, other in zip(found, expected, strict=True):
            assert_close(one, other)


def test_what_a_step_returns_besides_can_be_an_objective():
    right = jr.maximize(lambda outputs, _: outputs["right"].mean(), term="a")
    study = joined(objectives={"right": right})
    [outcome] = run(problem_of(study), jobs()[0])
    network = Stepping().double()
    network.load_state_dict(load(outcome.model))
    x, kind, _ = samples(seed=2)
    assert outcome.test["right"] == pytest.approx(
        float((network(x.double())[0].argmax(1) == kind).double().mean())
    )


class Short(Stepping):
    def training_step(self, batch):
        return self.losses(batch)


def test_a_step_may_leave_out_the_number_of_the_batch():
    for one, other in zip(
        run(problem_of(joined(Short)), *jobs()), run(problem_of(joined()), *jobs()), strict=True
    ):
        assert_close(one, other)


class Counting(Stepping):
    """Keeps what vmap cannot: a sum outside of buffers."""

    def __init__(self):
        super().__init__()
        self.total = 0.0

    def training_step(self, batch, batch_idx):
        found = super().training_step(batch, batch_idx)
        self.total += found["a"].item()
        return found


def test_a_step_that_looks_at_values_trains_one_by_one_and_says_so():
    problem, logged = problem_of(joined(Counting)), []
    trainer = CohortTrainer(problem, 4, logged.append)
    found = {index: outcome for group in trainer.train(jobs()) for index, outcome in group}
    assert len(logged) == 1
    assert "trained one by one, because it cannot be stacked" in logged[0]
    for index, expected in enumerate(run(problem_of(joined()), *jobs())):
        assert_close(found[index], expected)


# --- what is wrong ---------------------------------------------------------------------------


def returning(change):
    class Returning(Stepping):
        def training_step(self, batch, batch_idx):
            return change(super().training_step(batch, batch_idx))

    return Returning


class Manual(Stepping):
    automatic_optimization = False


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (returning(lambda found: found["loss"]), "a mapping with a, b, got Tensor: name each loss"),
        (returning(lambda found: {"loss": found["loss"], "a": found["a"]}), "got a mapping of loss, a: name"),
        (returning(lambda found: found | {"b": found["b"].detach()}), "loss 'b' has no gradient: .*detach"),
        (returning(lambda found: found | {"b": 1.0}), "loss 'b' must be a scalar tensor, got float"),
        (returning(lambda found: found | {"b": found["right"]}), r"scalar tensor, got shape \(\d+,\)"),
        (Manual, r"optimises by itself \(automatic_optimization is False\)"),
        (torch.nn.Linear, "the model needs 'in_features'"),
        (torch.nn.Linear(4, 2), "expected a training_step, Linear has none: use jr.from_module"),
    ],
)
def test_what_a_step_lacks_is_named(model, message):
    with pytest.raises(StudyError, match=message):
        run(problem_of(joined(model)), jobs()[0])


def test_a_term_without_a_gradient_is_named_in_a_stack_too():
    detached = returning(lambda found: found | {"b": found["b"].detach()})
    with pytest.raises(StudyError, match="loss 'b' has no gradient"):
        together(problem_of(joined(detached)), jobs())


@pytest.mark.parametrize("losses", ["a", [], [F.mse_loss]])
def test_losses_are_names(losses):
    with pytest.raises(StudyError, match="losses must be names of what training_step returns"):
        joined(losses=losses)


def test_a_loss_named_twice_is_refused():
    with pytest.raises(StudyError, match="losses must name each term once, got 'a' twice"):
        joined(losses=["a", "b", "a"])
