"""Modality dropout forgets at its rate, never all that a sample has, and only while training."""

import pytest
import torch

from jrtune.models import ModalityDropout
from jrtune.train.random.keyed_rng import KeyedRNG, key_of

MANY = torch.ones(20_000, 2)


def test_it_forgets_at_its_rate_but_never_all():
    torch.manual_seed(0)
    used = ModalityDropout(0.3)(MANY)
    # of two: each alone with 0.3 * 0.7; both with the rest
    assert used.any(1).all()
    assert (used.sum(1) == 1).float().mean().item() == pytest.approx(2 * 0.3 * 0.7, abs=0.01)
    assert used.float().mean(0).tolist() == pytest.approx([1 - 0.3 * 0.7] * 2, abs=0.01)


def test_what_is_missing_stays_missing_and_the_last_one_stays():
    torch.manual_seed(0)
    present = torch.tensor([[1, 0], [0, 1], [0, 0]]).repeat(50, 1)
    assert torch.equal(ModalityDropout(0.9)(present), present > 0)


@pytest.mark.parametrize("module", [ModalityDropout(0.5).eval(), ModalityDropout(0.0)], ids=["eval", "p=0"])
def test_it_forgets_nothing_where_it_is_off(module):
    assert module(MANY).all()


def test_it_draws_from_the_key():
    def used(seed):
        with KeyedRNG(torch.tensor(key_of(seed))):
            return ModalityDropout(0.5)(MANY)

    assert torch.equal(used(1), used(1))
    assert not torch.equal(used(1), used(2))


@pytest.mark.parametrize("p", [-0.1, 1.0])
def test_what_is_no_probability(p):
    with pytest.raises(ValueError, match=f"expected a probability from 0 to below 1, got {p}"):
        ModalityDropout(p)
