// Elements and shapes: what every drawing is made of. Text goes in as text, never as markup.

export function element(tag, attributes, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {}))
    if (value !== null && value !== undefined && value !== false)
      node.setAttribute(name, value === true ? "" : value);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

// An empty drawing of that size; it shrinks with its container, as in print.
export function drawing(width, height, label) {
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "group", "aria-label": label });
}

export function line(x1, y1, x2, y2, attributes) {
  return svg("line", { x1, y1, x2, y2, ...attributes });
}

export function text(x, y, words, attributes) {
  return svg("text", { x, y, ...attributes }, String(words));
}

export function polyline(points, attributes) {
  return svg("polyline", {
    points: points.map((p) => p.map((v) => v.toFixed(1)).join(",")).join(" "),
    fill: "none",
    ...attributes,
  });
}

// Shapes within a square of side 2, so that a colour is never the only difference.
const SHAPES = {
  square: "M-.85-.85h1.7v1.7h-1.7z",
  up: "M0-1.1L1.05.8h-2.1z",
  diamond: "M0-1.2L1 0 0 1.2-1 0z",
  down: "M0 1.1L1.05-.8h-2.1z",
  plus: "M-.4-1.1h.8v.7h.7v.8h-.7v.7h-.8v-.7h-.7v-.8h.7z",
  cross: "M0-.5L.6-1.1 1.1-.6.5 0l.6.6-.5.5L0 .5-.6 1.1-1.1.6-.5 0l-.6-.6.5-.5z",
  left: "M-1.1 0L.8-1.05v2.1z",
  right: "M1.1 0L-.8-1.05v2.1z",
};

export function shape(kind, x, y, radius, attributes) {
  if (kind === "circle") return svg("circle", { cx: x, cy: y, r: radius, ...attributes });
  const move = `translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(${radius})`;
  return svg("path", {
    d: SHAPES[kind],
    transform: move,
    "vector-effect": "non-scaling-stroke",
    ...attributes,
  });
}

// A key of shapes or lines: [words, node drawn in 24 x 14] each.
export function legend(entries) {
  const items = entries.map(([words, ...nodes]) =>
    element("li", {}, svg("svg", { width: 24, height: 14, "aria-hidden": "true" }, nodes), words),
  );
  return element("ul", { class: "legend" }, items);
}

// Four significant digits, as in the tables.
export function shortNumber(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-4)) return value.toExponential(2).replace(/\.?0*e\+?/, "e");
  return size >= 1e4 ? value.toFixed(0) : String(Number(value.toPrecision(4)));
}

export function short(words, limit) {
  return words.length <= limit ? words : `${words.slice(0, limit - 1)}…`;
}

// Told apart from the terms whose colours begin again.
export function stripes() {
  const size = {
    id: "stripes",
    width: 6,
    height: 6,
    patternUnits: "userSpaceOnUse",
    patternTransform: "rotate(45)",
  };
  return svg("pattern", size, svg("rect", { width: 2, height: 6, fill: "#fff", opacity: 0.7 }));
}
