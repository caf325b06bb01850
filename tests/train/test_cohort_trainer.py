"""Cohorts of any size and mixture give the outcomes of the plain trainer, each once, and leave no trace."""

import contextlib
import dataclasses
import gc
import random
import weakref

import pytest
import torch
import zoo
from laws import assert_all_same, assert_close, job_of, problem_of, run, together
from torch import nn

from jrtune.errors import StudyError
from jrtune.spec import TrialStatus
from jrtune.train import CohortTrainer
from jrtune.train.executors import planning
from jrtune.train.executors.resume import ResumePoint
from jrtune.train.loop.program import Cancelled
from jrtune.train.stacked import step
from jrtune.train.stacked.cohort import Cohort


def study_of(**changes):
    """The zoo's first study, changed."""
    epochs = changes.pop("epochs", 3)
    return dataclasses.replace(zoo.zoo_study("mlp", epochs=epochs), **changes)


def jobs_of(count, **more):
    """Jobs that differ in weights and seed."""
    return [job_of((k + 1) / (count + 1), seed=20 + k, lr=1e-3, **more) for k in range(count)]


def groups_of(problem, jobs, size=3):
    """(groups that the trainer gave, what it said)."""
    logged = []
    groups = list(CohortTrainer(problem, size, logged.append).train(jobs))
    return groups, logged


def assert_equals_plain(problem, jobs, size=3):
    """Law: every job once, with the outcome that it has alone. What was said."""
    groups, logged = groups_of(problem, jobs, size)
    pairs = [pair for group in groups for pair in group]
    assert sorted(index for index, _ in pairs) == list(range(len(jobs)))
    assert all(groups)
    for index, outcome in pairs:
        [alone] = run(problem, jobs[index])
        assert_close(outcome, alone)
        assert outcome.message == alone.message
        assert outcome.seconds > 0
    return logged


# --- mixtures --------------------------------------------------------------------------------


def sized(width: int = 4):
    """A network of some width."""
    return zoo.TwoHeads("x", nn.Sequential(nn.Linear(6, width), nn.ReLU()), width)


@pytest.mark.parametrize("size", [1, 2, 5, None])
def test_a_mixture_of_architectures_gives_the_plain_outcomes(size):
    settings = [(4, {}), (5, {}), (4, {"lr": 1e-4}), (4, {"test": True}), (5, {"keep": True}), (4, {})]
    jobs = [job_of(0.2 + k / 10, seed=k, width=w, **more) for k, (w, more) in enumerate(settings)]
    assert assert_equals_plain(problem_of(study_of(model=sized)), jobs, size) == []


def test_no_jobs_give_no_groups():
    assert groups_of(problem_of(study_of()), []) == ([], [])


def test_groups_are_cohorts_of_at_most_the_size():
    groups, _ = groups_of(problem_of(study_of()), jobs_of(7), 3)
    assert sorted(len(group) for group in groups) == [2, 2, 3]


def test_seven_more_trials_do_not_train_what_is_done():
    problem, jobs = problem_of(study_of()), jobs_of(7)
    whole = list(CohortTrainer(problem, 3).train(jobs))
    kept = {index for index, _ in whole[0]}
    rest = [pair for group in CohortTrainer(problem, 3).train(jobs, kept) for pair in group]
    assert sorted(index for index, _ in rest) == sorted(set(range(7)) - kept)
    first = dict(pair for group in whole for pair in group)
    for index, outcome in rest:  # the same cohorts were formed
        assert dict(outcome.values) == dict(first[index].values)


def test_test_figures_and_models_are_given_where_asked_for():
    jobs = [job_of(0.5, seed=k, test=k % 2 == 0, keep=k % 3 == 0) for k in range(4)]
    groups, _ = groups_of(problem_of(study_of()), jobs, 4)
    for index, outcome in (pair for group in groups for pair in group):
        assert bool(outcome.test) == jobs[index].test
        assert (outcome.model is not None) == jobs[index].save_model
        assert list(outcome.values) == ["error", "distance", "size"]  # as the study names them
        assert outcome.values["size"] == 6 * 8 + 8 + 8 * 5 + 5


