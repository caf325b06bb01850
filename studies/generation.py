"""A picture drawn from what is written about it, and the words written from the picture.

Each modality has an encoder and a decoder, and both generations go through one latent space: the picture is
decoded from the text's latent vector, the words from the picture's. The loss terms are the squared error
of the pixels in that of the mean picture (1: nothing of the text is in it), the binary cross entropy of the
words, as a set without order, and the contrast that brings both latent vectors of a pair together (CLIP,
Radford et al. 2021). The objectives are that error, the share of generated pictures to which, among the
means of the classes' true pictures in the split, that of their own class is nearest (0.9 for true digits,
0.1 for guesses), and the F1 of the words (0.34 for the same words under every digit).

The default input is scikit-learn's digits with generated descriptions (``jr.data.describe_digits``), some of
which give no name, a wrong one or a second number: no picture follows from its text, nor text from picture.

Options: data (default: those digits; else a folder of pictures with a file of texts as
``jr.data.read_captions`` reads it, with at most ten categories), captions (that file, where it is not the
only one in the folder), size (that a folder's pictures are brought to), limit, seed. Pictures whose names
are the same up to the first "-" are variants of one, as emojis of several tones, and in one split only.
"""

from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

import jrtune as jr

CLASSES, LENGTH, FEATURES = 10, 16, 48  # of the judge; words of a text; before the latent vector
FAVOURED = 4.0  # a word that occurs counts as much as four that do not: written from a probability of 1/5 on
TEMPERATURE = 0.1


def load(data: str, captions: str, size: int, words: int, limit: int, seed: int) -> dict[str, dict]:
    """Splits with "image" (n x maps x h x w), "text" (n x 16 words), "label" (n; -1: none)."""
    images, texts, classes, groups = read(data, captions, size, seed)
    names = np.unique(classes[classes != ""])
    if not 2 <= len(names) <= CLASSES:
        remedy = "merge some" if len(names) > CLASSES else "add a category to each text"
        raise jr.DataError(f"expected 2 to {CLASSES} categories, got {len(names)} in {data}: {remedy}")
    kept = jr.data.thin(classes, limit, seed)
    parts = {name: kept[rows] for name, rows in jr.data.group_split(groups[kept], seed).items()}
    known = jr.data.vocabulary([texts[row] for row in parts["train"]], words)
    batch = {
        "image": images.astype(np.float32),
        "text": jr.data.tokenise(texts, known, LENGTH),
        "label": np.where(classes == "", -1, np.searchsorted(names, classes)),
    }
    return {split: {name: array[rows] for name, array in batch.items()} for split, rows in parts.items()}


def read(
    data: str, captions: str, size: int, seed: int
) -> tuple[np.ndarray, list[str], np.ndarray, np.ndarray]:
    """Pictures n x maps x h x w (a folder's in [-1, 1]), a text of each, its class's name, its group."""
    if data:
        found = jr.data.read_captions(data, captions, size)
        groups = np.array([name.rpartition(".")[0].partition("-")[0] for name in found.names])
        texts = [" ".join(several) for several in found.texts]
        return found.images.transpose(0, 3, 1, 2) / 127.5 - 1, texts, np.array(found.classes), groups
    digits = load_digits()
    grey = digits.images / 16
    texts = [text for (text,) in jr.data.describe_digits(grey, digits.target, seed)]
    return grey[:, None], texts, digits.target.astype(str), np.arange(len(grey))


class TwoWays(nn.Module):
    """An encoder and a decoder of each modality, and a linear layer between, of its own or shared."""

    def __init__(self, maps: int, side: int, words: int, latent: int, between: str) -> None:
        super().__init__()
        self.read_image = nn.Sequential(
            jr.models.ConvBlock(maps, 8),
            jr.models.PooledHead(8, FEATURES, grid=4),
            nn.ReLU(),
            nn.Linear(FEATURES, latent),
        )
        self.read_text = nn.Sequential(jr.models.WordBag(words, FEATURES), nn.Linear(FEATURES, latent))
        self.between = nn.ModuleList(
            nn.Linear(latent, latent) for _ in range(1 if between == "shared" else 2)
        )
        self.draw = jr.models.ImageDecoder(latent, side, 8, maps)
        self.write = jr.models.MLP([latent, FEATURES, words - 2])

    def forward(self, batch):
        """Both latent vectors, B x latent, "image" B x maps x h x w drawn, "text" B x (words - 2)."""
        image = self.between[0](self.read_image(batch["image"]))
        text = self.between[-1](self.read_text(batch["text"]))
        return {
            "image_latent": image,
            "text_latent": text,
            "image": self.draw(text),
            "text": self.write(image),
        }


def occurring(out, batch) -> torch.Tensor:
    """Which words a text has, padding and unknown ones apart: n x (words - 2), 0 or 1."""
    return F.one_hot(batch["text"], out["text"].shape[1] + 2).amax(1)[:, 2:]


def relative_error(out, batch):
    """Squared error of the drawn pictures in that of the batch's mean picture."""
    true = batch["image"]
    return (out["image"] - true).square().mean() / (true - true.mean(0)).square().mean()


def classified(images: torch.Tensor, batch) -> torch.Tensor:
    """Share of images (n x maps x h x w) whose class's mean of true pictures is nearest."""
    member = F.one_hot(batch["label"].clamp(min=0), CLASSES) * (batch["label"] >= 0)[:, None]
    count = member.sum(0)[:, None]
    means = member.to(images).mT @ batch["image"].flatten(1) / count.clamp(min=1)
    distance = (images.flatten(1)[:, None] - means).square().sum(2)
    return jr.metrics.accuracy(torch.where(count[:, 0] > 0, -distance, -torch.inf), batch["label"])


def text_loss(out, batch):
    return jr.losses.binary_cross_entropy(out["text"], occurring(out, batch), FAVOURED)


def text_f1(out, batch):
    return jr.metrics.binary_f1(out["text"], occurring(out, batch))


def make(data: str = "", captions: str = "", size: int = 16, limit: int = 0, seed: int = 0) -> jr.Study:
    """The study of such pictures.

    Args:
        data: the folder of pictures; empty for scikit-learn's digits with generated descriptions.
        captions: the file of texts; empty for the only one in the folder.
        size: height and width that a folder's pictures are brought to.
        limit: use at most so many pictures, in the shares of their classes; 0 for all.
        seed: of the descriptions, the split and what ``limit`` keeps.
    """
    if size < 2:
        raise jr.DataError(f"expected a size of 2 or more, got {size}")
    maps, side, words = (3, size, 400) if data else (1, 8, 100)

    def build(latent: int = 16, between: str = "shared") -> nn.Module:
        return TwoWays(maps, side, words, latent, between)

    return jr.Study(
        name="generation",
        data=partial(load, data, captions, size, words, limit, seed),
        model=build,
        losses={
            "image": relative_error,
            "text": text_loss,
            "latent": lambda out, batch: jr.losses.contrastive(
                out["image_latent"], out["text_latent"], TEMPERATURE
            ),
        },
        objectives={
            "image_error": jr.minimize(relative_error, worst=1.0, term="image"),
            "class_agreement": jr.maximize(
                lambda out, batch: classified(out["image"], batch), worst=0.0, term="image"
            ),
            "text_f1": jr.maximize(text_f1, worst=0.0, term="text"),
        },
        space={
            "latent": jr.choice(16, 8, 32),
            "between": jr.choice("shared", "own"),
            "lr": jr.number(5e-3, 3e-2, log=True),
        },
        epochs=15,
        missing=("label",),
    )


study = make
