"""Emotion from speech, sentiment from text, and both from both: what is left when one is missing?

One network fuses the two. The loss terms are the cross entropy of the emotion with speech alone ("speech"),
of the sentiment with text alone ("text"), and of the emotion with all that is there ("fused"), from which
whole modalities may be dropped while training. All weigh classes by their rarity. The objectives are the
unweighted accuracy (the mean recall of classes) of the emotion from both and with text missing, and the macro
F1 of the sentiment with speech missing. To guess the most frequent class gives 0.25, 0.25 and 0.2 on the
default input. Watched is the share of speech and of text in the fused decision, as the fusion itself gives it
(``jr.models.fusion_of``: of its gates, its weights or its contributions' size), where both are there.

Without data, signals and texts are generated: pitch, its swing, loudness and the rate of syllables tell how
aroused a voice is, words how pleased. With ``texts``, recordings and utterances that do not belong together
are paired by their emotion, as AV-MNIST pairs digits: emodb is acted German with sentences that say nothing
of emotion, MELD is American television. Speakers, and MELD's dialogues, are in one split only.

Options of ``load``: data (a folder of wav at any depth and one csv with columns file, speaker, emotion, and
where there are no ``texts`` text and sentiment: negative, neutral or positive; emotion, text and sentiment
may be empty), texts (MELD's folder of train_, dev_ and test_sent_emo.csv), seconds (of a recording), limit,
seed.
"""

from pathlib import Path

import numpy as np
import torch
from torch import nn

import jrtune as jr

EMOTIONS = 8  # at most
SENTIMENTS = ("negative", "neutral", "positive")
RATE, BANDS, FRAMES = 8000, 32, 64
WORDS, LENGTH = 600, 20
ROUNDS = 6  # texts that a recording is paired with
SAME = {"joy": "happiness"}  # what MELD and emodb call it
SPEAKERS, SAMPLES = 20, 1000  # that are generated

# emotion: its share, sentiment, pitch in Hz, swing of the pitch, loudness, syllables a second
VOICES = {
    "neutral": (0.4, "neutral", 125, 0.06, 0.2, 4.0),
    "happiness": (0.25, "positive", 165, 0.22, 0.4, 5.2),
    "sadness": (0.2, "negative", 115, 0.04, 0.12, 3.4),
    "anger": (0.15, "negative", 160, 0.16, 0.5, 5.5),
}
TELLING = {
    "negative": ["awful", "never", "hate", "terrible", "wrong", "lost", "bad", "stop"],
    "neutral": ["table", "meeting", "street", "tuesday", "paper", "seven", "car", "note"],
    "positive": ["great", "lovely", "glad", "wonderful", "thanks", "won", "good", "yes"],
}
OTHERS = ["the", "it", "was", "so", "and", "we", "i", "that", "really", "today", "you", "he"]


