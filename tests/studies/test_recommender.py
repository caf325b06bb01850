"""The recommender study: its users and what is known of them, its networks, and input it cannot use."""

import math
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from real_data import real
from study_laws import STUDIES, assert_stacks, assert_takes, jobs_of, tensors, trained, write_csv

from jrtune import DataError, StudyError
from jrtune.data import check_splits, describe_missing, fingerprint
from jrtune.metrics import auroc
from jrtune.spec.study_file import configured, load_study

FILE = STUDIES / "recommender.py"
STUDY = load_study(FILE)
MODULE = sys.modules[STUDY.model.__module__]


def write_events(path, users=12, shown=50, clicks_only=False):
    """Item k of 60 has the tag of its tens; all users see items in turn, and click every other one."""
    rows = []
    for user in range(users):
        for k in range(shown):
            item = (user + k) % 60
            click = 1 if clicks_only else (user + k) % 2
            bought = int(click and k % 3 == 0)
            rows.append([f"u{user:02}", f"i{item:02}", k, click, bought, f"tag{item // 10}x"])
    return write_csv(path, ["user", "item", "time", "click", "purchase", "tags"], rows[::-1])  # in any order


class TestData:
    def test_default(self):
        splits = MODULE.load()
        check_splits(splits, STUDY.missing)
        assert {name: batch["item"].shape for name, batch in splits.items()} == {
            "train": (480, 30),
            "val": (160, 30),
            "test": (160, 30),
        }

    def test_a_purchase_implies_a_click(self):
        for batch in MODULE.load(limit=50).values():
            assert (batch["purchase"] <= batch["click"]).all()
            assert batch["purchase"].any()

    def test_no_user_is_in_two_splits_and_the_past_ends_before_what_is_asked(self, monkeypatch):
        rows, entries = [], MODULE.entries

        def watched(log, past, shown, counts, rng):
            rows.append((log.user[past], log.user[shown], log.time[past].max() < log.time[shown].min()))
            return entries(log, past, shown, counts, rng)

        monkeypatch.setattr(MODULE, "entries", watched)
        splits = MODULE.load(limit=40)
        assert all(before for _, _, before in rows)
        users = [{*past, *shown} for past, shown, _ in rows]
        assert sum(map(len, users)) == len(set.union(*users)) == 40  # each stands in one row
        assert sum(len(batch["item"]) for batch in splits.values()) == 40

    def test_what_test_users_did_changes_nothing_in_training(self, monkeypatch):
        before = MODULE.load(limit=40)
        split, generated = MODULE.jr.data.group_split, MODULE.generated
        others = {}

        def remembered(groups, seed):
            others.update(split(groups, seed))
            return others

        def changed(rng):
            log = generated(rng)
            kept = MODULE.jr.data.thin(np.zeros(800), 40, 0)
            mine = np.isin(log.user, kept[others["test"]])
            return log._replace(click=np.where(mine, 1.0, log.click))

        monkeypatch.setattr(MODULE.jr.data, "group_split", remembered)
        MODULE.load(limit=40)
        monkeypatch.setattr(MODULE, "generated", changed)
        after = MODULE.load(limit=40)
        assert fingerprint({"x": after["train"]}) == fingerprint({"x": before["train"]})
        assert fingerprint({"x": after["test"]}) != fingerprint({"x": before["test"]})

    def test_events_of_a_file(self, tmp_path):
        splits = MODULE.load(data=write_events(tmp_path / "log.csv"))
        check_splits(splits, STUDY.missing)
        for batch in splits.values():
            assert (batch["click"].mean(1) == 0.5).all()
            tags = batch["about"][..., : MODULE.TAGS]
            assert (tags.sum(2) == 1).all()
            # an item that training users never clicked has no vector of its own, and no popularity
            np.testing.assert_array_equal(batch["item"] == 1, batch["about"][..., -1] == 0)

    def test_a_log_of_clicks_gets_items_that_the_user_never_clicked(self, tmp_path):
        batch = MODULE.load(data=write_events(tmp_path / "log.csv", clicks_only=True))["train"]
        np.testing.assert_array_equal(batch["click"][:, :10], 1)
        assert np.isnan(batch["click"][:, 20:]).all()  # of 60 items 50 were clicked
        np.testing.assert_array_equal(batch["item"] == 0, np.isnan(batch["click"]))
        for clicked, item in zip(batch["clicked"], batch["item"], strict=True):
            assert not {*clicked, *item[:10]} & {*item[10:20]} - {0, 1}

    def test_missing_labels_are_masked_and_counted(self, tmp_path):
        path = write_events(tmp_path / "log.csv")
        text = Path(path).read_text().replace(",49,1,0,", ",49,1,,")
        Path(path).write_text(text)
        splits = MODULE.load(data=path)
        check_splits(splits, STUDY.missing)
        assert "purchase in " in describe_missing(splits, STUDY.missing)
        assert "click in " not in describe_missing(splits, STUDY.missing)
        batch = tensors(splits["train"])
        logits = {"purchase": torch.zeros_like(batch["purchase"], requires_grad=True)}
        STUDY.losses["purchase"](logits, batch).backward()
        gone = batch["purchase"].isnan()
        assert gone.any()
        assert (logits["purchase"].grad[gone] == 0).all()
        assert (logits["purchase"].grad[~gone] != 0).all()


