"""The benchmark of fronts: what it measures, what it compares, and what it prints."""

import json
import math
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from bench_front.arms import CONDITIONED, DEFAULT, OURS, PLAIN, rehearse
from bench_front.measure import Run, Seen, Yardstick, curve, first, lasting, median_curve, worth
from bench_front.networks import one_front, search
from bench_front.problem import STUDIES, Spec, job_of
from bench_front.reference import references, summed_up
from bench_front.searches import EqualGrid, Moasha, PlainOptuna, grid
from bench_front.table import draw, table

from jrtune.errors import StudyError
from jrtune.space.space import Space
from jrtune.spec import Candidate, Outcome, TrialStatus
from jrtune.spec.study_file import load_study

FOLDER = Path(__file__).parent
STUDY = load_study(STUDIES["digits"])
YARDSTICK = Yardstick(["a", "b"], [-1, 1], [0.0, 1.0])
"""a is maximised from 0, b minimised from 1."""


def seen(seconds, val, test):
    return Seen(seconds, {}, list(val), list(test))


class TestYardstick:
    def test_of_a_study(self):
        assert Yardstick.of(STUDY) == Yardstick(["accuracy", "edge_f1"], [-1, -1], [0.0, 0.0])

    def test_without_a_reference_point(self):
        bare = replace(STUDY.objectives["edge_f1"], worst=None)
        objectives = {**STUDY.objectives, "edge_f1": bare}
        with pytest.raises(ValueError, match=r"expected worst= of every objective, got none of 'edge_f1'"):
            Yardstick.of(replace(STUDY, objectives=objectives))


class TestWorth:
    def test_nothing(self):
        assert worth([], YARDSTICK) == 0.0

    def test_one_point(self):
        assert worth([seen(1, (0, 0), (0.5, 0.6))], YARDSTICK) == pytest.approx(0.5 * 0.4)

    def test_selection_is_on_validation_and_figures_on_test(self):
        lucky_on_test = seen(2, (0.1, 0.9), (1.0, 0.0))
        chosen = seen(1, (0.5, 0.5), (0.4, 0.5))
        assert worth([chosen, lucky_on_test], YARDSTICK) == pytest.approx(0.4 * 0.5)

    def test_it_may_fall(self):
        points = curve([seen(1, (0.5, 0.5), (0.5, 0.5)), seen(2, (0.6, 0.4), (0.3, 0.5))], YARDSTICK)
        assert points == [(1, pytest.approx(0.25)), (2, pytest.approx(0.15))]

    def test_beyond_the_budget_nothing_counts(self):
        assert curve([seen(3, (0.5, 0.5), (0.5, 0.5))], YARDSTICK, budget=2) == []

    def test_what_came_together_is_one_step(self):
        points = curve([seen(1, (0.5, 0.5), (0.5, 0.5)), seen(1, (0.2, 0.1), (0.2, 0.1))], YARDSTICK)
        assert points == [(1, pytest.approx(0.25 + 0.2 * 0.4))]


def test_times_to_a_level():
    points = [(1, 0.2), (2, 0.9), (3, 0.8), (4, 0.95)]
    assert (first(points, 0.9), lasting(points, 0.9)) == (2, 4)
    assert (first(points, 0.99), lasting(points, 0.99)) == (math.inf, math.inf)
    assert lasting([(1, 0.9), (2, 0.8)], 0.9) == math.inf


def test_median_curve():
    curves = [[(1, 0.5), (3, 0.9)], [(2, 0.7)], []]
    assert median_curve(curves, [0.5, 1, 2, 3]) == [0.0, 0.0, 0.5, 0.7]


