"""What is known of pictures, handed on to sounds: does a teacher make up for labels that are lacking?

Pictures and sounds of digits were never recorded together: they are paired by their digit, as AV-MNIST does.
All pictures are labelled, of the training sounds a few of each digit. A teacher learns from the pictures, a
student from the sounds. The loss terms are the cross entropy of the teacher, that of the student where a
label is there, and the transfer over all pairs: of the teacher's answers (Hinton et al. 2015) or of its
features (Romero et al. 2015, "FitNets", equation 3), which needs no label of a sound (Gupta et al. 2016,
"Cross modal distillation"), though here whoever made the pairs knew them. The objectives are the accuracies.

Without data, pictures are scikit-learn's 1,797 digits of 8 x 8. Without sounds each is generated, and is no
speech: two vowels, that is their two formants (Peterson & Barney 1952) as tones, with noise, by one of 20
speakers. Both modalities are split before they are paired: no picture and no speaker is in two splits. To
guess gives 0.1.

Options of ``load``: data (pictures of the ten digits, what ``jr.data.read_images`` reads), sounds (a folder
of wav named DIGIT_SPEAKER_NUMBER.wav, as fsdd), limit (sounds), labels (of each digit), seed.
"""

import re

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

import jrtune as jr

DIGITS, SIDE = 10, 8
RATE, SECONDS, BANDS, FRAMES = 8000, 0.64, 32, 32
SPEAKERS, SOUNDS = 20, 1200  # that are generated
SHARES = (0.5, 0.2, 0.3)  # of the sounds in train, val and test: of six speakers 3, 1 and 2
VOWELS = np.array([(270, 2290), (730, 1090), (300, 870), (660, 1720), (490, 1350)])
"""Formants in Hz."""


def load(data: str = "", sounds: str = "", limit: int = 0, labels: int = 3, seed: int = 0) -> dict[str, dict]:
    """Splits with "image" (n x 64), "sound" (n x 32 x 32), "digit" (n) and "label" (n), NaN where lacking.

    Args:
        data: where to read pictures; empty for scikit-learn's digits.
        sounds: the folder of recordings; empty for generated ones.
        limit: use at most so many sounds, in the shares of their digits; 0 for all.
        labels: how many training sounds of each digit are labelled.
        seed: of the split, the pairs, the labels and what is generated.
    """
    if labels < 1:
        raise jr.DataError(f"expected 1 label or more of each digit, got {labels}")
    if limit < 0:
        raise jr.DataError(f"expected a limit of 0 (none) or more, got {limit}")
    images, written = read_images(data)
    waves, spoken, speakers = read_sounds(sounds) if sounds else generate(seed)
    kept = jr.data.thin(spoken, limit, seed)
    mel, spoken, speakers = jr.data.log_mel(waves[kept], RATE, BANDS, FRAMES), spoken[kept], speakers[kept]
    # loudness, and what is 35 dB below the loudest, tell a microphone and no digit
    mel = np.maximum(mel - mel.max(axis=(1, 2), keepdims=True), -8)
    heard, seen = jr.data.group_split(speakers, seed, SHARES), jr.data.stratified_split(written, seed)
    mean, spread = (f(mel[heard["train"]], axis=(0, 2), keepdims=True) for f in (np.mean, np.std))
    mel = (mel - mean) / (spread + 1e-3)
    rng = np.random.default_rng(seed)
    splits = {}
    for split, own in heard.items():
        label = spoken[own].astype(np.float32)
        if split == "train":
            for digit in range(DIGITS):
                label[rng.permutation(np.flatnonzero(spoken[own] == digit))[labels:]] = np.nan
        sound, image = jr.data.pair_by_label(spoken[own], written[seen[split]], seed)
        rows = seen[split][image]
        splits[split] = {
            **{"image": images[rows], "digit": written[rows]},
            **{"sound": mel[own[sound]], "label": label[sound]},
        }
    return splits


def read_images(data: str) -> tuple[np.ndarray, np.ndarray]:
    """Pictures averaged to n x 64, and their digits."""
    if data:
        images, labels = jr.data.read_grey(data, classes=DIGITS)
        if (count := labels.max() + 1) < DIGITS:
            raise jr.DataError(
                f"expected pictures of ten digits, got {count} classes in {data}: add the others"
            )
    else:
        digits = load_digits()
        images, labels = digits.images / 16, digits.target
    small = F.adaptive_avg_pool2d(torch.as_tensor(images, dtype=torch.float32), SIDE)
    return small.flatten(1).numpy(), labels


