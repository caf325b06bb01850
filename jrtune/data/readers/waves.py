"""Recordings in wav files."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jrtune.data.readers.files import existing_file, files_under, named_files
from jrtune.errors import DataError

SCALES = {"u1": 2**7, "i2": 2**15, "i4": 2**31}
"""Full scale by type; scipy gives 24 bits as the upper ones of 32."""


class Waves(NamedTuple):
    """Recordings of one rate and length.

    Examples:
        >>> jr.data.Waves(np.zeros((2, 8000), np.float32), 8000, ("a.wav", "b.wav")).values.shape
        (2, 8000)
    """

    values: NDArray[np.float32]
    """n x samples, within [-1, 1], zeros after the end of a short one."""
    rate: int
    """Samples a second."""
    names: tuple[str, ...]
    """Names of the files, without their folders."""


def read_waves(
    source: str | Path | Sequence[str | Path], rate: int = 0, seconds: float = 0, names: Sequence[str] = ()
) -> Waves:
    """Recordings as one array: channels averaged, resampled where asked, padded or cut at the end.

    Args:
        source: a folder, of which all wav files at any depth are read in the order of their names, or files:
            PCM of 8, 16, 24 or 32 bits, or floating.
        rate: samples a second that all are brought to; 0 leaves them as they are, all of one rate.
        seconds: the length that all are brought to; 0 takes the longest.
        names: of a folder, which files to read, in this order, for tables that say which belongs to a row:
            paths from there, or names that one file has at any depth; empty for all.

    Returns:
        The recordings, as many as files.

    Raises:
        DataError: no file, one that is no wav, truncated, empty or not finite, or of another rate than the
            others where none is asked for.

    Examples:
        >>> from scipy.io import wavfile
        >>> wavfile.write("yes.wav", 8000, np.zeros(4000, np.int16))
        >>> waves = jr.data.read_waves(["yes.wav"], rate=4000)
        >>> waves.values.shape, waves.rate
        ((1, 2000), 4000)
    """
    if isinstance(source, (str, Path)):
        kind = {".wav"}, "wav files"
        files = named_files(source, names, *kind) if len(names) else files_under(source, *kind)
    else:
        files = [existing_file(file, "a wav file") for file in source]
    if not files or rate < 0 or not 0 <= seconds < math.inf:
        raise DataError(
            f"expected files, and a rate and seconds of 0 or more, got {len(files)}, {rate} and {seconds}"
        )
    sounds = [_read(file) for file in files]
    target = rate or sounds[0][0]
    if odd := [k for k, (own, _) in enumerate(sounds) if own != target and not rate]:
        raise DataError(
            f"expected one rate, got {target} of {files[0]} and {sounds[odd[0]][0]} of {files[odd[0]]}: "
            "give the rate to bring all to"
        )
    waves = [_resampled(wave, own, target) for own, wave in sounds]
    samples = round(seconds * target) or max(map(len, waves))
    values = np.zeros((len(waves), samples), np.float32)
    for row, wave in zip(values, waves, strict=True):
        row[: len(wave)] = wave[:samples]
    return Waves(values, target, tuple(file.name for file in files))


def _read(path: Path) -> tuple[int, NDArray[np.float32]]:
    """Rate and samples of one file."""
    from scipy.io import wavfile  # at first use: it takes a while to import

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", wavfile.WavFileWarning)  # of chunks that are no sound
            warnings.filterwarnings("error", "Reached EOF", wavfile.WavFileWarning)
            rate, wave = wavfile.read(path)
    except wavfile.WavFileWarning as warning:
        raise DataError(
            f"expected a whole wav file, got {str(warning).rstrip('.')!r} in {path}: fetch it again"
        ) from warning
    except Exception as error:  # of a corrupt header scipy raises whatever its bytes lead to
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"expected a whole wav file, got {reason!r} in {path}: fetch it again") from error
    if not rate or not wave.size:
        raise DataError(f"expected sound, got {wave.size} samples at a rate of {rate} in {path}: drop it")
    return int(rate), _mono(path, wave)


def _mono(path: Path, wave: NDArray[np.generic]) -> NDArray[np.float32]:
    kind = wave.dtype.str[1:]
    if kind not in SCALES and wave.dtype.kind != "f":
        raise DataError(f"expected 8, 16, 24 or 32 bits or floats, got {wave.dtype} in {path}: convert it")
    if wave.dtype.kind == "f" and not np.isfinite(wave).all():
        sample = int((~np.isfinite(wave)).reshape(len(wave), -1).any(axis=1).argmax())
        raise DataError(f"expected finite samples, got NaN or infinity at {sample} in {path}: drop the file")
    samples = wave.astype(np.float64) - (2**7 if kind == "u1" else 0)  # 8 bits are stored unsigned
    samples /= SCALES.get(kind, 1)
    return (samples.mean(axis=1) if samples.ndim == 2 else samples).astype(np.float32)


def _resampled(wave: NDArray[np.float32], own: int, target: int) -> NDArray[np.float32]:
    if own == target:
        return wave
    from scipy.signal import resample_poly  # at first use, as above

    step = math.gcd(own, target)
    return np.asarray(resample_poly(wave, target // step, own // step), np.float32)
