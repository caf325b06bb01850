"""Texts as rows of numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from jrtune.errors import DataError

PADDING, UNKNOWN = 0, 1
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[?!]")
"""A word with its apostrophes, or a mark that carries a mood."""


def vocabulary(texts: Iterable[str], size: int) -> dict[str, int]:
    """The most frequent words of texts, numbered from 2: 0 is padding, 1 any other word.

    Args:
        texts: those of the training split alone, or what is unseen in test would be known.
        size: the most numbers to use, padding and unknown among them: as many as an embedding needs.

    Returns:
        word -> number, the most frequent first, of equally frequent ones the alphabet's first.

    Raises:
        DataError: a size below 3, or texts without a word.

    Examples:
        >>> jr.data.vocabulary(["a dog", "a cat", "a dog runs"], size=4)
        {'a': 2, 'dog': 3}
    """
    counts = Counter(word for text in texts for word in split_words(text))
    if size < 3 or not counts:
        raise DataError(
            f"expected words, and a size of 3 or more, got {len(counts)} words and size={size}: "
            "give texts, of the training split"
        )
    most_frequent = sorted(counts, key=lambda word: (-counts[word], word))[: size - 2]
    return {word: k for k, word in enumerate(most_frequent, 2)}


def tokenise(texts: Sequence[str], words: Mapping[str, int], length: int) -> NDArray[np.int64]:
    """Texts as numbers of words.

    Args:
        texts: n.
        words: as :func:`vocabulary` makes them.
        length: in words; longer texts are cut at the end, shorter ones padded with 0 there.

    Returns:
        n x length; a row of zeros for a text without words.

    Raises:
        DataError: a length below 1.

    Examples:
        >>> jr.data.tokenise(["a dog runs", "a cat"], {"a": 2, "dog": 3}, length=4).tolist()
        [[2, 3, 1, 0], [2, 1, 0, 0]]
    """
    if length < 1:
        raise DataError(f"expected a length of 1 or more, got {length}")
    out = np.full((len(texts), length), PADDING, np.int64)
    for row, text in zip(out, texts, strict=True):
        numbers = [words.get(word, UNKNOWN) for word in split_words(text)[:length]]
        row[: len(numbers)] = numbers
    return out


def split_words(text: str) -> list[str]:
    """The words of a text in lower case, typographic apostrophes as plain ones.

    Examples:
        >>> jr.data.split_words("It’s a Dog, isn't it?")
        ["it's", 'a', 'dog', "isn't", 'it', '?']
    """
    return WORD.findall(text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
