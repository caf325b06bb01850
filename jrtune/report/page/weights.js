// The weights of the front's members: stacked bars along the front, and a triangle for three terms.

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
  model.members.forEach((trial, place) => {
    const x = left + place * step,
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
    if (place % every === 0)
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

// Told apart from the terms whose colours begin again.
function stripes() {
  const size = {
    id: "stripes",
    width: 6,
    height: 6,
    patternUnits: "userSpaceOnUse",
    patternTransform: "rotate(45)",
  };
  return svg("pattern", size, svg("rect", { width: 2, height: 6, fill: "#fff", opacity: 0.7 }));
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

// Cividis (Nuñez, Anderton & Renslow 2018), dark to light: the same order with any colour vision.
const CIVIDIS = [
  [0, 34, 78],
  [87, 93, 109],
  [165, 156, 116],
  [253, 231, 55],
];

function along(share) {
  const place = Math.min(0.9999, Math.max(0, share)) * (CIVIDIS.length - 1),
    index = Math.floor(place);
  const mix = CIVIDIS[index].map((from, c) =>
    Math.round(from + (CIVIDIS[index + 1][c] - from) * (place - index)),
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
      place = model.members.indexOf(trial);
    const fill = place < 0 ? "#fff" : along(place / last);
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
