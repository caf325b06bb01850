"""A module, loaders and losses as a study: what is called, what is seen, stacked as alone."""

import copy
import dataclasses
import random

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from laws import assert_close, job_of, problem_of, run, together
from projects import LOSSES, Pair, loaders, samples
from safetensors.torch import load
from torch import nn
from torch.utils.data import DataLoader, Dataset

import jrtune as jr
from jrtune.data import fingerprint
from jrtune.errors import DataError, StudyError
from jrtune.integrations.loaders import collect
from jrtune.spec import TrialStatus

WEIGHTS = (0.3, 1.0, 0.0, 0.7)


def jobs():
    return [job_of(a, seed=11 + k, keep=True, test=True) for k, a in enumerate(WEIGHTS)]


def joined(model=Pair, source=None, losses=LOSSES, **options):
    return jr.from_module(model, source or loaders(), losses, **{"epochs": 3, **options})


def assert_stacked_equals_plain(study):
    """Law."""
    problem = problem_of(study)
    for one, other in zip(together(problem, jobs()), run(problem, *jobs()), strict=True):
        assert one.status is TrialStatus.COMPLETE
        assert_close(one, other)


# --- what the project gives ------------------------------------------------------------------


class Whole(Pair):
    def forward(self, x):
        return torch.cat([part.view(len(x), -1) for part in super().forward(x)], dim=1)


class Named(Pair):
    def forward(self, batch):
        kind, amount = super().forward(batch["x"])
        return {"heads": {"kind": kind}, "amount": amount}


class TwoInputs(Pair):
    def forward(self, left, right):
        return super().forward(torch.cat([left, right], dim=1))


def as_dict(rows):
    x, kind, amount = (torch.stack(part) for part in zip(*rows, strict=True))
    return {"x": x, "targets": [kind, amount]}


def halves(rows):
    x, kind, amount = (torch.stack(part) for part in zip(*rows, strict=True))
    return (x[:, :2], x[:, 2:]), kind, amount


