import {
  ActorDeadError,
  type ActorRef,
  DeadlockError,
  EventedFuture,
  type Future,
  InvalidStateError,
} from "@dekka/actors";
import { type ActorBase, forEachRuntime } from "./runtimes.ts";
import { assertEquals, assertMatch, assertRejects } from "./test.ts";

/** Belongs to who asks a `Quitter` to quit. */
let abort: AbortController;

function define(Base: ActorBase) {
  /** Hands each reply over to a future that it sets when it is told. */
  class Clerk extends Base {
    #open: EventedFuture<string>[] = [];
    later(): Future<string> {
      const future = new EventedFuture<string>();
      this.#open.push(future);
      return future;
    }
    now(): Future<string> {
      const future = new EventedFuture<string>();
      future.set("now");
      return future;
    }
    never(): Future<string> {
      const future = new EventedFuture<string>();
      future.setException(new RangeError("never"));
      return future;
    }
    settle(value: string): void {
      this.#open.shift()!.set(value);
    }
    open(): number {
      return this.#open.length;
    }
    refuse(text: string): void {
      this.#open.shift()!.setException(new RangeError(text));
    }
    pass(to: ActorRef<Clerk>): Future<string> {
      return to.proxy().later();
    }
    /** The hook runs when the reply is handed over. */
    leave(): Future<string> {
      const future = new EventedFuture<string>();
      future.setGetHook(() => {
        this.actorRef.kill();
        return new Promise(() => {});
      });
      return future;
    }
  }
  /** Gives up what it hands its reply over to, and can close a circle of asks. */
  class Quitter extends Base {
    /** Returns a promise first, so that it is followed from then on. */
    override onReceive(message: "stay" | "quit"): unknown {
      if (message === "stay") return Promise.resolve("stays");
      const future = new EventedFuture<string>();
      future.setGetHook(() => {
        abort.abort(new RangeError("gives up"));
        return Promise.resolve("too late");
      });
      return future;
    }
    async ask(other: ActorRef<Quitter>): Promise<string> {
      await Promise.resolve();
      return await other.proxy().askBack(this.actorRef as ActorRef<Quitter>);
    }
    async askBack(other: ActorRef<Quitter>): Promise<string> {
      await Promise.resolve();
      return await other.proxy().name();
    }
    name(): string {
      return "quitter";
    }
  }
  /** Hands its replies over to what is made of many asks. */
  class Gatherer extends Base {
    /** Made of the same one in very many ways. */
    braid(from: ActorRef<Clerk>, levels: number): Future<string> {
      let [left, right]: Future<string>[] = [
        from.proxy().later(),
        from.proxy().later(),
      ];
      for (let level = 0; level < levels; level++) {
        [left, right] = [right!, left!.join(right!).map(([one]) => one)];
      }
      return right!;
    }
    /** Made of each of them. */
    gather(from: ActorRef<Clerk>, count: number): Future<number> {
      const [first, ...others] = Array.from(
        { length: count },
        () => from.proxy().later(),
      );
      return first!.join(...others).map(({ length }) => length);
    }
  }
  /** Hands its replies over to what a hook makes of an ask. */
  class Hooked extends Base {
    answer(way: keyof typeof HOOKS, from: ActorRef<Clerk>): Future<string> {
      const future = new EventedFuture<string>();
      future.setGetHook(() => HOOKS[way](() => from.proxy().later()));
      return future;
    }
  }
  return { Clerk, Quitter, Gatherer, Hooked };
}

type Way = (ask: () => Future<string>) => PromiseLike<string>;

/** What hooks return. */
const HOOKS = {
  "the ask": (ask) => ask(),
  "what it gets": (ask) => ask().get(),
  "what is made of the ask": (ask) => ask().map((value) => value),
  "another future with a hook": (ask) => {
    const other = new EventedFuture<string>();
    other.setGetHook(ask);
    return other;
  },
  "what then() returns": (ask) => ask().then((value) => value),
} as const satisfies Record<string, Way>;

