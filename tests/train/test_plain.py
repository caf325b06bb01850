"""The definition of training, against a loop written by hand, and what becomes of trainings that fail."""

import dataclasses
import math

import pytest
import torch
import zoo
from laws import CPU, assert_all_same, assert_same, job_of, problem_of, run
from safetensors.torch import load as read_tensors
from torch import nn

import jrtune as jr
from jrtune.spec import Candidate, TrialStatus
from jrtune.spec.seeds import derive
from jrtune.train import Problem, prepare
from jrtune.train.loop.evaluate import losses_of, predict
from jrtune.train.loop.problem import Split
from jrtune.train.random.keyed_rng import KeyedRNG, keys

# --- the loop ------------------------------------------------------------------------------


def by_hand(study, job):
    """Validation losses of every epoch, by a loop of torch alone."""
    data = study.data()
    train, val, options = data["train"], data["val"], study.training
    torch.manual_seed(job.seed)
    model = study.model().double()
    optimizer = torch.optim.AdamW(
        [p for p in model.parameters() if p.requires_grad],
        lr=options.lr,
        weight_decay=options.weight_decay,
        fused=True,
    )
    per_epoch = math.ceil(zoo.TRAIN / options.batch_size)
    steps = study.epochs * per_epoch
    rise = int(options.warmup * steps)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda s: (
            (s + 1) / (rise + 1)
            if s < rise
            else 0.5 * (1 + math.cos(math.pi * (s - rise) / (steps - rise)))
            if options.schedule == "cosine"
            else 1.0
        ),
    )
    rows = []
    for epoch in range(study.epochs + 1):
        if epoch:
            torch.manual_seed(derive(job.seed, "epoch", epoch))
            model.train()
            shuffle = torch.Generator().manual_seed(derive(job.order_seed, "order", epoch))
            order = torch.randperm(zoo.TRAIN, generator=shuffle).split(options.batch_size)
            for index, key in zip(
                order, keys([job.seed], "step", epoch, count=3 * per_epoch)[::3], strict=True
            ):
                batch = {name: t[index] for name, t in train.items()}
                with KeyedRNG(key[0]):  # the first of a step's three keys is the model's
                    outputs = model(batch)
                terms = {name: loss(outputs, batch) for name, loss in study.losses.items()}
                optimizer.zero_grad()
                sum(job.candidate.weights[name] * terms[name] for name in terms).backward()
                if options.clip:
                    nn.utils.clip_grad_norm_(model.parameters(), options.clip)
                optimizer.step()
                schedule.step()
        model.eval()
        with torch.no_grad():
            outputs = model(val)
            rows.append({name: loss(outputs, val).item() for name, loss in study.losses.items()})
    return rows


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("mlp", {}),
        ("batch norm", {"clip": 0.0}),
        ("dropout", {"schedule": "constant"}),
        ("tied", {"clip": 0.01}),
        ("attention", {}),
    ],
)
def test_training_is_the_loop_that_one_would_write_by_hand(name, settings):
    study = zoo.zoo_study(name, epochs=8, **settings)
    job = job_of(0.25)
    [outcome] = run(problem_of(study), job)
    assert [row.val for row in outcome.curve] == by_hand(study, job)


def test_the_training_loss_is_the_mean_over_the_samples_of_the_uneven_batches():
    study = dataclasses.replace(
        zoo.zoo_study("mlp", epochs=1), training=jr.Training(lr=1e-300, weight_decay=0.0, batch_size=8)
    )
    problem = problem_of(study)
    [outcome] = run(problem, job_of())
    torch.manual_seed(1)
    model = study.model().double()
    expected = losses_of(predict(model, problem, "train"), problem, "train").tolist()
    assert list(outcome.curve[1].train.values()) == pytest.approx(expected, rel=1e-12)


# --- the zoo -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", zoo.NETWORKS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_every_network_trains_to_the_same_outcome_whatever_was_trained_before(name, dtype):
    problem = problem_of(zoo.zoo_study(name), dtype)
    job, other = job_of(0.25, keep=True, test=True), job_of(0.9, seed=5)
    first, _, again = run(problem, job, other, job)
    [alone] = run(problem_of(zoo.zoo_study(name), dtype), job)
    assert first.status is TrialStatus.COMPLETE
    assert_all_same([first, first], [again, alone])


