"""Weights on another scale: ``python tests/bench_scale [--part units|proxy] [--seeds N] [--trials N]``."""

from __future__ import annotations

import argparse

import torch
from bench_scale.proxy import PROXIES, proxy
from bench_scale.units import units


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench_scale", description=__doc__)
    parser.add_argument("--part", choices=["units", "proxy"])
    parser.add_argument("--study", choices=PROXIES)
    parser.add_argument("--seeds", type=int, default=2, help="searches at each size")
    parser.add_argument("--trials", type=int, default=20, help="of a search at full size")
    parser.add_argument("--proxy-trials", type=int, default=60, help="of a search of the proxy")
    parser.add_argument("--confirm", type=int, default=3, help="fresh seeds on test")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.part != "proxy":
        units()
    if options.part != "units":
        for name in [options.study] if options.study else PROXIES:
            for seed in range(options.seeds):
                proxy(name, (options.trials, options.proxy_trials), seed, options.confirm)
