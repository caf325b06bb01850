"""Whatever becomes of workers, each job ends once: retried, halved until one is to blame, or given up."""

from types import SimpleNamespace

import pytest
from laws import job_of

from jrtune.errors import StudyError
from jrtune.spec import EpochRecord, Outcome, TrialStatus
from jrtune.train.executors import dispatcher as module
from jrtune.train.executors.dispatcher import (
    FIRST_PATIENCE,
    LEAST_PATIENCE,
    PATIENCE,
    TRIES,
    Dispatcher,
    FinishedTraining,
)
from jrtune.train.executors.executor import (
    Begun,
    Done,
    Lost,
    Raised,
    RemoteTraceback,
    SizeTask,
    Update,
)
from jrtune.train.executors.resume import ResumePoint
from jrtune.train.executors.saved import Saved

CRASH = {"cause": "exit status 3", "outside": False}
KILL = {"cause": "signal 9 (SIGKILL)", "outside": True}
DONE = Outcome(TrialStatus.COMPLETE, curve=[EpochRecord(0)])


class Scripted:
    """An executor whose reports are written by the test."""

    workers = 2

    def __init__(self):
        self.tasks, self.reports, self.live, self.entered = [], [], set(), 0

    def __enter__(self):
        self.entered += 1
        return self

    def __exit__(self, *_):
        self.entered -= 1

    def start(self, task):
        self.tasks.append(task)
        self.live.add(len(self.tasks) - 1)
        return len(self.tasks) - 1

    def end(self, task):
        self.live.remove(task)

    def wait(self, seconds):
        return self.reports.pop(0) if self.reports else None

    def lines(self, first=0):
        """Wanted members of the tasks from this one on."""
        return [sorted(task.wanted) for task in self.tasks[first:]]


class Scene:
    """A dispatcher with a scripted executor, at a clock that stands."""

    def __init__(self, **options):
        self.executor, self.logged, self.now = Scripted(), [], 100.0
        self.dispatcher = Dispatcher(self.executor, Saved(None), log=self.logged.append, **options)

    def say(self, *reports):
        """Has the dispatcher hear these; gives what ended."""
        self.executor.reports += reports
        ended = []
        for _ in reports:
            ended += self.dispatcher.wait()
        return ended + self.dispatcher.wait()

    def wait(self, seconds):
        """Lets so many seconds pass while the dispatcher listens; gives what ended."""
        ended = []
        while seconds > 0:
            step = min(0.5, seconds)
            seconds -= step
            self.executor.wait = lambda _, step=step: self.pass_by(step)
            ended += self.dispatcher.wait()
        del self.executor.wait
        return ended

    def pass_by(self, seconds):
        self.now += seconds


@pytest.fixture
def scene(monkeypatch):
    scenes = []

    def make(count=4, **options):
        scene = Scene(**options)
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: scene.now))
        scene.dispatcher.__enter__()
        if count:
            scene.dispatcher.submit("one", [job_of(seed=k) for k in range(count)], 4)
        scenes.append(scene)
        return scene

    yield make
    for scene in scenes:
        scene.dispatcher.__exit__()
        assert scene.executor.entered == 0


def point_of(*indices):
    return ResumePoint(indices, b"here")


# --- in peace ----------------------------------------------------------------------------------


def test_no_worker_is_started_before_one_is_needed(scene):
    assert scene(0).executor.entered == 0
    assert scene(1).executor.entered == 1


def test_each_outcome_comes_once_with_its_cohort_and_what_was_saved_is_removed_at_the_end(scene):
    one = scene(2, every=7.0)
    one.dispatcher.submit("two", [job_of()], 1)
    assert [(task.size, task.every, len(task.jobs)) for task in one.executor.tasks] == [
        (4, 7.0, 2),
        (1, 7.0, 1),
    ]
    ended = one.say(Begun(0), Begun(1), Update(0, {}, point_of(0, 1)), Update(0, {1: DONE}))
    assert ended == [FinishedTraining("one", 1, DONE)]
    assert one.dispatcher.saved.load("one") == point_of(0, 1)
    assert one.say(Update(1, {0: DONE}), Update(0, {0: DONE}), Done(1, 1), Done(0, 4)) == [
        FinishedTraining("two", 0, DONE),
        FinishedTraining("one", 0, DONE),
    ]
    assert one.dispatcher.saved.memory == {}
    assert one.dispatcher.wait() == []
    assert one.logged == []


def test_what_is_done_is_not_wanted_and_what_was_saved_is_gone_on_with(scene):
    one = scene(0)
    one.dispatcher.saved.save("key", point_of(0, 1, 2))
    curves = {1: DONE.curve}
    one.dispatcher.submit("key", [job_of(seed=k) for k in range(3)], 3, {1}, None, curves)
    [task] = one.executor.tasks
    assert (task.wanted, task.resume, task.curves) == ({0, 2}, point_of(0, 1, 2), curves)


