"""Row k of a stacked optimizer goes the way of torch's optimizer of member k alone."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from jrtune.spec import Training
from jrtune.train.loop.schedule import rate
from jrtune.train.stacked.optimizer import LANES, clip_gradients, make_stacked_optimizer

STEPS = 50
OPTIMISERS = ("adamw", "sgd")
F64 = torch.float64


def trainings_of(members, optimizer):
    """Members that differ in every choice but the optimizer."""
    return [
        Training(
            lr=0.01 * (1 + k % 3),
            weight_decay=(0.1, 0.0, 0.01)[k % 3],
            clip=(1.0, 0.1, 0.0, 100.0)[k % 4],
            schedule=("cosine", "constant")[k % 2],
            warmup=(0.2, 0.0)[k % 2],
            optimizer=optimizer,
            momentum=(0.9, 0.0, 0.5)[k % 3],
        )
        for k in range(members)
    ]


class Case:
    """K members with N numbers each, of which M belong to the model and U of these are never used.

    A gradient is ``curve * numbers + noise``, so that a wrong step shows in all that follow it.
    """

    def __init__(self, trainings, numbers, model_size, unused=0, dtype=F64):
        generator = torch.Generator().manual_seed(numbers)

        def draw(*shape):
            return torch.randn(*shape, generator=generator, dtype=F64).to(dtype)

        members = len(trainings)
        self.trainings, self.model_size, self.unused = trainings, model_size, unused
        self.start, self.curve = draw(members, numbers), draw(members, numbers).abs()
        self.noise = draw(STEPS, members, numbers)
        self.used = torch.ones(members, numbers, dtype=dtype)
        self.used[:, :unused] = 0

    def lr(self, step, member):
        training = self.trainings[member]
        return training.lr * rate(step, STEPS, training.schedule, training.warmup)

    def grad(self, step, rows, members):
        return (self.curve[members] * rows + self.noise[step, members]) * self.used[members]

    def rates(self, step, members):
        rates = self.start.new_tensor([[self.lr(step, k)] for k in members])
        return rates * self.used[members] if self.unused else rates

    def stacked(self, steps=STEPS, leave=None, spoil=lambda step, grads: None):
        """The rows after so many steps; at half of them only the members in ``leave`` stay."""
        members = list(range(len(self.trainings)))
        rows = self.start.clone()
        optimizer = make_stacked_optimizer(self.trainings, rows, self.model_size)
        limits = rows.new_tensor([t.clip for t in self.trainings])
        for step in range(steps):
            if leave is not None and step == steps // 2:
                index = torch.tensor(leave)
                optimizer.select(index)
                rows, limits, members = rows[index], limits[index], leave
            grads = self.grad(step, rows, members)
            spoil(step, grads)
            clip_gradients(grads[:, : self.model_size], limits)
            optimizer.step(rows, grads, self.rates(step, members))
        return rows

    def alone(self, k):
        """The numbers of member k after all steps, by torch's class."""
        training, sizes = self.trainings[k], [self.unused, self.model_size - self.unused]
        parts = self.start[k].split([*sizes, self.start.shape[1] - self.model_size])
        own = [nn.Parameter(part.clone()) for part in parts]
        groups = [
            {"params": own[:2], "weight_decay": training.weight_decay},
            {"params": own[2:], "weight_decay": 0.0},
        ]
        if training.optimizer == "sgd":
            optimizer = torch.optim.SGD(groups, lr=1.0, momentum=training.momentum)
        else:
            optimizer = torch.optim.AdamW(groups, lr=1.0)
        for step in range(STEPS):
            grads = self.grad(step, torch.cat(own).detach()[None], [k])[0]
            for parameter, grad in zip(own[1:], grads.split([p.numel() for p in own])[1:], strict=True):
                parameter.grad = grad.clone()  # the unused first has none
            if training.clip:
                nn.utils.clip_grad_norm_(own[:2], training.clip)
            for group in optimizer.param_groups:
                group["lr"] = self.lr(step, k)
            optimizer.step()
        return torch.cat(own).detach()

    def all_alone(self):
        return torch.stack([self.alone(k) for k in range(len(self.trainings))])


