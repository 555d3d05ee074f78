/**
 * Lets Workers of actors start and end, and says whether they are garbage:
 * `deno run -A --v8-flags=--expose-gc ended_workers.ts` prints `collected`, or
 * how many of them are still there.
 */
import { type ActorRef, EventedActor } from "@dekka/actors";
import { Alone } from "../runtimes/worker/actors.ts";

declare const gc: () => void;

/** All Workers that there have been. */
const started: WeakRef<Worker>[] = [];

globalThis.Worker = class extends Worker {
  constructor(...args: ConstructorParameters<typeof Worker>) {
    super(...args);
    started.push(new WeakRef(this));
  }
};

class Local extends EventedActor {}

/** Something that they know, and that stays. */
const known = [Local.start(), Alone.start()];

async function useWorker(): Promise<void> {
  const alone = Alone.start();
  await alone.ask(known);
  for (const ref of known.slice(1) as ActorRef<Alone>[]) {
    await alone.proxy().addTo(ref, 1);
    await ref.proxy().addTo(alone, 1);
  }
  await alone.stop();
}

for (let i = 0; i < 5; i++) await useWorker();
let left: number;
do {
  await new Promise((resolve) => setTimeout(resolve, 10));
  gc();
  left = started.filter((worker) => worker.deref() !== undefined).length - 1;
} while (left > 0 && performance.now() < 20_000);
console.log(left === 0 ? "collected" : left);
for (const ref of known) await ref.stop();
