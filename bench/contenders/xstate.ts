/**
 * xstate: transition actors, which handle an event inside `send()`. An ask is an
 * event that carries the means to reply.
 *
 * @module
 */
import { type Actor, createActor, fromTransition } from "xstate";
import { check, type Contender } from "../protocol.ts";
import { RING, SENDERS } from "../workloads.ts";

interface Add {
  type: "add";
  n: number;
  reply?: PromiseWithResolvers<number>;
}

const counter = fromTransition((count: number, { n, reply }: Add) => {
  const next = count + n;
  reply?.resolve(next);
  return next;
}, 0);

type Counter = Actor<typeof counter>;

function ask(actor: Counter, n: number): Promise<number> {
  const reply = Promise.withResolvers<number>();
  actor.send({ type: "add", n, reply });
  return reply.promise;
}

function stopAll(actors: Iterable<{ stop(): unknown }>): void {
  for (const actor of actors) actor.stop();
}

const contender: Contender = {
  "tell": async (size, measured) => {
    await measured(() => {
      const actor = createActor(counter).start();
      for (let i = 0; i < size; i++) actor.send({ type: "add", n: 1 });
      check(actor.getSnapshot().context, size);
      actor.stop();
    });
  },
  "ask": async (size, measured) => {
    const actor = createActor(counter).start();
    await measured(async () => {
      for (let i = 0; i < size; i++) await ask(actor, 1);
    });
    check(actor.getSnapshot().context, size);
    actor.stop();
  },
  "flight": async (size, measured) => {
    const actor = createActor(counter).start();
    await measured(async () => {
      const asks: Promise<number>[] = [];
      for (let i = 0; i < size; i++) asks.push(ask(actor, 1));
      check((await Promise.all(asks)).at(-1), size);
    });
    actor.stop();
  },
  "start": async (size, measured) => {
    const actors: Counter[] = [];
    await measured(async () => {
      const asks: Promise<number>[] = [];
      for (let i = 0; i < size; i++) {
        const actor = createActor(counter).start();
        actors.push(actor);
        asks.push(ask(actor, 1));
      }
      let sum = 0;
      for (const reply of await Promise.all(asks)) sum += reply;
      check(sum, size);
    });
    stopAll(actors);
  },
  "ring": async (size, measured) => {
    const done = Promise.withResolvers<number>();
    const ring = Array.from({ length: RING }, (_, i) =>
      createActor(
        fromTransition((seen: number, { n }: Add) => {
          if (n > 0) ring[(i + 1) % RING]!.send({ type: "add", n: n - 1 });
          else done.resolve(i);
          return seen + 1;
        }, 0),
      ).start()) as Counter[];
    await measured(async () => {
      ring[0]!.send({ type: "add", n: size });
      check(await done.promise, size % RING);
    });
    stopAll(ring);
  },
  "fan-in": async (size, measured) => {
    const sink = createActor(counter).start();
    const share = size / SENDERS;
    const sender = fromTransition((count: number, { n }: Add) => {
      const next = count + n;
      if (next === share) sink.send({ type: "add", n: next });
      return next;
    }, 0);
    const senders = Array.from(
      { length: SENDERS },
      () => createActor(sender).start(),
    );
    await measured(() => {
      for (let i = 0; i < size; i++) {
        senders[i % SENDERS]!.send({ type: "add", n: 1 });
      }
      check(sink.getSnapshot().context, size);
    });
    stopAll([sink, ...senders]);
  },
  "throw": async (size, measured) => {
    // A transition that throws ends its actor, so it gives the error away.
    const thrower = fromTransition((seen: number, { n, reply }: Add) => {
      try {
        throw new RangeError(`refused ${n}`);
      } catch (error) {
        reply?.reject(error);
      }
      return seen + 1;
    }, 0);
    const actor = createActor(thrower).start();
    let caught = 0;
    await measured(async () => {
      for (let i = 0; i < size; i++) {
        try {
          await ask(actor, i);
        } catch (error) {
          if (error instanceof RangeError) caught++;
        }
      }
    });
    check(caught, size);
    actor.stop();
  },
  "heap": async (size, measured) => {
    const actors = new Array<Counter>(size);
    await measured(() => {
      for (let i = 0; i < size; i++) actors[i] = createActor(counter).start();
    });
    check(await ask(actors[size - 1]!, 1), 1);
  },
};

export default contender;