def test_capacity_is_the_size_of_a_program_and_1_where_there_can_be_none():
    assert CohortTrainer(problem_of(study_of()), 3).capacity(job_of()) == 3
    assert CohortTrainer(problem_of(study_of(model=Shuffled)), 3).capacity(job_of()) == 1


# --- what cannot be stacked ------------------------------------------------------------------


class Mlp(zoo.TwoHeads):
    """The zoo's first network, to be changed."""

    def __init__(self) -> None:
        super().__init__("x", nn.Sequential(nn.Linear(6, 8), nn.ReLU()), 8)


class Shuffled(Mlp):
    """Draws by a function that no key answers."""

    def forward(self, batch):
        x = batch["x"][:, torch.randperm(6)] if self.training else batch["x"]
        return super().forward({**batch, "x": x})


class InPlace(Mlp):
    """Draws by a method that writes in place."""

    def forward(self, batch):
        noise = torch.empty_like(batch["x"]).normal_() if self.training else 0
        return super().forward({**batch, "x": batch["x"] + noise})


class Branching(Mlp):
    """Python decides by a value of its outputs."""

    def forward(self, batch):
        outputs = super().forward(batch)
        return {**outputs, "a": outputs["a"] * (2 if outputs["a"].mean() > 0 else 1)}


class Item(Mlp):
    """Turns a value of its outputs into a number."""

    def forward(self, batch):
        outputs = super().forward(batch)
        return {**outputs, "a": outputs["a"] * (1 + abs(outputs["b"].mean().item()))}


class Packed(zoo.TwoHeads):
    """A GRU over sequences of different lengths."""

    def __init__(self) -> None:
        super().__init__("words", nn.Identity(), 8)
        self.embedding, self.gru = nn.Embedding(zoo.WORDS, 4), nn.GRU(4, 8, batch_first=True)

    def forward(self, batch):
        words = self.embedding(batch["words"])
        lengths = batch["words"][:, 0].remainder(zoo.LENGTH) + 1
        packed = nn.utils.rnn.pack_padded_sequence(words, lengths, batch_first=True, enforce_sorted=False)
        state = self.gru(packed)[1][-1]
        return {"a": self.a(state), "b": self.b(state)}


class Projected(Mlp):
    """Draws a tensor when it is built, and does not register it: members differ in a constant."""

    def __init__(self) -> None:
        super().__init__()
        self.projection = torch.randn(6, 6).double()

    def forward(self, batch):
        return super().forward({**batch, "x": batch["x"] @ self.projection})


REFUSED = {
    Shuffled: "random numbers",
    InPlace: "random numbers",
    Branching: "control flow",
    Item: "item()",
    Packed: "item()|packed",
    Projected: "differ",
}


@pytest.mark.parametrize("size", [4, None])
@pytest.mark.parametrize("network", REFUSED)
def test_what_cannot_be_stacked_is_named_once_and_trained_one_by_one(network, size):
    problem = problem_of(study_of(model=network))
    [line] = assert_equals_plain(problem, jobs_of(8, keep=True), size)
    assert line.startswith("trained one by one, because it cannot be stacked: ")
    assert any(word in line for word in REFUSED[network].split("|")), line
    assert "\n" not in line


def test_a_refused_architecture_is_not_tried_again():
    problem, logged = problem_of(study_of(model=Branching)), []
    trainer = CohortTrainer(problem, 4, logged.append)
    for _ in range(2):
        assert len(list(trainer.train(jobs_of(4)))) == 4
    assert len(logged) == 1
    assert trainer.capacity(job_of()) == 1


def test_others_are_stacked_beside_what_cannot_be():
    def build(width: int = 4):
        return Branching() if width == 4 else sized(width)

    jobs = [job_of(0.5, seed=k, width=4 + k % 2) for k in range(6)]
    groups, logged = groups_of(problem_of(study_of(model=build)), jobs, 3)
    assert sorted(len(group) for group in groups) == [1, 1, 1, 1, 2] or len(groups[0]) > 1
    assert len(logged) == 1


