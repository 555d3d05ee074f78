/**
 * Circles of waiting actors, and what only looks like one.
 *
 * Peers walk a route: each visits the next one, waits for it in the manner that
 * it was told, and answers with what came of it.
 */
import {
  ActorDeadError,
  type ActorRef,
  ActorSystem,
  AsyncResult,
  DeadlockError,
  type EventedActor,
  EventedFuture,
  type Future,
  getAll,
} from "@dekka/actors";
import { Gate } from "./actors.ts";
import { Lines } from "./lines.ts";
import { type ActorBase, forEachRuntime } from "./runtimes.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  fail,
  testUnless,
} from "./test.ts";
import { root } from "../tools/files.ts";

/** An undetected circle must fail its test, and not hang it. */
const BOUND = { timeout: 20_000 };

/** So many looks at what must come soon. */
const TRIES = 500;

/** What no assertion looks at: a wait that only has to end. */
const SHORT = { timeout: 5 };

type Wait = (future: Future<unknown>) => unknown;

/** What a `Doer` does, and what it waits for then. */
interface Deed {
  act(signal: AbortSignal): void;
  readonly gate: ActorRef<Gate>;
}

type Witness = EventedActor & { outcome: string };

function manyTimesMapped(future: Future<unknown>, times: number) {
  let mapped = future;
  for (let i = 0; i < times; i++) mapped = mapped.map((value) => value);
  return mapped;
}

/** Ways to wait for a future in earnest. */
const WAITS = {
  "await": (future) => future,
  "get()": (future) => future.get(),
  "get({ timeout: Infinity })": (future) => future.get({ timeout: Infinity }),
  "get({ signal })": (future) =>
    future.get({ signal: new AbortController().signal }),
  "map()": (future) => future.map((value) => value),
  "map() of map()": (future) => future.map((value) => value).map(String),
  "a long chain of map()": (future) => manyTimesMapped(future, 250),
  "filter()": (future) =>
    future.map((value) => [value]).filter(() => true).map(String),
  "reduce()": (future) =>
    future.map((value) => [value]).reduce(
      (sum, item) => sum + String(item),
      "",
    ),
  "join()": (future) =>
    EventedFuture.from(Promise.resolve(1)).join(future).map(([, v]) => v),
  "a get hook": (future) => hooked(() => future.get()),
  "a get hook after an await": (future) =>
    hooked(async () => {
      await Promise.resolve();
      return await future;
    }),
  "getAll()": async (future) => (await getAll([future]))[0],
  "getAll() of several": async (future) => {
    const ready = EventedFuture.from(Promise.resolve(1));
    return (await getAll([ready, future.map((value) => value)]))[1];
  },
  "Promise.all()": async (future) => (await Promise.all([1, future]))[1],
  "Promise.race()": (future) => Promise.race([future, new Promise(() => {})]),
  "Promise.allSettled()": async (future) => {
    const [outcome] = await Promise.allSettled([future]);
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  },
  "Promise.resolve()": (future) => Promise.resolve(future),
  "new Promise()": (future) =>
    new Promise((resolve, reject) => void future.then(resolve, reject)),
  "a helper function": (future) => (async () => await future)(),
} satisfies Record<string, Wait>;

/** Those of them that are waits before anybody awaits them. */
const EARLY: readonly (keyof typeof WAITS)[] = [
  "get()",
  "getAll()",
  "Promise.all()",
  "Promise.race()",
  "new Promise()",
  "a helper function",
];

/** Ways to read a future that leave a way out, or that wait for nothing. */
const GLANCES = {
  "get({ timeout })": (future) => future.get(SHORT).catch(() => "gave up"),
  "getAll({ timeout })": (future) =>
    getAll([future], SHORT).catch(() => "gave up"),
  "map().get({ timeout })": (future) =>
    future.map((value) => value).get(SHORT).catch(() => "gave up"),
  "nothing": () => "did not wait",
  "then(callback)": (future) => {
    future.then(() => {}, () => {});
    return "did not wait";
  },
  "then() of bound functions": (future) => {
    future.then(String.bind(null), (() => {}).bind(null));
    return "did not wait";
  },
  "catch(callback)": (future) => {
    future.catch(() => {});
    return "did not wait";
  },
  "finally(callback)": (future) => {
    future.finally(() => {}).catch(() => {});
    return "did not wait";
  },
} satisfies Record<string, Wait>;

function hooked<T>(hook: () => PromiseLike<T>): Future<T> {
  const future = new EventedFuture<T>();
  future.setGetHook(hook);
  return future;
}

async function passed(gate: ActorRef<Gate>): Promise<string> {
  await gate.proxy().pass();
  return "passed";
}

/** Lets everybody go on who can; whether the future is still open then. */
async function waits(future: Future<unknown>): Promise<boolean> {
  let isOpen = true;
  const close = () => isOpen = false;
  void future.then(close, close);
  for (let i = 0; i < 10; i++) {
    await new Promise((resolve) => setTimeout(resolve));
  }
  return isOpen;
}

async function assertWaits(future: Future<unknown>): Promise<void> {
  assert(await waits(future), "the future is settled");
}

/**
 * Waits until an actor waits. What others have sent it before may come later
 * than what the test sends it, where they run on other threads.
 */
async function assertBusy(
  ref: ActorRef<EventedActor & { visits: number }>,
): Promise<void> {
  for (let i = 0; i < TRIES; i++) {
    const future = ref.proxy().visits;
    if (await waits(future)) return;
  }
  fail(`${ref} does not wait`);
}

