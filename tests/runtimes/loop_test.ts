import { type ActorRef, ActorSystem, EventedActor } from "@dekka/actors";
import { assert, assertEquals, FakeTime, test, testUnless } from "../test.ts";
import { Notes } from "../actors.ts";
import { Lines } from "../lines.ts";

// Who starves the platform ends by itself after so many milliseconds, so that a
// test fails instead of hanging.
const FOR_EVER = 10_000;

type Ball = "ball" | { other: ActorRef };

/** Plays for ever with another, or with itself. */
class Player extends EventedActor {
  handled = 0;
  other: ActorRef | undefined;
  readonly #end = performance.now() + FOR_EVER;

  constructor(readonly notes: ActorRef<Notes>) {
    super();
  }
  override onReceive(message: Ball): void | Promise<void> {
    this.handled++;
    if (message !== "ball") this.other = message.other;
    else if (!this.isOver()) return this.play();
  }
  play(): void | Promise<void> {
    this.other!.tell("ball");
  }
  isOver(): boolean {
    if (this.handled % 1024 > 0 || performance.now() < this.#end) return false;
    this.notes.tell("for ever is over");
    return true;
  }
}

/** Plays from an `async` handler. */
class AsyncPlayer extends Player {
  override async play(): Promise<void> {
    await super.play();
  }
}

/** Plays when its handler has waited. */
class WaitingPlayer extends Player {
  override async play(): Promise<void> {
    await null;
    await super.play();
  }
}

/** Asks for ever, in one handler. */
class Asker extends Player {
  override async play(): Promise<void> {
    const other = this.other!;
    for (; !this.isOver(); this.handled++) await other.ask({ other });
  }
}

const RINGS: readonly [what: string, ...ring: (typeof Player)[]][] = [
  ["a message", Player, Player],
  ["a message to itself", Player],
  ["a message from an async handler", AsyncPlayer, AsyncPlayer],
  ["a message after an await", WaitingPlayer, WaitingPlayer],
  ["a message to itself after an await", WaitingPlayer],
  ["an ask from a handler without end", Asker, Player],
];

/** Runs something while actors play; it must not have to wait for their end. */
async function whilePlaying(
  classes: readonly (typeof Player)[],
  run: () => Promise<void>,
): Promise<void> {
  await using notes = Notes.start();
  await using system = new ActorSystem({ logger: new Lines() });
  const ring = classes.map((Class) => system.start(Class, notes));
  for (const [i, player] of ring.entries()) {
    player.tell({ other: ring[(i + 1) % ring.length]! });
  }
  ring[0]!.tell("ball");
  try {
    await run();
    assertEquals(await notes.proxy().read(), []);
    assert(await ring.at(-1)!.proxy().handled > 1, "they have not played");
  } finally {
    for (const player of ring) player.kill();
  }
}

for (const [what, ...classes] of RINGS) {
  test(`EventedActor that sends ${what} for ever leaves room for a timer`, () =>
    whilePlaying(
      classes,
      () => new Promise((resolve) => setTimeout(resolve, 10)),
    ));
}

interface MaybeDeno {
  Deno?: { serve?: unknown };
}

const cannotServe = (globalThis as MaybeDeno).Deno?.serve === undefined &&
  "there is no Deno.serve()";

for (const [what, ...classes] of RINGS) {
  testUnless(
    cannotServe,
    `EventedActor that sends ${what} for ever leaves room for an HTTP request`,
    () => whilePlaying(classes, requestAnswer),
  );
}

async function requestAnswer(): Promise<void> {
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response("answered"),
  );
  const response = await fetch(`http://127.0.0.1:${server.addr.port}/`);
  assertEquals(await response.text(), "answered");
}

/** Takes 10 µs for a message, and notes that it was its turn. */
class Busy extends EventedActor {
  constructor(readonly index: number, readonly notes: ActorRef<Notes>) {
    super();
  }
  override onReceive(_message: unknown): void {
    this.notes.tell(this.index);
    const end = performance.now() + 0.01;
    while (performance.now() < end);
  }
}

class Light extends EventedActor {
  override onReceive(_message: unknown): void {}
}

class Lone extends EventedActor {
  constructor(readonly notes: ActorRef<Notes>) {
    super();
  }
  override onReceive(message: unknown): unknown {
    this.notes.tell(message);
    return message;
  }
}

