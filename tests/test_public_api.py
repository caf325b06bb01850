"""The public names: these and no others, each documented, and all that studies use."""

import ast
import inspect
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest

import jrtune as jr

STUDIES = Path(__file__).parents[1] / "studies"

# a name that is added or taken away is added or taken away here, on purpose
PUBLIC = [
    *(
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
    ),
    *(
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
    ),
    *(
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
    ),
    *("parameters", "simplex", "train_conditioned"),
]
IN_MODULES = {
    "data": [
        *(
            "Captions",
            "Hours",
            "Waves",
            "Windows",
            "check_splits",
            "column_names",
            "cut_windows",
            "describe_digits",
        ),
        *("describe_missing", "fingerprint", "group_split", "join_hourly", "log_mel", "nothing"),
        *(
            "pair_by_label",
            "read_arff",
            "read_arrays",
            "read_captions",
            "read_grey",
            "read_hourly",
            "read_idx",
            "read_images",
            "read_matrix",
        ),
        *(
            "read_pictures",
            "read_table",
            "read_waves",
            "read_windows",
            "runs",
            "split_words",
            "stratified_split",
            "thin",
        ),
        *("time_split", "tokenise", "vocabulary"),
    ],
    "losses": [
        *("ADAPTIVE", "Balancing", "Constrained", "GradientBalancing", "Scalarised"),
        *("absolute_error", "adaptive", "binary_cross_entropy", "class_balanced_weights", "contrastive"),
        *("coral", "cross_entropy", "distillation", "domain_loss", "implies", "info_nce", "jacobian_of"),
        *("masked_mean", "mmd", "monotone"),
        *(
            "reverse_gradient",
            "squared_error",
            "task_covariance",
            "task_relation",
            "tie",
            "trace_norm",
            "without_gradient",
        ),
    ],
    "metrics": [
        *("accuracy", "auroc", "binary_f1", "macro_f1", "mean_shares", "ndcg_at", "recall_at"),
        *("relative_absolute_error", "sensitivity_at_specificity", "unweighted_average_recall"),
    ],
    "models": [
        *("Categories", "ConvBlock", "ConvEncoder", "CrossStitch", "FUSIONS"),
        *("GaussianLatent", "ImageDecoder", "MAML", "MLP", "MMoE", "MapHead", "ModalityDropout", "PLE"),
        *("Point", "PooledHead", "Reptile", "SHARINGS", "SeriesEncoder", "TextDecoder", "WordBag"),
        *("WordConv", "fusion_of", "only_present", "sharing_of"),
    ],
}


def public(module):
    """What a public module offers: its ``__all__``, or what it defines itself."""
    own = [n for n, v in vars(module).items() if getattr(v, "__module__", None) == module.__name__]
    return sorted(getattr(module, "__all__", [name for name in own if not name.startswith("_")]))


def offered():
    """Dotted name -> thing, of all public names."""
    found = {name: getattr(jr, name) for name in PUBLIC}
    return found | {f"{m}.{n}": getattr(getattr(jr, m), n) for m, names in IN_MODULES.items() for n in names}


def test_the_public_names_are_these():
    assert jr.__all__ == PUBLIC
    for module, names in IN_MODULES.items():
        assert public(getattr(jr, module)) == names


def test_a_star_import_gives_the_public_names():
    namespace = {}
    exec("from jrtune import *", namespace)
    assert {name for name in namespace if not name.startswith("__")} == set(PUBLIC)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'jrtune' has no attribute 'nothing'"):
        jr.nothing  # noqa: B018


def said_below(constant):
    """The text below the definition of a constant."""
    for file in Path(jr.__file__).parent.rglob("*.py"):
        body = ast.parse(file.read_text()).body
        for node, following in pairwise(body):
            if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == constant:
                return isinstance(following, ast.Expr) and ast.literal_eval(following.value)
    return None


@pytest.mark.parametrize("name", offered())
def test_a_public_name_is_documented(name):
    thing = offered()[name]
    if isinstance(thing, Mapping):  # a constant: its words stand below it, and Python does not keep them
        text = said_below(name.split(".")[-1])
    else:
        text = vars(thing).get("__doc__") if inspect.isclass(thing) else thing.__doc__
    assert text
    assert not text.startswith(f"{name.split('.')[-1]}(")  # what dataclass writes where nobody has
    for method, function in vars(thing).items() if inspect.isclass(thing) else ():
        if inspect.isfunction(function) and not method.startswith("_") and method != "forward":
            assert function.__doc__, f"{name}.{method} has no docstring"


def not_public(source):
    """What a study takes from the package that is no public name."""
    tree, aliases, used = ast.parse(source), set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            ours = {a.asname or a.name: a.name for a in node.names if a.name.split(".")[0] == "jrtune"}
            aliases |= set(ours)
            used |= {name.removeprefix("jrtune.") for name in ours.values() if name != "jrtune"}
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "jrtune":
            inner = node.module.removeprefix("jrtune").lstrip(".")
            used |= {f"{inner}.{alias.name}".lstrip(".") for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
            used.add(node.attr)
        dotted = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
        # of what a call gives, an attribute is no name of ours
        if dotted.replace(".", "").isidentifier() and dotted.partition(".")[0] in aliases:
            used.add(dotted.partition(".")[2])
    known = offered()
    # an attribute of a class is the class's own affair: jr.Study.describe
    return {
        name
        for name in used
        if name not in known and name.rpartition(".")[0] not in set(known) - set(IN_MODULES)
    }


@pytest.mark.parametrize("file", sorted(STUDIES.rglob("*.py")), ids=lambda file: file.name)
def test_studies_use_public_names_alone(file):
    assert not_public(file.read_text()) == set()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import jrtune as jr\njr.data.read_images(jr.Study)", set()),
        ("from jrtune import Study, spec", {"spec"}),
        ("import jrtune as jr\njr.data.read_images(jr.Study).items()", set()),
        ("from jrtune.spec import Entry", {"spec.Entry"}),
        ("import jrtune.store.study_store", {"store.study_store"}),
        ("import jrtune as jr\njr.spec.Entry", {"spec", "spec.Entry"}),
        ("import jrtune as jr\nprint(jr.data.idx.read())", {"data.idx", "data.idx.read"}),
    ],
)
def test_names_that_are_not_public_are_found(source, found):
    assert not_public(source) == found
