// Choosing by a rule: what each asks for, its choice and reason, and the command line that chooses the same.

import { choose } from "./choose.js";

const PAIRS = (model, values) =>
  model.names.map((name, k) => [name, values[k]]).filter(([, value]) => value !== "");

// Rule -> its name, what it asks for, whether it can be used or what it lacks, its choice (an index into the
// front), its option.
// `entries` are the inputs' texts, one an objective; `best` the objective that decides within limits.
export const RULES = {
  knee: {
    name: "Knee",
    choose: (m) => choose.knee(m.costs),
    option: () => "--knee",
    because: () => choose.reasons.knee,
  },
  prefer: {
    name: "Preference",
    asks: "sliders",
    choose: (m, { entries }) => choose.prefer(m.costs, entries.map(Number)),
    option: (m, { entries }) => `--prefer ${pairsOption(m, entries)}`,
    because: (m, { entries }) => choose.reasons.prefer(PAIRS(m, entries)),
  },
  atLeast: {
    name: "Thresholds",
    asks: "limits",
    choose: (m, { entries, best }) => {
      if (entries.every((limit) => limit === "")) throw new choose.Refusal("give at least one limit");
      return choose.atLeast(m.costs, costsOf(m, entries), best);
    },
    option: (m, { entries, best }) => `--at-least ${pairsOption(m, entries)} --best ${quoted(m.names[best])}`,
    because: (m, { entries, best }) => `the best ${m.names[best]} with ${limitWords(m, entries)}`,
  },
  topsis: {
    name: "TOPSIS",
    asks: "sliders",
    choose: (m, { entries }) => choose.topsis(m.costs, entries.map(Number)),
    option: (m, { entries }) => `--topsis ${pairsOption(m, entries)}`,
    because: (m, { entries }) => choose.reasons.topsis(PAIRS(m, entries)),
  },
  reference: {
    name: "Reference point",
    asks: "values",
    choose: (m, { entries }) => choose.reference(m.costs, costsOf(m, entries)),
    option: (m, { entries }) => `--reference ${pairsOption(m, entries)}`,
    because: (m, { entries }) => choose.reasons.reference(PAIRS(m, entries)),
  },
  beatsSingle: {
    name: "Beats every single-task model",
    ready: (m) => m.gains.values.some((row) => row.length),
    lacks: () => "no single-task model is known",
    choose: (m) => choose.beatsSingle(m.gains.values),
    option: () => "--beats-single",
    because: (m, _, index) => m.gains.reasons[index],
  },
  robust: {
    name: "Robust: the most stable on the front",
    ready: (m) => m.stability.remedy === null,
    lacks: (m) => m.stability.remedy,
    choose: (m) => choose.robust(m.stability.shares, m.costs),
    option: () => "--robust",
    because: (m, _, index) => m.stability.reasons[index],
  },
};

// Texts as costs; an empty one is no limit.
function costsOf(model, entries) {
  return entries.map((words, k) => (words === "" ? null : model.objectives[k].sign * Number(words)));
}

function limitWords(model, entries) {
  const words = entries.map((limit, k) =>
    limit === ""
      ? null
      : `${model.objectives[k].sign < 0 ? "at least" : "at most"} ${limit} ${model.names[k]}`,
  );
  return words.filter(Boolean).join(", ");
}

// A word as a POSIX shell takes it.
function quoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

function pairsOption(model, entries) {
  return quoted(
    PAIRS(model, entries)
      .map(([name, value]) => `${name}=${value}`)
      .join(","),
  );
}

// The chosen trial, the reason with what was given up, and the option of jrtune pick.
export function outcome(model, state) {
  const rule = RULES[state.rule];
  try {
    const index = rule.choose(model, state),
      trial = model.members[index];
    const words = `Trial ${trial.number}, one of ${model.members.length} on the front: ${rule.because(model, state, index)}.`;
    return [trial.number, `${words} ${gaveUp(model, index)}`, rule.option(model, state)];
  } catch (refusal) {
    if (!(refusal instanceof choose.Refusal)) throw refusal;
    const near =
      refusal.nearest === null ? "" : `; the nearest is trial ${model.members[refusal.nearest].number}`;
    return [null, `No choice: ${refusal.message}${near}.`, null];
  }
}

// Against the points beside it: on test where all of them are confirmed, else on validation.
function gaveUp(model, index) {
  const near = choose.neighbours(model.costs, index).map((other) => model.members[other]),
    mine = model.members[index];
  if (!near.length) return "No other point of the front differs from it.";
  const onTest = [mine, ...near].every((t) => model.tested(t) && model.tested(t).role === "front");
  const values = (t) => model.names.map((_, k) => (onTest ? model.tested(t).test[k][0] : t.values[k]));
  const parts = near
    .map((t) => choose.against(values(mine), values(t), model.objectives, `trial ${t.number} next to it`))
    .join("; ");
  return `${parts[0].toUpperCase()}${parts.slice(1)} (${onTest ? "test" : "validation"}).`;
}
