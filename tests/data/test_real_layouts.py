"""Readers of texts, tables, recordings and series on real files as they lie."""

from pathlib import Path

import numpy as np
import pytest
import real_data

from jrtune import data


@pytest.fixture
def real(request):
    return Path(real_data.real(request.param))


def only(name):
    return pytest.mark.parametrize("real", [name], indirect=True)


@only("fsdd")
def test_spoken_digits(real):
    files = sorted((real / "recordings").glob("*_theo_*.wav"))[::10]
    waves = data.read_waves(files, seconds=0.5)
    assert (waves.rate, waves.values.shape) == (8000, (len(files), 4000))
    assert np.isfinite(data.log_mel(waves.values, waves.rate)).all()
    speakers = [name.split("_")[1] for name in waves.names]
    assert set(speakers) == {"theo"}


@only("emodb")
def test_speech_with_its_table(real):
    kinds = {"file": "text", "speaker": "text", "emotion": "category"}
    table = data.read_table(real / "labels_from_filenames.csv", kinds)
    assert len(table["file"]) == 535
    assert set(table["emotion"]) == set(range(7))
    waves = data.read_waves([real / "wav" / name for name in table["file"][:5]], seconds=2)
    assert waves.values.shape == (5, 2 * 22050)
    parts = data.group_split(table["speaker"], 0)
    assert sum(len(set(table["speaker"][rows])) for rows in parts.values()) == 10
    assert [len(rows) / 535 for rows in parts.values()] == pytest.approx([0.6, 0.2, 0.2], abs=0.1)


@only("meld_text")
def test_utterances(real):
    sentiments = ("negative", "neutral", "positive")
    kinds = {"Utterance": "text", "Emotion": "category", "Sentiment": sentiments}
    tables = [data.read_table(real / f"{split}_sent_emo.csv", kinds) for split in ("train", "dev", "test")]
    assert [len(table["Utterance"]) for table in tables] == [9989, 1109, 2610]
    words = data.vocabulary(tables[0]["Utterance"], 2000)
    rows = data.tokenise(tables[2]["Utterance"], words, 20)
    assert 0.02 < (rows == 1).sum() / (rows > 0).sum() < 0.2  # few words are unknown


@only("emojione")
def test_pictures_with_names(real):
    found = data.read_captions(real, size=16)
    assert found.images.shape == (1262, 16, 16, 3)
    assert len(set(found.classes)) == 8
    assert found.texts[0] == ("grinning face happy joy smile grin smiling smiley",)


@only("ml100k")
def test_ratings_and_films(real):
    names = ("user", "film", "rating", "time")
    ratings = data.read_table(real / "u.data", dict.fromkeys(names, "number"), separator="\t", names=names)
    assert {name: len(set(ratings[name])) for name in names[:3]} == {"user": 943, "film": 1682, "rating": 5}
    columns = ("id", "title", "date", "video", "url", *(f"genre{k}" for k in range(19)))
    films = data.read_table(
        real / "u.item", {"id": "number", "title": "text", "date": "time", "genre5": "number"}, ("date",),
        separator="|", encoding="latin-1", names=columns,
    )  # fmt: skip
    assert films["id"].tolist() == list(range(1, 1683))
    assert np.isnat(films["date"]).sum() == 1
    assert films["genre5"].sum() == 505


@only("hydraulic")
def test_cycles_in_blocks(real):
    series = np.stack([data.read_matrix(real / f"TS{k}.txt") for k in (1, 2, 3, 4)], axis=1)
    profile = data.read_matrix(real / "profile.txt")
    assert (series.shape, profile.shape) == ((2205, 4, 60), (2205, 5))
    blocks = data.runs(*profile.T)
    for rows in data.group_split(blocks, 0, labels=profile[:, 0]).values():
        assert set(profile[rows, 0]) == {3, 20, 100}


@only("cmapss")
def test_runs_to_failure(real):
    table = data.read_matrix(real / "train_FD001.txt")
    windows, last = data.cut_windows(table[:, 2:], 30, 10, groups=table[:, 0])
    assert windows.shape[1:] == (24, 30)
    assert len(set(table[last, 0])) == 100
    assert (table[last, 1] >= 30).all()  # no window begins before its engine


@only("city_dc")
def test_hours_of_two_files(real):
    hire = data.read_table(real / "hour.csv", {"dteday": "time", "hr": "number", "cnt": "number"})
    hire["time"] = hire.pop("dteday") + hire.pop("hr").astype("m8[h]")
    load = data.read_table(real / "PJME_hourly.csv", {"Datetime": "time", "PJME_MW": "number"})
    load["time"] = load.pop("Datetime")
    hours = data.join_hourly([hire, load])
    whole = np.isfinite([*hours.columns.values()]).all(axis=0)
    assert whole.sum() == len(hours.time) - hours.gaps == 17375


@only("la_traffic")
def test_many_sensors(real):
    speeds = data.read_matrix(real / "los_speed.csv", separator=",", header=True)
    assert speeds.shape == (2016, 207)