def load(
    data: str = "", texts: str = "", seconds: float = 2.0, limit: int = 0, seed: int = 0
) -> dict[str, dict]:
    """Splits with "speech" (n x 32 x 64), "text" (n x 20), "present" (n x 2), and for "emotion" and
    "sentiment" labels (n, NaN where lacking) and weights of classes (n x 8 and n x 3, rows alike).

    Args:
        data: where to read recordings; empty to generate them with texts.
        texts: where to read other texts, to be paired by emotion; empty for those of ``data``.
        seconds: what recordings are padded or cut to.
        limit: how many recordings to use at most, in the shares of their emotions, or to generate; 0 for all.
        seed: of the split, the pairs and what is generated.
    """
    if texts and not data:
        raise jr.DataError("expected recordings to pair the texts with, got none: set data as well")
    if limit < 0:
        raise jr.DataError(f"expected a limit of 0 (none) or more, got {limit}")
    waves, table = read(data, not texts, seconds, limit, seed) if data else generate(limit or SAMPLES, seed)
    mel, table = jr.data.log_mel(waves, RATE, BANDS, FRAMES), table | {"wave": np.arange(len(waves))}
    parts = jr.data.group_split(table["speaker"], seed)
    tables = {split: {name: column[rows] for name, column in table.items()} for split, rows in parts.items()}
    if texts:
        tables = {split: paired(own, texts, split, seed) for split, own in tables.items()}
    mean, spread = (f(mel[parts["train"]], axis=(0, 2), keepdims=True) for f in (np.mean, np.std))
    words = jr.data.vocabulary(tables["train"]["text"], WORDS)
    names = sorted(set().union(*(own["emotion"] for own in tables.values())) - {""})
    if not 2 <= len(names) <= EMOTIONS:
        raise jr.DataError(f"expected 2 to {EMOTIONS} emotions, got {len(names)} in {data}: merge or add")
    numbers = {"": np.nan} | {name: k for k, name in enumerate(names)}
    splits = {}
    for split, own in tables.items():
        text = jr.data.tokenise(own["text"], words, LENGTH)
        splits[split] = {
            "speech": (mel[own["wave"]] - mean) / (spread + 1e-3),
            "text": text,
            "present": np.stack([np.ones(len(text), bool), text.any(axis=1)], axis=1),
            "emotion": np.array([numbers[name] for name in own["emotion"]], np.float32),
            "sentiment": own["sentiment"].astype(np.float32),
        }
    for name, count in CLASSES.items():
        label = splits["train"][name]
        if not (label >= 0).any():
            raise jr.DataError(f"expected labels of {name} in training, got none in {data}: add some")
        counts = np.bincount(label[label >= 0].astype(int), minlength=count)
        weights = jr.losses.class_balanced_weights(counts.tolist()).numpy().astype(np.float32)
        for batch in splits.values():
            batch[f"{name}_weights"] = np.tile(weights, (len(batch[name]), 1))
    return splits


def read(data: str, texts: bool, seconds: float, limit: int, seed: int) -> tuple[np.ndarray, dict]:
    """Recordings, n x samples, and the columns of the csv."""
    tables = sorted(Path(data).glob("*.csv"))
    if len(tables) != 1:
        raise jr.DataError(f"expected one csv of labels, got {len(tables)} in {data}: check the path")
    own = {"text": "text", "sentiment": SENTIMENTS} if texts else {}
    kinds = {"file": "text", "speaker": "text", "emotion": "text", **own}
    table = jr.data.read_table(tables[0], kinds, missing=("emotion", *own))
    kept = jr.data.thin(table["emotion"], limit, seed)
    table = {name: column[kept] for name, column in table.items()}
    return jr.data.read_waves(data, RATE, seconds, table["file"]).values, table


def paired(table: dict, folder: str, split: str, seed: int) -> dict[str, np.ndarray]:
    """The recordings of a split, each with several of MELD's utterances of the same emotion."""
    path = Path(folder) / f"{'dev' if split == 'val' else split}_sent_emo.csv"
    texts = jr.data.read_table(path, {"Utterance": "text", "Emotion": "text", "Sentiment": SENTIMENTS})
    emotion = np.array([SAME.get(name, name) for name in texts["Emotion"]], object)
    one, other = jr.data.pair_by_label(table["emotion"], emotion, seed, ROUNDS)
    both = {name: table[name][one] for name in ("wave", "emotion")}
    return both | {"text": texts["Utterance"][other], "sentiment": texts["Sentiment"][other]}


def generate(count: int, seed: int) -> tuple[np.ndarray, dict]:
    """As :func:`read`: harmonics of a voice in syllables, a second long, and words in random order."""
    rng = np.random.default_rng(seed)
    emotion = rng.choice(list(VOICES), count, p=[voice[0] for voice in VOICES.values()])
    voices, speaker = [VOICES[name] for name in emotion], rng.integers(SPEAKERS, size=count)
    numbers = np.array([voice[2:] for voice in voices]).T[..., None]
    pitch, swing, loud, pace = numbers * np.exp(rng.normal(0, 0.3, (4, count, 1)))
    pitch = pitch * np.exp(rng.normal(0, 0.3, SPEAKERS))[speaker, None]
    time, start = 2 * np.pi * np.arange(RATE) / RATE, rng.uniform(0, 2 * np.pi, (2, count, 1))
    phase = pitch * np.cumsum(1 + swing * np.sin(2 * time + start[0]), axis=1) * time[1]
    syllables = 0.6 + 0.4 * np.sin(pace * time + start[1])
    waves = loud / 3 * syllables * sum(np.sin(k * phase) / k for k in (1, 2, 3))
    return waves + rng.normal(0, 0.02, waves.shape), {
        "speaker": speaker,
        "emotion": emotion.astype(object),
        "text": np.array([" ".join(utter(voice[1], rng)) for voice in voices], object),
        "sentiment": np.array([SENTIMENTS.index(voice[1]) for voice in voices]),
    }


