"""The code on a card, by which weights and model are loaded. Words in braces are filled in."""

LOADING = """\
With jrtune, in any training loop:

```python
import jrtune

weights = jrtune.load_weights("weights.json")
loss = weights({losses})   # the weighted sum, differentiable
```

With JSON alone:

```python
import json

weights = json.load(open("weights.json"))["weights"]
loss = sum(weights[term] * losses[term] for term in weights if weights[term] > 0)
```
"""

CHEBYSHEV = """\
They scalarise the losses as `{scalarisation}`, not as a sum. With jrtune, in any training loop:

```python
import jrtune
from jrtune.losses import Scalarised

weights = jrtune.load_weights("weights.json")
losses = {losses}
scalarise = Scalarised(list(weights.values()), weights.scalarisation)
loss = weights.factor * scalarise([losses[term] for term in weights])   # factor: 1 unless rescaled
```
"""

ADAPTIVE = """\
With jrtune, in any training loop:

```python
from jrtune.losses import ADAPTIVE

losses = {losses}
balancing = ADAPTIVE["{scalarisation}"](len(losses))
loss = balancing(list(losses.values()))
```

Its parameters, where it has any, learn with the model's, without decay; after each epoch
`balancing.after_epoch(means)` is given the T means of the losses over the epoch, as a tensor. A method with
`balancing.needs_gradients` takes `jacobian_of(terms, list(model.parameters()))`, of `jrtune.losses`, after
the losses; one of a study file's own is registered by importing that file.
"""

ELSEWHERE = """
With losses of another size (other units, summed rather than averaged, another network or other data) the
same numbers mean something else. A few batches of the new project say what they are there:

```python
import jrtune

# functions: loss term -> (outputs, batch) -> scalar
scale = jrtune.calibrate(model, batches, functions)
weights = jrtune.load_weights("weights.json").rescale(scale, by="losses")
```

So the same losses in other units, or summed rather than averaged, give the very gradients of before, and
weights found on a small network and little data do well on a large one. `by="gradients"` keeps how strongly
each term pulls at shared parameters instead: for other loss functions of the same tasks.
"""

MODEL = """
The trained model in plain PyTorch, where `build` is the study's model function:

```python
import json
from safetensors.torch import load_model

config = json.load(open("config.json"))
model = build(**config["model"])
load_model(model, "model.safetensors")
```
"""

PT2 = """
The trained model without its source, by torch alone:

```python
import torch

program = torch.export.load("model.pt2", extra_files={"weights.json": ""})
outputs = program.module()(batch)   # a dict of tensors, as the study's model takes and gives
```
"""

ONNX = """
The trained model in ONNX Runtime:

```python
import onnxruntime

session = onnxruntime.InferenceSession("model.onnx")
names = [output.name for output in session.get_outputs()]
outputs = dict(zip(names, session.run(names, arrays)))   # arrays: name of an input -> numpy array
```
"""

LIMITS = """
Training held loss terms to limits besides, by the penalty of `jrtune.losses.Constrained`: {limits}.
"""

NO_MODEL = "\nThere is no model.safetensors here: the parameters of this trial were not at hand at export.\n"
