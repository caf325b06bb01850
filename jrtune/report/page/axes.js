// Scales, ticks and the two axes of a panel.

import { element, line, short, shortNumber, svg, text } from "./svg.js";

export const LETTER = 6.6; // pixels of a 12 px letter, a little generous

export function scale(low, high, start, end, log) {
  const bend = log ? Math.log : (value) => value;
  const extent = bend(high) - bend(low) || 1;
  return (value) => start + ((bend(value) - bend(low)) / extent) * (end - start);
}

// [low, high] of what is finite, with a margin on both sides.
export function spanOf(values, margin) {
  const known = values.filter(Number.isFinite);
  if (!known.length) return [0, 1];
  const low = Math.min(...known),
    high = Math.max(...known);
  const extra = high > low ? (high - low) * margin : Math.abs(low) * 0.05 || 0.05;
  return [low - extra, high + extra];
}

// Round numbers within [low, high], at most about `count` of them; decades where the scale is logarithmic.
export function ticks(low, high, count, log) {
  if (log) {
    const decades = [];
    for (let e = Math.ceil(Math.log10(low)); e <= Math.log10(high); e += 1) decades.push(10 ** e);
    if (decades.length >= 2) return decades;
  }
  const rough = (high - low) / Math.max(1, count),
    unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * unit).find((s) => s >= rough * 0.999);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i += 1)
    found.push(Number((i * step).toPrecision(12)));
  return found;
}

// A panel's inner box, scales and axes. `x` and `y`: {span: [low, high], title, log}; y's title lies above it.
export function panel(node, box, x, y) {
  const yTicks = ticks(...y.span, box.height / 45, y.log);
  const left = box.left + 10 + LETTER * Math.max(3, ...yTicks.map((tick) => shortNumber(tick).length));
  const right = box.left + box.width - 12,
    top = box.top + 22,
    bottom = box.top + box.height - 38;
  const place = {
    x: scale(...x.span, left, right, x.log),
    y: scale(...y.span, bottom, top, y.log),
    left,
    right,
    top,
    bottom,
  };
  const xTicks = ticks(...x.span, (right - left) / 70, x.log);
  const room = Math.floor((right - box.left) / LETTER);
  node.append(
    ...yTicks.map((tick) => line(left, place.y(tick), right, place.y(tick), { class: "grid" })),
    ...xTicks.map((tick) => line(place.x(tick), top, place.x(tick), bottom, { class: "grid" })),
    ...yTicks.map((tick) =>
      text(left - 6, place.y(tick) + 4, shortNumber(tick), { "text-anchor": "end", class: "tick" }),
    ),
    ...xTicks.map((tick) =>
      text(place.x(tick), bottom + 16, shortNumber(tick), { "text-anchor": "middle", class: "tick" }),
    ),
    line(left, bottom, right, bottom, { class: "axis" }),
    line(left, top, left, bottom, { class: "axis" }),
    text(box.left, box.top + 12, short(y.title, room), { class: "title" }),
    text(right, bottom + 33, short(x.title, room), { class: "title", "text-anchor": "end" }),
  );
  return place;
}

// Cuts away what lies beyond a panel's inner box, as when looking nearer.
let clips = 0;
export function clipped(node, place) {
  clips += 1;
  const id = `clip${clips}`;
  const size = {
    x: place.left - 9,
    y: place.top - 9,
    width: place.right - place.left + 18,
    height: place.bottom - place.top + 18,
  };
  const group = svg("g", { "clip-path": `url(#${id})` });
  node.append(svg("clipPath", { id }, svg("rect", size)), group);
  return group;
}

// Writes a label beside each [x, y, words] where there is room; `taken` are boxes [left, top, right, bottom].
export function labelled(node, points, taken, place) {
  const boxes = [...taken];
  const free = ([l, t, r, b]) =>
    l >= place.left &&
    r <= place.right + 12 &&
    t >= place.top - 12 &&
    b <= place.bottom &&
    !boxes.some(([L, T, R, B]) => l < R && r > L && t < B && b > T);
  for (const [x, y, words] of points) {
    const w = LETTER * words.length,
      h = 12;
    const spots = [
      [x + 12, y - 6],
      [x - 12 - w, y - 6],
      [x - w / 2, y - 12 - h],
      [x - w / 2, y + 12],
      [x + 9, y - 20],
      [x - 9 - w, y - 20],
      [x + 9, y + 8],
      [x - 9 - w, y + 8],
    ];
    const spot = spots.map(([l, t]) => [l, t, l + w, t + h]).find(free);
    if (!spot) continue;
    boxes.push(spot);
    node.append(text(spot[0], spot[3] - 2, words, { class: "label" }));
  }
}

// Panels side by side, as many as there is room for.
export function panels(width, list, draw) {
  const across = Math.max(1, Math.min(list.length, Math.floor(width / 270)));
  const wide = Math.floor((width - 14 * (across - 1)) / across);
  const grid = element("div", { class: "panels" });
  grid.style.gridTemplateColumns = `repeat(${across}, minmax(0, 1fr))`;
  grid.append(...list.map((item) => draw(item, wide)));
  return grid;
}
