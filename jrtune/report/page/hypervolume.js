// Hypervolume while searching.

import { panel, panels, spanOf } from "./axes.js";
import { BLACK } from "./data.js";
import { drawing, polyline, shape } from "./svg.js";

// Two step plots: against training time, and against trainings.
function hypervolumePanels(model, width) {
  const { points, seconds, trainings } = model.hypervolume;
  const [unit, name] = seconds >= 7200 ? [3600, "hours"] : seconds >= 180 ? [60, "minutes"] : [1, "seconds"];
  const known = points.filter(([, , volume]) => volume !== null);
  const sides = [
    { title: `training time in ${name}`, steps: known.map(([, s, v]) => [s / unit, v]), end: seconds / unit },
    { title: "trainings", steps: known.map(([n, , v]) => [n, v]), end: trainings },
  ];
  return panels(width, sides, (side, wide) => stepPanel(side, wide));
}

function stepPanel({ title, steps, end }, width) {
  const height = 230,
    node = drawing(width, height, `hypervolume against ${title}`);
  const y = {
    span: spanOf(
      steps.map(([, v]) => v),
      0.08,
    ),
    title: "hypervolume (validation)",
  };
  const place = panel(node, { left: 0, top: 0, width, height }, { span: [0, end || 1], title }, y);
  const last = steps[steps.length - 1][1],
    corners = [];
  steps.forEach(([x, v], s) => {
    if (s) corners.push([x, steps[s - 1][1]]);
    corners.push([x, v]);
  });
  // to the end of the search, so that trials which came to nothing show as a flat line
  const drawn = [...corners, [end, last]].map(([x, v]) => [place.x(x), place.y(v)]);
  node.append(
    polyline(drawn, { stroke: "#0072B2", "stroke-width": 2 }),
    shape("circle", ...drawn[drawn.length - 1], 3.5, { fill: BLACK }),
  );
  return node;
}

export const figure = {
  ready: (model) => model.hypervolume.points.some(([, , volume]) => volume !== null),
  draw: (model, width) => [hypervolumePanels(model, width)],
};
