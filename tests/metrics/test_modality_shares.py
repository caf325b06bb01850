"""Mean shares are over samples that have every modality."""

import pytest
import torch

from jrtune.metrics import mean_shares

SHARE = torch.tensor([[0.2, 0.3, 0.5], [0.4, 0.1, 0.5], [0.0, 0.9, 0.1], [0.0, 0.0, 0.0]])
SHARES = mean_shares(["image", "report", "profile"])


def test_samples_that_lack_a_modality_are_left_out():
    assert list(SHARES) == ["image_share", "report_share", "profile_share"]
    means = [figure({"share": SHARE}, {}).item() for figure in SHARES.values()]
    assert means == pytest.approx([0.3, 0.2, 0.5])


def test_nothing_is_known_without_a_whole_sample():
    assert SHARES["report_share"]({"share": SHARE[2:]}, {}).isnan()


def test_many_members_at_once():
    stacked = torch.stack([SHARE, SHARE.flip(1)])
    figure = mean_shares(["a", "b", "c"], output="told")["a_share"]
    means = torch.func.vmap(lambda share: figure({"told": share}, {}))(stacked)
    assert means.tolist() == pytest.approx([0.3, 0.5])
