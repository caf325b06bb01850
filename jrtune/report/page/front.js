// The front: a strip for one objective, a scatter for two, a matrix of scatters for more.

import { LIGHT } from "./data.js";
import { isDwarfed, scatter, scatterMatrix } from "./scatter.js";
import { byId, page } from "./state.js";
import { strip } from "./strip.js";
import { element, legend, line, shape } from "./svg.js";

// The key of what is on the front's drawings.
function frontLegend(model) {
  const dot = (kind, colour, full) =>
    shape(kind, 12, 7, 5, { fill: full ? colour : "none", stroke: colour, "stroke-width": 1.5 });
  const entries = [];
  const fronts = model.members.filter((t) => !t.baseline);
  if (fronts.some(model.tested))
    entries.push([
      "front on test, 95 % interval",
      line(1, 7, 23, 7, { stroke: model.colour(0) }),
      dot("circle", model.colour(0), true),
    ]);
  if (fronts.length) entries.push(["front on validation", dot("circle", model.colour(0), false)]);
  const baselines = new Map(model.marks.filter((t) => t.baseline).map((t) => [t.source, t]));
  for (const trial of baselines.values()) {
    const { kind, colour, name } = model.look(trial);
    entries.push([name, dot(kind, colour, Boolean(model.tested(trial)))]);
  }
  if (model.dominated.length) entries.push(["dominated", shape("circle", 12, 7, 3.5, { fill: LIGHT })]);
  if (model.infeasible.length) entries.push(["infeasible", shape("cross", 12, 7, 4, { fill: LIGHT })]);
  return legend(entries);
}

export const figure = {
  arrange(section, model, again) {
    section.querySelector("h2").textContent = model.members.length
      ? "The front"
      : "The front: no feasible trial yet";
    if (!byId("nearer")) section.querySelector(".drawing").before(nearerBox(again));
    byId("nearer").hidden = !dwarfedPair(model);
  },
  draw(model, width) {
    const near = dwarfedPair(model) && page.near;
    if (model.names.length === 1) return [strip(model, width), frontLegend(model)];
    const plot =
      model.names.length > 2
        ? scatterMatrix(model, width, near)
        : scatter(model, 0, 1, width, Math.min(480, Math.max(300, width * 0.66)), near);
    return [plot, frontLegend(model)];
  },
};

// Whether single-task models and dominated trials dwarf the front in any pair of objectives.
function dwarfedPair(model) {
  return model.names.some((_, j) => model.names.slice(0, j).some((__, i) => isDwarfed(model, i, j)));
}

function nearerBox(again) {
  const box = element("input", { type: "checkbox", id: "near", checked: page.near });
  box.addEventListener("change", () => {
    page.near = box.checked;
    again();
  });
  return element("p", { class: "note", id: "nearer" }, element("label", {}, box, " look near the front"));
}
