// The front as points: two objectives against each other, and every pair of several.

import { clipped, labelled, panel, spanOf } from "./axes.js";
import { LIGHT, selectable } from "./data.js";
import { drawing, element, line, shape, svg } from "./svg.js";

const RING = 11; // radius of what a finger can hit, and of the ring around the chosen one

// One pair (i across, j up). `near` looks at the front and equal weights alone.
export function scatter(model, i, j, width, height, near) {
  const node = drawing(width, height, `${model.names[j]} against ${model.names[i]}`);
  const shown = near ? nearFront(model) : [...model.marks, ...model.dominated, ...model.infeasible];
  const axis = (k) => ({
    span: spanOf(
      shown.flatMap((t) => endsOf(model, t, k)),
      0.07,
    ),
    title: model.title(k),
  });
  const place = panel(node, { left: 0, top: 0, width, height }, axis(i), axis(j));
  const group = clipped(node, place);
  const xy = (values) => [place.x(values[i]), place.y(values[j])];
  for (const trial of [...model.infeasible, ...model.dominated]) {
    const [x, y] = xy(trial.values);
    const look = trial.feasible ? ["circle", 3.2] : ["cross", 4];
    group.append(selectable(model, trial, {}, ring(x, y), shape(look[0], x, y, look[1], { fill: LIGHT })));
  }
  const taken = [];
  // the front's order from behind, so that equal weights and single-task models lie above
  for (const trial of model.marks) {
    const parts = marksOf(model, trial, i, j, place);
    group.append(selectable(model, trial, {}, parts.nodes));
    taken.push(...parts.boxes);
  }
  const numbered = model.members.map((t) => [
    place.x(model.at(t, i)),
    place.y(model.at(t, j)),
    String(t.number),
  ]);
  labelled(
    node,
    spread(numbered, 16),
    [...taken, ...model.dominated.map((t) => around(...xy(t.values), 4))],
    place,
  );
  return node;
}

function nearFront(model) {
  const close = model.marks.filter((t) => !t.source.startsWith("single "));
  return close.length > 1 ? close : model.marks;
}

// Whether single-task models and dominated trials dwarf the front in either objective.
export function isDwarfed(model, i, j) {
  const extent = (trials, k) => {
    const [low, high] = spanOf(
      trials.flatMap((t) => endsOf(model, t, k)),
      0,
    );
    return high - low;
  };
  const all = [...model.marks, ...model.dominated];
  return [i, j].some((k) => extent(nearFront(model), k) < 0.4 * extent(all, k));
}

export function endsOf(model, trial, k) {
  const tested = model.tested(trial);
  return [trial.values[k], ...((tested && tested.test[k]) || [])].filter((value) => value !== null);
}

// Validation hollow, test full with its intervals; and the boxes that no label may cover.
function marksOf(model, trial, i, j, place) {
  const { kind, colour } = model.look(trial),
    tested = model.tested(trial);
  const nodes = [],
    [x, y] = [place.x(model.at(trial, i)), place.y(model.at(trial, j))];
  const [vx, vy] = [place.x(trial.values[i]), place.y(trial.values[j])];
  const boxes = [around(x, y, 6), around(vx, vy, 6)];
  nodes.push(ring(x, y));
  nodes.push(
    shape(kind, vx, vy, 5, {
      fill: tested ? "none" : "#ffffffb0",
      stroke: colour,
      "stroke-width": 1.6,
      opacity: tested ? 0.45 : 1,
    }),
  );
  if (tested) {
    nodes.push(
      bar(tested.test[i], (v) => [place.x(v), y], colour),
      bar(tested.test[j], (v) => [x, place.y(v)], colour),
    );
    nodes.push(shape(kind, x, y, 5, { fill: colour, stroke: "#fff", "stroke-width": 0.7 }));
    if (tested.test[i][1] !== null)
      boxes.push([place.x(tested.test[i][1]), y - 2, place.x(tested.test[i][2]), y + 2]);
    if (tested.test[j][1] !== null)
      boxes.push([x - 2, place.y(tested.test[j][2]), x + 2, place.y(tested.test[j][1])]);
  }
  return { nodes, boxes };
}

export function bar(found, at, colour) {
  if (!found || found[1] === null) return null;
  const [x1, y1] = at(found[1]),
    [x2, y2] = at(found[2]);
  return line(x1, y1, x2, y2, { stroke: colour, "stroke-width": 1.2, class: "interval" });
}

export function ring(x, y) {
  return svg("circle", { cx: x, cy: y, r: RING, class: "ring" });
}

function around(x, y, radius) {
  return [x - radius, y - radius, x + radius, y + radius];
}

// At most `count` of the items, evenly spread, both ends included.
export function spread(items, count) {
  if (items.length <= count) return items;
  return Array.from(
    { length: count },
    (_, index) => items[Math.round((index * (items.length - 1)) / (count - 1))],
  );
}

// Every pair of several objectives, the lower triangle of a matrix; one below the other where it is narrow.
export function scatterMatrix(model, width, near) {
  const size = model.names.length - 1,
    wide = width / size >= 190;
  const grid = element("div", { class: "matrix" });
  const across = wide ? Math.floor((width - 12 * (size - 1)) / size) : width;
  if (wide) grid.style.gridTemplateColumns = `repeat(${size}, minmax(0, 1fr))`;
  for (let j = 1; j <= size; j += 1)
    for (let i = 0; i < j; i += 1) {
      const cell = element(
        "div",
        {},
        scatter(model, i, j, across, Math.min(300, Math.max(210, across * 0.85)), near),
      );
      if (wide) {
        cell.style.gridColumn = i + 1;
        cell.style.gridRow = j;
      }
      grid.append(cell);
    }
  return grid;
}