class TestRun:
    def outcome(self, status=TrialStatus.COMPLETE, a=0.5, b=0.5):
        return Outcome(status, values={"a": a, "b": b}, test={"a": a, "b": b})

    def test_counts_what_did_not_complete(self):
        run = Run(YARDSTICK, budget=60)
        for status in (
            TrialStatus.PRUNED,
            TrialStatus.DIVERGED,
            TrialStatus.OUT_OF_MEMORY,
            TrialStatus.COMPLETE,
        ):
            run.see([(Candidate({}), self.outcome(status))])
        assert (run.pruned, run.failed, len(run.seen)) == (1, 2, 1)

    def test_a_network_is_one_training_seen_at_many_weightings(self):
        run = Run(YARDSTICK, budget=60)
        run.see([(Candidate({}), self.outcome())] * 11, trainings=1)
        run.see([(Candidate({}), self.outcome(TrialStatus.DIVERGED))], trainings=1)
        run.see([(Candidate({}), self.outcome())] * 2)
        assert (run.trained, len(run.seen), run.failed) == (3, 13, 1)

    def test_is_over_some_time_after_the_goal(self):
        run = Run(YARDSTICK, budget=1000, goal=0.3, beyond=1.5)
        run.start -= 100
        run.see([(Candidate({}), self.outcome(a=0.5))])
        assert run.left() > 800
        run.see([(Candidate({}), self.outcome(a=0.9))])
        assert run.left() == pytest.approx(50, abs=1)

    def test_what_ended_together_is_judged_together(self):
        run = Run(YARDSTICK, budget=60, goal=0.2)
        # the first alone would reach the goal, and the second takes its place on validation
        better = Outcome(TrialStatus.COMPLETE, values={"a": 0.6, "b": 0.4}, test={"a": 0.1, "b": 0.9})
        run.see([(Candidate({}), self.outcome()), (Candidate({}), better)])
        assert run.end == math.inf
        assert len({one.seconds for one in run.seen}) == 1

    def test_what_ends_late_does_not_count(self):
        run = Run(YARDSTICK, budget=0.01)
        time.sleep(0.02)
        run.see([(Candidate({}), self.outcome())])
        assert (run.seen, run.left()) == ([], 0)


class TestSearches:
    def test_the_grid_has_the_default_choices_first_and_no_candidate_twice(self):
        found = list(grid(Space(STUDY)))
        assert len(found) == 11 * 3  # hard, and cross-stitch with two stitches
        assert [c.weights["digit"] for c in found[:11]] == pytest.approx([k / 10 for k in range(11)])
        assert all(c.choices == Space(STUDY).default(c.weights).choices for c in found[:11])
        assert len({c.to_json() for c in found}) == len(found)
        for candidate in found:
            Space(STUDY).encode(candidate)  # raises where it lies outside

    def test_the_grid_ends(self):
        search = EqualGrid(STUDY, 0)
        assert [search.ask() is None for _ in range(34)] == [False] * 33 + [True]

    @pytest.mark.parametrize("sampler", ["tpe", "nsga2", "random"])
    def test_plain_optuna_stays_in_the_space_and_follows_its_seed(self, sampler):
        pending = []
        for _ in range(2):
            search = PlainOptuna(STUDY, 3, sampler)
            rehearse(search, STUDY)
            pending.append(search.ask())
            search.tell(pending[-1][0], Outcome(TrialStatus.DIVERGED))
        assert pending[0] == pending[1]
        Space(STUDY).encode(pending[0][1])

    def test_moasha_stops_the_worst(self):
        pytest.importorskip("syne_tune")
        search = Moasha(STUDY, 0)
        pending = [search.ask()[0] for _ in range(6)]
        good = [search.goes_on(n, 1, {"accuracy": 0.9, "edge_f1": 0.9}) for n in pending[:5]]
        assert any(good)
        assert not search.goes_on(pending[5], 1, {"accuracy": 0.1, "edge_f1": 0.1})

    def test_jobs_are_measured_on_test_and_share_the_order_of_minibatches(self):
        one, two = (job_of(Candidate({"digit": 1.0}), 7, k) for k in range(2))
        assert one.test
        assert one.order_seed == two.order_seed == 7
        assert one.seed != two.seed


