"""Tuned weights in other training loops: the gradient is the plain loop's, under accumulation too."""

import copy
import importlib
import sys
import warnings

import pytest
import torch
from laws import assert_close, problem_of, run
from study_laws import STUDIES, jobs_of, stacked

import jrtune as jr
from jrtune.cli import main

FOLDER = STUDIES / "elsewhere"
NEEDS = {
    "plain_loop": "torch",
    "lightning_module": "lightning",
    "hugging_face_trainer": "transformers",
    "accelerate_loop": "accelerate",
    "keras_loss_weights": "keras",
}
SIZE = 32


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the examples run: they may write, as Keras does on import."""
    with pytest.MonkeyPatch.context() as patch:
        path = tmp_path_factory.mktemp("elsewhere")
        patch.chdir(path)
        patch.setenv("KERAS_HOME", str(path))
        patch.setenv("KERAS_BACKEND", "torch")
        patch.syspath_prepend(FOLDER)
        yield path


@pytest.fixture(scope="module")
def weights(folder):
    """Of a real export."""
    assert main(["new", "my-study"]) == 0
    assert (
        main(["tune", "my_study.py", "--trials", "4", "--epochs", "1", "--cohort", "1", "--seed", "1"]) == 0
    )
    assert main(["export", "--trial", "3"]) == 0
    found = jr.load_weights("out/my-study/export")
    assert min(found.values()) > 0.01
    assert found["kind"] != pytest.approx(found["amount"], abs=0.01)
    return found


@pytest.fixture(scope="module")
def shared(folder):
    return importlib.import_module("two_losses")


def example(name):
    pytest.importorskip(
        NEEDS[name], reason=f"{NEEDS[name]} is not installed: pip install 'jrtune[elsewhere]'"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(name)


def trained(name, weights, shared, accumulation, epochs, lr):
    """Parameters after training from one beginning, one step an epoch."""
    torch.manual_seed(0)
    network = shared.Network()
    before = copy.deepcopy(network)
    example(name).train(
        weights,
        network,
        shared.Samples(SIZE),
        batch_size=SIZE // accumulation,
        accumulation=accumulation,
        epochs=epochs,
        lr=lr,
    )
    return before, [parameter.detach().cpu() for parameter in network.parameters()]


@pytest.mark.parametrize("accumulation", [1, 4])
@pytest.mark.parametrize("name", NEEDS)
def test_the_gradient_is_that_of_the_weighted_sum_over_the_whole_batch(name, accumulation, weights, shared):
    before, after = trained(name, weights, shared, accumulation, epochs=1, lr=1.0)
    samples = shared.Samples(SIZE)
    losses = shared.losses_of(before(samples.x), {"labels": samples.labels, "amount": samples.amount})
    total = sum(weights[term] * loss for term, loss in losses.items())
    gradients = torch.autograd.grad(total, list(before.parameters()))
    for parameter, expected, found in zip(before.parameters(), gradients, after, strict=True):
        assert expected.abs().max() > 1e-3
        torch.testing.assert_close(parameter.detach() - found, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("accumulation", [1, 4])
@pytest.mark.parametrize("name", list(NEEDS)[1:])
def test_several_steps_are_those_of_the_plain_loop(name, accumulation, weights, shared):
    _, expected = trained("plain_loop", weights, shared, 1, epochs=3, lr=0.1)
    _, found = trained(name, weights, shared, accumulation, epochs=3, lr=0.1)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-6)


def test_an_epoch_of_the_plain_loop_leaves_no_gradient_to_the_next(weights, shared):
    network, samples = shared.Network(), shared.Samples(SIZE)
    example("plain_loop").train(weights, network, samples, batch_size=8, accumulation=3, epochs=1)
    assert all(parameter.grad is None for parameter in network.parameters())


def test_keras_trains_with_the_factor_of_rescaled_weights(weights, shared):
    sizes = {term: weights.loss_scale[term] * 100 for term in weights}
    rescaled = weights.rescale(sizes)
    assert rescaled.factor == pytest.approx(0.01)
    before, plain = trained("keras_loss_weights", weights, shared, 1, epochs=1, lr=1.0)
    _, small = trained("keras_loss_weights", rescaled, shared, 1, epochs=1, lr=1.0)
    for start, one, other in zip(before.parameters(), plain, small, strict=True):
        torch.testing.assert_close(start.detach() - other, (start.detach() - one) / 100, rtol=0, atol=1e-6)


def test_every_file_is_an_example_and_runs_from_the_command_line(
    folder, weights, shared, monkeypatch, capsys
):
    assert {file.stem for file in FOLDER.glob("*.py")} == {*NEEDS, "two_losses"}
    monkeypatch.setattr(sys, "argv", ["plain_loop.py", "out/my-study/export"])
    shared.run(example("plain_loop").train)
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["kind", "amount"]
    monkeypatch.setattr(sys, "argv", ["plain_loop.py"])
    with pytest.raises(SystemExit, match=r"usage: python plain_loop\.py"):
        shared.run(example("plain_loop").train)


# --- the way in ------------------------------------------------------------------------------


def test_the_lightning_module_joins_as_it_is(shared):
    joint = example("lightning_module").Joint
    splits = ("train", "val", "test")
    loaders = {split: torch.utils.data.DataLoader(shared.Samples(), 16) for split in splits}
    study = jr.from_lightning(lambda: joint(shared.Network()), loaders, ["kind", "amount"], epochs=3)
    problem, jobs = problem_of(study), jobs_of(study, (0.3, 0.7), (1.0, 0.0), (0.0, 1.0), (0.6, 0.4))
    for one, other in zip(stacked(problem, jobs), run(problem, *jobs), strict=True):
        assert_close(one, other)
        assert one.losses["kind"] < one.loss_scale["kind"] or one.losses["amount"] < one.loss_scale["amount"]
