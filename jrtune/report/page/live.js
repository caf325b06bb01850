// The live view: while a study runs, the page asks for news and draws them.

const LIVE_SECONDS = 3;

// Asks for news; the server says by its ETag whether there are any.
async function ask() {
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

// Words and tables as the server made them; tables that were opened stay open.
function renew(fragments) {
  const open = [...document.querySelectorAll("details[open]")].map((node) => node.dataset.table);
  for (const [id, html] of Object.entries(fragments)) byId(id).innerHTML = html;
  for (const node of document.querySelectorAll("details")) node.open = open.includes(node.dataset.table);
}
