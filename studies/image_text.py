"""What a picture shows, told from the picture, from what is written about it, and from both.

One network has an encoder and a classifier for each modality, or one classifier for both. The loss terms
are the cross entropies of the class told from the picture alone and from the text alone, and the contrast
that brings a picture and its own text together (CLIP, Radford et al. 2021). The objectives are the
accuracies of the two joined, by the product of their probabilities, and of each alone. Every class counts
the same in terms and objectives, however rare: guessing the commonest gives 1 / classes. Watched is each
modality's share in what is told from both: how much the probabilities change when it is left out
(occlusion, Zeiler & Fergus 2014), as a share of these changes together.

The default input is scikit-learn's digits with Gaussian noise of 0.3 and generated descriptions
(``jr.data.describe_digits``), of which one in five gives no name or a wrong one, and many a second number.

Options of ``load``: data (default: those digits; else a folder of pictures with a file of texts as
``jr.data.read_captions`` reads it, with a category for each picture, at most ten), captions (that file,
where it is not the only one in the folder), size (that pictures are brought to), limit, seed. A picture
without a category teaches the alignment alone. One picture under several names is in one split only.
"""

import numpy as np
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

import jrtune as jr

CLASSES, WORDS, LENGTH = 10, 800, 16  # of the classifiers, the vocabulary, a text
FEATURES = 24
NOISE, TEMPERATURE = 0.3, 0.1  # of the default pictures, of the contrast


def load(
    data: str = "", captions: str = "", size: int = 16, limit: int = 0, seed: int = 0
) -> dict[str, dict]:
    """Splits with "image" (n x 3 x h x w), "text" (n x 16 words), "label" (n; -1: none), "balance" (n).

    Args:
        data: the folder of pictures; empty for scikit-learn's digits with generated descriptions.
        captions: the file of texts; empty for the only one in the folder.
        size: height and width that a folder's pictures are brought to.
        limit: use at most so many pictures, in the shares of their classes; 0 for all.
        seed: of the noise, the descriptions, the split and what ``limit`` keeps.
    """
    images, texts, classes = read(data, captions, size, seed)
    kept = jr.data.thin(classes, limit, seed)
    images, texts, classes = images[kept], [texts[row] for row in kept], classes[kept]
    names = np.unique(classes[classes != ""])
    if not 2 <= len(names) <= CLASSES:
        remedy = "merge some" if len(names) > CLASSES else "add a category to each text"
        raise jr.DataError(f"expected 2 to {CLASSES} categories, got {len(names)} in {data}: {remedy}")
    parts = split(images, classes, seed)
    train = parts["train"]
    words = jr.data.vocabulary([texts[row] for row in train], WORDS)
    label = np.where(classes == "", -1, np.searchsorted(names, classes))
    known = label[train][label[train] >= 0]
    counts = np.bincount(known, minlength=len(names))
    weights = jr.losses.class_balanced_weights(counts.tolist()).numpy()
    balance = np.where(label < 0, 0, weights[label]) / weights[known].mean()
    batch = {
        "image": images.astype(np.float32),
        "text": jr.data.tokenise(texts, words, LENGTH),
        "label": label,
        "balance": balance.astype(np.float32),
    }
    return {name: {key: array[rows] for key, array in batch.items()} for name, rows in parts.items()}


def read(data: str, captions: str, size: int, seed: int) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Pictures n x 3 x h x w (a folder's in [-1, 1]), a text of each, and its class's name or ""."""
    if data:
        if size < 2:
            raise jr.DataError(f"expected a size of 2 or more, got {size}")
        found = jr.data.read_captions(data, captions, size)
        texts = [" ".join(several) for several in found.texts]
        return found.images.transpose(0, 3, 1, 2) / 127.5 - 1, texts, np.array(found.classes)
    digits = load_digits()
    grey = digits.images / 16
    texts = [text for (text,) in jr.data.describe_digits(grey, digits.target, seed)]
    noisy = grey + np.random.default_rng(seed).normal(0, NOISE, grey.shape)
    return noisy[:, None].repeat(3, 1), texts, digits.target.astype(str)


def split(images: np.ndarray, classes: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """Rows of the splits, equal pictures in one; those without a class train."""
    known, unknown = np.flatnonzero(classes != ""), np.flatnonzero(classes == "")
    same = np.unique(images[known].reshape(len(known), -1), axis=0, return_inverse=True)[1]
    parts = jr.data.group_split(same.ravel(), seed, labels=classes[known])
    return {
        name: np.union1d(known[rows], unknown if name == "train" else []).astype(int)
        for name, rows in parts.items()
    }


class TwoEncoders(nn.Module):
    """An encoder of pictures, one of texts, and a classifier of each or of both."""

    def __init__(self, words: str, classifier: str, width: int) -> None:
        super().__init__()
        self.image = nn.Sequential(
            jr.models.ConvBlock(3, width),
            nn.AvgPool2d(2),
            jr.models.ConvBlock(width, width),
            jr.models.PooledHead(width, FEATURES, grid=2),
        )
        encoder = {"bag": jr.models.WordBag, "windows": jr.models.WordConv}[words]
        self.text = encoder(WORDS, FEATURES)
        self.classifiers = nn.ModuleList(
            nn.Linear(FEATURES, CLASSES) for _ in range(1 if classifier == "shared" else 2)
        )

    def forward(self, batch):
        """Features of "image" and "text", B x 24, and what is told of the class by each and both, B x 10."""
        image, text = self.image(batch["image"]), self.text(batch["text"])
        told = [self.classifiers[0](image.tanh()), self.classifiers[-1](text.tanh())]
        both = sum(logits.log_softmax(-1) for logits in told)
        return {
            "image": image,
            "text": text,
            "image_class": told[0],
            "text_class": told[1],
            "fused_class": both,
        }


def build(words: str = "windows", classifier: str = "own", width: int = 8) -> nn.Module:
    return TwoEncoders(words, classifier, width)


def class_loss(modality: str):
    def loss(out, batch):
        losses = F.cross_entropy(out[f"{modality}_class"], batch["label"].clamp(min=0), reduction="none")
        return jr.losses.masked_mean(losses * batch["balance"], batch["label"] >= 0)

    return loss


def accuracy(told_from: str, term: str | None = None):
    def recall(out, batch):
        return jr.metrics.unweighted_average_recall(out[f"{told_from}_class"], batch["label"])

    return jr.maximize(recall, worst=0.0, term=term)


def share(modality: str):
    def of_the_changes(out, batch):
        told = {name: out[f"{name}_class"].softmax(-1) for name in ("image", "text", "fused")}
        # what is left without the one is what the other tells
        without = {"image": told["text"], "text": told["image"]}
        changes = {name: (told["fused"] - left).abs().sum(-1).mean() for name, left in without.items()}
        return changes[modality] / sum(changes.values())

    return of_the_changes


study = jr.Study(
    name="image-text",
    data=load,
    model=build,
    losses={
        "image": class_loss("image"),
        "text": class_loss("text"),
        "alignment": lambda out, batch: jr.losses.contrastive(out["image"], out["text"], TEMPERATURE),
    },
    objectives={
        "fused_accuracy": accuracy("fused"),
        "image_accuracy": accuracy("image", "image"),
        "text_accuracy": accuracy("text", "text"),
    },
    space={
        "words": jr.choice("windows", "bag"),
        "classifier": jr.choice("own", "shared"),
        "lr": jr.number(5e-3, 3e-2, log=True),
    },
    epochs=12,
    missing=("label",),
    watched={f"{modality}_share": share(modality) for modality in ("image", "text")},
)
