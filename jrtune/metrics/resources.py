"""Resources as objectives: the cost of a model, whatever its task."""

import statistics
import time
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from jrtune.spec import Resource

WARM_UP, REPEATS = 3, 20


def count_parameters(model: nn.Module, batch: Mapping[str, Tensor] | None = None) -> float:
    """Number of learnt parameters; tied ones count once, frozen ones not."""
    return float(sum(p.numel() for p in model.parameters() if p.requires_grad))


@torch.no_grad()
def measure_latency(model: nn.Module, batch: Mapping[str, Tensor]) -> float:
    """Milliseconds for one sample, the median of 20 runs after 3. Clocks differ from run to run, so a
    study with this objective repeats itself only roughly.
    """
    times = []
    for _ in range(WARM_UP + REPEATS):
        start = time.perf_counter()
        model(batch)
        if next(iter(batch.values())).is_cuda:
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times[WARM_UP:])


parameters = Resource("parameters", count_parameters)
latency = Resource("latency", measure_latency)