def read_sounds(folder: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Recordings n x samples, their digits and speakers, which the names of the files tell."""
    waves, _, names = jr.data.read_waves(folder, RATE, SECONDS)
    parts = [re.fullmatch(r"(\d)_(.+)_\d+\.wav", name, re.IGNORECASE) for name in names]
    if None in parts:
        wrong = names[parts.index(None)]
        raise jr.DataError(f"expected DIGIT_SPEAKER_NUMBER.wav, got {wrong!r} in {folder}: rename the file")
    return waves, np.array([int(part[1]) for part in parts]), np.array([part[2] for part in parts])


def generate(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """As :func:`read_sounds`: two vowels one after the other; no two digits have the same two."""
    rng = np.random.default_rng(seed)
    digit, speaker = np.arange(SOUNDS) % DIGITS, rng.integers(SPEAKERS, size=SOUNDS)
    first, second = VOWELS[digit % 5], VOWELS[(2 * digit + 1 + digit // 5) % 5]
    tract = rng.uniform(0.85, 1.2, (SPEAKERS, 2))[speaker] * rng.uniform(0.95, 1.05, (SOUNDS, 2))
    time = np.arange(round(RATE * SECONDS)) / RATE
    start, length = rng.uniform(0.02, 0.2, (SOUNDS, 1)), rng.uniform(0.25, 0.4, (SOUNDS, 1))
    place = (time - start) / length  # from 0 to 1 within the sound
    later = 1 / (1 + np.exp(-20 * (place - rng.uniform(0.35, 0.65, (SOUNDS, 1)))))
    waves = rng.normal(0, 0.15, place.shape) * rng.uniform(0.5, 1.5, (SOUNDS, 1))
    loud = np.sin(np.pi * np.clip(place, 0, 1)) * rng.uniform(0.3, 1, (SOUNDS, 1))
    for k in range(2):
        hertz = (first[:, k, None] * (1 - later) + second[:, k, None] * later) * tract[:, k, None]
        waves += loud * np.sin(2 * np.pi * (np.cumsum(hertz, axis=1) / RATE + rng.random((SOUNDS, 1))))
    return waves, digit, speaker


class TeacherStudent(nn.Module):
    """Features of each modality, a head for each or for both, and the gap from student to teacher."""

    def __init__(self, transfer: str, temperature: float, head: str, width: int) -> None:
        super().__init__()
        self.transfer, self.temperature = transfer, temperature
        self.teacher = jr.models.MLP((SIDE * SIDE, 2 * width, width))
        self.ear = jr.models.SeriesEncoder((BANDS, width, width), kernel=5, stride=4)
        self.student = nn.Linear(width * (FRAMES // 16), width)  # of all places: the order of vowels counts
        self.teacher_head = nn.Linear(width, DIGITS)
        self.student_head = self.teacher_head if head == "shared" else nn.Linear(width, DIGITS)

    def forward(self, batch):
        """n pairs -> {"teacher", "student": n x 10 logits, "gap": n}.

        The gap of answers is a cross entropy, not the divergence: that is least before anything is learnt,
        and the epoch is chosen by the losses on validation.
        """
        known = self.teacher(batch["image"]).tanh()
        guessed = self.student(self.ear(batch["sound"]).flatten(1)).tanh()
        teacher, student = self.teacher_head(known), self.student_head(guessed)
        if self.transfer == "features":
            gap = (guessed - known.detach()).square().mean(1)
        else:
            answers = (teacher.detach() / self.temperature).softmax(1)
            guesses = (student / self.temperature).log_softmax(1)
            gap = -(self.temperature**2) * (answers * guesses).sum(1)
        return {"teacher": teacher, "student": student, "gap": gap}


def build(transfer="answers", temperature=2.0, head="shared", width: int = 12) -> nn.Module:
    return TeacherStudent(transfer, temperature, head, width)


def accuracy(term: str, label: str):
    return jr.maximize(lambda out, batch: jr.metrics.accuracy(out[term], batch[label]), worst=0.0, term=term)


study = jr.Study(
    name="modal-transfer",
    data=load,
    model=build,
    losses={
        "teacher": lambda out, batch: F.cross_entropy(out["teacher"], batch["digit"]),
        "student": lambda out, batch: jr.losses.cross_entropy(out["student"], batch["label"]),
        "transfer": lambda out, batch: out["gap"].mean(),
    },
    objectives={
        "student_accuracy": accuracy("student", "label"),
        "teacher_accuracy": accuracy("teacher", "digit"),
    },
    space={
        "transfer": jr.choice("answers", "features"),
        "temperature": jr.choice(2.0, 4.0, when={"transfer": "answers"}),
        "head": jr.choice("shared", "own"),
        "lr": jr.number(3e-3, 3e-2, log=True),
    },
    epochs=20,
    missing=("label",),
)
