"""Log-mel spectrograms: a tone lies in its band and its frames, at its power."""

import numpy as np
import pytest

from jrtune import DataError
from jrtune.data import log_mel

RATE = 8000


def tone(hertz, seconds=1.0):
    return np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)


@pytest.mark.parametrize("hertz", [300, 1000, 3000])
def test_a_tone_lies_in_its_band(hertz):
    bands = 20
    top = 2595 * np.log10(1 + RATE / 2 / 700)
    expected = 2595 * np.log10(1 + hertz / 700) / top * (bands + 1) - 1  # in units of the bands' peaks
    found = log_mel(tone(hertz)[None], RATE, bands)[0].mean(axis=1).argmax()
    assert abs(found - expected) <= 0.5


def test_a_tone_lies_in_its_frames():
    wave = np.concatenate([np.zeros(RATE), tone(1000)])
    loud = log_mel(wave[None], RATE, 20, frames=10)[0].max(axis=0)
    assert (loud[:5] < -18).all()
    assert (loud[5:] > -3).all()


def test_half_the_amplitude_is_a_quarter_of_the_power():
    full, half = log_mel(np.stack([tone(1000), 0.5 * tone(1000)]), RATE).max(axis=(1, 2))
    assert full - half == pytest.approx(np.log(4), abs=1e-3)


def test_no_band_is_without_bins():
    noise = np.random.default_rng(0).normal(size=(1, RATE))
    assert (log_mel(noise, RATE, bands=128).mean(axis=2) > -18).all()


def test_recordings_are_independent_and_lengths_of_no_matter():
    waves = np.random.default_rng(0).normal(size=(70, 400)).astype(np.float32)  # more than at a time
    before = waves.copy()
    got = log_mel(waves, RATE, 12, 5)
    assert got.shape == (70, 12, 5)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got[66:67], log_mel(waves[66:67], RATE, 12, 5), rtol=1e-5)
    np.testing.assert_array_equal(waves, before)


@pytest.mark.parametrize(
    ("shape", "options"),
    [
        ((400,), {}),
        ((2, 255), {}),
        ((2, 400), {"bands": 0}),
        ((2, 400), {"frames": 0}),
        ((2, 9), {"seconds": 0}),
    ],
)
def test_unusable(shape, options):
    with pytest.raises(DataError, match="expected n x samples with a frame of"):
        log_mel(np.zeros(shape), RATE, **options)
