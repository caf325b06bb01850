"""Data on a device, batches and chunks of them, resident and streamed."""

import dataclasses

import numpy as np
import pytest
import torch
import zoo
from hypothesis import given
from hypothesis import strategies as st
from laws import CPU, assert_same, job_of, problem_of, run

from jrtune.train import prepare
from jrtune.train.loop.problem import Split, batch_lengths


def rows(n=11):
    return {"x": torch.arange(2.0 * n).reshape(n, 2), "y": torch.arange(n)}


@pytest.mark.parametrize("resident", [True, False])
@given(n=st.integers(1, 40), batch_size=st.integers(1, 45), seed=st.integers(0, 99))
def test_batches_are_the_samples_in_the_order_given(resident, n, batch_size, seed):
    split = Split(rows(n), CPU, resident)
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    batches = list(split.batches(order, batch_size))
    assert torch.equal(torch.cat([b["y"] for b in batches]), order)
    assert torch.equal(torch.cat([b["x"] for b in batches]), split.tensors["x"][order])


@given(st.integers(1, 200), st.integers(1, 60))
def test_batches_are_full_but_the_last_and_no_sample_is_left_alone(size, batch_size):
    lengths = batch_lengths(size, batch_size)
    assert sum(lengths) == size
    assert set(lengths[:-1]) <= {batch_size}
    assert 0 < lengths[-1] <= batch_size + 1
    if batch_size > 1 and size > 1:
        assert 1 not in lengths


@pytest.mark.parametrize("resident", [True, False])
def test_chunks_are_the_split_in_its_own_order(resident):
    chunks = list(Split(rows(), CPU, resident).chunks(4))
    assert [len(c["y"]) for c in chunks] == [4, 4, 3]
    assert torch.cat([c["y"] for c in chunks]).tolist() == list(range(11))


def test_the_first_batch_is_of_one_sample():
    assert Split(rows(), CPU, True).first()["x"].tolist() == [[0.0, 1.0]]


@pytest.mark.parametrize("name", ["mlp", "batch norm", "gru"])
def test_streamed_data_give_the_outcome_of_resident_data(name):
    problem = problem_of(zoo.zoo_study(name))
    streamed = {n: Split(s.tensors, CPU, resident=False) for n, s in problem.splits.items()}
    job = job_of(test=True, keep=True)
    assert_same(run(problem, job)[0], run(dataclasses.replace(problem, splits=streamed), job)[0])


def prepared(values, dtype=torch.float32):
    study = zoo.zoo_study("mlp")
    return prepare(study, {"train": {"x": values}}, CPU, dtype).splits["train"].tensors["x"]


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (np.arange(3, dtype=np.float64), torch.float32),
        (np.arange(3, dtype=np.float16), torch.float32),
        (np.arange(3, dtype=np.uint8), torch.int64),
        (np.arange(3, dtype=">i4"), torch.int64),
        (np.arange(3, dtype=">f8"), torch.float32),
        (np.arange(3)[::-1], torch.int64),
        (np.asfortranarray(np.ones((3, 2))), torch.float32),
        (np.array([True, False]), torch.bool),
        (torch.arange(3, dtype=torch.int32), torch.int64),
        (torch.ones(3, 2).double().T, torch.float32),
        ([1.0, 2.0], torch.float32),
    ],
)
def test_arrays_and_tensors_become_contiguous_tensors_of_a_few_types(values, dtype):
    tensor = prepared(values)
    assert (tensor.dtype, tensor.is_contiguous()) == (dtype, True)
    assert tensor.tolist() == np.asarray(values).tolist()


def test_arrays_are_copied_so_that_a_model_cannot_change_them():
    values = np.zeros(3)
    prepared(values, torch.float64)[0] = 1
    assert values.tolist() == [0, 0, 0]


def test_memory_that_may_only_be_read_is_taken_without_a_warning(recwarn):
    values = np.ones(3)
    values.flags.writeable = False
    assert prepared(values).sum() == 3
    assert not recwarn.list
