"""What ails a machine, told where labels are many and where they are few: does the one help the other?

The source is a machine in one state with a label for each window of its signals, the target one in another
state, of whose training windows few have a label. One encoder serves both. The loss terms are the cross
entropy of the diagnosis in the source, that in the target, where it is labelled, and the alignment of the
two domains' features, in a form that is searched: a classifier of domains behind a reversed gradient,
CORAL or MMD. The objectives are the accuracies, means over the classes: chance is 1 / classes. Validation, by
which weights are chosen, has all labels of the target, more than there may be elsewhere.

Default input, generated: vibration of bearings, sound or with a fault of the outer race, the inner race or a
ball, whose impulses ring the housing at a rate in proportion to the shaft's. A heavier load slows the shaft
by a tenth, so that one fault's rate comes near another's, lowers the ring, and adds noise.

Options: data, target, component, labels, limit, seed, as :func:`make` takes them. ``data`` is nothing, or
- a folder of hydraulic cycles, TS1.txt to TS4.txt and profile.txt: from a whole cooler to a failing one;
- a folder of runs to failure as NASA's C-MAPSS has them: failure within 30 cycles, FD001 to FD003;
- windows as ``jr.data.read_windows`` reads them, long series cut to 512 values, and ``target`` the others.
Recordings, blocks of cycles, engines and files stay together when the data are split.
"""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import jrtune as jr

DOMAINS = ("source", "target")
RATE, LENGTH = 6000, 512  # generated: samples a second, of a window
RECORDINGS, WINDOWS = 25, 6  # generated: of each class under each load; of a recording
FAULTS = (0.0, 3.58, 5.42, 4.71)  # impulses a turn: none, outer race, inner race, ball
LOADS = ({"turns": 30, "ring": 2000, "loud": 1.0}, {"turns": 27, "ring": 1700, "loud": 1.4})
SOON, CYCLES, STEP = 30, 30, 5  # runs to failure: cycles left; length of a window, and to the next
COOLERS = (100, 3)
COMPONENTS = {"valve": 1, "pump": 2, "accumulator": 3}  # columns of profile.txt
ALIGNMENTS = {"adversarial": jr.losses.domain_loss, "coral": jr.losses.coral, "mmd": jr.losses.mmd}


def read(data: str, target: str, component: str, seed: int):
    """Of both domains: signals, n x channels x length, classes, groups, and what splits share evenly."""
    path = Path(data)
    if not data:
        rng = np.random.default_rng(seed)
        return [vibration(rng, **load) for load in LOADS]
    if (path / "profile.txt").exists():
        return hydraulics(path, component)
    if (path / "train_FD001.txt").exists():
        return [engines(path, ["train_FD001.txt", "test_FD001.txt"]), engines(path, ["test_FD003.txt"])]
    return windows(data, target)


def split(domains, labels: int, limit: int, seed: int) -> dict[str, dict]:
    """Splits with "window" (n x channels x length), "domain", "label" (-1 where hidden) and "weight" (n)."""
    rng = np.random.default_rng(seed)
    parts = []
    for number, (signals, label, group, strata) in enumerate(domains):
        kept = jr.data.thin(label, limit, seed)
        signals, label = signals[kept], label[kept]
        rows = jr.data.group_split(group[kept], seed, labels=strata[kept])
        label = hide(label, rows["train"], labels, rng) if number else label
        weight = np.empty(len(label), np.float32)
        for own in rows.values():
            # of what has a label: rare classes weigh as much as others
            many = np.bincount(label[own] + 1, minlength=label.max() + 2)[1:]
            weight[own] = (many.sum() / np.maximum(many, 1) / max(np.count_nonzero(many), 1))[label[own]]
        # each domain in units of its own: that takes no labels
        seen = signals[rows["train"]]
        mean, spread = seen.mean((0, 2), keepdims=True), seen.std((0, 2), keepdims=True)
        scaled = ((signals - mean) / np.where(spread > 1e-6, spread, 1)).astype(np.float32)
        whole = {"window": scaled, "label": label, "weight": weight, "domain": np.full(len(label), number)}
        parts.append({name: {key: array[own] for key, array in whole.items()} for name, own in rows.items()})
    return {s: {k: np.concatenate([p[s][k] for p in parts]) for k in own} for s, own in parts[0].items()}