test(
  "EventedActor handles a lone message before any other has a second burst",
  async () => {
    const count = 1000;
    await using notes = Notes.start();
    await using system = new ActorSystem({ logger: new Lines() });
    // What the loop learns from messages that cost nothing must not last.
    const light = system.start(Light);
    for (let i = 0; i < 100_000; i++) light.tell(i);
    await light.stop();
    const busy = Array.from({ length: count }, (_, i) => {
      const ref = system.start(Busy, i, notes);
      for (let message = 0; message < 300; message++) ref.tell(message);
      return ref;
    });
    const lone = system.start(Lone, notes);
    await lone.ask("lone");
    for (const ref of busy) ref.kill();
    const all = await notes.proxy().read();
    const before = all.slice(0, all.indexOf("lone")) as number[];
    const bursts = before.filter((index, i) => index !== before[i - 1]);
    assertEquals(bursts, Array.from({ length: count }, (_, i) => i));
    // A burst was not simply all that there was to do.
    const handled = new Array<number>(count).fill(0);
    for (const index of before) handled[index]!++;
    const finished = handled.filter((messages) => messages === 300);
    assert(
      finished.length < count / 10,
      `${finished.length} have nothing left`,
    );
  },
);

test(
  "EventedActor with a million messages does not hold others back",
  async () => {
    await using notes = Notes.start();
    await using many = EventedLast.start(notes);
    await using lone = Lone.start(notes);
    for (let i = 1; i < 1_000_000; i++) many.tell("many");
    many.tell("last of many");
    lone.tell("lone");
    assertEquals(await notes.proxy().first(2), ["lone", "last of many"]);
  },
);

/** Notes the last of its messages. */
class EventedLast extends Lone {
  override onReceive(message: unknown): unknown {
    return message === "many" ? message : super.onReceive(message);
  }
}

/** Takes half a millisecond for a message. */
class Heavy extends EventedActor {
  override onReceive(message: unknown): unknown {
    const end = performance.now() + 0.5;
    while (performance.now() < end);
    return message;
  }
}

test("EventedActor with slow handlers lets the platform have its turn more often", async () => {
  await using light = Light.start();
  for (let i = 0; i < 100_000; i++) light.tell(i);
  await light.ask("asked");
  await using heavy = Heavy.start();
  for (let i = 0; i < 300; i++) heavy.tell(i);
  let turns = 0;
  let timer = setTimeout(tick, 0);
  function tick(): void {
    turns++;
    timer = setTimeout(tick, 0);
  }
  await heavy.ask("last");
  clearTimeout(timer);
  // As seldom as with light messages, that were five turns.
  assert(turns > 10, `the platform had ${turns} turns`);
});

test("EventedActor has its turns while the clock is faked", async () => {
  await using notes = Notes.start();
  await using system = new ActorSystem({ logger: new Lines() });
  const busy = Array.from({ length: 10 }, (_, i) => {
    const ref = system.start(Busy, i, notes);
    for (let message = 0; message < 200; message++) ref.tell(message);
    return ref;
  });
  using _time = new FakeTime();
  await using quick = system.start(Lone, notes);
  for (let i = 0; i < 100_000; i++) quick.tell(i);
  assertEquals(await quick.ask("asked"), "asked");
  void busy;
});

test(
  "EventedActor has its turn soon, and never inside the call that sends",
  async () => {
    await using notes = Notes.start();
    await using lone = Lone.start(notes);
    const order: string[] = [];
    const asked = lone.ask("message").then(() => order.push("answered"));
    queueMicrotask(() => order.push("microtask"));
    order.push("sent");
    await asked;
    assertEquals(order, ["sent", "microtask", "answered"]);
  },
);

test("EventedActors have their turns in order, however many get something to do at once", async () => {
  await using system = new ActorSystem();
  const { promise: all, resolve } = Promise.withResolvers<void>();
  const order: number[] = [];
  class Follower extends EventedActor {
    constructor(readonly n: number) {
      super();
    }
    override onStart(): void {
      if (order.push(this.n) === 5000) resolve();
    }
  }
  // Some turns first, so that the crowd does not come to the beginning of a queue.
  class Leader extends EventedActor<number, void> {
    override onReceive(left: number): void {
      if (left > 0) return system.start(Leader).tell(left - 1);
      for (let n = 0; n < 5000; n++) system.start(Follower, n);
    }
  }
  system.start(Leader).tell(50);
  await all;
  assertEquals(order, Array.from({ length: 5000 }, (_, n) => n));
});
