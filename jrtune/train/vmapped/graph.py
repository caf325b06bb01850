"""A step captured as a CUDA graph: the device gets one command a step instead of hundreds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

WARM_UP = 3
"""Runs before the capture, as torch's notes on CUDA graphs ask for: libraries set themselves up in them."""


def capture(run: Callable[[], None], changed: Sequence[Tensor]) -> Callable[[], None]:
    """A function that repeats on the device what ``run`` does now.

    Args:
        run: takes and gives everything through tensors that stay where they are; waits for nothing.
        changed: the tensors that it changes; warming up leaves them as they were.
    """
    before = [tensor.clone() for tensor in changed]
    stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(WARM_UP):
            run()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    # thread_local: what another thread allocates meanwhile is no concern of this capture
    with torch.cuda.graph(graph, capture_error_mode="thread_local"):
        run()
    for tensor, value in zip(changed, before, strict=True):
        tensor.copy_(value)
    return graph.replay
