"""A study that was started as another one is refused; one of an older version goes on."""

import dataclasses

import pytest

from jrtune.errors import StorageError
from jrtune.spec import Training
from jrtune.store.records import StudyRecord
from jrtune.store.same_study import check_same

A_STUDY = StudyRecord("one", {"losses": ["a"], "objectives": {}}, 0, "/x.py", {}, "d", None, {}, "now")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": 1}, "'one' was started with seed 0, got 1: go on as it was started, or give --name"),
        ({"data": "e"}, "'one' was started with data d, got e"),
        ({"spec": {"losses": ["b"], "objectives": {}}}, r"was started with losses \['a'\], got \['b'\]"),
        ({"spec": {"losses": ["a"], "objectives": {}, "epochs": 3}}, "was started with epochs None, got 3"),
    ],
)
def test_another_study_of_the_same_name_is_refused(changes, message):
    with pytest.raises(StorageError, match=message):
        check_same(A_STUDY, dataclasses.replace(A_STUDY, **changes))


def test_a_study_of_an_older_version_goes_on_where_what_it_did_not_say_is_the_default():
    def record(training):
        return dataclasses.replace(A_STUDY, spec={**A_STUDY.spec, "training": training})

    described = dataclasses.asdict(Training())
    older = {n: v for n, v in described.items() if n not in ("optimizer", "momentum")}
    check_same(record(older), record(described))
    for change in ({"optimizer": "sgd"}, {"momentum": 0.5}, {"lr": 0.5}):
        with pytest.raises(StorageError, match="'one' was started with training"):
            check_same(record(older), record(described | change))


def test_what_the_builder_is_given_may_not_change_but_earlier_versions_did_not_say():
    def record(given):
        return dataclasses.replace(A_STUDY, spec={**A_STUDY.spec, "model": given})

    check_same(A_STUDY, record(["width", "lr"]))
    with pytest.raises(StorageError, match=r"started with model \['width'\], got \['width', 'lr'\]"):
        check_same(record(["width"]), record(["width", "lr"]))


@pytest.mark.parametrize(
    ("part", "none", "one", "other"),
    [("constraints", {}, {"a": 0.5}, {"a": 0.25}), ("watched", [], ["share"], ["size"])],
)
def test_a_study_from_before_there_was_a_part_goes_on_without(part, none, one, other):
    def record(value):
        return dataclasses.replace(A_STUDY, spec={**A_STUDY.spec, part: value})

    assert part not in A_STUDY.spec
    check_same(A_STUDY, record(none))
    for before in (A_STUDY, record(one)):
        with pytest.raises(StorageError, match=f"'one' was started with {part}"):
            check_same(before, record(other))
