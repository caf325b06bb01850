// The page: its state, and drawing it from data, at first and whenever there are news.

const page = { model: null, chosen: null, byRule: true, kept: [], near: true, form: null, tag: null };
const byId = (id) => document.getElementById(id);

// Draws the page anew; what was chosen, asked for and kept stays.
function render(data) {
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

function begin() {
  const data = JSON.parse(byId("data").textContent);
  document.documentElement.classList.remove("plain");
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  byId("near").addEventListener("change", (event) => {
    page.near = event.target.checked;
    drawFront(page.model);
    mark();
  });
  let waiting = null,
    width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === width) return; // a phone's address bar
    width = innerWidth;
    clearTimeout(waiting);
    waiting = setTimeout(drawAll, 120);
  });
  render(data);
  if (data.live && location.protocol === "http:") setTimeout(ask, 1000 * LIVE_SECONDS);
}

begin();
