"""The next hours of a city: traffic, environment and energy, each from the last hours of all.

A network reads the last days of every series and says what comes; the loss terms are the mean absolute
errors of the groups of series, in units of their deviation in training. The objectives are the same errors
divided by those of a baseline: below 1 it is beaten. The baseline is what errs least in training, for each
series on its own, of the last value, the value a day ago and that a week ago. The network learns what to add
to it, and begins with nothing: a linear map of each series' own history, read from its last value (NLinear,
Zeng et al. 2023) and shared by the series of a task, and a head on features of all series.

Splits follow one another in time. Between two of them as much is left out as one sample sees and foresees;
what lies a day or a week back reaches over that gap: it is known when one looks ahead. Scales and baselines
come from the training split. Where an hour is missing, the input has the last value before it, and the
target is masked, counted and reported.

Options of :func:`make`: data (default: a year of generated series that depend on one another; else a
folder of .csv files with times, joined by the hour, doubled hours averaged; or one with a matrix of speeds
every five minutes and one of the sensors' adjacency, whose groups are three districts), tasks (names and
their columns, as ``traffic:cars energy:load``), limit (steps of time, the last ones), seed.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from scipy.signal import lfilter
from sklearn.cluster import SpectralClustering
from torch import nn

import jrtune as jr

TASKS = "traffic:cars environment:temperature,ozone energy:load"
BIKES = "traffic:cnt environment:temp,hum energy:PJME_MW"  # where there is an hour.csv: bike hire and weather
DISTRICTS = 3


class City(NamedTuple):
    """Series, steps x S, with NaN where they are missing, ordered by task."""

    values: np.ndarray
    sizes: dict[str, int]
    """Task -> how many series it has."""
    start: int = 0
    """Steps from a Monday's midnight to the first."""
    window: int = 48
    ahead: int = 24
    seasons: tuple[int, ...] = (24, 168)
    every: int = 3
    """Steps from one sample to the next."""