/** Waits for what must come soon. */
async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < TRIES && !isSo(); i++) {
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/** Reads an attribute until it is another than that. */
async function changed<T>(read: () => Future<T>, from: T): Promise<T> {
  for (let i = 0; i < TRIES; i++) {
    const value = await read().get(BOUND);
    if (value !== from) return value;
    await new Promise((resolve) => setTimeout(resolve));
  }
  return from;
}

/** The value or the exception, as a text that can be sent anywhere. */
async function settled(wait: () => unknown): Promise<string> {
  try {
    return String(await wait());
  } catch (error) {
    return String(error);
  }
}

function define(Base: ActorBase) {
  type Route = ActorRef<Walker>[];
  interface Gated {
    readonly gate: ActorRef<Gate>;
  }
  interface Message extends Partial<Gated> {
    readonly route: Route;
    /** The patience of the last one who asks. */
    readonly timeout?: number;
  }

  type GetBoth = [
    other: ActorRef<Walker>,
    how: string,
    message: Message,
    gated: Gated,
  ];

  class Walker extends Base {
    visits = 0;
    outcome = "none";
    #kept!: Future<string>;

    /** Visits the next of the route, and catches nothing. */
    async walk(route: Route, how = "await"): Promise<string> {
      this.visits++;
      const [next, ...rest] = route;
      if (next === undefined) return "end";
      return await this.#wait(next.proxy().walk(rest, how), how);
    }

    /** Visits the next of the route; what goes wrong is the answer. */
    async visit(route: Route, how = "await"): Promise<string> {
      this.visits++;
      const [next, ...rest] = route;
      if (next === undefined) return "end";
      const name = this.constructor.name;
      try {
        return await this.#wait(next.proxy().visit(rest, how), how);
      } catch (error) {
        assertInstanceOf(error, DeadlockError);
        return `${name}: ${error.message}`;
      }
    }

    #wait(future: Future<unknown>, how: string): Promise<string> {
      const wait: Wait = { ...WAITS, ...GLANCES }[how as "await"];
      return Promise.resolve(wait(future)).then(String);
    }

    /** The same by messages, perhaps through a gate. */
    override async onReceive(
      { route, gate, timeout }: Message,
    ): Promise<string> {
      this.visits++;
      await gate?.proxy().pass();
      const [next, ...rest] = route;
      if (next === undefined) return "end";
      const bound = timeout === undefined ? {} : { timeout };
      const options = rest.length === 0 ? bound : {};
      const message = { route: rest, ...bound };
      return this.outcome = await settled(() => next.ask(message, options));
    }

    async visitTimed(to: ActorRef<Walker>, route: Route): Promise<string> {
      return await settled(() => to.ask({ route }, SHORT));
    }

    async askWithSignal(to: ActorRef<Walker>, route: Route): Promise<string> {
      const { signal } = new AbortController();
      return await settled(() => to.ask({ route }, { signal }));
    }

    /** Goes on to something else for a while before it visits. */
    async visitLate(route: Route): Promise<string> {
      await Promise.resolve();
      await new Promise((resolve) => setTimeout(resolve));
      await null;
      return await this.visit(route);
    }

    /** Is no `async` function, but returns a promise. */
    visitPlainly(route: Route): Promise<string> {
      const [next, ...rest] = route;
      if (next === undefined) return Promise.resolve("end");
      return Promise.resolve(1)
        .then(async () => await next.proxy().visitPlainly(rest))
        .catch(String);
    }

    /** Is no `async` function, asks at once, and returns a promise. */
    visitAtOnce(route: Route): Promise<string> {
      const [next, ...rest] = route;
      if (next === undefined) return Promise.resolve("end");
      return next.proxy().visitAtOnce(rest).get().catch(String);
    }

    /** Hands the answer over to the next of the route. */
    delegate([next, ...rest]: Route): Future<string> {
      return next!.proxy().visit(rest);
    }

    /** Hands the answer over to who hands it over. */
    delegateOn([next, ...rest]: Route): Future<string> {
      return next!.proxy().delegate(rest);
    }

    async askDelegate(to: ActorRef<Walker>, route: Route): Promise<string> {
      return await settled(() => to.proxy().delegate(route).get());
    }

    /** Asks, goes through the gate, and only then waits for the answer. */
    async askDelegatePassWait(
      to: ActorRef<Walker>,
      route: Route,
      { gate }: Gated,
    ): Promise<string> {
      const future = to.proxy().delegate(route);
      await to.proxy().visits; // it is free again
      await gate.proxy().pass();
      return await settled(() => future);
    }

    async askDelegateOn(to: ActorRef<Walker>, route: Route): Promise<string> {
      return await settled(() => to.proxy().delegateOn(route).get());
    }

    async pass({ gate }: Gated): Promise<string> {
      this.visits++;
      return await passed(gate);
    }

    async passThenVisit({ gate }: Gated, route: Route): Promise<string> {
      await gate.proxy().pass();
      return await this.visit(route);
    }

    /** Asks, and leaves the answer to later turns. */
    keep(to: ActorRef<Walker>, route: Route, gate?: ActorRef<Gate>): void {
      this.#kept = gate === undefined
        ? to.proxy().visit(route)
        : to.proxy().passThenVisit({ gate }, route);
    }

    async readKept(): Promise<string> {
      return await settled(() => this.#kept);
    }

    async passThenReadKept({ gate }: Gated): Promise<string> {
      await gate.proxy().pass();
      return await settled(() => this.#kept);
    }

    async countVisits(of: ActorRef<Walker>): Promise<number> {
      return await of.proxy().visits;
    }

    /** Waits for what was kept, and then for a second gate. */
    async readKeptBetween(first: Gated, second: Gated): Promise<string> {
      await first.gate.proxy().pass();
      const outcome = await settled(() => this.#kept);
      return `${outcome}, ${await passed(second.gate)}`;
    }

    keepFork(by: ActorRef<Walker>, to: Route, gated: Gated): void {
      const self = this.actorRef as ActorRef as ActorRef<Walker>;
      this.#kept = by.proxy().fork(self, to, gated);
    }

    /** Waits for one at once, and for others that visit it later. */
    async fork(
      one: ActorRef<Walker>,
      others: Route,
      gated: Gated,
    ): Promise<string> {
      const later = others.map((ref) =>
        ref.proxy().passThenVisit(gated, [one])
      );
      return String(await Promise.all([one.proxy().visit([]), ...later]));
    }

    /** Returns a promise at one time, and a value at another. */
    moody(ref: ActorRef<Walker> | undefined): Promise<number> | number {
      if (ref === undefined) return 0;
      return ref.proxy().visits.get();
    }

    returnKept(): Future<string> {
      return this.#kept;
    }

    async passThenReadKeptOf(
      { gate }: Gated,
      other: ActorRef<Walker>,
    ): Promise<string> {
      await gate.proxy().pass();
      return await settled(() => other.proxy().returnKept().get());
    }

    /** Asks, goes through the gate, and only then waits for the answer. */
    async askPassWait(
      to: ActorRef<Walker>,
      route: Route,
      { gate }: Gated,
    ): Promise<string> {
      const future = to.proxy().visit(route);
      await gate.proxy().pass();
      return await settled(() => future);
    }

    /** The same, but waits from the first, and awaits that later. */
    async askWaitPass(
      to: ActorRef<Walker>,
      route: Route,
      how: string,
      { gate }: Gated,
    ): Promise<string> {
      const waiting = this.#wait(to.proxy().visit(route), how);
      await gate.proxy().pass();
      return await waiting;
    }

    async askSelf(how: "read" | "set" | "ask" | "call"): Promise<string> {
      const self = this.actorRef as ActorRef as ActorRef<Walker>;
      return await settled(() => {
        if (how === "read") return self.proxy().visits;
        if (how === "set") return self.set("visits", 7);
        return how === "ask" ? self.ask({ route: [] }) : self.proxy().visit([]);
      });
    }

    async stopOther(ref: ActorRef, how = "get()"): Promise<string> {
      return await settled(() => this.#wait(ref.stop(), how));
    }

    async seeStopped(ref: ActorRef, how = "get()"): Promise<string> {
      return await settled(() => this.#wait(ref.stopped, how));
    }

    async stopSelf(): Promise<string> {
      const outcome = await settled(() => this.actorRef.stop());
      return `${outcome}, alive: ${this.actorRef.isAlive()}`;
    }

    /** Waits for its own end, and is no async function. */
    endPlainly(how: string): Promise<unknown> {
      const { actorRef, actorSystem } = this;
      if (how === "stopped") return actorRef.stopped.get();
      if (how === "stopAll()") return actorSystem.registry.stopAll();
      // Not in a microtask, where only some platforms know who waits.
      if (how === "map()") return actorRef.stop().map((value) => value).get();
      return this.#wait(actorRef.stop(), how);
    }

    async seeOwnEnd(): Promise<string> {
      return await settled(() => this.actorRef.stopped);
    }

    async stopEverybody(): Promise<string> {
      return await settled(() => this.actorSystem.registry.stopAll());
    }

    /** Stops everybody, gives that up, and waits for something else. */
    async stopAllThenPass(until: Gated, { gate }: Gated): Promise<string> {
      const controller = new AbortController();
      const { signal } = controller;
      until.gate.proxy().pass().then(() => controller.abort("gave up"));
      const outcome = await settled(() =>
        this.actorSystem.registry.stopAll({ signal })
      );
      return `${outcome}, ${await passed(gate)}`;
    }

    /** The same, but it is known as asynchronous only when it returns. */
    getBothPlainly(...args: GetBoth): Promise<string> {
      return this.#getBoth(...args);
    }

    async getBothThenPass(...args: GetBoth): Promise<string> {
      return await this.#getBoth(...args);
    }

    /** Waits for two, one of which fails, and then for something else. */
    async #getBoth(
      other: ActorRef<Walker>,
      how: string,
      message: Message,
      { gate }: Gated,
    ): Promise<string> {
      const asked = other.ask(message);
      const self = this.actorRef as ActorRef as ActorRef<Walker>;
      let second: Future<unknown> = self.proxy().visits;
      if (how === "failed") {
        second = new EventedFuture();
        second.setException(new RangeError("failed"));
      } else if (how === "wrong") second = "no future" as never;
      const futures = [second, asked];
      if (how === "wrong") futures.reverse(); // refused behind a good one
      const outcome = await settled(() => getAll(futures));
      return `${outcome.split(":")[0]}, ${await passed(gate)}`;
    }

    /** Waits for one, and meanwhile for it twice and for what has failed. */
    async getThrice(
      other: ActorRef<Walker>,
      message: Message,
    ): Promise<string> {
      const asked = other.ask(message);
      const waiting = asked.get();
      const failed = EventedFuture.from(
        Promise.reject(new RangeError("failed")),
      );
      await settled(() => failed);
      await settled(() => getAll([asked, asked, failed]));
      return await settled(() => waiting);
    }

    note(outcome: string): void {
      this.outcome = outcome;
    }

    /** Asks, reads the answer in passing, and waits for something else. */
    async glance(
      to: ActorRef<Walker>,
      route: Route,
      how: string,
      { gate }: Gated,
    ): Promise<string> {
      this.#kept = to.proxy().visit(route);
      const outcome = await this.#wait(this.#kept, how);
      return `${outcome}, ${await passed(gate)}`;
    }

    /** Reads a future that waits for itself. */
    readCircle(): Promise<string> {
      const future: Future<unknown> = hooked(() => future.map(String).get());
      return settled(() => future.get(SHORT));
    }

    glanceSynchronously(to: ActorRef<Walker>, route: Route): void {
      this.#kept = to.proxy().visit(route);
      void this.#kept.get();
      void getAll([this.#kept]);
      void this.#kept.map((value) => value).get();
    }

    /** Starts a `get()`, and waits for something else when that has settled. */
    async getThenPass(to: ActorRef<Walker>, { gate }: Gated): Promise<string> {
      const future = to.proxy().visits as EventedFuture<number>;
      void future.get();
      while (!future.asyncResult.ready()) {
        await new Promise((resolve) => setTimeout(resolve));
      }
      return await passed(gate);
    }

    async passThrough(over: Route, gated: Gated): Promise<string> {
      const asks = over.map((ref) => ref.proxy().pass(gated));
      return String(await Promise.all(asks));
    }

    async askBoth(over: Route, to: Route, gated: Gated): Promise<string> {
      const asks = over.map((ref) => ref.proxy().passThrough(to, gated));
      return String(await Promise.all(asks));
    }

    /** Gives an ask or a wait up when a gate opens, and passes another gate. */
    async giveUpThenPass(
      what: "ask" | "wait",
      to: ActorRef<Walker>,
      message: Message,
      until: ActorRef<Gate>,
      { gate }: Gated,
    ): Promise<string> {
      const controller = new AbortController();
      const options = { signal: controller.signal };
      until.proxy().pass().then(() => controller.abort("gave up"));
      const outcome = await settled(() =>
        what === "ask" ? to.ask(message, options) : to.ask(message).get(options)
      );
      return `${outcome}, ${await passed(gate)}`;
    }

    /** Starts what goes on when the handler has ended. */
    goOn(to: ActorRef<Walker>, route: Route, { gate }: Gated): Promise<string> {
      const kept = this.#kept = new EventedFuture<string>();
      const go = async () => {
        await gate.proxy().pass();
        kept.set(await settled(() => to.proxy().visit(route)));
      };
      void go();
      return Promise.resolve("went on");
    }

    /** Lets another actor have its turn from its own asynchronous context. */
    async tellAndPass(to: ActorRef<Walker>, { gate }: Gated): Promise<string> {
      const self = this.actorRef as ActorRef as ActorRef<Walker>;
      await new Promise((resolve) => setTimeout(resolve));
      to.proxy().readVisits.defer(self);
      return await passed(gate);
    }

    readVisits(of: ActorRef<Walker>): Promise<void> {
      return Promise.resolve()
        .then(() => of.proxy().visits)
        .then(String, String)
        .then((outcome) => this.note(outcome));
    }
  }

  class Cart extends Walker {
    async total(price: ActorRef<Price>): Promise<string> {
      const cart: ActorRef<Cart> = this.actorRef;
      return await price.proxy().of(cart);
    }
  }
  class Price extends Walker {
    async of(cart: ActorRef<Cart>): Promise<string> {
      const price: ActorRef<Price> = this.actorRef;
      return await cart.proxy().total(price);
    }
  }
  class A extends Walker {}
  class B extends Walker {}
  class C extends Walker {}

  type HookName = "onStart" | "onStop" | "onFailure";

  /** Visits in a hook, and tells a witness what came of it. */
  class Hooked extends Base {
    constructor(
      readonly hook: HookName,
      readonly witness: ActorRef<Walker>,
      readonly route: Route | "own end" | "own ping",
      readonly gate?: ActorRef<Gate>,
    ) {
      super();
    }
    async #run(hook: HookName): Promise<void> {
      if (hook !== this.hook) return;
      await this.gate?.proxy().pass();
      const outcome = await settled(() => this.#visit());
      this.witness.proxy().note.defer(outcome);
    }
    #visit(): Future<unknown> {
      const self = this.actorRef as ActorRef as ActorRef<Hooked>;
      if (this.route === "own end") return self.stopped;
      if (this.route === "own ping") return self.proxy().ping();
      const [next, ...rest] = this.route;
      return next!.proxy().visit(rest);
    }
    override async onStart(): Promise<void> {
      await this.#run("onStart");
    }
    override async onStop(): Promise<void> {
      await this.#run("onStop");
    }
    override async onFailure(): Promise<void> {
      await this.#run("onFailure");
    }
    fail(): void {
      throw new Error("as told");
    }
    ping(): string {
      return "pong";
    }
  }

  /** Its hook is no `async` function, and hands its outcome over. */
  class Handing extends Base {
    constructor(readonly to: ActorRef<Walker>) {
      super();
    }
    override onStop(): Promise<void> {
      return this.to.proxy().visit([]) as unknown as Promise<void>;
    }
  }

  /** Waits for an actor with hooks. */
  class Parent extends Walker {
    async raise(witness: ActorRef<Walker>): Promise<string> {
      const self = this.actorRef as ActorRef as ActorRef<Walker>;
      const child = this.actorSystem.start(Hooked, "onStart", witness, [self]);
      return await settled(() => child.proxy().ping());
    }
    async failChild(child: ActorRef<Hooked>): Promise<string> {
      child.proxy().fail.defer();
      return await settled(() => child.stopped);
    }
  }

  /** What it does is known as asynchronous only when it has returned a promise. */
  class Fresh extends Base {
    outcome = "none";
    #calls = 0;
    ping(): string {
      return "pong";
    }
    seeEnd(ref: ActorRef): Promise<string> {
      return settled(() => ref.stopped);
    }
    seeEndToo(ref: ActorRef): Promise<string> {
      return settled(() => ref.stopped);
    }
    /** Waits for an end a second time, when the first wait has failed. */
    seeEndAgain({ gate }: Gated, { stopped }: ActorRef): Promise<string> {
      const failed = new EventedFuture();
      failed.setException(new Error("at once"));
      getAll([stopped, failed]).catch(() => {});
      return gate.proxy().pass().then(() => settled(() => stopped));
    }
    async passThenPing({ gate }: Gated, ref: ActorRef<Fresh>): Promise<string> {
      await gate.proxy().pass();
      return await settled(() => ref.proxy().ping());
    }
    /** The second time, hands its reply over and goes on. */
    handOver(
      { gate }: Gated,
      peer: ActorRef<Fresh>,
      last: ActorRef<Fresh>,
    ): unknown {
      if (this.#calls++ === 0) return Promise.resolve();
      Promise.resolve().then(() => peer.proxy().visit.defer(last));
      return gate.proxy().pass();
    }
    visit(last: ActorRef<Fresh>): Promise<void> {
      return this.#noteVisit(last);
    }
    async #noteVisit(last: ActorRef<Fresh>): Promise<void> {
      this.outcome = await last.proxy().comeBack(
        this.actorRef as ActorRef<Fresh>,
      );
    }
    /** Tells another to go on, and waits at the gate meanwhile. */
    async sendOn(
      { gate }: Gated,
      peer: ActorRef<Fresh>,
      last: ActorRef<Fresh>,
    ): Promise<void> {
      await Promise.resolve();
      peer.proxy().askLater.defer(last, this.actorRef as ActorRef<Fresh>);
      await gate.proxy().pass();
    }
    async askLater(
      last?: ActorRef<Fresh>,
      sender?: ActorRef<Fresh>,
    ): Promise<void> {
      await Promise.resolve();
      if (last === undefined) return;
      this.outcome = await settled(() => last.proxy().comeBack(sender!));
    }
    goAround(route: readonly ActorRef<Fresh>[]): Promise<string> {
      return this.#goOn(route);
    }
    async #goOn([next, ...rest]: readonly ActorRef<Fresh>[]): Promise<string> {
      await Promise.resolve();
      return await settled(() => next!.proxy().goAround(rest));
    }
    async comeBack(ref: ActorRef<Fresh>): Promise<string> {
      await Promise.resolve();
      return await settled(() => ref.proxy().ping());
    }
  }

  /** Does something that others hear of, and waits. */
  class Doer extends Base {
    override async onReceive(deed: Deed): Promise<string> {
      deed.act((this as unknown as { signal: AbortSignal }).signal);
      await deed.gate.proxy().pass();
      return "done";
    }
    name(): string {
      return "doer";
    }
  }

  return {
    Walker,
    A,
    B,
    C,
    Cart,
    Price,
    Hooked,
    Handing,
    Parent,
    Fresh,
    Doer,
  };
}

/** Ends its actors also where a test has failed while they wait. */
class Bounded extends ActorSystem {
  override async [Symbol.asyncDispose](): Promise<void> {
    await this.registry.stopAll(BOUND).catch(() => {
      for (const ref of this.registry.getAll()) ref.kill();
    });
    await super[Symbol.asyncDispose]();
  }
}

/** What a witness was told. */
function noted(witness: ActorRef<Witness>): Promise<string> {
  return changed(() => witness.proxy().outcome, "none");
}

function quiet(): ActorSystem {
  return new Bounded({ logger: new Lines() });
}

forEachRuntime(define, (actors, test) => {
  const { Walker, A, B, C, Cart, Price, Hooked, Handing, Parent } = actors;
  const { Fresh, Doer } = actors;

  test("DeadlockError shows the whole path of the circle", async () => {
    await using system = quiet();
    const cart = system.start(Cart);
    const price = system.start(Price);
    const error = await assertRejects(
      () => cart.proxy().total(price).get(BOUND),
      DeadlockError,
    );
    assertEquals(
      error.message,
      "Cannot ask Cart.total: the asks form a circle: Cart.total → Price.of → Cart.total",
    );
    assertEquals(error.path, ["Cart.total", "Price.of", "Cart.total"]);
    assertEquals(error.name, "DeadlockError");
  });

  test("DeadlockError is thrown to an actor that asks itself", async () => {
    await using system = quiet();
    const a = system.start(A);
    assertEquals(
      await a.proxy().visit([a]).get(BOUND),
      "A: Cannot ask A.visit: the asks form a circle: A.visit → A.visit",
    );
    assertEquals(await a.proxy().visits, 1);
  });

  for (const how of ["read", "set", "ask", "call"] as const) {
    test(`DeadlockError is thrown to an actor that awaits a ${how} of its own`, async () => {
      await using system = quiet();
      const a = system.start(A);
      const member = { ask: "onReceive", call: "visit" }[how as "ask"] ??
        "visits";
      assertEquals(
        await a.proxy().askSelf(how).get(BOUND),
        `DeadlockError: Cannot ask A.${member}: ` +
          `the asks form a circle: A.askSelf → A.${member}`,
      );
      assertEquals(await a.proxy().visits, 0);
    });
  }

  test("DeadlockError names onReceive in circles of messages", async () => {
    await using system = quiet();
    const a = system.start(A);
    const b = system.start(B);
    assertEquals(
      await a.ask({ route: [b, a] }).get(BOUND),
      "DeadlockError: Cannot ask A.onReceive: the asks form a circle: " +
        "A.onReceive → B.onReceive → A.onReceive",
    );
  });

  test("DeadlockError is thrown where an ask has a signal, which need not abort", async () => {
    await using system = quiet();
    const [a, b] = [system.start(A), system.start(B)];
    assertEquals(
      await a.proxy().askWithSignal(b, [a]).get(BOUND),
      "DeadlockError: Cannot ask A.onReceive: the asks form a circle: " +
        "A.askWithSignal → B.onReceive → A.onReceive",
    );
    assertEquals(
      await a.proxy().askWithSignal(a, []).get(BOUND),
      "DeadlockError: Cannot ask A.onReceive: the asks form a circle: " +
        "A.askWithSignal → A.onReceive",
    );
  });

  test("DeadlockError is thrown in circles of three", async () => {
    await using system = quiet();
    const [a, b, c] = [A, B, C].map((Each) => system.start(Each));
    assertEquals(
      await a!.proxy().visit([b!, c!, a!]).get(BOUND),
      "C: Cannot ask A.visit: the asks form a circle: " +
        "A.visit → B.visit → C.visit → A.visit",
    );
  });

  test("DeadlockError is thrown in a circle of ten at the end of a tail", async () => {
    await using system = quiet();
    const tail = [system.start(A), system.start(B)];
    const circle = Array.from({ length: 10 }, () => system.start(C));
    const route = [...tail, ...circle, circle[0]!];
    const outcome = await route[0]!.proxy().visit(route.slice(1)).get(BOUND);
    const path = Array.from({ length: 11 }, () => "C.visit").join(" → ");
    assertEquals(
      outcome,
      `C: Cannot ask C.visit: the asks form a circle: ${path}`,
    );
  });

  for (const how of Object.keys(WAITS)) {
    test(`DeadlockError is thrown where an actor waits by ${how}`, async () => {
      await using system = quiet();
      const [a, b] = [system.start(A), system.start(B)];
      assertEquals(
        await a.proxy().visit([b, a], how).get(BOUND),
        "B: Cannot ask A.visit: the asks form a circle: A.visit → B.visit → A.visit",
      );
      assertEquals(await a.proxy().visits, 1);
    });
  }

  test("DeadlockError is thrown after several awaits", async () => {
    await using system = quiet();
    const [a, b] = [system.start(A), system.start(B)];
    assertEquals(
      await a.proxy().visitLate([b, a]).get(BOUND),
      "B: Cannot ask A.visit: the asks form a circle: A.visitLate → B.visit → A.visit",
    );
  });

  test("DeadlockError is thrown in a handler that is no async function but asks at once", async () => {
    await using system = quiet();
    const [a, b] = [system.start(A), system.start(B)];
    assertStringIncludes(
      await a.proxy().visitAtOnce([b, a]).get(BOUND),
      "A.visitAtOnce → B.visitAtOnce → A.visitAtOnce",
    );
  });

  for (
    const how of [
      "stopped",
      "get()",
      "get({ signal })",
      "map()",
      "getAll()",
      "Promise.all()",
      "stopAll()",
    ]
  ) {
    test(`DeadlockError is thrown in a handler that is no async function but waits for its own end at once: ${how}`, async () => {
      // The second time it was seen to return a promise.
      for (const time of [1, 2]) {
        await using system = quiet();
        const a = system.start(A);
        const error = await assertRejects(
          () => a.proxy().endPlainly(how).get(BOUND),
          DeadlockError,
        );
        assertMatch(error.message, /A.endPlainly → A.stop/, `time ${time}`);
      }
    });
  }

  test("DeadlockError is thrown after an await in the first call of a handler that is no async function", async () => {
    await using system = quiet();
    const [a, b] = [system.start(Fresh), system.start(Fresh)];
    assertStringIncludes(
      await a.proxy().goAround([b, a]).get(BOUND),
      "Fresh.goAround → Fresh.goAround → Fresh.goAround",
    );
  });

  test("DeadlockError is thrown in a handler that was seen to return a promise", async () => {
    await using system = quiet();
    const [a, b] = [system.start(A), system.start(B)];
    await getAll([a.proxy().visitPlainly([]), b.proxy().visitPlainly([])]);
    assertStringIncludes(
      await a.proxy().visitPlainly([b, a]).get(BOUND),
      "A.visitPlainly → B.visitPlainly → A.visitPlainly",
    );
  });

  test("DeadlockError is thrown to one of several that wait for an end before they are known to be asynchronous", async () => {
    await using others = quiet();
    const gate = others.start(Gate);
    await using system = quiet();
    const [target, first, last] = [1, 2, 3].map(() => system.start(Fresh));
    const asking = target!.proxy().passThenPing({ gate }, last!);
    await gate.proxy().arrived();
    const seeing = [
      first!.proxy().seeEnd(target!),
      last!.proxy().seeEndToo(target!),
    ];
    gate.proxy().open.defer();
    const asked = await asking.get(BOUND);
    void target!.stop();
    const [one, other] = [
      await seeing[0]!.get(BOUND),
      await seeing[1]!.get(BOUND),
    ];
    // Which of the two waits that close the circle came last is up to threads.
    assertEquals(one, "undefined");
    assertStringIncludes(`${asked} ${other}`, "DeadlockError: ");
  });

  test("DeadlockError is thrown to who began in what others had left behind", async () => {
    await using others = quiet();
    const gate = others.start(Gate);
    await using system = quiet();
    const [handing, peer, last] = [1, 2, 3].map(() => system.start(Fresh));
    await handing!.proxy().handOver({ gate }, peer!, last!);
    const handed = handing!.proxy().handOver({ gate }, peer!, last!);
    await gate.proxy().arrived();
    const outcome = await changed(() => peer!.proxy().outcome, "none");
    assertStringIncludes(
      outcome,
      "Fresh.visit → Fresh.comeBack → Fresh.ping",
    );
    gate.proxy().open.defer();
    await handed.get(BOUND);
  });

  test("DeadlockError is not thrown where a handler that never asked began in what others had left behind", async () => {
    await using system = quiet();
    const gate = system.start(Gate);
    const [sender, peer, last] = [1, 2, 3].map(() => system.start(Fresh));
    // So often that it is not known any more by what it does after an await.
    for (let i = 0; i < 100; i++) await peer!.proxy().askLater();
    const sending = sender!.proxy().sendOn({ gate }, peer!, last!);
    await gate.proxy().arrived();
    // Now peer waits for last, and last for sender, who waits at the gate alone.
    for (let i = 0; i < TRIES && !await waits(last!.proxy().ping()); i++);
    gate.proxy().open.defer();
    await sending.get(BOUND);
    assertEquals(await changed(() => peer!.proxy().outcome, "none"), "pong");
  });

  // Who fails.

  test("DeadlockError fails the ask that closes the circle, and the others go on", async () => {
    await using system = quiet();
    const [a, b, c] = [A, B, C].map((Each) => system.start(Each));
    const outcome = await a!.proxy().visit([b!, c!, b!]).get(BOUND);
    assertStringIncludes(outcome, "C: Cannot ask B.visit: ");
    const visits = [a, b, c].map((ref) => ref!.proxy().visits);
    assertEquals(await getAll(visits), [1, 1, 1]);
    assertEquals(await b!.proxy().visit([c!, a!]).get(BOUND), "end");
  });

  test("DeadlockError is the exception of the asker that does not catch it", async () => {
    await using system = quiet();
    const [a, b] = [system.start(A), system.start(B)];
    const error = await assertRejects(
      () => a.proxy().walk([b, a]).get(BOUND),
      DeadlockError,
    );
    assertEquals(error.path, ["A.walk", "B.walk", "A.walk"]);
    assertEquals(await a.proxy().visits, 1);
    assert(a.isAlive() && b.isAlive());
  });

  test("DeadlockError drops the reply of an ask that was begun", async () => {
    await using system = quiet();
    const gate = system.start(Gate);
    const [a, b] = [system.start(A), system.start(B)];
    // b, which a has asked, waits for a; then a waits for b.
    const outcome = a.proxy().askPassWait(b, [a], { gate });
    await gate.proxy().arrived();
    await assertBusy(b);
    gate.proxy().open.defer();
    assertEquals(
      await outcome.get(BOUND),
      "DeadlockError: Cannot ask B.visit: the asks form a circle: " +
        "B.visit → A.askPassWait → B.visit",
    );
    // The ask of b stood, and it was handled.
    assertEquals(await b.proxy().visits, 1);
    assertEquals(await a.proxy().visits, 1);
  });

  test("DeadlockError fails only the wait where the ask belongs to another turn", async () => {
    await using system = quiet();
    const gate = system.start(Gate);
    const [a, b] = [system.start(A), system.start(B)];
    const other = system.start(Gate);
    await a.proxy().keep(b, [a, b], other);
    const reading = a.proxy().passThenReadKept({ gate });
    await getAll([gate.proxy().arrived(), other.proxy().arrived()]);
    // b, whom an earlier turn of a asked, waits for a before a waits for b.
    other.proxy().open.defer();
    await assertBusy(b);
    gate.proxy().open.defer();
    assertEquals(
      await reading.get(BOUND),
      "DeadlockError: Cannot wait for reply of B.passThenVisit: the asks form a circle: " +
        "B.passThenVisit → A.passThenReadKept → B.passThenVisit",
    );
    // The ask stands: a handles what b asked it, and the reply can be read.
    assertStringIncludes(
      await a.proxy().returnKept().get(BOUND),
      "A: Cannot ask B.visit",
    );
    assertEquals(await a.proxy().visits, 1);
  });

  test("DeadlockError is thrown to who closes a circle with the ask of another turn in it", async () => {
    await using system = quiet();
    const gate = system.start(Gate);
    const [a, b] = [system.start(A), system.start(B)];
    await a.proxy().keep(b, [a], gate);
    const reading = a.proxy().readKept();
    await gate.proxy().arrived();
    await assertBusy(a);
    gate.proxy().open.defer();
    assertEquals(
      await reading.get(BOUND),
      "B: Cannot ask A.visit: the asks form a circle: " +
        "A.readKept → B.passThenVisit → A.visit",
    );
  });

  for (const how of EARLY) {
    test(`DeadlockError is thrown at once to who asks an actor that has called ${how}`, async () => {
      await using system = quiet();
      const gate = system.start(Gate);
      const [a, b] = [system.start(A), system.start(B)];
      const answer = a.proxy().askWaitPass(b, [a], how, { gate });
      await gate.proxy().arrived();
      // b is free again, although a has not come to its await.
      assertEquals(await changed(() => b.proxy().visits, 0), 1);
      gate.proxy().open.defer();
      assertEquals(
        await answer.get(BOUND),
        "B: Cannot ask A.visit: the asks form a circle: " +
          "A.askWaitPass → B.visit → A.visit",
      );
    });
  }

  // Delegating.

  test("DeadlockError is thrown where who is awaited delegates back", async () => {
    await using system = quiet();
    const [a, b] = [system.start(A), system.start(B)];
    // a waits before b begins, so that it is b who closes the circle.
    assertEquals(
      await a.proxy().askDelegate(b, [a]).get(BOUND),
      "DeadlockError: Cannot ask A.visit: the asks form a circle: " +
        "A.askDelegate → B.delegate → A.visit",
    );
    assertEquals(await a.proxy().visits, 0);
    assertEquals(await b.proxy().visit([a]).get(BOUND), "end");
  });

  test("DeadlockError is thrown where an actor awaits what was delegated back to it", async () => {
    await using system = quiet();
    const gate = system.start(Gate);
    const [a, b] = [system.start(A), system.start(B)];
    const outcome = a.proxy().askDelegatePassWait(b, [a], { gate });
    await gate.proxy().arrived();
    // b has delegated by the time that a waits, and its ask stands.
    gate.proxy().open.defer();
    assertEquals(
      await outcome.get(BOUND),
      "DeadlockError: Cannot ask B.delegate: the asks form a circle: " +
        "B.delegate → A.askDelegatePassWait → B.delegate",
    );
    assertEquals(await a.proxy().visits, 1);
  });

  test("DeadlockError is thrown where a delegate's delegate asks back", async () => {
    await using system = quiet();
    const [a, b, c] = [A, B, C].map((Each) => system.start(Each));
    assertEquals(
      await a!.proxy().askDelegateOn(b!, [c!, a!]).get(BOUND),
      "DeadlockError: Cannot ask A.visit: the asks form a circle: " +
        "A.askDelegateOn → B.delegateOn → C.delegate → A.visit",
    );
    assertEquals(await a!.proxy().visits, 0);
  });

  test("DeadlockError is thrown to the asker among the actors that were delegated to", async () => {
    await using system = quiet();
    const [a, b, c] = [A, B, C].map((Each) => system.start(Each));
    assertEquals(
      await a!.proxy().askDelegate(b!, [c!, a!]).get(BOUND),
      "C: Cannot ask A.visit: the asks form a circle: " +
        "A.askDelegate → B.delegate → C.visit → A.visit",
    );
  });

  test("DeadlockError fails only the delegation where the future is somebody else's", async () => {
    await using system = quiet();
    const gate = system.start(Gate);
    const [a, b] = [system.start(A), system.start(B)];
    // b asked a, for another turn, before a waits for what b returns.
    const passing = a.proxy().passThenReadKeptOf({ gate }, b);
    await gate.proxy().arrived();
    await b.proxy().keep(a, []);
    gate.proxy().open.defer();
    assertEquals(
      await passing.get(BOUND),
      "DeadlockError: Cannot wait for reply of A.visit: " +
        "the asks form a circle: A.passThenReadKeptOf → B.returnKept → A.visit",
    );
    assertEquals(await b.proxy().returnKept().get(BOUND), "end");
    assertEquals(await a.proxy().visits, 1);
  });

  test("DeadlockError is not thrown for delegating by itself", async () => {
    await using system = quiet();
    const [a, b] = [system.start(A), system.start(B)];
    // a asks b back, through whom it was asked, and who is free by then.
    assertEquals(await b.proxy().delegate([a, b]).get(BOUND), "end");
    assertEquals(await b.proxy().delegate([b]).get(BOUND), "end");
    assertEquals(await b.proxy().delegateOn([b, b]).get(BOUND), "end");
    assertEquals(
      await b.proxy().delegate([a, b, a]).get(BOUND),
      "B: Cannot ask A.visit: the asks form a circle: A.visit → B.visit → A.visit",
    );
  });

  // The end of actors.

  test("DeadlockError is thrown where an actor awaits its own stop, and the stop stands", async () => {
    await using system = quiet();
    const a = system.start(A);
    assertEquals(
      await a.proxy().stopSelf().get(BOUND),
      "DeadlockError: Cannot wait for reply of A.stop: " +
        "the asks form a circle: A.stopSelf → A.stop, alive: true",
    );
    await a.stopped.get(BOUND);
    assert(!a.isAlive());
  });

  test("DeadlockError is thrown where an actor awaits its own end", async () => {
    await using system = quiet();
    const a = system.start(A);
    assertEquals(
      await a.proxy().seeOwnEnd().get(BOUND),
      "DeadlockError: Cannot wait for reply of A.stopped: " +
        "the asks form a circle: A.seeOwnEnd → A.stopped",
    );
    assertEquals(await a.proxy().visit([]).get(BOUND), "end");
  });

  for (const method of ["stopOther", "seeStopped"] as const) {
    const end = method === "stopOther" ? "stop()" : "stopped";
    const member = method === "stopOther" ? "stop" : "stopped";
    const outcome = method === "stopOther" ? "true" : "undefined";

    test(`DeadlockError fails only the wait for ${end} that closes a circle`, async () => {
      await using system = quiet();
      const gate = system.start(Gate);
      const [a, b] = [system.start(A), system.start(B)];
      // b asks a while a is busy, and a is to wait for the end of b next.
      const first = a.proxy().passThenVisit({ gate }, []);
      await gate.proxy().arrived();
      const ending = a.proxy()[method](b);
      const asking = b.proxy().visit([a]);
      await assertBusy(b);
      gate.proxy().open.defer();
      assertEquals(await first.get(BOUND), "end");
      assertEquals(
        await ending.get(BOUND),
        `DeadlockError: Cannot wait for reply of B.${member}: ` +
          `the asks form a circle: B.visit → A.${method} → B.${member}`,
      );
      assertEquals(await asking.get(BOUND), "end");
      assertEquals(await a.proxy().visits, 2);
      // The stop stands; who only looks on stops nobody.
      if (method === "stopOther") await b.stopped.get(BOUND);
      else assertEquals(await b.proxy().visit([]).get(BOUND), "end");
    });

    test(`DeadlockError is thrown to who asks an actor that awaits its ${end}`, async () => {
      await using system = quiet();
      const gate = system.start(Gate);
      const [a, b] = [system.start(A), system.start(B)];
      const answer = b.proxy().passThenVisit({ gate }, [a]);
      await gate.proxy().arrived();
      const ended = a.proxy()[method](b, "await");
      // a waits by when its next message would be handled.
      await assertBusy(a);
      gate.proxy().open.defer();
      assertEquals(
        await answer.get(BOUND),
        "B: Cannot ask A.visit: the asks form a circle: " +
          `A.${method} → B.passThenVisit → A.visit`,
      );
      if (method === "seeStopped") void b.stop();
      assertEquals(await ended.get(BOUND), outcome);
    });
  }

  test("DeadlockError is thrown where stopAll() would wait for its caller", async () => {
    await using system = quiet();
    const [a, b] = [system.start(A), system.start(B)];
    assertEquals(
      await a.proxy().stopEverybody().get(BOUND),
      "DeadlockError: Cannot wait for reply of A.stop: " +
        "the asks form a circle: A.stopEverybody → A.stop",
    );
    await a.stopped.get(BOUND);
    assertEquals([a.isAlive(), b.isAlive()], [false, false]);
  });

  test("DeadlockError is thrown to who asks an actor that awaits stopAll()", async () => {
    await using system = quiet();
    const gate = system.start(Gate);
    const [a, b] = [system.start(A), system.start(B)];
    const asking = b.proxy().passThenVisit({ gate }, [a]);
    await gate.proxy().arrived();
    const stopping = a.proxy().stopEverybody();
    await assertBusy(a);
    gate.proxy().open.defer();
    assertEquals(
      await asking.get(BOUND),
      "B: Cannot ask A.visit: the asks form a circle: " +
        "A.stopEverybody → B.passThenVisit → A.visit",
    );
    assertStringIncludes(await stopping.get(BOUND), "A.stopEverybody → A.stop");
    await b.stopped.get(BOUND);
  });

  test("DeadlockError is thrown to who asks an actor whose stopAll() will come to it", async () => {
    await using system = quiet();
    const gates = [system.start(Gate), system.start(Gate)] as const;
    const [a, b, c] = [A, B, C].map((Each) => system.start(Each));
    const asking = b!.proxy().passThenVisit({ gate: gates[0] }, [a!]);
    const busy = c!.proxy().passThenVisit({ gate: gates[1] }, []);
    await getAll(gates.map((gate) => gate.proxy().arrived()));
    const stopping = a!.proxy().stopEverybody();
    await assertBusy(a!);
    // a waits for the end of c, and b comes after it.
    gates[0].proxy().open.defer();
    assertEquals(
      await asking.get(BOUND),
      "B: Cannot ask A.visit: the asks form a circle: " +
        "A.stopEverybody → B.passThenVisit → A.visit",
    );
    gates[1].proxy().open.defer();
    assertEquals(await busy.get(BOUND), "end");
    assertStringIncludes(await stopping.get(BOUND), "A.stopEverybody → A.stop");
  });

  // Hooks.

  test("DeadlockError is thrown to onStart() that asks who waits for the actor", async () => {
    await using system = quiet();
    const witness = system.start(Walker);
    const parent = system.start(Parent);
    assertEquals(await parent.proxy().raise(witness).get(BOUND), "pong");
    assertEquals(
      await noted(witness),
      "DeadlockError: Cannot ask Parent.visit: the asks form a circle: " +
        "Parent.raise → Hooked.onStart → Parent.visit",
    );
  });

  test("DeadlockError is thrown to onStart() that asks its own actor", async () => {
    await using system = quiet();
    const witness = system.start(Walker);
    const hooked = system.start(Hooked, "onStart", witness, "own ping");
    assertEquals(await hooked.proxy().ping().get(BOUND), "pong");
    assertEquals(
      await noted(witness),
      "DeadlockError: Cannot ask Hooked.ping: " +
        "the asks form a circle: Hooked.onStart → Hooked.ping",
    );
  });

  test("DeadlockError is thrown to onStop() that asks who awaits the stop", async () => {
    await using system = quiet();
    const witness = system.start(Walker);
    const parent = system.start(Parent);
    const child = system.start(Hooked, "onStop", witness, [parent]);
    assertEquals(await parent.proxy().stopOther(child).get(BOUND), "true");
    assertEquals(
      await noted(witness),
      "DeadlockError: Cannot ask Parent.visit: the asks form a circle: " +
        "Parent.stopOther → Hooked.onStop → Parent.visit",
    );
  });

  test("DeadlockError is thrown to onStop() that returns a future which closes a circle", async () => {
    const lines = new Lines();
    await using system = new ActorSystem({ logger: lines });
    const parent = system.start(Parent);
    const handing = system.start(Handing, parent as ActorRef<never>);
    assertEquals(await parent.proxy().stopOther(handing).get(BOUND), "true");
    await until(() => lines.loud().length > 0);
    assertEquals(lines.loud().map(({ text, data }) => [text, String(data)]), [[
      `onStop of ${handing} threw`,
      "DeadlockError: Cannot ask Parent.visit: the asks form a circle: " +
      "Parent.stopOther → Handing.onStop → Parent.visit",
    ]]);
    assertEquals(await parent.proxy().visits, 0);
  });

  test("DeadlockError is thrown to onFailure() that asks who awaits the end", async () => {
    await using system = quiet();
    const witness = system.start(Walker);
    const parent = system.start(Parent);
    const child = system.start(Hooked, "onFailure", witness, [parent]);
    assertEquals(await parent.proxy().failChild(child).get(BOUND), "undefined");
    assertEquals(
      await noted(witness),
      "DeadlockError: Cannot ask Parent.visit: the asks form a circle: " +
        "Parent.failChild → Hooked.onFailure → Parent.visit",
    );
  });

  test("DeadlockError fails only the wait for an actor whose onStop() waits", async () => {
    await using system = quiet();
    const [gate, other] = [system.start(Gate), system.start(Gate)];
    const witness = system.start(Walker);
    const parent = system.start(Parent);
    const child = system.start(Hooked, "onStop", witness, [parent], gate);
    const busy = parent.proxy().passThenVisit({ gate: other }, []);
    const seeing = parent.proxy().seeStopped(child);
    const stopping = child.stop();
    await getAll([gate.proxy().arrived(), other.proxy().arrived()]);
    // The hook asks the parent before that waits for the end of the child.
    gate.proxy().open.defer();
    await assertWaits(stopping);
    other.proxy().open.defer();
    assertEquals(await busy.get(BOUND), "end");
    assertEquals(
      await seeing.get(BOUND),
      "DeadlockError: Cannot wait for reply of Hooked.stopped: the asks form a circle: " +
        "Hooked.onStop → Parent.seeStopped → Hooked.stopped",
    );
    assertEquals(await stopping.get(BOUND), true);
    assertEquals(await noted(witness), "end");
  });

  test("DeadlockError is thrown to onStop() that awaits the end of its own actor", async () => {
    await using system = quiet();
    const witness = system.start(Walker);
    const last = system.start(Hooked, "onStop", witness, "own end");
    assertEquals(await last.stop().get(BOUND), true);
    assertEquals(
      await noted(witness),
      "DeadlockError: Cannot wait for reply of Hooked.stopped: " +
        "the asks form a circle: Hooked.onStop → Hooked.stopped",
    );
  });

  // No false alarms.

  for (const how of Object.keys(GLANCES)) {
    test(`DeadlockError is not thrown where an actor reads without waiting for good, by ${how}`, async () => {
      await using system = quiet();
      const gate = system.start(Gate);
      const [a, b] = [system.start(A), system.start(B)];
      const glancing = a.proxy().glance(b, [a], how, { gate });
      await gate.proxy().arrived();
      // b waits in earnest for a, which waits for the gate.
      await assertBusy(b);
      gate.proxy().open.defer();
      assertMatch(
        await glancing.get(BOUND),
        /^(gave up|did not wait), passed$/,
      );
      assertEquals(await a.proxy().returnKept().get(BOUND), "end");
      assertEquals(await a.proxy().visits, 1);
    });
  }

  test("DeadlockError is not thrown where the last ask of a circle has a timeout", async () => {
    await using system = quiet();
    const [a, b] = [system.start(A), system.start(B)];
    assertMatch(
      await a.ask({ route: [b, a], timeout: 5 }).get(BOUND),
      /^Timeout: Cannot ask A .*: nothing within 5 ms$/,
    );
    // What was given up is never handled.
    assertEquals(await a.proxy().visits, 1);
  });

  test("DeadlockError is not thrown where the first ask of a circle has a timeout", async () => {
    await using system = quiet();
    const [a, b, c] = [A, B, C].map((Each) => system.start(Each));
    const outcome = await a!.proxy().visitTimed(b!, [c!, a!]).get(BOUND);
    assertMatch(outcome, /^Timeout: Cannot ask B /);
    // The others waited in earnest, and were answered.
    assertEquals(await b!.proxy().outcome.get(BOUND), "end");
    assertEquals(await a!.proxy().visits, 1);
  });

  test("DeadlockError is not thrown for what a synchronous handler reads", async () => {
    await using system = quiet();
    const gate = system.start(Gate);
    const [a, b] = [system.start(A), system.start(B)];
    await a.proxy().glanceSynchronously(b, [a]);
    assertEquals(await a.proxy().returnKept().get(BOUND), "end");
    // Nor does it count for what the actor does next.
    a.proxy().glanceSynchronously.defer(b, [a]);
    const passing = a.proxy().pass({ gate });
    await gate.proxy().arrived();
    await assertBusy(b);
    gate.proxy().open.defer();
    assertEquals(await passing.get(BOUND), "passed");
    assertEquals(await a.proxy().returnKept().get(BOUND), "end");
  });

  test("DeadlockError is not thrown in diamonds", async () => {
    await using system = quiet();
    const gate = system.start(Gate);
    const [a, b, c] = [A, B, C].map((Each) => system.start(Each));
    const to = [system.start(Walker), system.start(Walker)];
    const both = a!.proxy().askBoth([b!, c!], to, { gate });
    await gate.proxy().arrived();
    gate.proxy().open.defer();
    assertEquals(await both.get(BOUND), "passed,passed,passed,passed");
    assertEquals(await getAll(to.map((ref) => ref.proxy().visits)), [2, 2]);
  });

  test("DeadlockError is not thrown where who is asked is busy", async () => {
    await using system = quiet();
    const gate = system.start(Gate);
    const [a, b, c] = [A, B, C].map((Each) => system.start(Each));
    const busy = b!.proxy().passThenVisit({ gate }, []);
    await gate.proxy().arrived();
    const asking = [a!.proxy().visit([b!]), c!.proxy().visit([a!, b!])];
    await assertBusy(a!);
    gate.proxy().open.defer();
    assertEquals(await getAll([busy, ...asking], BOUND), ["end", "end", "end"]);
  });

  test("DeadlockError is not thrown where the reply is on its way", async () => {
    await using system = quiet();
    const gate = system.start(Gate);
    const [a, b] = [system.start(A), system.start(B)];
    const passing = b.proxy().pass({ gate });
    await gate.proxy().arrived();
    const first = a.proxy().countVisits(b);
    await assertWaits(first);
    // b answers a, and asks it at once.
    const second = b.proxy().visit([a], "get()");
    gate.proxy().open.defer();
    assertEquals(await passing.get(BOUND), "passed");
    assertEquals(await first.get(BOUND), 1);
    assertEquals(await second.get(BOUND), "end");
  });

  test("DeadlockError is not thrown for an un-awaited get() that has settled", async () => {
    await using system = quiet();
    const gate = system.start(Gate);
    const [a, b] = [system.start(A), system.start(B)];
    const passing = a.proxy().getThenPass(b, { gate });
    await gate.proxy().arrived();
    const asking = b.proxy().visit([a]);
    await assertBusy(b);
    gate.proxy().open.defer();
    assertEquals(await getAll([passing, asking], BOUND), ["passed", "end"]);
  });

  for (const what of ["ask", "wait"] as const) {
    test(`DeadlockError is not thrown to who asks an actor back that gave its ${what} up by signal`, async () => {
      await using system = quiet();
      const until = system.start(Gate);
      const [gate, forB] = [system.start(Gate), system.start(Gate)];
      const [a, b] = [system.start(A), system.start(B)];
      const message = { route: [a], gate: forB };
      const giving = a.proxy().giveUpThenPass(what, b, message, until, {
        gate,
      });
      await getAll([until.proxy().arrived(), forB.proxy().arrived()]);
      until.proxy().open.defer();
      await gate.proxy().arrived();
      // b, which goes on with what a gave up, asks a back.
      forB.proxy().open.defer();
      await assertBusy(b);
      gate.proxy().open.defer();
      assertEquals(await giving.get(BOUND), "gave up, passed");
      assertEquals(await b.proxy().outcome.get(BOUND), "end");
    });
  }

  test("DeadlockError is thrown to who asks an actor back that waits on, though its getAll() of the same has failed", async () => {
    await using system = quiet();
    const gate = system.start(Gate);
    const [a, b] = [system.start(A), system.start(B)];
    const getting = a.proxy().getThrice(b, { route: [a], gate });
    await gate.proxy().arrived();
    await assertWaits(getting);
    gate.proxy().open.defer();
    assertStringIncludes(await getting.get(BOUND), "DeadlockError");
  });

  // Which wait comes last is up to threads.
  test.unlessThread("DeadlockError is thrown to who waits again for an end, though the first wait began before it was known to be asynchronous", async () => {
    await using system = quiet();
    const [gate, open] = [system.start(Gate), system.start(Gate)];
    const [one, other] = [system.start(Fresh), system.start(Fresh)];
    open.proxy().open.defer();
    const waiting = one.proxy().seeEndAgain({ gate }, other);
    await gate.proxy().arrived();
    const asking = other.proxy().passThenPing({ gate: open }, one);
    await open.proxy().arrived();
    await assertWaits(asking);
    gate.proxy().open.defer();
    assertStringIncludes(await waiting.get(BOUND), "DeadlockError");
    assertEquals(await asking.get(BOUND), "pong");
  });

  const failing = [
    ["self", "DeadlockError"],
    ["failed", "RangeError"],
    ["wrong", "TypeError"],
  ] as const;
  const methods = ["getBothThenPass", "getBothPlainly"] as const;
  const cases = failing.flatMap((how) =>
    methods.map((method) => [...how, method] as const)
  );
  for (const [what, error, method] of cases) {
    test(`DeadlockError is not thrown to who asks an actor back whose getAll() has failed (${what}, ${method})`, async () => {
      await using system = quiet();
      const [gate, forB] = [system.start(Gate), system.start(Gate)];
      const [a, b] = [system.start(A), system.start(B)];
      const message = { route: [a], gate: forB };
      const getting = a.proxy()[method](b, what, message, { gate });
      await getAll([gate.proxy().arrived(), forB.proxy().arrived()]);
      forB.proxy().open.defer();
      await assertWaits(b.proxy().visits);
      gate.proxy().open.defer();
      assertEquals(await getting.get(BOUND), `${error}, passed`);
      assertEquals(await b.proxy().outcome.get(BOUND), "end");
    });
  }

  test("DeadlockError is not thrown to who asks an actor back that gave its stopAll() up", async () => {
    await using others = quiet();
    const [until, gate, forB] = [1, 2, 3].map(() => others.start(Gate));
    await using system = quiet();
    const [a, b] = [system.start(A), system.start(B)];
    const asking = b.proxy().passThenVisit({ gate: forB! }, [a]);
    await forB!.proxy().arrived();
    const stopping = a.proxy().stopAllThenPass(
      { gate: until! },
      { gate: gate! },
    );
    await until!.proxy().arrived();
    until!.proxy().open.defer();
    await gate!.proxy().arrived();
    forB!.proxy().open.defer();
    await assertWaits(asking);
    gate!.proxy().open.defer();
    assertEquals(await stopping.get(BOUND), "gave up, passed");
    assertEquals(await asking.get(BOUND), "end");
  });

  test("DeadlockError is not thrown where code outside of actors waits", async () => {
    await using system = quiet();
    const gate = system.start(Gate);
    const [a, b] = [system.start(A), system.start(B)];
    const future = a.proxy().passThenVisit({ gate }, [b]);
    const waits = Object.values(WAITS).map((wait: Wait) => wait(future));
    await gate.proxy().arrived();
    const asking = b.proxy().passThenVisit({ gate }, []);
    gate.proxy().open.defer();
    assertEquals(await asking.get(BOUND), "end");
    for (const value of await Promise.all(waits)) {
      assertEquals(String(value), "end");
    }
  });

  test("DeadlockError is not thrown for what goes on after its handler has ended", async () => {
    await using system = quiet();
    const [gate, other] = [system.start(Gate), system.start(Gate)];
    const [a, b] = [system.start(A), system.start(B)];
    assertEquals(await a.proxy().goOn(b, [a], { gate }).get(BOUND), "went on");
    // What goes on has a visited by b, while a handles another message.
    const passing = a.proxy().pass({ gate: other });
    await other.proxy().arrived();
    gate.proxy().open.defer();
    await assertWaits(passing);
    await assertBusy(b);
    other.proxy().open.defer();
    assertEquals(await passing.get(BOUND), "passed");
    assertEquals(await a.proxy().returnKept().get(BOUND), "end");
  });

  test("DeadlockError is not thrown for microtasks that another actor's handler queued", async () => {
    await using system = quiet();
    const gate = system.start(Gate);
    const [a, b] = [system.start(A), system.start(B)];
    const passing = a.proxy().tellAndPass(b, { gate });
    await gate.proxy().arrived();
    // b, whose turn a has called for, reads a, which waits for the gate.
    await assertBusy(b);
    gate.proxy().open.defer();
    assertEquals(await passing.get(BOUND), "passed");
    assertEquals(await b.proxy().outcome.get(BOUND), "0");
  });

  for (const who of ["listener", "logger", "listener of a signal", "link"]) {
    test.unlessCopies(`DeadlockError is not thrown to a ${who} that asks who has called it and waits`, async () => {
      await using system = quiet();
      const [gate, other] = [system.start(Gate), system.start(Gate)];
      const [doer, victim] = [system.start(Doer), system.start(Doer)];
      const heard = Promise.withResolvers<string>();
      const ask = async () =>
        heard.resolve(await settled(() => doer.proxy().name()));
      const result = new AsyncResult<void>();
      let act = () => victim.kill();
      const listen = (signal: AbortSignal) => {
        if (who === "listener") system.addEventListener("killed", ask);
        if (who === "logger") {
          system.logger = Object.assign(new Lines(), { debug: ask });
        }
        if (who === "listener of a signal") {
          signal.addEventListener("abort", ask);
        }
        if (who !== "link") return;
        result.link(ask);
        act = () => result.set();
      };
      victim.tell({ act: listen, gate: other });
      await other.proxy().arrived();
      const done = doer.ask({ act: () => act(), gate });
      await gate.proxy().arrived();
      gate.proxy().open.defer();
      assertEquals(await done.get(BOUND), "done");
      assertEquals(await heard.promise, "doer");
      other.proxy().open.defer();
    });
  }

  test("DeadlockError is not thrown for a wait that failed with it before", async () => {
    await using system = quiet();
    const [first, second, forC] = [1, 2, 3].map(() => system.start(Gate));
    const [a, b, c] = [A, B, C].map((Each) => system.start(Each));
    a!.proxy().keepFork.defer(b!, [c!], { gate: forC! });
    const reading = a!.proxy().readKeptBetween(
      { gate: first! },
      { gate: second! },
    );
    await getAll([first!.proxy().arrived(), forC!.proxy().arrived()]);
    // b waits for a, so that a cannot wait for b.
    first!.proxy().open.defer();
    await second!.proxy().arrived();
    // b waits for c, too, which waits for a, which waits for b no more.
    forC!.proxy().open.defer();
    await assertBusy(c!);
    second!.proxy().open.defer();
    assertMatch(
      await reading.get(BOUND),
      /^DeadlockError: Cannot wait for reply of B.fork: .*, passed$/,
    );
    assertEquals(await a!.proxy().returnKept().get(BOUND), "end,end");
  });

  test("DeadlockError is not thrown to handlers that return a promise only now and then", async () => {
    await using system = quiet();
    const [a, b] = [system.start(A), system.start(B)];
    for (let i = 0; i < 3; i++) {
      assertEquals(await a.proxy().moody(b).get(BOUND), i);
      assertEquals(await a.proxy().moody(undefined).get(BOUND), 0);
      assertEquals(await b.proxy().visit([a]).get(BOUND), "end");
    }
  });

  test("DeadlockError is thrown before the first await also in handlers that never asked before", async () => {
    await using system = quiet();
    const [a, b] = [system.start(A), system.start(B)];
    for (let i = 0; i < 200; i++) {
      void a.proxy().visit([]);
      await b.proxy().visit([]);
    }
    assertStringIncludes(
      await a.proxy().visit([b, a]).get(BOUND),
      "A.visit → B.visit → A.visit",
    );
  });

  // Switched off.

  test("ActorSystem.detectDeadlocks lets circles be when it is false", async () => {
    const options = { logger: new Lines(), detectDeadlocks: false };
    await using system = new ActorSystem(options);
    const [a, b] = [system.start(A), system.start(B)];
    const circle = a.proxy().walk([b, a]);
    await assertWaits(circle);
    b.kill();
    const error = await assertRejects(() => circle.get(BOUND), ActorDeadError);
    assertEquals(error.reason, "killed");
    const alone = a.proxy().walk([a]);
    await assertWaits(alone);
    a.kill();
    await assertRejects(() => alone.get(BOUND), ActorDeadError);
  });

  test("ActorSystem.detectDeadlocks lets circles be also where handlers are no async functions", async () => {
    const options = { logger: new Lines(), detectDeadlocks: false };
    await using system = new ActorSystem(options);
    const [a, b] = [system.start(A), system.start(B)];
    for (const method of ["visitAtOnce", "visitPlainly"] as const) {
      await getAll([a.proxy()[method]([]), b.proxy()[method]([])]);
    }
    const circle = a.proxy().visitAtOnce([b, a]);
    await assertWaits(circle);
    b.kill();
    assertMatch(await circle.get(BOUND), /^ActorDeadError: /);
    const alone = a.proxy().visitPlainly([a]);
    await assertWaits(alone);
    a.kill();
    await assertRejects(() => alone.get(BOUND), ActorDeadError);
  });

  test("ActorSystem.detectDeadlocks lets futures be that wait for themselves", async () => {
    for (const detectDeadlocks of [true, false]) {
      const options = { logger: new Lines(), detectDeadlocks };
      await using system = new ActorSystem(options);
      const outcome = await system.start(A).proxy().readCircle();
      assertMatch(outcome, detectDeadlocks ? /^DeadlockError: / : /^Timeout: /);
    }
  });

  test("ActorSystem.detectDeadlocks can be assigned", async () => {
    const options = { logger: new Lines(), detectDeadlocks: false };
    await using system = new ActorSystem(options);
    const a = system.start(A);
    system.detectDeadlocks = true;
    await assertRejects(() => a.proxy().walk([a]).get(BOUND), DeadlockError);
  });
});

// A platform without `AsyncLocalStorage`.

const PROGRAM = `
  globalThis.process = undefined;
  Object.defineProperty(globalThis, "Deno", { value: undefined });
  const { EventedActor } = await import("./mod.ts");
  class Peer extends EventedActor {
    async visit([next, ...rest]) {
      if (next === undefined) return "end";
      try {
        return await next.proxy().visit(rest);
      } catch (error) {
        return String(error);
      }
    }
    async visitLate(route) {
      await null;
      return await this.visit(route);
    }
  }
  const [a, b, c] = [1, 2, 3].map(() => Peer.start());
  console.log(await a.proxy().visit([b, a]));
  console.log(await b.proxy().visit([b]));
  console.log(await a.proxy().visit([b, c]));
  const missed = a.proxy().visitLate([b, a]);
  console.log(await missed.get({ timeout: 5 }).catch(({ name }) => name));
  a.kill();
  console.log(await missed.catch(({ name }) => name));
`;

// What detecting costs where no handler is asynchronous.

const SYNCHRONOUS = `
  const { process } = globalThis;
  Object.defineProperty(globalThis, "Deno", { value: undefined });
  let looks = 0;
  globalThis.process = {
    getBuiltinModule(id) {
      if (id === "node:async_hooks") looks++;
      return process.getBuiltinModule(id);
    },
  };
  const { EventedActor } = await import("./mod.ts");
  class Peer extends EventedActor {
    onStart() {}
    onReceive(peer) {
      return peer?.proxy().ping();
    }
    ping() {
      return "pong";
    }
    fail() {
      throw new RangeError("as told");
    }
    async later() {
      return await this.actorSystem.start(Peer).ask();
    }
  }
  const [a, b] = [Peer.start(), Peer.start()];
  console.log(await a.ask(b), await a.ask(b).map((value) => value));
  await a.proxy().fail().catch(() => {});
  await b.stop();
  console.log(looks);
  await a.proxy().later();
  await a.proxy().later();
  console.log(looks);
`;

// Deno imports it: the first messages wait for that.

const FIRST = `
  let looks = 0;
  const { process } = globalThis;
  Object.defineProperty(globalThis, "process", {
    get() {
      looks++;
      return process;
    },
  });
  const { EventedActor } = await import("./mod.ts");
  const lines = [];
  class Peer extends EventedActor {
    onReceive(line) {
      lines.push(line);
    }
    async visitLate([next, ...rest]) {
      lines.push("visited");
      await null;
      return next && await next.proxy().visitLate(rest);
    }
  }
  const [a, b] = [Peer.start(), Peer.start()];
  a.tell("told before");
  const circle = a.proxy().visitLate([b, a]);
  const after = a.ask("asked after");
  console.log(await circle.catch(String));
  await after;
  console.log(lines.join(", "));
  console.log(looks);
`;

const KILLED = `
  const { EventedActor } = await import("./mod.ts");
  class Peer extends EventedActor {
    onStart() {
      console.log("started");
    }
    async onReceive() {}
  }
  const peer = Peer.start();
  const reply = peer.ask();
  peer.kill();
  console.log(await reply.catch(({ name }) => name));
  await peer.stopped;
  console.log(await Peer.start().stop());
`;

const TIMER = `
  const { currentWaiter, prepareAsyncContext, runAs } = await import(
    "./context.ts"
  );
  setTimeout(() => {
    runAs({ suspended: true, label: "Someone.waits" }, () => {
      let seen;
      Promise.resolve().then(() => seen = currentWaiter());
      const { constructor } = prepareAsyncContext();
      console.log(constructor.name, seen, currentWaiter().label);
    });
  });
`;

const SLEEPER = `
  const { EventedActor } = await import("./mod.ts");
  class Sleeper extends EventedActor {
    async onReceive() {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return "slept";
    }
  }
  const timers = [];
  globalThis.setTimeout = (callback) => timers.push(callback);
  globalThis.clearTimeout = () => {};
  const reply = Sleeper.start().ask();
  for (let i = 0; i < 9; i++) await Promise.resolve();
  for (const callback of [...timers]) callback();
  console.log(await reply);
`;

const noDeno = !("Deno" in globalThis) && "starts another Deno";

/** The lines that a program prints. */
async function linesOf(program: string): Promise<string[]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "-"],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(program));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const [out, err] = [stdout, stderr].map((bytes) =>
    new TextDecoder().decode(bytes).trimEnd()
  );
  return [...out!.split("\n"), ...code === 0 ? [] : [err!]];
}

testUnless(
  noDeno,
  "DeadlockError is thrown before the first await where there is no asynchronous context",
  async () => {
    assertEquals(await linesOf(PROGRAM), [
      "DeadlockError: Cannot ask Peer.visit: the asks form a circle: " +
      "Peer.visit → Peer.visit → Peer.visit",
      "DeadlockError: Cannot ask Peer.visit: the asks form a circle: " +
      "Peer.visit → Peer.visit",
      "end",
      "Timeout",
      "ActorDeadError",
    ]);
  },
);

testUnless(
  noDeno,
  "ActorSystem.detectDeadlocks looks for the asynchronous context once, and not before an asynchronous handler runs",
  async () => {
    assertEquals(await linesOf(SYNCHRONOUS), ["pong pong", "0", "1"]);
  },
);

testUnless(
  noDeno,
  "DeadlockError is thrown to the first asynchronous handlers of a program",
  async () => {
    assertEquals(await linesOf(FIRST), [
      "DeadlockError: Cannot ask Peer.visitLate: the asks form a circle: " +
      "Peer.visitLate → Peer.visitLate → Peer.visitLate",
      "told before, visited, visited, asked after",
      "0",
    ]);
  },
);

testUnless(
  noDeno,
  "ActorRef.kill() ends the first actor of a program before it starts",
  async () => {
    const lines = ["ActorDeadError", "started", "true"];
    assertEquals(await linesOf(KILLED), lines);
  },
);

testUnless(
  noDeno,
  "the first asynchronous handler of a program begins before the platform has its turn",
  async () => {
    assertEquals(await linesOf(SLEEPER), ["slept"]);
  },
);

testUnless(
  noDeno,
  "prepareAsyncContext() is done in nobody's name: microtasks may run meanwhile",
  async () => {
    const line = "Promise undefined Someone.waits";
    assertEquals(await linesOf(TIMER), [line]);
  },
);
