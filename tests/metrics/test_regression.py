"""Errors of numbers beside a baseline's."""

import math

import pytest
import torch
from sklearn.metrics import mean_absolute_error

from jrtune.metrics import relative_absolute_error


def test_the_error_is_relative_over_what_all_know():
    generator = torch.Generator().manual_seed(0)
    prediction, target, baseline = torch.randn(3, 30, 2, generator=generator, dtype=torch.float64)
    target[3, 1] = baseline[7, 0] = math.nan
    there = ~(target.isnan() | baseline.isnan())
    assert int(there.sum()) == 58
    error, its = (mean_absolute_error(target[there], guess[there]) for guess in (prediction, baseline))
    assert float(relative_absolute_error(prediction, target, baseline)) == pytest.approx(
        error / its, rel=1e-12
    )


def test_a_baseline_without_error_cannot_be_beaten():
    assert float(relative_absolute_error(torch.ones(3), torch.zeros(3), torch.zeros(3))) == math.inf