# --- what ends early -------------------------------------------------------------------------


def root(outputs, batch):
    """Zero with an infinite slope, in all outputs."""
    return (outputs["b"] * 0).abs().sum().sqrt()


def not_a_number(outputs, batch):
    return outputs["b"].sum() * torch.nan


def probed(outputs, batch):
    return (outputs["probe"] * 0).abs().sum().sqrt()


class Probed(Mlp):
    """A head that learns from the features without changing them."""

    def __init__(self) -> None:
        super().__init__()
        self.probe = nn.Linear(8, 2)

    def forward(self, batch):
        return {**super().forward(batch), "probe": self.probe(self.body(batch["x"]).detach())}


@pytest.mark.parametrize("clip", [0.0, 1.0])
@pytest.mark.parametrize(("network", "term"), [(Mlp, root), (Mlp, not_a_number), (Probed, probed)])
def test_a_term_of_no_weight_may_be_infinite(network, term, clip):
    study = study_of(model=network, losses={**zoo.LOSSES, "b": term})
    jobs = [job_of(a, seed=k, clip=clip, keep=True) for k, a in enumerate((1.0, 0.5, 1.0, 0.9))]
    groups, logged = groups_of(problem_of(study), jobs, 4)
    statuses = {index: outcome.status for group in groups for index, outcome in group}
    assert [statuses[k] for k in range(4)] == ["complete", "diverged", "complete", "diverged"]
    finite = {k: dict(g)[k] for g in groups for k in dict(g) if k in (0, 2)}
    for k, outcome in finite.items():
        [alone] = run(problem_of(study), jobs[k])
        assert outcome.losses["a"] == pytest.approx(alone.losses["a"], rel=1e-10)
        assert str(outcome.losses["b"]) == str(alone.losses["b"])  # also where both are nan
    assert logged == []


def test_who_diverges_says_what_the_plain_trainer_says():
    jobs = [job_of(0.5, seed=k, lr=lr, clip=0.0) for k, lr in enumerate((1e-3, 1e200, 1e-3))]
    assert assert_equals_plain(problem_of(study_of()), jobs) == []


def out_of_memory(outputs, batch):
    raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")


def test_what_does_not_fit_alone_ends_out_of_memory():
    problem = problem_of(study_of(losses={**zoo.LOSSES, "b": out_of_memory}))
    groups, logged = groups_of(problem, jobs_of(5), 4)
    assert sorted(index for group in groups for index, _ in group) == list(range(5))
    assert {outcome.status for group in groups for _, outcome in group} == {TrialStatus.OUT_OF_MEMORY}
    assert logged == ["trained one by one, because it cannot be stacked: memory does not take a step of one"]


class Crowded(Cohort):
    """A cohort for more than two members of which there is no memory."""

    most = 2
    alive: list = []  # noqa: RUF012 - of the class on purpose

    def advance(self, until):
        gc.collect()
        self.alive.append(sum(other() is not None for other in self.seen))
        self.seen.append(weakref.ref(self.stack))
        if len(self.jobs) > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1 TiB")
        super().advance(until)


def test_memory_that_runs_out_halves_and_loses_nothing(monkeypatch):
    monkeypatch.setattr(planning, "Cohort", Crowded)
    monkeypatch.setattr(Crowded, "seen", [], raising=False)
    monkeypatch.setattr(Crowded, "alive", [])
    logged = assert_equals_plain(problem_of(study_of()), jobs_of(9), 9)
    assert logged[0] == "memory ran out with 9 together: going on with 5"
    assert "going on with 2" in logged[-1]
    assert max(Crowded.alive) == 0  # what failed has let go of its memory before the next begins


def test_a_trainer_that_ran_out_of_memory_begins_smaller(monkeypatch):
    monkeypatch.setattr(planning, "Cohort", Crowded)
    monkeypatch.setattr(Crowded, "seen", [], raising=False)
    logged = []
    trainer = CohortTrainer(problem_of(study_of()), 8, logged.append)
    list(trainer.train(jobs_of(8)))
    assert trainer.size <= Crowded.most
    context = len(logged)
    list(trainer.train(jobs_of(8)))
    assert len(logged) == context


