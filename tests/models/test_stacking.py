"""Every building block runs stacked: many copies in one call, outputs and gradients as one by one."""

import copy

import pytest
import torch
from torch import nn
from torch.func import functional_call, grad, stack_module_state, vmap

from jrtune.models import (
    FUSIONS,
    MLP,
    PLE,
    SHARINGS,
    Categories,
    ConvBlock,
    ConvEncoder,
    CrossStitch,
    GaussianLatent,
    ImageDecoder,
    MapHead,
    PooledHead,
    SeriesEncoder,
    TextDecoder,
    WordBag,
    WordConv,
    fusion_of,
    sharing_of,
)


def numbers(*shape):
    return torch.randn(shape, dtype=torch.float64)


def words(*shape):
    """Half of them padding, and a text without words."""
    return torch.randint(1, 6, shape) * (torch.rand(shape) < 0.5) * (torch.arange(shape[0]) > 0)[:, None]


class Fused(nn.Module):
    """A vector and tokens, of which a sample has both, either or none."""

    def __init__(self, name):
        super().__init__()
        self.fusion = fusion_of(name, [3, 4], 6, 2)

    def forward(self, x):
        present = torch.tensor([[1, 1], [1, 0], [0, 1], [0, 0], [1, 1]])
        return self.fusion([x[:, :3], x[:, 3:].reshape(5, 2, 4)], present)


class Stitched(CrossStitch):
    """Takes its tasks' features from one tensor, T x B x C x h x w."""

    def forward(self, features):
        return super().forward(list(features))


BLOCKS = {
    "block": (lambda: ConvBlock(3, 4), lambda: numbers(5, 3, 6, 6)),
    "block with norm": (lambda: ConvBlock(3, 4, groups=2), lambda: numbers(5, 3, 6, 6)),
    "encoder": (lambda: ConvEncoder([3, 4, 2]), lambda: numbers(5, 3, 6, 7)),
    "pooled head": (lambda: PooledHead(3, 10, grid=2), lambda: numbers(5, 3, 7, 6)),
    "map head": (lambda: MapHead(3), lambda: numbers(5, 3, 6, 6)),
    "cross-stitch": (lambda: Stitched(2, 3), lambda: numbers(2, 5, 3, 6, 6)),
    "mlp": (lambda: MLP([3, 4, 2]), lambda: numbers(5, 3)),
    "categories": (lambda: Categories([4, 6], 3), lambda: torch.randint(4, (5, 2))),
    "bag of words": (lambda: WordBag(6, 3), lambda: words(5, 4)),
    "windows of words": (lambda: WordConv(6, 4, (1, 3), 3), lambda: words(5, 4)),
    "series": (lambda: SeriesEncoder([2, 4, 3], 5, 2), lambda: numbers(5, 2, 13)),
    "series with norm": (lambda: SeriesEncoder([2, 4], 5, 2, groups=2), lambda: numbers(5, 2, 13)),
    "image decoder": (lambda: ImageDecoder(3, 7, 4, 2), lambda: numbers(5, 3)),
    "text decoder": (lambda: TextDecoder(3, 4, 6), lambda: numbers(5, 3)),
    "latent": (lambda: GaussianLatent(3, 2).eval(), lambda: numbers(5, 3)),
    "two layers of experts": (lambda: PLE([3, 4, 2], 2, own=2), lambda: numbers(5, 3)),
    **{f"{n} sharing": (lambda n=n: sharing_of(n, 3, 4, 2), lambda: numbers(5, 3)) for n in SHARINGS},
    **{f"{n} fusion": (lambda n=n: Fused(n), lambda: numbers(5, 11)) for n in FUSIONS},
}


def flat(outputs):
    """All numbers of a tensor, or of tensors."""
    tensors = [outputs] if isinstance(outputs, torch.Tensor) else outputs
    return torch.cat([tensor.flatten() for tensor in tensors])


@pytest.mark.parametrize("name", BLOCKS)
def test_stacked_equals_one_by_one(name):
    make, draw = BLOCKS[name]
    torch.manual_seed(0)
    models = [make().double() for _ in range(3)]
    for model in models:  # cross-stitch units start alike
        for parameter in model.parameters():
            parameter.data += 0.1 * torch.randn_like(parameter)
    x = draw()
    parameters, buffers = stack_module_state(models)
    bare = copy.deepcopy(models[0]).to("meta")

    def run(parameters, buffers):
        return flat(functional_call(bare, (parameters, buffers), (x,)))

    outputs = vmap(run)(parameters, buffers)
    gradients = vmap(grad(lambda p, b: run(p, b).square().sum()))(parameters, buffers)
    for k, model in enumerate(models):
        torch.testing.assert_close(outputs[k], flat(model(x)), rtol=1e-10, atol=1e-10)
        flat(model(x)).square().sum().backward()
        for key, parameter in model.named_parameters():
            torch.testing.assert_close(gradients[key][k], parameter.grad, rtol=1e-10, atol=1e-10)
