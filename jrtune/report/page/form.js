// The form of the choosing rules: which rule, and what it asks for.

import { RULES, outcome } from "./rules.js";
import { element } from "./svg.js";

// What the form asks for at first: equal preference; thresholds at the middle of the front; its best values.
function firstEntries(model, asks) {
  return model.names.map((_, k) => {
    const costs = model.costs.map((row) => row[k]),
      sorted = [...costs].sort((a, b) => a - b);
    const sign = model.objectives[k].sign;
    if (asks === "sliders") return "0.5";
    if (asks === "limits")
      return k
        ? ""
        : String(
            sign * loosened(sorted[Math.floor(sorted.length / 2)], sorted[sorted.length - 1] - sorted[0]),
          );
    return String(Number((sign * sorted[0]).toPrecision(4)));
  });
}

// A cost rounded to what a person would write, upwards, so that it stays within reach.
function loosened(cost, extent) {
  const step = 10 ** Math.floor(Math.log10(extent || Math.abs(cost) || 1) - 1);
  return Number((Math.ceil(cost / step) * step).toPrecision(6));
}

// The form. `current()` gives the model as it is now; `onChoice(number, words, option)` is called whenever
// the rule, what it asks for, or the front changes.
export function rulesForm(current, onChoice) {
  const state = { rule: "knee", entries: [], best: current().names.length - 1 };
  const options = Object.entries(RULES).map(([key, rule]) => element("option", { value: key }, rule.name));
  const select = element("select", { id: "rule", name: "rule" }, options);
  const controls = element("div", { class: "controls" });
  const apply = () => onChoice(...outcome(current(), state));
  const refresh = () => {
    for (const option of options) {
      const { name, ready, lacks } = RULES[option.value];
      option.disabled = Boolean(ready) && !ready(current());
      option.textContent = name + (option.disabled ? `: ${lacks(current())}` : "");
    }
  };
  select.addEventListener("change", () => {
    state.rule = select.value;
    const { asks } = RULES[state.rule];
    state.entries = asks ? firstEntries(current(), asks) : [];
    controls.replaceChildren(...(asks ? controlsOf(current(), state, asks, apply) : []));
    apply();
  });
  const form = element(
    "form",
    { class: "rules" },
    element("label", { for: "rule" }, "Choose by "),
    select,
    controls,
  );
  form.addEventListener("submit", (event) => event.preventDefault());
  refresh();
  return { form, apply, refresh };
}

function controlsOf(model, state, asks, apply) {
  const inputs = model.names.map((name, k) => control(model, state, asks, k, name, apply));
  if (asks !== "limits") return inputs;
  const best = element(
    "select",
    { id: "best" },
    model.names.map((name, k) => element("option", { value: k, selected: k === state.best }, name)),
  );
  best.addEventListener("change", () => {
    state.best = Number(best.value);
    apply();
  });
  return [...inputs, element("label", { for: "best" }, "then the best "), best];
}

function control(model, state, asks, k, name, apply) {
  const id = `ask-${k}`,
    slider = asks === "sliders";
  const range = slider
    ? { type: "range", min: 0, max: 1, step: 0.01 }
    : { type: "number", step: "any", inputmode: "decimal" };
  const input = element("input", { id, ...range, value: state.entries[k] });
  const shown = slider ? element("output", { for: id }, state.entries[k]) : null;
  input.addEventListener("input", () => {
    state.entries[k] = input.value;
    if (shown) shown.textContent = input.value;
    apply();
  });
  const side = model.objectives[k].sign < 0 ? "at least" : "at most";
  return element(
    "div",
    { class: "ask" },
    element("label", { for: id }, asks === "limits" ? `${name} ${side}` : name),
    input,
    shown,
  );
}
