"""Each figure shows what it says, and nothing covers anything."""

import functools
import itertools

import numpy as np
import pytest
from build_results import make_results
from matplotlib.text import Annotation
from report_cases import (
    cases,
    curves_of,
    grouped,
    ink,
    pixels,
    renderer_of,
    several,
    single_objective,
)

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.front import front, hypervolume_of, hypervolume_trace
from jrtune.report.figures.curves import SHOWN, chosen, draw_curves
from jrtune.report.figures.front import draw_front
from jrtune.report.figures.hypervolume import draw_hypervolume
from jrtune.report.figures.importance import draw_importance
from jrtune.report.figures.parallel import draw_parallel
from jrtune.report.figures.style import canvas, notice, plain, spread, to_png
from jrtune.report.figures.ternary import HEIGHT, draw_ternary
from jrtune.report.figures.weights import draw_weights
from jrtune.report.tables.importance import Importance
from jrtune.store.records import Results

WHOLE = make_results()


def front_of(results):
    return draw_front(Analysis(results))


STUDIES = {
    "whole": WHOLE,
    "crowded": make_results(trials=60),
    "three": several(3, trials=25),
    "four": several(4, trials=40),
}


@functools.cache
def shown(name):
    """The front of one of the studies; it takes a second to lay out, and is only looked at."""
    return front_of(STUDIES[name])


def legend_texts(figure):
    legends = [*figure.legends, *(axes.get_legend() for axes in figure.axes if axes.get_legend())]
    return [text.get_text() for legend in legends for text in legend.get_texts()]


def notes(axes):
    return [text for text in axes.texts if isinstance(text, Annotation)]


def along(bar):
    """Points along an error bar."""
    (start, end) = bar.get_segments()[0]
    return np.linspace(start, end, 50)


def test_front_names_what_it_shows():
    texts = legend_texts(shown("whole"))
    assert texts == [
        "front on test, 95 % interval", "front on validation", "equal weights", "single digit", "single edge",
        "dominated",
    ]  # fmt: skip


def test_front_has_a_bar_of_the_95_percent_interval_where_it_was_confirmed():
    axes = shown("whole").axes[0]
    drawn = [m for m in Analysis(WHOLE).summary.members if m.role != "control"]
    assert len(axes.containers) == len(drawn) == 6
    found = {round(float(c.lines[0].get_xdata()[0]), 9): c for c in axes.containers}
    for member in drawn:
        estimate = member.test["accuracy"]
        horizontal = found[round(estimate.mean, 9)].lines[2][0].get_segments()[0]
        assert horizontal[:, 0] == pytest.approx([estimate.low, estimate.high])


def test_front_of_one_seed_has_points_without_bars():
    results = make_results(trials=7, seeds=1)
    for container in front_of(results).axes[0].containers:
        segment = container.lines[2][0].get_segments()[0]
        assert segment[0] == pytest.approx(segment[1])


@pytest.mark.parametrize(("name", "panels"), [("three", 3), ("four", 6)])
def test_more_objectives_give_every_pair(name, panels):
    assert sum(bool(axes.lines) for axes in shown(name).axes) == panels


def test_single_task_models_of_groups_are_shown():
    texts = legend_texts(front_of(grouped()))
    assert texts[1:4] == ["equal weights", "single term0+term1", "single term2+term3"]


def test_one_objective_gives_a_strip_with_a_row_each():
    axes = front_of(single_objective()).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["equal weights", "other trials"]


def test_infeasible_trials_are_told_apart():
    figure = front_of(cases()["none feasible"])
    assert "infeasible" in legend_texts(figure)
    assert figure.get_suptitle() == "The front: no feasible trial yet"


def test_a_front_dwarfed_by_single_tasks_is_drawn_again_nearer():
    far, near = shown("whole").axes
    assert np.ptp(near.get_xlim()) < 0.5 * np.ptp(far.get_xlim())
    members = [t.values["accuracy"] for t in front(WHOLE)]
    low, high = near.get_xlim()
    assert all(low < value < high for value in members)


@pytest.mark.parametrize("name", STUDIES)
def test_labels_cover_neither_each_other_nor_a_point(name):
    figure = shown(name)
    renderer = renderer_of(figure)
    labelled = 0
    for axes in figure.axes:
        boxes = [note.get_window_extent(renderer) for note in notes(axes)]
        labelled += len(boxes)
        assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
        points = [axes.transData.transform(xy) for line in axes.lines for xy in line.get_xydata()]
        points += [axes.transData.transform(xy) for bar in axes.collections for xy in along(bar)]
        assert not any(box.contains(*point) for box in boxes for point in points)
    assert labelled >= 10


@pytest.mark.parametrize("name", ["two objectives", "one objective", "many terms"])
def test_legends_lie_outside_of_the_data(name):
    results = cases()[name]
    members = front(results)
    curves = draw_curves(results.study, chosen(members, results.trials), curves_of(results, first=0))
    for figure in (front_of(results), draw_weights(results.study, members), curves):
        renderer = renderer_of(figure)
        (legend,) = figure.legends
        box = legend.get_window_extent(renderer)
        assert not any(box.overlaps(axes.get_window_extent(renderer)) for axes in figure.axes)
        assert box.x1 <= figure.bbox.x1
        assert box.y0 >= figure.bbox.y0


def test_weights_are_stacked_to_one_in_the_fronts_order():
    members = front(WHOLE)
    axes = draw_weights(WHOLE.study, members).axes[0]
    assert [t.get_text() for t in axes.get_xticklabels()] == [str(m.number) for m in members]
    for place, member in enumerate(members):
        heights = [container[place].get_height() for container in axes.containers]
        assert heights == pytest.approx(list(member.candidate.weights.values()))
    tops = [bar.get_y() + bar.get_height() for bar in axes.containers[-1]]
    assert tops == pytest.approx([1] * len(members))


