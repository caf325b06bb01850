"""The image-text study: its pictures and texts, what is masked and balanced, and that two decide better."""

import json
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from real_data import real
from study_laws import STUDIES, assert_stacks, assert_takes, jobs_of, tensors, trained

from jrtune import DataError
from jrtune.data import check_splits, describe_missing, split_words
from jrtune.spec.study_file import load_study

STUDY = load_study(STUDIES / "image_text.py")
MODULE = sys.modules[STUDY.model.__module__]


def write(folder, kinds):
    """Pictures of one colour each, and a json of texts with these categories."""
    records = []
    for k, kind in enumerate(kinds):
        Image.new("RGB", (5, 4), (k, 0, 0)).save(folder / f"{k}.png")
        records.append({"image": f"{k}.png", "caption": f"it is {kind or 'nothing'} {k}", "category": kind})
    (folder / "texts.json").write_text(json.dumps(records))
    return str(folder)


def rows(batch):
    return {row.tobytes() for row in batch["image"]}


class TestData:
    def test_default(self):
        splits = STUDY.data()
        check_splits(splits)
        train = splits["train"]
        assert [len(batch["label"]) for batch in splits.values()] == [1078, 362, 357]
        assert train["image"].shape[1:] == (3, 8, 8)
        assert train["text"].shape[1:] == (16,)
        # the generated descriptions need neither more words nor more room
        assert not (train["text"] == 1).any()
        texts = MODULE.read("", "", 0, 0)[1]
        assert max(len(split_words(text)) for text in texts) <= MODULE.LENGTH
        assert not describe_missing(splits, STUDY.missing)

    def test_limit(self):
        splits = STUDY.data(limit=100)
        kept = np.bincount(np.concatenate([batch["label"] for batch in splits.values()]))
        assert kept.sum() == 100
        assert abs(kept - 10).max() <= 1

    def test_balance_gives_each_class_the_same_sum_and_a_mean_of_one(self, tmp_path):
        batch = STUDY.data(data=write(tmp_path, ["a"] * 40 + ["b"] * 10), size=4)["train"]
        sums = [batch["balance"][batch["label"] == k].sum() for k in (0, 1)]
        assert sums[0] == pytest.approx(sums[1], rel=0.02)  # by effective numbers of samples
        assert batch["balance"].mean() == pytest.approx(1)

    def test_pictures_without_a_category_do_not_count_in_the_balance(self, tmp_path):
        kinds = ["a"] * 40 + ["b"] * 10 + [""] * 50
        batch = STUDY.data(data=write(tmp_path, kinds), size=4)["train"]
        assert batch["balance"][batch["label"] >= 0].mean() == pytest.approx(1)
        assert not batch["balance"][batch["label"] < 0].any()

    def test_the_vocabulary_is_that_of_the_training_split(self, tmp_path):
        splits = STUDY.data(data=write(tmp_path, ["a", "b"] * 15), size=4)
        # each text ends in a number of its own
        assert not (splits["train"]["text"] == 1).any()
        assert all(((splits[name]["text"] == 1).sum(1) == 1).all() for name in ("val", "test"))

    def test_a_picture_under_two_names_is_in_one_split(self, tmp_path):
        data = write(tmp_path, ["a", "b"] * 15)
        for k in range(0, 30, 2):  # each of a is there three times
            Image.new("RGB", (5, 4), (k // 6, 9, 0)).save(tmp_path / f"{k}.png")
        train, val, test = (rows(batch) for batch in STUDY.data(data=data, size=4).values())
        assert not train & val
        assert not (train | val) & test

    def test_missing_categories_train_the_alignment_alone(self, tmp_path):
        splits = STUDY.data(data=write(tmp_path, ["a", "b", ""] * 10), size=4)
        assert describe_missing(splits, STUDY.missing) == "missing values: label in 10 of 22 of train"
        batch = tensors(splits["train"])
        known, none = (
            {k: v[there] for k, v in batch.items()} for there in (batch["label"] >= 0, batch["label"] < 0)
        )
        model = STUDY.model()
        for term in ("image", "text"):
            loss = STUDY.losses[term]
            assert loss(model(none), none) == 0
            assert loss(model(batch), batch).item() == pytest.approx(loss(model(known), known).item())
        assert STUDY.losses["alignment"](model(none), none) > 0


class TestBadInput:
    @pytest.mark.parametrize(
        ("kinds", "message"),
        [
            ([str(k) for k in range(11)] * 3, "expected 2 to 10 categories, got 11 in .*: merge some"),
            (["a"] * 9 + ["b"] * 2, "three groups or more of label b, got 2"),
            ([""] * 9, "expected 2 to 10 categories, got 0 in .*: add a category"),
            (["a"] * 9, "expected 2 to 10 categories, got 1 in .*: add a category"),
        ],
    )
    def test_categories(self, tmp_path, kinds, message):
        with pytest.raises(DataError, match=message):
            STUDY.data(data=write(tmp_path, kinds), size=4)

    def test_size(self, tmp_path):
        with pytest.raises(DataError, match="expected a size of 2 or more, got 1"):
            STUDY.data(data=write(tmp_path, ["a", "b"] * 5), size=1)


@pytest.mark.parametrize("words", STUDY.space["words"].options)
@pytest.mark.parametrize("classifier", STUDY.space["classifier"].options)
def test_stacked_equals_one_by_one(words, classifier):
    jobs = jobs_of(STUDY, (0.2, 0.7, 0.1), (0.7, 0.2, 0.1), words=words, classifier=classifier, lr=0.01)
    assert_stacks(STUDY, jobs, epochs=2, limit=100)


def test_the_share_of_a_modality_is_how_much_it_changes():
    watched, flat = STUDY.watched, torch.zeros(3, 10)
    image, text = flat.clone(), flat.clone()
    image[:, 4] = 3.0
    both = {"image_class": image, "text_class": flat, "fused_class": image}
    assert watched["image_share"](both, {}) == 1  # the text says nothing
    assert watched["text_share"](both, {}) == 0
    text[:, 5] = 3.0
    both = {"image_class": image, "text_class": text, "fused_class": image + text}
    assert watched["image_share"](both, {}).item() == pytest.approx(0.5)
    both = {"image_class": image, "text_class": 2 * text, "fused_class": image + 2 * text}
    assert watched["text_share"](both, {}) > 0.6
    assert sum(share(both, {}) for share in watched.values()).item() == pytest.approx(1)
    assert watched["image_share"]({name: flat for name in both}, {}).isnan()  # neither says anything


def test_both_together_tell_more_than_either_alone():
    jobs = jobs_of(STUDY, (0.45, 0.45, 0.1), words="windows", classifier="own", lr=0.01)
    [values] = (outcome.values for outcome in trained(STUDY, jobs, epochs=6))
    best = max(values["image_accuracy"], values["text_accuracy"])
    assert best > 0.5  # guessing gives 0.1
    assert values["fused_accuracy"] > best + 0.03


def test_real_data():
    splits = STUDY.data(data=real("emojione"), limit=120)
    assert_takes(STUDY, splits)
    assert sum(len(batch["label"]) for batch in splits.values()) == 120
    assert {len(np.unique(batch["label"])) for batch in splits.values()} == {8}
