"""A training that stops after any epoch and goes on elsewhere, from bytes, ends as if it had not."""

from __future__ import annotations

import dataclasses
import math
import os
import pickle
import zlib

import pytest
import torch
import zoo
from laws import assert_all_same, assert_close, assert_same, cohort_of, group_of, job_of, problem_of, run
from torch import nn

import jrtune as jr
from jrtune.conditioned.stacked import Conditioning
from jrtune.errors import StorageError
from jrtune.spec import TrialStatus
from jrtune.train.loop.checkpoint import MAGIC, Checkpoint
from jrtune.train.loop.plain import PlainProgram
from jrtune.train.loop.program import Cancelled, WorkerContext
from jrtune.train.stacked import step
from jrtune.train.stacked.cohort import Cohort
from jrtune.train.vmapped.tracing import trace

EPOCHS = 11
"""Three full minibatches an epoch make 33 steps of one shape, and there are 11 of the other."""


def jobs_of(count, **more):
    return [
        job_of((k + 1) / (count + 1), seed=k, lr=1e-3, keep=True, test=True, **more) for k in range(count)
    ]


def building(kind, problem, jobs):
    """A function that builds the program in a context of its own, or one with these graphs."""
    group = group_of(problem, jobs)

    def build(graphs=None):
        program = kind(problem, jobs, group)
        program.context = WorkerContext({} if graphs is None else graphs)
        return program

    return build


def whole(program):
    program.advance(program.study.epochs)
    return program.finish()


def in_parts(build, graphs=None, drops=None):
    """Results of a program that goes through bytes into a new one after every epoch."""
    program, results = build(graphs), {}
    for epoch in range(1, program.study.epochs + 1):
        program.advance(epoch)
        program.drop((drops or {}).get(epoch, ()))
        results |= program.take_results()
        data = program.checkpoint().to_bytes()
        torch.manual_seed(epoch)  # whatever others drew
        program = build(graphs)
        program.restore(Checkpoint.from_bytes(data))
        assert program.epoch == epoch
    return results | program.finish()


def assert_results_same(ones, others):
    assert sorted(ones) == sorted(others)
    assert_all_same([ones[k] for k in sorted(ones)], [others[k] for k in sorted(others)])


CHANGES = {
    "mlp": {},
    "dropout": {},
    "batch norm": {"optimizer": "sgd", "momentum": 0.9},
    "gru": {},
    "running mean": {},
    "conv": {"balancing": "uncertainty"},
    "embedding": {"balancing": "dwa"},
    "lstm dropout": {"balancing": "random-weights"},
    "unused head": {},
}
TRACED = pytest.mark.parametrize("worth", [20, 10**6], ids=["as a graph", "by vmap"])


# --- to the last digit -------------------------------------------------------------------------


@TRACED
@pytest.mark.parametrize("name", CHANGES)
def test_a_cohort_in_parts_is_the_cohort_in_one_go(name, worth, monkeypatch):
    monkeypatch.setitem(step.WORTH_TRACING, "cpu", worth)
    problem = problem_of(zoo.zoo_study(name, epochs=EPOCHS), torch.float32)
    build, graphs = building(Cohort, problem, jobs_of(4, **CHANGES[name])), {}
    expected = whole(build(graphs))
    assert {graph is not None for graph in graphs.values()} == ({True} if worth == 20 else set())
    assert_results_same(in_parts(build), expected)  # each part makes its graph anew
    assert_results_same(in_parts(build, graphs), expected)
    assert_results_same(whole(build(graphs)), expected)


