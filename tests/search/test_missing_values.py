"""What is missing in a study's data is said once, where it is loaded."""

from jrtune.search.run.session import RunConfig, load

STUDY = """
import numpy as np
from torch import nn
import jrtune as jr

def split(n, gone):
    label = np.zeros(n, np.float32)
    label[:gone] = np.nan
    return {"x": np.zeros((n, 2), np.float32), "label": label}

study = jr.Study(
    name="gaps",
    data=lambda: {"train": split(50, 12), "val": split(10, 0), "test": split(20, 3)},
    model=lambda: nn.Linear(2, 1),
    losses={"a": lambda out, batch: out["a"].mean(), "b": lambda out, batch: out["b"].mean()},
    objectives={"a": jr.minimize(lambda out, batch: 0.0), "b": jr.minimize(lambda out, batch: 0.0)},
    missing=("label",),
)
"""


def test_it_is_said_on_standard_error(tmp_path, capsys):
    path = tmp_path / "gaps.py"
    path.write_text(STUDY)
    load(RunConfig(path, [], str(tmp_path / "x.db"), device="cpu"))
    logged = capsys.readouterr()
    assert logged.err == "missing values: label in 12 of 50 of train, 3 of 20 of test\n"
    assert logged.out == ""
