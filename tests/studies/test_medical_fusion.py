"""The medical-fusion study: its cases, what is missing in them, its network, and broken input."""

import sys

import numpy as np
import pytest
from PIL import Image
from study_laws import STUDIES, assert_stacks, jobs_of, tensors, trained

from jrtune import DataError
from jrtune.data import check_splits, describe_missing
from jrtune.spec.study_file import load_study

STUDY = load_study(STUDIES / "medical_fusion.py")
MODULE = sys.modules[STUDY.model.__module__]
HEADER = "patient,image,report,image_finding,report_finding,profile_finding,diagnosis,a,b"


def folder_of(tmp_path, rows=None, header=HEADER):
    """Twelve patients with two cases each; the fourth case has no picture, the fifth no report."""
    (tmp_path / "pictures").mkdir()
    made = []
    for k in range(24):
        Image.fromarray(np.full((20, 20), 10 * k, np.uint8)).save(tmp_path / "pictures" / f"{k}.png")
        image, report = "" if k == 3 else f"pictures/{k}.png", "" if k == 4 else f"said in case {k % 5}"
        made.append(f"p{k // 2},{image},{report},{k % 2},{'' if k == 5 else 0},1,{k // 2 % 2},{k},{-k}")
    (tmp_path / "cases.csv").write_text("\n".join([header, *(rows or made)]) + "\n")
    return str(tmp_path)


