"""Log-mel spectrograms."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jrtune.errors import DataError

CHUNK = 64
"""Recordings at a time: their overlapping frames take several times the room of the recordings."""
FLOOR = 1e-8
"""Added to the power before the logarithm, of which 0.25 is a full-scale tone: 74 dB below that."""


def log_mel(
    waves: ArrayLike, rate: int, bands: int = 40, frames: int = 32, seconds: float = 0.032
) -> NDArray[np.float32]:
    """Logarithm of the power in each mel band and frame; recordings of any length give the same shape.

    Frames of ``seconds`` under a Hann window are spread evenly from the start to the end of the recording.
    Bands are triangles that are evenly spaced from 0 to rate/2 on mel = 2595 log10(1 + f/700) (O'Shaughnessy,
    Speech Communication, 1987).

    Args:
        waves: n x samples.
        rate: samples a second.
        bands: the number of mel bands.
        frames: the number of frames.
        seconds: length of a frame.

    Returns:
        n x bands x frames, natural logarithms.

    Raises:
        DataError: waves are not n x samples, are shorter than a frame, or a number is below 1.

    Examples:
        >>> tone = np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000)
        >>> power = jr.data.log_mel(tone[None], rate=8000)
        >>> power.shape, int(power[0, :, 16].argmax())  # the band around 1000 Hz
        ((1, 40, 32), 18)
    """
    sound = np.asarray(waves, np.float32)
    width = round(seconds * rate)
    if sound.ndim != 2 or min(rate, bands, frames, width) < 1 or sound.shape[1] < width:
        raise DataError(
            f"expected n x samples with a frame of {width} or more, and a rate, bands and frames of 1 or "
            f"more, got shape {sound.shape} and {rate}, {bands}, {frames}"
        )
    hann = np.hanning(width + 2)[1:-1].astype(np.float32)
    filters = _filters(bands, rate, width)
    starts = np.linspace(0, sound.shape[1] - width, frames).round().astype(int)
    positions = starts[:, None] + np.arange(width)
    out = np.empty((len(sound), bands, frames), np.float32)
    for k in range(0, len(sound), CHUNK):
        spectrum = np.fft.rfft(
            sound[k : k + CHUNK, positions] * (hann / hann.sum()), 2 * (filters.shape[1] - 1)
        )
        power = (np.abs(spectrum) ** 2) @ filters.T
        out[k : k + CHUNK] = np.log(power + FLOOR).swapaxes(1, 2)
    return out


def _filters(bands: int, rate: int, width: int) -> NDArray[np.float64]:
    """bands x bins; bins as fine as it takes for no band to fall between two of them."""
    mel = np.linspace(0, 2595 * np.log10(1 + rate / 2 / 700), bands + 2)
    low, peak, high = (700 * (10 ** (mel[k : bands + k] / 2595) - 1)[:, None] for k in range(3))
    size = 2 ** int(np.ceil(np.log2(width)))
    while True:
        hertz = np.arange(size // 2 + 1) * rate / size
        filters: NDArray[np.float64] = np.clip(
            np.minimum((hertz - low) / (peak - low), (high - hertz) / (high - peak)), 0, None
        )
        if filters.any(axis=1).all():
            return filters
        size *= 2
