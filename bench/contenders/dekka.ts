/**
 * Dekka with its defaults: detection of deadlocks, logger and registry are on.
 *
 * @module
 */
import {
  type ActorRef,
  type EventedActor,
  EventedFuture,
  type Future,
  getAll,
} from "../../mod.ts";
import { check, type Contender } from "../protocol.ts";
import { RING, SENDERS } from "../workloads.ts";
import {
  Asker,
  AsyncCounter,
  Counter,
  Delegate,
  Node,
  Sender,
  Sink,
  Thrower,
} from "./dekka_actors.ts";

type Asked = ActorRef<EventedActor<number, number>>;

async function askOneByOne(ref: Asked, size: number): Promise<void> {
  let last = 0;
  for (let i = 0; i < size; i++) last = await ref.ask(1);
  check(last, size);
}

function askAll(ref: Asked, size: number, timeout?: number): Future<number>[] {
  const options = timeout === undefined ? undefined : { timeout };
  const asks: Future<number>[] = [];
  for (let i = 0; i < size; i++) asks.push(ref.ask(1, options));
  return asks;
}

async function stopAll(refs: readonly ActorRef[]): Promise<void> {
  await getAll(refs.map((ref) => ref.stop()));
}

const contender: Contender = {
  "tell": async (size, measured) => {
    await using ref = Counter.start();
    await measured(async () => {
      for (let i = 0; i < size; i++) ref.tell(1);
      check(await ref.ask(0), size);
    });
  },
  "ask": async (size, measured) => {
    await using ref = Counter.start();
    await measured(() => askOneByOne(ref, size));
  },
  "ask-get": async (size, measured) => {
    await using ref = Counter.start();
    let last = 0;
    await measured(async () => {
      for (let i = 0; i < size; i++) last = await ref.ask(1).get();
    });
    check(last, size);
  },
  "ask-async": async (size, measured) => {
    await using ref = AsyncCounter.start();
    await measured(() => askOneByOne(ref, size));
  },
  "flight": async (size, measured) => {
    await using ref = Counter.start();
    await measured(async () => {
      check((await getAll(askAll(ref, size))).at(-1), size);
    });
  },
  "flight-all": async (size, measured) => {
    await using ref = Counter.start();
    await measured(async () => {
      check((await Promise.all(askAll(ref, size))).at(-1), size);
    });
  },
  "start": async (size, measured) => {
    const refs: ActorRef<Counter>[] = [];
    await measured(async () => {
      const asks: Future<number>[] = [];
      for (let i = 0; i < size; i++) {
        const ref = Counter.start();
        refs.push(ref);
        asks.push(ref.ask(1));
      }
      let sum = 0;
      for (const reply of await getAll(asks)) sum += reply;
      check(sum, size);
    });
    await stopAll(refs);
  },
  "ring": async (size, measured) => {
    const done = new EventedFuture<number>();
    const ring = Array.from({ length: RING }, (_, i) => Node.start(i, done));
    ring.forEach((ref, i) => ref.tell(ring[(i + 1) % RING]!));
    await measured(async () => {
      ring[0]!.tell(size);
      check(await done, size % RING);
    });
    await stopAll(ring);
  },
  "fan-in": async (size, measured) => {
    const done = new EventedFuture<number>();
    const sink = Sink.start(done);
    const senders = Array.from(
      { length: SENDERS },
      () => Sender.start(sink, size / SENDERS),
    );
    await measured(async () => {
      for (let i = 0; i < size; i++) senders[i % SENDERS]!.tell(1);
      check(await done, size);
    });
    await stopAll([sink, ...senders]);
  },
  "proxy": async (size, measured) => {
    await using ref = Counter.start();
    const proxy = ref.proxy();
    let last = 0;
    await measured(async () => {
      for (let i = 0; i < size; i++) last = await proxy.add(1);
    });
    check(last, size);
  },
  "throw": async (size, measured) => {
    await using ref = Thrower.start();
    let caught = 0;
    await measured(async () => {
      for (let i = 0; i < size; i++) {
        try {
          await ref.ask(i);
        } catch (error) {
          if (error instanceof RangeError) caught++;
        }
      }
    });
    check(caught, size);
  },
  "deadline": async (size, measured) => {
    await using ref = Counter.start();
    await measured(async () => {
      check((await getAll(askAll(ref, size, 10_000))).at(-1), size);
    });
  },
  "detect": async (size, measured) => {
    await using ref = Counter.start();
    await measured(() => askOneByOne(ref, size));
  },
  "detect-async": async (size, measured) => {
    await using ref = AsyncCounter.start();
    await measured(() => askOneByOne(ref, size));
  },
  "detect-nested": async (size, measured) => {
    await using peer = Counter.start();
    await using ref = Asker.start(peer);
    await measured(() => askOneByOne(ref, size));
  },
  "detect-delegate": async (size, measured) => {
    await using peer = Counter.start();
    await using ref = Delegate.start(peer);
    await measured(() => askOneByOne(ref, size));
  },
  "heap": async (size, measured) => {
    const refs = new Array<ActorRef<Counter>>(size);
    await measured(() => {
      for (let i = 0; i < size; i++) refs[i] = Counter.start();
    });
    check(await refs[size - 1]!.ask(1), 1);
  },
};

export default contender;
