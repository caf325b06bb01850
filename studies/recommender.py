"""What a user will be interested in, click, and buy, from what the user clicked and bought before.

Two towers: one reads a user's past, one an item, and their product says how likely a click is and how likely
a purchase. The loss terms are binary cross entropies: of interest tags (which tags the user's next clicks
carry more often than the average user's), of clicks and of purchases among the items shown. Objectives are
the areas under the three ROC curves, and NDCG@10 of the items shown to a user with purchases as gain.

A purchase implies a click: with the relation "product" it holds by construction, p(purchase) = p(click)
p(purchase | click) over all items shown (ESMM, Ma et al. 2018); with "none" nothing is known of it; with
"penalty" how far it is violated is a loss term with a weight of its own. Left open, the search chooses
between the first two, for a term is there in all trials or in none.

No user is in two splits. Of each user the last items shown are what is to be told, all before is the past;
popularity, and which items have a vector of their own, come from the pasts of training users. A log that
holds clicks only (MovieLens: a film that was rated counts as clicked, one given 4 or 5 as bought) gets two
items that the user never clicked, drawn evenly, for each of the last ten: figures say how well these are told
apart, not how a whole catalogue is ranked. Popularity alone is the baseline to read them by.

Options: relation (product, none or penalty), and as ``load`` takes them: data (default: a generated log, in
which clicks follow interests and purchases also prices; else a folder with u.data and u.item, or a .csv with
columns user, item, time (a number), click, purchase (0, 1 or empty) and tags (words)), limit (users), seed.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

import jrtune as jr

SHOWN, PAST = 30, 40  # items to be told apart; clicks, and purchases, that are remembered
TAGS = 18  # as many as MovieLens has genres
ITEMS = 1000  # that have a vector of their own
TASKS = ("interest", "click", "purchase")


class Log(NamedTuple):
    """Items shown to users, m in all; click and purchase are 1, 0 or NaN."""

    user: np.ndarray
    item: np.ndarray
    time: np.ndarray
    click: np.ndarray
    purchase: np.ndarray
    tags: np.ndarray  # items x TAGS, 0 or 1


def generated(rng: np.random.Generator, users: int = 800, items: int = 200, shown: int = 120) -> Log:
    """Clicks follow how well tags fit and how good an item is, purchases of what is clicked its price too."""
    tags = (rng.random((items, TAGS)) < 0.15).astype(float)
    price, quality = rng.normal(size=(2, items))
    fits = 2 * ((rng.random((users, TAGS)) < 0.2) - 0.2) @ tags.T
    user, item = np.repeat(np.arange(users), shown), rng.integers(items, size=users * shown)
    budget = np.repeat(rng.normal(size=users), shown)
    clicked = 1.2 * fits[user, item] + 0.5 * quality[item] - 1
    bought = 0.6 * fits[user, item] + quality[item] - 1.5 * np.maximum(price[item] - budget, 0)
    click, purchase = rng.random((2, len(user))) < 1 / (1 + np.exp(-np.stack([clicked, bought])))
    return Log(user, item, np.arange(len(user)), click.astype(float), (click & purchase).astype(float), tags)


def movielens(folder: Path) -> Log:
    kinds = dict.fromkeys(("user", "item", "rating", "time"), "number")
    log = jr.data.read_table(folder / "u.data", kinds, separator="\t", names=[*kinds])
    names = ("item", "title", "date", "video", "url", "unknown", *(f"genre{k}" for k in range(TAGS)))
    kinds = dict.fromkeys([names[0], *names[-TAGS:]], "number")
    films = jr.data.read_table(folder / "u.item", kinds, separator="|", encoding="latin-1", names=names)
    number = films.pop("item")
    if (number != np.arange(1, len(number) + 1)).any() or not np.isin(log["item"], number).all():
        raise jr.DataError(f"expected all films, numbered from 1, got others in {folder / 'u.item'}: fix it")
    user, item, tags = log["user"].astype(int), log["item"].astype(int) - 1, np.stack([*films.values()], 1)
    return Log(user, item, log["time"], np.ones(len(user)), (log["rating"] >= 4).astype(float), tags)


def events(file: Path) -> Log:
    labels = {name: ("0", "1") for name in ("click", "purchase")}
    kinds = {"user": "category", "item": "category", "time": "number", **labels, "tags": "text"}
    log = jr.data.read_table(file, kinds, missing=("click", "purchase", "tags"))
    words = jr.data.vocabulary(log["tags"], TAGS + 2)  # says what is asked for, and is no measurement
    user, item = log["user"].astype(int), log["item"].astype(int)
    tags = np.zeros((item.max() + 1, TAGS + 2))
    tags[item[:, None], jr.data.tokenise(log["tags"], words, TAGS)] = 1
    return Log(user, item, log["time"], log["click"], log["purchase"], tags[:, 2:])


def load(data: str = "", limit: int = 0, seed: int = 0) -> dict[str, dict]:
    """Splits of n users, each with as many items, numbered from 2: 1 is any other, 0 none.

    "item" (n x SHOWN), "about" (n x SHOWN x TAGS + 1: an item's tags and popularity), "click" and "purchase"
    (n x SHOWN, NaN where there is no item); "clicked" and "bought" (n x PAST), "taste" (n x 2 TAGS: the share
    of these that has each tag) and "interest" (n x TAGS). Users without a past are left out.
    """
    rng, folder = np.random.default_rng(seed), Path(data).is_dir()
    log = generated(rng) if not data else movielens(Path(data)) if folder else events(Path(data))
    own = np.split(np.lexsort((log.time, log.user)), np.cumsum(np.bincount(log.user))[:-1])
    last = SHOWN if (log.click == 0).any() else SHOWN // 3
    own = [rows for rows in own if len(rows) > last]
    own = [own[k] for k in jr.data.thin(np.zeros(len(own)), limit, seed)]
    parts = jr.data.group_split(np.arange(len(own)), seed)
    past = np.concatenate([own[k][:-last] for k in parts["train"]])
    counts = np.bincount(log.item[past[log.click[past] == 1]], minlength=len(log.tags))
    if not counts.any():
        raise jr.DataError(f"expected clicks, got none in the past of any training user of {data}: give more")
    users = [entries(log, rows[:-last], rows[-last:], counts, rng) for rows in own]
    splits = {
        split: {name: np.stack([users[k][name] for k in chosen]) for name in users[0]}
        for split, chosen in parts.items()
    }
    usual = np.nanmean(splits["train"]["interest"], axis=0)
    middle, spread = splits["train"]["taste"].mean(0), splits["train"]["taste"].std(0) + 1e-3
    for batch in splits.values():
        batch["interest"] = np.where(np.isnan(batch["interest"]), np.nan, batch["interest"] > usual)
        batch["taste"] = (batch["taste"] - middle) / spread
    return splits


def entries(log: Log, past, shown, counts, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """One user's; "interest" is yet the share of the clicks to come that has each tag."""
    place = np.empty(len(counts), int)
    place[np.argsort(-counts, kind="stable")] = np.arange(2, len(counts) + 2)
    number = np.where((place < ITEMS) & (counts > 0), place, 1)
    about = np.column_stack([log.tags, np.log1p(counts) / np.log1p(counts.max())])
    never = rng.permutation(np.setdiff1d(np.arange(len(counts)), log.item[np.append(past, shown)]))
    others = never[: SHOWN - len(shown)]  # of a log of clicks only
    item, nothing = np.append(log.item[shown], others), np.zeros(len(others))
    clicked, bought = (log.item[past[label[past] == 1]] for label in (log.click, log.purchase))
    return {
        "item": filled(number[item], SHOWN),
        "about": filled(about[item], SHOWN),
        "click": filled(np.append(log.click[shown], nothing), SHOWN, np.nan),
        "purchase": filled(np.append(log.purchase[shown], nothing), SHOWN, np.nan),
        "clicked": filled(number[clicked], PAST),
        "bought": filled(number[bought], PAST),
        "taste": np.append(shares(log, clicked, 0.0), shares(log, bought, 0.0)),
        "interest": shares(log, log.item[shown[log.click[shown] == 1]], np.nan),
    }


def shares(log: Log, items: np.ndarray, none: float) -> np.ndarray:
    return log.tags[items].mean(0) if len(items) else np.full(TAGS, none)


def filled(values: np.ndarray, length: int, empty: float = 0) -> np.ndarray:
    """The last ``length`` of them, followed by ``empty`` where there are fewer."""
    kept = values[-length:]
    return np.concatenate([kept, np.full((length - len(kept), *values.shape[1:]), empty, values.dtype)])


class TwoTowers(nn.Module):
    """Clicks and purchases are products of a user's features for each task with an item's.

    Beside these deep towers there is a wide part (Cheng et al. 2016): what is linear in the user's taste, in
    how far the item's tags match it, and in the item's popularity.
    """

    def __init__(self, relation: str = "product", sharing: str = "hard", width: int = 16) -> None:
        super().__init__()
        self.relation = relation
        self.items = jr.models.WordBag(ITEMS, width)
        self.user = jr.models.sharing_of(sharing, 2 * width + 2 * TAGS, width, len(TASKS))
        self.interest = nn.Linear(width + 2 * TAGS, TAGS)
        self.wishes = nn.ModuleList(nn.Linear(width, width) for _ in TASKS[1:])
        self.item = jr.models.MLP([width + TAGS + 1, width, width])
        self.worth = nn.Linear(width + 3, len(TASKS) - 1)

    def forward(self, batch):
        """A batch as of :func:`load` -> {"interest": B x TAGS, "click", "purchase": B x SHOWN logits}."""
        taste, tags, popularity = batch["taste"], *batch["about"].split([TAGS, 1], 2)
        past = [self.items(batch[name]) for name in ("clicked", "bought")]
        first, *others = self.user(torch.cat([*past, taste], 1))
        wishes = torch.stack([wish(x) for wish, x in zip(self.wishes, others, strict=True)], 2)
        item = self.item(torch.cat([self.items.embedding(batch["item"]), batch["about"]], 2))
        match = tags @ taste.view(-1, 2, TAGS).mT
        click, purchase = (item @ wishes + self.worth(torch.cat([item, match, popularity], 2))).unbind(2)
        if self.relation == "product":
            # of two probabilities with logits a and b the product has the odds 1 / (e^-a + e^-b + e^-(a + b))
            purchase = -torch.stack([-click, -purchase, -click - purchase]).logsumexp(0)
        return {"interest": self.interest(torch.cat([first, taste], 1)), "click": click, "purchase": purchase}


def loss(task: str):
    return lambda out, batch: jr.losses.binary_cross_entropy(out[task], batch[task])


def area(task: str):
    def measure(out, batch):
        flat = (x[task] if task == "interest" else x[task].flatten() for x in (out, batch))
        return jr.metrics.auroc(*flat)

    return jr.maximize(measure, worst=0.5, term=task)


def ndcg(out, batch):
    user = torch.arange(len(batch["item"]), device=batch["item"].device)[:, None].expand(-1, SHOWN)
    return jr.metrics.ndcg_at(out["purchase"].flatten(), batch["purchase"].flatten(), user.flatten(), 10)


def implied(out, batch):
    return jr.losses.implies(out["purchase"], out["click"], mask=~batch["click"].isnan())


# option -> what the networks may know
RELATIONS = {"": ("product", "none"), "product": ("product",), "none": ("none",), "penalty": ("none",)}


def study(relation: str = "", data: str = "", limit: int = 0, seed: int = 0) -> jr.Study:
    """The study; ``relation`` is one of those above, empty for the first two."""
    if relation not in RELATIONS:
        raise jr.StudyError(f"expected the relation product, none or penalty, got {relation!r}: choose one")
    losses = {task: loss(task) for task in TASKS}
    objectives = {f"{task}_auc": area(task) for task in TASKS}
    objectives["ndcg"] = jr.maximize(ndcg, worst=0.0, term="purchase")
    return jr.Study(
        name="-".join(["recommender", relation][: 1 + bool(relation)]),
        data=lambda: load(data, limit, seed),
        model=TwoTowers,
        losses={**losses, "relation": implied} if relation == "penalty" else losses,
        objectives=objectives,
        space={
            "relation": jr.choice(*RELATIONS[relation]),
            "sharing": jr.choice("hard", "mmoe", "ple"),
            "width": jr.choice(16, 32),
            "lr": jr.number(3e-3, 3e-2, log=True),
        },
        epochs=15,
        training=jr.Training(batch_size=20, weight_decay=1.0),
        missing=("click", "purchase", "interest"),
    )