def test_what_is_cleared_is_ended_and_can_be_submitted_again(scene):
    one = scene(2)
    one.say(Begun(0), Update(0, {}, point_of(0, 1)))
    one.dispatcher.clear()
    assert one.executor.live == set()
    assert one.say(Update(0, {0: DONE})) == []
    one.dispatcher.submit("one", [job_of(), job_of()], 2)
    assert one.executor.tasks[-1].resume == point_of(0, 1)


def test_workers_say_the_same_thing_once(scene):
    one = scene()
    one.say(Update(0, {}, line="cannot be stacked"), Update(0, {}, line="cannot be stacked"))
    assert one.logged == ["cannot be stacked"]


def test_an_error_of_the_study_is_raised_with_its_traceback_there(scene):
    one = scene()
    with pytest.raises(StudyError, match="what it says") as caught:
        one.say(Begun(0), Raised(0, StudyError("what it says"), "Traceback: in the worker"))
    assert isinstance(caught.value.__cause__, RemoteTraceback)
    assert "in the worker" in str(caught.value.__cause__)
    with pytest.raises(StudyError) as caught:
        scene().say(Raised(0, StudyError("of this process")))
    assert caught.value.__cause__ is None


# --- crashes and kills -------------------------------------------------------------------------


def test_a_crash_halves_until_one_is_alone_which_ends_as_crashed(scene):
    one = scene()
    assert one.say(Begun(0), Update(0, {}, point_of(0, 1, 2, 3)), Lost(0, **CRASH)) == []
    assert one.executor.lines(1) == [[0, 1], [2, 3]]
    assert all(task.resume == point_of(0, 1, 2, 3) for task in one.executor.tasks[1:])
    assert one.say(Update(1, {0: DONE, 1: DONE}), Done(1, 4), Lost(2, **CRASH)) == [
        FinishedTraining("one", 0, DONE),
        FinishedTraining("one", 1, DONE),
    ]
    assert one.executor.lines(3) == [[2], [3]]
    ended = one.say(Update(3, {2: DONE}), Done(3, 4), Begun(4), Lost(4, **CRASH))
    assert ended[0] == FinishedTraining("one", 2, DONE)
    [crashed] = ended[1:]
    assert (crashed.index, crashed.outcome.status) == (3, TrialStatus.CRASHED)
    assert crashed.outcome.message == "its worker ended: exit status 3"
    assert one.dispatcher.parts == {}
    assert one.dispatcher.saved.memory == {}
    assert (
        one.logged[0] == "a worker was lost (exit status 3) with 4 candidates: going on with half at a time"
    )


def test_who_has_an_outcome_is_not_trained_again_after_a_crash(scene):
    one = scene()
    one.say(Update(0, {0: DONE, 2: DONE}), Lost(0, **CRASH))
    assert one.executor.lines(1) == [[1], [3]]
    assert {*one.executor.tasks[1].curves} == {0, 2}


def test_a_worker_lost_after_its_last_outcome_costs_nothing(scene):
    one = scene(1)
    assert one.say(Update(0, {0: DONE}), Lost(0, **CRASH)) == [FinishedTraining("one", 0, DONE)]
    assert len(one.executor.tasks) == 1
    assert one.dispatcher.parts == {}


def test_a_kill_from_outside_is_tried_again_as_it_is_and_then_halved(scene):
    one = scene(2)
    for number in range(TRIES):
        one.say(Begun(number), Lost(number, **KILL))
    assert one.executor.lines() == [[0, 1]] * (TRIES + 1)
    assert (
        one.logged
        == ["a worker was lost (signal 9 (SIGKILL)): another goes on with its 2 candidates"] * TRIES
    )
    one.say(Lost(TRIES, **KILL))
    assert one.executor.lines(TRIES + 1) == [[0], [1]]


def test_kills_count_from_where_it_came_further(scene):
    one = scene(2)
    for number in range(3 * TRIES):
        one.say(Update(number, {}, point_of(0, 1)), Lost(number, **KILL))
    assert one.executor.lines() == [[0, 1]] * (3 * TRIES + 1)
    assert one.executor.tasks[-1].resume == point_of(0, 1)


def test_one_that_is_killed_alone_again_and_again_ends_as_crashed(scene):
    one = scene(1)
    for number in range(TRIES):
        assert one.say(Lost(number, **KILL)) == []
    [ended] = one.say(Lost(TRIES, **KILL))
    assert ended.outcome.status is TrialStatus.CRASHED
    assert "SIGKILL" in ended.outcome.message


def test_who_takes_all_memory_alone_ends_as_out_of_memory(scene):
    one = scene(2)
    one.say(Lost(0, "memory ran out", outside=False, memory=True))
    assert one.executor.lines(1) == [[0], [1]]
    [ended] = one.say(Lost(1, "memory ran out", outside=False, memory=True))
    assert ended.outcome.status is TrialStatus.OUT_OF_MEMORY


