"""Written descriptions of handwritten digits, generated: a text for studies whose default input has none."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jrtune.errors import DataError

NAMES = (
    ("zero", "0", "nought"),
    ("one", "1", "ace"),
    ("two", "2", "deuce"),
    ("three", "3", "trey"),
    ("four", "4", "quartet"),
    ("five", "5", "quintet"),
    ("six", "6", "sextet"),
    ("seven", "7", "septet"),
    ("eight", "8", "octet"),
    ("nine", "9", "nonet"),
)
LOOKS = (
    (("thin", "light"), ("bold", "thick")),
    (("narrow", "slim"), ("wide", "broad")),
    (("leaning left", "backward"), ("leaning right", "slanted")),
    (("top heavy", "high"), ("bottom heavy", "low")),
)
"""Words for the least and the greatest third of each of :func:`_looks`; the third between goes without."""
TEMPLATES = (
    "a {looks} {name}",
    "somebody wrote {name} and it looks {looks}",
    "{name} in a {looks} hand",
    "the digit here is {looks} it reads {name}",
    "{looks} this must be {name}",
)
ASIDES = ("on page {other}", "in row {other}", "by a pupil", "in blue ink", "from a letter")
WRONG, UNNAMED, UNSAID, ASIDE = 0.1, 0.1, 0.2, 0.5
"""Probabilities: another digit's name, "something" for the name, a look left out, an aside."""


def describe_digits(
    images: ArrayLike, labels: ArrayLike, seed: int, count: int = 1
) -> tuple[tuple[str, ...], ...]:
    """Texts that people might write about pictures of digits, not always rightly.

    A description names the digit, by one of three words, in 8 of 10 cases; in one it names any digit, in one
    none. It says how the digit looks: thin or bold, narrow or wide, which way it leans, where most of its ink
    is, each measured in the picture. Half of them have an aside, which may name a digit too: "on page six".

    Args:
        images: n x h x w, 0 where there is no ink.
        labels: n, the digits.
        seed: the seed of all that is drawn.
        count: descriptions of each picture.

    Returns:
        n times ``count`` texts.

    Raises:
        DataError: images of another shape, or a label that is no digit.

    Examples:
        >>> image = np.zeros((1, 8, 8))
        >>> image[0, 1:7, 4] = 1
        >>> texts = jr.data.describe_digits(image, [1], seed=0, count=2)
        >>> len(texts[0]), texts == jr.data.describe_digits(image, [1], seed=0, count=2)
        (2, True)
    """
    pictures, digits = np.asarray(images, float), np.asarray(labels)
    if pictures.ndim != 3 or digits.shape != pictures.shape[:1] or not np.isin(digits, range(10)).all():
        raise DataError(
            "expected images of n x h x w and n labels from 0 to 9, got "
            f"{pictures.shape} and {digits.shape}: average colours, and take digits alone"
        )
    rng = np.random.default_rng(seed)
    thirds = _thirds(_looks(pictures))
    return tuple(
        tuple(_describe(int(digit), row, rng) for _ in range(count))
        for digit, row in zip(digits, thirds, strict=True)
    )


def _looks(images: NDArray[np.float64]) -> NDArray[np.float64]:
    """n x 4: ink, spread across, lean to the right, height of the ink's middle from the top."""
    height, width = images.shape[1:]
    ink = images.sum((1, 2)).clip(1e-9)
    x, y = np.arange(width), np.arange(height)
    across, down = images.sum(1) / ink[:, None], images.sum(2) / ink[:, None]
    middle, centre = across @ x, down @ y
    spread = across @ x**2 - middle**2
    tall = down @ y**2 - centre**2
    together = np.einsum("nyx,y,x->n", images, y, x) / ink - middle * centre
    return np.stack([ink, spread, -together / tall.clip(1e-9), centre], axis=1)


def _thirds(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """n x 4: 0, 1 or 2, for the least, the middle and the greatest third of each column."""
    low, high = np.quantile(values, (1 / 3, 2 / 3), axis=0)
    found: NDArray[np.int64] = (values > low).astype(np.int64) + (values > high)
    return found


def _describe(digit: int, thirds: NDArray[np.int64], rng: np.random.Generator) -> str:
    draw = rng.random()
    name = _name(int(rng.integers(10)) if draw < WRONG else digit, rng)
    if draw > 1 - UNNAMED:
        name = "something"
    traits = [
        str(rng.choice(words[third // 2]))
        for words, third in zip(LOOKS, thirds, strict=True)
        if third != 1 and rng.random() > UNSAID
    ]
    looks = " ".join(rng.permutation(traits)) if traits else "plain"
    text = str(rng.choice(TEMPLATES)).format(looks=looks, name=name)
    if rng.random() < ASIDE:
        text += " " + str(rng.choice(ASIDES)).format(other=_name(int(rng.integers(10)), rng))
    return text


def _name(digit: int, rng: np.random.Generator) -> str:
    return str(rng.choice(NAMES[digit], p=(0.6, 0.25, 0.15)))
