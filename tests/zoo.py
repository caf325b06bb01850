"""Small two-headed networks with awkward parts, each as a study.

A trainer that does not train them all is wrong; a faster trainer must give the outcomes of the plain one.
Every network gives "a" (n x CLASSES logits) and "b" (n x 2 numbers), and every study has the same losses.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import jrtune as jr

CLASSES = 3
SIDE = 4
WORDS, LENGTH = 7, 5
TRAIN, VAL, TEST = 30, 20, 20
TERMS = ("a", "b")
Batch = Mapping[str, Tensor]


# --- data ----------------------------------------------------------------------------------


def load(train: int = TRAIN, seed: int = 0) -> dict[str, dict[str, Tensor]]:
    """Splits with "x" (n x 6), "image" (n x 1 x 4 x 4), "words" (n x 5), and the targets "a" and "b"."""
    generator = torch.Generator().manual_seed(seed)
    return {
        name: _samples(size, generator) for name, size in (("train", train), ("val", VAL), ("test", TEST))
    }


def _samples(n: int, generator: torch.Generator) -> dict[str, Tensor]:
    x = torch.randn(n, 6, generator=generator, dtype=torch.float64)
    words = torch.randint(WORDS, (n, LENGTH), generator=generator)
    image = torch.randn(n, 1, SIDE, SIDE, generator=generator, dtype=torch.float64)
    image[:, 0, 0] += x[:, :SIDE]
    a = (x[:, 0] + words[:, 0] / WORDS + image[:, 0, 0, 1]).mul(2).long().remainder(CLASSES)
    b = torch.stack([x[:, 1] - x[:, 2], image[:, 0, 0, 0] + words[:, 1] / WORDS], dim=1)
    return {"x": x, "image": image, "words": words, "a": a, "b": b}


# --- networks ------------------------------------------------------------------------------


class TwoHeads(nn.Module):
    """A body from a batch to n x width, and two linear heads."""

    def __init__(self, entry: str, body: nn.Module, width: int) -> None:
        super().__init__()
        self.entry = entry
        self.body = body
        self.a = nn.Linear(width, CLASSES)
        self.b = nn.Linear(width, 2)

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """The batch's own entry of this network -> {"a": n x CLASSES, "b": n x 2}."""
        features = self.body(batch[self.entry])
        return {"a": self.a(features), "b": self.b(features)}


class LastState(nn.Module):
    """The last state of a GRU over embedded words."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, 4)
        self.gru = nn.GRU(4, 8, batch_first=True)

    def forward(self, words: Tensor) -> Tensor:
        """n x LENGTH word numbers -> n x 8."""
        return self.gru(self.embedding(words))[1][-1]


class SelfAttention(nn.Module):
    """The mean over positions of one layer of attention between embedded words."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, 8)
        self.layer = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, words: Tensor) -> Tensor:
        """n x LENGTH word numbers -> n x 8."""
        x = self.embedding(words)
        return self.layer(x, x, x, need_weights=False)[0].mean(1)


class BothWays(nn.Module):
    """The first and last outputs of two bidirectional layers of LSTM, with dropout between them."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, 4)
        self.lstm = nn.LSTM(4, 2, num_layers=2, bidirectional=True, dropout=dropout)

    def forward(self, words: Tensor) -> Tensor:
        """n x LENGTH word numbers -> n x 8."""
        outputs = self.lstm(self.embedding(words.t()))[0]
        return torch.cat([outputs[0], outputs[-1]], dim=1)


class Transformer(nn.Module):
    """The mean over positions of a transformer's layer, with dropout also inside the attention."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, 8)
        self.layer = nn.TransformerEncoderLayer(8, 2, 8, dropout=0.2, batch_first=True)

    def forward(self, words: Tensor) -> Tensor:
        """n x LENGTH word numbers -> n x 8."""
        return self.layer(self.embedding(words)).mean(1)


class Picture(nn.Module):
    """Convolutions by channel and transposed, an instance norm, a learnt slope, pooling, interpolation."""

    def __init__(self) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(1, 4, 2, stride=2, bias=False)
        self.norm = nn.InstanceNorm2d(4, affine=True)
        self.slope = nn.PReLU()
        self.each = nn.Conv2d(4, 4, 3, padding="same", groups=4, bias=False)
        self.line = nn.Conv1d(4, 2, 3)

    def forward(self, image: Tensor) -> Tensor:
        """n x 1 x 4 x 4 -> n x 8."""
        features = F.max_pool2d(self.slope(self.norm(self.up(image))), 2)
        features = F.interpolate(self.each(features), scale_factor=2, mode="bilinear")
        return F.adaptive_avg_pool1d(self.line(features.flatten(2)), 4).flatten(1)


class Noisy(nn.Module):
    """A code that is drawn around what was learnt, as in a variational autoencoder, while training."""

    def __init__(self) -> None:
        super().__init__()
        self.mean = nn.Linear(6, 8)
        self.spread = nn.Linear(6, 8)

    def forward(self, x: Tensor) -> Tensor:
        """n x 6 -> n x 8."""
        mean = self.mean(x)
        return mean + torch.randn_like(mean) * self.spread(x).exp() if self.training else mean


