"""A diagnosis from a picture, a written report and a measured profile, of which any may be missing.

The modalities of the default input do not belong together by nature: the profile and the diagnosis (is the
tumour malignant?) are 569 patients of scikit-learn's breast-cancer measurements, to whom pictures and
reports are generated, by findings that follow the diagnosis with noise. In the picture it is a jagged margin,
in the report enlarged lymph nodes; of the profile, seven means of shape and texture, whether cells are large.
15 % of the pictures and reports and 10 % of the report's findings are left out.

The loss terms are the binary cross entropies of each modality's finding, told from it alone, and of the
diagnosis, told from all that is there. The objectives are of the diagnosis: area under the ROC curve,
sensitivity at a specificity of 90 %, and that area where one modality is missing, the mean over which one.
None depends on how many are ill: classes need no weights. Guessing gives 0.5, 0.1 and 0.5. Watched is the
share of each modality in the diagnosis, as the fusion itself gives it (``jr.models.fusion_of``: of its gates,
weights or attention, or its contributions' size), the mean over patients who have all three.

Options of ``load``: data (default: as above; else a folder with cases.csv, see :func:`read`), seed. Patients
are in one split only; whatever is missing is masked and counted.
"""

from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_breast_cancer
from torch import nn

import jrtune as jr

MODALITIES = ("image", "report", "profile")
LABELS = (*(f"{modality}_finding" for modality in MODALITIES), "diagnosis")
SIDE, WORDS, LENGTH, PROFILE = 16, 200, 24, 24  # of pictures, vocabulary, reports; numbers of a profile
LARGE = 13.4  # mean radius of nuclei, about the median


def load(data: str = "", seed: int = 0) -> dict[str, dict]:
    """Splits with "image" (n x 16 x 16), "report" (n x 24), "profile" (n x 24) and four labels (n).

    Missing are NaN, in a report -1.

    Args:
        data: the folder; empty for the default input.
        seed: of what is generated, and of the split.
    """
    cases = read(Path(data)) if data else generate(np.random.default_rng(seed))
    parts = jr.data.group_split(cases["patient"], seed)
    if not {0, 1} <= set(cases["diagnosis"]):
        raise jr.DataError(f"expected ill and healthy patients, got one kind only in {data}: add others")
    train = parts["train"]
    words = jr.data.vocabulary(cases["report"][train], WORDS)
    report = jr.data.tokenise(cases["report"], words, LENGTH)
    profile = condensed(cases["profile"], train)
    batch = {
        "image": cases["image"].astype(np.float32),
        "report": np.where(cases["report"][:, None] == "", -1, report),
        "profile": profile.astype(np.float32),
        "diagnosis": cases["diagnosis"].astype(np.float32),
    }
    gone = np.isnan(cases["image"]).all((1, 2)), cases["report"] == "", np.isnan(profile).all(1)
    for label, unseen in zip(LABELS, gone, strict=False):  # nothing can be told of what is not there
        batch[label] = np.where(unseen, np.nan, cases[label]).astype(np.float32)
    return {split: {name: array[rows] for name, array in batch.items()} for split, rows in parts.items()}


def read(folder: Path) -> dict[str, np.ndarray]:
    """The cases of a folder whose cases.csv has columns

    - patient: a name; no patient is in two splits;
    - image: a picture's path from the folder, and report: text; or empty;
    - image_finding, report_finding, profile_finding, diagnosis: 0 or 1, or empty;
    - and all others, one or more: numbers of the profile, or empty.
    """
    path = folder / "cases.csv"
    known = ("patient", "image", "report", *LABELS)
    kinds = {**dict.fromkeys(known[:3], "text"), **dict.fromkeys(LABELS, ("0", "1"))}
    profile = [name for name in jr.data.column_names(path) if name not in known]
    if not profile:
        raise jr.DataError(f"expected columns of numbers beside {', '.join(known)}, got none in {path}")
    columns = {**kinds, **dict.fromkeys(profile, "number")}
    cases = jr.data.read_table(path, columns, missing=[name for name in columns if name != "patient"])
    image, there = np.full((len(cases["patient"]), SIDE, SIDE), np.nan), cases["image"] != ""
    image[there] = jr.data.read_pictures(folder, cases["image"][there], SIDE, grey=True) / 255
    return {**cases, "image": image, "profile": np.stack([cases[name] for name in profile], 1)}