@pytest.mark.parametrize("name", zoo.NETWORKS)
def test_kept_parameters_give_the_figures_of_the_selected_epoch(name):
    # a constant rate that is far too high: the last epoch is not the best one
    study = zoo.zoo_study(name, epochs=6, schedule="constant")
    problem = problem_of(study)
    [outcome] = run(problem, job_of(0.7, keep=True, lr=0.3))
    scores = [0.7 * row.val["a"] + 0.3 * row.val["b"] for row in outcome.curve[1:]]
    assert outcome.epoch == 1 + scores.index(min(scores))
    assert outcome.values == outcome.curve[outcome.epoch].objectives
    model = study.model().double()
    missing, unexpected = model.load_state_dict(read_tensors(outcome.model), strict=False)
    assert missing == (["body.second.weight"] if name == "tied" else [])
    assert unexpected == []
    metrics = losses_of(predict(model, problem, "val"), problem, "val").tolist()
    assert metrics == list(outcome.losses.values())


def test_the_best_epoch_of_some_network_is_not_its_last():
    study = zoo.zoo_study("mlp", epochs=6, schedule="constant")
    [outcome] = run(problem_of(study), job_of(0.7, lr=0.3))
    assert 0 < outcome.epoch < 6


def trained(study, job):
    """The untrained and the trained parameters."""
    torch.manual_seed(job.seed)
    before = study.model().double().state_dict()
    [outcome] = run(problem_of(study), job)
    return before, read_tensors(outcome.model)


def changed(before, after):
    """Names of the parameters that training changed."""
    return {name for name in after if not torch.equal(before[name], after[name])}


def test_a_corner_leaves_the_head_it_does_not_train_as_it_was():
    moved = changed(*trained(zoo.zoo_study("mlp"), job_of(1.0, keep=True)))
    assert moved == {"body.0.weight", "body.0.bias", "a.weight", "a.bias"}


def test_frozen_parameters_and_unused_heads_stay_as_they_were():
    moved = changed(*trained(zoo.zoo_study("frozen"), job_of(keep=True)))
    assert {name for name in moved if "frozen" in name} == set()
    assert "body.trained.weight" in moved
    moved = changed(*trained(zoo.zoo_study("unused head"), job_of(keep=True)))
    assert {name for name in moved if "unused" in name} == set()


def test_batch_norm_trains_where_one_sample_is_left_over():
    study = zoo.zoo_study("batch norm", batch_size=29)  # 30 samples: 29 and 1
    study = dataclasses.replace(study, model=lambda: zoo.TwoHeads("x", nn.BatchNorm1d(6), 6))
    [outcome] = run(problem_of(study), job_of())
    assert outcome.status is TrialStatus.COMPLETE


def test_the_order_of_a_candidates_weights_does_not_matter():
    problem = problem_of(zoo.zoo_study("mlp"))
    turned = dataclasses.replace(job_of(0.9), candidate=Candidate({"b": 1 - 0.9, "a": 0.9}))
    assert_all_same(run(problem, job_of(0.9)), run(problem, turned))


def test_the_random_state_of_the_caller_is_left_alone():
    problem = problem_of(zoo.zoo_study("dropout"))
    torch.manual_seed(11)
    expected = torch.rand(3)
    torch.manual_seed(11)
    run(problem, job_of())
    assert torch.equal(torch.rand(3), expected)


def test_evaluation_that_draws_numbers_does_not_change_the_training():
    study = zoo.zoo_study("dropout")

    def drawing(outputs, batch):
        torch.rand(5)
        return zoo.error_rate(outputs, batch)

    noisy = dataclasses.replace(study, objectives={"error": jr.minimize(drawing)})
    [one], [other] = run(problem_of(study), job_of()), run(problem_of(noisy), job_of())
    assert [row.val for row in one.curve] == [row.val for row in other.curve]


@pytest.mark.parametrize("balancing", ["uncertainty", "dwa", "random-weights"])
def test_adaptive_methods_train_and_repeat_themselves(balancing):
    problem = problem_of(zoo.zoo_study("mlp", epochs=4))
    one, other = run(problem, job_of(balancing=balancing), job_of(balancing=balancing))
    [fixed] = run(problem, job_of())
    assert one.status is TrialStatus.COMPLETE
    assert_same(one, other)
    assert one.losses != fixed.losses


def test_a_network_of_which_nothing_is_trained_is_refused():
    study = dataclasses.replace(
        zoo.zoo_study("mlp"), model=lambda: zoo.NETWORKS["mlp"]().requires_grad_(False)
    )
    with pytest.raises(jr.StudyError, match="must have a parameter that requires gradients, got none"):
        run(problem_of(study), job_of())


def test_a_builder_that_gives_no_module_is_refused():
    study = dataclasses.replace(zoo.zoo_study("mlp"), model=lambda: {})
    with pytest.raises(jr.StudyError, match=r"must return an nn\.Module, got dict"):
        run(problem_of(study), job_of())


def test_a_builder_with_keywords_gets_the_architecture_and_not_the_training():
    seen = {}

    def build(**choices):
        seen.update(choices)
        return zoo.NETWORKS["mlp"]()

    run(problem_of(dataclasses.replace(zoo.zoo_study("mlp", epochs=1), model=build)), job_of(depth=2, lr=0.1))
    assert seen == {"depth": 2}


