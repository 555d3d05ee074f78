/**
 * effect: an actor is a fiber that takes from a queue, a reply is a deferred. The
 * whole of each workload is one program, as its guide has it.
 *
 * @module
 */
import { Deferred, Effect, Fiber, Queue } from "effect";
import { check, type Contender, type Run } from "../protocol.ts";
import { RING, SENDERS } from "../workloads.ts";

interface Add {
  n: number;
  reply?: Deferred.Deferred<number, Error>;
}

interface Inbox<Message> {
  queue: Queue.Queue<Message>;
  fiber: Fiber.Fiber<never, unknown>;
}

const start = Effect.fnUntraced(function* <Message>(
  handle: (message: Message) => Effect.Effect<unknown>,
) {
  const queue = yield* Queue.unbounded<Message>();
  const loop = Effect.forever(Effect.flatMap(Queue.take(queue), handle));
  const fiber = yield* Effect.forkDetach(loop);
  return { queue, fiber } as Inbox<Message>;
});

function startCounter(): Effect.Effect<Inbox<Add>> {
  let count = 0;
  return start<Add>(({ n, reply }) => {
    count += n;
    return reply ? Deferred.succeed(reply, count) : Effect.void;
  });
}

const ask = Effect.fnUntraced(function* ({ queue }: Inbox<Add>, n: number) {
  const reply = yield* Deferred.make<number, Error>();
  yield* Queue.offer(queue, { n, reply });
  return yield* Deferred.await(reply);
});

function stop({ fiber }: Pick<Inbox<never>, "fiber">): Effect.Effect<void> {
  return Fiber.interrupt(fiber);
}

/** Measures a program that prepares first and returns what to measure. */
function program(
  prepare: (size: number) => Effect.Effect<Effect.Effect<unknown, unknown>>,
): Run {
  return async (size, measured) => {
    const body = await Effect.runPromise(prepare(size));
    await measured(() => Effect.runPromise(body));
  };
}

const contender: Contender = {
  "tell": program((size) =>
    Effect.succeed(Effect.gen(function* () {
      const actor = yield* startCounter();
      for (let i = 0; i < size; i++) yield* Queue.offer(actor.queue, { n: 1 });
      check(yield* ask(actor, 0), size);
      yield* stop(actor);
    }))
  ),
  "ask": program((size) =>
    Effect.succeed(Effect.gen(function* () {
      const actor = yield* startCounter();
      let last = 0;
      for (let i = 0; i < size; i++) last = yield* ask(actor, 1);
      check(last, size);
      yield* stop(actor);
    }))
  ),
  "flight": program((size) =>
    Effect.succeed(Effect.gen(function* () {
      const actor = yield* startCounter();
      const asks = Array.from({ length: size }, () => ask(actor, 1));
      const replies = yield* Effect.all(asks, { concurrency: "unbounded" });
      check(replies.at(-1), size);
      yield* stop(actor);
    }))
  ),
  "start": async (size, measured) => {
    const actors: Inbox<Add>[] = [];
    const one = Effect.gen(function* () {
      const actor = yield* startCounter();
      actors.push(actor);
      return yield* ask(actor, 1);
    });
    await measured(async () => {
      const asks = Array.from({ length: size }, () => one);
      const replies = await Effect.runPromise(
        Effect.all(asks, { concurrency: "unbounded" }),
      );
      check(replies.reduce((a, b) => a + b), size);
    });
    await Effect.runPromise(Effect.forEach(actors, stop));
  },
  "ring": program((size) =>
    Effect.gen(function* () {
      const done = yield* Deferred.make<number>();
      const ring: Inbox<number>[] = [];
      for (let i = 0; i < RING; i++) {
        const next = (i + 1) % RING;
        ring.push(
          yield* start<number>((left) =>
            left > 0
              ? Queue.offer(ring[next]!.queue, left - 1)
              : Deferred.succeed(done, i)
          ),
        );
      }
      return Effect.gen(function* () {
        yield* Queue.offer(ring[0]!.queue, size);
        check(yield* Deferred.await(done), size % RING);
        yield* Effect.forEach(ring, stop);
      });
    })
  ),
  "fan-in": program((size) =>
    Effect.gen(function* () {
      const done = yield* Deferred.make<number>();
      const share = size / SENDERS;
      let sum = 0;
      let reports = 0;
      const sink = yield* start<number>((n) => {
        sum += n;
        return ++reports === SENDERS
          ? Deferred.succeed(done, sum)
          : Effect.void;
      });
      const senders: Inbox<number>[] = [];
      for (let i = 0; i < SENDERS; i++) {
        let count = 0;
        senders.push(
          yield* start<number>((n) =>
            (count += n) === share
              ? Queue.offer(sink.queue, count)
              : Effect.void
          ),
        );
      }
      return Effect.gen(function* () {
        for (let i = 0; i < size; i++) {
          yield* Queue.offer(senders[i % SENDERS]!.queue, 1);
        }
        check(yield* Deferred.await(done), size);
        yield* Effect.forEach([sink, ...senders], stop);
      });
    })
  ),
  "throw": program((size) =>
    Effect.gen(function* () {
      const actor = yield* start<Add>(({ n, reply }) =>
        Deferred.fail(reply!, new RangeError(`refused ${n}`))
      );
      return Effect.gen(function* () {
        let caught = 0;
        for (let i = 0; i < size; i++) {
          yield* Effect.catch(ask(actor, i), (error) => {
            if (error instanceof RangeError) caught++;
            return Effect.void;
          });
        }
        check(caught, size);
        yield* stop(actor);
      });
    })
  ),
  "heap": async (size, measured) => {
    const actors = new Array<Inbox<Add>>(size);
    await measured(async () => {
      await Effect.runPromise(Effect.gen(function* () {
        for (let i = 0; i < size; i++) actors[i] = yield* startCounter();
      }));
    });
    check(await Effect.runPromise(ask(actors[size - 1]!, 1)), 1);
  },
};

export default contender;
