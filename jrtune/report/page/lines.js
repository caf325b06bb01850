// Lines: learning curves of chosen trials, and the hypervolume while searching.

// Panels side by side, as many as there is room for.
function panels(width, list, draw) {
  const across = Math.max(1, Math.min(list.length, Math.floor(width / 270)));
  const wide = Math.floor((width - 14 * (across - 1)) / across);
  const grid = element("div", { class: "panels" });
  grid.style.gridTemplateColumns = `repeat(${across}, minmax(0, 1fr))`;
  grid.append(...list.map((item) => draw(item, wide)));
  return grid;
}

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

// Two step plots: against training time, and against trainings.
function hypervolumePanels(model, width) {
  const { points, seconds, trainings } = model.trace;
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