def hide(label: np.ndarray, train: np.ndarray, labels: int, rng: np.random.Generator) -> np.ndarray:
    """The labels, -1 in training but for so many of each class."""
    if labels < 1:
        raise jr.DataError(f"expected labels of 1 or more, got {labels}")
    hidden = [rng.permutation(train[label[train] == value])[labels:] for value in np.unique(label[train])]
    return np.where(np.isin(np.arange(len(label)), np.concatenate(hidden)), -1, label)


def vibration(rng: np.random.Generator, turns: float, ring: float, loud: float):
    """Of bearings under one load, as many of each class; a recording is a group."""
    time = np.arange(WINDOWS * LENGTH) / RATE
    label = np.repeat(np.arange(len(FAULTS)), RECORDINGS * WINDOWS)
    found = []
    for rate in np.repeat(FAULTS, RECORDINGS):
        turned = turns * rng.uniform(0.97, 1.03) * time + rng.uniform()
        shaft = np.sin(2 * np.pi * turned)
        hits = rng.lognormal(0, 0.3) * np.diff(np.floor(rate * turned), prepend=0) * (1 + 0.3 * shaft)
        echo = np.exp(-900 * time[:60]) * np.sin(2 * np.pi * ring * rng.uniform(0.9, 1.1) * time[:60])
        rung = np.convolve(hits, echo)[: len(time)] + 0.3 * rng.lognormal(0, 0.3) * shaft
        found.append(loud * rung + rng.normal(0, 0.15 * loud**2, len(time)))
    return np.stack(found).reshape(-1, 1, LENGTH), label, np.arange(len(label)) // WINDOWS, label


def hydraulics(folder: Path, component: str):
    """Four temperatures over a cycle with either cooler; cycles in a row of one condition are a group."""
    if component not in COMPONENTS:
        raise jr.DataError(f"expected a component of {', '.join(COMPONENTS)}, got {component!r}")
    profile = jr.data.read_matrix(folder / "profile.txt")
    signals = [jr.data.read_matrix(folder / f"TS{k}.txt") for k in range(1, 5)]
    sizes = [array.shape for array in (profile, *signals)]
    if len({size[0] for size in sizes}) > 1 or sizes[0][1] < 4 or len({size[1] for size in sizes[1:]}) > 1:
        raise jr.DataError(f"expected a cycle a row in all files of {folder}, got {sizes}: fetch them again")
    if not {*COOLERS} <= {*profile[:, 0]}:
        raise jr.DataError(f"expected coolers of {COOLERS} in {folder}, got others: fetch profile.txt again")
    condition = np.unique(profile[:, COMPONENTS[component]], return_inverse=True)[1]
    whole = np.stack(signals, 1), condition, jr.data.runs(*profile[:, :4].T), condition
    return [[array[profile[:, 0] == cooler] for array in whole] for cooler in COOLERS]


def engines(folder: Path, names: list[str]):
    """Settings and sensors of engines, and whether they fail soon; an engine is a group."""
    found = []
    for number, name in enumerate(names):
        rows = jr.data.read_matrix(folder / name)
        if rows.shape[1] != 26:  # the engine, its cycle, 3 settings, 21 sensors
            raise jr.DataError(f"expected 26 columns, got {rows.shape[1]} in {folder / name}: fetch it again")
        engine, cycle = rows[:, 0], rows[:, 1]
        each, place = np.unique(engine, return_inverse=True)
        last = np.array([cycle[engine == one].max() for one in each])
        left = np.zeros(len(each))
        if name.startswith("test"):  # runs that end before the failure
            ends = folder / name.replace("test", "RUL")
            left = jr.data.read_matrix(ends)[:, 0]
            if len(left) != len(each):
                raise jr.DataError(f"expected {len(each)} rows in {ends}, got {len(left)}: fetch it again")
        signals, at = jr.data.cut_windows(rows[:, 2:], CYCLES, STEP, engine)
        soon = ((last + left)[place] - cycle <= SOON)[at].astype(np.int64)
        found.append((signals, soon, 1000 * number + place[at], (left <= SOON)[place[at]]))
    return [np.concatenate(parts) for parts in zip(*found, strict=True)]


