/**
 * Finds out what becomes of actors in workerd that several requests share.
 *
 * @module
 */

import { root } from "../files.ts";
import { BUNDLES } from "./bundle.ts";
import { ask } from "./in_workerd.ts";

/** What is tried; in workerd, timers belong to the request that made them. */
const CASES = {
  shared: "an actor that requests share, whose handler waits for a timer",
  waitUntil: "the same, with `waitUntil()`",
  object: "the same, in a Durable Object",
} as const;

/**
 * Is asked by three requests at once. It is the isolate, too, that sends them,
 * to itself.
 */
const MODULE = `import { EventedActor } from "../npm/mod.js";
class Echo extends EventedActor {
  async onReceive(message) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    return message;
  }
}
async function answer(echo) {
  const reply = await echo.ask("ok", { timeout: 1000 }).get()
    .catch(({ name }) => name);
  return new Response(reply);
}
let shared;
const handlers = {
  shared: () => answer(shared ??= Echo.start()),
  waitUntil(request, env, context) {
    context.waitUntil(new Promise((resolve) => setTimeout(resolve, 500)));
    return handlers.shared();
  },
  object: (request, { HOME }) => HOME.get(HOME.idFromName("one")).fetch(request),
};
export class Home {
  echo = Echo.start();
  fetch = () => answer(this.echo);
}
export default {
  async fetch(request, env, context) {
    const path = new URL(request.url).pathname.slice(1);
    if (path !== "") return await handlers[path](request, env, context);
    const url = request.url + await request.text();
    const answers = await Promise.all([1, 2, 3].map(async () => {
      return await (await env.SELF.fetch(url)).text();
    }));
    return new Response([...new Set(answers)].join(", then "));
  },
};
`;

/**
 * Finds out what becomes of them.
 *
 * @returns What they answer.
 */
export async function sharedActors(): Promise<Record<string, string>> {
  await Deno.writeTextFile(`${root}${BUNDLES}requests.js`, MODULE);
  const answers = await ask("requests.js", ...Object.keys(CASES));
  return Object.fromEntries(
    Object.values(CASES).map((what, i) => [what, answers[i]!]),
  );
}
