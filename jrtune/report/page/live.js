// The live view: while a study runs, the page asks for news and draws them.

import { render } from "./render.js";
import { byId, page } from "./state.js";

export const LIVE_SECONDS = 3;

// Asks for news; the server says by its ETag whether there are any.
export async function ask() {
  try {
    const answer = await fetch("data.json", { cache: "no-cache" });
    const tag = answer.headers.get("ETag");
    if (answer.ok && (tag === null || tag !== page.tag)) {
      page.tag = tag;
      render(await answer.json());
    }
    byId("live").textContent = answer.ok
      ? "Live: follows the running study."
      : "The study's server cannot read the database just now.";
  } catch {
    byId("live").textContent = "The study's server does not answer; the page shows what was known last.";
  }
  setTimeout(ask, 1000 * LIVE_SECONDS);
}