# --- mistakes of the study -------------------------------------------------------------------


def vector(outputs, batch):
    return outputs["b"].sum(1)


def mistaken(outputs, batch):
    return outputs["c"]


@pytest.mark.parametrize(
    ("loss", "kind", "message"),
    [(vector, StudyError, "must give a scalar tensor"), (mistaken, KeyError, "'c'")],
)
@pytest.mark.parametrize("size", [4, None])
def test_a_mistake_of_the_study_is_raised_as_it_is(loss, kind, message, size):
    problem = problem_of(study_of(losses={**zoo.LOSSES, "b": loss}))
    with pytest.raises(kind, match=message):
        list(CohortTrainer(problem, size).train(jobs_of(4)))


def test_a_metric_of_more_than_one_number_is_refused():
    objectives = {**zoo.zoo_study("mlp").objectives}
    objectives["error"] = dataclasses.replace(objectives["error"], measure=lambda o, b: o["b"].mean(0))
    with pytest.raises(StudyError, match="must give a scalar tensor"):
        list(CohortTrainer(problem_of(study_of(objectives=objectives)), 4).train(jobs_of(4)))


# --- leaving no trace ------------------------------------------------------------------------


@pytest.mark.parametrize("network", [Mlp, Branching, zoo.NETWORKS["dropout"]])
@pytest.mark.parametrize("size", [3, None])
def test_generator_and_threads_are_left_as_they_were(network, size):
    torch.set_num_threads(2)
    problem, before = problem_of(study_of(model=network)), torch.get_rng_state()
    trainer = CohortTrainer(problem, size)
    trainer.capacity(job_of())
    list(trainer.train(jobs_of(4)))
    assert torch.equal(before, torch.get_rng_state())
    assert torch.get_num_threads() == 2
    assert not torch.is_inference_mode_enabled()
    assert torch.is_grad_enabled()


def test_closing_leaves_the_rest_untrained():
    trained = []

    class Noted(Watcher):
        def at_epoch(self, indices, program):
            trained.append(indices)

    groups = CohortTrainer(problem_of(study_of()), 2, observer=Noted()).train(jobs_of(4))
    next(groups)
    groups.close()
    assert set(trained) == {(0, 1)}


def test_a_graph_traced_by_one_cohort_serves_the_next(monkeypatch):
    monkeypatch.setitem(step.WORTH_TRACING, "cpu", 5)
    trainer = CohortTrainer(problem_of(study_of()), 2)
    list(trainer.train(jobs_of(4)))
    assert len(trainer.graphs) == 1
    graph = next(iter(trainer.graphs.values()))
    list(trainer.train(jobs_of(4)))
    assert graph is not None
    assert list(trainer.graphs.values()) == [graph]


# --- observers and going on -------------------------------------------------------------------


class Watcher:
    """An observer that saves each program at an epoch, and may break off there."""

    def __init__(self, at=0, stop=None):
        self.at, self.stop, self.saved, self.seen = at, stop, [], []

    def at_epoch(self, indices, program):
        self.seen.append(("epoch", tuple(indices), program.epoch))
        if program.epoch == self.at:
            self.saved.append(ResumePoint(tuple(indices), program.checkpoint().to_bytes()))
            if self.stop:
                raise self.stop

    def at_rung(self, indices, program):
        self.seen.append(("rung", tuple(indices), program.epoch))


class First:
    """Drops the first that it is shown, at its rungs."""

    rungs = (1, 2)

    def pruned(self, epoch, values):
        return list(values)[:1]


def test_an_observer_sees_each_epoch_and_each_rung_before_anything_is_dropped():
    watcher = Watcher()
    trainer = CohortTrainer(problem_of(study_of()), 2, observer=watcher)
    list(trainer.train(jobs_of(3), pruner=First()))
    both = [("epoch", 1), ("rung", 1), ("epoch", 2), ("rung", 2)]
    assert watcher.seen == [
        *[(kind, (0, 1), epoch) for kind, epoch in both],  # at each rung one leaves
        ("epoch", (2,), 1),
        ("rung", (2,), 1),
    ]


