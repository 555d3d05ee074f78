/**
 * Leaves things behind, and says whether they are garbage:
 * `deno run --v8-flags=--expose-gc collectable.ts <case>`. A case prints
 * `collected`, or the names of what is still there.
 */
import {
  type ActorRef,
  ActorSystem,
  AsyncResult,
  EventedActor,
  EventedFuture,
  type Future,
  getAll,
} from "@dekka/actors";

declare const gc: () => void;

/** Something to look for afterwards. */
class Thing {
  constructor(readonly name: string) {}
}

/** Things that ought to go away. */
const watched: [name: string, ref: WeakRef<object>][] = [];

function watch<T extends object>(name: string, thing: T): T {
  watched.push([name, new WeakRef(thing)]);
  return thing;
}

/** What stays: a leak that hangs on these is one. */
const kept: unknown[] = [];

function keep<T>(thing: T): T {
  kept.push(thing);
  return thing;
}

// A new one each time: one that stays would keep all that waits for it.
function never(): Promise<never> {
  return new Promise(() => {});
}

// An error holds on to the objects whose methods are on its stack; that is the
// platform's doing. So it is made where there is no actor.
const failure = new Error("thrown");

type Message = Thing | "throw" | "hang" | "sleep" | "thing";

class Holder extends EventedActor<Message, unknown> {
  readonly attribute: Thing = watch("attribute", new Thing("attribute"));

  constructor() {
    super();
    watch("actor", this);
  }

  add(thing: Thing): string {
    return thing.name;
  }

  override onReceive(message: Message): unknown {
    if (message === "throw") throw failure;
    if (message === "hang") return never();
    if (message === "sleep") return sleep();
    return message === "thing" ? watch("reply", new Thing("reply")) : "ok";
  }
}

class StartFails extends Holder {
  override onStart(): void {
    throw failure;
  }
}

class ConstructorFails extends Holder {
  constructor() {
    super();
    keep(this.actorRef as ActorRef<Holder>).ask(message()).catch(() => {});
    throw failure;
  }
}

class StopHangs extends Holder {
  override onStop(): Promise<void> {
    return never();
  }
}

/** Hands its replies over. */
class Delegates extends EventedActor<EventedFuture<unknown>, unknown> {
  override onReceive(future: EventedFuture<unknown>): unknown {
    return future;
  }
}

class Sleeper extends EventedActor {
  override async onReceive(): Promise<void> {
    await sleep();
  }
}

/** Each ask leads to the next; the last one is kept. */
class Relay extends EventedActor {
  last: Future<unknown> | undefined;
  readonly sleeper = this.actorSystem.start(Sleeper);

  plain(left: number): void {
    if (left > 0) this.last = this.#self.plain(left - 1);
  }
  async later(left: number): Promise<void> {
    await null;
    if (left > 0) this.last = this.#self.later(left - 1);
  }
  delegated(left: number): Future<unknown> {
    if (left > 0) this.last = this.#self.delegated(left - 1);
    return this.sleeper.ask(null);
  }
  /** Waits for the ask before. */
  async piped(): Promise<void> {
    const { last } = this;
    this.last = watch("ask", this.sleeper.ask(null));
    await last;
  }

  get #self() {
    return (this.actorRef as ActorRef<Relay>).proxy();
  }
}

/** Asks for many things while it handles one message. */
class Greedy extends EventedActor {
  async take(count: number): Promise<void> {
    await take(count);
  }
  async hang(): Promise<void> {
    await never();
  }
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const system = keep(new ActorSystem({ logger: quiet }));

function message(): Thing {
  return watch("message", new Thing("message"));
}

/** Asks for many things, one after another. */
async function take(count: number): Promise<void> {
  const holder = system.start(Holder);
  for (let i = 0; i < count; i++) await holder.ask("thing").get();
  await holder.stop();
  await mayKeep(200);
}

async function sleep(): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, 1));
}

