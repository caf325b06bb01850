// The page's data with what every drawing asks of it.

import { shortNumber, svg } from "./svg.js";

export const GREY = "#666666";
export const LIGHT = "#BDBDBD";
export const BLACK = "#000000";
export const EQUAL = "equal weights";
const KINDS = ["up", "diamond", "down", "plus", "cross", "left", "right"];

export function modelOf(data) {
  const byNumber = new Map(data.trials.map((trial) => [trial.number, trial]));
  const members = data.front.map((number) => byNumber.get(number));
  const onFront = new Set(data.front),
    drawable = data.trials.filter((t) => t.values && t.values.every((v) => v !== null));
  const baselines = drawable.filter((t) => t.baseline && !onFront.has(t.number));
  const others = drawable.filter((t) => !t.baseline && !onFront.has(t.number));
  const { terms, objectives } = data.study;
  const tested = (trial) => data.tested[trial.number];
  return {
    ...data,
    terms,
    objectives,
    byNumber,
    members,
    onFront,
    baselines,
    tested,
    words: new Map(),
    names: objectives.map((o) => o.name),
    marks: [...members, ...baselines], // what the arrow keys go along
    dominated: others.filter((t) => t.feasible),
    infeasible: others.filter((t) => !t.feasible),
    costs: members.map((t) => t.values.map((value, k) => objectives[k].sign * value)),
    colour: (index) => data.colours[index % data.colours.length],
    look: (trial) => lookOf(trial, terms, data.colours),
    at: (trial, k) => (tested(trial) && tested(trial).test[k] ? tested(trial).test[k][0] : trial.values[k]),
    title: (k) => `${objectives[k].name} (${objectives[k].sign < 0 ? "higher" : "lower"} is better)`,
  };
}

// How a trial is drawn: baselines are marked as such also where they are on the front.
function lookOf(trial, terms, colours) {
  if (!trial.baseline) return { kind: "circle", colour: colours[0], name: "front" };
  if (trial.source === EQUAL) return { kind: "square", colour: BLACK, name: EQUAL };
  const [first] = trial.source.replace(/^single /, "").split("+"); // of a group of terms
  const index = Math.max(0, terms.indexOf(first));
  return {
    kind: KINDS[index % KINDS.length],
    colour: colours[(index + 1) % colours.length],
    name: trial.source,
  };
}

// Where a trial stands; one that did not complete stands nowhere.
export function placeOf(model, trial) {
  if (trial.status !== "complete") return trial.status;
  if (model.onFront.has(trial.number)) return "on the front";
  return trial.feasible ? "dominated" : "infeasible";
}

// A trial in a line: what a screen reader and a tooltip say.
function describe(model, trial) {
  const values = model.names.map((name, k) => `${name} ${shortNumber(model.at(trial, k))}`);
  const weights = model.terms.map((term, t) => `${term} ${shortNumber(trial.weights[t])}`);
  const source = trial.baseline ? `, ${trial.source}` : "";
  return `trial ${trial.number}${source}, ${placeOf(model, trial)}; ${values.join(", ")}; weights ${weights.join(", ")}`;
}

// A thing that stands for a trial: a click, Enter or the arrow keys choose it (page.js listens).
export function selectable(model, trial, attributes, ...children) {
  if (!model.words.has(trial)) model.words.set(trial, describe(model, trial));
  const label = model.words.get(trial);
  return svg(
    "g",
    { "data-trial": trial.number, role: "button", tabindex: -1, "aria-label": label, ...attributes },
    svg("title", {}, label),
    children,
  );
}

