"""Two models can be stacked only where they differ in values alone; the signature must not miss more."""

import functools

import pytest
import torch
import zoo
from torch import nn

from jrtune.models import CrossStitch
from jrtune.train.vmapped.signature import signature


def seeded(build, seed):
    """The signature of what is built from this seed."""
    torch.manual_seed(seed)
    return signature(build())


@pytest.mark.parametrize("name", zoo.NETWORKS)
def test_it_does_not_depend_on_the_values_that_a_seed_draws(name):
    assert seeded(zoo.NETWORKS[name], 1) == seeded(zoo.NETWORKS[name], 2)


def test_networks_of_the_zoo_all_differ():
    assert len({signature(build()) for build in zoo.NETWORKS.values()}) == len(zoo.NETWORKS)


def test_it_is_the_same_in_train_mode_only():
    model = zoo.NETWORKS["dropout"]()
    assert signature(model.train()) != signature(model.eval())


@pytest.mark.parametrize("layer", [nn.RNN, nn.LSTM, nn.GRU])
def test_recurrent_layers_are_the_same_after_they_ran_by_vmap(layer):
    model = layer(3, 4, num_layers=2, bidirectional=True)
    before = signature(model)
    assert before == signature(layer(3, 4, num_layers=2, bidirectional=True))
    given = {n: torch.zeros_like(p) for n, p in model.named_parameters()}
    torch.func.functional_call(model, given, torch.zeros(2, 1, 3))
    assert signature(model) == before


# --- what must differ ------------------------------------------------------------------------


class Holder(nn.Module):
    """A linear layer, and whatever attributes are given."""

    def __init__(self, **attributes):
        super().__init__()
        self.linear = nn.Linear(2, 2)
        for name, value in attributes.items():
            setattr(self, name, value)


class Settings:
    """An object as models keep their settings in."""

    def __init__(self, slope):
        self.slope = slope


class Noise:
    """An object with state that cannot be read."""

    __slots__ = ()


def scaled(factor):
    return lambda x: factor * x


def local_class(slope):
    """A module whose class takes a value from the function that defines it."""

    class Local(nn.Module):
        def forward(self, x):
            return nn.functional.leaky_relu(x, slope)

    return Local()


def tied(yes):
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    if yes:
        model[1].weight = model[0].weight
    return model


def hooked(hook):
    model = nn.Linear(2, 2)
    if hook:
        model.register_forward_hook(hook)
    return model


PAIRS = {
    "width": (lambda: nn.Linear(2, 3), lambda: nn.Linear(2, 4)),
    "bias": (lambda: nn.Linear(2, 3), lambda: nn.Linear(2, 3, bias=False)),
    "dropout rate": (lambda: nn.Dropout(0.1), lambda: nn.Dropout(0.2)),
    "slope": (lambda: nn.LeakyReLU(0.1), lambda: nn.LeakyReLU(0.2)),
    "activation": (lambda: Holder(act=torch.relu), lambda: Holder(act=torch.tanh)),
    "stride": (lambda: nn.Conv2d(1, 1, 3, stride=1), lambda: nn.Conv2d(1, 1, 3, stride=2)),
    "frozen": (lambda: nn.Linear(2, 2), lambda: nn.Linear(2, 2).requires_grad_(False)),
    "tied": (lambda: tied(True), lambda: tied(False)),
    "order of layers": (
        lambda: nn.Sequential(nn.ReLU(), nn.Tanh()),
        lambda: nn.Sequential(nn.Tanh(), nn.ReLU()),
    ),
    "class": (lambda: nn.ReLU(), lambda: nn.Tanh()),
    "dtype": (lambda: nn.Linear(2, 2), lambda: nn.Linear(2, 2).double()),
    "a tensor that is no buffer": (
        lambda: Holder(t=torch.tensor([1.0, 2.0])),
        lambda: Holder(t=torch.tensor([1.0, 3.0])),
    ),
    "an array": (lambda: Holder(t=torch.ones(2).numpy()), lambda: Holder(t=torch.zeros(2).numpy())),
    "a tensor in a list": (lambda: Holder(t=[torch.ones(1)]), lambda: Holder(t=[torch.zeros(1)])),
    "number or text": (lambda: Holder(a=1), lambda: Holder(a="1")),
    "whole or real": (lambda: Holder(a=1), lambda: Holder(a=1.0)),
    "a dict": (lambda: Holder(a={"b": 1}), lambda: Holder(a={"b": 2})),
    "a set": (lambda: Holder(a={1, 2}), lambda: Holder(a={1, 3})),
    "a slice": (lambda: Holder(a=slice(2)), lambda: Holder(a=slice(3))),
    "a closure": (lambda: Holder(f=scaled(2)), lambda: Holder(f=scaled(3))),
    "another function": (lambda: Holder(f=lambda x: x), lambda: Holder(f=lambda x: -x)),
    "a default": (lambda: Holder(f=lambda x, a=1: x), lambda: Holder(f=lambda x, a=2: x)),
    "a partial": (
        lambda: Holder(f=functools.partial(torch.add, alpha=1)),
        lambda: Holder(f=functools.partial(torch.add, alpha=2)),
    ),
    "settings": (lambda: Holder(s=Settings(0.1)), lambda: Holder(s=Settings(0.2))),
    "a local class": (lambda: local_class(0.1), lambda: local_class(0.2)),
    "a hook": (lambda: hooked(None), lambda: hooked(lambda *_: None)),
    "what cannot be compared": (lambda: Holder(n=Noise()), lambda: Holder(n=Noise())),
    "an unregistered layer": (lambda: Holder(n=[nn.Linear(1, 1)]), lambda: Holder(n=[nn.Linear(1, 1)])),
}
"""What models may differ in -> two builders that do, from one seed."""


@pytest.mark.parametrize("name", PAIRS)
def test_it_differs_where_models_differ_in(name):
    one, other = (build() for build in PAIRS[name])  # both are alive: objects are told by their identity
    assert signature(one) != signature(other)


SAME = sorted(set(PAIRS) - {"what cannot be compared", "an unregistered layer"})


@pytest.mark.parametrize("name", SAME)
@pytest.mark.parametrize("which", [0, 1])
def test_it_is_equal_for_two_builds_with(name, which):
    build = PAIRS[name][which]
    assert seeded(build, 0) == seeded(build, 1)


def test_a_module_may_be_known_by_further_names_and_by_its_methods():
    def build():
        model = Holder()
        model.layers, model.bound = [model.linear], model.linear.forward
        model.settings = Settings(model)
        model.settings.own = model.settings  # a circle
        return model

    assert signature(build()) == signature(build())


def test_hooks_are_compared_by_what_they_do():
    assert signature(hooked(torch.relu)) == signature(hooked(torch.relu)) != signature(hooked(torch.tanh))


def test_a_function_may_call_itself_and_refer_to_what_is_not_there_yet():
    def build():
        def again(x):
            return again(x - 1) if x else later

        if again is None:
            later = 1
        return Holder(f=again)

    assert signature(build())


def test_initial_values_make_no_difference():
    one, other = (CrossStitch(2, 4, own) for own in (0.5, 0.9))
    assert signature(one) == signature(other)
