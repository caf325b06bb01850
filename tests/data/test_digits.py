"""Generated descriptions of digits: what they say, and how often they are right."""

import numpy as np
import pytest

from jrtune import DataError
from jrtune.data import describe_digits, split_words
from jrtune.data.readers.digits import NAMES

OF_WORD = {word: digit for digit, words in enumerate(NAMES) for word in words}


def stroke(slant, thick=1, size=12):
    """A stroke from top to bottom whose top lies ``slant`` columns to the right of its foot."""
    image = np.zeros((size, size))
    for row in range(2, 10):
        left = round(5 + slant * (5.5 - row) / 7)
        image[row, left : left + thick] = 1
    return image


def test_names_are_right_in_eight_of_ten_and_absent_in_one():
    labels = np.arange(4000) % 10
    texts = describe_digits(np.random.default_rng(0).random((4000, 5, 5)), labels, seed=0)
    assert len({text for (text,) in texts}) > 2000  # they vary
    words = [split_words(text.split(" on page")[0].split(" in row")[0]) for (text,) in texts]
    named = [[OF_WORD[w] for w in text if w in OF_WORD] for text in words]
    # "a pupil": no name is a word of the templates or asides
    assert max(map(len, named)) == 1
    right = np.mean([name == [digit] for name, digit in zip(named, labels, strict=True)])
    assert right == pytest.approx(0.81, abs=0.02)  # a tenth of the names drawn is right by chance
    assert np.mean([name == [] for name in named]) == pytest.approx(0.1, abs=0.02)


def test_looks_are_those_of_the_picture():
    pictures = np.stack([stroke(slant, thick) for slant in (-4, 0, 4) for thick in (1, 2, 3)] * 40)
    texts = [text for (text,) in describe_digits(pictures, np.ones(360), seed=0)]
    for word, rows in (
        ("leaning right", (6, 7, 8)),
        ("leaning left", (0, 1, 2)),
        ("thin", (0, 3, 6)),
        ("bold", (2, 5, 8)),
    ):
        found = {row % 9 for row, text in enumerate(texts) if word in text.replace("something", "")}
        assert found == set(rows), word


def test_fixed_by_seed_and_count():
    images, labels = np.random.default_rng(0).random((20, 5, 5)), np.arange(20) % 10
    assert describe_digits(images, labels, 1, 3) == describe_digits(images, labels, 1, 3)
    assert describe_digits(images, labels, 1) != describe_digits(images, labels, 2)
    assert {len(several) for several in describe_digits(images, labels, 1, 3)} == {3}
    assert describe_digits(np.zeros((1, 5, 5)), [3], 0)  # without ink there is still something to say


@pytest.mark.parametrize(
    ("shape", "labels"), [((2, 5, 5, 3), [1, 2]), ((2, 5, 5), [1]), ((2, 5, 5), [1, 10])]
)
def test_what_is_no_digit(shape, labels):
    with pytest.raises(DataError, match="expected images of n x h x w and n labels from 0 to 9, got"):
        describe_digits(np.zeros(shape), labels, 0)
