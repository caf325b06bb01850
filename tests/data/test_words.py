"""Vocabularies and rows of word numbers."""

import numpy as np
import pytest

from jrtune import DataError
from jrtune.data import split_words, tokenise, vocabulary


def test_words():
    assert split_words("You MUST\u2019ve had, 3 Caf\u00e9s_!? KL-5") == [
        "you", "must've", "had", "3", "caf\u00e9s", "!", "?", "kl", "5",
    ]  # fmt: skip


def test_frequent_words_first_then_the_alphabet():
    words = vocabulary(["b a", "c b", "B d"], size=5)
    assert words == {"b": 2, "a": 3, "c": 4}


def test_rows():
    rows = tokenise(["b, B z!", "", "a a a a a"], {"a": 2, "b": 3}, 4)
    assert rows.dtype == np.int64
    assert rows.tolist() == [[3, 3, 1, 1], [0, 0, 0, 0], [2, 2, 2, 2]]


def test_numbers_stay_below_the_size():
    texts = [" ".join(f"w{k}" for k in range(n)) for n in range(1, 30)]
    assert tokenise(texts, vocabulary(texts, 10), 40).max() == 9


def test_unusable():
    with pytest.raises(DataError, match=r"expected words, .* got 0 words and size=9"):
        vocabulary(["", "..."], 9)
    with pytest.raises(DataError, match="a size of 3 or more, got 1 words and size=2"):
        vocabulary(["a"], 2)
    with pytest.raises(DataError, match="expected a length of 1 or more, got 0"):
        tokenise(["a"], {"a": 2}, 0)
