/**
 * Finds out what actors do in a tab of the browser that is hidden.
 *
 * @module
 */

import { root } from "../files.ts";
import { launch } from "./browser.ts";
import { BUNDLES } from "./bundle.ts";
import { serveDist } from "./in_browser.ts";

/** How long the tab has for its answer. */
const PATIENCE = 30_000;

/** What browsers that are tested do not do unless this is left out. */
const NOT_SLOWED_DOWN = [
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
];

/** Measures in the tab, once it is hidden, and sends what came of it. */
const PAGE = `<!doctype html><meta charset=utf-8><title>Tab</title>
<script type="module">
import { EventedActor } from "/npm/mod.js";
class Echo extends EventedActor {
  onReceive(message) {
    return message === "hang" ? new Promise(() => {}) : message;
  }
}
async function measure(fn) {
  const begin = performance.now();
  await fn();
  return Math.round(performance.now() - begin);
}
async function main() {
  const echo = Echo.start();
  const asks = await measure(async () => {
    for (let i = 0; i < 1000; i++) await echo.ask(i);
  });
  let limit;
  // The clock of a tab is slowed down a while after it was hidden.
  for (let i = 0; i < 3; i++) {
    const hanging = Echo.start();
    limit = await measure(() => hanging.ask("hang", { timeout: 100 }).get().catch(() => {}));
    hanging.kill();
  }
  await fetch("/", { method: "POST", body: JSON.stringify({ asks, limit }) });
}
if (document.hidden) main();
else document.addEventListener("visibilitychange", main, { once: true });
</script>
`;

/**
 * Finds out what it does.
 *
 * @returns How long things take there.
 */
export async function hiddenTab(): Promise<Record<string, string>> {
  await Deno.writeTextFile(`${root}${BUNDLES}hidden_tab.html`, PAGE);
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  await using server = serveDist(resolve);
  const browser = await launch(NOT_SLOWED_DOWN);
  const timer = setTimeout(() => resolve(undefined), PATIENCE);
  try {
    // Pages that the driver opens itself are never hidden.
    const session = await browser.newBrowserCDPSession();
    const url = `${server.url}everywhere/hidden_tab.html`;
    await session.send("Target.createTarget", { url });
    const { targetId } = await session.send("Target.createTarget", {
      url: "about:blank",
    });
    await session.send("Target.activateTarget", { targetId });
    const answer = await promise;
    if (answer === undefined) return { "a hidden tab": "cannot be had" };
    const { asks, limit } = JSON.parse(answer);
    return {
      "1000 asks, one after another, in a hidden tab": `${asks} ms`,
      "a timeout of 100 ms in a hidden tab": `${limit} ms`,
    };
  } finally {
    clearTimeout(timer);
    await browser.close();
  }
}
