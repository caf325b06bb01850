"""Two sensors of one machine: is one of them odd, or do they not fit together though each looks normal?

An autoencoder of each sensor's window, and latent vectors by which a window finds its partner among
others, learn from normal pairs alone. The loss terms are the two squared errors of reconstruction and the
contrast between the latent vectors (InfoNCE, as CLIP's). The objectives are areas under the ROC curve
of faults in one sensor, told by the errors, and of pairs that do not belong together, told by the cosine
between the latent vectors: 0.5 is chance, and neither figure can do the other's work.

Default input, generated: a load that rises and falls; a temperature that follows it slowly; a vibration
whose amplitude follows it and whose phase is free. In validation and test a third of the pairs has a fault
in one sensor (a spike, a value that stays, a ramp), a third another pair's vibration.

Options of ``load``: data (default: generated; else a .csv of long series, a .npz or .mat of n x length
windows, or a folder of text files with a window a row), first, second (columns, arrays or files of the two
sensors), fault (of what is 0 where all is normal; default: all is normal), length (of windows cut from long
series), limit (pairs), seed. Faults of one kind that the data do not name are planted, as above; blocks
of pairs that follow one another stay together when the data are split.
"""

from pathlib import Path

import numpy as np
import torch
from torch import nn

import jrtune as jr

LENGTH = 48  # of the windows that the network sees
PAIRS, BLOCK = 2000, 20  # generated pairs; pairs of real data that are split together
NORMAL, SINGLE, AGREEMENT = 0, 1, 2
SENSORS = ("first", "second")


