"""Text goes into the header of safetensors bytes without touching a tensor."""

import struct

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load, save

from jrtune.errors import InputError
from jrtune.export.tensors import read_metadata, with_metadata

TENSORS = {
    "a.weight": torch.arange(6.0).reshape(2, 3),
    "b": torch.tensor([1, 2], dtype=torch.int64),
    "c": torch.ones(0),
}


def test_tensors_stay_and_metadata_is_read_back_by_safetensors(tmp_path):
    model = with_metadata(save(TENSORS, {"format": "pt"}), {"jrtune": '{"é": 1}'})
    loaded = load(model)
    assert set(loaded) == set(TENSORS)
    assert all(torch.equal(loaded[name], tensor) for name, tensor in TENSORS.items())
    (tmp_path / "m.safetensors").write_bytes(model)
    with safe_open(tmp_path / "m.safetensors", "pt") as file:
        assert file.metadata() == {"format": "pt", "jrtune": '{"é": 1}'}
    assert read_metadata(model) == {"format": "pt", "jrtune": '{"é": 1}'}
    assert (8 + struct.unpack("<Q", model[:8])[0]) % 8 == 0


def test_twice_is_the_same_as_once():
    once = with_metadata(save(TENSORS), {"jrtune": "x"})
    assert with_metadata(once, {"jrtune": "x"}) == once


@pytest.mark.parametrize(
    "text", ["[]", "{", '{"a": 1}', '{"a": {"dtype": "F32"}}', '{"a": {"data_offsets": [3]}}']
)
def test_broken_header_is_refused(text):
    with pytest.raises(InputError, match="expected a safetensors header"):
        with_metadata(struct.pack("<Q", len(text)) + text.encode(), {})


@pytest.mark.parametrize("model", [b"", b"abc", struct.pack("<Q", 99) + b"{}", struct.pack("<Q", 0)])
def test_bytes_without_header_are_refused(model):
    with pytest.raises(InputError, match="expected safetensors bytes"):
        with_metadata(model, {})


def test_a_model_that_was_cut_off_is_refused():
    with pytest.raises(InputError, match="cut off"):
        with_metadata(save(TENSORS)[:-1], {})


def test_overlapping_tensors_are_refused():
    a, b = ('{"dtype":"U8","shape":[4],"data_offsets":' + span + "}" for span in ("[0,4]", "[2,6]"))
    text = f'{{"a":{a},"b":{b}}}'.encode()
    with pytest.raises(InputError, match="expected a tensor at byte 4, got one at 2 to 6"):
        with_metadata(struct.pack("<Q", len(text)) + text + b"123456", {})