def test_the_form_of_a_step_depends_on_the_program_alone(monkeypatch):
    """Graphs that round otherwise than vmap show every step that has another form."""

    def coarse(function, *args):
        graph = trace(function, *args)

        def rounded(*args):
            found = graph(*args)
            return found._replace(values=found.values + 1e-6)

        return rounded

    problem = problem_of(zoo.zoo_study("mlp", epochs=EPOCHS), torch.float32)
    build = building(Cohort, problem, jobs_of(4))
    by_vmap = whole(build())
    monkeypatch.setitem(step.WORTH_TRACING, "cpu", 20)
    monkeypatch.setattr(step, "trace", coarse)
    graphs, drops = {}, {3: [1], 9: [2]}
    expected = whole(build(graphs))
    assert all(expected[k].losses != by_vmap[k].losses for k in range(4))
    assert_results_same(whole(build(graphs)), expected)
    assert_results_same(in_parts(build), expected)
    assert_results_same(in_parts(build, {}, drops), in_parts(build, graphs, drops))


@pytest.mark.parametrize("name", zoo.NETWORKS)
def test_on_a_cpu_a_graph_gives_the_last_digit_of_vmap(name, monkeypatch):
    problem = problem_of(zoo.zoo_study(name, epochs=2), torch.float32)
    build, graphs = building(Cohort, problem, jobs_of(3)), {}
    by_vmap = whole(build())
    monkeypatch.setitem(step.WORTH_TRACING, "cpu", 0)
    assert_results_same(whole(build(graphs)), by_vmap)
    assert all(graphs.values())


@pytest.mark.parametrize("name", CHANGES)
def test_a_candidate_alone_in_parts_is_that_in_one_go(name):
    problem = problem_of(zoo.zoo_study(name, epochs=5), torch.float32)
    [job] = jobs_of(1, **CHANGES[name])
    build = building(PlainProgram, problem, [job])
    [expected] = run(problem, job)
    assert_same(whole(build())[0], expected)
    assert_same(in_parts(build)[0], expected)


@pytest.mark.parametrize("kind", [Cohort, PlainProgram])
@pytest.mark.parametrize("balancing", ["fixed", "dwa"])
def test_within_limits(kind, balancing):
    study = dataclasses.replace(zoo.zoo_study("mlp", epochs=5), constraints={"a": 0.9})
    problem = problem_of(study, torch.float32)
    build = building(kind, problem, jobs_of(1 if kind is PlainProgram else 3, balancing=balancing))
    assert_results_same(in_parts(build), whole(build()))


def test_members_that_are_pruned_leave_at_once_and_are_in_no_later_checkpoint():
    problem = problem_of(zoo.zoo_study("dropout", epochs=5), torch.float32)
    build, drops = building(Cohort, problem, jobs_of(5)), {2: [1], 4: [0, 3]}
    program = build()
    for epoch, members in drops.items():
        program.advance(epoch)
        program.drop(members)
        assert sorted(program.results) == sorted(m for e, ms in drops.items() if e <= epoch for m in ms)
    expected = whole(program)
    assert [expected[k].status is TrialStatus.PRUNED for k in range(5)] == [True, True, False, True, False]
    assert_results_same(in_parts(build, drops=drops), expected)


def test_results_that_were_not_taken_are_in_the_checkpoint():
    problem = problem_of(zoo.zoo_study("mlp", epochs=3))
    build = building(Cohort, problem, jobs_of(3))
    program, other = build(), build()
    program.advance(1)
    program.drop([2])
    other.restore(Checkpoint.from_bytes(program.checkpoint().to_bytes()))
    assert other.live == [0, 1]
    assert_results_same(other.take_results(), program.take_results())
    assert other.take_results() == {}
    ended = build()
    ended.advance(3)
    ended._finish()
    other.restore(Checkpoint.from_bytes(ended.checkpoint().to_bytes()))
    assert other.exhausted
    assert_results_same(other.finish(), ended.finish())


def conditioning(problem, jobs, group):
    return Conditioning(
        problem, jobs, group, weightings=torch.tensor([[1.0, 0.0], [0.5, 0.5]]).to(problem.dtype), warm=4
    )