forEachRuntime(define, ({ Clerk, Quitter, Gatherer, Hooked }, test) => {
  test("Delegations settle a reply with what the future gets", async () => {
    await using clerk = Clerk.start();
    const reply = clerk.proxy().later();
    clerk.proxy().settle.defer("done");
    assertEquals(await reply, "done");
  });

  test("Delegations fail a reply with what the future fails with", async () => {
    await using clerk = Clerk.start();
    const reply = clerk.proxy().later();
    clerk.proxy().refuse.defer("no");
    await assertRejects(() => reply.get(), RangeError, "no");
  });

  test("Delegations take a future that is settled already", async () => {
    await using clerk = Clerk.start();
    assertEquals(await clerk.proxy().now(), "now");
    await assertRejects(() => clerk.proxy().never().get(), RangeError, "never");
  });

  test("Delegations keep many replies apart", async () => {
    await using clerk = Clerk.start();
    const replies = ["a", "b", "c"].map(() => clerk.proxy().later());
    for (const value of ["a", "b", "c"]) clerk.proxy().settle.defer(value);
    assertEquals(await Promise.all(replies), ["a", "b", "c"]);
  });

  test("Delegations pass through a second actor", async () => {
    await using first = Clerk.start();
    await using second = Clerk.start();
    const reply = first.proxy().pass(second);
    await first.proxy().now(); // the first is free, though its reply is not there
    while (await second.proxy().open() === 0); // what it sent may come later
    second.proxy().settle.defer("from the second");
    assertEquals(await reply, "from the second");
  });

  test("Delegations fail what nobody can settle when the actor ends", async () => {
    const clerk = Clerk.start();
    const reply = clerk.proxy().later();
    await clerk.stop();
    const error = await assertRejects(() => reply.get(), ActorDeadError);
    assertEquals((error as ActorDeadError).reason, "stopped");
  });

  test("Delegations fail a reply to a future whose hook ends the actor", async () => {
    const error = await assertRejects(
      () => Clerk.start().proxy().leave().get(),
      ActorDeadError,
    );
    assertEquals((error as ActorDeadError).reason, "killed");
  });

  for (const way of Object.keys(HOOKS) as (keyof typeof HOOKS)[]) {
    test(`Delegations outlive their actor until an ask is settled, where a hook returns ${way}`, async () => {
      await using clerk = Clerk.start();
      const hooked = Hooked.start();
      const reply = hooked.proxy().answer(way, clerk);
      const stopped = hooked.stop();
      while (await clerk.proxy().open() === 0); // what it sent may come later
      await stopped;
      clerk.proxy().settle.defer("from the clerk");
      assertEquals(await reply, "from the clerk");
    });
  }

  // What grows with each of them twofold would never come to an end.
  test("Delegations outlive their actor until many asks are settled, one after another", async () => {
    await using clerk = Clerk.start();
    const gatherer = Gatherer.start();
    const reply = gatherer.proxy().gather(clerk, 40);
    while (await clerk.proxy().open() < 40);
    await gatherer.stop();
    for (let i = 0; i < 40; i++) {
      await clerk.proxy().settle("settled");
      await new Promise((resolve) => setTimeout(resolve));
    }
    assertEquals(await reply, 40);
  });

  test("Delegations outlive their actor where two asks are joined in many ways", async () => {
    await using clerk = Clerk.start();
    const gatherer = Gatherer.start();
    const reply = gatherer.proxy().braid(clerk, 64);
    while (await clerk.proxy().open() < 2);
    await gatherer.stop();
    await new Promise((resolve) => setTimeout(resolve));
    for (const value of ["one", "other"]) await clerk.proxy().settle(value);
    assertMatch(await reply, /one|other/);
  });

  test.unlessThread("Delegations that a hook gives up leave later circles to be found", async () => {
    await using first = Quitter.start();
    await using second = Quitter.start();
    assertEquals(await first.ask("stay"), "stays");
    // As often as handlers wait in the circle: they must not cancel each other.
    for (let times = 0; times < 2; times++) {
      abort = new AbortController();
      const { signal } = abort;
      await assertRejects(
        () => first.ask("quit", { signal }).get(),
        RangeError,
        "gives up",
      );
    }
    await new Promise((resolve) => setTimeout(resolve));
    await assertRejects(
      () => first.proxy().ask(second).get({ timeout: 10_000 }),
      DeadlockError,
    );
  });

  test("Delegations leave a reply that a user has set as it is", async () => {
    await using clerk = Clerk.start();
    const reply = clerk.proxy().later();
    await clerk.proxy().now();
    reply.set("mine");
    await clerk.proxy().settle("late");
    assertEquals(await reply, "mine");
    await assertRejects(
      () => Promise.resolve().then(() => reply.set("again")),
      InvalidStateError,
    );
  });
});
