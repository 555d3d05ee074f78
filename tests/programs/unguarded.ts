/**
 * Starts actors at its top level, and is the module of one of them: a Worker
 * that loads it must not do so, too.
 */
import { type ActorDeadError, ActorSystem } from "@dekka/actors";
import { WorkerActor, workers } from "@dekka/actors/worker";
import { Helper } from "../runtimes/worker/actors.ts";

export class Late extends WorkerActor<unknown, unknown> {
  static override readonly module: string = import.meta.url;
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const system = new ActorSystem({ logger: silent });
workers.size = 1;
const helper = system.start(Helper, 0);
await helper.ask("up");
const late = system.start(Late);
const error = await late.ask("up").catch((error) => error) as ActorDeadError;
console.log(error.reason, String(error.cause).slice(0, 60));
await helper.stop();
console.log("Workers:", workers.running);