def test_conditioned_networks_in_parts():
    problem = problem_of(zoo.zoo_study("dropout", epochs=4), torch.float32)
    build = building(conditioning, problem, jobs_of(3))
    ones, others = build(), in_parts(build, drops={2: [1]})
    for epoch in range(1, 5):
        ones.advance(epoch)
        ones.drop([1] if epoch == 2 else [])
    results = ones.finish()
    for member in range(3):
        assert results[member].fronts == others[member].fronts
        for epoch, endpoints in results[member].endpoints.items():
            assert torch.equal(endpoints, others[member].endpoints[epoch])


# --- modules with a state of their own ---------------------------------------------------------


class Annealed(zoo.TwoHeads):
    """Counts its steps in an attribute, on which its outputs depend."""

    steps, seen = 0, ()

    def __init__(self) -> None:
        super().__init__("x", nn.Sequential(nn.Linear(6, 8), nn.ReLU()), 8)

    def forward(self, batch):
        if self.training:
            self.steps += 1
            self.seen = [*self.seen, self.steps][-3:]
            self.last = batch["x"]  # what a model may leave lying about
        return super().forward({**batch, "x": batch["x"] / (1 + self.steps / 10)})


class Momentum(jr.losses.Balancing):
    """Weights from a running mean in a plain attribute."""

    def __init__(self, terms):
        super().__init__(terms)
        self.register_buffer("weights", torch.full((terms,), 1 / terms))
        self.notes = {"means": None, "epochs": 0}

    def forward(self, losses, jacobian=None):
        return (self.weights * torch.stack(list(losses))).sum()

    def after_epoch(self, means):
        old = self.notes["means"]
        self.notes = {
            "means": means if old is None else 0.5 * old + 0.5 * means,
            "epochs": self.notes["epochs"] + 1,
        }
        self.weights = torch.softmax(self.notes["means"] * self.notes["epochs"], 0)


@pytest.fixture
def momentum(monkeypatch):
    monkeypatch.setitem(jr.losses.balancing._METHODS, "momentum", Momentum)
    return "momentum"


@pytest.mark.parametrize("kind", [Cohort, PlainProgram])
def test_counts_in_attributes_go_on(kind, momentum):
    study = dataclasses.replace(zoo.zoo_study("mlp", epochs=5), model=Annealed)
    problem = problem_of(study, torch.float32)
    build = building(kind, problem, jobs_of(1 if kind is PlainProgram else 3, balancing=momentum))
    expected = whole(build())
    assert_results_same(in_parts(build), expected)
    program = build()
    program.advance(2)
    notes = program.checkpoint().progress
    assert notes["model" if kind is PlainProgram else "attributes"] == {"steps": 8, "seen": [6, 7, 8]}


def foreign(outputs, batch):
    """A loss with noise that no key decides, drawn in evaluation too."""
    noise = torch.randn(outputs["b"].shape, generator=None).to(outputs["b"])
    return (outputs["b"] - batch["b"] + 0.1 * noise).square().mean()


def test_what_draws_from_torchs_generator_goes_on_with_it():
    study = zoo.zoo_study("mlp", epochs=4)
    noisy = jr.minimize(lambda out, batch: torch.randn(()).item() + 3, term="b")
    study = dataclasses.replace(
        study, losses={**zoo.LOSSES, "b": foreign}, objectives={**study.objectives, "noisy": noisy}
    )
    problem = problem_of(study, torch.float32)
    [job] = jobs_of(1)
    [expected] = run(problem, job)
    build = building(PlainProgram, problem, [job])
    before = torch.get_rng_state()
    assert_same(whole(build())[0], expected)
    assert torch.equal(torch.get_rng_state(), before)
    assert_same(in_parts(build)[0], expected)


