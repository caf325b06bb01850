"""jrtune: task weights of joint models: search them, believe the front, take them elsewhere.

The public names are those in ``__all__``. Those that need torch are imported at first use, so that
reading results or loading weights does not wait for it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from jrtune.errors import DataError, InputError, Interrupted, JrtuneError, StorageError, StudyError
from jrtune.spec import Candidate, Study, Training, choice, integer, maximize, minimize, number, simplex

if TYPE_CHECKING:
    from jrtune import data, losses, metrics, models
    from jrtune.conditioned.amortised import AmortisedFront, amortised_front
    from jrtune.conditioned.calls import measure, train_conditioned
    from jrtune.conditioned.network import Conditioned
    from jrtune.export.calibrate import calibrate
    from jrtune.export.scale import Scale
    from jrtune.export.weights import Weights, load_weights
    from jrtune.integrations import from_lightning, from_module
    from jrtune.metrics.resources import latency, parameters
    from jrtune.notebook.comparison import Comparison, load_comparison
    from jrtune.notebook.front import Front, load_front
    from jrtune.notebook.point import PickedPoint
    from jrtune.search.front.sampler import FrontSampler

__version__ = "0.1.0"

_LAZY = {
    "AmortisedFront": "jrtune.conditioned.amortised",
    "Conditioned": "jrtune.conditioned.network",
    "Comparison": "jrtune.notebook.comparison",
    "Front": "jrtune.notebook.front",
    "FrontSampler": "jrtune.search.front.sampler",
    "amortised_front": "jrtune.conditioned.amortised",
    "calibrate": "jrtune.export.calibrate",
    "data": "jrtune.data",
    "from_lightning": "jrtune.integrations",
    "from_module": "jrtune.integrations",
    "losses": "jrtune.losses",
    "metrics": "jrtune.metrics",
    "models": "jrtune.models",
    "load_comparison": "jrtune.notebook.comparison",
    "load_front": "jrtune.notebook.front",
    "load_weights": "jrtune.export.weights",
    "PickedPoint": "jrtune.notebook.point",
    "Scale": "jrtune.export.scale",
    "Weights": "jrtune.export.weights",
    "latency": "jrtune.metrics.resources",
    "measure": "jrtune.conditioned.calls",
    "parameters": "jrtune.metrics.resources",
    "train_conditioned": "jrtune.conditioned.calls",
}

__all__ = [
    "AmortisedFront",
    "Candidate",
    "Comparison",
    "Conditioned",
    "DataError",
    "Front",
    "FrontSampler",
    "InputError",
    "Interrupted",
    "JrtuneError",
    "PickedPoint",
    "Scale",
    "StorageError",
    "Study",
    "StudyError",
    "Training",
    "Weights",
    "amortised_front",
    "calibrate",
    "choice",
    "data",
    "from_lightning",
    "from_module",
    "integer",
    "latency",
    "load_comparison",
    "load_front",
    "load_weights",
    "losses",
    "maximize",
    "measure",
    "metrics",
    "minimize",
    "models",
    "number",
    "parameters",
    "simplex",
    "train_conditioned",
]


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module 'jrtune' has no attribute {name!r}")
    module = import_module(_LAZY[name])
    return module if module.__name__ == f"jrtune.{name}" else getattr(module, name)


def __dir__() -> list[str]:
    return __all__
