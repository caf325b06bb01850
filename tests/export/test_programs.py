"""The network as .pt2 and ONNX: what it gives, what it carries, and what is refused."""

import io
import json
import sys

import pytest
import torch
from torch import nn

from jrtune.errors import InputError
from jrtune.export import programs
from jrtune.export.programs import to_onnx, to_pt2, used
from jrtune.models import FUSIONS, fusion_of

TEXT = json.dumps({"format": "jrtune-weights", "é": 1})


class Net(nn.Module):
    """Looks at "x", and at "mask" where there is one; an output is named as an input."""

    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU())
        self.heads = nn.ModuleDict({"x": nn.Linear(4, 3), "label": nn.Linear(4, 2)})

    def forward(self, batch):
        shared = self.trunk(batch["x"])
        if "mask" in batch:
            shared = shared * batch["mask"][:, None]
        return {name: head(shared) for name, head in self.heads.items()}


torch.manual_seed(0)
MODEL = Net().eval()
BATCH = {"x": torch.randn(9, 3), "mask": torch.ones(9), "y": torch.arange(9)}


def test_only_what_the_network_looks_at_goes_in():
    assert list(used(MODEL, BATCH)) == ["x", "mask"]
    assert list(used(MODEL, {"y": BATCH["y"], "x": BATCH["x"]})) == ["x"]

    class All(nn.Module):
        def forward(self, batch):
            return {"sum": sum(tensor.sum() for tensor in batch.values())}

    assert list(used(All(), BATCH)) == list(BATCH)


def test_pt2_gives_what_the_network_gives_and_carries_the_weights():
    extra = {"weights.json": ""}
    stored = torch.export.load(io.BytesIO(to_pt2(MODEL, BATCH, TEXT)), extra_files=extra).module()
    for count in (1, 5):
        some = {name: BATCH[name][:count] for name in ("x", "mask")}
        given, expected = stored(some), MODEL(some)
        assert set(given) == set(expected)
        for name, tensor in expected.items():
            torch.testing.assert_close(given[name], tensor, rtol=0, atol=1e-5)
    assert extra["weights.json"] in (TEXT, TEXT.encode())


@pytest.mark.slow  # seconds to import and to export
def test_onnx_gives_what_the_network_gives_and_carries_the_weights():
    onnx, runtime = (pytest.importorskip(name) for name in ("onnx", "onnxruntime"))
    pytest.importorskip("onnxscript")
    stored = to_onnx(MODEL, BATCH, TEXT)
    session = runtime.InferenceSession(stored)
    names = [output.name for output in session.get_outputs()]
    assert names == ["x_output", "label"]
    for count in (1, 5):
        some = {name: BATCH[name][:count] for name in ("x", "mask")}
        given = session.run(names, {name: tensor.numpy() for name, tensor in some.items()})
        for array, tensor in zip(given, MODEL(some).values(), strict=True):
            assert abs(array - tensor.detach().numpy()).max() <= 1e-5
    assert {p.key: p.value for p in onnx.load_from_string(stored).metadata_props}["jrtune"] == TEXT


def test_a_program_that_gives_something_else_is_refused():
    def off(select_subset):
        return {name: tensor + 1e-3 * (name == "label") for name, tensor in MODEL(select_subset).items()}

    with pytest.raises(
        InputError, match=r"the program to give .* got output 'label' off by 0.001 on 9 samples"
    ):
        programs._check("the program", off, MODEL, used(MODEL, BATCH))


def test_a_network_that_takes_one_number_of_samples_only_is_refused():
    class Fixed(nn.Module):
        def forward(self, batch):
            return {"x": batch["x"] * (2 if len(batch["x"]) == 3 else 3)}

    message = (
        r"a network that torch\.export takes, got 'UserError: Constraints.*take x\.shape\[0\] rather than len"
    )
    with pytest.raises(InputError, match=message):
        to_pt2(Fixed().eval(), BATCH, TEXT)


def test_every_fusion_takes_any_number_of_samples():
    class Fused(nn.Module):
        def __init__(self):
            super().__init__()
            self.fusions = nn.ModuleDict({name: fusion_of(name, (3, 3), 4, 2) for name in FUSIONS})

        def forward(self, batch):
            features, there = [batch["x"], batch["x"] + 1], batch["there"]
            return {name: fusion(features, there) for name, fusion in self.fusions.items()}

    select_subset = {"x": BATCH["x"], "there": torch.ones(9, 2, dtype=torch.bool)}
    program = programs._exported(
        Fused().eval(), (select_subset,), dict.fromkeys(select_subset, programs.ANY_NUMBER)
    ).module()
    assert program({name: tensor[:5] for name, tensor in select_subset.items()})["gated"][0].shape == (5, 2)


def test_an_output_of_truth_values_is_checked_too():
    def run(select_subset):
        return {"high": select_subset["x"] > 0}

    programs._check("the program", run, run, {"x": BATCH["x"]})


def test_one_sample_is_enough_to_export():
    assert to_pt2(MODEL, {name: tensor[:1] for name, tensor in BATCH.items()}, TEXT)


def test_missing_libraries_are_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(InputError, match=r'pip install "jrtune\[onnx\]"'):
        to_onnx(MODEL, BATCH, TEXT)
