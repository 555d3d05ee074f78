/**
 * Collects a failure that nobody has read before its test system is closed, and
 * prints what that complains of; `tests/testing_test.ts` looks at it.
 */
import { EventedActor } from "@dekka/actors";
import { Recorder, testSystem } from "@dekka/actors/testing";

declare const gc: () => void;

class Failing extends EventedActor {
  override onReceive(): never {
    throw new RangeError("unread");
  }
}

const logger = new Recorder();
const system = testSystem({ logger });
const failing = system.start(Failing);
failing.ask(1);
await failing.stop();
for (let i = 0; i < 200 && logger.texts("warn").length === 0; i++) {
  gc();
  await new Promise((resolve) => setTimeout(resolve, 0));
}
if (logger.texts("warn").length === 0) console.log("never collected");
const message = await system[Symbol.asyncDispose]()
  .then(() => "passed", ({ message }: Error) => message);
console.log(message.split("\n").slice(1).join("\n"));
