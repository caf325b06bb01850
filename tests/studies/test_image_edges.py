"""The image-edges study: its data, its targets, its networks, and what it says of input it cannot use."""

import gzip
import struct
import sys

import numpy as np
import pytest
import torch
from real_data import real
from study_laws import STUDIES, assert_takes, tensors, write_npz
from torch.func import functional_call, stack_module_state, vmap

from jrtune import DataError
from jrtune.data import check_splits
from jrtune.spec.study_file import load_study

STUDY = load_study(STUDIES / "image_edges.py")
MODULE = sys.modules[STUDY.model.__module__]
CHOICES = [{"width": 8}, {"sharing": "cross-stitch", "width": 8, "stitch": 0.5}]


def pictures(n, classes, size=6, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (n, size, size), dtype=np.uint8), np.arange(n) % classes


class TestData:
    def test_default(self):
        splits = STUDY.data()
        check_splits(splits)
        assert {name: len(batch["digit"]) for name, batch in splits.items()} == {
            "train": 1078,
            "val": 362,
            "test": 357,
        }
        assert splits["train"]["image"].shape[1:] == splits["train"]["edge"].shape[1:] == (8, 8)
        # no weight on edge pixels is needed
        assert splits["train"]["edge"].mean() == pytest.approx(0.38, abs=0.01)

    def test_splits_share_no_picture(self):
        noisy = np.concatenate([batch["image"] for batch in STUDY.data().values()])
        assert len(np.unique(noisy, axis=0)) == len(noisy) == 1797

    def test_noise_is_as_said(self, tmp_path):
        images, labels = pictures(300, 3)
        data = write_npz(tmp_path / "a.npz", images, labels)
        rows = MODULE.jr.data.stratified_split(labels, 0)["train"]
        noise = STUDY.data(data=data)["train"]["image"] - images[rows] / 255
        assert noise.std() == pytest.approx(MODULE.NOISE, rel=0.03)
        assert abs(noise.mean()) < 0.01

    @pytest.mark.parametrize("limit", [30, 95])
    def test_limit_keeps_the_shares(self, tmp_path, limit):
        images, _ = pictures(150, 3)
        labels = np.repeat([0, 1, 2], [75, 50, 25])
        splits = STUDY.data(data=write_npz(tmp_path / "a.npz", images, labels), limit=limit)
        kept = np.bincount(np.concatenate([batch["digit"] for batch in splits.values()]))
        assert kept.sum() == limit
        assert abs(kept - limit * np.array([1 / 2, 1 / 3, 1 / 6])).max() <= 1

    def test_colour_and_floats_become_grey_in_the_unit_interval(self, tmp_path):
        images, labels = pictures(40, 4)
        colour = np.stack([images, images // 2, images * 0], axis=3)
        grey, numbered = MODULE.read(write_npz(tmp_path / "a.npz", colour, labels + 3))
        np.testing.assert_allclose(grey, colour.sum(3) / 3 / 255)
        np.testing.assert_array_equal(numbered, labels)  # numbered from 0
        scaled, _ = MODULE.read(write_npz(tmp_path / "b.npz", images * 2.0 - 7, labels))
        span = images.max() - float(images.min())
        np.testing.assert_allclose(scaled, (images - float(images.min())) / span)


def test_edges_of_a_step_are_the_two_columns_beside_it():
    step = np.zeros((1, 5, 6))
    step[:, :, 3:] = 1
    want = np.zeros((1, 5, 6))
    want[:, :, 2:4] = 1  # central differences of 1/2 on both sides, above 0.4
    np.testing.assert_array_equal(MODULE.edges(step, 0.4), want)


def test_edges_of_a_ramp_depend_on_its_slope_alone():
    ramp = np.arange(6.0)[None, None].repeat(6, 1)
    assert MODULE.edges(0.41 * ramp, 0.4).all()
    assert not MODULE.edges(0.39 * ramp, 0.4).any()
    assert not MODULE.edges(np.ones((1, 4, 4)), 0.4).any()
    # diagonal: the norm of both differences counts
    assert MODULE.edges(0.3 * (ramp + ramp.transpose(0, 2, 1)), 0.4).all()


class TestBadInput:
    def test_corrupt_file(self, tmp_path):
        (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(b"\x1f\x8b corrupt")
        with pytest.raises(DataError, match=r"expected a whole gzip file, got .*train-images-idx3-ubyte\.gz"):
            STUDY.data(data=str(tmp_path))

    def test_two_lengths(self, tmp_path):
        for name, shape in (("images-idx3", (6, 4, 4)), ("labels-idx1", (5,))):
            body = struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape) + bytes(
                int(np.prod(shape))
            )
            (tmp_path / f"{name}-ubyte.gz").write_bytes(gzip.compress(body))
        with pytest.raises(DataError, match="expected a label for each image, got 6 images and 5 labels"):
            STUDY.data(data=str(tmp_path))

    @pytest.mark.parametrize(
        ("images", "labels", "message"),
        [
            (pictures(20, 2)[0], np.zeros(20), "expected two classes or more, got only 0"),
            (
                pictures(20, 2)[0],
                np.r_[np.zeros(18), 1, 1],
                "3 samples or more of each class, got 2 of class 1",
            ),
            (pictures(20, 2)[0] * np.nan, np.arange(20) % 2, "expected finite images, got 720 NaN"),
            (pictures(60, 11)[0], np.arange(60) % 11, "expected at most 10 classes, got 11 in"),
            (np.zeros((9, 1, 4), np.uint8), np.arange(9) % 2, r"images of 2 x 2 or more, got \(1, 4\) in"),
            (np.full((9, 4, 4), 0.5), np.arange(9) % 2, "expected images, got the value 0.5 at every pixel"),
        ],
    )
    def test_unusable_pictures(self, tmp_path, images, labels, message):
        with pytest.raises(DataError, match=message):
            STUDY.data(data=write_npz(tmp_path / "a.npz", images, labels))

    @pytest.mark.parametrize("threshold", [-1.0, 2.0])
    def test_threshold_without_two_kinds_of_pixels(self, threshold):
        with pytest.raises(DataError, match=f"edges and others at threshold={threshold}, got one kind only"):
            STUDY.data(threshold=threshold)

    def test_a_limit_below_three_of_each(self):
        with pytest.raises(DataError, match="3 samples or more of each class, got 1 of class"):
            STUDY.data(limit=12)


class TestNetworks:
    @pytest.mark.parametrize("choices", CHOICES)
    @pytest.mark.parametrize("size", [(8, 8), (28, 28), (5, 9)])
    def test_pictures_of_any_size(self, choices, size):
        outputs = STUDY.model(**choices)({"image": torch.rand(3, *size)})
        assert outputs["digit"].shape == (3, 10)
        assert outputs["edge"].shape == (3, *size)

    @pytest.mark.parametrize("choices", CHOICES)
    def test_stacked_equals_one_by_one(self, choices):
        torch.manual_seed(0)
        models = [STUDY.model(**choices) for _ in range(3)]
        image = torch.rand(4, 8, 8)
        stacked = vmap(lambda p, b: functional_call(models[0], (p, b), ({"image": image},)))(
            *stack_module_state(models)
        )
        for k, model in enumerate(models):
            for name, want in model({"image": image}).items():
                torch.testing.assert_close(stacked[name][k], want)

    def test_cross_stitch_at_identity_keeps_the_tasks_apart(self):
        net = STUDY.model(sharing="cross-stitch", width=8, stitch=1.0)
        net({"image": torch.rand(2, 8, 8)})["edge"].sum().backward()
        for own, other in ((blocks[1], blocks[0]) for blocks in net.blocks):
            assert own.conv.weight.grad.abs().max() > 0
            assert other.conv.weight.grad.abs().max() == 0


def after(weights, epochs=6):
    """Accuracy and edge F1 on validation after a short training at the least width."""
    splits = {name: tensors(batch) for name, batch in STUDY.data().items()}
    torch.manual_seed(0)
    net = STUDY.model(width=8)
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-2)
    train = splits["train"]
    for _ in range(epochs):
        for rows in torch.randperm(len(train["digit"])).split(64):
            batch = {name: values[rows] for name, values in train.items()}
            outputs = net(batch)
            optimizer.zero_grad()
            sum(w * STUDY.losses[term](outputs, batch) for term, w in weights.items()).backward()
            optimizer.step()
    with torch.no_grad():
        outputs = net(splits["val"])
        return {name: float(o.measure(outputs, splits["val"])) for name, o in STUDY.objectives.items()}


def test_the_weights_trade_one_objective_for_the_other():
    digit, edge = after({"digit": 0.9, "edge": 0.1}), after({"digit": 0.1, "edge": 0.9})
    assert digit["accuracy"] > edge["accuracy"] + 0.05
    assert edge["edge_f1"] > digit["edge_f1"] + 0.05


@pytest.mark.parametrize(("name", "threshold"), [("mnist10k", 0.4), ("fashion_mnist", 0.4), ("cifar10", 0.1)])
def test_real_data(name, threshold):
    splits = STUDY.data(data=real(name), limit=500, threshold=threshold)
    assert_takes(STUDY, splits)
    assert sum(len(batch["digit"]) for batch in splits.values()) == 500
    assert 0.05 < splits["train"]["edge"].mean() < 0.6