class Residual(nn.Module):
    """x + f(norm(x))."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.inner = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """n x width -> n x width."""
        return x + self.inner(self.norm(x)).relu()


class TiedLayers(nn.Module):
    """Two layers that are one parameter, used twice under two names."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(6, 6)
        self.second = nn.Linear(6, 6)
        self.second.weight = self.first.weight

    def forward(self, x: Tensor) -> Tensor:
        """n x 6 -> n x 6."""
        return self.second(torch.tanh(self.first(x)))


class FrozenBranch(nn.Module):
    """A branch that is not trained beside one that is."""

    def __init__(self) -> None:
        super().__init__()
        self.frozen = nn.Linear(6, 4).requires_grad_(False)
        self.trained = nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        """n x 6 -> n x 8."""
        return torch.cat([self.frozen(x), self.trained(x)], dim=1).relu()


class RunningMean(nn.Module):
    """A buffer that training changes, and one that is not stored."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(6))
        self.register_buffer("sign", torch.ones(6), persistent=False)
        self.linear = nn.Linear(6, 8)

    def forward(self, x: Tensor) -> Tensor:
        """n x 6 -> n x 8."""
        if self.training:
            self.mean = 0.9 * self.mean + 0.1 * x.detach().mean(0)
        return self.linear((x - self.mean) * self.sign).relu()


class UnusedHead(TwoHeads):
    """A third head that no loss asks for."""

    def __init__(self) -> None:
        super().__init__("x", _mlp(), 8)
        self.unused = nn.Linear(8, 2)

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """As the other networks, and "unused"."""
        outputs = super().forward(batch)
        return {**outputs, "unused": self.unused(self.body(batch["x"]))}


class SharedBias(TwoHeads):
    """A bare parameter, of no layer, in both heads."""

    def __init__(self) -> None:
        super().__init__("x", _mlp(), 8)
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """As the other networks."""
        return {name: output + self.bias for name, output in super().forward(batch).items()}


def _mlp(*extra: nn.Module) -> nn.Module:
    return nn.Sequential(nn.Linear(6, 8), *extra, nn.ReLU())


def _conv(norm: nn.Module) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), norm, nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten()
    )


NETWORKS = {
    "mlp": lambda: TwoHeads("x", _mlp(), 8),
    "conv": lambda: TwoHeads("image", _conv(nn.Identity()), 16),
    "group norm": lambda: TwoHeads("image", _conv(nn.GroupNorm(2, 4)), 16),
    "batch norm": lambda: TwoHeads("image", _conv(nn.BatchNorm2d(4)), 16),
    "layer norm": lambda: TwoHeads("x", nn.Sequential(_mlp(), Residual(8)), 8),
    "dropout": lambda: TwoHeads("x", _mlp(nn.Dropout(0.5)), 8),
    "embedding": lambda: TwoHeads("words", nn.Sequential(nn.Embedding(WORDS, 4), nn.Flatten()), 4 * LENGTH),
    "gru": lambda: TwoHeads("words", LastState(), 8),
    "attention": lambda: TwoHeads("words", SelfAttention(), 8),
    "tied": lambda: TwoHeads("x", TiedLayers(), 6),
    "frozen": lambda: TwoHeads("x", FrozenBranch(), 8),
    "running mean": lambda: TwoHeads("x", RunningMean(), 8),
    "unused head": UnusedHead,
    "shared bias": SharedBias,
    "lstm": lambda: TwoHeads("words", BothWays(0.0), 8),
    "lstm dropout": lambda: TwoHeads("words", BothWays(0.3), 8),
    "transformer": lambda: TwoHeads("words", Transformer(), 8),
    "picture": lambda: TwoHeads("image", Picture(), 8),
    "noisy": lambda: TwoHeads("x", Noisy(), 8),
    "weight norm": lambda: TwoHeads("x", nn.utils.parametrizations.weight_norm(nn.Linear(6, 8)), 8),
}
"""Name -> builder of a network."""

RANDOM = ("dropout", "lstm dropout", "transformer", "noisy")
"""Those that draw numbers while they train."""


# --- studies -------------------------------------------------------------------------------


def error_rate(outputs: Batch, batch: Batch) -> Tensor:
    """Share of samples whose class "a" is wrong."""
    return (outputs["a"].argmax(1) != batch["a"]).double().mean()


LOSSES = {
    "a": lambda out, batch: F.cross_entropy(out["a"], batch["a"]),
    "b": lambda out, batch: F.mse_loss(out["b"], batch["b"]),
}


def zoo_study(
    name: str, *, epochs: int = 3, batch_size: int = 8, clip: float = 1.0, schedule: str = "cosine"
) -> jr.Study:
    """The study of one network. 30 samples in batches of 8 leave 6: the last batch is uneven."""
    return jr.Study(
        name=name.replace(" ", "-"),
        data=load,
        model=NETWORKS[name],
        losses=LOSSES,
        objectives={
            "error": jr.minimize(error_rate, term="a"),
            "distance": jr.minimize(
                lambda out, batch: (out["b"] - batch["b"]).norm(dim=1).mean().item(), term="b"
            ),
            "size": jr.minimize(jr.parameters),
        },
        epochs=epochs,
        training=jr.Training(lr=1e-2, batch_size=batch_size, clip=clip, schedule=schedule),
    )
