"""Which trials of a search are the baselines that every study holds."""

from jrtune.store.records import TrialRecord

EQUAL = "equal weights"


def is_baseline(trial: TrialRecord) -> bool:
    """Whether the trial has equal weights or a single task's."""
    return trial.origin == EQUAL or trial.origin.startswith("single ")