def load(
    data: str = "",
    first: str = "first",
    second: str = "second",
    fault: str = "",
    length: int = LENGTH,
    limit: int = 0,
    seed: int = 0,
) -> dict[str, dict]:
    """Splits with "first", "second" (n x 48) and "fault" (n: 0 normal, 1 in one sensor, 2 in agreement).

    Args:
        data: where to read; empty for generated pairs.
        first, second: names of the sensors in it.
        fault: name of what is not 0 in a fault; empty where all is normal.
        length: of windows, in rows of a .csv.
        limit: use at most so many pairs, the first ones; 0 for all.
        seed: of what is generated, the split and the planted faults.
    """
    if limit < 0:
        raise jr.DataError(f"expected a limit of 0 (none) or more, got {limit}")
    rng = np.random.default_rng(seed)
    if data:
        pairs, kinds = read(data, first, second, fault, length)
        pairs, kinds = pairs[: limit or None], kinds[: limit or None]
        parts = jr.data.group_split(np.arange(len(pairs)) // BLOCK, seed)
    else:
        pairs = generate(limit or PAIRS, rng)
        kinds = np.full(len(pairs), NORMAL)
        parts = jr.data.group_split(np.arange(len(pairs)), seed)
    parts["train"] = parts["train"][kinds[parts["train"]] == NORMAL]
    seen = pairs[parts["train"]]
    if not seen.size or not (seen.std((0, 2)) > 0).all():
        raise jr.DataError(f"expected normal windows of signals that vary, got none in {data}: set others")
    pairs = (pairs - seen.mean((0, 2))[:, None]) / seen.std((0, 2))[:, None]
    splits = {}
    for split, rows in parts.items():
        own, kind = pairs[rows], kinds[rows]
        if split != "train":
            own, kind = plant(own, kind, {SINGLE, AGREEMENT} - set(kinds), rng)
        splits[split] = {name: own[:, k].astype(np.float32) for k, name in enumerate(SENSORS)}
        splits[split]["fault"] = kind
    return splits


def generate(n: int, rng: np.random.Generator) -> np.ndarray:
    """n x 2 x 48: temperature and vibration under one load."""
    t = np.linspace(0, 1, LENGTH)
    phase = rng.uniform(0, 2 * np.pi, (3, n, 1))
    slow, fast = rng.uniform(0.5, 1.5, (n, 1)), rng.uniform(1.5, 3, (n, 1))
    load = 0.6 * np.sin(2 * np.pi * slow * t + phase[0]) + 0.4 * np.sin(2 * np.pi * fast * t + phase[1])
    lag = np.exp(-np.arange(LENGTH) / 4)
    lagged = np.stack([np.convolve(row, lag / lag.sum())[:LENGTH] for row in load])
    vibration = (1 + 0.6 * load) * np.sin(2 * np.pi * 8 * t + phase[2])
    return np.stack([lagged, vibration], 1) + rng.normal(0, 0.25, (n, 2, LENGTH))


def read(data: str, first: str, second: str, fault: str, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs, n x 2 x 48, and their kinds, n."""
    names = [first, second, *([fault] if fault else [])]
    path = Path(data)
    if path.is_dir():
        found = {name: jr.data.read_matrix(path / name) for name in names}
    elif path.suffix.lower() == ".csv":
        columns = jr.data.read_table(path, dict.fromkeys(names, "number"))
        found = {name: jr.data.cut_windows(column, length)[0][:, 0] for name, column in columns.items()}
    else:
        found = jr.data.read_arrays(path)
    if absent := [name for name in names if name not in found]:
        raise jr.DataError(
            f"expected {absent[0]!r}, got {', '.join(found)} in {data}: set first, second, fault"
        )
    for name in names:
        got = found[name].shape
        if got[:1] != found[first].shape[:1] or (len(got) != 2 and name != fault):
            raise jr.DataError(f"expected n x length, as many of each, got {got} of {name} in {data}: fix")
        if not np.isfinite(found[name]).all():
            raise jr.DataError(f"expected finite numbers, got others in {name} of {data}: fix or drop them")
    pairs = np.stack([stretch(found[name]) for name in names[:2]], 1)
    odd = found[fault].reshape(len(pairs), -1).any(1) if fault else np.zeros(len(pairs), bool)
    return pairs, np.where(odd, SINGLE, NORMAL)


def stretch(windows: np.ndarray) -> np.ndarray:
    """n x length -> n x 48, straight lines between the values."""
    old, new = np.linspace(0, 1, windows.shape[1]), np.linspace(0, 1, LENGTH)
    return np.stack([np.interp(new, old, row) for row in windows])


def plant(pairs: np.ndarray, kinds: np.ndarray, wanted: set[int], rng: np.random.Generator):
    """Copies in which a third of all, or as near as can be, has each of the wanted faults."""
    pairs, kinds = pairs.copy(), kinds.copy()
    normal = rng.permutation(np.flatnonzero(kinds == NORMAL))
    third = len(normal) // 3
    if third < 2:  # one pair alone has no other to take a signal of
        raise jr.DataError(f"expected 6 normal pairs or more in val and test, got {len(normal)}: give more")
    if SINGLE in wanted:
        for row in normal[:third]:
            spoil(pairs[row, rng.integers(2)], rng)
        kinds[normal[:third]] = SINGLE
    if AGREEMENT in wanted:
        moved = normal[third : 2 * third]
        pairs[moved, 1] = pairs[np.roll(moved, 1), 1]
        kinds[moved] = AGREEMENT
    return pairs, kinds


def spoil(signal: np.ndarray, rng: np.random.Generator) -> None:
    """Plants a spike, a value that stays or a ramp, in place."""
    width = LENGTH // 6
    start = rng.integers(LENGTH - width)
    part, fault = slice(start, start + width), rng.integers(3)
    if fault == 0:
        signal[start : start + 2] += rng.choice([-2, 2])
    elif fault == 1:
        signal[part] = signal[start]
    else:
        signal[part] += rng.choice([-1, 1]) * np.linspace(0, 1.5, width)


class JointNet(nn.Module):
    """An autoencoder of each sensor, and what of its latent vector is compared with the other's."""

    def __init__(self, width: int, latent: int, compared: int) -> None:
        super().__init__()
        self.encoders, self.decoders, self.views = nn.ModuleDict(), nn.ModuleDict(), nn.ModuleDict()
        for name in SENSORS:
            series = jr.models.SeriesEncoder([1, width, width], kernel=5, stride=2)
            self.encoders[name] = nn.Sequential(series, nn.Flatten(), nn.Linear(width * LENGTH // 4, latent))
            self.decoders[name] = jr.models.MLP([latent, 48, LENGTH])
            self.views[name] = jr.models.MLP([latent, 32, compared])

    def forward(self, batch):
        """Two of B x 48 -> "first_error", "second_error" (B), "first_view", "second_view" (B x compared)."""
        outputs = {}
        for name in SENSORS:
            latent = self.encoders[name](batch[name][:, None])
            outputs[f"{name}_error"] = (self.decoders[name](latent) - batch[name]).square().mean(1)
            outputs[f"{name}_view"] = self.views[name](latent)
        return outputs


def build(width: int = 8, latent: int = 8, compared: int = 8) -> nn.Module:
    return JointNet(width, latent, compared)


def reconstruction(name: str):
    return lambda out, batch: jr.losses.masked_mean(out[f"{name}_error"], batch["fault"] == NORMAL)


def agreement(out, batch):
    normal = batch["fault"] == NORMAL
    return jr.losses.contrastive(out["first_view"], out["second_view"], 0.1, normal)


def auroc(scores, batch, kind: int):
    """Of one kind of faults against what is normal; the other kind is left out."""
    fault = batch["fault"]
    return jr.metrics.auroc(
        scores, torch.where((fault == NORMAL) | (fault == kind), (fault == kind).long(), -1)
    )


def single_auroc(out, batch):
    return auroc(out["first_error"].log() + out["second_error"].log(), batch, SINGLE)


def agreement_auroc(out, batch):
    cosine = torch.cosine_similarity(out["first_view"], out["second_view"], dim=1)
    return auroc(-cosine, batch, AGREEMENT)


study = jr.Study(
    name="anomaly",
    data=load,
    model=build,
    losses={**{name: reconstruction(name) for name in SENSORS}, "agreement": agreement},
    objectives={
        "single_auroc": jr.maximize(single_auroc, worst=0.5),
        "agreement_auroc": jr.maximize(agreement_auroc, worst=0.5, term="agreement"),
    },
    space={
        "latent": jr.choice(8, 4, 16),
        "lr": jr.number(3e-3, 2e-2, log=True),
    },
    epochs=15,
)