# --- interface ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Cohort, PlainProgram, conditioning])
def test_after_each_epoch_the_worker_is_asked_and_may_break_off(kind):
    problem = problem_of(zoo.zoo_study("dropout", epochs=4), torch.float32)
    jobs = jobs_of(1 if kind is PlainProgram else 3)
    build, seen, saved = building(kind, problem, jobs), [], []

    def stop(program):
        seen.append(program.epoch)
        if program.epoch == 3:
            raise Cancelled
        saved.append(program.checkpoint())

    expected, program, other = build(), build(), build()
    program.context.after_epoch = stop
    with pytest.raises(Cancelled):
        program.advance(4)
    assert seen == [1, 2, 3]
    assert [checkpoint.epoch for checkpoint in saved] == [1, 2]
    for checkpoint in (program.checkpoint(), saved[1]):
        other = build()
        other.restore(Checkpoint.from_bytes(checkpoint.to_bytes()))
        expected = build()
        results, known = whole(other), whole(expected)
        if kind is conditioning:
            assert {k: r.fronts for k, r in results.items()} == {k: r.fronts for k, r in known.items()}
        else:
            assert_results_same(results, known)


@pytest.mark.parametrize("kind", [Cohort, PlainProgram])
def test_a_request_within_an_epoch_is_followed_before_the_next_step(kind):
    problem = problem_of(zoo.zoo_study("mlp", epochs=4))
    build = building(kind, problem, jobs_of(1 if kind is PlainProgram else 2))
    program, expected = build(), whole(build())
    program.context.after_step = lambda program: program.context.cancelled.set()
    with pytest.raises(Cancelled):
        program.advance(4)
    assert (program.epoch, program.taken) == (0, 1)
    program.context = WorkerContext()
    assert_results_same(whole(program), expected)


def by_steps(build, every=1):
    """Results of a program that goes through bytes into a new one after every so many steps."""
    program, taken = build(), 0

    def stop(_):
        nonlocal taken
        taken += 1
        if taken % every == 0:
            raise Cancelled

    while True:
        program.context.after_step = stop
        try:
            program.advance(program.study.epochs)
        except Cancelled:
            data = program.checkpoint().to_bytes()
            program = build()
            program.restore(Checkpoint.from_bytes(data))
        else:
            return program.finish()


@pytest.mark.parametrize("every", [1, 5])
@pytest.mark.parametrize("name", ["dropout", "batch norm", "conv", "embedding"])
@pytest.mark.parametrize("kind", [Cohort, PlainProgram])
def test_a_training_may_go_on_from_any_step(kind, name, every):
    problem = problem_of(zoo.zoo_study(name, epochs=3), torch.float32)
    build = building(kind, problem, jobs_of(1 if kind is PlainProgram else 3, **CHANGES[name]))
    assert_results_same(by_steps(build, every), whole(build()))


def test_a_checkpoint_between_steps_may_be_split_and_is_taken_without_stopping():
    problem = problem_of(zoo.zoo_study("dropout", epochs=3), torch.float32)
    build, saved = building(Cohort, problem, jobs_of(4)), []
    program = build()
    program.context.after_step = lambda program: saved.append(program.checkpoint())
    expected = whole(program)
    assert_results_same(expected, whole(build()))
    assert [(c.epoch, c.taken) for c in saved[:5]] == [(0, 1), (0, 2), (0, 3), (0, 4), (1, 1)]
    half = build()
    half.restore(saved[1])
    half.only([1, 3])
    for member, outcome in whole(half).items():
        assert_close(outcome, expected[member], 1e-4)
    [job] = jobs_of(1)
    alone = building(PlainProgram, problem, [job])
    program = alone()
    program.context.after_step = lambda program: saved.append(program.checkpoint())
    assert_results_same(whole(program), whole(alone()))


