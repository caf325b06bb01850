// The weights of three terms as a triangle.

import { LETTER } from "./axes.js";
import { LIGHT, selectable } from "./data.js";
import { ring } from "./scatter.js";
import { drawing, legend, line, polyline, shape, short, svg, text } from "./svg.js";

// Cividis (Nuñez, Anderton & Renslow 2018), dark to light: the same order with any colour vision.
const CIVIDIS = [
  [0, 34, 78],
  [87, 93, 109],
  [165, 156, 116],
  [253, 231, 55],
];

function along(share) {
  const position = Math.min(0.9999, Math.max(0, share)) * (CIVIDIS.length - 1),
    index = Math.floor(position);
  const mix = CIVIDIS[index].map((from, c) =>
    Math.round(from + (CIVIDIS[index + 1][c] - from) * (position - index)),
  );
  return `rgb(${mix.join(",")})`;
}

// Three terms: each trial at its weights; a corner is a single-task model.
function ternary(model, width) {
  const side = Math.min(width - 70, 430),
    height = side * 0.866 + 76,
    left = (width - side) / 2,
    base = height - 46;
  const node = drawing(width, height, `weights of ${model.terms.join(", ")} as a triangle`);
  // the first term at the top, the second at the left, the third at the right
  const at = ([a, , c]) => [left + side * (c + a / 2), base - side * 0.866 * a];
  for (const share of [0.25, 0.5, 0.75]) {
    const rest = 1 - share;
    for (const [from, to] of [
      [
        [share, rest, 0],
        [share, 0, rest],
      ],
      [
        [rest, share, 0],
        [0, share, rest],
      ],
      [
        [rest, 0, share],
        [0, rest, share],
      ],
    ])
      node.append(line(...at(from), ...at(to), { class: "grid" }));
    node.append(
      text(at([share, rest, 0])[0] - 8, at([share, rest, 0])[1] + 3, share, {
        "text-anchor": "end",
        class: "tick",
      }),
    );
  }
  const corners = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ].map(at);
  node.append(polyline([...corners, corners[0]], { class: "axis" }));
  const names = model.terms.map((term) => short(term, Math.floor(width / 2 / LETTER) - 2));
  node.append(
    text(corners[0][0], corners[0][1] - 14, names[0], { "text-anchor": "middle", class: "title" }),
    text(Math.max(4, corners[1][0] - 30), base + 26, names[1], { class: "title" }),
    text(Math.min(width - 4, corners[2][0] + 30), base + 26, names[2], {
      "text-anchor": "end",
      class: "title",
    }),
  );
  for (const trial of model.dominated)
    node.append(
      selectable(
        model,
        trial,
        {},
        ring(...at(trial.weights)),
        shape("circle", ...at(trial.weights), 3, { fill: LIGHT }),
      ),
    );
  const last = Math.max(1, model.members.length - 1);
  for (const trial of model.marks) {
    const { kind } = model.look(trial),
      rank = model.members.indexOf(trial);
    const fill = rank < 0 ? "#fff" : along(rank / last);
    node.append(
      selectable(
        model,
        trial,
        {},
        ring(...at(trial.weights)),
        shape(kind, ...at(trial.weights), 5.5, { fill, stroke: "#000", "stroke-width": 1 }),
      ),
    );
  }
  return node;
}

function ternaryLegend(model) {
  const ramp = Array.from({ length: 12 }, (_, s) =>
    svg("rect", { x: s * 2, y: 2, width: 2.2, height: 10, fill: along(s / 11) }),
  );
  return legend([
    [`the front, from best (dark) to worst (light) ${model.names[0]}`, ...ramp],
    ["dominated", shape("circle", 12, 7, 3, { fill: LIGHT })],
  ]);
}

export const figure = {
  ready: (model) => model.members.length > 0,
  draw: (model, width) => [ternary(model, width), ternaryLegend(model)],
};
