// A front of one objective: lanes of points.

import { LETTER, scale, spanOf, ticks } from "./axes.js";
import { LIGHT, selectable } from "./data.js";
import { bar, endsOf, ring, spread } from "./scatter.js";
import { drawing, line, shape, short, shortNumber, text } from "./svg.js";

// One objective: a row for each member and baseline, all other trials in the last.
export function strip(model, width) {
  const shown = [...spread(model.members, 8), ...model.baselines];
  const rest = [...model.dominated, ...model.infeasible],
    words = (t) => (t.baseline ? t.source : `trial ${t.number}`);
  const left = Math.min(width * 0.35, LETTER * Math.max(12, ...shown.map((t) => words(t).length)));
  const height = 30 * (shown.length + 1) + 70;
  const node = drawing(width, height, model.names[0]);
  const span = spanOf(
    [...shown, ...rest].flatMap((t) => endsOf(model, t, 0)),
    0.05,
  );
  const lanes = { x: scale(...span, left + 14, width - 14), y: (row) => 24 + 30 * row };
  for (const tick of ticks(...span, (width - left) / 80)) {
    const x = lanes.x(tick);
    node.append(
      line(x, 8, x, height - 48, { class: "grid" }),
      text(x, height - 32, shortNumber(tick), { "text-anchor": "middle", class: "tick" }),
    );
  }
  node.append(text(width - 12, height - 10, model.title(0), { "text-anchor": "end", class: "title" }));
  [...shown.map(words), "other trials"].forEach((name, row) =>
    node.append(
      text(left, lanes.y(row) + 4, short(name, Math.floor(left / LETTER)), {
        "text-anchor": "end",
        class: "tick",
      }),
    ),
  );
  rest.forEach((trial) => {
    // spread over the row, the same way each time, so that equal values can be seen
    const y = lanes.y(shown.length) + 14 * (((trial.number * 0.618) % 1) - 0.5),
      x = lanes.x(trial.values[0]);
    node.append(
      selectable(
        model,
        trial,
        {},
        ring(x, y),
        shape(trial.feasible ? "circle" : "cross", x, y, 3.2, { fill: LIGHT }),
      ),
    );
  });
  shown.forEach((trial, row) => {
    const at = { x: lanes.x, y: () => lanes.y(row) };
    node.append(selectable(model, trial, {}, stripMarks(model, trial, at)));
  });
  return node;
}

function stripMarks(model, trial, at) {
  const { kind, colour } = model.look(trial),
    tested = model.tested(trial),
    y = at.y();
  const hollow = shape(kind, at.x(trial.values[0]), y, 5, {
    fill: "none",
    stroke: colour,
    "stroke-width": 1.6,
    opacity: tested ? 0.45 : 1,
  });
  const nodes = [ring(at.x(model.at(trial, 0)), y), hollow];
  if (!tested) return nodes;
  return [
    ...nodes,
    bar(tested.test[0], (v) => [at.x(v), y], colour),
    shape(kind, at.x(model.at(trial, 0)), y, 5, { fill: colour }),
  ];
}
