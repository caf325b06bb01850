"""How often verdicts are wrong about tasks that joint training leaves alone."""

import numpy as np
import pytest
from build_results import candidate, study_record

from jrtune.analysis.confirmed import Confirmed
from jrtune.analysis.verdicts import single_task, verdict_of

STUDY = study_record({"a": "maximize"}, term_of={"a": "digit"})
REPEATS = 300


def confirmed(name, weights, seeds, rng):
    """What a training is worth shows on both splits, beside noise of each."""
    worth = 0.8 + rng.normal(0, 0.01, seeds)
    val, test = (worth + rng.normal(0, 0.003, seeds) for _ in range(2))
    tasks = [(term,) for term, weight in weights.items() if weight > 0]
    figures = ({s: {"a": v} for s, v in enumerate(split.tolist())} for split in (val, test))
    return Confirmed(name, None, "front", candidate(weights), tasks, *figures)


@pytest.mark.parametrize(("members", "most"), [(1, 0.04), (15, 0.08), (30, 0.11)])
def test_alike_models_are_seldom_told_apart(members, most):
    rng = np.random.default_rng(0)
    outcomes = []
    for _ in range(REPEATS):
        single = [confirmed(f"single {i}", {"digit": 1.0, "edge": 0.0}, 5, rng) for i in range(2)]
        joint = [confirmed(f"trial {i}", {"digit": 0.5, "edge": 0.5}, 5, rng) for i in range(members)]
        groups = [*joint, *single]
        outcomes.append(verdict_of(groups, "a", single_task(groups, "a", STUDY), STUDY).outcome)
    assert outcomes.count("helped") <= most * REPEATS
    assert outcomes.count("hurt") <= 0.07 * REPEATS
