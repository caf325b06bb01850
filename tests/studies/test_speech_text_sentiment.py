"""The speech-text-sentiment study: its layouts, its networks, and what it says of bad input."""

import numpy as np
import pytest
import torch
from real_data import real
from scipy.io import wavfile
from study_laws import STUDIES, assert_stacks, assert_takes, jobs_of, tensors, trained, write_csv

from jrtune import DataError
from jrtune.data import check_splits
from jrtune.spec.study_file import load_study

STUDY = load_study(STUDIES / "speech_text_sentiment.py")
EQUAL = (1 / 3, 1 / 3, 1 / 3)
CHOICES = [
    {"fusion": "gated", "dropout": 0.0, "lr": 0.01},
    {"fusion": "early", "dropout": 0.3, "lr": 0.01},
    {"fusion": "late", "dropout": 0.3, "lr": 0.01},
]
HEADER = ["file", "speaker", "emotion", "text", "sentiment"]


@pytest.fixture(scope="module")
def splits():
    return STUDY.data()


@pytest.fixture
def rows():
    """Of a csv: six speakers with eight recordings each, some labels and texts lacking."""
    found = []
    for k in range(48):
        emotion, word, sentiment = (("calm", "fine", "neutral"), ("anger", "mad", "negative"))[k // 6 % 2]
        found.append([f"{k}.wav", k % 6, emotion, f"speaker{k % 6} is {word}", sentiment])
    for k in (3, 20):
        found[k][2] = ""
    for k in (4, 21, 33):
        found[k][4] = ""
    found[7][3] = ""
    return found


@pytest.fixture
def folder(tmp_path, rows):
    (tmp_path / "Session1").mkdir()
    for k in range(48):
        tone = np.sin(2 * np.pi * (300 + 50 * (k % 6)) * np.arange(1600) / 8000) * (0.2 + 0.6 * (k % 2))
        wavfile.write(tmp_path / "Session1" / f"{k}.wav", 8000, (2**14 * tone).astype(np.int16))
    write(tmp_path, rows)
    return tmp_path


def write(folder, rows, header=HEADER, name="labels.csv"):
    write_csv(folder / name, header, rows)


class TestData:
    def test_default(self, splits):
        check_splits(splits)  # nothing is missing
        batch = splits["train"]
        assert {name: array.shape[1:] for name, array in batch.items()} == {
            **{"speech": (32, 64), "text": (20,), "present": (2,), "emotion": (), "sentiment": ()},
            **{"emotion_weights": (8,), "sentiment_weights": (3,)},
        }
        assert sum(len(batch["text"]) for batch in splits.values()) == 1000

    def test_recordings_with_transcripts_and_labels(self, folder):
        splits = STUDY.data(data=str(folder))
        check_splits(splits, STUDY.missing)
        assert sum(len(batch["emotion"]) for batch in splits.values()) == 48
        whole = {name: np.concatenate([batch[name] for batch in splits.values()]) for name in splits["train"]}
        assert np.isnan(whole["emotion"]).sum() == 2
        assert np.isnan(whole["sentiment"]).sum() == 3
        assert (~whole["present"]).sum(axis=0).tolist() == [0, 1]
        known = ~np.isnan(whole["emotion"]) & ~np.isnan(whole["sentiment"])
        np.testing.assert_array_equal(whole["emotion"][known] == 0, whole["sentiment"][known] == 0)

    def test_no_speaker_is_in_two_splits_and_words_are_those_of_training(self, folder):
        splits = STUDY.data(data=str(folder))
        # every text names its speaker: those of other splits are unknown words, which all have number 1
        spoken = {name: set(batch["text"][batch["present"][:, 1], 0]) for name, batch in splits.items()}
        assert len(spoken["train"]) >= 2
        assert 1 not in spoken["train"]
        assert spoken["val"] == spoken["test"] == {1}

    def test_rare_classes_weigh_more(self, splits):
        batch = splits["train"]
        counts = np.bincount(batch["emotion"].astype(int), minlength=8)
        weights = batch["emotion_weights"][0]
        assert weights[counts == 0].max() == 0
        order = np.argsort(counts[:4])
        assert (np.diff(weights[order]) < 0).all()
        np.testing.assert_array_equal(splits["test"]["emotion_weights"][-1], weights)

    def test_texts_paired_by_emotion(self, folder, rows, tmp_path):
        write(folder, [[*row[:2], "happiness" if row[2] == "calm" else row[2]] for row in rows], HEADER[:3])
        texts = tmp_path / "texts"
        texts.mkdir()
        for split in ("train", "dev", "test"):
            moods = {"anger": "negative", "joy": "positive", "surprise": "neutral"}
            context = [[f"{split} {mood}", mood, moods[mood]] for mood in moods for _ in range(9)]
            write(texts, context, ["Utterance", "Emotion", "Sentiment"], f"{split}_sent_emo.csv")
        splits = STUDY.data(data=str(folder), texts=str(texts))
        check_splits(splits)  # a recording of no or another emotion is left out
        assert sum(len(batch["text"]) for batch in splits.values()) == 6 * 46
        for batch in splits.values():
            np.testing.assert_array_equal(batch["sentiment"], np.where(batch["emotion"] == 0, 0, 2))
        assert (splits["train"]["text"][:, :2] > 1).all()
        assert (splits["val"]["text"][:, 0] == 1).all()  # "dev" is no word of training


class TestBadInput:
    @pytest.mark.parametrize("tables", [0, 2])
    def test_tables(self, folder, rows, tables):
        write(folder, rows, name="more.csv")
        if not tables:
            for path in folder.glob("*.csv"):
                path.unlink()
        with pytest.raises(
            DataError, match=f"expected one csv of labels, got {tables} in .*: check the path"
        ):
            STUDY.data(data=str(folder))

    def test_a_recording_that_is_not_there(self, folder):
        (folder / "Session1" / "5.wav").unlink()
        with pytest.raises(DataError, match=r"expected one file '5\.wav' below .*, got 0"):
            STUDY.data(data=str(folder))

    def test_a_truncated_recording(self, folder):
        path = folder / "Session1" / "5.wav"
        path.write_bytes(path.read_bytes()[:1000])
        with pytest.raises(DataError, match=r"whole wav file, got .*5\.wav: fetch it again"):
            STUDY.data(data=str(folder))

    def test_a_missing_column(self, folder, rows):
        write(folder, [row[:4] for row in rows], HEADER[:4])
        with pytest.raises(DataError, match=r"column 'sentiment', got .* in .*labels.csv"):
            STUDY.data(data=str(folder))

    def test_another_sentiment(self, folder, rows):
        rows[5][4] = "sad"
        write(folder, rows)
        with pytest.raises(DataError, match=r"negative, neutral, positive, got 'sad' in line 7, .*sentiment"):
            STUDY.data(data=str(folder))

    def test_no_sentiment(self, folder, rows):
        write(folder, [[*row[:4], ""] for row in rows])
        with pytest.raises(DataError, match=r"expected labels of sentiment in training, got none in .*: add"):
            STUDY.data(data=str(folder))

    def test_too_many_emotions(self, folder, rows):
        write(folder, [[*row[:2], f"mood {k % 9}", *row[3:]] for k, row in enumerate(rows)])
        with pytest.raises(DataError, match="expected 2 to 8 emotions, got 9"):
            STUDY.data(data=str(folder))

    def test_texts_without_recordings(self):
        with pytest.raises(DataError, match="expected recordings to pair the texts with"):
            STUDY.data(texts="meld")


@pytest.mark.parametrize("choices", CHOICES)
def test_stacked_equals_one_by_one(choices):
    assert_stacks(STUDY, jobs_of(STUDY, EQUAL, (0.6, 0.1, 0.3), **choices), limit=150)


@pytest.mark.parametrize("fusion", STUDY.space["fusion"].options)
def test_what_is_missing_does_not_count(splits, fusion):
    model = STUDY.model(fusion=fusion).eval()
    batch = {name: tensor[:20] for name, tensor in tensors(splits["val"]).items()}
    before = model(batch)
    torch.testing.assert_close(before["share"].sum(1), torch.ones(20))
    silent = model({**batch, "speech": torch.randn_like(batch["speech"])})
    torch.testing.assert_close(silent["text"], before["text"])
    assert not torch.allclose(silent["fused"], before["fused"])
    wordless = {**batch, "text": torch.zeros_like(batch["text"])}
    wordless["present"] = batch["present"] & torch.tensor([True, False])
    after = model(wordless)
    torch.testing.assert_close(after["speech"], before["speech"])
    torch.testing.assert_close(after["fused"], before["speech"])
    assert STUDY.losses["text"](after, wordless) == 0
    assert STUDY.losses["fused"](after, wordless) == STUDY.losses["speech"](after, wordless)


def test_the_share_that_is_watched_is_of_samples_that_have_both(splits):
    model = STUDY.model().eval()
    batch = {name: tensor[:20] for name, tensor in tensors(splits["val"]).items()}
    batch["present"] = batch["present"] & torch.tensor([[True, False]] * 5 + [[True, True]] * 15)
    out = model(batch)
    watched = {name: figure(out, batch).item() for name, figure in STUDY.watched.items()}
    assert sum(watched.values()) == pytest.approx(1)
    assert watched["speech_share"] == pytest.approx(out["share"][5:, 0].mean().item())
    assert watched["speech_share"] < out["share"][:, 0].mean().item()  # where text is missing it is 1


def test_both_together_know_more_than_speech_alone():
    jobs = jobs_of(STUDY, EQUAL, **{**CHOICES[2], "lr": 0.02})
    [values] = (outcome.values for outcome in trained(STUDY, jobs, epochs=10))
    assert values["f1_speech_missing"] > 0.4  # the most frequent class alone: 0.2
    assert values["recall_text_missing"] > 0.4  # 0.25
    assert values["recall_both"] > values["recall_text_missing"] + 0.05


def test_real_data():
    splits = STUDY.data(data=real("emodb"), texts=real("meld_text"), limit=100)
    assert_takes(STUDY, splits)
    assert {len(batch["text"]) % 6 for batch in splits.values()} == {0}
