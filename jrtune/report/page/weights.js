// The weights of the front's members: stacked bars along the front.

import { LETTER, scale } from "./axes.js";
import { selectable } from "./data.js";
import { drawing, legend, line, short, stripes, svg, text } from "./svg.js";

function weightBars(model, width) {
  const height = 250,
    left = 44,
    bottom = height - 42,
    top = 12;
  const node = drawing(width, height, "weights along the front");
  const step = (width - left - 6) / model.members.length,
    y = scale(0, 1, bottom, top);
  if (model.terms.length > model.colours.length) node.append(stripes());
  for (const tick of [0, 0.25, 0.5, 0.75, 1])
    node.append(
      line(left, y(tick), width - 6, y(tick), { class: "grid" }),
      text(left - 6, y(tick) + 4, tick, { "text-anchor": "end", class: "tick" }),
    );
  const every = Math.ceil((4 * LETTER) / step);
  model.members.forEach((trial, rank) => {
    const x = left + rank * step,
      wide = Math.max(1, Math.min(step * 0.86, 48));
    const bars = stackOf(model, trial, x + (step - wide) / 2, wide, y);
    const edge = svg("rect", {
      x: x + (step - wide) / 2,
      y: top,
      width: wide,
      height: bottom - top,
      class: "edge",
    });
    node.append(selectable(model, trial, {}, bars, edge));
    if (rank % every === 0)
      node.append(text(x + step / 2, bottom + 15, trial.number, { "text-anchor": "middle", class: "tick" }));
  });
  const words = `trial, from best to worst ${model.names[0]}`;
  node.append(
    text(width - 6, height - 8, short(words, Math.floor(width / LETTER)), {
      "text-anchor": "end",
      class: "title",
    }),
  );
  return node;
}

function stackOf(model, trial, x, width, y) {
  let sum = 0;
  return model.terms.flatMap((_, t) => {
    const from = sum;
    sum += trial.weights[t];
    const box = { x, y: y(sum), width, height: Math.max(0, y(from) - y(sum)) };
    const bar = svg("rect", {
      ...box,
      fill: model.colour(t),
      stroke: "#fff",
      "stroke-width": width > 6 ? 0.6 : 0,
    });
    return t < model.colours.length ? [bar] : [bar, svg("rect", { ...box, fill: "url(#stripes)" })];
  });
}

function termLegend(model) {
  const many = model.colours.length;
  return legend(
    model.terms.map((term, t) => [
      term,
      svg("rect", { x: 5, y: 1, width: 13, height: 12, fill: model.colour(t) }),
      t < many ? null : svg("rect", { x: 5, y: 1, width: 13, height: 12, fill: "url(#stripes)" }),
    ]),
  );
}

export const figure = {
  ready: (model) => model.members.length > 0,
  draw: (model, width) => [weightBars(model, width), termLegend(model)],
};