def utter(sentiment: str, rng: np.random.Generator) -> list[str]:
    """Eight words, of which few tell, one in four of those the wrong thing."""
    meant = [sentiment if rng.random() < 0.75 else rng.choice(SENTIMENTS) for _ in range(8)]
    return [str(rng.choice(TELLING[name] if rng.random() < 0.2 else OTHERS)) for name in meant]


CLASSES = {"emotion": EMOTIONS, "sentiment": len(SENTIMENTS)}
ASKED = {"speech": "emotion", "text": "sentiment", "fused": "emotion"}
SEES = {"speech": (True, False), "text": (False, True), "fused": (True, True)}
"""Loss term -> what it asks for, and whether it sees speech, and text."""


def seen(term: str, batch) -> torch.Tensor:
    """n x 2, bool: what is there and may be seen."""
    return torch.stack([batch["present"][:, m] & may for m, may in enumerate(SEES[term])], dim=1)


class JointNet(nn.Module):
    """Features of speech and of text, and one fusion that decides with both or with one of them."""

    def __init__(self, fusion: str, dropout: float, width: int) -> None:
        super().__init__()
        self.speech = jr.models.SeriesEncoder((BANDS, 2 * width, width), kernel=5, stride=2)
        self.text = jr.models.WordBag(WORDS, width)
        self.fusion = jr.models.fusion_of(fusion, (width, width), width, sum(CLASSES.values()))
        self.drop = jr.models.ModalityDropout(dropout)

    def forward(self, batch):
        """{"speech", "fused": B x 8 logits, "text": B x 3 logits, "share": B x 2 of the fused decision}."""
        features = [self.speech(batch["speech"]).mean(2), self.text(batch["text"])]
        outputs = {}
        for term, name in ASKED.items():
            decision, share = self.fusion(features, self.drop(seen(term, batch)))
            parts = decision.split(list(CLASSES.values()), dim=1)
            outputs[term] = parts[list(CLASSES).index(name)]
        return {**outputs, "share": share}


def build(fusion: str = "gated", dropout: float = 0.0, width: int = 12) -> nn.Module:
    return JointNet(fusion, dropout, width)


def label(term: str, batch) -> torch.Tensor:
    """n class numbers, NaN where none is known or nothing can be seen."""
    return torch.where(seen(term, batch).any(1), batch[ASKED[term]], torch.nan)


def loss(term: str):
    return lambda out, batch: jr.losses.cross_entropy(
        out[term], label(term, batch), batch[f"{ASKED[term]}_weights"][0]
    )


def objective(figure, term: str):
    return jr.maximize(lambda out, batch: figure(out[term], label(term, batch)), worst=0.0, term=term)


study = jr.Study(
    name="speech-text-sentiment",
    data=load,
    model=build,
    losses={term: loss(term) for term in ASKED},
    objectives={
        "recall_both": objective(jr.metrics.unweighted_average_recall, "fused"),
        "recall_text_missing": objective(jr.metrics.unweighted_average_recall, "speech"),
        "f1_speech_missing": objective(jr.metrics.macro_f1, "text"),
    },
    space={
        "fusion": jr.choice("gated", "early", "late"),
        "dropout": jr.choice(0.0, 0.3),
        "lr": jr.number(2e-3, 3e-2, log=True, default=1e-2),
    },
    epochs=20,
    missing=("emotion", "sentiment"),
    watched=jr.metrics.mean_shares(("speech", "text")),
)
