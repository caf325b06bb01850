"""The code that a bundle's card shows: every block runs as it is written, and takes public names alone."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from build_results import make_results
from safetensors.torch import save
from test_public_api import not_public, offered
from torch import nn

from jrtune.analysis.analysis import Analysis
from jrtune.export import snippets
from jrtune.export.bundle import write_bundle
from jrtune.export.programs import to_onnx, to_pt2
from jrtune.losses import ADAPTIVE, SCALARISATIONS

RESULTS = make_results()
TRIAL = RESULTS.trials[4]
WEIGHTS = TRIAL.candidate.weights
LOSSES = {term: torch.tensor(2.0 + number, requires_grad=True) for number, term in enumerate(WEIGHTS)}
FUNCTIONS = {"digit": lambda out, batch: out.square().mean(), "edge": lambda out, batch: out.abs().mean()}
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


class Net(nn.Module):
    """Takes and gives a dict, as a study's model does."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def forward(self, batch):
        return {"y": self.layer(batch["x"])}


BATCH = {"x": torch.randn(4, 2, generator=torch.Generator().manual_seed(0))}


@pytest.fixture
def shown(tmp_path, monkeypatch):
    """Writes a bundle and goes there: a function from what differs in it to its card."""

    def write(balancing="fixed", scalarisation="sum", constraints=None, model=None, programs=None):
        training = replace(RESULTS.study.spec.training, scalarisation=scalarisation)
        spec = replace(RESULTS.study.spec, training=training, constraints=constraints or {})
        study = replace(RESULTS.study, spec=spec)
        choice = replace(TRIAL, candidate=replace(TRIAL.candidate, balancing=balancing))
        analysis = Analysis(replace(RESULTS, study=study))
        monkeypatch.chdir(tmp_path)  # a bundle that is worked in is not replaced
        write_bundle(choice, analysis, model, tmp_path / "b", "x", programs=programs)
        monkeypatch.chdir(tmp_path / "b")
        return Path("README.md").read_text()

    return write


def ran(card, text, **scope):
    """Runs the block of the card that has this text, beside what a reader has: its variables."""
    (block,) = [code for code in BLOCK.findall(card) if text in code]
    scope |= {f"{term}_loss": loss for term, loss in LOSSES.items()} | {"losses": LOSSES}
    exec(block, scope)
    return scope


def test_every_block_takes_public_names_alone():
    texts = [text for name, text in vars(snippets).items() if name.isupper()]
    blocks = [block for text in texts for block in BLOCK.findall(text)]
    assert len(blocks) == 8
    for block in blocks:
        assert not_public(block.replace("{losses}", "{}").replace("{scalarisation}", "dwa")) == set()
    named = {name for text in texts for name in re.findall(r"`jrtune\.([\w.]+)`", text)}
    assert named == {"losses", "losses.Constrained"}
    assert named <= set(offered())


def test_a_weighted_sum(shown):
    card = shown()
    plain = sum(WEIGHTS[term] * loss.item() for term, loss in LOSSES.items())
    assert ran(card, "the weighted sum")["loss"].item() == pytest.approx(plain)
    assert ran(card, "json.load")["loss"].item() == pytest.approx(plain)


@pytest.mark.parametrize("name", [name for name in SCALARISATIONS if name != "sum"])
def test_a_chebyshev_form(shown, name):
    parts = torch.tensor([WEIGHTS[term] * loss.item() for term, loss in LOSSES.items()])
    loss = ran(shown(scalarisation=name), "Scalarised")["loss"]
    assert loss.item() == pytest.approx(SCALARISATIONS[name](parts).item())
    assert all(grad is not None for grad in torch.autograd.grad(loss, list(LOSSES.values())))


@pytest.mark.parametrize("name", ["uncertainty", "dwa", "random-weights"])
def test_an_adaptive_method_and_what_its_card_says_beside(shown, name):
    card = shown(balancing=name)
    scope = ran(card, "ADAPTIVE")
    assert isinstance(scope["balancing"], ADAPTIVE[name])
    assert scope["loss"].requires_grad
    if name == "uncertainty":
        assert scope["loss"].item() == sum(loss.item() for loss in LOSSES.values())  # exp(0) of each
    scope["means"] = torch.tensor([loss.item() for loss in LOSSES.values()])
    scope["model"], scope["jacobian_of"] = Net(), offered()["losses.jacobian_of"]
    output = scope["model"](BATCH)["y"]
    scope["terms"] = [output.mean(), output.square().mean()]
    spans = re.findall(r"`((?:balancing|jacobian_of)\b[^`]*)`", card)
    assert len(spans) == 3
    after, needs, jacobian = (eval(span, scope) for span in spans)
    assert (after, needs) == (None, False)
    assert jacobian.norms().shape == (2,)


def test_limits_beside_the_weights(shown):
    assert "`jrtune.losses.Constrained`: edge at most 0.4." in shown(constraints={"edge": 0.4})


def test_weights_for_another_project(shown):
    scope = {"model": nn.Linear(1, 1), "batches": [torch.ones(2, 1)], "functions": FUNCTIONS}
    scope = ran(shown(), "jrtune.calibrate", **scope)
    assert sum(scope["weights"].values()) == pytest.approx(1)
    assert scope["weights"].factor != 1


def test_the_model_in_plain_pytorch(shown):
    card = shown(model=save({"weight": torch.ones(1, 1), "bias": torch.zeros(1)}))
    taken = []

    def build(**choices):
        taken.append(choices)
        return nn.Linear(1, 1)

    assert ran(card, "load_model", build=build)["model"].weight.item() == 1
    assert taken == [dict(TRIAL.candidate.choices)]


def test_the_model_by_torch_alone(shown):
    model = Net().eval()
    card = shown(programs=lambda text: {"model.pt2": to_pt2(model, BATCH, text)})
    outputs = ran(card, "torch.export.load", batch=BATCH)["outputs"]
    torch.testing.assert_close(outputs, model(BATCH), rtol=0, atol=1e-5)


@pytest.mark.slow  # seconds to import and to export
def test_the_model_in_onnx_runtime(shown):
    for library in ("onnx", "onnxruntime", "onnxscript"):
        pytest.importorskip(library, reason=f"{library} is an extra, and is not installed here")
    model = Net().eval()
    card = shown(programs=lambda text: {"model.onnx": to_onnx(model, BATCH, text)})
    arrays = {name: tensor.numpy() for name, tensor in BATCH.items()}
    outputs = ran(card, "onnxruntime", arrays=arrays)["outputs"]
    assert abs(outputs["y"] - model(BATCH)["y"].detach().numpy()).max() <= 1e-5


def test_every_snippet_reaches_a_card(shown):
    """So that none of them is left out above: the blocks of all these cards are all blocks."""
    everything = {"model.pt2": b"", "model.onnx": b""}
    cards = shown(programs=lambda text: everything) + shown(scalarisation="chebyshev")
    cards += shown(balancing="dwa", model=save({"weight": torch.ones(1)}))
    assert len(set(BLOCK.findall(cards))) == 8
