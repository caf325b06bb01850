"""Recordings: every width of sample, rates, lengths, and files that are broken."""

import struct

import numpy as np
import pytest
from scipy.io import wavfile

from jrtune import DataError
from jrtune.data import read_waves

TONE = 0.5 * np.sin(2 * np.pi * 100 * np.arange(800) / 8000)


def wav(samples, rate=8000, bits=16, channels=1, code=1):
    """A wav file's bytes, written from the format's description alone."""
    align = channels * bits // 8
    head = struct.pack("<HHIIHH", code, channels, rate, rate * align, align, bits)
    chunks = b"WAVEfmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", len(samples))
    return b"RIFF" + struct.pack("<I", len(chunks) + len(samples)) + chunks + samples


def pcm(values, bits):
    whole = np.round(values * (2 ** (bits - 1) - 1)).astype(np.int64) + (128 if bits == 8 else 0)
    return b"".join(int(v).to_bytes(bits // 8, "little", signed=bits > 8) for v in whole)


def put(folder, **files):
    for name, body in files.items():
        (folder / f"{name}.wav").write_bytes(body)
    return folder


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_widths(tmp_path, bits):
    got = read_waves(put(tmp_path, a=wav(pcm(TONE, bits), bits=bits)))
    assert got.rate == 8000
    assert got.values.dtype == np.float32
    np.testing.assert_allclose(got.values, TONE[None], atol=2.0 / 2**bits + 1e-7)


@pytest.mark.parametrize("bits", [32, 64])
def test_floats(tmp_path, bits):
    body = wav(TONE.astype(f"<f{bits // 8}").tobytes(), bits=bits, code=3)
    np.testing.assert_allclose(read_waves(put(tmp_path, a=body)).values, TONE[None], atol=1e-7)


def test_channels_are_averaged(tmp_path):
    wavfile.write(tmp_path / "a.wav", 8000, np.stack([TONE, 0 * TONE], 1).astype(np.float32))
    np.testing.assert_allclose(read_waves(tmp_path).values[0], TONE / 2, atol=1e-7)


def test_order_padding_and_cutting(tmp_path):
    (tmp_path / "x").mkdir()
    put(tmp_path, b=wav(pcm(TONE, 16)), a=wav(pcm(TONE[:300], 16)))
    put(tmp_path / "x", c=wav(pcm(TONE[:100], 16)))
    got = read_waves(tmp_path)
    assert got.names == ("a.wav", "b.wav", "c.wav")
    assert got.values.shape == (3, 800)
    assert (got.values[0, 300:] == 0).all()
    assert np.abs(got.values[0, 200:300]).max() > 0.4
    cut = read_waves([tmp_path / "b.wav", str(tmp_path / "a.wav")], seconds=0.05)
    assert cut.names == ("b.wav", "a.wav")
    np.testing.assert_array_equal(cut.values, got.values[[1, 0], :400])


def test_files_that_a_table_names(tmp_path):
    for folder, level in (("x", 0.1), ("y", 0.2)):
        (tmp_path / folder).mkdir()
        put(tmp_path / folder, a=wav(pcm(np.full(9, level), 16)))
    put(tmp_path / "y", b=wav(pcm(np.full(9, 0.3), 16)))
    found = read_waves(tmp_path, names=["y/a.wav", "b.wav", "x/a.wav"]).values[:, 0]
    np.testing.assert_allclose(found, [0.2, 0.3, 0.1], atol=1e-4)
    with pytest.raises(DataError, match=r"expected one file 'a\.wav' below .*, got 2: name it by its path"):
        read_waves(tmp_path, names=["a.wav"])
    with pytest.raises(DataError, match=r"expected one file 'c\.wav' below .*, got 0"):
        read_waves(tmp_path, names=["c.wav"])


def test_resampling_keeps_the_tone(tmp_path):
    put(tmp_path, a=wav(pcm(TONE, 16)), b=wav(pcm(TONE, 16), rate=4000))
    got = read_waves(tmp_path, rate=4000)
    assert got.rate == 4000
    assert got.values.shape == (2, 800)
    np.testing.assert_allclose(got.values[0, 50:350], TONE[::2][50:350], atol=0.01)


GOOD = wav(pcm(TONE, 16))
BROKEN = {
    "cut off": (GOOD[:-100], "finished at 1544 bytes, expected 1644 bytes"),
    "cut in the header": (GOOD[:30], "expected a whole wav file"),
    "another format": (b"OggS" + GOOD[4:], "File format b'OggS' not understood"),
    "empty": (b"", "expected a whole wav file"),
    "no samples": (wav(b""), "expected sound, got 0 samples at a rate of 8000"),
    "mu-law": (wav(pcm(TONE, 8), bits=8, code=7), "Unknown wave file format"),
    "64 bits": (wav(b"\0" * 80, bits=64), "expected 8, 16, 24 or 32 bits or floats, got int64"),
    "not finite": (wav(np.array([0, np.nan], "<f4").tobytes(), bits=32, code=3), "got NaN or infinity at 1"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_file(tmp_path, kind):
    body, message = BROKEN[kind]
    with pytest.raises(DataError, match=rf"{message}.* in .*b\.wav"):
        read_waves(put(tmp_path, a=GOOD, b=body))


def test_two_rates(tmp_path):
    put(tmp_path, a=GOOD, b=wav(pcm(TONE, 16), rate=4000))
    with pytest.raises(
        DataError, match=r"expected one rate, got 8000 of .*a\.wav and 4000 of .*b\.wav: give"
    ):
        read_waves(tmp_path)


def test_nothing_to_read(tmp_path):
    with pytest.raises(DataError, match="expected wav files, got none in"):
        read_waves(tmp_path)
    with pytest.raises(DataError, match=r"expected a folder with wav files, got nothing at .*none"):
        read_waves(tmp_path / "none")
    with pytest.raises(DataError, match=r"expected a wav file, got nothing at .*none\.wav"):
        read_waves([tmp_path / "none.wav"])
    with pytest.raises(DataError, match=r"expected files, .* got 0, 0 and 0"):
        read_waves([])


@pytest.mark.parametrize("options", [{"rate": -1}, {"seconds": -1.0}, {"seconds": float("nan")}])
def test_unusable_options(tmp_path, options):
    with pytest.raises(DataError, match="a rate and seconds of 0 or more, got 1"):
        read_waves(put(tmp_path, a=GOOD), **options)
