// One trial in full: weights, candidate, values with intervals, and the command that exports it.

import { placeOf } from "./data.js";
import { element, shortNumber, svg } from "./svg.js";

export function detail(model, trial, actions) {
  const epoch = trial.values ? `selected at epoch ${trial.epoch}, ` : "";
  return [
    element("h3", {}, `Trial ${trial.number}`),
    element(
      "p",
      { class: "note" },
      `source: ${trial.sourceLabel}; ${placeOf(model, trial)}; ${epoch}${shortNumber(trial.seconds)} s of training`,
    ),
    element("h4", {}, "Weights"),
    trial.balancing === "fixed"
      ? weightList(model, trial)
      : element("p", {}, `set by ${trial.balancing} while training`),
    ...(trial.values ? takenFrom(model, trial) : []), // what did not complete has no values and no model
    ...candidateOf(trial),
    actions,
  ];
}

function takenFrom(model, trial) {
  return [
    element("h4", {}, "Take it elsewhere"),
    command(`jrtune export --trial ${trial.number} ${model.options}`, "export"),
    ...(trial.weightsOnly
      ? [element("p", { class: "note" }, "Weights only: its parameters are not saved.")]
      : []),
    element("h4", {}, "Values"),
    valuesTable(model, trial),
  ];
}

function weightList(model, trial) {
  return element(
    "dl",
    { class: "weights" },
    model.terms.flatMap((term, t) => {
      const bar = svg(
        "svg",
        { width: 90, height: 10, "aria-hidden": "true" },
        svg("rect", { width: 90, height: 10, fill: "#eee" }),
        svg("rect", { width: 90 * trial.weights[t], height: 10, fill: model.colour(t) }),
      );
      return [element("dt", {}, term), element("dd", {}, bar, ` ${shortNumber(trial.weights[t])}`)];
    }),
  );
}

// For each objective a line on validation, on test, and of the gain there over the single-task model.
function valuesTable(model, trial) {
  const tested = model.tested(trial),
    { values } = trial;
  const found = model.names.map((name, k) => [
    name,
    values[k],
    tested && tested.test[k],
    tested && tested.gains[k],
  ]);
  for (const [name, value] of Object.entries(trial.watched))
    found.push([`${name} (watched)`, value, tested && tested.watched[name]]);
  const bodies = found.map(([name, value, test, gain]) => {
    const lines = [
      ["validation", shortNumber(value)],
      ...(test ? [["test", estimate(test)]] : []),
      ...(gain ? [["gain on test", estimate(gain)]] : []),
    ];
    return element(
      "tbody",
      {},
      lines.map(([what, words], index) =>
        element(
          "tr",
          {},
          index ? null : element("th", { scope: "rowgroup", rowspan: lines.length }, name),
          element("th", { scope: "row" }, what),
          element("td", {}, words),
        ),
      ),
    );
  });
  return element(
    "div",
    {},
    element("div", { class: "scroll" }, element("table", {}, bodies)),
    element("p", { class: "note" }, notesOf(tested, model.stability.seeds)),
  );
}

function notesOf(tested, seeds) {
  if (!tested) return "Not confirmed on test: run jrtune confirm.";
  const words = `Test: mean over ${tested.seeds} seed${tested.seeds > 1 ? "s with its 95 % interval" : ""}; gain: over the single-task model.`;
  return tested.stability === null
    ? words
    : `${words} On test it stays on the front in ${Math.round(100 * tested.stability)} % of resamplings of ` +
        `the ${seeds} seeds that all its members completed.`;
}

// A mean with its interval, [mean, low, high]; that of one seed is not known.
function estimate(found) {
  if (found[0] === null) return "–";
  return found[1] === null
    ? shortNumber(found[0])
    : `${shortNumber(found[0])} [${shortNumber(found[1])}, ${shortNumber(found[2])}]`;
}

function candidateOf(trial) {
  const choices = Object.entries(trial.choices);
  if (!choices.length) return [];
  const words = (value) => (typeof value === "number" ? shortNumber(value) : String(value));
  return [
    element("h4", {}, "Candidate"),
    element(
      "dl",
      {},
      choices.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, words(value))]),
    ),
  ];
}

// A command line with a button that copies it; `kind` tells tests and styles which it is.
export function command(words, kind) {
  const code = element("code", {}, words);
  const button = element("button", { type: "button", class: "copy" }, "Copy");
  button.setAttribute("aria-label", `Copy: ${words}`);
  button.addEventListener("click", async () => {
    button.textContent = (await copied(words, code)) ? "Copied" : "Selected: press Ctrl+C";
  });
  return element("div", { class: "command", "data-command": kind }, code, button);
}

async function copied(words, code) {
  try {
    await navigator.clipboard.writeText(words);
    return true;
  } catch {
    getSelection().selectAllChildren(code); // a page opened from a file may not write the clipboard everywhere
    return document.execCommand("copy");
  }
}
