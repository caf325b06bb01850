"""Encoders keep the size of the picture and run stacked."""

import pytest
import torch

from jrtune.models import ConvBlock, ConvEncoder


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (5, 9)])
@pytest.mark.parametrize(("kernel", "groups"), [(1, 0), (3, 2), (5, 0)])
def test_keeps_the_size(size, kernel, groups):
    encoder = ConvEncoder([3, 4, 6], kernel, groups)
    assert encoder(torch.randn(2, 3, *size)).shape == (2, 6, *size)


def test_block_is_convolution_norm_and_relu():
    torch.manual_seed(0)
    block, x = ConvBlock(2, 4, groups=2), torch.randn(3, 2, 5, 5)
    plain = torch.nn.functional.conv2d(x, block.conv.weight, block.conv.bias, padding=1)
    # the norm by hand: zero mean and unit variance over two channels and all pixels
    grouped = plain.reshape(3, 2, -1)
    normed = (grouped - grouped.mean(2, keepdim=True)) / (
        grouped.var(2, keepdim=True, correction=0) + 1e-5
    ).sqrt()
    torch.testing.assert_close(block(x), normed.reshape(plain.shape).clamp(min=0))


def test_training_changes_no_buffers():
    assert not list(ConvEncoder([1, 4], groups=2).buffers())


def test_unusable_sizes():
    with pytest.raises(ValueError, match="expected an odd kernel, which keeps the size, got 4"):
        ConvBlock(1, 2, kernel=4)
    with pytest.raises(ValueError, match="expected groups that divide 6 channels, got 4"):
        ConvBlock(1, 6, groups=4)
    with pytest.raises(
        ValueError, match=r"expected channels of the input and of one block or more, got \[1\]"
    ):
        ConvEncoder([1])