@pytest.mark.parametrize("optimizer", OPTIMISERS)
@pytest.mark.parametrize("members", [1, 7])
@pytest.mark.parametrize(("unused", "model_size", "numbers"), [(0, 61, 61), (5, 61, 64), (0, 2, 3)])
def test_each_row_is_torchs_optimiser_of_that_member(optimizer, members, unused, model_size, numbers):
    case = Case(trainings_of(members, optimizer), numbers, model_size, unused)
    torch.testing.assert_close(case.stacked(), case.all_alone(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("optimizer", OPTIMISERS)
def test_each_row_is_torchs_optimiser_in_single_precision(optimizer):
    case = Case(trainings_of(5, optimizer), 40, 37, unused=3, dtype=torch.float32)
    torch.testing.assert_close(case.stacked(), case.all_alone(), rtol=1e-4, atol=1e-5)


TRAININGS = st.builds(
    Training,
    lr=st.floats(1e-4, 0.05),
    weight_decay=st.just(0.0) | st.floats(0, 0.5),
    clip=st.just(0.0) | st.floats(0.01, 10),
    schedule=st.sampled_from(["cosine", "constant"]),
    warmup=st.floats(0, 1),
    momentum=st.just(0.0) | st.floats(0, 0.99),
)


@settings(max_examples=15)
@given(st.data(), st.sampled_from(OPTIMISERS), st.lists(TRAININGS, min_size=1, max_size=3))
def test_each_row_is_torchs_optimiser_whatever_the_choices(data, optimizer, trainings):
    numbers = data.draw(st.integers(1, LANES + 2), label="N")
    model_size = data.draw(st.integers(1, numbers), label="M")
    unused = data.draw(st.integers(0, model_size - 1), label="U")
    trainings = [Training(**vars(t) | {"optimizer": optimizer}) for t in trainings]
    case = Case(trainings, numbers, model_size, unused)
    torch.testing.assert_close(case.stacked(), case.all_alone(), rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("optimizer", OPTIMISERS)
@pytest.mark.parametrize("dtype", [torch.float32, F64])
@pytest.mark.parametrize("numbers", [1, 13, 61, 128])
@pytest.mark.parametrize("unused", [0, 1])
def test_who_leaves_does_not_change_a_bit_of_the_others(optimizer, dtype, numbers, unused):
    case = Case(trainings_of(7, optimizer), numbers, numbers, unused, dtype)
    whole = case.stacked()
    for stay in ([0, 2, 6], [5], [1, 2, 3, 4, 5, 6]):
        assert torch.equal(case.stacked(leave=stay), whole[stay])
    assert unused or not torch.equal(whole, case.stacked(steps=STEPS // 2))


@pytest.mark.parametrize("optimizer", OPTIMISERS)
@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_row_that_is_lost_leaves_every_bit_of_the_others(optimizer, bad):
    def spoil(step, grads):
        if step == 10:
            grads[3, 5] = bad

    case = Case(trainings_of(7, optimizer), 61, 58)
    spoiled, whole = case.stacked(spoil=spoil), case.stacked()
    others = [0, 1, 2, 4, 5, 6]
    assert torch.equal(spoiled[others], whole[others])
    assert spoiled[3].isnan().any()


@pytest.mark.parametrize("optimizer", OPTIMISERS)
@pytest.mark.parametrize("whole_rows", [False, True])
def test_a_rate_of_zero_leaves_the_number_as_it_is(optimizer, whole_rows):
    start = torch.randn(4, 33)
    rows, trainings = start.clone(), [Training(weight_decay=0.5, optimizer=optimizer)] * 4
    still = torch.zeros(4, 1 if whole_rows else 33, dtype=torch.bool)
    still[1:3, 0] = True
    optimizer = make_stacked_optimizer(trainings, rows, 30)
    for _ in range(5):
        optimizer.step(rows, torch.randn(4, 33), torch.where(still, 0.0, 0.1))
    assert torch.equal(rows == start, still.expand(4, 33))


@pytest.mark.parametrize("optimizer", OPTIMISERS)
def test_what_a_step_changes_are_the_rows_and_the_tensors(optimizer):
    case = Case(trainings_of(3, optimizer), 21, 20)
    rows, rates = case.start.clone(), case.rates(STEPS // 2, [0, 1, 2])
    optimizer = make_stacked_optimizer(case.trainings, rows, 20)

    def go_on():
        for grads in case.noise[1:4]:
            given = grads.clone()
            optimizer.step(rows, given, rates)
            assert torch.equal(given, grads)
        return rows.clone()

    optimizer.step(rows, case.noise[0], rates)
    changed = [rows, *optimizer.tensors()]
    before = [tensor.clone() for tensor in changed]
    after = go_on()
    for tensor, value in zip(changed, before, strict=True):
        tensor.copy_(value)
    assert torch.equal(go_on(), after)


def test_members_with_other_optimisers_are_no_cohort():
    trainings = [Training(), Training(optimizer="sgd")]
    with pytest.raises(AssertionError, match="one optimizer for all members, got adamw, sgd"):
        make_stacked_optimizer(trainings, torch.zeros(2, 3), 3)


@pytest.mark.parametrize("scale", [1e-8, 0.3, 1.0, 1e6])
def test_clipping_is_torchs_row_by_row(scale):
    grads = scale * torch.randn(5, 40, dtype=F64)
    grads[4, 3] = float("nan")
    limits = torch.tensor([1.0, 0.0, 0.01, 1e9, 1.0], dtype=F64)
    clipped, whole = grads.clone(), grads.clone()
    clip_gradients(clipped[:, :37], limits)
    for k in range(5):
        own = [nn.Parameter(part) for part in grads[k, :37].split([30, 7])]
        for parameter in own:
            parameter.grad = parameter.detach().clone()
        if limits[k] > 0:
            nn.utils.clip_grad_norm_(own, limits[k].item())
        whole[k, :37] = torch.cat([p.grad for p in own])
    torch.testing.assert_close(clipped, whole, rtol=1e-14, atol=0, equal_nan=True)
    assert torch.equal(clipped[:4, 37:], grads[:4, 37:])
    assert torch.equal(clipped[1], grads[1])


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("optimizer", OPTIMISERS)
def test_a_step_captured_on_cuda_gives_the_numbers_of_the_cpu(optimizer):
    case = Case(trainings_of(7, optimizer), 61, 58, unused=2)
    members = list(range(7))
    rows, grads, rates = (torch.zeros(7, 61, dtype=F64, device="cuda") for _ in range(3))
    limits = rows.new_tensor([t.clip for t in case.trainings])
    optimizer = make_stacked_optimizer(case.trainings, rows, 58)

    def run():
        clip_gradients(grads[:, :58], limits)
        optimizer.step(rows, grads, rates)

    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        run()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        run()
    for tensor in optimizer.tensors():
        tensor.zero_()
    rows.copy_(case.start)
    for step in range(STEPS):
        grads.copy_(case.grad(step, rows.cpu(), members))
        rates.copy_(case.rates(step, members))
        graph.replay()
    torch.testing.assert_close(rows.cpu(), case.stacked(), rtol=1e-10, atol=1e-11)
