// Draws the figures into their sections, and the ring around the chosen trial in all of them.
//
// FIGURES are the scripts of the figures in the page's list, by name. A figure's script exports `figure`:
//   draw(model, width)              the nodes to show
//   ready(model)                    whether there is something to draw; without it there always is
//   followsChoice                   whether it is drawn anew when another trial is chosen
//   arrange(section, model, again)  changes the figure's section beforehand; again() draws it once more

import { FIGURES } from "./figures.js";
import { byId, page } from "./state.js";

export function drawAll() {
  if (byId("look").hidden) return;
  const focused = document.activeElement && document.activeElement.closest("svg [data-trial]");
  const held = focused && [focused.closest("figure").id, focused.dataset.trial];
  Object.keys(FIGURES).forEach(draw);
  mark();
  if (held) focusOn(byId(held[0]), held[1]);
}

export function drawFollowing() {
  Object.keys(FIGURES)
    .filter((name) => FIGURES[name].followsChoice)
    .forEach(draw);
}

// Fills a figure's drawing at its present width, or hides the figure.
function draw(name) {
  const { model } = page,
    figure = FIGURES[name],
    section = byId(name);
  section.hidden = !model.shown.includes(name) || Boolean(figure.ready && !figure.ready(model));
  if (section.hidden) return;
  const again = () => {
    draw(name);
    mark();
  };
  if (figure.arrange) figure.arrange(section, model, again);
  section.querySelector(".drawing").replaceChildren(...figure.draw(model, Math.floor(section.clientWidth)));
}

// Rings the chosen trial everywhere, above the others; each drawing is one stop of the Tab key.
export function mark() {
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

export function focusOn(container, number) {
  const node = container && container.querySelector(`[data-trial="${number}"]`);
  if (node) node.focus({ preventScroll: true });
}