KINDS = {
    "tuple": joined,
    "tensor": lambda: joined(
        Whole,
        losses={
            "a": lambda out, batch: F.cross_entropy(out[:, :2], batch[1]),
            "b": lambda out, batch: F.mse_loss(out[:, 2], batch[2]),
        },
    ),
    "dicts": lambda: joined(
        Named,
        loaders(collate_fn=as_dict),
        {
            "a": lambda out, batch: F.cross_entropy(out["heads"]["kind"], batch["targets"][0]),
            "b": lambda out, batch: F.mse_loss(out["amount"], batch["targets"][1]),
        },
    ),
    "a call of its own": lambda: joined(
        TwoInputs, loaders(collate_fn=halves), call=lambda model, batch: model(*batch[0])
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_form_trains_the_same_and_stacked_as_alone(kind):
    study = KINDS[kind]()
    assert_stacked_equals_plain(study)
    [expected] = run(problem_of(joined()), jobs()[0])
    [found] = run(problem_of(study), jobs()[0])
    assert_close(found, expected)


def test_it_trains_as_a_study_written_out_does():
    x = {split: samples(seed=seed) for seed, split in enumerate(("train", "val", "test"))}
    written = jr.Study(
        name="Pair",
        data=lambda: {split: dict(zip("xka", tensors, strict=True)) for split, tensors in x.items()},
        model=lambda: Written(),
        losses={
            "a": lambda o, b: F.cross_entropy(o["kind"], b["k"]),
            "b": lambda o, b: F.mse_loss(o["amount"], b["a"]),
        },
        objectives={"a": jr.minimize(lambda o, b: F.cross_entropy(o["kind"], b["k"]), term="a")},
        training=jr.Training(batch_size=16),
        epochs=3,
    )
    study = joined(source={split: [tensors] for split, tensors in x.items()}, objectives=None)
    study = dataclasses.replace(study, training=jr.Training(batch_size=16))
    for one, other in zip(run(problem_of(study), *jobs()), run(problem_of(written), *jobs()), strict=True):
        assert one.losses == other.losses
        assert one.values["a"] == other.values["a"]


class Written(Pair):
    def forward(self, batch):
        return dict(zip(("kind", "amount"), super().forward(batch["x"]), strict=True))


def test_objectives_are_each_loss_unless_given():
    study = joined()
    assert {n: (o.direction, o.term) for n, o in study.objectives.items()} == {
        "a": ("minimize", "a"),
        "b": ("minimize", "b"),
    }
    [outcome] = run(problem_of(study), jobs()[0])
    assert outcome.values == pytest.approx(dict(outcome.losses))
    right = jr.maximize(lambda out, batch: jr.metrics.accuracy(out[0], batch[1]), term="a")
    size = jr.minimize(jr.parameters)
    [outcome] = run(problem_of(joined(objectives={"right": right, "size": size})), jobs()[0])
    assert 0 < outcome.values["right"] <= 1
    assert outcome.values["size"] == 4 * 3 + 3 + 3 * 3 + 3


# --- the network -----------------------------------------------------------------------------


def test_parameters_keep_their_names_so_that_they_load_in_the_project():
    study = joined()
    [outcome] = run(problem_of(study), jobs()[0])
    network = Pair()
    network.load_state_dict(load(outcome.model))
    x, kind, amount = samples(seed=2)
    with torch.no_grad():
        logits, guess = network.double()(x.double())
    assert float(F.cross_entropy(logits, kind)) == pytest.approx(outcome.test["a"])
    assert float(F.mse_loss(guess, amount.double())) == pytest.approx(outcome.test["b"])


def test_the_space_goes_to_the_builder_and_to_the_training():
    study = joined(space={"width": jr.integer(2, 8), "lr": jr.number(1e-3, 1e-1, log=True)})
    [outcome] = run(problem_of(study), job_of(width=7, lr=0.01, keep=True))
    assert load(outcome.model)["trunk.weight"].shape == (7, 4)


def test_a_network_is_where_each_candidate_begins_and_stays_as_it_was():
    network = Pair()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    study = joined(network)
    ones, others = (study.model() for _ in range(2))
    assert ones is not network
    for name, tensor in before.items():
        assert torch.equal(ones.state_dict()[name], tensor)
        assert torch.equal(others.state_dict()[name], tensor)
    assert_stacked_equals_plain(study)
    assert "forward" not in vars(network)
    assert all(torch.equal(network.state_dict()[name], tensor) for name, tensor in before.items())


def test_a_copy_of_a_joined_network_has_parameters_of_its_own():
    network = joined().model()
    batch = joined().data()["val"]
    expected = network(batch)["0"]
    copied = copy.deepcopy(network)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
    assert torch.equal(copied(batch)["0"], expected)
    assert not network(batch)["0"].any()
    assert network.forward.__code__  # torch.export reads it


def test_the_study_is_named_after_the_class_and_takes_the_loaders_batch_size():
    assert joined().name == joined(Pair()).name == "Pair"
    assert joined(lambda: Pair()).name == "joined"
    assert joined(name="mine").name == "mine"
    assert joined().training == jr.Training(batch_size=16)
    assert joined(training=jr.Training(lr=0.1)).training.batch_size == 64


# --- the loaders -----------------------------------------------------------------------------


def test_loaders_are_collected_whole_and_the_same_each_time():
    generator = torch.Generator().manual_seed(5)
    torch.manual_seed(1)
    first = joined().data()
    state = torch.random.get_rng_state()
    again = joined().data()
    assert torch.equal(torch.random.get_rng_state(), state)
    assert set(first) == {"train", "val", "test"}
    for split, batch in first.items():
        assert list(batch) == ["0", "1", "2"]
        assert all(torch.equal(batch[name], again[split][name]) for name in batch)
    x, kind, _ = samples()
    order = first["train"]["0"][:, 0].argsort()
    assert torch.equal(first["train"]["0"][order], x[x[:, 0].argsort()])
    assert torch.equal(first["train"]["1"][order], kind[x[:, 0].argsort()])
    own = joined(source=loaders(generator=generator))
    assert torch.equal(own.data()["train"]["0"], own.data()["train"]["0"])


def generators():
    """The states of those that a program shares."""
    return random.getstate(), np.random.get_state()[1].tolist(), torch.random.get_rng_state().tolist()


@pytest.mark.parametrize("draw", [random.random, np.random.random, lambda: torch.rand(()).item()])
def test_what_augmentation_draws_is_the_same_each_time(draw):
    class Augmented(Dataset):
        def __len__(self):
            return 5

        def __getitem__(self, row):
            return torch.tensor(draw()), torch.tensor(row)

    source = {split: DataLoader(Augmented(), 2) for split in ("train", "val", "test")}
    first = collect(source)
    draw()
    before = generators()
    again = collect(source)
    assert generators() == before
    assert fingerprint(first) == fingerprint(again)
    assert first["train"]["0"].unique().numel() == 5


def test_a_data_module_is_set_up_and_asked():
    pending = []

    class Module:
        def prepare_data(self):
            pending.append("prepare")

        def setup(self, stage):
            pending.append(stage)

        def train_dataloader(self):
            return loaders()["train"]

        def val_dataloader(self):
            return [loaders()["val"]]

        def test_dataloader(self):
            return loaders()["test"]

    study = joined(source=Module())
    assert not pending
    assert torch.equal(study.data()["test"]["0"], samples(seed=2)[0])
    assert pending == ["prepare", "fit", "test"]


# --- what is wrong ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": 3}, "a module, a class or a function, got 3"),
        ({"model": lambda depth: Pair()}, "the model needs 'depth', which the space does not give"),
        ({"source": {"train": [], "val": []}}, "loaders of train, val, test, got train, val: .*random_split"),
        ({"source": [1]}, "a mapping of loaders or a data module, got list without train_dataloader"),
        ({"losses": [F.mse_loss]}, "losses must be a dict of functions"),
        ({"space": {"depth": jr.integer(1, 2)}}, "taken by neither the model nor the training"),
        ({"objectives": {"a": 1}}, "must be jr.maximize"),
        ({"objectives": [1]}, r"objectives must be a dict of jr.maximize\(f\)"),
        ({"training": {"lr": 1}}, r"training must be a jr.Training\(...\), got {'lr': 1}"),
        ({"call": 3}, r"call must be a function \(module, batch\) -> outputs, got 3"),
    ],
)
def test_what_a_declaration_lacks_is_named(options, message):
    with pytest.raises(StudyError, match=message):
        joined(**options)