@pytest.mark.parametrize("size", [1, 4])
@pytest.mark.parametrize("pruner", [None, First()])
def test_another_trainer_goes_on_from_an_epoch_to_the_same_outcomes_to_the_last_digit(size, pruner):
    problem = problem_of(zoo.zoo_study("dropout", epochs=4), torch.float32)
    jobs = jobs_of(4, keep=True, test=True)
    expected = dict(pair for g in CohortTrainer(problem, size).train(jobs, pruner=pruner) for pair in g)
    watcher, outcomes = Watcher(2 if pruner is None else 1, Cancelled()), {}
    with contextlib.suppress(Cancelled):
        for group in CohortTrainer(problem, size, observer=watcher).train(jobs, pruner=pruner):
            outcomes |= dict(group)
    [point] = watcher.saved
    rest = Watcher()
    for group in CohortTrainer(problem, size, observer=rest).train(jobs, set(outcomes), pruner, point):
        assert not set(dict(group)) & set(outcomes)
        outcomes |= dict(group)
    assert rest.seen[0][1:] == (point.indices, 3) or pruner is not None
    assert_all_same([outcomes[k] for k in range(4)], [expected[k] for k in range(4)])


def test_who_was_dropped_at_the_rung_where_it_was_saved_is_dropped_once_and_nobody_in_its_place():
    class Saving(Watcher):
        def at_rung(self, indices, program):
            if program.epoch == 1:
                self.saved.append(ResumePoint(tuple(indices), program.checkpoint().to_bytes()))

    problem, jobs, expected = problem_of(zoo.zoo_study("dropout", epochs=4), torch.float32), jobs_of(4), {}
    watcher = Saving()
    for group in CohortTrainer(problem, 4, observer=watcher).train(jobs, pruner=First()):
        expected |= dict(group)
    assert [k for k in range(4) if len(expected[k].curve) == 2] == [0]
    [point] = watcher.saved
    for done in (set(), {0}):  # whether or not its outcome had arrived when the worker was lost
        groups = CohortTrainer(problem, 4).train(jobs, done, First(), point)
        again = dict(pair for group in groups for pair in group)
        assert sorted(again) == sorted({0, 1, 2, 3} - done)
        assert_all_same([again[k] for k in sorted(again)], [expected[k] for k in sorted(again)])


def test_going_on_with_a_part_leaves_out_what_others_train():
    """As after a crash: each half goes on from where all of them were saved."""
    problem, jobs, watcher = problem_of(study_of(epochs=4)), jobs_of(4), Watcher(2, Cancelled())
    with pytest.raises(Cancelled):
        list(CohortTrainer(problem, 4, observer=watcher).train(jobs))
    [point] = watcher.saved
    outcomes = {}
    for done in ({0, 1}, {2, 3}):
        seen = Watcher()
        for group in CohortTrainer(problem, 4, observer=seen).train(jobs, done, None, point):
            outcomes |= dict(group)
        assert [epoch for _, _, epoch in seen.seen] == [3, 4]
    for index, alone in enumerate(run(problem, *jobs)):
        assert_close(outcomes[index], alone)


@pytest.mark.parametrize(
    ("indices", "checkpoint"),
    [((0, 1), b""), ((1,), b"foreign"), ((0, 1), b"jrtune checkpoint 1\n1234torn"), ((), b""), ((0, 9), b"")],
)
def test_what_cannot_be_read_is_said_and_begun_anew(indices, checkpoint):
    logged = []
    trainer = CohortTrainer(problem_of(study_of()), 2, logged.append)
    groups = trainer.train(jobs_of(2), (), None, ResumePoint(indices, checkpoint))
    assert [index for group in groups for index, _ in group] == [0, 1]
    [line] = logged
    assert line.startswith("begins anew what was saved: expected a ")


# --- awkward builders ----------------------------------------------------------------------------


def local_class():
    """A network of a class that the builder defines; ``super()`` keeps the class in its own closure."""

    class Local(Mlp):
        def forward(self, batch):
            return super().forward(batch)

    return Local()


