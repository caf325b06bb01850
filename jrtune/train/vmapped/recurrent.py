"""Recurrent layers in elementary operations: ``torch.func.vmap`` has no rule for torch's own.

Formulas: the documentation of torch.nn.RNN, LSTM (Hochreiter & Schmidhuber 1997; projections Sak et al.
2014) and GRU (Cho et al. 2014). In shapes, L is the length of the sequence, B the batch, H hidden numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

States = tuple[Tensor, ...]
"""State of a cell: (hidden,), of an LSTM (hidden, cell)."""

Cell = Callable[[Tensor, States, Tensor, Tensor | None], States]
"""(product of the input, states, hidden weights, hidden bias) -> states of the next step."""


def layers(
    cell: Cell,
    input: Tensor,
    hx: Tensor | Sequence[Tensor],
    params: Sequence[Tensor],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool,
    drop: Callable[[Tensor, float], Tensor] = F.dropout,
) -> States:
    """Computes ``torch.gru`` and its like from the same arguments, here behind the cell.

    Args:
        input: L x B x numbers; B x L x numbers where ``batch_first``.
        hx: initial states, each (layers * directions) x B x H.
        params: weights of each layer and direction in torch's order.
        drop: dropout between layers, called with (L x B x numbers, probability) in training.

    Returns:
        The output, L x B x (directions * H) or batch first, and each final state, shaped as in ``hx``.

    Raises:
        NotImplementedError: for packed sequences.
    """
    if not isinstance(has_biases, bool):  # torch's variant for packed ones has its parameters here
        raise NotImplementedError("packed sequences cannot be stacked: pad them, or train one by one")
    initial = (hx,) if isinstance(hx, Tensor) else tuple(hx)
    directions = 2 if bidirectional else 1
    count = len(params) // (num_layers * directions)
    numbers = input.transpose(0, 1) if batch_first else input
    finals = []
    for layer in range(num_layers):
        if layer and train and dropout > 0:
            numbers = drop(numbers, dropout)
        outputs = []
        for index in range(layer * directions, (layer + 1) * directions):
            weights = params[index * count : (index + 1) * count]
            states = tuple(state[index] for state in initial)
            backwards = index % directions == 1
            output, states = _sequence(cell, numbers, states, weights, has_biases, backwards)
            outputs.append(output)
            finals.append(states)
        numbers = torch.cat(outputs, -1) if bidirectional else outputs[0]
    output = numbers.transpose(0, 1) if batch_first else numbers
    return output, *(torch.stack(states) for states in zip(*finals, strict=True))


def one_step(
    cell: Cell,
    input: Tensor,
    hx: Tensor | Sequence[Tensor],
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor | States:
    """Computes ``torch.gru_cell`` and its like: B x numbers and states B x H to states B x H."""
    initial = (hx,) if isinstance(hx, Tensor) else tuple(hx)
    states = cell(F.linear(input, w_ih, b_ih), initial, w_hh, b_hh)
    return states[0] if isinstance(hx, Tensor) else states


def _sequence(
    cell: Cell, numbers: Tensor, states: States, weights: Sequence[Tensor], has_biases: bool, backwards: bool
) -> tuple[Tensor, States]:
    """One direction of one layer: (outputs, L x B x H, in the order of the input; last states)."""
    w_ih, w_hh, *others = weights
    b_ih, b_hh = others[:2] if has_biases else (None, None)
    projection = others[-1] if len(others) % 2 else None
    products = F.linear(numbers, w_ih, b_ih).unbind(0)  # of all steps at once: they need no state
    outputs = []
    for product in reversed(products) if backwards else products:
        states = cell(product, states, w_hh, b_hh)
        if projection is not None:
            states = (F.linear(states[0], projection), *states[1:])
        outputs.append(states[0])
    return torch.stack(outputs[::-1] if backwards else outputs), states


def _tanh(product: Tensor, states: States, w_hh: Tensor, b_hh: Tensor | None) -> States:
    return (torch.tanh(product + F.linear(states[0], w_hh, b_hh)),)


def _relu(product: Tensor, states: States, w_hh: Tensor, b_hh: Tensor | None) -> States:
    return (torch.relu(product + F.linear(states[0], w_hh, b_hh)),)


def _gru(product: Tensor, states: States, w_hh: Tensor, b_hh: Tensor | None) -> States:
    (hidden,) = states
    input_reset, input_update, input_new = product.chunk(3, -1)
    hidden_reset, hidden_update, hidden_new = F.linear(hidden, w_hh, b_hh).chunk(3, -1)
    reset = torch.sigmoid(input_reset + hidden_reset)
    update = torch.sigmoid(input_update + hidden_update)
    new = torch.tanh(input_new + reset * hidden_new)
    return (new + update * (hidden - new),)


def _lstm(product: Tensor, states: States, w_hh: Tensor, b_hh: Tensor | None) -> States:
    hidden, cell = states
    enter, forget, new, leave = (product + F.linear(hidden, w_hh, b_hh)).chunk(4, -1)
    cell = torch.sigmoid(forget) * cell + torch.sigmoid(enter) * torch.tanh(new)
    return torch.sigmoid(leave) * torch.tanh(cell), cell


def address(tensor: Tensor) -> int | None:
    """The tensor's ``data_ptr()``; None under vmap, where there is none.

    On CUDA nn.GRU and its like ask for the addresses of parameters that they have not seen before, to lay
    them out for cuDNN. Where addresses repeat they let that be, which is right here.
    """
    try:
        return tensor.data_ptr()
    except RuntimeError:
        return None


LAYERS: dict[Callable[..., object], Callable[..., States]] = {
    torch.gru: partial(layers, _gru),
    torch.lstm: partial(layers, _lstm),
    torch.rnn_tanh: partial(layers, _tanh),
    torch.rnn_relu: partial(layers, _relu),
}

CELLS: dict[Callable[..., object], Callable[..., Tensor | States]] = {
    torch.gru_cell: partial(one_step, _gru),
    torch.lstm_cell: partial(one_step, _lstm),
    torch.rnn_tanh_cell: partial(one_step, _tanh),
    torch.rnn_relu_cell: partial(one_step, _relu),
}

RECURRENT: dict[Callable[..., object], Callable[..., object]] = {
    **LAYERS,
    **CELLS,
    torch.Tensor.data_ptr: address,
}
"""Torch's function -> the one here that takes the same arguments."""