@pytest.mark.parametrize(
    ("batches", "error", "message"),
    [
        (
            [(torch.ones(2, 3),), (torch.ones(2, 4),)],
            DataError,
            r"one shape in every batch, got \(2, 3\), \(2, 4\)",
        ),
        ([{"x": torch.ones(2)}, {"y": torch.ones(2)}], DataError, r"'x' of 'train'.* got \(2,\), none"),
        ([], DataError, "expected batches in 'train', got none"),
        ([(torch.ones(2), "text")], StudyError, r"a batch of 'train'\[1\].* got str"),
    ],
)
def test_batches_that_do_not_fit_are_named(batches, error, message):
    with pytest.raises(error, match=message):
        joined(source={split: batches for split in ("train", "val", "test")}).data()


def doubled(module, args):
    return (2 * args[0],)


@pytest.mark.parametrize(
    ("register", "kind"),
    [
        (lambda m: m.register_forward_pre_hook(doubled), "forward_pre_hooks"),
        (lambda m: m.register_forward_hook(lambda m, args, outs: None), "forward_hooks"),
        (lambda m: m.register_full_backward_hook(lambda m, into, outs: None), "backward_hooks"),
    ],
)
def test_hooks_of_the_network_itself_are_refused(register, kind):
    network = Pair()
    register(network)
    with pytest.raises(StudyError, match=f"without hooks of its own, got Pair with {kind}, .* inside of it"):
        joined(network).model()


class Hooked(Pair):
    def __init__(self):
        super().__init__()
        self.trunk.register_forward_pre_hook(doubled)


class Doubled(Pair):
    def forward(self, x):
        return super().forward(2 * x)


def test_hooks_inside_of_the_network_run_once():
    assert_stacked_equals_plain(joined(Hooked))
    [found], [expected] = (run(problem_of(joined(model)), jobs()[0]) for model in (Hooked, Doubled))
    assert_close(found, expected)


class Hidden(Pair):
    def forward(self, x):
        return [*super().forward(x), None]


@pytest.mark.parametrize("train", [run, lambda problem, *jobs: together(problem, list(jobs))])
def test_a_loss_without_a_gradient_is_named(train):
    detached = {**LOSSES, "b": lambda outputs, batch: F.mse_loss(outputs[1].detach(), batch[2])}
    with pytest.raises(StudyError, match=r"loss 'b' has no gradient: compute it .* without detach"):
        train(problem_of(joined(losses=detached)), *jobs()[:2])


def test_outputs_that_are_no_tensors_are_named():
    with pytest.raises(StudyError, match=r"the module's outputs\[2\].* got NoneType"):
        run(problem_of(joined(Hidden)), jobs()[0])


def test_a_network_that_fails_is_called_rightly_again():
    network = joined(nn.Linear(9, 2)).model()
    batch = {"0": torch.ones(3, 4)}
    for _ in range(2):
        with pytest.raises(RuntimeError, match="mat1 and mat2"):
            network(batch)


def test_a_loader_may_be_any_iterable_of_batches():
    assert len(DataLoader([1, 2])) == 2
    study = joined(source={split: [samples(), samples(8)] for split in ("train", "val", "test")})
    assert len(study.data()["train"]["0"]) == 48
    assert study.training.batch_size == 64