# --- figures -------------------------------------------------------------------------------


def test_the_loss_scale_is_the_validation_loss_of_the_untrained_model():
    study = zoo.zoo_study("batch norm")
    [outcome] = run(problem_of(study), job_of())
    torch.manual_seed(1)
    model, val = study.model().double().eval(), study.data()["val"]
    expected = {name: loss(model(val), val).item() for name, loss in study.losses.items()}
    assert outcome.loss_scale == expected
    assert (outcome.curve[0].epoch, outcome.curve[0].train, outcome.curve[0].val) == (0, {}, expected)


class Spy(Split):
    """A split that counts how often it is read."""

    def __init__(self, split):
        super().__init__(split.tensors, split.device, split.resident)
        self.reads = 0

    def chunks(self, chunk_size):
        self.reads += 1
        return super().chunks(chunk_size)


def spied(study):
    problem = problem_of(study)
    spy = Spy(problem.splits["test"])
    return dataclasses.replace(problem, splits={**problem.splits, "test": spy}), spy


def test_the_test_split_is_read_only_where_asked_for():
    problem, spy = spied(zoo.zoo_study("mlp"))
    [outcome] = run(problem, job_of())
    assert (spy.reads, outcome.test) == (0, {})
    [pending] = run(problem, job_of(test=True))
    assert spy.reads == 1
    assert pending.test.keys() == outcome.values.keys()
    assert pending.values == outcome.values


def test_test_figures_are_those_of_the_selected_epoch():
    study = zoo.zoo_study("tied", epochs=6, schedule="constant")
    problem = problem_of(study)
    [outcome] = run(problem, job_of(0.7, keep=True, test=True, lr=0.3))
    assert outcome.epoch < 6
    model, test = study.model().double(), study.data()["test"]
    model.load_state_dict(read_tensors(outcome.model), strict=False)
    assert outcome.test["error"] == zoo.error_rate(model(test), test).item()


# --- what goes wrong -----------------------------------------------------------------------


def test_a_diverged_training_names_term_and_epoch_and_the_next_one_runs():
    problem = problem_of(zoo.zoo_study("mlp"), torch.float32)
    diverged, after = run(problem, job_of(lr=1e30), job_of())
    assert diverged.status is TrialStatus.DIVERGED
    assert diverged.message.startswith("training loss in epoch 1: term '")
    assert not diverged.values
    assert_same(after, run(problem, job_of())[0])
    assert after.status is TrialStatus.COMPLETE


def test_divergence_in_the_only_step_is_seen_on_validation():
    problem = problem_of(zoo.zoo_study("mlp", epochs=1, batch_size=zoo.TRAIN), torch.float32)
    [outcome] = run(problem, job_of(0.0, lr=1e38))
    assert outcome.status is TrialStatus.DIVERGED
    assert outcome.message.startswith("validation loss in epoch 1: term 'b' is ")


def test_metrics_that_refuse_nan_do_not_hide_that_the_training_diverged():
    def strict(outputs, batch):
        if not outputs["b"].isfinite().all():
            raise ValueError("Input contains NaN")
        return 0.0

    study = dataclasses.replace(zoo.zoo_study("mlp"), objectives={"strict": jr.minimize(strict)})
    [outcome] = run(problem_of(study, torch.float32), job_of(lr=1e30))
    assert outcome.status is TrialStatus.DIVERGED


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_term_of_weight_zero_may_be_anything(bad):
    losses = {**zoo.LOSSES, "b": lambda out, batch: zoo.LOSSES["b"](out, batch) * bad}
    problem = problem_of(dataclasses.replace(zoo.zoo_study("mlp"), losses=losses))
    corner, inside = run(problem, job_of(1.0), job_of(0.9))
    [plain] = run(problem_of(zoo.zoo_study("mlp")), job_of(1.0))
    assert corner.status is TrialStatus.COMPLETE
    assert corner.values == plain.values
    assert not math.isfinite(corner.losses["b"])
    assert inside.status is TrialStatus.DIVERGED
    assert inside.message == f"validation loss in epoch 0: term 'b' is {bad}"


def test_an_objective_that_is_not_finite_is_named():
    study = dataclasses.replace(
        zoo.zoo_study("mlp"), objectives={"odd": jr.minimize(lambda out, batch: math.nan)}
    )
    [outcome] = run(problem_of(study), job_of())
    assert outcome.status is TrialStatus.DIVERGED
    assert outcome.message.startswith("objective 'odd' is nan at the selected epoch ")


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nand advice"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        MemoryError("Unable to allocate 7 GiB"),
    ],
)
def test_running_out_of_memory_is_an_outcome_and_the_next_one_runs(error):
    def build(width):
        if width > 8:
            raise error
        return zoo.NETWORKS["mlp"]()

    problem = problem_of(dataclasses.replace(zoo.zoo_study("mlp", epochs=1), model=build))
    wide, narrow = run(problem, job_of(width=16), job_of(width=8))
    assert (wide.status, wide.message) == (TrialStatus.OUT_OF_MEMORY, str(error).split("\n")[0])
    assert narrow.status is TrialStatus.COMPLETE