class TestBadInput:
    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            (",click,", ",clicked,", r"expected a column 'click', got .*log.csv"),
            ("u01,i05,4,1,", "u01,i05,4,2,", r"expected one of 0, 1, got '2' in line \d+, column 'click' of"),
            (
                "u01,i05,4,",
                "u01,i05,noon,",
                r"expected a finite number, got 'noon' in line \d+, column 'time'",
            ),
        ],
    )
    def test_events(self, tmp_path, old, new, message):
        path = Path(write_events(tmp_path / "log.csv"))
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))
        with pytest.raises(DataError, match=message):
            MODULE.load(data=str(path))

    def test_nobody_clicks(self, monkeypatch):
        generated = MODULE.generated
        monkeypatch.setattr(
            MODULE, "generated", lambda rng: (log := generated(rng))._replace(click=0 * log.click)
        )
        with pytest.raises(DataError, match="expected clicks, got none in the past of any training user"):
            MODULE.load(limit=20)

    def test_too_few_users(self):
        with pytest.raises(DataError, match="expected three groups or more, got 2"):
            MODULE.load(limit=2)

    def test_films_that_are_not_listed(self, tmp_path):
        (tmp_path / "u.data").write_text("1\t3\t5\t100\n")
        genres = "|".join("0" * 19)
        (tmp_path / "u.item").write_text("".join(f"{k}|A (1995)|||url|{genres}\n" for k in (1, 2)))
        with pytest.raises(DataError, match=r"numbered from 1, got others in .*u.item"):
            MODULE.load(data=str(tmp_path))


def test_the_product_holds_by_construction():
    batch = {name: torch.as_tensor(array[:4]) for name, array in MODULE.load(limit=20)["train"].items()}
    torch.manual_seed(0)
    model = STUDY.model(relation="product").double()
    free = STUDY.model(relation="none").double()
    free.load_state_dict(model.state_dict())
    out, alone = model(batch), free(batch)
    product = alone["click"].sigmoid() * alone["purchase"].sigmoid()
    torch.testing.assert_close(out["purchase"].sigmoid(), product)
    torch.testing.assert_close(out["click"], alone["click"])
    assert (out["purchase"] <= out["click"]).all()
    assert (alone["purchase"] > alone["click"]).any()


@pytest.mark.parametrize(
    ("relation", "known"),
    [("", ("product", "none")), ("product", ("product",)), ("none", ("none",)), ("penalty", ("none",))],
)
def test_the_relation_that_was_asked_for(relation, known):
    study, _ = configured(FILE, {"relation": relation})
    assert study.space["relation"].options == known
    assert set(study.losses) - set(MODULE.TASKS) == ({"relation"} if relation == "penalty" else set())
    if relation == "penalty":
        nobody = torch.tensor([[3.0, -3.0, 3.0]])
        batch = {"click": torch.tensor([[1.0, 0.0, torch.nan]])}
        violated = study.losses["relation"]({"purchase": nobody, "click": -nobody}, batch)
        assert violated.item() == pytest.approx(math.tanh(1.5) / 2)  # in one of the two that are there


def test_a_relation_that_is_not_known():
    with pytest.raises(StudyError, match="expected the relation product, none or penalty, got 'maybe'"):
        configured(FILE, {"relation": "maybe"})


@pytest.mark.parametrize(("sharing", "relation"), [("hard", "product"), ("mmoe", "none"), ("ple", "product")])
def test_stacked_equals_one_by_one(sharing, relation):
    study, _ = configured(FILE, {"limit": 40})
    choices = {"sharing": sharing, "relation": relation, "width": 8, "lr": 0.01}
    jobs = jobs_of(study, (0.1, 0.6, 0.3), (0.5, 0.2, 0.3), **choices)
    assert_stacks(study, jobs, ties=True)


def test_a_short_training_beats_popularity():
    choices = {"relation": "product", "sharing": "hard", "width": 16, "lr": 0.01}
    [outcome] = trained(STUDY, jobs_of(STUDY, (1 / 3, 1 / 3, 1 / 3), **choices), epochs=5)
    test = tensors(STUDY.data()["test"])
    popularity = test["about"][..., -1].flatten()
    for task in ("click", "purchase"):
        assert outcome.test[f"{task}_auc"] > auroc(popularity, test[task].flatten()) + 0.05
    assert outcome.test["interest_auc"] > 0.58


def test_real_data():
    splits = MODULE.load(data=real("ml100k"), limit=60)
    assert_takes(STUDY, splits)
    for batch in splits.values():
        np.testing.assert_array_equal(batch["click"].sum(1), 10)
        assert (batch["purchase"][:, 10:] == 0).all()