def generate(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """The default cases."""
    bunch = load_breast_cancer()
    size = ("radius", "perimeter", "area")
    shape = [k for k, name in enumerate(bunch.feature_names[:10]) if not name.endswith(size)]
    ill = bunch.target == 0
    n = len(ill)
    jagged, nodes = (rng.random(n) < np.where(ill, often, 1 - often) for often in (0.75, 0.7))
    image = np.stack([picture(one, rng) for one in jagged])
    report = np.array([write(one, rng) for one in nodes], object)
    image[rng.random(n) < 0.15], report[rng.random(n) < 0.15] = np.nan, ""
    return {
        "patient": np.arange(n),
        "image": image,
        "report": report,
        "profile": bunch.data[:, shape],
        "image_finding": jagged,
        "report_finding": np.where(rng.random(n) < 0.1, np.nan, nodes),
        "profile_finding": bunch.data[:, 0] > LARGE,
        "diagnosis": ill,
    }


def picture(jagged: bool, rng: np.random.Generator) -> np.ndarray:
    """A noisy disc, 16 x 16, with a smooth margin or a jagged one."""
    down, right = np.mgrid[:SIDE, :SIDE] - rng.uniform(6, 9, (2, 1, 1))
    waves = np.cos(rng.integers(5, 8) * np.arctan2(down, right) + rng.uniform(0, 6))
    radius = rng.uniform(4, 6) * (1 + (0.35 if jagged else 0.1) * waves)
    return (np.hypot(down, right) < radius) + rng.normal(0, 0.4, (SIDE, SIDE))


def write(nodes: bool, rng: np.random.Generator) -> str:
    """A report, which may deny what it names."""
    place = rng.choice(["axillary", "left", "right", "supraclavicular"])
    yes = ("enlarged {} lymph nodes", "{} nodes suspicious", "{} nodes are not normal, enlarged")
    no = ("no enlarged {} lymph nodes", "{} nodes not suspicious", "{} nodes are normal, not enlarged")
    pain = rng.choice(["no pain", "pain when touched", "not painful", "pain not reported"])
    said = str(rng.choice(yes if nodes else no)).format(place)
    return ". ".join(rng.permutation([said, str(pain), f"aged {rng.integers(30, 80)}"]))


def condensed(profile: np.ndarray, train: np.ndarray) -> np.ndarray:
    """n x 24: standardised by those that train, their principal components where columns are more than 24."""
    seen = profile[train]
    if np.isnan(seen).all(0).any():
        raise jr.DataError("expected a number in each column of the profile, got one that is empty: drop it")
    scaled = (profile - np.nanmean(seen, 0)) / np.maximum(np.nanstd(seen, 0), 1e-9)
    if scaled.shape[1] > PROFILE:
        filled = np.nan_to_num(scaled)
        axes = np.linalg.svd(filled[train], full_matrices=False)[2][:PROFILE]
        scaled = np.where(np.isnan(scaled).all(1)[:, None], np.nan, filled @ axes.T)
    out = np.zeros((len(scaled), PROFILE))
    out[:, : scaled.shape[1]] = scaled
    out[np.isnan(scaled).all(1)] = np.nan
    return out


class JointNet(nn.Module):
    """An encoder and a head for each modality, and their fusion."""

    def __init__(self, fusion: str, text: str, forget: float, width: int) -> None:
        super().__init__()
        pooled = jr.models.PooledHead(8, width, grid=4)
        bag = text == "bag"
        report = jr.models.WordBag(WORDS, width) if bag else jr.models.WordConv(WORDS, width, (1, 3))
        image = nn.Sequential(jr.models.ConvEncoder([1, 8, 8]), pooled)
        self.encoders = nn.ModuleList([image, report, jr.models.MLP([PROFILE, width, width])])
        self.heads = nn.ModuleList(nn.Linear(width, 1) for _ in MODALITIES)
        self.forget = jr.models.ModalityDropout(forget)
        self.fusion = jr.models.fusion_of(fusion, [width] * len(MODALITIES), width, 1)

    def forward(self, batch):
        """Logits (B) of the findings and the diagnosis, "share" (B x 3) and, in use, "without_image", ...."""
        image, report, profile = (batch[name] for name in MODALITIES)
        gone = [image.isnan().all(2).all(1), report[:, 0] < 0, profile.isnan().all(1)]
        inputs = image.nan_to_num()[:, None], report.clamp(min=0), profile.nan_to_num()
        features = [encode(x).tanh() for encode, x in zip(self.encoders, inputs, strict=True)]
        there = ~torch.stack(gone, 1)
        decision, share = self.fusion(features, self.forget(there))
        outputs = {"diagnosis": decision[:, 0], "share": share}
        for k, name in enumerate(MODALITIES):
            outputs[f"{name}_finding"] = self.heads[k](features[k])[:, 0]
            if not self.training:
                others = there & (torch.arange(len(MODALITIES), device=there.device) != k)
                outputs[f"without_{name}"] = self.fusion(features, others)[0][:, 0]
        return outputs


def build(fusion: str = "gated", text: str = "windows", forget: float = 0.2, width: int = 12) -> nn.Module:
    return JointNet(fusion, text, forget, width)


def loss(label: str):
    return lambda out, batch: jr.losses.binary_cross_entropy(out[label], batch[label])


def missing_auc(out, batch):
    figures = [jr.metrics.auroc(out[f"without_{name}"], batch["diagnosis"]) for name in MODALITIES]
    return sum(figures) / len(figures)


study = jr.Study(
    name="medical-fusion",
    data=load,
    model=build,
    losses={label.removesuffix("_finding"): loss(label) for label in LABELS},
    objectives={
        "auc": jr.maximize(
            lambda out, batch: jr.metrics.auroc(out["diagnosis"], batch["diagnosis"]),
            worst=0.5,
            term="diagnosis",
        ),
        "sensitivity": jr.maximize(
            lambda out, batch: jr.metrics.sensitivity_at_specificity(out["diagnosis"], batch["diagnosis"]),
            worst=0.0,
            term="diagnosis",
        ),
        "missing_auc": jr.maximize(missing_auc, worst=0.5, term="diagnosis"),
    },
    space={
        "fusion": jr.choice("gated", "early", "late", "attention"),
        "text": jr.choice("windows", "bag"),
        "forget": jr.choice(0.2, 0.0),
        "lr": jr.number(3e-3, 3e-2, log=True),
    },
    epochs=15,
    missing=(*MODALITIES, *LABELS),
    watched=jr.metrics.mean_shares(MODALITIES),
)