def test_what_the_cpu_cannot_allocate_is_out_of_memory():
    # 4e18 bytes are beyond any address space
    study = dataclasses.replace(zoo.zoo_study("mlp"), model=lambda: nn.Linear(10**9, 10**9))
    [outcome] = run(problem_of(study), job_of())
    assert outcome.status is TrialStatus.OUT_OF_MEMORY
    assert "allocate" in outcome.message


def test_mistakes_in_the_studys_own_functions_are_raised():
    def wrong(outputs, batch):
        return outputs["c"].mean()

    study = dataclasses.replace(zoo.zoo_study("mlp"), losses={**zoo.LOSSES, "b": wrong})
    with pytest.raises(KeyError, match="'c'"):
        run(problem_of(study), job_of())
    shapes = dataclasses.replace(zoo.zoo_study("mlp"), model=lambda: zoo.TwoHeads("x", nn.Linear(5, 8), 8))
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        run(problem_of(shapes), job_of())


def test_the_number_of_threads_is_put_back(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    before, seen = torch.get_num_threads(), []

    def loss(outputs, batch):
        seen.append(torch.get_num_threads())
        return zoo.LOSSES["b"](outputs, batch)

    problem = problem_of(dataclasses.replace(zoo.zoo_study("mlp"), losses={**zoo.LOSSES, "b": loss}))
    torch.set_num_threads(3)
    try:
        run(problem, job_of(), job_of(lr=1e300))
        assert set(seen) == {1}
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


# --- CUDA ----------------------------------------------------------------------------------

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@pytest.mark.cuda
@needs_cuda
@pytest.mark.parametrize("name", sorted(set(zoo.NETWORKS) - set(zoo.RANDOM)))
def test_cuda_gives_the_figures_of_the_cpu_in_float64(name):
    study = zoo.zoo_study(name)
    on_cuda = prepare(study, study.data(), torch.device("cuda"), torch.float64)
    [cuda], [cpu] = run(on_cuda, job_of(0.25)), run(problem_of(study), job_of(0.25))
    assert cuda.losses == pytest.approx(cpu.losses, rel=1e-6)


@pytest.mark.cuda
@needs_cuda
@pytest.mark.parametrize("name", zoo.NETWORKS)
def test_no_step_waits_for_cuda(name):
    """Synchronising operations raise inside the epoch; evaluation alone may fetch figures."""
    study = zoo.zoo_study(name, epochs=2)
    mode = torch.cuda.set_sync_debug_mode

    def loss(outputs, batch):
        mode("error" if outputs["b"].requires_grad else "default")
        return zoo.LOSSES["b"](outputs, batch)

    problem = prepare(
        dataclasses.replace(study, losses={"b": loss, "a": zoo.LOSSES["a"]}),
        study.data(),
        torch.device("cuda"),
    )
    whole = problem.splits["train"].batches

    def batches(*args):
        yield from whole(*args)
        mode("default")  # the epoch is over

    problem.splits["train"].batches = batches
    try:
        [outcome] = run(problem, job_of(balancing="random-weights"))
    finally:
        mode("default")
    assert outcome.status is TrialStatus.COMPLETE


@pytest.mark.cuda
@needs_cuda
def test_streamed_data_give_the_outcome_of_resident_data_on_cuda():
    study, device = zoo.zoo_study("mlp"), torch.device("cuda")
    resident = prepare(study, study.data(), device)
    host = prepare(study, study.data(), CPU).splits
    streamed = Problem(study, {n: Split(s.tensors, device, resident=False) for n, s in host.items()}, device)
    [one], [other] = run(resident, job_of(test=True)), run(streamed, job_of(test=True))
    assert one.losses == pytest.approx(other.losses, rel=1e-4)
    assert one.test == pytest.approx(other.test, rel=1e-2)


@pytest.mark.cuda
@needs_cuda
def test_cuda_out_of_memory_gives_the_memory_back():
    def greedy(outputs, batch):
        return outputs["b"].new_empty(10**13).mean()

    study = dataclasses.replace(zoo.zoo_study("mlp"), losses={**zoo.LOSSES, "b": greedy})
    problem = prepare(study, study.data(), torch.device("cuda"))
    before = torch.cuda.memory_allocated()
    [outcome] = run(problem, job_of())
    assert outcome.status is TrialStatus.OUT_OF_MEMORY
    assert torch.cuda.memory_allocated() == before
