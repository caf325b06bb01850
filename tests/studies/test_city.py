"""The city study: its hours and its gaps, its networks, and what it says of input it cannot use."""

import sys

import numpy as np
import pytest
import torch
from real_data import real
from study_laws import STUDIES, assert_stacks, assert_takes, jobs_of, tensors, trained, write_csv

from jrtune import DataError
from jrtune.data import check_splits, describe_missing, fingerprint
from jrtune.spec.study_file import configured, load_study

FILE = STUDIES / "city.py"
STUDY = load_study(FILE)
MODULE = sys.modules["jrtune_study_city"]
TASKS = ("traffic", "environment", "energy")


def city(steps=600, series=3, **changes):
    """A city in which every value says which series and step it is."""
    values = np.arange(steps)[:, None] + 10_000.0 * np.arange(series)
    return MODULE.City(values, {"traffic": 1, "energy": series - 1}, **changes)


def steps_of(values, series):
    """The steps that scaled values of one series stand for, of a city of 600 steps."""
    seen = city().values[: MODULE.load(city())["train"]["traffic"].shape[0] * 3 + 165 + 24]
    return values * seen.std(0)[series] + seen.mean(0)[series] - 10_000 * series


class TestData:
    def test_default(self):
        splits = STUDY.data()
        check_splits(splits, STUDY.missing)
        sizes = {"train": 1714, "val": 548, "test": 547}
        for split, n in sizes.items():
            assert splits[split]["past"].shape == (n, 4, 48)
            assert splits[split]["ago"].shape == (n, 2, 4, 24)
            assert splits[split]["environment"].shape == (n, 2, 24)

    def test_what_is_seen_comes_before_what_is_asked(self):
        for batch in MODULE.load(city()).values():
            wanted = steps_of(batch["energy"][:, 1], 2)
            np.testing.assert_allclose(np.diff(wanted), 1)
            np.testing.assert_allclose(steps_of(batch["past"][:, 2], 2)[:, -1], wanted[:, 0] - 1)
            np.testing.assert_allclose(steps_of(batch["past"][:, 2], 2)[:, 0], wanted[:, 0] - 48)
            for k, season in enumerate((24, 168)):
                np.testing.assert_allclose(steps_of(batch["ago"][:, k, 0], 0), wanted - season)

    def test_no_step_is_seen_or_asked_lately_in_two_splits(self):
        last = 0.0
        for batch in MODULE.load(city()).values():
            assert steps_of(batch["past"][0, 0, 0], 0) > last
            last = steps_of(batch["traffic"][-1, 0, -1], 0)

    def test_scales_are_those_of_training(self):
        one, other = city(), city()
        other.values[-100:] *= 7
        first, second = MODULE.load(one)["train"], MODULE.load(other)["train"]
        for name, array in first.items():
            np.testing.assert_array_equal(array, second[name])

    def test_the_baseline_is_what_errs_least_in_training(self):
        hour = np.arange(2000)
        weekly = np.random.default_rng(0).normal(size=168)[hour % 168]
        daily = np.sin(2 * np.pi * hour / 24) + 0.01 * (hour // 24 % 7)
        slow = 0.001 * hour
        values = np.stack([weekly, daily + slow, 10 * slow], axis=1)
        train = MODULE.load(MODULE.City(values, {"traffic": 1, "energy": 2}))["train"]
        np.testing.assert_array_equal(train["traffic_base"][:, 0], train["ago"][:, 1, 0])
        np.testing.assert_array_equal(train["energy_base"][:, 0], train["ago"][:, 0, 1])
        np.testing.assert_array_equal(train["energy_base"][:, 1], train["past"][:, 2, -1:].repeat(24, 1))

    def test_a_gap_is_masked_where_it_is_asked_and_filled_where_it_is_seen(self):
        gone = city()
        gone.values[300:305, 0] = np.nan
        splits = MODULE.load(gone)
        check_splits(splits, ("traffic",))
        assert describe_missing(splits, ("traffic", "energy")).startswith("missing values: traffic in ")
        batch = next(b for b in splits.values() if np.isnan(b["traffic"]).any())
        row = np.flatnonzero(np.isnan(batch["traffic"][:, 0, -1]))[0]
        k = row + 10  # a sample in whose past these hours are
        filled = batch["past"][k, 0]
        flat = np.flatnonzero(np.diff(filled) == 0)
        assert len(flat) == 5
        np.testing.assert_array_equal(filled[flat + 1], filled[flat[0]])

    def test_hours_of_several_files(self, tmp_path):
        write(tmp_path)
        study, _ = configured(FILE, {"data": str(tmp_path)})
        splits = study.data()
        check_splits(splits, study.missing)
        assert splits["train"]["past"].shape[1:] == (4, 48)
        small, _ = configured(FILE, {"data": str(tmp_path), "limit": 600})
        assert fingerprint({"test": small.data()["test"]}) != fingerprint({"test": splits["test"]})
        assert len(small.data()["train"]["past"]) == 82
        two, _ = configured(FILE, {"data": str(tmp_path), "tasks": "air:ozone rest:load,cars"})
        assert list(two.losses) == ["air", "rest"]
        assert two.data()["val"]["rest"].shape[1:] == (2, 24)

    def test_the_clock_is_that_of_the_files(self, tmp_path):
        write(tmp_path)
        splits = configured(FILE, {"data": str(tmp_path)})[0].data()
        first = splits["train"]["calendar"][0]  # a week after a Wednesday's midnight
        np.testing.assert_allclose(first[[0, 2]], [0, 1], atol=1e-9)
        np.testing.assert_allclose(first[[1, 3]], [np.sin(4 * np.pi / 7), np.cos(4 * np.pi / 7)], atol=1e-9)


def write(folder, hours=900):
    """Hourly files, and one with two series of half hours; the first hour is that of a Wednesday."""
    rng = np.random.default_rng(0)
    hour = np.datetime64("2020-01-01T00", "m") + np.arange(hours) * np.timedelta64(1, "h")
    half = np.sort(np.concatenate([hour, hour + np.timedelta64(30, "m")]))
    for name, columns, times in (
        ("a", ("cars",), hour),
        ("b", ("temperature", "ozone"), half),
        ("c", ("load",), hour),
    ):
        cells = rng.normal(size=(len(times), len(columns))).round(3).astype(str)
        write_csv(folder / f"{name}.csv", ["Time", *columns], np.column_stack([times.astype(str), cells]))


class TestBadInput:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"tasks": "cars"}, "expected tasks such as .*, got 'cars'"),
            ({"tasks": "traffic:cars"}, "name two or more"),
            ({"tasks": "traffic:cars energy:power"}, r"'power' once, got it 0 times in .*cars, load"),
            ({"tasks": "past:cars energy:load"}, "a task of another name than 'past'"),
            ({"limit": 200}, "expected samples in each split"),
            ({"limit": -1}, "expected samples in each split"),
        ],
    )
    def test_options(self, tmp_path, options, message):
        write(tmp_path)
        with pytest.raises(DataError, match=message):
            configured(FILE, {"data": str(tmp_path), **options})[0].data()

    def test_text_in_a_number_column(self, tmp_path):
        write(tmp_path)
        text = (tmp_path / "a.csv").read_text().splitlines()
        text[3] = text[3].split(",")[0] + ",many"
        (tmp_path / "a.csv").write_text("\n".join(text))
        with pytest.raises(DataError, match=r"got 'many' in line 4, column 'cars' of .*a.csv"):
            configured(FILE, {"data": str(tmp_path)})

    def test_sensors_without_a_row_of_the_matrix(self, tmp_path):
        (tmp_path / "speed.csv").write_text("a,b,c\n1,2,3\n4,5,6\n")
        (tmp_path / "adj.csv").write_text("1,0\n0,1\n")
        with pytest.raises(
            DataError, match=r"3 sensors, .* as rows and columns of .*adj.csv .* got \(2, 2\)"
        ):
            configured(FILE, {"data": str(tmp_path)})

    def test_a_task_without_values_in_a_split(self):
        gone = city()
        gone.values[400:, 0] = np.nan
        with pytest.raises(DataError, match=r"values of each task in each split, got none of .'traffic"):
            MODULE.load(gone)

    def test_weights_below_0(self, tmp_path):
        (tmp_path / "speed.csv").write_text("a,b,c\n1,2,3\n4,5,6\n")
        (tmp_path / "adj.csv").write_text("1,0,0\n0,1,-2\n0,0,1\n")
        with pytest.raises(DataError, match=r"weights from 0, got \(3, 3\) and -2"):
            configured(FILE, {"data": str(tmp_path)})

    def test_a_series_that_does_not_change(self):
        flat = city()
        flat.values[:, 1] = 3
        with pytest.raises(DataError, match="series that change"):
            MODULE.load(flat)


