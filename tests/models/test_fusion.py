"""Fusion: what is missing counts for nothing, shares say what counted, and each way is what it is called."""

import pytest
import torch
import torch.nn.functional as F

from jrtune.models import FUSIONS, fusion_of, only_present

SIZES = [3, 4, 5]
SOME = torch.tensor([[1, 1, 1], [1, 0, 1], [0, 1, 0], [0, 0, 0]])
EACH = pytest.mark.parametrize("name", FUSIONS)


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def features(requires_grad=False):
    """Two vectors and tokens."""
    shapes = [(4, 3), (4, 4), (4, 2, 5)]
    return [torch.randn(shape, dtype=torch.float64, requires_grad=requires_grad) for shape in shapes]


def fusion(name, outputs=2):
    """One whose parameters are all away from where they start."""
    module = fusion_of(name, SIZES, 6, outputs).double()
    for parameter in module.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    return module


@EACH
def test_shares_of_what_is_there_sum_to_one(name):
    share = fusion(name)(features(), SOME)[1]
    torch.testing.assert_close(share.sum(1), torch.tensor([1.0, 1, 1, 0], dtype=torch.float64))
    assert torch.equal(share > 0, SOME > 0)


@EACH
def test_what_stands_in_the_place_of_the_missing_is_not_seen(name):
    module, given = fusion(name), features()
    want = module(given, SOME)
    for m, x in enumerate(given):
        x[SOME[:, m] == 0] = torch.nan
    for got, expected in zip(module(given, SOME), want, strict=True):
        assert torch.equal(got, expected)


@EACH
def test_the_missing_gets_no_gradient_and_no_nan(name):
    module, given = fusion(name), features(requires_grad=True)
    for m, x in enumerate(given):
        x.data[SOME[:, m] == 0] = torch.nan
    decision, share = module(given, SOME)
    (decision.square().sum() + share.square().sum()).backward()
    for m, x in enumerate(given):
        there = SOME[:, m] > 0
        assert not x.grad[~there].any()
        assert x.grad[there].flatten(1).any(1).all()
    assert all(p.grad is None or p.grad.isfinite().all() for p in module.parameters())


@EACH
def test_a_modality_that_no_sample_has_teaches_its_lane_nothing(name):
    module = fusion(name)
    module(features(), torch.tensor([[1, 1, 0]] * 4))[0].square().sum().backward()
    lanes = module.heads if name == "late" else module.lanes
    assert all(not p.grad.any() for p in lanes[2].parameters())
    assert all(p.grad.any() for p in lanes[0].parameters())


@EACH
def test_a_sample_does_not_depend_on_the_others(name):
    module, given = fusion(name), features()
    whole = module(given, SOME)[0]
    for row in range(4):
        alone = module([x[row : row + 1] for x in given], SOME[row : row + 1])[0]
        torch.testing.assert_close(alone[0], whole[row])


@EACH
def test_a_mask_may_be_of_numbers_or_of_truth_values(name):
    module, given = fusion(name), features()
    want = module(given, SOME)[0]
    assert torch.equal(module(given, SOME > 0)[0], want)
    assert torch.equal(module(given, SOME.double())[0], want)


# --- each way by its definition --------------------------------------------------------------


def test_early_fusion_is_one_network_of_all_features():
    module, given = fusion("early"), features()
    side = torch.cat([given[0], given[1], given[2].mean(1), torch.ones(4, 3)], dim=1)
    weight = torch.cat([lane.weight for lane in module.lanes] + [module.there.weight], dim=1)
    want = module.head(F.linear(side, weight, module.there.bias).relu())
    decision, share = module(given, torch.ones(4, 3))
    torch.testing.assert_close(decision, want)
    vectors = [given[0], given[1], given[2].mean(1)]
    norms = torch.stack([lane(x).norm(dim=1) for lane, x in zip(module.lanes, vectors, strict=True)], dim=1)
    torch.testing.assert_close(share, (norms / norms.sum(1, keepdim=True)).detach())
    assert not share.requires_grad


def test_late_fusion_starts_as_the_mean_of_the_decisions():
    module = fusion_of("late", SIZES, 6, 2).double()
    given = features()
    each = [module(given, only.expand(4, 3))[0] for only in torch.eye(3)]
    decision, share = module(given, torch.ones(4, 3))
    torch.testing.assert_close(decision, sum(each) / 3)
    torch.testing.assert_close(share, torch.full((4, 3), 1 / 3, dtype=torch.float64))
    torch.testing.assert_close(module(given, SOME)[0][1], (each[0] + each[2])[1] / 2)


def test_gated_fusion_of_two_is_the_sigmoid_of_the_paper():
    module = fusion_of("gated", [3, 4], 6, 2).double()
    x, y = features()[:2]
    weight = module.gates.weight.view(6, 2, 7)
    z = torch.sigmoid(torch.cat([x, y], dim=1) @ (weight[:, 0] - weight[:, 1]).T)
    h = z * module.lanes[0](x).tanh() + (1 - z) * module.lanes[1](y).tanh()
    decision, share = module([x, y], torch.ones(4, 2))
    torch.testing.assert_close(decision, module.head(h))
    torch.testing.assert_close(share[:, 0], z.mean(1))


def test_attention_is_that_of_torch():
    module, given = fusion("attention"), features()
    sequences = [given[0][:, None], given[1][:, None], given[2]]
    lanes = [lane(x).tanh() for lane, x in zip(module.lanes, sequences, strict=True)]
    tokens, queries = torch.cat(lanes, 1), torch.stack([lane.mean(1) for lane in lanes], 1)
    torchs = torch.nn.MultiheadAttention(6, 2, batch_first=True).double()
    with torch.no_grad():
        torchs.in_proj_weight.copy_(torch.cat([m.weight for m in (module.query, module.key, module.value)]))
        torchs.in_proj_bias.copy_(torch.cat([m.bias for m in (module.query, module.key, module.value)]))
        torchs.out_proj.weight.copy_(torch.eye(6))
        torchs.out_proj.bias.zero_()
    present = torch.tensor([[1, 0, 1]] * 4)
    hidden = torch.tensor([[0, 1, 0, 0]] * 4) > 0
    answers, weights = torchs(queries, tokens, tokens, key_padding_mask=hidden)
    decision, share = module(given, present)
    torch.testing.assert_close(decision, module.head(answers[:, [0, 2]].mean(1)))
    torch.testing.assert_close(share[:, 2], weights[:, [0, 2], 2:].sum(2).mean(1))


# --- wrong input -----------------------------------------------------------------------------


def test_unusable_arguments():
    with pytest.raises(ValueError, match=r"expected fusion by one of early, late, .* got 'none': choose one"):
        fusion_of("none", [3], 4, 2)
    with pytest.raises(ValueError, match=r"expected inputs of 1 numbers or more, .* got \[\]"):
        fusion_of("late", [], 4, 2)
    with pytest.raises(ValueError, match="expected a width that 2 heads divide, got 5: take a multiple"):
        fusion_of("attention", [3], 5, 2)
    with pytest.raises(ValueError, match="expected as many modalities as columns of present, got 1 and 2"):
        only_present([torch.zeros(2, 3)], torch.ones(2, 2))