def test_parts_are_saved_under_names_of_their_own_and_go_on_from_them(scene):
    one = scene(300)
    one.say(Update(0, {}, point_of(*range(300))), Lost(0, **CRASH))
    first, second = point_of(*range(150)), point_of(*range(150, 300))
    one.say(Update(1, {}, first), Update(2, {}, second), Lost(1, **KILL), Lost(2, **CRASH))
    assert [task.resume for task in one.executor.tasks[3:]] == [first, second, second]
    assert len(one.dispatcher.saved.memory) == 3
    assert all(len(name) < 100 for name in one.dispatcher.saved.memory)  # as those of files


# --- silence -----------------------------------------------------------------------------------


def test_silence_ends_a_cohort_whose_members_are_tried_one_by_one_and_the_silent_one_times_out(scene):
    one = scene(2, timeout=10.0)
    one.say(Begun(0))
    assert one.wait(9.5) == []
    assert one.executor.live == {0}
    assert one.wait(1.0) == []
    assert one.executor.live == {1, 2}
    assert one.executor.lines(1) == [[0], [1]]
    assert one.logged == ["no sign of life for 10 s from 2 candidates: going on with one at a time"]
    assert one.say(Begun(1), Update(1, {0: DONE}), Done(1, 2)) == [FinishedTraining("one", 0, DONE)]
    one.say(Begun(2))
    [ended] = one.wait(11.0)
    assert (ended.index, ended.outcome.status) == (1, TrialStatus.TIMED_OUT)
    assert ended.outcome.message == "no sign of life for 10 s: see --training-timeout"
    assert one.executor.live == {1}  # which is done


def test_who_shows_life_and_never_ends_times_out_too(scene):
    one = scene(1, timeout=10.0)
    one.say(Begun(0))
    for _ in range(3):
        assert one.wait(3.0) == []
        assert one.say(Update(0, {})) == []
    [ended] = one.wait(3.0)
    assert ended.outcome.status is TrialStatus.TIMED_OUT
    assert ended.outcome.message.startswith("no end in 1")


def test_a_task_that_waits_for_a_worker_is_not_silent(scene):
    one = scene(1, timeout=1.0)
    assert one.wait(100.0) == []
    assert one.executor.live == {0}


def test_while_nobody_listens_nobody_is_silent(scene):
    """A sampler may think for longer than a training takes."""
    one = scene(1, timeout=10.0)
    one.say(Begun(0))
    one.pass_by(1000.0)
    assert one.wait(5.0) == []
    assert one.executor.live == {0}
    assert one.wait(6.0) != []


def test_patience_is_many_times_the_longest_silence_so_far(scene):
    one = scene()
    assert one.dispatcher.patience == FIRST_PATIENCE
    one.say(Begun(0))
    one.wait(1.0)
    one.say(Update(0, {}))
    assert one.dispatcher.patience == LEAST_PATIENCE
    one.wait(5.0)
    one.say(Update(0, {}))
    assert one.dispatcher.patience == 5.0 * PATIENCE
    assert one.wait(5.0 * PATIENCE - 1) == []
    assert one.executor.live == {0}
    one.wait(2.0)
    assert one.executor.live == {1, 2, 3, 4}


# --- the size ----------------------------------------------------------------------------------


def test_the_size_is_what_a_worker_finds_while_others_are_heard(scene):
    one = scene(1)
    one.executor.reports += [
        Begun(1),
        Update(1, {}, line="because"),
        Update(0, {0: DONE}),
        Done(0, 1),
        Done(1, 8),
    ]
    assert one.dispatcher.size_of(job_of()) == 8
    assert isinstance(one.executor.tasks[1], SizeTask)
    assert one.logged == ["because"]
    assert one.dispatcher.wait() == [FinishedTraining("one", 0, DONE)]


def test_where_it_crashes_candidates_are_trained_one_by_one(scene):
    one = scene(0)
    one.executor.reports += [Begun(0), Lost(0, **CRASH)]
    assert one.dispatcher.size_of(job_of()) == 1
    assert one.logged == ["a worker was lost while it tried how to train (exit status 3): one by one"]


def test_where_its_worker_is_taken_away_it_is_asked_again(scene):
    one = scene(0)
    one.executor.reports += [Lost(0, **KILL), Lost(1, **KILL), Done(2, 4)]
    assert one.dispatcher.size_of(job_of()) == 4
    assert one.logged == []


def test_where_it_hangs_it_is_ended(scene):
    one = scene(0, timeout=10.0)
    reports = iter([Begun(0)])
    one.executor.wait = lambda seconds: next(reports, None) or one.pass_by(seconds)
    assert one.dispatcher.size_of(job_of()) == 1
    assert one.executor.live == set()
    assert "no answer in 10 s" in one.logged[0]


def test_its_errors_are_raised(scene):
    one = scene(0)
    one.executor.reports += [Raised(0, StudyError("of the study"))]
    with pytest.raises(StudyError, match="of the study"):
        one.dispatcher.size_of(job_of())
