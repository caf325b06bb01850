"""Plans of cohorts are data: every job once, halves after memory ran out, and nothing is trained for them."""

import pickle

import zoo
from laws import group_of as true_group_of
from laws import job_of, problem_of

from jrtune.train.executors.planning import ALONE, Planner, alone, cohorts_of
from jrtune.train.loop.member import Randomness
from jrtune.train.loop.plain import PlainProgram
from jrtune.train.stacked.cohort import Cohort
from jrtune.train.stacked.group import Group

JOBS = [job_of(seed=k) for k in range(9)]


def group_of(architecture, randomness=Randomness.NONE):
    return Group(architecture, 8, "adamw", "fixed", "sum", randomness)


def planned(size, groups, done=()):
    """(A planner that has planned, what it logged, its cohorts)."""
    logged = []
    planner = Planner(size, logged.append)
    return planner, logged, planner.cohorts(JOBS, groups, done)


def test_a_cohort_has_the_jobs_of_its_indices_and_can_be_sent():
    _, logged, cohorts = planned(4, {group_of("A"): [0, 2, 4, 6, 8], group_of("B"): [1, 3, 5]})
    assert [cohort.indices for cohort in cohorts] == [(4, 6, 8), (1, 3, 5), (0, 2)]
    assert [cohort.group.architecture for cohort in cohorts] == ["A", "B", "A"]
    for cohort in cohorts:
        assert cohort.jobs == tuple(JOBS[index] for index in cohort.indices)
        assert pickle.loads(pickle.dumps(cohort)) == cohort
    assert logged == []


def test_what_is_done_counts_where_groups_are_cut():
    _, _, cohorts = planned(4, {group_of("A"): range(8)}, done={1, 4, 5, 6})
    assert [cohort.indices for cohort in cohorts] == [(0, 2, 3)]  # 7 is left alone


def test_single_jobs_are_cohorts_only_where_nobody_trains_them_alone():
    groups = {group_of("A"): [0], group_of("B"): [1, 2]}
    assert [cohort.indices for cohort in planned(4, groups)[2]] == [(1, 2)]
    assert [cohort.indices for cohort in cohorts_of(JOBS, groups, 4)] == [(1, 2), (0,)]


def test_a_plan_builds_a_program_for_one_and_for_many():
    problem = problem_of(zoo.zoo_study("mlp"))
    groups = {true_group_of(problem, JOBS): range(4)}
    [spec] = cohorts_of(JOBS, groups, 4)
    assert isinstance(spec.build(problem), Cohort)
    single = alone(3, JOBS[3])
    assert (single.indices, single.jobs) == ((3,), (JOBS[3],))
    assert isinstance(single.build(problem), PlainProgram)


def test_what_cannot_be_stacked_is_not_planned_and_logged_once():
    foreign = group_of("A", Randomness.FOREIGN)
    planner, logged, cohorts = planned(4, {foreign: [0, 1], group_of("B"): [2, 3]})
    planner.refuse(group_of("B"), "its members\n differ")
    planner.refuse(group_of("C"), "its members differ")
    assert [cohort.indices for cohort in cohorts] == [(2, 3)]
    assert planner.cohorts(JOBS, {foreign: [0, 1], group_of("B"): [2, 3]}, ()) == []
    assert [line.split(": ", 1)[1] for line in logged] == [ALONE[Randomness.FOREIGN], "its members differ"]


def test_halves_are_the_cohort_and_bound_the_size():
    planner, logged, [whole] = planned(5, {group_of("A"): range(5)})
    first, second = planner.halve(whole)
    assert first.indices + second.indices == whole.indices
    assert first.jobs + second.jobs == whole.jobs
    assert planner.size == 3
    assert [half.indices for half in planner.halve(first)] == [(0, 1)]  # one is trained alone
    assert logged[0] == "memory ran out with 5 together: going on with 3"


def test_members_are_found_by_their_jobs():
    [cohort] = planned(4, {group_of("A"): [2, 5, 7]})[2]
    assert cohort.members({0, 5, 7}) == [1, 2]
