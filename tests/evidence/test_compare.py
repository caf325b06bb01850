"""The comparison of methods as it is read from the database, at any time."""

from dataclasses import replace

import pytest
from build_results import confirmed_front, make_results
from stored import add_trials, store

from jrtune.evidence.compare import TUNED, compare_methods, part_name, read_comparison
from jrtune.evidence.front import front, hypervolume_of_values
from jrtune.spec import Ending
from jrtune.store.database import reading_database
from jrtune.store.records import Results

WHOLE = confirmed_front(make_results(trials=14, seeds=0))
EQUAL = make_results(trials=12, seeds=0, seed=1)


def read(path, name="synthetic"):
    with reading_database(path) as database:
        return read_comparison(database, name)


def part(method, results=EQUAL):
    return confirmed_front(results, part_name("synthetic", method))


def test_what_is_read_is_what_was_compared(tmp_path):
    found = {name: part(name) for name in ("equal weights", "single digit", "single edge", "random-weights")}
    path = store(tmp_path / "x.db", WHOLE, *found.values(), confirmed_front(EQUAL, "another"))
    rows = read(path)
    assert rows == compare_methods(WHOLE, found)
    assert [row.method for row in rows] == [TUNED, "equal weights", "random-weights", "single-task models"]
    assert [row.trainings for row in rows] == [14, 12, 12, 24]
    figures = [c.test for c in WHOLE.confirmations if c.seed == 1]
    volume = hypervolume_of_values(figures, WHOLE.study)
    gaps = rows[0].hypervolume.mean * 2 - volume
    assert gaps == pytest.approx(
        hypervolume_of_values([c.test for c in WHOLE.confirmations if c.seed == 0], WHOLE.study)
    )


def test_without_a_comparison_there_is_none(tmp_path):
    assert read(store(tmp_path / "x.db", WHOLE)) == []


def test_a_front_that_is_confirmed_in_part_is_not_compared():
    equal = part("equal weights")
    label = f"trial {front(equal)[0].number}"
    once = replace(
        equal, confirmations=tuple(c for c in equal.confirmations if (c.label, c.seed) != (label, 1))
    )
    rows = compare_methods(WHOLE, {"equal weights": once})
    assert [row.behind.seeds for row in rows] == [2, 1]
    never = replace(equal, confirmations=tuple(c for c in equal.confirmations if c.label != label))
    assert [row.method for row in compare_methods(WHOLE, {"equal weights": never})] == [TUNED]


def test_a_training_that_diverged_takes_its_member_from_the_seed_alone():
    first, *rest = WHOLE.confirmations
    diverged = replace(WHOLE, confirmations=(replace(first, ending=Ending.DIVERGED, val={}, test={}), *rest))
    (row,) = compare_methods(diverged, {})
    assert row.hypervolume.seeds == 2
    assert row.hypervolume.mean < compare_methods(WHOLE, {})[0].hypervolume.mean


def test_a_study_that_went_on_is_not_compared_until_it_is_confirmed(tmp_path):
    path = store(tmp_path / "x.db", WHOLE, part("equal weights"))
    assert len(read(path)) == 2
    better = {"accuracy": 0.99, "edge_f1": 0.99}
    add_trials(path, "synthetic", [replace(WHOLE.trials[5], number=14, values=better)])
    assert read(path) == []


def test_without_a_reference_point_there_is_nothing_to_compare():
    early = Results(replace(WHOLE.study, reference=None), WHOLE.trials, WHOLE.confirmations)
    assert compare_methods(early, {"equal weights": part("equal weights")}) == []