def windows(data: str, target: str):
    """Windows of both domains; a file is a group, or a window where they come cut."""
    if not target:
        raise jr.DataError(f"expected windows of a target beside those in {data}, got none: set target=PATH")
    both = [jr.data.read_windows(path, LENGTH) for path in (data, target)]
    kinds = [(found.classes, found.values.shape[1:]) for found in both]
    if kinds[0] != kinds[1] or len(kinds[0][0]) < 2:
        raise jr.DataError(f"expected two classes or more and one size, got {kinds}: fix {data} or {target}")
    labels = [np.nan_to_num(found.labels, nan=-1).astype(np.int64) for found in both]
    return [(w.values, label, w.groups, np.zeros(len(label))) for w, label in zip(both, labels, strict=True)]


class Diagnosis(nn.Module):
    """One encoder, a head for both domains or for each, and what of the features is aligned."""

    def __init__(self, shape: tuple[int, int], classes: int, heads: str, align: str) -> None:
        super().__init__()
        deep = [16, 32, 32] if shape[1] > 128 else [16, 32]  # a layer divides the length by 4
        self.encoder = jr.models.SeriesEncoder([shape[0], *deep])
        self.source = nn.Linear(deep[-1], classes)
        self.target = self.source if heads == "one" else nn.Linear(deep[-1], classes)
        self.align, self.domain = align, jr.models.MLP([deep[-1], 16, 1]) if align == "adversarial" else None

    def forward(self, batch):
        """{"window": B x channels x length} -> "source", "target" (B x classes), and what is aligned."""
        features = self.encoder(batch["window"]).mean(2)
        outputs = {"source": self.source(features), "target": self.target(features)}
        if self.align == "adversarial":
            features = self.domain(jr.losses.reverse_gradient(features))[:, 0]
        return {**outputs, self.align: features}


def alignment(out, batch):
    [form] = ALIGNMENTS.keys() & out.keys()
    return ALIGNMENTS[form](out[form], batch["domain"])


def diagnosis(domain: str):
    def loss(out, batch):
        known = (batch["domain"] == DOMAINS.index(domain)) & (batch["label"] >= 0)
        losses = F.cross_entropy(out[domain], batch["label"].clamp(min=0), reduction="none")
        return jr.losses.masked_mean(batch["weight"] * losses, known)

    return loss


def accuracy(domain: str):
    def recall(out, batch):
        label = torch.where(batch["domain"] == DOMAINS.index(domain), batch["label"], -1)
        return jr.metrics.unweighted_average_recall(out[domain], label)

    return jr.maximize(recall, worst=0.0, term=domain)


def make(
    data: str = "", target: str = "", component: str = "pump", labels: int = 10, limit: int = 0, seed: int = 0
) -> jr.Study:
    """The study of two domains, whose channels and classes the network has.

    Args:
        data, target: where to read; empty for generated vibration.
        component: of the hydraulics.
        labels: how many of each class are shown in the target's training split.
        limit: use at most so many windows of each domain, in the shares of their classes; 0 for all.
        seed: of what is generated, the split, and what is kept and shown.
    """
    splits = split(read(data, target, component, seed), labels, limit, seed)
    shape = splits["train"]["window"].shape[1:]
    classes = 1 + max(int(batch["label"].max()) for batch in splits.values())
    return jr.Study(
        name="fault-transfer",
        data=lambda: splits,
        model=lambda heads="one", align="adversarial": Diagnosis(shape, classes, heads, align),
        losses={**{domain: diagnosis(domain) for domain in DOMAINS}, "alignment": alignment},
        objectives={f"{domain}_accuracy": accuracy(domain) for domain in reversed(DOMAINS)},
        space={
            "heads": jr.choice("one", "two"),
            "align": jr.choice(*ALIGNMENTS),
            "lr": jr.number(3e-3, 2e-2, log=True),
        },
        epochs=20,
        missing=("label",),
    )


study = make