class TestData:
    def test_default(self):
        splits = STUDY.data()
        check_splits(splits, STUDY.missing)
        train = splits["train"]
        assert {name: train[name].shape[1:] for name in train} == {
            "image": (16, 16),
            "report": (24,),
            "profile": (24,),
            **dict.fromkeys(MODULE.LABELS, ()),
        }
        assert [len(batch["diagnosis"]) for batch in splits.values()] == [341, 114, 114]
        assert np.nanmean(train["profile"], 0) == pytest.approx(0, abs=1e-5)

    def test_nothing_of_size_is_left_in_the_profile(self):
        profile = MODULE.generate(np.random.default_rng(0))["profile"]
        assert profile.shape == (569, 7)

    def test_what_is_missing_is_counted_and_has_no_finding(self):
        splits = STUDY.data()
        logged = describe_missing(splits, STUDY.missing)
        assert all(name in logged for name in ("image in", "report in", "report_finding in"))
        for batch in splits.values():
            assert np.isnan(batch["image_finding"][np.isnan(batch["image"]).all((1, 2))]).all()
            assert np.isnan(batch["report_finding"][batch["report"][:, 0] < 0]).all()
            assert not np.isnan(batch["diagnosis"]).any()

    def test_folder(self, tmp_path):
        splits = STUDY.data(data=folder_of(tmp_path))
        check_splits(splits, STUDY.missing)
        gone = {name: sum(int(np.isnan(b[name]).sum()) for b in splits.values()) for name in MODULE.LABELS}
        assert gone == {"image_finding": 1, "report_finding": 2, "profile_finding": 0, "diagnosis": 0}
        assert (splits["train"]["profile"][:, 2:] == 0).all()
        # the grey of a picture tells its case, whose patient has two
        cases = {
            n: np.round(b["image"][:, 0, 0][~np.isnan(b["image"][:, 0, 0])] * 255 / 10).astype(int)
            for n, b in splits.items()
        }
        patients = {n: set(c // 2) for n, c in cases.items()}
        assert sum(map(len, patients.values())) == len(set.union(*patients.values())) == 12

    def test_wide_profiles_become_principal_components_of_training(self):
        rng = np.random.default_rng(0)
        hidden = rng.normal(size=(60, 3))
        wide = hidden @ rng.normal(size=(3, 40))
        wide[7] = np.nan
        train = np.arange(40)
        found = MODULE.condensed(wide, train)
        assert found.shape == (60, 24)
        assert np.isnan(found[7]).all()
        assert np.nanstd(found[:, 2]) > 0.5
        assert np.nanmax(abs(found[:, 3:])) < 1e-9  # three numbers are behind all
        other = wide.copy()
        other[50:] = 9.0
        np.testing.assert_allclose(MODULE.condensed(other, train)[:40], found[:40])


class TestBadInput:
    def test_no_table(self, tmp_path):
        with pytest.raises(DataError, match=r"got nothing at .*cases\.csv"):
            STUDY.data(data=str(tmp_path))

    def test_no_profile(self, tmp_path):
        rows = [f"p{k},,said,0,0,0,1" for k in range(9)]
        with pytest.raises(
            DataError, match=r"expected columns of numbers beside patient.* got none in .*csv"
        ):
            STUDY.data(data=folder_of(tmp_path, rows, HEADER[:-4]))

    def test_no_diagnosis_column(self, tmp_path):
        header = HEADER.replace("diagnosis", "verdict")
        with pytest.raises(DataError, match=r"expected a column 'diagnosis'.*cases\.csv"):
            STUDY.data(data=folder_of(tmp_path, header=header))

    @pytest.mark.parametrize(
        ("row", "message"),
        [
            ("p9,,said,2,0,0,1,1,1", r"expected one of 0, 1, got '2' in line 2, column 'image_finding'"),
            ("p9,,said,1,0,0,1,high,1", r"got 'high' in line 2, column 'a'"),
            (",,said,1,0,0,1,1,1", r"expected a value in every row.*column 'patient'"),
            ("p9,none.png,said,1,0,0,1,1,1", r"expected a picture, got nothing at .*none\.png"),
        ],
    )
    def test_broken_rows(self, tmp_path, row, message):
        with pytest.raises(DataError, match=message):
            STUDY.data(data=folder_of(tmp_path, [row] * 9))

    def test_all_are_ill(self, tmp_path):
        rows = [f"p{k},pictures/{k}.png,said,0,0,0,1,1,1" for k in range(9)]
        with pytest.raises(DataError, match="ill and healthy patients, got one kind only"):
            STUDY.data(data=folder_of(tmp_path, rows))

    def test_an_empty_column(self, tmp_path):
        rows = [f"p{k},pictures/{k}.png,said,0,0,0,{k % 2},1," for k in range(9)]
        with pytest.raises(DataError, match="got one that is empty"):
            STUDY.data(data=folder_of(tmp_path, rows))


@pytest.mark.parametrize(
    "choices",
    [
        {"fusion": "gated", "text": "windows", "forget": 0.2},
        {"fusion": "early", "text": "bag", "forget": 0.0},
        {"fusion": "late", "text": "bag", "forget": 0.2},
        {"fusion": "attention", "text": "bag", "forget": 0.2},
    ],
)
def test_stacked_equals_one_by_one(choices):
    jobs = jobs_of(STUDY, (0.1, 0.2, 0.3, 0.4), (0.4, 0.3, 0.2, 0.1), lr=0.01, **choices)
    assert_stacks(STUDY, jobs)


def test_a_missing_modality_has_no_share():
    batch = tensors(STUDY.data()["val"])
    share = STUDY.model().eval()(batch)["share"]
    assert (share[batch["image"].isnan().all(2).all(1), 0] == 0).all()
    assert (share[batch["report"][:, 0] < 0, 1] == 0).all()
    assert share.sum(1).detach() == pytest.approx(1)


def test_the_share_that_is_watched_is_of_patients_who_have_all_three():
    batch = tensors(STUDY.data()["val"])
    gone = batch["image"].isnan().all(2).all(1) | (batch["report"][:, 0] < 0)
    outputs = STUDY.model().eval()(batch)
    for place, name in enumerate(MODULE.MODALITIES):
        share = STUDY.watched[f"{name}_share"](outputs, batch).item()
        assert share == pytest.approx(outputs["share"][~gone, place].mean().item())


def test_better_than_guessing():
    [outcome] = trained(STUDY, jobs_of(STUDY, (0.25, 0.25, 0.25, 0.25), lr=0.01), epochs=8)
    assert outcome.values["auc"] > 0.9
    assert outcome.values["missing_auc"] > 0.8
    assert outcome.values["sensitivity"] > 0.6
