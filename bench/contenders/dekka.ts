/**
 * Dekka with its defaults: detection of deadlocks, logger and registry are on.
 *
 * @module
 */
import {
  type ActorRef,
  EventedActor,
  EventedFuture,
  type Future,
  getAll,
} from "@dekka/actors";
import { check, type Contender } from "../protocol.ts";
import { RING, SENDERS } from "../workloads.ts";

class Counter extends EventedActor<number, number> {
  count = 0;

  override onReceive(n: number): number {
    return this.count += n;
  }

  add(n: number): number {
    return this.count += n;
  }
}

class AsyncCounter extends EventedActor<number, number> {
  count = 0;

  // deno-lint-ignore require-await -- asynchronous is what is measured
  override async onReceive(n: number): Promise<number> {
    return this.count += n;
  }
}

class Asker extends EventedActor<number, number> {
  constructor(readonly peer: ActorRef<Counter>) {
    super();
  }

  override async onReceive(n: number): Promise<number> {
    return await this.peer.ask(n);
  }
}

class Delegate extends EventedActor<number, number> {
  constructor(readonly peer: ActorRef<Counter>) {
    super();
  }

  override onReceive(n: number): Future<number> {
    return this.peer.ask(n);
  }
}

class Thrower extends EventedActor<number, never> {
  override onReceive(n: number): never {
    throw new RangeError(`refused ${n}`);
  }
}

class Node extends EventedActor<number | ActorRef<Node>, void> {
  #next: ActorRef<Node> | undefined;

  constructor(readonly index: number, readonly done: EventedFuture<number>) {
    super();
  }

  override onReceive(message: number | ActorRef<Node>): void {
    if (typeof message !== "number") this.#next = message;
    else if (message > 0) this.#next!.tell(message - 1);
    else this.done.set(this.index);
  }
}

class Sink extends EventedActor<number, void> {
  sum = 0;
  reports = 0;

  constructor(readonly done: EventedFuture<number>) {
    super();
  }

  override onReceive(n: number): void {
    this.sum += n;
    if (++this.reports === SENDERS) this.done.set(this.sum);
  }
}

class Sender extends EventedActor<number, void> {
  count = 0;

  constructor(readonly sink: ActorRef<Sink>, readonly share: number) {
    super();
  }

  override onReceive(n: number): void {
    if ((this.count += n) === this.share) this.sink.tell(this.count);
  }
}

type Asked = ActorRef<EventedActor<number, number>>;

/** Asks and waits, one ask after the other. */
export async function askOneByOne(ref: Asked, size: number): Promise<void> {
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
