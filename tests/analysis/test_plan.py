"""What is to be confirmed: the front, the baselines, and fair single-task rivals."""

from dataclasses import replace

from build_results import make_results, study_record, trial

from jrtune.analysis.front import front
from jrtune.analysis.plan import missing, to_confirm, trainings_of
from jrtune.spec import simplex
from jrtune.store.records import Results


def wanted_of(results):
    return to_confirm(results, front(results))


def labels(results, role):
    return [item.label for item in wanted_of(results) if item.role == role]


def with_term(results, term):
    objectives = {n: replace(o, term=term) for n, o in results.study.spec.objectives.items()}
    spec = replace(results.study.spec, objectives=objectives)
    return replace(results, study=replace(results.study, spec=spec))


def test_a_task_without_a_term_gets_a_twin_of_every_single_task_model():
    results = with_term(make_results(), None)
    terms = results.study.terms
    controls = labels(results, "control")
    for term in terms:
        assert any(label.startswith(f"single {term}, choices of trial ") for label in controls)


def test_a_term_gets_its_own_twin_alone():
    results = with_term(make_results(), make_results().study.terms[0])
    assert all(label.startswith(f"single {results.study.terms[0]}, ") for label in labels(results, "control"))


def test_a_group_is_one_task():
    study = study_record({"accuracy": "maximize"})
    spec = replace(study.spec, weights=simplex(groups={"both": study.terms}))
    weights = {term: 1 / len(study.terms) for term in study.terms}
    results = Results(replace(study, spec=spec), (trial(0, {"accuracy": 0.9}, weights),))
    assert labels(results, "front") == ["trial 0"]
    assert labels(results, "control") == []  # no joint member: its terms share a weight


def test_missing_is_what_no_seed_of_a_label_has():
    results = make_results()
    wanted = wanted_of(results)
    fresh = replace(results, confirmations=())
    assert len(missing(fresh, wanted, 3)) == 3 * len(wanted)
    assert {seed for _, seed in missing(fresh, wanted, 3)[: len(wanted)]} == {0}


def test_one_training_that_confirms_two_labels_counts_once():
    results = make_results()
    one = results.confirmations[0]
    both = replace(results, confirmations=(one, replace(one, label="another", role="baseline")))
    assert trainings_of(both) == {(one.candidate.to_json(), one.seed): one.seconds}