def test_what_draws_from_torchs_generator_goes_on_from_any_step():
    study = dataclasses.replace(zoo.zoo_study("mlp", epochs=2), losses={**zoo.LOSSES, "b": foreign})
    problem = problem_of(study, torch.float32)
    build, saved = building(PlainProgram, problem, jobs_of(1)), []
    program = build()
    program.context.after_step = lambda program: saved.append(program.checkpoint())
    expected = whole(program)
    for checkpoint in saved:
        program = build()
        program.restore(checkpoint)
        assert_results_same(whole(program), expected)
    assert_results_same(by_steps(build), expected)


def test_conditioned_networks_go_on_from_any_step():
    problem = problem_of(zoo.zoo_study("dropout", epochs=2), torch.float32)
    build = building(conditioning, problem, jobs_of(2))
    ones, others = whole(build()), by_steps(build)
    assert all(ones[member].fronts == others[member].fronts for member in range(2))


def test_parts_of_a_cohort_go_on_from_its_checkpoint():
    problem = problem_of(zoo.zoo_study("dropout", epochs=5))
    build = building(Cohort, problem, jobs_of(5))
    program = build()
    program.advance(2)
    program.drop([3])
    checkpoint, expected, found = program.checkpoint(), whole(program), {}
    for part in ([0, 1], [2, 4], [3]):
        half = build()
        half.restore(checkpoint)
        half.only(part)
        assert half.exhausted is (part == [3])
        results = whole(half)
        assert sorted(results) == part
        found |= results
    for member, outcome in expected.items():
        assert found[member].status is outcome.status
        assert found[member].values == pytest.approx(outcome.values)


@pytest.mark.parametrize("members", [[0], []])
def test_one_alone_stays_or_leaves_without_a_result(members):
    program = building(PlainProgram, problem_of(zoo.zoo_study("mlp", epochs=1)), jobs_of(1))()
    program.only(members)
    assert list(whole(program)) == members


def test_one_alone_is_pruned_and_diverges_and_lacks_memory(monkeypatch):
    problem, jobs = problem_of(zoo.zoo_study("mlp", epochs=3)), jobs_of(1)
    build = building(PlainProgram, problem, jobs)
    program = build()
    program.advance(2)
    assert program.objectives()[0] == program.curve.epochs[2].objectives
    program.drop([])
    assert program.live == [0]
    program.drop([0])
    assert program.take_results()[0].message == "dropped at rung 2"
    assert (program.objectives(), program.exhausted, program.finish()) == ({}, True, {})
    wild = building(PlainProgram, problem, [job_of(0.5, lr=1e200, clip=0.0)])()
    wild.advance(3)
    assert wild.checkpoint().live == ()
    assert wild.take_results()[0].status is TrialStatus.DIVERGED
    monkeypatch.setattr("jrtune.train.loop.plain.minimised", lacking)
    program = build()
    program.advance(1)
    assert program.take_results()[0].status is TrialStatus.OUT_OF_MEMORY
    monkeypatch.setattr("jrtune.train.loop.plain.make_member", lacking)
    assert build().take_results()[0].status is TrialStatus.OUT_OF_MEMORY


def lacking(*_):
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1 TiB")


# --- bytes -------------------------------------------------------------------------------------

NOTES = {
    "scalars": [None, True, 3, -0.0, 0.1 + 0.2, 1e-320, math.inf, -math.inf, "text \u00e9"],
    "bytes": [b"", b"\x00\xff"],
    "nested": ({1: (2.5, {"a": []})}, ()),
}


def checkpoint_of(**changes):
    tensors = {
        "nan": torch.tensor([math.nan, math.inf, -0.0]),
        "half": torch.tensor([1.5], dtype=torch.bfloat16),
        "view": torch.arange(6).view(2, 3).t(),
        "scalar": torch.tensor(3.0, dtype=torch.float64),
        "none": torch.empty(0, 3),
        "flags": torch.tensor([True, False]),
    }
    return dataclasses.replace(Checkpoint(3, (0, 2), tensors, NOTES), **changes)


