// Where each drawing goes, and the ring around the chosen trial in all of them.

const KEPT_COLOURS = [0, 2, 3, 4, 5]; // black is for equal weights, vermilion for the chosen trial

function drawAll() {
  if (byId("look").hidden) return;
  const { model } = page,
    focused = document.activeElement && document.activeElement.closest("svg [data-trial]");
  const held = focused && [focused.closest("figure").id, focused.dataset.trial];
  drawFront(model);
  draw("weights", model.members.length, (width) => [weightBars(model, width), termLegend(model)]);
  draw("ternary", model.terms.length === 3 && model.members.length, (width) => [
    ternary(model, width),
    ternaryLegend(model),
  ]);
  draw(
    "hypervolume",
    model.trace.points.some(([, , volume]) => volume !== null),
    (width) => [hypervolumePanels(model, width)],
  );
  draw("importance", model.importance, (width) => [importanceBars(model, width), importanceLegend(model)]);
  mark();
  drawCurves();
  if (held) focusOn(byId(held[0]), held[1]);
}

function drawFront(model) {
  byId(model.names.length > 3 ? "rest" : "lead").prepend(byId("front")); // a matrix of many pairs comes later
  const pairs = model.names.flatMap((_, j) => model.names.slice(0, j).map((__, i) => [i, j]));
  const dwarfed = pairs.some(([i, j]) => isDwarfed(model, i, j)),
    near = dwarfed && page.near;
  byId("nearer").hidden = !dwarfed;
  byId("front").querySelector("h2").textContent = model.members.length
    ? "The front"
    : "The front: no feasible trial yet";
  draw("front", true, (width) => {
    if (!pairs.length) return [strip(model, width), frontLegend(model)];
    const plot =
      pairs.length > 1
        ? scatterMatrix(model, width, near)
        : scatter(model, 0, 1, width, Math.min(480, Math.max(300, width * 0.66)), near);
    return [plot, frontLegend(model)];
  });
  draw("parallel", model.names.length > 3, (width) => [parallel(model, width), parallelLegend(model)]);
}

// Fills a figure's drawing at its present width, or hides the figure.
function draw(id, wanted, make) {
  const figureNode = byId(id);
  figureNode.hidden = !wanted;
  if (wanted)
    figureNode.querySelector(".drawing").replaceChildren(...make(Math.floor(figureNode.clientWidth)));
}

function drawCurves() {
  const { model } = page,
    equal = model.trials.find((t) => t.source === EQUAL);
  const looks = [
    [page.chosen, { colour: "#D55E00", width: 2.6 }],
    ...page.kept.map((number, k) => [
      number,
      { colour: model.colour(KEPT_COLOURS[k % KEPT_COLOURS.length]), width: 1.6 },
    ]),
    ...(equal ? [[equal.number, { colour: BLACK, width: 1.4 }]] : []),
  ];
  const once = looks.filter(([number], place) => looks.findIndex(([other]) => other === number) === place);
  const shown = once
    .filter(([number]) => model.curves[number])
    .map(([number, look]) => [model.byNumber.get(number), look]);
  draw("curves", shown.length, (width) => [curveLegend(shown), curvePanels(model, shown, width)]);
}

// Rings the chosen trial everywhere, above the others; each drawing is one stop of the Tab key.
function mark() {
  const chosen = String(page.chosen),
    active = document.activeElement;
  for (const drawn of document.querySelectorAll("#look svg[role=group]")) {
    const nodes = [...drawn.querySelectorAll("[data-trial]")];
    const mine = nodes.find((node) => node.dataset.trial === chosen) || nodes[nodes.length - 1];
    for (const node of nodes) {
      node.classList.toggle("chosen", node.dataset.trial === chosen);
      node.setAttribute("aria-pressed", String(node.dataset.trial === chosen));
      node.setAttribute("tabindex", node === mine ? 0 : -1);
    }
    if (mine && mine.dataset.trial === chosen) mine.parentNode.append(mine);
  }
  if (active && active !== document.activeElement) active.focus({ preventScroll: true }); // moving it took the focus
}

function focusOn(container, number) {
  const node = container && container.querySelector(`[data-trial="${number}"]`);
  if (node) node.focus({ preventScroll: true });
}