def test_the_triangle_has_each_weight_at_its_height():
    results = several(3, trials=14)
    members = front(results)
    figure = draw_ternary(results.study, results.trials, members)
    (points,) = (c.get_offsets() for c in figure.axes[0].collections)
    for (x, y), member in zip(points, members, strict=True):
        top, left, right = member.candidate.weights.values()
        assert y == pytest.approx(top * HEIGHT)
        assert x == pytest.approx((1 + right - left) / 2)
    others = next(line for line in figure.axes[0].lines if line.get_marker() == "o")
    assert len(others.get_xdata()) == len(results.trials) - len(members)
    boxes = [note.get_window_extent(renderer_of(figure)) for note in notes(figure.axes[0])]
    assert len(boxes) >= 5
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))


def test_parallel_coordinates_have_the_best_at_the_top():
    results = several(5, trials=20)
    axes = draw_parallel(Analysis(results)).axes[0]
    lines = [line.get_ydata() for line in axes.lines if len(line.get_ydata()) == 5]
    assert len(lines) == len(results.trials)
    for place, (name, sign) in enumerate(results.study.signs.items()):
        figures = [sign * t.values[name] for t in results.trials]
        assert int(np.argmax([line[place] for line in lines])) == int(np.argmin(figures))
        assert (min(line[place] for line in lines), max(line[place] for line in lines)) == (0, 1)
    texts = [text.get_text() for text in axes.texts]
    assert f"best {max(t.values['accuracy'] for t in results.trials):.4g}" in texts
    assert f"best {min(t.values['latency'] for t in results.trials):.4g}" in texts


def test_curves_leave_out_what_is_not_stored():
    results = make_results(trials=8)
    drawn = chosen(front(results), results.trials)
    assert "equal weights" in [t.source for t in drawn]
    curves = curves_of(results)  # none of trial 0: equal weights
    figure = draw_curves(results.study, drawn, curves)
    assert len(figure.axes) == 4
    assert "equal weights" not in legend_texts(figure)
    val, train = figure.axes[0].lines[:2]
    assert list(val.get_xdata()) == [0, 1, 2, 3, 4]
    assert list(train.get_xdata()) == [1, 3, 4]  # no training before the first step, None at epoch 2


def test_curves_show_both_ends_of_a_long_front_and_equal_weights():
    results = several(4, trials=40)
    members = front(results)
    found = chosen(members, results.trials)
    assert len(found) <= SHOWN + 1
    assert {members[0].number, members[-1].number, 0} <= {t.number for t in found}


def test_hypervolume_ends_at_the_fronts_and_at_all_trainings():
    trace = hypervolume_trace(WHOLE)
    seconds, trainings = draw_hypervolume(WHOLE.trials, trace).axes
    expected = hypervolume_of(front(WHOLE), WHOLE.study)
    for axes, end in ((seconds, sum(t.seconds for t in WHOLE.trials)), (trainings, len(WHOLE.trials))):
        steps = axes.lines[0]
        assert steps.get_ydata()[-1] == pytest.approx(expected)
        assert steps.get_xdata()[-1] == pytest.approx(end)
        assert (np.diff(steps.get_ydata()) >= 0).all()


def test_importance_is_faint_where_it_is_chance():
    found = Importance(("a", "b"), {"good": (0.75, 0.25), "bad": (0.5, 0.5)}, {"good": 0.8, "bad": -0.2})
    figure = draw_importance(found)
    good, bad = figure.axes[0].containers
    assert [bar.get_width() for bar in good] == [0.75, 0.25]
    assert good[0].get_alpha() == 1
    assert bad[0].get_alpha() < 0.5
    assert legend_texts(figure) == ["good (R² 0.80)", "bad (chance)"]


@pytest.mark.parametrize(
    ("figure", "message"),
    [
        (draw_importance(None), "It takes 8 complete trials"),
        (draw_weights(WHOLE.study, []), "there is no front"),
        (draw_curves(WHOLE.study, WHOLE.trials, {}), "No curve is stored"),
        (draw_hypervolume([], []), "there is no hypervolume"),
        (draw_front(Analysis(Results(WHOLE.study, ()))), "No trial is complete"),
        (draw_ternary(WHOLE.study, [], []), "there is no front"),
        (draw_parallel(Analysis(Results(WHOLE.study, ()))), "No feasible trial"),
    ],
)
def test_a_figure_without_data_says_why(figure, message):
    assert message in figure.texts[-1].get_text()
    assert not figure.axes
    assert ink(to_png(figure)) > 0.005


def test_names_are_shown_as_they_are():
    hostile = r"$\frac{$ & <b> _x_^"
    figure = notice("t", hostile)
    assert ink(to_png(figure)) > 0.005  # a formula would be a parse error
    assert plain("x" * 100, 10) == "x" * 9 + "…"


def test_rendering_is_repeatable_and_an_empty_canvas_is_blank():
    assert to_png(front_of(single_objective())) == to_png(front_of(single_objective()))
    blank = canvas(2, 2, "")
    assert ink(to_png(blank)) == 0
    assert pixels(to_png(front_of(single_objective()))).std() > 10


def test_spread_keeps_both_ends():
    assert spread(range(100), 4) == [0, 33, 66, 99]
    assert spread([1, 2], 4) == [1, 2]
    assert spread([], 4) == []
