"""Ray clusters of several nodes on this machine: a raylet each, with processes and a store of its own."""

from __future__ import annotations

import os
from contextlib import contextmanager

import pytest

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'jrtune[ray]'")

STORE_BYTES = 100_000_000
HEALTH = {
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "1000",
    "RAY_health_check_failure_threshold": "3",
}
"""Settings with which a silent node is noticed in a few seconds."""


@contextmanager
def cluster_of(nodes: int, **settings: str):
    """A cluster whose head has no CPU for workers, and so many nodes of one CPU each; (cluster, nodes).

    Args:
        nodes: how many.
        settings: Ray's, as environment variables; :data:`HEALTH` where there are none.
    """
    from ray.cluster_utils import Cluster

    settings = {"RAY_USAGE_STATS_ENABLED": "0", **(settings or HEALTH)}
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    cluster = Cluster()
    try:
        cluster.add_node(num_cpus=0, num_gpus=0, object_store_memory=STORE_BYTES, include_dashboard=False)
        yield cluster, [add_node(cluster) for _ in range(nodes)]
    finally:
        cluster.shutdown()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def add_node(cluster):
    """A further node of one CPU."""
    return cluster.add_node(num_cpus=1, num_gpus=0, object_store_memory=STORE_BYTES)


def kill_node(cluster, node):
    """Kills a node's processes as a power cut does."""
    cluster.remove_node(node, allow_graceful=False)
