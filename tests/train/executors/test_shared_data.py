"""Data in shared memory are what they were, in any process, and gone when nobody holds them."""

import multiprocessing
import os

import pytest
import torch

from jrtune.train.executors.shared_data import SharedFile

DTYPES = (
    torch.float32,
    torch.float64,
    torch.bfloat16,
    torch.float16,
    torch.int64,
    torch.int32,
    torch.uint8,
    torch.int8,
    torch.bool,
    torch.complex64,
)


def splits_of(seed=0):
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(5, 3, 2, generator=generator)
    tensors = {str(dtype): (drawn * 4).to(dtype) for dtype in DTYPES}
    odd = {
        "empty": torch.empty(0, 4),
        "no features": torch.empty(5, 0),
        "transposed": drawn.transpose(0, 2),
        "part": drawn[::2, 1:],
        "one": torch.tensor([7], dtype=torch.uint8),
        "learnt": drawn.clone().requires_grad_(),
    }
    return {"train": tensors, "val": odd, "test": {}}


def assert_same_splits(found, expected):
    assert list(found) == list(expected)
    for split, tensors in expected.items():
        assert list(found[split]) == list(tensors)
        for name, tensor in tensors.items():
            assert found[split][name].dtype == tensor.dtype, name
            assert torch.equal(found[split][name], tensor), name


def test_they_come_back_as_they_were():
    expected = splits_of()
    file = SharedFile(expected)
    try:
        assert_same_splits(file.data.open(), expected)
    finally:
        file.close()


def test_of_nothing_but_empty_tensors():
    expected = {"train": {"x": torch.empty(0, 3), "y": torch.empty(4, 0, dtype=torch.bool)}, "val": {}}
    file = SharedFile(expected)
    assert_same_splits(file.data.open(), expected)
    file.close()


def test_who_holds_them_reads_on_after_they_are_closed_and_nobody_else_can():
    expected = splits_of()
    file = SharedFile(expected)
    held = file.data.open()
    file.close()
    assert not file.data.path.exists()
    with pytest.raises(OSError, match="No such file"):
        file.data.open()
    assert_same_splits(held, expected)


def test_who_writes_to_them_writes_to_a_copy():
    file = SharedFile({"train": {"x": torch.zeros(10)}})
    one, other = file.data.open(), file.data.open()
    one["train"]["x"].fill_(1)
    assert other["train"]["x"].sum() == 0
    assert file.data.open()["train"]["x"].sum() == 0
    file.close()


def read(data, connection):
    """In another process."""
    try:
        assert_same_splits(data.open(), splits_of())
        connection.send("")
    except BaseException as error:
        connection.send(repr(error))


def test_other_processes_read_them():
    file = SharedFile(splits_of())
    context = multiprocessing.get_context("forkserver")
    ends = [context.Pipe() for _ in range(2)]
    children = [context.Process(target=read, args=(file.data, theirs)) for _, theirs in ends]
    for child in children:
        child.start()
    assert [ours.recv() for ours, _ in ends] == ["", ""]
    for child in children:
        child.join()
    file.close()


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="Linux only")
def test_a_file_with_a_name_where_the_system_has_no_other(monkeypatch):
    monkeypatch.delattr(os, "memfd_create")
    expected = splits_of()
    file = SharedFile(expected)
    assert_same_splits(file.data.open(), expected)
    file.close()
    assert not file.data.path.exists()