def test_bytes_give_the_checkpoint_back_to_the_last_bit():
    saved = checkpoint_of()
    read = Checkpoint.from_bytes(saved.to_bytes())
    assert (read.epoch, read.live, read.progress) == (3, (0, 2), NOTES)
    assert repr(read.progress) == repr(NOTES)
    assert list(read.tensors) == list(saved.tensors) or set(read.tensors) == set(saved.tensors)
    for name, tensor in saved.tensors.items():
        assert read.tensors[name].dtype is tensor.dtype
        assert pickle.dumps(read.tensors[name].tolist()) == pickle.dumps(tensor.tolist())


def test_not_a_number_and_tensors_in_notes():
    notes = [math.nan, torch.tensor([math.nan]), {"a": torch.tensor(2)}]
    read = Checkpoint.from_bytes(checkpoint_of(progress=notes).to_bytes()).progress
    assert math.isnan(read[0])
    assert read[1].isnan().all()
    assert read[2]["a"] == 2


def test_notes_of_other_objects_are_a_mistake():
    with pytest.raises(TypeError, match="expected plain data, got object"):
        checkpoint_of(progress=[object()]).to_bytes()


class Evil:
    """Leaves a trace where it is unpickled."""

    def __reduce__(self):
        return os.mkdir, ("trace",)


def sealed(body):
    return MAGIC + zlib.crc32(body).to_bytes(4, "big") + body


WRONG = {
    "nothing": lambda data: b"",
    "a pickle": lambda data: pickle.dumps(Evil()),
    "a pickle of torch": lambda data: sealed(pickle.dumps(Evil())),
    "cut off": lambda data: data[:-1],
    "cut off early": lambda data: data[:22],
    "a changed byte": lambda data: data[:-5] + bytes([data[-5] ^ 1]) + data[-4:],
    "another version": lambda data: data.replace(b" 1\n", b" 2\n", 1),
    "another safetensors file": lambda data: sealed(
        __import__("safetensors.torch").torch.save({"notes": torch.tensor([1, 2], dtype=torch.uint8)})
    ),
    "notes of another kind": lambda data: sealed(data[24:].replace(b'{"tuple":', b'{"maple":', 1)),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_no_whole_checkpoint_is_refused_and_not_run(wrong, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = WRONG[wrong](checkpoint_of().to_bytes())
    with pytest.raises(StorageError, match=r"expected a .*checkpoint.*remove the file"):
        Checkpoint.from_bytes(data)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", [Cohort, PlainProgram])
def test_a_checkpoint_of_another_training_is_refused(kind):
    problem, other = (problem_of(zoo.zoo_study(name, epochs=2)) for name in ("mlp", "conv"))
    jobs = jobs_of(1 if kind is PlainProgram else 2)
    program, foreign = building(kind, problem, jobs)(), building(kind, other, jobs)()
    foreign.advance(1)
    checkpoint = foreign.checkpoint()
    for wrong in (checkpoint, dataclasses.replace(checkpoint, progress={}), checkpoint_of()):
        with pytest.raises(StorageError, match=r"expected a checkpoint.*remove the file"):
            program.restore(wrong)


def test_a_checkpoint_is_small():
    """Parameters, two moments and the best parameters; and a few kilobytes beside."""
    problem = problem_of(dataclasses.replace(zoo.zoo_study("mlp", epochs=2), model=wide), torch.float32)
    cohort = cohort_of(problem, jobs_of(4), {})
    cohort.advance(1)
    numbers = cohort.stack.parameters.numel()
    assert numbers * 4 > 200_000
    assert len(cohort.checkpoint().to_bytes()) < 4 * 4 * numbers + 20_000
    cohort.drop([0, 2, 3])
    cohort.take_results()
    assert len(cohort.checkpoint().to_bytes()) < 4 * numbers + 20_000


def wide():
    return zoo.TwoHeads("x", nn.Sequential(nn.Linear(6, 128), nn.ReLU(), nn.Linear(128, 128)), 128)