def test_an_untrained_network_says_the_baseline():
    batch = {name: tensor[:5] for name, tensor in tensors(STUDY.data()["val"]).items()}
    for task, coming in STUDY.model()(batch).items():
        torch.testing.assert_close(coming, batch[f"{task}_base"], rtol=0, atol=0)


def test_a_series_is_foretold_from_its_own_history():
    model = STUDY.model()
    batch = {name: tensor[:5] for name, tensor in tensors(STUDY.data()["val"]).items()}
    with torch.no_grad():
        model.own[1].weight.normal_()
    before = model(batch)["environment"]
    batch["past"][:, 1, :-1] += 1  # of the first of the two series
    moved = (model(batch)["environment"] - before).abs().sum(2)
    assert (moved[:, 0] > 1e-3).all()
    torch.testing.assert_close(moved[:, 1], torch.zeros(5))
    batch["past"][:, 1, -1] += 1
    batch["ago"][:, :, 1] += 1  # all of it lies higher: what is added to the baseline does not
    torch.testing.assert_close(model(batch)["environment"], before)


@pytest.mark.parametrize("sharing", STUDY.space["sharing"].options)
def test_stacked_equals_one_by_one(sharing):
    study, _ = configured(FILE, {"limit": 700})
    jobs = jobs_of(study, (0.2, 0.3, 0.5), (0.6, 0.2, 0.2), sharing=sharing, width=8, lr=0.01)
    assert_stacks(study, jobs)


def test_a_short_training_beats_the_seasonal_baseline():
    jobs = jobs_of(STUDY, (1 / 3, 1 / 3, 1 / 3), sharing="hard", width=24, lr=0.003)
    [outcome] = trained(STUDY, jobs, epochs=6)
    assert outcome.test["traffic_error"] < 0.97
    assert outcome.test["environment_error"] < 0.85
    assert outcome.test["energy_error"] < 0.82


@pytest.mark.parametrize(("name", "tasks", "series"), [("city_dc", TASKS, 4), ("la_traffic", None, 207)])
def test_real_data(name, tasks, series):
    study, _ = configured(FILE, {"data": real(name), "limit": 1500})
    splits = study.data()
    assert_takes(study, splits)
    assert tuple(study.losses) == (tasks or ("district1", "district2", "district3"))
    assert splits["train"]["past"].shape[1] == series
