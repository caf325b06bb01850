// Importance of every weight and choice for every objective, in one chart of grouped bars.

import { LETTER, scale, ticks } from "./axes.js";
import { drawing, legend, line, short, shortNumber, stripes, svg, text } from "./svg.js";

const IMPORTANT = 12; // parameters; the tables of a study with more would not be read either

function importanceBars(model, width) {
  const { parameters, shares, explained } = model.importance;
  const names = parameters.slice(0, IMPORTANT),
    thick = shares.length > 3 ? 7 : 10;
  const row = shares.length * thick + 12,
    height = names.length * row + 44;
  const left = Math.min(width * 0.4, 16 + LETTER * Math.max(...names.map((n) => n.length)));
  const node = drawing(width, height, "importance of weights and choices for each objective");
  const most = Math.max(0.01, ...shares.flat()),
    x = scale(0, most, left, width - 44);
  for (const tick of ticks(0, most, (width - left) / 90))
    node.append(
      line(x(tick), 4, x(tick), height - 40, { class: "grid" }),
      text(x(tick), height - 26, shortNumber(tick), { "text-anchor": "middle", class: "tick" }),
    );
  if (shares.length > model.colours.length) node.append(stripes());
  names.forEach((name, n) => {
    node.append(
      text(left - 8, n * row + row / 2 + 2, short(name, Math.floor((left - 8) / LETTER)), {
        "text-anchor": "end",
        class: "tick",
      }),
    );
    shares.forEach((share, k) => {
      const box = { x: left, y: n * row + 4 + k * thick, width: x(share[n]) - left, height: thick - 1 };
      const words = `${name} explains ${Math.round(100 * share[n])} % of ${model.names[k]}`;
      node.append(
        svg(
          "rect",
          { ...box, fill: model.colour(k), opacity: explained[k] > 0 ? 1 : 0.3, class: "share" },
          svg("title", {}, words),
        ),
      );
      if (k >= model.colours.length) node.append(svg("rect", { ...box, fill: "url(#stripes)" }));
    });
  });
  node.append(text(width - 6, height - 6, "share of importance", { "text-anchor": "end", class: "title" }));
  return node;
}

function importanceLegend(model) {
  const words = (k) =>
    model.importance.explained[k] > 0 ? `R² ${model.importance.explained[k].toFixed(2)}` : "chance";
  return legend(
    model.names.map((name, k) => [
      `${name} (${words(k)})`,
      svg("rect", {
        x: 5,
        y: 1,
        width: 13,
        height: 12,
        fill: model.colour(k),
        opacity: model.importance.explained[k] > 0 ? 1 : 0.3,
      }),
    ]),
  );
}

export const figure = {
  ready: (model) => Boolean(model.importance),
  draw: (model, width) => [importanceBars(model, width), importanceLegend(model)],
};