class TestConditioned:
    def test_a_front_is_seen_as_it_was_at_each_check(self):
        problem = Spec("concave", device="cpu", epochs=3).prepare()
        run = Run(Yardstick.of(problem.study), budget=60)
        assert one_front(problem, 0, run, epochs=3) == 1
        times = sorted({one.seconds for one in run.seen})
        assert len(times) == 2
        assert [sum(one.seconds == t for one in run.seen) for t in times] == [11, 11]
        last = [one for one in run.seen if one.seconds == times[-1]]
        assert len({tuple(one.val) for one in last}) == 11  # of the network at each weighting
        assert run.trained == 1

    def test_networks_that_cannot_be_trained(self):
        problem = Spec("concave", device="cpu", epochs=1).prepare()
        losses = {name: lambda outputs, batch: outputs["x"].sum() * math.nan for name in problem.study.losses}
        broken = replace(problem, study=replace(problem.study, losses=losses))
        with pytest.raises(StudyError, match="no conditioned network could be trained"):
            search(broken, 0, Run(Yardstick.of(problem.study), budget=60))


class TestReference:
    def test_the_best_is_of_all_searches_together(self):
        searches = [[seen(1, (a, b), (a, b))] for a, b in ((0.5, 0.5), (0.9, 0.8), (0.2, 0.2))]
        found = summed_up(searches, YARDSTICK)
        assert found["median"] == pytest.approx(0.9 * 0.2)  # of 0.25, 0.18 and 0.16
        assert found["best"] == pytest.approx(0.2 * 0.8 + 0.3 * 0.5 + 0.4 * 0.2)

    def test_the_truth_where_it_is_known(self, tmp_path):
        spec = Spec("concave", device="cpu")
        assert list(references(spec, spec.prepare(), 6, 2, tmp_path)) == ["known"]

    def test_figures_are_kept_and_more_searches_only_add(self, tmp_path, monkeypatch):
        pending = []

        def search(problem, seed, count):
            pending.append(seed)
            return [seen(1, (0.1 * (seed + 1), 0.5), (0.1 * (seed + 1), 0.5))]

        monkeypatch.setattr("bench_front.reference.large_search", search)
        spec = Spec("digits", device="cpu")
        problem = SimpleNamespace(study=STUDY, device=SimpleNamespace(type="cpu"))
        one = references(spec, problem, 6, 1, tmp_path)
        two = references(spec, problem, 6, 2, tmp_path)
        assert pending == [0, 1]
        assert one == references(spec, problem, 6, 1, tmp_path)
        assert two["best"] > two["median"] > one["best"]
        [kept] = tmp_path.iterdir()
        assert json.loads(kept.read_text())[0] == [asdict(search(problem, 0, 6)[0])]


def raw(budget=40.0):
    """Random reaches 99 % after 20 s, jrtune after 2 s, tpe and one seed of gp not at all."""
    runs = []
    for arm, when, figure in [("random", 20, 1.0), ("tpe", 5, 0.9), ("gp", 30, 0.97), ("jrtune", 2, 0.999)]:
        for seed in range(3):
            late = math.inf if (arm, seed) == ("gp", 0) else when + seed
            one = {"seconds": late, "candidate": {}, "val": [figure, 0.0], "test": [figure, 0.0]}
            runs.append({"arm": arm, "seed": seed, "seconds": 1, "pruned": 0, "failed": 0, "seen": [one]})
    yardstick = {"names": ["a", "b"], "signs": [-1, 1], "corner": [0.0, 1.0]}
    return {
        "problem": "digits",
        "device": "cpu",
        "cores": 2,
        "budget": budget,
        "seeds": [0, 1, 2],
        "yardstick": yardstick,
        "reference": 1.0,
        "training": {"1": 0.5, "2": 0.8},
        "runs": runs,
        "left_out": {"moasha": "no"},
    }


