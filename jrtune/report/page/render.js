// Draws the page from data, at first and whenever there are news.

import { modelOf } from "./data.js";
import { command } from "./detail.js";
import { drawAll } from "./draw.js";
import { rulesForm } from "./form.js";
import { show } from "./hand.js";
import { byId, page } from "./state.js";

// Draws the page anew; what was chosen, asked for and selected to compare stays.
export function render(data) {
  renew(data.fragments || {});
  page.model = modelOf(data);
  const { model } = page;
  const [first] = [...model.marks, ...model.dominated, ...model.infeasible];
  byId("look").hidden = !first;
  if (!first) return;
  byId("choosing").hidden = !model.members.length;
  if (!model.byNumber.has(page.chosen)) page.chosen = first.number;
  drawAll();
  if (model.members.length && !page.form) {
    page.form = rulesForm(() => page.model, chosenByRule);
    byId("rules").replaceChildren(page.form.form);
  }
  if (page.form) page.form.refresh();
  if (page.form && page.byRule) page.form.apply();
  else show(page.chosen);
}

function chosenByRule(number, words, option) {
  page.byRule = true;
  byId("because").textContent = words;
  byId("pick").replaceChildren(
    ...(option ? [command(`jrtune pick ${option} ${page.model.options}`, "pick")] : []),
  );
  show(number === null ? page.chosen : number);
}

// Words and tables as the server made them; tables that were opened stay open.
function renew(fragments) {
  const open = [...document.querySelectorAll("details[open]")].map((node) => node.dataset.table);
  for (const [id, html] of Object.entries(fragments)) byId(id).innerHTML = html;
  for (const node of document.querySelectorAll("details")) node.open = open.includes(node.dataset.table);
}
