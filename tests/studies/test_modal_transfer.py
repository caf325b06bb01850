"""The modal-transfer study: its pairs and its few labels, its networks, and what it says of bad input."""

import numpy as np
import pytest
from real_data import real
from scipy.io import wavfile
from study_laws import STUDIES, assert_stacks, assert_takes, jobs_of, tensors, trained, write_npz

from jrtune import DataError
from jrtune.data import check_splits
from jrtune.spec.study_file import load_study

STUDY = load_study(STUDIES / "modal_transfer.py")
EQUAL = (1 / 3, 1 / 3, 1 / 3)
CHOICES = [
    {"transfer": "answers", "temperature": 2.0, "head": "shared", "lr": 0.01},
    {"transfer": "features", "head": "own", "lr": 0.01},
]


@pytest.fixture(scope="module")
def splits():
    return STUDY.data()


@pytest.fixture
def recordings(tmp_path):
    """Ten digits by six speakers, whose tone tells the speaker."""
    for digit in range(10):
        for speaker in range(6):
            tone = np.sin(2 * np.pi * 500 * (speaker + 1) * np.arange(2000) / 8000)
            path = tmp_path / f"{digit}_s{speaker}_0.wav"
            wavfile.write(path, 8000, (2**14 * tone).astype(np.int16))
    return tmp_path


class TestData:
    def test_default(self, splits):
        check_splits(splits, STUDY.missing)
        for batch in splits.values():
            assert batch["image"].shape[1:] == (64,)
            assert batch["sound"].shape[1:] == (32, 32)
        assert sum(len(batch["digit"]) for batch in splits.values()) == 1200

    @pytest.mark.parametrize("labels", [1, 3])
    def test_few_training_sounds_are_labelled_and_all_others(self, labels):
        for split, batch in STUDY.data(labels=labels, limit=600).items():
            there = ~np.isnan(batch["label"])
            np.testing.assert_array_equal(batch["label"][there], batch["digit"][there])
            if split == "train":
                np.testing.assert_array_equal(np.bincount(batch["digit"][there]), 10 * [labels])
            else:
                assert there.all()

    def test_no_picture_and_no_speaker_is_in_two_splits(self, recordings):
        splits = STUDY.data(sounds=str(recordings))
        seen = {name: {image.tobytes() for image in batch["image"]} for name, batch in splits.items()}
        assert not seen["train"] & seen["val"]
        assert not (seen["train"] | seen["val"]) & seen["test"]
        # a speaker says the same whatever the digit
        heard = [np.unique(batch["sound"].round(1) + 0.0, axis=0) for batch in splits.values()]
        assert [len(sounds) for sounds in heard] == [3, 1, 2]
        assert len(np.unique(np.concatenate(heard), axis=0)) == 6

    def test_scale_is_that_of_training(self, splits):
        assert abs(splits["train"]["sound"].mean()) < 1e-3
        assert splits["train"]["sound"].std() == pytest.approx(1, abs=0.01)

    def test_no_two_generated_digits_have_the_same_two_vowels(self):
        digit = np.arange(10)
        assert len(set(zip(digit % 5, (2 * digit + 1 + digit // 5) % 5, strict=True))) == 10


class TestBadInput:
    def test_missing_sounds(self, tmp_path):
        with pytest.raises(DataError, match=r"folder with wav files, got nothing at .*none"):
            STUDY.data(sounds=str(tmp_path / "none"))

    def test_a_name_that_tells_nothing(self, recordings):
        (recordings / "5_s1_0.wav").rename(recordings / "five.wav")
        with pytest.raises(DataError, match=r"DIGIT_SPEAKER_NUMBER.wav, got 'five.wav' in .*: rename"):
            STUDY.data(sounds=str(recordings))

    def test_a_truncated_recording(self, recordings):
        path = recordings / "5_s1_0.wav"
        path.write_bytes(path.read_bytes()[:1000])
        with pytest.raises(DataError, match=r"whole wav file, got .*5_s1_0.wav: fetch it again"):
            STUDY.data(sounds=str(recordings))

    def test_too_few_speakers(self, recordings):
        for path in recordings.glob("*_s[2-5]_0.wav"):
            path.unlink()
        with pytest.raises(DataError, match="three groups or more, got 2"):
            STUDY.data(sounds=str(recordings))

    def test_nine_digits(self, tmp_path):
        images, labels = np.arange(27 * 64).reshape(27, 8, 8) % 251, np.arange(27) % 9
        with pytest.raises(DataError, match=r"ten digits, got 9 classes in .*a.npz"):
            STUDY.data(data=write_npz(tmp_path / "a.npz", images, labels))

    def test_labels(self):
        with pytest.raises(DataError, match="1 label or more of each digit, got 0"):
            STUDY.data(labels=0)


@pytest.mark.parametrize("choices", CHOICES)
def test_stacked_equals_one_by_one(choices):
    jobs = jobs_of(STUDY, EQUAL, (0.6, 0.1, 0.3), **choices)
    assert_stacks(STUDY, jobs, limit=200)


def test_the_teacher_learns_nothing_from_the_student(splits):
    batch = {name: tensor[:20] for name, tensor in tensors(splits["val"]).items()}
    for transfer in ("answers", "features"):
        model = STUDY.model(transfer=transfer, head="own")
        model(batch)["gap"].mean().backward()
        taught = {name for name, p in model.named_parameters() if p.grad is not None and p.grad.any()}
        assert taught
        assert not {name for name in taught if name.startswith("teacher")}


def test_the_teacher_makes_up_for_labels():
    jobs = [job for weights in (EQUAL, (0, 1, 0)) for job in jobs_of(STUDY, weights, **CHOICES[0])]
    taught, alone = (outcome.values for outcome in trained(STUDY, jobs, epochs=10))
    assert alone["student_accuracy"] > 0.2  # a guess: 0.1
    assert taught["student_accuracy"] > alone["student_accuracy"] + 0.1
    assert taught["teacher_accuracy"] > 0.7


def test_real_data():
    splits = STUDY.data(data=real("mnist10k"), sounds=real("fsdd"), limit=600)
    assert_takes(STUDY, splits)
    assert sum(len(batch["digit"]) for batch in splits.values()) == 600
