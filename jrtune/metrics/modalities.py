"""The share of each modality in a decision, over a whole split."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from torch import Tensor

Outputs = Mapping[str, Tensor]


def mean_shares(
    modalities: Sequence[str], output: str = "share"
) -> dict[str, Callable[[Outputs, Outputs], Tensor]]:
    """Metrics to be watched: "MODALITY_share" -> (outputs, batch) -> mean share over the split, a scalar.

    The mean is over the samples in which every modality has a share: where one is missing, the others have
    its share by necessity. NaN where there is no such sample.

    Args:
        modalities: M names, in the order of the output's columns.
        output: name of the model's output that holds shares, n x M, as ``jr.models.fusion_of`` gives them.

    Examples:
        >>> watched = jr.metrics.mean_shares(["picture", "text"])
        >>> outputs = {"share": torch.tensor([[0.25, 0.75], [0.75, 0.25], [0.75, 0.25], [0.25, 0.75]])}
        >>> {name: float(share(outputs, {})) for name, share in watched.items()}
        {'picture_share': 0.5, 'text_share': 0.5}
    """
    return {f"{name}_share": partial(_mean_share, output, m) for m, name in enumerate(modalities)}


def _mean_share(output: str, modality: int, outputs: Outputs, batch: Outputs) -> Tensor:
    share = outputs[output]
    whole = (share > 0).all(dim=1)
    return (share[:, modality] * whole).sum() / whole.sum()
