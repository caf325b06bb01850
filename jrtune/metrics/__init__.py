"""Figures of merit of a whole split, as torch functions that run under vmap.

Nothing here depends on values for its control flow or its shapes, so that the values of many
stacked models come from one call. They agree with scikit-learn's functions of the same names.

Labels that are missing (NaN, or a negative class number) are left out everywhere.
"""

from jrtune.metrics.classification import accuracy, binary_f1, macro_f1, unweighted_average_recall
from jrtune.metrics.modalities import mean_shares
from jrtune.metrics.regression import relative_absolute_error
from jrtune.metrics.retrieval import ndcg_at, recall_at
from jrtune.metrics.thresholds import auroc, sensitivity_at_specificity

__all__ = [
    "accuracy",
    "auroc",
    "binary_f1",
    "macro_f1",
    "mean_shares",
    "ndcg_at",
    "recall_at",
    "relative_absolute_error",
    "sensitivity_at_specificity",
    "unweighted_average_recall",
]


def __dir__() -> list[str]:
    """The public names, without the files they come from."""
    return __all__
