/**
 * xstate: transition actors, which handle an event inside `send()`. Who wants to
 * know what came of it uses `waitFor()`. For many at once, that would see only the
 * last state, so there an event carries the means to reply.
 *
 * @module
 */
import { type Actor, createActor, fromTransition, waitFor } from "xstate";
import { check, type Contender } from "../protocol.ts";
import { RING, SENDERS } from "../workloads.ts";

interface Add {
  type: "add";
  n: number;
  reply?: PromiseWithResolvers<number>;
}

interface State {
  count: number;
}

// States are objects, replaced and never changed, as its guide has them.
const counter = fromTransition((state: State, event: Add): State => {
  switch (event.type) {
    case "add": {
      const count = state.count + event.n;
      event.reply?.resolve(count);
      return { ...state, count };
    }
    default:
      return state;
  }
}, { count: 0 });

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
      check(actor.getSnapshot().context.count, size);
      actor.stop();
    });
  },
  "ask": async (size, measured) => {
    const actor = createActor(counter).start();
    await measured(async () => {
      for (let i = 1; i <= size; i++) {
        actor.send({ type: "add", n: 1 });
        await waitFor(actor, ({ context }) => context.count === i);
      }
    });
    check(actor.getSnapshot().context.count, size);
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
        fromTransition((state: State, { n }: Add): State => {
          if (n > 0) ring[(i + 1) % RING]!.send({ type: "add", n: n - 1 });
          else done.resolve(i);
          return { ...state, count: state.count + 1 };
        }, { count: 0 }),
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
    const sender = fromTransition((state: State, { n }: Add): State => {
      const count = state.count + n;
      if (count === share) sink.send({ type: "add", n: count });
      return { ...state, count };
    }, { count: 0 });
    const senders = Array.from(
      { length: SENDERS },
      () => createActor(sender).start(),
    );
    await measured(() => {
      for (let i = 0; i < size; i++) {
        senders[i % SENDERS]!.send({ type: "add", n: 1 });
      }
      check(sink.getSnapshot().context.count, size);
    });
    stopAll([sink, ...senders]);
  },
  "throw": async (size, measured) => {
    // A transition that throws ends its actor, so it gives the error away.
    const thrower = fromTransition((state: State, event: Add): State => {
      const { n, reply } = event;
      try {
        throw new RangeError(`refused ${n}`);
      } catch (error) {
        reply?.reject(error);
      }
      return { ...state, count: state.count + 1 };
    }, { count: 0 });
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