class Masked(Mlp):
    """A mask that is drawn when it is built and is no buffer."""

    def __init__(self):
        super().__init__()
        self.mask = torch.rand(6, dtype=torch.float64).round()

    def forward(self, batch):
        return super().forward({**batch, "x": batch["x"] * self.mask})


BACKBONE = nn.Linear(6, 6).double().requires_grad_(False)


class OnBackbone(Mlp):
    """Around a module that all networks share."""

    def __init__(self):
        super().__init__()
        self.backbone = BACKBONE

    def forward(self, batch):
        return super().forward({**batch, "x": self.backbone(batch["x"])})


class PythonNoise(Mlp):
    """Noise from Python's own generator."""

    def forward(self, batch):
        noise = random.gauss(0, 1e-7) if self.training else 0.0
        return super().forward({**batch, "x": batch["x"] + noise})


class Hidden(Mlp):
    """A running mean that is not stored, and that the test figures depend on."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(6), persistent=False)

    def forward(self, batch):
        if self.training:
            self.mean = 0.5 * self.mean + 0.5 * batch["x"].detach().mean(0)
        return super().forward({**batch, "x": batch["x"] - 3 * self.mean})


@pytest.mark.parametrize("network", [local_class, Hidden])
def test_awkward_builders_are_stacked(network):
    problem = problem_of(study_of(model=network, epochs=4))
    assert assert_equals_plain(problem, jobs_of(5, test=True, keep=True)) == []


def test_a_graph_does_not_serve_another_constant(monkeypatch):
    monkeypatch.setitem(step.WORTH_TRACING, "cpu", 0)
    problem = problem_of(study_of(model=Masked))
    # as confirmations are: all members of a cohort have one seed, the next cohort another
    jobs = [job_of(a, seed=seed, lr=1e-3, keep=True) for seed in (1, 2) for a in (0.2, 0.5, 0.8)]
    trainer = CohortTrainer(problem, 3)
    for half in (jobs[:3], jobs[3:]):
        for group in trainer.train(half):
            for index, outcome in group:
                assert_close(outcome, run(problem, half[index])[0])


def test_a_shared_module_is_not_stacked():
    problem = problem_of(study_of(model=OnBackbone))
    [line] = assert_equals_plain(problem, jobs_of(6))
    assert "share a module" in line
    assert type(BACKBONE.weight) is nn.Parameter


def test_noise_of_python_is_noticed():
    _, logged = groups_of(problem_of(study_of(model=PythonNoise)), jobs_of(4))
    assert "draws random numbers" in logged[0]


def unlabelled(outputs, batch):
    """Nothing to learn from a minibatch without a label of class 0."""
    with_label = batch["a"] == 0
    if not with_label[:1].any():
        return torch.zeros((), dtype=torch.float64)
    return outputs["b"].square().mean()


def test_a_term_that_reaches_parameters_in_some_minibatches_only_is_trained_alone():
    problem = problem_of(study_of(losses={"a": zoo.LOSSES["a"], "b": unlabelled}))
    [line] = assert_equals_plain(problem, jobs_of(4))
    assert "other parameters in one minibatch" in line


def test_only_a_graph_is_captured(monkeypatch):
    captured = []
    monkeypatch.setattr(step.Step, "_capture", lambda self, form, graph, *_: captured.append(graph))
    monkeypatch.setattr(step, "on_cuda", lambda stack: True)
    problem = problem_of(study_of())
    graphs = {}
    together(problem, jobs_of(3), graphs)
    assert captured
    assert set(map(id, captured)) == set(map(id, graphs.values()))


def test_uneven_minibatches_have_a_graph_of_their_own_where_many_are_left(monkeypatch):
    monkeypatch.setitem(step.WORTH_TRACING, "cpu", 2)
    problem = problem_of(study_of())
    jobs, graphs = jobs_of(3), {}
    for one, other in zip(together(problem, jobs, graphs), run(problem, *jobs), strict=True):
        assert_close(one, other)
    assert len(graphs) == 2
    assert all(graphs.values())
