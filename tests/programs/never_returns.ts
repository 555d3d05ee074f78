/**
 * Kills an actor whose handler never returns to the event loop of its Worker,
 * and comes to its end all the same: `never_returns.ts <kill|close>`.
 */
import { type ActorDeadError, ActorSystem } from "@dekka/actors";
import { workers } from "@dekka/actors/worker";
import { Alone } from "../runtimes/worker/actors.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const system = new ActorSystem({ logger: silent });
const helper = system.start(Alone, 0);
const seen = system.start(Alone, 0);
const ask = helper.proxy().spinForEver(seen);
while ((await seen.proxy().notes()).length === 0);
// It is about to spin; if it has not begun by then, it ends all the same.
await new Promise((resolve) => setTimeout(resolve, 50));
if (Deno.args[0] === "kill") helper.kill();
else workers.close();
console.log("in the registry:", system.registry.getAll().includes(helper));
await helper.stopped;
const { name, reason } = await ask.catch((error) => error) as ActorDeadError;
console.log(name, reason, helper.isAlive());
console.log("Workers:", workers.running);
await seen.stop();
