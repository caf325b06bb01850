"""Executors that train nothing, that stop as if the power had gone, or whose workers are killed."""

from jrtune.spec import EpochRecord, Outcome, TrialStatus
from jrtune.train.executors.executor import Begun, CohortTask, Done, Update
from jrtune.train.loop.trainer import pruned_at, show_curves


class PowerCutError(Exception):
    """The power has gone."""


class Wrapped:
    """As the executor that it has."""

    def __init__(self, executor):
        self.executor = executor

    def __enter__(self):
        self.executor.__enter__()
        return self

    def __exit__(self, *error):
        self.executor.__exit__(*error)

    def __getattr__(self, name):
        return getattr(self.executor, name)


class Cut(Wrapped):
    """Is cut off after so many trainings."""

    def __init__(self, executor, after):
        super().__init__(executor)
        self.left = after

    def wait(self, seconds):
        if self.left <= 0:
            raise PowerCutError
        report = self.executor.wait(seconds)
        if isinstance(report, Update):
            self.left -= len(report.outcomes)
        return report


class Instant:
    """Answers at once, for the toy study, with what a candidate's weights and rate give.

    Args:
        workers: tasks that are in hand.
        pick: takes the number of tasks in hand, and returns the index of the one that comes further.
        size: of a program, as it is measured.
    """

    def __init__(self, workers=1, pick=lambda count: 0, size=3):
        self.workers, self.pick, self.size = workers, pick, size

    def __enter__(self):
        self.numbers, self.queue = 0, []
        return self

    def __exit__(self, *error):
        self.queue.clear()

    def start(self, task):
        self.numbers += 1
        reports = [Begun(self.numbers), Done(self.numbers, self.size)]
        if isinstance(task, CohortTask):
            outcomes = outcomes_of(task)
            reports[1:1] = [Update(self.numbers, {index: outcome}) for index, outcome in outcomes.items()]
        self.queue.append(reports)
        return self.numbers

    def end(self, task):
        self.queue = [reports for reports in self.queue if reports[0].task != task]

    def wait(self, seconds):
        busy = [reports for reports in self.queue if reports][: self.workers]
        return busy[self.pick(len(busy))].pop(0) if busy else None


def outcomes_of(task):
    """Index -> outcome of each job that is wanted."""
    values = {}
    for index in sorted(task.wanted):
        candidate = task.jobs[index].candidate
        weight, rate = candidate.weights["y"], candidate.choices["lr"] + 0.1 * candidate.choices["width"]
        values[index] = {"error_y": (1 - weight) ** 2 + (rate - 0.3) ** 2, "error_z": weight**2 + rate}
    pruner, outcomes = task.pruner, {}
    if pruner:
        show_curves(pruner, task.curves)
    lost = {rung: pruned_at(pruner, rung, values) for rung in pruner.rungs} if pruner else {}
    for index, figures in values.items():
        rung = next((rung for rung, members in lost.items() if index in members), None)
        losses = {"y": figures["error_y"], "z": figures["error_z"]}
        status, epoch, shown = TrialStatus.COMPLETE, 2, figures
        if rung is not None:
            status, epoch, shown = TrialStatus.PRUNED, rung, {}
        curve = [EpochRecord(e, losses, losses, figures) for e in range(epoch + 1)]
        outcomes[index] = Outcome(status, epoch, shown, losses, {}, losses, curve, 0.0, "", b"")
    return outcomes


class Killed(Wrapped):
    """Processes that are killed, now and then, when they came further since.

    Args:
        executor: :class:`jrtune.train.executors.processes.Processes`.
        rng: says when, and who.
        times: how often.
    """

    def __init__(self, executor, rng, times):
        super().__init__(executor)
        self.rng, self.times, self.kills, self.moved = rng, times, 0, set()

    def wait(self, seconds):
        report = self.executor.wait(seconds)
        if isinstance(report, Update) and (report.outcomes or report.resume):
            self.moved.add(report.task)
        victims = [child for child in self.executor.children if child.task in self.moved and child.ready]
        if victims and self.kills < self.times and self.rng.random() < 0.5:
            victim = self.rng.choice(victims)
            victim.process.kill()
            self.moved.discard(victim.task)
            self.kills += 1
        return report
