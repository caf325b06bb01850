"""Finding the text that belongs to a picture, and the picture that belongs to a text.

One encoder each for pictures and texts, into one space of unit vectors. The loss terms are the two
directions of the contrast within a batch (CLIP, Radford et al. 2021): which text is the picture's, and which
picture the text's. The objectives are recall@1 and recall@10 of both directions over the whole split.

Pictures and texts belong together by pair, not by class: a picture is to find one of its own texts, a text
its own picture, whatever else would do. Equal pictures are one. A text that describes another picture in
the same words ties with it, and counts as lost.

The default input is scikit-learn's digits, each with two generated descriptions of the digit and its looks
(``jr.data.describe_digits``), not always right. Among the test split's 359 pictures, drawing lots finds a
text's own at the first with a probability of 0.003, among ten with 0.03; a picture's own two twice as often.

Options of ``load``: data (default: those digits; else a folder of pictures with a file of texts as
``jr.data.read_captions`` reads it: Flickr8k's, emojione's), captions (that file, where it is not the only one
in the folder), size (that pictures are brought to), limit, seed.
"""

import numpy as np
from sklearn.datasets import load_digits
from torch import nn

import jrtune as jr

WORDS, LENGTH = 800, 16  # of the vocabulary, of a text
CAPTIONS = 5  # of a picture, at most
FEATURES = 32
TEMPERATURE = 0.2


def load(
    data: str = "", captions: str = "", size: int = 16, limit: int = 0, seed: int = 0
) -> dict[str, dict]:
    """Splits with "image" (n x 3 x h x w), "text" (n x C x 16 words), "picture" (n), "owner" (n x C).

    Args:
        data: the folder of pictures; empty for scikit-learn's digits with generated descriptions.
        captions: the file of texts; empty for the only one in the folder.
        size: height and width that a folder's pictures are brought to.
        limit: use at most so many pictures; 0 for all.
        seed: of the descriptions, the split and what ``limit`` keeps.
    """
    images, texts = read(data, captions, size, seed)
    kept = jr.data.thin(np.zeros(len(images)), limit, seed)
    images, texts = images[kept], [texts[row][:CAPTIONS] for row in kept]
    # equal pictures are one: a number for them, in "picture" and in the "owner" of each text; -1 for no text
    picture = np.unique(images.reshape(len(images), -1), axis=0, return_inverse=True)[1].ravel()
    parts = jr.data.group_split(picture, seed)
    words = jr.data.vocabulary([text for row in parts["train"] for text in texts[row]], WORDS)
    most = max(len(several) for several in texts)
    text = np.stack([jr.data.tokenise([*t, *[""] * (most - len(t))], words, LENGTH) for t in texts])
    batch = {
        "image": images.astype(np.float32),
        "text": text,
        "picture": picture,
        "owner": np.where(text.any(2), picture[:, None], -1),
    }
    return {name: {key: array[rows] for key, array in batch.items()} for name, rows in parts.items()}


def read(data: str, captions: str, size: int, seed: int) -> tuple[np.ndarray, list[tuple[str, ...]]]:
    """Pictures n x 3 x h x w (a folder's in [-1, 1]), and the texts of each."""
    if data:
        if size < 2:
            raise jr.DataError(f"expected a size of 2 or more, got {size}")
        found = jr.data.read_captions(data, captions, size)
        return found.images.transpose(0, 3, 1, 2) / 127.5 - 1, list(found.texts)
    digits = load_digits()
    grey = digits.images / 16
    return grey[:, None].repeat(3, 1), list(jr.data.describe_digits(grey, digits.target, seed, count=2))


class TwoEncoders(nn.Module):
    """An encoder of pictures and one of texts, into one space."""

    def __init__(self, words: str, width: int) -> None:
        super().__init__()
        self.image = nn.Sequential(
            jr.models.ConvBlock(3, width),
            nn.AvgPool2d(2),
            jr.models.ConvBlock(width, 2 * width),
            jr.models.PooledHead(2 * width, FEATURES, grid=3),
        )
        encoder = {"bag": jr.models.WordBag, "windows": jr.models.WordConv}[words]
        self.text = nn.Sequential(encoder(WORDS, 48), nn.Linear(48, FEATURES))

    def forward(self, batch):
        """{"image": B x 3 x h x w, "text": B x C x L} -> {"image": B x 32, "text": B x C x 32}."""
        text = self.text(batch["text"].flatten(0, 1)).view(*batch["text"].shape[:2], FEATURES)
        return {"image": self.image(batch["image"]), "text": text}


def build(words: str = "bag", width: int = 8) -> nn.Module:
    return TwoEncoders(words, width)


def contrast(from_image: bool):
    """The mean over the first texts of the pictures, their second texts, ...: none has two in one batch."""

    def loss(out, batch):
        total = 0.0
        for k in range(batch["text"].shape[1]):
            pair = [out["image"], out["text"][:, k]]
            queries, items = pair if from_image else pair[::-1]
            total = total + jr.losses.info_nce(queries, items, TEMPERATURE, batch["owner"][:, k] >= 0)
        return total / batch["text"].shape[1]

    return loss


def recall(from_image: bool, k: int):
    def measure(out, batch):
        images, texts = (
            (out["image"], batch["picture"]),
            (out["text"].flatten(0, 1), batch["owner"].flatten()),
        )
        (queries, asked), (items, offered) = (images, texts) if from_image else (texts, images)
        return jr.metrics.recall_at(queries, items, k, asked, offered)

    return jr.maximize(measure, worst=0.0, term="image_to_text" if from_image else "text_to_image")


study = jr.Study(
    name="retrieval",
    data=load,
    model=build,
    losses={"image_to_text": contrast(True), "text_to_image": contrast(False)},
    objectives={
        f"{way}_{k}": recall(way == "image_to_text", k)
        for way in ("image_to_text", "text_to_image")
        for k in (1, 10)
    },
    space={
        "words": jr.choice("bag", "windows"),
        "width": jr.choice(8, 12),
        "lr": jr.number(5e-3, 3e-2, log=True),
    },
    epochs=20,
)
