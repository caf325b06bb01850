"""Errors of workers come as they were, or as text where they cannot be sent."""

import pickle

import pytest
import torch

from jrtune.errors import InputError, StudyError
from jrtune.train.executors.child import sendable_error, trace_of
from jrtune.train.loop.device import is_spoilt


class LocalError(Exception):
    """An error that another process knows by its module."""


class UnsendableError(Exception):
    """An error that pickle writes and cannot read."""

    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")


class UnwritableError(Exception):
    """An error that pickle cannot write."""

    def __init__(self):
        super().__init__("with a function")
        self.function = lambda: None


@pytest.mark.parametrize(
    "error", [StudyError("what to do"), KeyError("a"), LocalError("mine"), MemoryError()]
)
def test_an_error_is_sent_as_it_is(error):
    assert sendable_error(error) is error
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (UnsendableError("one", "two"), "UnsendableError: one and two"),
        (UnwritableError(), "UnwritableError: with a function"),
        (type("Nowhere", (Exception,), {})("local"), "Nowhere: local"),
    ],
)
def test_one_that_cannot_be_sent_becomes_its_text(error, text):
    sent = pickle.loads(pickle.dumps(sendable_error(error)))
    assert type(sent) is RuntimeError
    assert str(sent) == text


def fail():
    raise InputError("expected 1, got 2: give 1")


def test_its_traceback_is_text_that_names_the_place():
    try:
        fail()
    except InputError as error:
        trace = trace_of(error)
    assert "in fail" in trace
    assert trace.rstrip().endswith("expected 1, got 2: give 1")


@pytest.mark.parametrize(
    ("error", "spoilt"),
    [
        (RuntimeError("CUDA error: an illegal memory access was encountered"), True),
        (RuntimeError("CUDA error: device-side assert triggered\nCUDA kernel errors might be"), True),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1 TiB"), False),
        (RuntimeError("CUDA error: out of memory"), False),
        (RuntimeError("shapes differ"), False),
        (ValueError("CUDA error: in words"), False),
    ],
)
def test_a_device_is_spoilt_by_all_errors_but_want_of_memory(error, spoilt):
    assert is_spoilt(error) == spoilt
