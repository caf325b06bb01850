"""What a coordinator's work costs, as lines over the number of trials or workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np


@dataclass(frozen=True)
class Line:
    """Seconds that grow, or not, with a number.

    Attributes:
        start: at 0.
        slope: more for each.

    Examples:
        >>> Line(0.5, 0.25).at(2)
        1.0
    """

    start: float = 0.0
    slope: float = 0.0

    def at(self, number: float) -> float:
        """Seconds at this number."""
        return self.start + self.slope * number

    @staticmethod
    def through(numbers: Sequence[float], seconds: Sequence[float]) -> Line:
        """The line of least squared relative errors that does not fall and is not negative at 0.

        Numbers rise. What is dearer than at a greater number was disturbed: it counts as what came there.
        """
        x, y = np.asarray(numbers, dtype=np.float64), np.maximum(np.asarray(seconds, dtype=np.float64), 1e-9)
        y = np.minimum.accumulate(y[::-1])[::-1]
        if len(x) == 1:
            return Line(float(y[0]))
        slope, start = np.polyfit(x, y, 1, w=1 / y)
        if slope <= 0:
            return Line(float(np.median(y)))
        return Line(max(0.0, float(start)), float(slope))


@dataclass(frozen=True)
class Costs:
    """Seconds of the coordinator.

    Attributes:
        ask: the sampler, a trial; over trials.
        store_ask, store_result, learn: a trial; over trials.
        dispatch: a cohort's way to its worker, with its pruner; over trials.
        clock: a look at all that is in hand, once a report; over workers.
        receive: a report's bytes into objects.
        checkpoint: saving one, a report.
        show: what a user sees, once a report.
        read: trials of other coordinators, a trial.
        server: share of the stores' seconds that the database's server works, and the coordinator waits.
        trial_bytes: memory of the coordinator for a trial.
        hand_bytes: memory of the coordinator for a cohort in hand.
        report_bytes: sent by a worker at a rung, with its checkpoint.
        model_bytes: of a trained model.
    """

    ask: Line = Line()
    store_ask: Line = Line()
    store_result: Line = Line()
    learn: Line = Line()
    dispatch: Line = Line()
    clock: Line = Line()
    receive: float = 0.0
    checkpoint: float = 0.0
    show: float = 0.0
    read: float = 0.0
    server: float = 0.0
    trial_bytes: float = 0.0
    hand_bytes: float = 0.0
    report_bytes: float = 0.0
    model_bytes: float = 0.0


@dataclass(frozen=True)
class Site:
    """Workers, network and what is trained.

    Attributes:
        workers: of all coordinators.
        trials: of all coordinators.
        training: seconds in which a cohort is trained to the end if nobody is pruned.
        cohort: most trials of a cohort.
        shares: parts of that time that cohorts took, of a real run; drawn from at random.
        reports: of a cohort.
        latency: seconds of a message.
        bandwidth: bytes a second into a coordinator.
        coordinators: that work on one database.
        lanes: requests that its server works on at once.
        price: of a worker's hour.
    """

    workers: int
    trials: int
    training: float = 600.0
    cohort: int = 8
    shares: tuple[float, ...] = (1.0,)
    reports: int = 4
    latency: float = 0.001
    bandwidth: float = 1.25e9
    coordinators: int = 1
    lanes: int = 8
    price: float = 2.0

    def with_workers(self, workers: int, trials: int) -> Site:
        """The same with so many."""
        return replace(self, workers=workers, trials=trials)


@dataclass
class Simulated:
    """What a simulated run came to.

    Attributes:
        seconds: from the first ask to the last result.
        trials: finished.
        trained: worker seconds of training.
        busy: component -> seconds of all coordinators.
        paid: worker seconds.
        memory: bytes of a coordinator.
        order: cohort -> latest cohort that was known as over when it was asked for, -1 for none; of the
            first coordinator.
    """

    site: Site
    seconds: float = 0.0
    trials: int = 0
    trained: float = 0.0
    busy: dict[str, float] = field(default_factory=dict)
    memory: float = 0.0
    order: list[int] = field(default_factory=list)

    @property
    def paid(self) -> float:
        return self.site.workers * self.seconds

    @property
    def use(self) -> float:
        """Share of the workers' time that is training."""
        return self.trained / self.paid if self.paid else 0.0

    @property
    def rate(self) -> float:
        """Trials a second."""
        return self.trials / self.seconds if self.seconds else 0.0

    @property
    def load(self) -> float:
        """Share of the time in which a coordinator works."""
        return sum(self.busy.values()) / self.seconds / self.site.coordinators if self.seconds else 0.0

    @property
    def money(self) -> float:
        return self.paid / 3600 * self.site.price

    @property
    def limit(self) -> str:
        """The component that takes most of the coordinator's time."""
        return max(self.busy, key=lambda name: self.busy[name]) if self.busy else "-"
