"""Encoders of tables, texts and series against what they are defined to compute."""

import pytest
import torch
import torch.nn.functional as F

from jrtune.models import MLP, Categories, SeriesEncoder, WordBag, WordConv


def test_mlp_is_linear_layers_with_relu_between():
    torch.manual_seed(0)
    mlp, x = MLP([3, 4, 5, 2]), torch.randn(6, 3)
    first, second, third = [layer for layer in mlp if isinstance(layer, torch.nn.Linear)]
    torch.testing.assert_close(mlp(x), third(second(first(x).relu()).relu()))


def test_mlp_drops_while_it_trains():
    torch.manual_seed(0)
    mlp, x = MLP([3, 50, 2], dropout=0.5), torch.randn(6, 3)
    assert not torch.equal(mlp(x), mlp(x))
    mlp.eval()
    assert torch.equal(mlp(x), mlp(x))


def test_categories_put_a_vector_of_each_column_side_by_side():
    table, x = Categories([2, 5], 3), torch.tensor([[1, 4], [0, 0]])
    first, second = (column.weight for column in table.columns)
    assert torch.equal(table(x), torch.cat([first[x[:, 0]], second[x[:, 1]]], dim=1))


def test_a_bag_is_the_mean_of_its_words():
    bag = WordBag(6, 3)
    w = bag.embedding.weight
    got = bag(torch.tensor([[2, 5, 0, 0], [1, 1, 4, 0]]))
    torch.testing.assert_close(got, torch.stack([(w[2] + w[5]) / 2, (2 * w[1] + w[4]) / 3]))


@pytest.mark.parametrize("encoder", [WordBag(6, 4), WordConv(6, 4, (1, 3))], ids=["bag", "windows"])
def test_padding_changes_nothing(encoder):
    text = torch.tensor([[2, 5, 1]])
    torch.testing.assert_close(encoder(F.pad(text, (0, 4))), encoder(text))
    assert not encoder(torch.zeros(1, 3, dtype=torch.int64)).any()
    encoder(F.pad(text, (0, 4))).sum().backward()
    assert not encoder.embedding.weight.grad[0].any()


def test_windows_are_the_strongest_of_each_filter():
    torch.manual_seed(0)
    encoder, text = WordConv(6, 4, (1, 3), embedding=5), torch.tensor([[2, 5, 1, 3]])
    vectors = encoder.embedding(text)[0]  # L x 5
    padded = F.pad(vectors, (0, 0, 1, 1))
    one, three = encoder.filters
    single = torch.stack([one.weight[:, :, 0] @ v + one.bias for v in vectors])
    triple = torch.stack(
        [torch.einsum("oct,tc->o", three.weight, padded[i : i + 3]) + three.bias for i in range(4)]
    )
    want = torch.cat([single.relu().amax(0), triple.relu().amax(0)])
    torch.testing.assert_close(encoder(text)[0], want)


@pytest.mark.parametrize(("length", "stride", "kept"), [(64, 4, 4), (30, 3, 4), (13, 1, 13), (1, 2, 1)])
def test_a_series_is_shortened_by_its_strides(length, stride, kept):
    assert SeriesEncoder([2, 4, 6], 5, stride)(torch.randn(3, 2, length)).shape == (3, 6, kept)


def test_unusable_sizes():
    with pytest.raises(ValueError, match=r"expected sizes of 2 numbers or more, each 1 or more, got \[3\]"):
        MLP([3])
    with pytest.raises(
        ValueError, match=r"expected sizes of 1 numbers or more, each 1 or more, got \[2, 0\]"
    ):
        Categories([2, 0], 4)
    with pytest.raises(ValueError, match=r"expected odd heights, which keep the length, got \[2, 3\]"):
        WordConv(6, 4, (2, 3))
    with pytest.raises(ValueError, match="expected a width that 2 heights divide, got 5: take a multiple"):
        WordConv(6, 5, (1, 3))
    with pytest.raises(ValueError, match=r"expected channels of 2 numbers or more, .* got \[1\]"):
        SeriesEncoder([1])
    with pytest.raises(ValueError, match="expected an odd kernel, which has a middle, got 4"):
        SeriesEncoder([1, 2], kernel=4)
