// Learning curves of chosen trials.

import { panel, panels, spanOf } from "./axes.js";
import { BLACK, EQUAL, GREY } from "./data.js";
import { COMPARED_COLOURS, page } from "./state.js";
import { drawing, legend, line, polyline } from "./svg.js";

// A panel for each loss term (training dashed, validation solid) and each objective. `shown`: [trial, look].
function curvePanels(model, shown, width) {
  const parts = [
    ...model.terms.map((term, t) => ({ title: `loss ${term}`, index: t, lines: ["val", "train"] })),
    ...model.names.map((name, k) => ({ title: name, index: k, lines: ["objectives"] })),
  ];
  return panels(width, parts, (part, wide) => curvePanel(model, shown, part, wide));
}

function curvePanel(model, shown, part, width) {
  const height = 200,
    node = drawing(width, height, `learning curves: ${part.title}`);
  const series = shown.flatMap(([trial, look]) =>
    part.lines.map((line) => {
      const curve = model.curves[trial.number];
      const points = curve.epochs
        .map((epoch, e) => [epoch, curve[line][part.index][e]])
        .filter(([, value]) => value !== null);
      return { points, look, dashed: line === "train" };
    }),
  );
  const values = series.flatMap(({ points }) => points.map(([, value]) => value));
  const low = Math.min(...values),
    high = Math.max(...values);
  const log = part.lines.length > 1 && low > 0 && high > 30 * low;
  const epochs = series.flatMap(({ points }) => points.map(([epoch]) => epoch));
  const y = { span: log ? [low / 1.1, high * 1.1] : spanOf(values, 0.06), title: part.title, log };
  const place = panel(
    node,
    { left: 0, top: 0, width, height },
    { span: [Math.min(0, ...epochs), Math.max(1, ...epochs)], title: "epoch" },
    y,
  );
  for (const { points, look, dashed } of series)
    node.append(
      polyline(
        points.map(([epoch, value]) => [place.x(epoch), place.y(value)]),
        {
          stroke: look.colour,
          "stroke-width": look.width,
          "stroke-dasharray": dashed ? "4 3" : null,
          opacity: dashed ? 0.7 : 1,
        },
      ),
    );
  return node;
}

function curveLegend(shown) {
  const stroke = (look) => line(1, 7, 23, 7, { stroke: look.colour, "stroke-width": look.width });
  return legend([
    ...shown.map(([trial, look]) => [
      trial.source === EQUAL ? `${EQUAL} (trial ${trial.number})` : `trial ${trial.number}`,
      stroke(look),
    ]),
    ["validation", line(1, 7, 23, 7, { stroke: GREY, "stroke-width": 1.5 })],
    ["training", line(1, 7, 23, 7, { stroke: GREY, "stroke-width": 1.5, "stroke-dasharray": "4 3" })],
  ]);
}

// [trial, look] of the chosen trial, of those to compare with, and of equal weights, where a curve is stored.
function shownCurves(model) {
  const equal = model.trials.find((t) => t.source === EQUAL);
  const looks = [
    [page.chosen, { colour: "#D55E00", width: 2.6 }],
    ...page.compared.map((number, k) => [
      number,
      { colour: model.colour(COMPARED_COLOURS[k % COMPARED_COLOURS.length]), width: 1.6 },
    ]),
    ...(equal ? [[equal.number, { colour: BLACK, width: 1.4 }]] : []),
  ];
  const once = looks.filter(([number], index) => looks.findIndex(([other]) => other === number) === index);
  return once
    .filter(([number]) => model.curves[number])
    .map(([number, look]) => [model.byNumber.get(number), look]);
}

export const figure = {
  followsChoice: true,
  ready: (model) => shownCurves(model).length > 0,
  draw(model, width) {
    const shown = shownCurves(model);
    return [curveLegend(shown), curvePanels(model, shown, width)];
  },
};
