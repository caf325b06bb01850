"""Recurrent layers in elementary operations against torch's own."""

import pytest
import torch
from torch import nn
from torch.func import functional_call, stack_module_state, vmap
from torch.overrides import TorchFunctionMode

from jrtune.train.vmapped.recurrent import RECURRENT

K, B, L = 3, 2, 5


class Ours(TorchFunctionMode):
    """Calls our functions in place of torch's, and counts how often."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_function__(self, func, types, args=(), kwargs=None):
        self.count += func in RECURRENT
        return RECURRENT.get(func, func)(*args, **(kwargs or {}))


def tensors(value):
    """All tensors of nested tuples."""
    return [value] if isinstance(value, torch.Tensor) else [t for part in value for t in tensors(part)]


def assert_close(ones, others):
    for one, other in zip(tensors(ones), tensors(others), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)


def make(layer, *args, **options):
    torch.manual_seed(4)
    return layer(3, *args, dtype=torch.float64, **options)


LAYERS = {
    "gru": (nn.GRU, {}),
    "lstm": (nn.LSTM, {}),
    "lstm projected": (nn.LSTM, {"proj_size": 2}),
    "tanh": (nn.RNN, {"nonlinearity": "tanh"}),
    "relu": (nn.RNN, {"nonlinearity": "relu"}),
}


@pytest.fixture(params=LAYERS)
def layer(request):
    return LAYERS[request.param]


def initial(network, *batch):
    """Random initial states of a layer."""
    count = network.num_layers * (2 if network.bidirectional else 1)
    hidden = torch.randn(count, *batch, network.proj_size or network.hidden_size, dtype=torch.float64)
    cell = torch.randn(count, *batch, network.hidden_size, dtype=torch.float64)
    return (hidden, cell) if isinstance(network, nn.LSTM) else hidden


@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("bias", [True, False], ids=["biases", "none"])
@pytest.mark.parametrize("bidirectional", [False, True], ids=["one way", "two ways"])
@pytest.mark.parametrize("batch_first", [False, True], ids=["time first", "batch first"])
def test_values_and_gradients_are_torchs(layer, num_layers, bias, bidirectional, batch_first):
    kind, options = layer
    network = make(
        kind, 4, num_layers, bias=bias, bidirectional=bidirectional, batch_first=batch_first, **options
    )
    x = torch.randn(*((B, L) if batch_first else (L, B)), 3, dtype=torch.float64, requires_grad=True)
    states = initial(network, B)
    learnt = [x, *network.parameters()]

    def run():
        output = network(x, states)
        return output, torch.autograd.grad(sum(t.sin().sum() for t in tensors(output)), learnt)

    with Ours() as ours:
        result = run()
    assert ours.count >= 1
    assert_close(result, run())


@pytest.mark.parametrize("train", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("each", [True, False], ids=["own input", "one input"])
def test_members_are_stacked_by_vmap(layer, each, train):
    kind, options = layer
    networks = [make(kind, 4, 2, bidirectional=True, **options).train(train) for _ in range(K)]
    for k, network in enumerate(networks):
        for p in network.parameters():
            p.data += 0.1 * k
    params, _ = stack_module_state(networks)
    x = torch.randn(*((K,) if each else ()), L, B, 3, dtype=torch.float64)

    def member(params, x):
        return functional_call(networks[0], params, (x,))

    with Ours():
        stacked = vmap(member, in_dims=(0, 0 if each else None))(params, x)
    for k, network in enumerate(networks):
        assert_close([t[k] for t in tensors(stacked)], network(x[k] if each else x))


@pytest.mark.parametrize("cell", [nn.GRUCell, nn.LSTMCell, nn.RNNCell])
@pytest.mark.parametrize("bias", [True, False])
def test_cells_are_torchs_and_stack(cell, bias):
    networks = [make(cell, 4, bias=bias) for _ in range(K)]
    params, _ = stack_module_state(networks)
    x = torch.randn(B, 3, dtype=torch.float64)
    with Ours() as ours:
        stacked = vmap(lambda p: functional_call(networks[0], p, (x,)))(params)
    assert ours.count == 1
    for k, network in enumerate(networks):
        assert_close([t[k] for t in tensors(stacked)], network(x))


def test_a_sequence_without_a_batch():
    network, x = make(nn.GRU, 4), torch.randn(L, 3, dtype=torch.float64)
    with Ours():
        result = network(x)
    assert_close(result, network(x))


@pytest.mark.parametrize("kind", [nn.GRU, nn.LSTM, nn.RNN])
def test_packed_sequences_are_refused(kind):
    packed = nn.utils.rnn.pack_padded_sequence(torch.randn(L, B, 3, dtype=torch.float64), [L, L - 1])
    with Ours(), pytest.raises(NotImplementedError, match="packed sequences cannot be stacked: pad them"):
        make(kind, 4)(packed)


@pytest.mark.parametrize(("num_layers", "train", "calls"), [(1, True, 0), (3, True, 2), (3, False, 0)])
def test_dropout_lies_between_layers_in_training(num_layers, train, calls):
    network, dropped = make(nn.GRU, 4, num_layers), []

    def drop(numbers, p):
        dropped.append((tuple(numbers.shape), p))
        return 0 * numbers

    x, states = torch.randn(L, B, 3, dtype=torch.float64), initial(network, B)
    weights = list(network.parameters())
    output, _ = RECURRENT[torch.gru](
        x, states, weights, True, num_layers, 0.3, train, False, False, drop=drop
    )
    assert dropped == [((L, B, 4), 0.3)] * calls
    assert torch.allclose(output, network(x, states)[0]) == (calls == 0)


def test_under_vmap_tensors_have_no_address():
    seen = []
    x = torch.zeros(K)
    with Ours():
        vmap(lambda t: seen.append(t.data_ptr()) or t)(x)
        assert x.data_ptr() == RECURRENT[torch.Tensor.data_ptr](x) != 0
    assert seen == [None]
