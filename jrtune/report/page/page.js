// Starts the page; all other scripts are reached from here.

import { drawAll } from "./draw.js";
import { onClick, onKey } from "./hand.js";
import { LIVE_SECONDS, ask } from "./live.js";
import { render } from "./render.js";
import { byId } from "./state.js";

function begin() {
  const data = JSON.parse(byId("data").textContent);
  document.documentElement.classList.remove("plain");
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
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
