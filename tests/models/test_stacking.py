"""Every building block runs stacked: many copies in one call, outputs and gradients as one by one."""

import copy

import pytest
import torch
from torch import nn
from torch.func import functional_call, grad, stack_module_state, vmap

from jrtune.models import ConvBlock, ConvEncoder, CrossStitch, MapHead, PooledHead


class Stitched(nn.Module):
    """A unit that takes its tasks' features from one tensor, T x B x C x h x w."""

    def __init__(self):
        super().__init__()
        self.unit = CrossStitch(2, 3)

    def forward(self, x):
        return torch.stack(self.unit(list(x)))


BLOCKS = {
    "block": (lambda: ConvBlock(3, 4), (5, 3, 6, 6)),
    "block with norm": (lambda: ConvBlock(3, 4, groups=2), (5, 3, 6, 6)),
    "encoder": (lambda: ConvEncoder([3, 4, 2]), (5, 3, 6, 7)),
    "pooled head": (lambda: PooledHead(3, 10, grid=2), (5, 3, 7, 6)),
    "map head": (lambda: MapHead(3), (5, 3, 6, 6)),
    "cross-stitch": (Stitched, (2, 5, 3, 6, 6)),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_stacked_equals_one_by_one(name):
    make, shape = BLOCKS[name]
    torch.manual_seed(0)
    models = [make().double() for _ in range(3)]
    for model in models:  # cross-stitch units start alike
        for parameter in model.parameters():
            parameter.data += 0.1 * torch.randn_like(parameter)
    x = torch.randn(shape, dtype=torch.float64)
    parameters, buffers = stack_module_state(models)
    bare = copy.deepcopy(models[0]).to("meta")

    def loss(parameters, buffers):
        return functional_call(bare, (parameters, buffers), (x,)).square().sum()

    outputs = vmap(lambda p, b: functional_call(bare, (p, b), (x,)))(parameters, buffers)
    gradients = vmap(grad(loss))(parameters, buffers)
    for k, model in enumerate(models):
        torch.testing.assert_close(outputs[k], model(x))
        model(x).square().sum().backward()
        for key, parameter in model.named_parameters():
            torch.testing.assert_close(gradients[key][k], parameter.grad)
