"""How much is missing, in one line."""

import numpy as np

from jrtune.data import describe_missing


def batch(n, gone):
    x, y = np.zeros((n, 3), np.float32), np.zeros(n, np.int64)
    x[:gone, 1], y[:1] = np.nan, -1
    return {"x": x, "y": y, "whole": np.zeros(n)}


SPLITS = {"train": batch(5, 2), "val": batch(4, 0), "test": batch(3, 3)}


def test_samples_with_nan_and_negative_numbers():
    assert describe_missing(SPLITS, ("x", "whole", "y")) == (
        "missing values: x in 2 of 5 of train, 3 of 3 of test; "
        "y in 1 of 5 of train, 1 of 4 of val, 1 of 3 of test"
    )


def test_nothing_to_say():
    assert describe_missing(SPLITS, ()) == describe_missing(SPLITS, ("whole", "unknown")) == ""