def generated(seed: int, days: int = 365) -> City:
    """Weather moves energy and keeps cars away, cars make ozone, and good days are good for all of them."""
    rng = np.random.default_rng(seed)
    hour = np.arange(24 * days)

    def wander(keep, noise):
        return lfilter([noise], [1, -keep], rng.normal(size=len(hour)))

    def peak(at, width):
        return np.exp(-((((hour - at + 12) % 24 - 12) / width) ** 2))

    work = np.where(hour // 24 % 7 < 5, 1.0, 0.3)
    warm = np.sin(2 * np.pi * (hour / 24 - 9) / 365) + 0.5 * np.sin(2 * np.pi * (hour - 9) / 24)
    warm = warm + wander(0.97, 0.1)
    rain, mood = np.maximum(wander(0.9, 0.3), 0), 1 + wander(0.99, 0.03)
    cars = mood * work * (peak(8, 2) + peak(17, 3)) * np.exp(-0.5 * rain) + wander(0.6, 0.04)
    ozone = lfilter([0.3], [1, -0.7], cars) + 0.4 * np.maximum(warm, 0) - 0.2 * rain + wander(0.8, 0.03)
    use = 0.4 * work * peak(14, 6) + 0.3 * peak(19, 3)
    load = mood * use + 0.4 * np.abs(warm - 0.3) + wander(0.9, 0.02)
    return City(np.stack([cars, warm, ozone, load], axis=1), {"traffic": 1, "environment": 2, "energy": 1})


def joined(folder: Path, tasks: str) -> City:
    """Columns of all files with times in a folder, hour by hour."""
    pairs = [text.partition(":") for text in tasks.split()]
    columns = {task: names.split(",") for task, _, names in pairs}
    if not len(columns) == len(pairs) > 1 or not all(task and names for task, _, names in pairs):
        raise jr.DataError(f"expected tasks such as {TASKS!r}, got {tasks!r}: name two or more")
    wanted = [name for names in columns.values() for name in names]
    hours = jr.data.read_hourly(folder, wanted)
    monday = hours.time[0] - np.datetime64("1970-01-05T00", "h")
    sizes = {task: len(names) for task, names in columns.items()}
    return City(np.stack([hours.columns[name] for name in wanted], axis=1), sizes, int(monday.astype(int)))


def districts(speeds: Path, adjacency: Path) -> City:
    """Speeds every five minutes, sensors x steps, in groups of neighbours."""
    values = jr.data.read_matrix(speeds, separator=",", header=True)
    near = jr.data.read_matrix(adjacency, separator=",")
    sensors = values.shape[1]
    if near.shape != (sensors, sensors) or sensors < DISTRICTS or near.min() < 0:
        raise jr.DataError(
            f"expected {sensors} sensors, {DISTRICTS} or more, as rows and columns of {adjacency} with "
            f"weights from 0, got {near.shape} and {near.min():g}: give both files the same sensors"
        )
    near = near + near.T + 1e-3  # symmetric, and in one piece
    clusters = SpectralClustering(DISTRICTS, affinity="precomputed", random_state=0).fit_predict(near)
    sizes = {f"district{k + 1}": int((clusters == k).sum()) for k in range(DISTRICTS)}
    return City(values[:, np.argsort(clusters, kind="stable")], sizes, 0, 12, 12, (288,), 2)


def read(data: str, tasks: str, seed: int) -> City:
    if not data:
        return generated(seed)
    folder = Path(data)
    speeds, near = (sorted(folder.glob(f"*{word}*.csv")) for word in ("speed", "adj"))
    if speeds and near:
        return districts(speeds[0], near[0])
    return joined(folder, tasks or (BIKES if (folder / "hour.csv").is_file() else TASKS))


def load(city: City) -> dict[str, dict]:
    """Splits of n samples, all series scaled.

    "past" (n x S x window), "ago" (n x seasons x S x ahead), "calendar" (n x 2 seasons); for each task what
    comes, and "TASK_base", the baseline (n x its series x ahead).
    """
    starts = np.arange(max(city.window, *city.seasons), len(city.values) - city.ahead + 1, city.every)
    parts = jr.data.time_split(len(starts), gap=-(-(city.window + city.ahead) // city.every))
    train = parts["train"]
    seen = city.values[: starts[train[-1]] + city.ahead]
    if not all((np.diff(column[~np.isnan(column)]) != 0).any() for column in seen.T):
        raise jr.DataError("expected series that change in training, got one that does not: leave it out")
    scaled = (city.values - np.nanmean(seen, 0)) / np.nanstd(seen, 0)
    there = np.where(np.isnan(scaled), 0, np.arange(len(scaled))[:, None])
    filled = np.nan_to_num(np.take_along_axis(scaled, np.maximum.accumulate(there), 0))

    def cut(values, begin, length):
        return values[starts[:, None] + begin + np.arange(length)].swapaxes(1, 2)

    coming, last = cut(scaled, 0, city.ahead), cut(filled, -1, 1)
    ago = np.stack([cut(filled, -season, city.ahead) for season in city.seasons], 1)
    guesses = np.concatenate([np.broadcast_to(last, coming.shape)[:, None], ago], 1)
    errors = np.nanmean(np.abs(guesses - coming[:, None])[train], axis=(0, 3))
    base = guesses[:, errors.argmin(0), np.arange(coming.shape[1])]
    angles = 2 * np.pi * (city.start + starts[:, None]) / np.array(city.seasons)
    batch = {
        "past": cut(filled, -city.window, city.window),
        "ago": ago,
        "calendar": np.concatenate([np.sin(angles), np.cos(angles)], 1),
    }
    for name, values in (("", coming), ("_base", base)):
        groups = np.split(values, np.cumsum([*city.sizes.values()])[:-1], axis=1)
        for task, group in zip(city.sizes, groups, strict=True):
            if batch.setdefault(task + name, group) is not group:
                raise jr.DataError(f"expected a task of another name than {task + name!r}: rename it")
    if gone := {t for t in city.sizes for rows in parts.values() if np.isnan(batch[t][rows]).all()}:
        raise jr.DataError(f"expected values of each task in each split, got none of {gone}: leave it out")
    return {split: {name: array[rows] for name, array in batch.items()} for split, rows in parts.items()}


class Forecaster(nn.Module):
    """What each series' own history and features of all series, for each task, add to the baseline."""

    def __init__(self, city: City, sharing: str, width: int) -> None:
        super().__init__()
        self.sizes = city.sizes
        series, seasons, ahead = city.values.shape[1], len(city.seasons), city.ahead
        history = city.window + seasons * ahead
        self.sharing = jr.models.sharing_of(sharing, series * history + 2 * seasons, width, len(city.sizes))
        self.own = nn.ModuleList(nn.Linear(history, ahead) for _ in city.sizes)
        self.heads = nn.ModuleList(nn.Linear(width, size * ahead) for size in city.sizes.values())
        for layer in (*self.own, *self.heads):  # where little can be known, the baseline is hard to beat
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, batch):
        """A batch as of :func:`load` -> for each task B x its series x ahead."""
        past, ago = batch["past"], batch["ago"].transpose(1, 2).flatten(2)
        last = past[:, :, -1:]
        histories = torch.cat([past - last, ago - last], 2).split([*self.sizes.values()], 1)
        everything = torch.cat([x.flatten(1) for x in (past, ago, batch["calendar"])], 1)
        features = self.sharing(everything)
        coming = {}
        for k, task in enumerate(self.sizes):
            base = batch[f"{task}_base"]
            coming[task] = base + self.own[k](histories[k]) + self.heads[k](features[k]).view(base.shape)
        return coming


def loss(task: str):
    return lambda out, batch: jr.losses.absolute_error(out[task], batch[task])


def error(task: str):
    def measure(out, batch):
        return jr.metrics.relative_absolute_error(out[task], batch[task], batch[f"{task}_base"])

    return jr.minimize(measure, worst=1.2, term=task)


def make(data: str = "", tasks: str = "", limit: int = 0, seed: int = 0) -> jr.Study:
    """The study of one city; ``seed`` is of what is generated."""
    city = read(data, tasks, seed)
    if limit:
        cut = max(len(city.values) - limit, 0)
        city = city._replace(values=city.values[cut:], start=city.start + cut)
    return jr.Study(
        name="city",
        data=lambda: load(city),
        model=lambda sharing="hard", width=24: Forecaster(city, sharing, width),
        losses={task: loss(task) for task in city.sizes},
        objectives={f"{task}_error": error(task) for task in city.sizes},
        space={
            "sharing": jr.choice("hard", "mmoe", "ple"),
            "width": jr.choice(24, 48),
            "lr": jr.number(1e-3, 1e-2, log=True),
        },
        epochs=15,
        missing=tuple(city.sizes),
    )


study = make
