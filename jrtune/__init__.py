"""jrtune: task weights of joint models: search them, believe the front, take them elsewhere.

The public names are those in ``__all__``. Those that need torch are imported at first use, so that
reading results or loading weights does not wait for it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from jrtune.errors import DataError, InputError, Interrupted, JrtuneError, StorageError, StudyError
from jrtune.spec import Candidate, Study, Training, Weighting, choice, integer, maximize, minimize, number

if TYPE_CHECKING:
    from jrtune import data, losses, metrics, models
    from jrtune.export.weights import Weights, load_weights
    from jrtune.search.amortised import AmortisedFront, amortised_front
    from jrtune.search.conditioned import measure, train_conditioned
    from jrtune.search.front.sampler import FrontSampler
    from jrtune.train.resources import latency, parameters

__version__ = "0.1.0"

_LAZY = {
    "AmortisedFront": "jrtune.search.amortised",
    "FrontSampler": "jrtune.search.front.sampler",
    "amortised_front": "jrtune.search.amortised",
    "data": "jrtune.data",
    "losses": "jrtune.losses",
    "metrics": "jrtune.metrics",
    "models": "jrtune.models",
    "load_weights": "jrtune.export.weights",
    "Weights": "jrtune.export.weights",
    "latency": "jrtune.train.resources",
    "measure": "jrtune.search.conditioned",
    "parameters": "jrtune.train.resources",
    "train_conditioned": "jrtune.search.conditioned",
}

__all__ = [
    "AmortisedFront",
    "Candidate",
    "DataError",
    "FrontSampler",
    "InputError",
    "Interrupted",
    "JrtuneError",
    "StorageError",
    "Study",
    "StudyError",
    "Training",
    "Weighting",
    "Weights",
    "amortised_front",
    "choice",
    "data",
    "integer",
    "latency",
    "load_weights",
    "losses",
    "maximize",
    "measure",
    "metrics",
    "minimize",
    "models",
    "number",
    "parameters",
    "train_conditioned",
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'jrtune' has no attribute {name!r}")
    module = import_module(_LAZY[name])
    return module if module.__name__ == f"jrtune.{name}" else getattr(module, name)


def __dir__() -> list[str]:
    return __all__
