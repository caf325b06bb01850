// Choosing a trial by hand: with a click, or with the keyboard along the front.

import { command, detail } from "./detail.js";
import { drawFollowing, focusOn, mark } from "./draw.js";
import { COMPARED_COLOURS, byId, page } from "./state.js";
import { element } from "./svg.js";

export function show(number) {
  page.chosen = number;
  mark();
  drawFollowing();
  showDetail();
}

function showDetail() {
  const { model } = page,
    trial = model.byNumber.get(page.chosen);
  byId("detail").replaceChildren(...(trial ? detail(model, trial, compareButton(model, trial)) : []));
}

function compareButton(model, trial) {
  if (!model.curves[trial.number])
    return element("p", { class: "note" }, "Its learning curves are not stored here.");
  const compared = page.compared.includes(trial.number);
  const button = element(
    "button",
    { type: "button", "aria-pressed": String(compared) },
    compared ? "Drop its curves" : "Select its curves to compare",
  );
  button.addEventListener("click", () => {
    page.compared = compared
      ? page.compared.filter((number) => number !== trial.number)
      : [...page.compared, trial.number].slice(-COMPARED_COLOURS.length);
    drawFollowing();
    showDetail();
    byId("detail").querySelector("[aria-pressed]").focus();
  });
  return button;
}

function byHand(number) {
  page.byRule = false;
  byId("because").textContent = `Trial ${number}, chosen by hand.`;
  const pick = () => command(`jrtune pick --trial ${number} ${page.model.options}`, "pick");
  byId("pick").replaceChildren(...(page.model.byNumber.get(number).values ? [pick()] : []));
  show(number);
}

export function onClick(event) {
  const drawn = event.target.closest("svg [data-trial]"),
    listed = event.target.closest("[data-show]");
  if (drawn) byHand(Number(drawn.dataset.trial));
  if (listed && page.model.byNumber.has(Number(listed.dataset.show))) {
    byHand(Number(listed.dataset.show));
    byId("detail").scrollIntoView({ block: "nearest" });
  }
}

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

// Arrow keys go along the front and the baselines, Home and End to its ends; Enter and the space bar choose.
export function onKey(event) {
  const node = event.target.closest("svg [data-trial]");
  if (!node || event.ctrlKey || event.metaKey || event.altKey) return;
  const drawn = node.ownerSVGElement,
    here = Number(node.dataset.trial);
  const order = page.model.marks
    .map((t) => t.number)
    .filter((number) => drawn.querySelector(`[data-trial="${number}"]`));
  let to = null;
  if (event.key === "Enter" || event.key === " ") to = here;
  if (event.key === "Home") [to] = order;
  if (event.key === "End") to = order[order.length - 1];
  if (event.key in STEPS)
    to = order[Math.min(order.length - 1, Math.max(0, order.indexOf(here) + STEPS[event.key]))];
  if (to === null || to === undefined) return;
  event.preventDefault();
  byHand(to);
  focusOn(drawn, to);
}
