/**
 * comedy: in-memory children of the root actor, whose methods are topics.
 *
 * @module
 */
import comedy from "comedy";
import { check, type Contender } from "../protocol.ts";
import { RING, SENDERS } from "../workloads.ts";

type Behaviour = Record<string, (n: number) => unknown>;
interface Child {
  send(topic: string, n: number): Promise<void>;
  sendAndReceive(topic: string, n: number): Promise<number>;
  destroy(): Promise<void>;
}
interface Parent {
  createChild(behaviour: Behaviour): Promise<Child>;
}
// Its types describe a module with a default export, but it is a function.
const createSystem = comedy as unknown as (options: unknown) => {
  rootActor(): Promise<Parent>;
};

const SILENT = { categories: { Default: "Silent" } };
const root = await createSystem({ loggerConfig: SILENT, config: {} })
  .rootActor();

function counter(): Promise<Child> {
  let count = 0;
  return root.createChild({ add: (n) => count += n });
}

async function askOneByOne(actor: Child, size: number): Promise<void> {
  let last = 0;
  for (let i = 0; i < size; i++) last = await actor.sendAndReceive("add", 1);
  check(last, size);
  await actor.destroy();
}

async function stopAll(actors: readonly Child[]): Promise<void> {
  await Promise.all(actors.map((actor) => actor.destroy()));
}

const contender: Contender = {
  "tell": async (size, measured) => {
    // A later ask may overtake a tell, so the actor itself says when it is done.
    const done = Promise.withResolvers<number>();
    let count = 0;
    const actor = await root.createChild({
      add: (n) => {
        if ((count += n) === size) done.resolve(count);
      },
    });
    await measured(async () => {
      for (let i = 0; i < size; i++) actor.send("add", 1);
      check(await done.promise, size);
    });
    await actor.destroy();
  },
  "ask": async (size, measured) => {
    const actor = await counter();
    await measured(() => askOneByOne(actor, size));
  },
  "ask-async": async (size, measured) => {
    let count = 0;
    // deno-lint-ignore require-await -- asynchronous is what is measured
    const actor = await root.createChild({ add: async (n) => count += n });
    await measured(() => askOneByOne(actor, size));
  },
  "flight": async (size, measured) => {
    const actor = await counter();
    await measured(async () => {
      const asks: Promise<number>[] = [];
      for (let i = 0; i < size; i++) asks.push(actor.sendAndReceive("add", 1));
      check((await Promise.all(asks)).at(-1), size);
    });
    await actor.destroy();
  },
  "start": async (size, measured) => {
    const actors: Child[] = [];
    await measured(async () => {
      const asks: Promise<number>[] = [];
      for (let i = 0; i < size; i++) {
        asks.push(
          counter().then((actor) => {
            actors.push(actor);
            return actor.sendAndReceive("add", 1);
          }),
        );
      }
      let sum = 0;
      for (const reply of await Promise.all(asks)) sum += reply;
      check(sum, size);
    });
    await stopAll(actors);
  },
  "ring": async (size, measured) => {
    const done = Promise.withResolvers<number>();
    const ring = await Promise.all(
      Array.from({ length: RING }, (_, i) =>
        root.createChild({
          pass: (left) => {
            if (left > 0) ring[(i + 1) % RING]!.send("pass", left - 1);
            else done.resolve(i);
          },
        })),
    ) as Child[];
    await measured(async () => {
      ring[0]!.send("pass", size);
      check(await done.promise, size % RING);
    });
    await stopAll(ring);
  },
  "fan-in": async (size, measured) => {
    const done = Promise.withResolvers<number>();
    let sum = 0;
    let reports = 0;
    const sink = await root.createChild({
      report: (n) => {
        sum += n;
        if (++reports === SENDERS) done.resolve(sum);
      },
    });
    const share = size / SENDERS;
    const senders = await Promise.all(Array.from({ length: SENDERS }, () => {
      let count = 0;
      return root.createChild({
        add: (n) => {
          if ((count += n) === share) sink.send("report", count);
        },
      });
    }));
    await measured(async () => {
      for (let i = 0; i < size; i++) senders[i % SENDERS]!.send("add", 1);
      check(await done.promise, size);
    });
    await stopAll([sink, ...senders]);
  },
  "throw": async (size, measured) => {
    const actor = await root.createChild({
      refuse: (n) => {
        throw new RangeError(`refused ${n}`);
      },
    });
    let caught = 0;
    await measured(async () => {
      for (let i = 0; i < size; i++) {
        try {
          await actor.sendAndReceive("refuse", i);
        } catch (error) {
          if (error instanceof RangeError) caught++;
        }
      }
    });
    check(caught, size);
    await actor.destroy();
  },
  "heap": async (size, measured) => {
    const actors = new Array<Child>(size);
    await measured(async () => {
      for (let i = 0; i < size; i++) actors[i] = await counter();
    });
    check(await actors[size - 1]!.sendAndReceive("add", 1), 1);
  },
};

export default contender;
