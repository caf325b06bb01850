// Parallel coordinates: an axis for each objective, its best at the top (at the right where axes lie).

import { LETTER, scale, spanOf } from "./axes.js";
import { LIGHT, selectable } from "./data.js";
import { drawing, legend, line, polyline, short, shortNumber, svg, text } from "./svg.js";

function parallel(model, width) {
  const count = model.names.length,
    standing = width / count >= 110;
  const height = standing ? 330 : 64 * (count - 1) + 52;
  const node = drawing(width, height, "parallel coordinates of the objectives");
  const shown = [...model.infeasible, ...model.dominated, ...model.marks];
  const spans = model.names.map((_, k) =>
    spanOf(
      shown.map((t) => t.values[k]),
      0,
    ),
  );
  const axes = model.names.map((_, k) =>
    axisOf(k, count, width, height, standing, spans[k], model.objectives[k].sign),
  );
  const ways = svg("g");
  for (const trial of shown) {
    const points = trial.values.map((value, k) => axes[k].at(value));
    const front = model.marks.includes(trial),
      { colour } = model.look(trial);
    const look = front
      ? { stroke: colour, "stroke-width": 1.8, opacity: 0.75 }
      : { stroke: LIGHT, "stroke-width": 1, opacity: 0.6 };
    const dash = trial.baseline
      ? { "stroke-dasharray": "6 3" }
      : trial.feasible
        ? {}
        : { "stroke-dasharray": "2 3" };
    ways.append(
      selectable(
        model,
        trial,
        {},
        polyline(points, { class: "hit" }),
        polyline(points, { class: "way", ...look, ...dash }),
      ),
    );
  }
  node.append(ways);
  axes.forEach((axis, k) => drawAxis(node, axis, model.names[k], standing, width / count));
  return node;
}

function parallelLegend(model) {
  const stroke = (colour, dash) =>
    line(1, 7, 23, 7, { stroke: colour, "stroke-width": 2, "stroke-dasharray": dash });
  const baselines = new Map(
    model.marks.filter((t) => t.baseline).map((t) => [t.source, model.look(t).colour]),
  );
  const entries = [
    ["front", stroke(model.colour(0))],
    ...[...baselines].map(([name, colour]) => [name, stroke(colour, "6 3")]),
  ];
  if (model.dominated.length) entries.push(["dominated", stroke(LIGHT)]);
  return legend([...entries, ["chosen", line(1, 7, 23, 7, { stroke: "#D55E00", "stroke-width": 4 })]]);
}

function axisOf(k, count, width, height, standing, span, sign) {
  const [worst, best] = sign < 0 ? span : [span[1], span[0]];
  if (standing) {
    const x = (width / count) * (k + 0.5),
      along = scale(worst, best, height - 34, 48);
    return {
      ends: [
        [x, height - 34],
        [x, 48],
      ],
      worst,
      best,
      at: (value) => [x, along(value)],
    };
  }
  const y = 64 * k + 40,
    along = scale(worst, best, 18, width - 18);
  return {
    ends: [
      [18, y],
      [width - 18, y],
    ],
    worst,
    best,
    at: (value) => [along(value), y],
  };
}

function drawAxis(node, axis, name, standing, room) {
  const [[x1, y1], [x2, y2]] = axis.ends;
  const middle = { "text-anchor": "middle" };
  node.append(line(x1, y1, x2, y2, { class: "axis" }));
  if (standing) {
    node.append(
      text(x1, 16, short(name, Math.floor(room / LETTER)), { class: "title", ...middle }),
      text(x1, 36, `best ${shortNumber(axis.best)}`, { class: "tick", ...middle }),
      text(x1, y1 + 18, shortNumber(axis.worst), { class: "tick", ...middle }),
    );
    return;
  }
  node.append(
    text(x1, y1 - 12, short(`${name}: ${shortNumber(axis.worst)}`, 34), { class: "title" }),
    text(x2, y1 - 12, `best ${shortNumber(axis.best)}`, { class: "tick", "text-anchor": "end" }),
  );
}

export const figure = { draw: (model, width) => [parallel(model, width), parallelLegend(model)] };
