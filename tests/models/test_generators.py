"""Decoders give pictures and texts of the wanted size; the latent vector is drawn as it should be."""

import pytest
import torch

from jrtune.models import GaussianLatent, ImageDecoder, TextDecoder


@pytest.mark.parametrize("side", [2, 7, 8, 28])
def test_a_picture_has_its_side(side):
    assert ImageDecoder(3, side, 4, maps=2)(torch.randn(5, 3)).shape == (5, 2, side, side)


def test_a_text_has_logits_of_each_place():
    logits = TextDecoder(3, length=4, words=6, width=8)(torch.randn(5, 3))
    assert logits.shape == (5, 4, 6)
    assert logits.std(dim=1).min() > 0  # places differ


@pytest.mark.parametrize("make", [lambda: ImageDecoder(2, 4, 8), lambda: TextDecoder(2, 3, 5)])
def test_a_decoder_tells_latent_vectors_apart(make):
    torch.manual_seed(0)
    one, other = make()(torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
    assert (one - other).abs().max() > 0.01


def test_the_divergence_is_that_of_the_normals():
    torch.manual_seed(0)
    latent, x = GaussianLatent(3, 2).double(), torch.randn(4, 3, dtype=torch.float64)
    spread = (latent.log_variance(x) / 2).exp()
    drawn = torch.distributions.Normal(latent.mean(x), spread)
    want = torch.distributions.kl_divergence(drawn, torch.distributions.Normal(0.0, 1.0)).sum(1)
    torch.testing.assert_close(latent(x)[1], want)


def test_draws_have_the_mean_and_the_spread():
    torch.manual_seed(0)
    latent, x = GaussianLatent(3, 2), torch.randn(1, 3).expand(20_000, 3)
    with torch.no_grad():
        z = latent(x)[0]
        spread = (latent.log_variance(x[:1]) / 2).exp()
        torch.testing.assert_close(z.mean(0), latent.mean(x[0]), atol=0.03, rtol=0)
        torch.testing.assert_close(z.std(0), spread[0], atol=0.03, rtol=0)
        assert torch.equal(latent.eval()(x)[0], latent.mean(x))


def test_a_picture_without_a_half():
    with pytest.raises(ValueError, match="expected a side of 2 or more, got 1"):
        ImageDecoder(3, 1)