class TestTable:
    def test_times_ratio_and_cost(self):
        lines = table(raw()).splitlines()
        assert (
            "| random | 1 | 100.0 % | 21.0 [20.0, 22.0] | 21.0 [20.0, 22.0] | 21.0 [20.0, 22.0] | 42.0 |"
            in lines
        )
        assert "| jrtune | 1 | 99.9 % | 3.0 [2.0, 4.0] | 3.0 [2.0, 4.0] | 3.0 [2.0, 4.0] | 6.0 |" in lines
        assert any(line.startswith("| gp | 1 | 97.0 % | 32.0 [31.0, > 40] | > 40 [> 40") for line in lines)
        assert "To 99 %: best plain Optuna (random) over jrtune: 7.0" in lines
        assert "moasha was left out: no" in lines

    def test_plain_optuna_within_no_budget_is_a_lower_bound(self):
        assert "To 99 %: plain Optuna, not within 12 s; over jrtune: > 4.0" in table(raw(budget=12))

    def test_jrtune_within_no_budget(self):
        assert "To 99 %: not reached by jrtune." in table(raw(budget=1))

    def test_a_conditioned_network_has_a_line_of_its_own(self):
        results = raw()
        assert "conditioned" not in table(results)
        one = {"seconds": 7, "candidate": {}, "val": [1.0, 0.0], "test": [1.0, 0.0]}
        run = {"arm": "conditioned", "seed": 0, "seconds": 1, "trained": 1, "pruned": 0, "failed": 0}
        results["runs"].append({**run, "seen": [one] * 11})
        lines = table(results).splitlines()
        assert "To 99 %: best plain Optuna (random) over jrtune: 7.0" in lines
        ratio = "best plain Optuna (random) over it (conditioned): 3.0"
        assert f"To 99 %: a conditioned network (no trials): {ratio}" in lines
        assert any(line.startswith("| conditioned | 1 networks | 100.0 % | 7.0 ") for line in lines)

    def test_which_reference_counts(self):
        found = {"references": {"best": 1.0, "median": 0.9}, "counts": "best"}
        assert "The whole is the best reference; median: 0.9000." in table(raw() | found).splitlines()

    def test_one_side_alone(self):
        alone = raw()
        alone["runs"] = [run for run in alone["runs"] if run["arm"] == "jrtune"]
        assert "To 95 %: no ratio without an arm of plain Optuna and one of jrtune." in table(alone)

    def test_the_figure_is_a_png(self, tmp_path):
        draw(raw(), tmp_path / "x.png")
        assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")


def test_conditioned_networks_are_nobodys_trials():
    assert not set(CONDITIONED) & set(PLAIN)
    assert not any(name.startswith(OURS) for name in CONDITIONED)


def test_plain_optuna_counts_both_ways():
    assert PLAIN == ["tpe", "tpe-1", "gp", "gp-1", "nsga2", "nsga2-1", "random", "random-1"]
    assert set(DEFAULT) >= {"tpe", "gp", "nsga2", "random", "grid", "moasha", "jrtune"}


@pytest.mark.slow
def test_from_the_command_line(tmp_path):
    command = [
        sys.executable,
        FOLDER / "bench_front",
        "--problem",
        "concave",
        "--epochs",
        "2",
        "--seeds",
        "1",
    ]
    command += [
        "--budget",
        "5",
        "--arms",
        "random,grid,jrtune,conditioned",
        "--cohort",
        "8",
        "--out",
        tmp_path,
    ]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    rows = [line.split(" | ") for line in done.stdout.splitlines() if line.startswith("| ")][1:]
    assert [row[0] for row in rows] == ["| random", "| grid", "| jrtune", "| conditioned"]
    assert float(rows[1][1]) == 11
    assert (tmp_path / "concave.png").is_file()
    again = subprocess.run(
        [sys.executable, str(FOLDER / "bench_front"), "--table", str(tmp_path / "concave.json")],
        capture_output=True,
        text=True,
        timeout=100,
        cwd=tmp_path,
    )
    assert again.stdout.partition("\n\n")[2].splitlines()[0] in done.stdout
