"""Heads take pictures of any size."""

import pytest
import torch

from jrtune.models import MapHead, PooledHead


@pytest.mark.parametrize("size", [(2, 2), (8, 8), (7, 9)])
@pytest.mark.parametrize("grid", [1, 2])
def test_pooled_head_has_one_size_of_parameters(size, grid):
    head = PooledHead(4, 10, grid)
    assert head(torch.randn(3, 4, *size)).shape == (3, 10)
    assert head.linear.weight.shape == (10, 4 * grid * grid)


def test_grid_of_one_is_the_global_mean():
    torch.manual_seed(0)
    head, x = PooledHead(4, 5), torch.randn(3, 4, 6, 7)
    torch.testing.assert_close(head(x), head.linear(x.mean((2, 3))))


def test_grid_of_two_is_the_means_of_quarters():
    torch.manual_seed(0)
    head, x = PooledHead(1, 5, grid=2), torch.randn(3, 1, 4, 4)
    quarters = [
        x[:, 0, rows, columns].mean((1, 2))
        for rows in (slice(2), slice(2, 4))
        for columns in (slice(2), slice(2, 4))
    ]
    torch.testing.assert_close(head(x), head.linear(torch.stack(quarters, 1)))


def test_map_head_is_linear_at_each_pixel():
    torch.manual_seed(0)
    head, x = MapHead(4, 2), torch.randn(3, 4, 5, 6)
    want = torch.einsum("mc,bchw->bmhw", head.conv.weight[:, :, 0, 0], x) + head.conv.bias[:, None, None]
    torch.testing.assert_close(head(x), want)
