/**
 * Closes the pool while an actor in a Worker looks for others again and again,
 * and comes to its end.
 */
import { type ActorDeadError, ActorSystem } from "@dekka/actors";
import { workers } from "@dekka/actors/worker";
import { Dog } from "../runtimes/worker/animals.ts";
import { Shepherd } from "../runtimes/worker/shepherds.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const system = new ActorSystem({ logger: silent });
const seen = system.start(Dog);
const looking = system.start(Shepherd).proxy().lookForEver(seen);
while ((await seen.proxy().notes()).length === 0);
for (let i = 0; i < 100; i++) {
  // Its questions are answered.
  await new Promise((resolve) => setTimeout(resolve));
}
workers.close();
const { name, reason } = await looking.catch((e) => e) as ActorDeadError;
console.log(name, reason);
await seen.stop();
