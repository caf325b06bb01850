"""A study that was started as another one is refused; one of an older version goes on."""

import dataclasses

import pytest

from jrtune.errors import StorageError
from jrtune.spec import StudySpec, Training, simplex
from jrtune.store.records import StudyRecord
from jrtune.store.same_study import check_same

A_STUDY = StudyRecord("one", StudySpec(("a",), {}), 0, "/x.py", {}, "d", None, {}, "now")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": 1}, "'one' was started with seed 0, got 1: go on as it was started, or give --name"),
        ({"data": "e"}, "'one' was started with data d, got e"),
        ({"spec": StudySpec(("b",), {})}, r"was started with losses \['a'\], got \['b'\]"),
        ({"spec": StudySpec(("a",), {}, epochs=3)}, "was started with epochs 20, got 3"),
    ],
)
def test_another_study_of_the_same_name_is_refused(changes, message):
    with pytest.raises(StorageError, match=message):
        check_same(A_STUDY, dataclasses.replace(A_STUDY, **changes))


def record(**changes):
    return dataclasses.replace(A_STUDY, spec=dataclasses.replace(A_STUDY.spec, **changes))


def older(without, **changes):
    """The study as a version wrote it that had not a part yet, or not a choice of the training."""
    body = record(**changes).spec.to_json()
    for name in without:
        del (body if name in body else body["training"])[name]
    return dataclasses.replace(A_STUDY, spec=StudySpec.from_json(body))


def test_a_study_of_an_older_version_goes_on_where_what_it_did_not_say_is_the_default():
    before = older(["optimizer", "momentum"])
    check_same(before, record(training=Training()))
    for change in ({"optimizer": "sgd"}, {"momentum": 0.5}, {"lr": 0.5}):
        with pytest.raises(StorageError, match="'one' was started with training"):
            check_same(before, record(training=Training(**change)))


def test_what_the_builder_is_given_may_not_change_but_earlier_versions_did_not_say():
    check_same(older(["model"], model=()), record(model=("width", "lr")))
    with pytest.raises(StorageError, match=r"started with model \['width'\], got \['width', 'lr'\]"):
        check_same(record(model=("width",)), record(model=("width", "lr")))


@pytest.mark.parametrize(
    ("part", "none", "one", "other"),
    [("constraints", {}, {"a": 0.5}, {"a": 0.25}), ("watched", (), ("share",), ("size",))],
)
def test_a_study_from_before_there_was_a_part_goes_on_without(part, none, one, other):
    before = older([part])
    check_same(before, record(**{part: none}))
    for stored in (before, record(**{part: one})):
        with pytest.raises(StorageError, match=f"'one' was started with {part}"):
            check_same(stored, record(**{part: other}))


def test_a_group_given_as_a_list_is_the_same_study():
    groups = {"g": ["a"]}
    fresh = record(weights=simplex(groups=groups))
    check_same(dataclasses.replace(fresh, spec=StudySpec.from_json(fresh.spec.to_json())), fresh)