const cases: Record<string, () => unknown> = {
  async "a stopped actor"() {
    const ref = keep(system.start(Holder));
    watch("future", ref.ask(message()));
    await ref.stop();
  },
  async "a failed actor"() {
    const ref = keep(system.start(Holder));
    ref.tell(message());
    ref.tell("throw");
    ref.tell(message());
    watch("future", ref.ask(message())).catch(() => {});
    await ref.stopped;
  },
  async "an actor whose start failed"() {
    const ref = keep(system.start(StartFails));
    ref.tell(message());
    watch("future", ref.ask(message())).catch(() => {});
    await ref.stopped;
  },
  "an actor whose constructor failed"() {
    try {
      system.start(ConstructorFails);
    } catch {
      // As it should.
    }
  },
  async "a killed actor"() {
    const ref = keep(system.start(Holder));
    watch("asked", ref.ask("hang")).catch(() => {});
    watch("future", ref.ask(message())).catch(() => {});
    ref.tell(message());
    await sleep();
    ref.kill();
  },
  async "an actor that was killed in a hook that hangs"() {
    const ref = keep(system.start(StopHangs));
    watch("stop", ref.stop());
    await sleep();
    ref.kill();
  },
  async "a proxy"() {
    const ref = system.start(Holder);
    const proxy = watch("proxy", ref.proxy());
    watch("method", proxy.add);
    watch("future", proxy.add(message()));
    proxy.add.defer(message());
    await watch("read", ref.proxy().actorUrn);
    await ref.stop();
    watch("ref", ref);
  },
  async "a message that was handled"() {
    const ref = keep(system.start(Holder));
    ref.tell(message());
    await ref.ask(message());
    await ref.ask("thing");
    watched.splice(0, 2); // the actor and its attribute go on
  },
  async "an ask that was settled before its deadline"() {
    const ref = keep(system.start(Holder));
    const controller = keep(new AbortController());
    const { signal } = controller;
    await watch("future", ref.ask(message(), { timeout: 600_000, signal }));
    await watch("waited", ref.ask(message())).get({ timeout: 600_000, signal });
    await getAll([watch("all", ref.ask(message()))], { timeout: 600_000 });
    watched.splice(0, 2);
  },
  async "asks that were given up"() {
    const ref = keep(system.start(Holder));
    ref.tell("hang");
    for (let i = 0; i < 1000; i++) {
      watch("future", ref.ask(message(), { timeout: 1 })).catch(() => {});
    }
    await sleep();
    await sleep();
    await mayKeep(200);
  },
  async "what waited for a future that is never settled"() {
    const future = keep(new EventedFuture<unknown>());
    const result = keep(new AsyncResult<unknown>());
    const { signal } = keep(new AbortController());
    const wait = { timeout: 1, signal };
    await watch("wait", future.get(wait)).catch(() => {});
    await watch("all", getAll([future], wait)).catch(() => {});
    await watch("result", result.get(wait)).catch(() => {});
    await watch("quiet", result.wait(wait));
    const link = watch("link", () => {});
    result.link(link);
    result.unlink(link);
  },
  async "a reply that was delegated to a future that is never settled"() {
    const future = keep(new EventedFuture<unknown>());
    const ref = keep(system.start(Delegates));
    watch("reply", ref.ask(future)).catch(() => {});
    watch("given up", ref.ask(future, { timeout: 1 })).catch(() => {});
    await sleep();
    await ref.stop();
  },
  async "a delegated reply that was given up, from an actor that lives on"() {
    const future = keep(new EventedFuture<unknown>());
    const ref = keep(system.start(Delegates));
    const given = watch("given up", ref.ask(future, { timeout: 1 }));
    await given.catch(() => {});
    await sleep();
  },
  async "futures made from others"() {
    const future = keep(new EventedFuture<number>());
    const mapped = watch("mapped", future.map((n) => n + 1));
    const joined = watch("joined", future.join(mapped));
    future.set(1);
    await joined;
  },
  async "the replies that a long handler has got"() {
    const ref = keep(system.start(Greedy));
    await ref.proxy().take(1000);
  },
  async "the replies that a long hook has got"() {
    const ref = keep(system.start(Greedy));
    await ref.proxy().take(0); // from now on it is known who waits
    const future = keep(new EventedFuture<void>());
    future.setGetHook(() => take(1000));
    await future;
  },
  async "the replies that were got by what a hook had started"() {
    const ref = keep(system.start(Greedy));
    await ref.proxy().take(0);
    ref.proxy().hang.defer(); // somebody waits, all the time
    let loop: Promise<void> | undefined;
    const future = keep(new EventedFuture<void>());
    future.setGetHook(() => {
      loop = sleep().then(() => take(1000));
    });
    await future;
    await loop;
  },
  async "an ask that has led to others"() {
    for (const way of ["plain", "later", "delegated"] as const) {
      const proxy = keep(system.start(Relay).proxy());
      await watch(`first ask, ${way}`, proxy[way](10));
      for (let i = 0; i < 10; i++) await proxy.last;
    }
  },
  async "asks that were awaited by who had asked again"() {
    const proxy = keep(system.start(Relay).proxy());
    for (let i = 0; i < 10; i++) await proxy.piped();
    watched.pop(); // the last one is kept
  },
  async "a system"() {
    const system = watch("system", new ActorSystem({ logger: quiet }));
    system.start(Holder);
    system.start(Holder).tell(message());
    await system[Symbol.asyncDispose]();
  },
};

/** What waits to be forgotten may be there, if it does not pile up. */
async function mayKeep(count: number): Promise<void> {
  await settled();
  const names = left();
  watched.length = 0;
  if (names.length > count) {
    watch(`${names.length} things`, keep(new Thing("")));
  }
}

/** The names of what is still there. */
function left(): string[] {
  return watched.filter(([, ref]) => ref.deref() !== undefined)
    .map(([name]) => name);
}

/** Collects until nothing more goes away. */
async function settled(): Promise<void> {
  for (let round = 0; round < 10 && left().length > 0; round++) {
    // An object that was looked at stays until the end of the task.
    await sleep();
    gc();
  }
}

async function main(name: string): Promise<void> {
  await cases[name]!();
  await settled();
  console.log(left().join(", ") || "collected");
}

if (Deno.args[0] === undefined) console.log(Object.keys(cases).join("\n"));
else await main(Deno.args[0]);
