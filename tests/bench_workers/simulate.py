"""An event simulation of coordinators and workers: a heap of events and the real order of decisions.

A coordinator does one thing at a time, as :mod:`jrtune.search.run.tune` does: it asks for all cohorts that
may be asked for, takes in what workers sent, gives queued cohorts to those that are free, and saves one
report. One member stands for all of a cohort in the order: a cohort is over when its last member is.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field

import numpy as np
from bench_workers.costs import Costs, Simulated, Site

from jrtune.search.run.order import Order, lag_of
from jrtune.search.run.tune import ROUNDS
from jrtune.store.records import CohortRecord

_LAST = -1


@dataclass
class _Coordinator:
    """One that asks for and saves the trials of its workers.

    Attributes:
        free: workers without a cohort.
        left: trials to be asked for.
        queue: cohorts that wait for a worker.
        inbox: reports that have arrived; unsaved: those that were taken in.
        idle: True where it waits for reports.
    """

    order: Order
    free: int
    left: int
    size: int
    queue: deque[int] = field(default_factory=deque)
    inbox: deque[tuple[int, int]] = field(default_factory=deque)
    unsaved: deque[tuple[int, int]] = field(default_factory=deque)
    sizes: list[int] = field(default_factory=list)
    idle: bool = True
    known: int = 0  # trials of others that it has read


class _Simulation:
    def __init__(self, costs: Costs, site: Site, seed: int) -> None:
        self.costs, self.site = costs, site
        self.rng = np.random.default_rng(seed)
        self.result = Simulated(site)
        self.events: list[tuple[float, int, int, tuple[int, int] | None]] = []
        self.count = self.asked = 0
        self.lanes = [0.0] * site.lanes
        share = site.workers // site.coordinators
        lag = lag_of(share)
        trials = site.trials // site.coordinators
        size = max(1, min(site.cohort, trials // (ROUNDS * lag)))
        self.all = [_Coordinator(Order(lag), share, trials, size) for _ in range(site.coordinators)]
        for one in self.all:
            one.order.alone = len(self.all) == 1
        self.shares = np.asarray(site.shares)

    def run(self) -> Simulated:
        for index in range(len(self.all)):
            self.all[index].idle = False
            self.push(0.0, index, None)
        while self.events:
            now, _, index, report = heapq.heappop(self.events)
            one = self.all[index]
            if report is not None:
                one.inbox.append(report)
                if one.idle:
                    one.idle = False
                    self.push(now, index, None)
                continue
            one.idle = not (one.inbox or one.unsaved or (one.left and one.order.may_ask()))
            if not one.idle:
                self.push(self.turn(now, one, index), index, None)
        order = self.all[0].order
        self.result.memory = self.asked * self.costs.trial_bytes + order.lag * self.costs.hand_bytes
        return self.result

    def push(self, when: float, index: int, report: tuple[int, int] | None) -> None:
        self.count += 1
        heapq.heappush(self.events, (when, self.count, index, report))

    def turn(self, now: float, one: _Coordinator, index: int) -> float:
        """Returns when the coordinator is through with one round of its loop."""
        now = self.give(self.ask(now, one, index), one, index)
        if not one.unsaved:
            while one.inbox:
                report = one.inbox.popleft()
                one.unsaved.append(report)
                one.free += report[1] == _LAST
                now = self.spend("receive", now, self.costs.receive)
            now = self.give(now, one, index)
        if one.unsaved:
            now = self.save(now, one, *one.unsaved.popleft())
        return now

    def spend(self, name: str, now: float, seconds: float) -> float:
        self.result.busy[name] = self.result.busy.get(name, 0.0) + seconds
        return now + seconds

    def store(self, name: str, now: float, seconds: float) -> float:
        """A request to the database: its server works on some at once."""
        now = self.spend(name, now, seconds * (1 - self.costs.server))
        if served := seconds * self.costs.server:
            begin = max(now, heapq.heappop(self.lanes))
            heapq.heappush(self.lanes, begin + served)
            self.spend(name, now, begin + served - now)
            return begin + served
        return now

    def ask(self, now: float, one: _Coordinator, index: int) -> float:
        while one.left and one.order.may_ask():
            number = len(one.order.cohorts)
            for _ in one.order.learn(number):
                now = self.spend("learn", now, self.costs.learn.at(self.asked) * one.size)
            size = min(one.size, one.left)
            one.left -= size
            if len(self.all) > 1:
                now = self.store("read", now, self.costs.read * (self.asked - one.known))
                one.known = self.asked + size
            for _ in range(size):
                now = self.spend("ask", now, self.costs.ask.at(self.asked))
                now = self.store("store ask", now, self.costs.store_ask.at(self.asked))
                self.asked += 1
            one.order.add(CohortRecord(number, number, 1, index), [number])
            one.sizes.append(size)
            one.queue.append(number)
            if index == 0:
                self.result.order.append(one.order.known - 1)
            if one.free:
                now = self.give(now, one, index)
        return now

    def give(self, now: float, one: _Coordinator, index: int) -> float:
        """Gives queued cohorts to workers that are free; they report at rungs, and at the end."""
        site, size = self.site, 0
        while one.free and one.queue:
            number = one.queue.popleft()
            one.free -= 1
            size = one.sizes[number]
            now = self.spend("dispatch", now, self.costs.dispatch.at(self.asked))
            seconds = site.training * float(self.rng.choice(self.shares))
            self.result.trained += seconds
            begin = now + site.latency
            for k in range(1, site.reports + 1):
                last = k == site.reports
                data = size * self.costs.model_bytes if last else self.costs.report_bytes
                sent = begin + seconds * 0.5 ** (site.reports - k)
                self.push(self.arrival(sent, one, data), index, (number, _LAST if last else k))
        return now

    def arrival(self, sent: float, one: _Coordinator, data: float) -> float:
        # that the line is shared counts on average only: reports are sent in another order than planned here
        return sent + self.site.latency + data / self.site.bandwidth

    def save(self, now: float, one: _Coordinator, number: int, rung: int) -> float:
        costs, size = self.costs, one.sizes[number]
        now = self.spend("clock", now, costs.clock.at(self.site.workers / self.site.coordinators))
        if rung != _LAST:
            return self.spend("checkpoint", now, costs.checkpoint)
        for _ in range(size):
            now = self.store("store result", now, costs.store_result.at(self.asked))
        now = self.spend("show", now, costs.show)
        one.order.end(number)
        self.result.trials += size
        self.result.seconds = max(self.result.seconds, now)
        return now


def simulate(costs: Costs, site: Site, seed: int = 0) -> Simulated:
    """A run of so many trials on so many workers.

    Raises:
        ValueError: where there are fewer workers or trials than coordinators.
    """
    if min(site.workers, site.trials) < site.coordinators:
        raise ValueError(f"site expects a worker and a trial for each of {site.coordinators} coordinators")
    return _Simulation(costs, site, seed).run()
