"""The data of a study without data: they pass for data, and make as many steps as was asked."""

from jrtune.data import check_splits, nothing


def test_they_are_splits_of_so_many_steps():
    splits = nothing(5)
    check_splits(splits)
    assert {name: len(batch["nothing"]) for name, batch in splits.items()} == {
        "train": 5,
        "val": 1,
        "test": 1,
    }
