"""Training reaches the minimisers that are known in closed form."""

import moocore
import oracle
import pytest
import torch

from jrtune.spec import Candidate, Job, TrialStatus
from jrtune.train import PlainTrainer, prepare


@pytest.fixture(scope="module")
def problem():
    study = oracle.oracle_study()
    return prepare(study, oracle.load(), torch.device("cpu"), torch.float64)


@pytest.mark.parametrize("w1", [1.0, 0.9, 0.5, 0.2, 0.0])
def test_training_reaches_the_minimiser_of_the_weighted_sum(problem, w1):
    job = Job(Candidate({"f1": w1, "f2": 1 - w1}), seed=3, order_seed=4)
    [[(_, outcome)]] = PlainTrainer(problem).train([job])
    assert outcome.status is TrialStatus.COMPLETE
    assert tuple(outcome.values.values()) == pytest.approx(oracle.true_values(w1), abs=1e-4)


def test_the_front_is_that_of_all_weightings():
    front = oracle.true_front(5)
    assert front[0].tolist() == pytest.approx([0, oracle.GAP])
    assert front[-1].tolist() == pytest.approx([oracle.GAP, 0])
    assert front[1].tolist() == pytest.approx(oracle.true_values(0.75))


@pytest.mark.parametrize("reference", [(2.0, 2.0), (2.5, 3.0), (0.7, 1.1), (1.0, 5.0)])
def test_the_hypervolume_is_that_of_a_fine_front(reference):
    fine = moocore.hypervolume(oracle.true_front(20001), ref=reference)
    assert oracle.true_hypervolume(reference) == pytest.approx(fine, rel=1e-3)
    assert oracle.true_hypervolume(reference) >= fine  # no finite set dominates more than the curve


@pytest.mark.parametrize("reference", [(0.0, 1.0), (0.1, 0.1), (-1.0, 2.0)])
def test_the_hypervolume_is_nothing_where_the_front_is_beyond_the_reference(reference):
    assert oracle.true_hypervolume(reference) == 0
