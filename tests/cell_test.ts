import {
  ActorDeadError,
  type ActorRef,
  ActorSystem,
  EventedFuture,
  type Future,
  getAll,
  Timeout,
} from "@dekka/actors";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "./test.ts";
import { Gate, Notes } from "./actors.ts";
import { Lines } from "./lines.ts";
import { type ActorBase, forEachRuntime } from "./runtimes.ts";

function define(Base: ActorBase) {
  /** Notes when each of its handlers begins and ends. */
  class Busy extends Base {
    readonly log: string[] = [];
    value = 0;
    async slow(name: string, gate?: ActorRef<Gate>): Promise<string> {
      this.log.push(`${name} begins`);
      await gate?.proxy().pass();
      for (let i = 0; i < 5; i++) await Promise.resolve();
      this.log.push(`${name} ends`);
      return name;
    }
    quick(name: string): string {
      this.log.push(name);
      return name;
    }
    set noted(value: string) {
      this.log.push(`write ${value}`);
    }
    get noted(): string {
      this.log.push("read");
      return "noted";
    }
    get later(): Promise<string> {
      return this.slow("getter");
    }
    override onStop(): void {
      this.log.push("onStop");
    }
    override onReceive(message: string): string | Promise<string> {
      return message.startsWith("slow")
        ? this.slow(message)
        : this.quick(message);
    }
  }

  class Sum extends Base {
    total = 0;
    add(n: number): number {
      return this.total += n;
    }
    async addSlowly(n: number, gate: ActorRef<Gate>): Promise<number> {
      await gate.proxy().pass();
      return this.add(n);
    }
    end(ref: ActorRef, how: "stop" | "kill"): void {
      ref[how]();
    }
    override onReceive(n: number): number {
      if (n < 0) throw new RangeError("negative");
      return this.add(n);
    }
  }

  /** Hands its replies over. */
  class Delegating extends Base {
    readonly #never = new EventedFuture<never>();
    readonly #own = new EventedFuture<string>();
    count = 0;
    toPeer(peer: ActorRef<Sum>, n: number): Future<number> {
      this.count++;
      return peer.ask(n);
    }
    toGate(gate: ActorRef<Gate>): Future<void> {
      return gate.proxy().pass();
    }
    toItself(): Future<number> {
      const self: ActorRef<Delegating> = this.actorRef;
      return self.proxy().counted();
    }
    counted(): number {
      return ++this.count;
    }
    toPromise(): Future<string> {
      const promise = Promise.resolve("promised");
      return EventedFuture.from(promise);
    }
    toFailure(): Future<never> {
      const failed = new EventedFuture<never>();
      failed.setException(new RangeError("set by hand"));
      return failed;
    }
    toValue(): Future<string> {
      const done = new EventedFuture<string>();
      done.set("at once");
      return done;
    }
    toNobody(): Future<never> {
      return this.#never;
    }
    toOwn(): Future<string> {
      return this.#own;
    }
    settleOwn(value: string): void {
      this.#own.set(value);
    }
    mapped(peer: ActorRef<Sum>, n: number): Future<number> {
      return peer.ask(n).map((sum) => sum * 10);
    }
    mappedInTime(peer: ActorRef<Sum>, n: number): Future<number> {
      return peer.ask(n, { timeout: 60_000 }).map((sum) => sum * 10);
    }
    joined(peer: ActorRef<Sum>, n: number): Future<number[]> {
      return peer.ask(n).join(peer.ask(n));
    }
    hooked(peer: ActorRef<Sum>, n: number): Future<number> {
      const future = new EventedFuture<number>();
      future.setGetHook(() => peer.ask(n).get({ timeout: 60_000 }));
      return future;
    }
    hookedTwice(peer: ActorRef<Sum>, n: number): Future<number[]> {
      const future = new EventedFuture<number[]>();
      future.setGetHook(() => getAll([peer.ask(n), peer.ask(n)]));
      return future;
    }
    /** Is made of an ask, and then waits for what is none. */
    mappedForEver(
      peer: ActorRef<Sum>,
      gate: ActorRef<Gate>,
      what: string,
    ): Future<never> {
      const sum = peer.proxy().addSlowly(1, gate);
      return what === "future"
        ? sum.map(() => this.#never.get())
        : sum.map(() => new Promise<never>(() => {}));
    }
    mixed(peer: ActorRef<Sum>, n: number): Future<number[]> {
      return peer.ask(n).join(this.#never);
    }
    get attribute(): Future<string> {
      return this.toPromise();
    }
    /** An asynchronous handler waits for the future: it cannot hand over. */
    async awaitsGate(gate: ActorRef<Gate>): Promise<string> {
      const passed = gate.proxy().pass();
      await passed;
      return "awaited";
    }
    ping(): string {
      return "pong";
    }
    override onReceive(peer: ActorRef<Sum>): Future<number> {
      return peer.ask(1);
    }
  }

  /** Asks itself and answers with what it is answering. */
  class Snake extends Base {
    #tail: Future<unknown> | undefined;
    bite(): Future<unknown> | undefined {
      return this.#tail;
    }
    ping(): string {
      return "pong";
    }
    override onStart(): void {
      const self: ActorRef<Snake> = this.actorRef;
      this.#tail = self.proxy().bite();
      this.#tail.catch((error) => this.#bitten.set(String(error)));
    }
    readonly #bitten = new EventedFuture<string>();
    bitten(): Future<string> {
      return this.#bitten;
    }
  }

  /** Its hooks do what they are told to. */
  class Ending extends Base {
    constructor(
      readonly notes: ActorRef<Notes>,
      readonly onEnd: "returns" | "throws" | "rejects" | "passes" | "asks" =
        "returns",
      readonly gate?: ActorRef<Gate>,
    ) {
      super();
    }
    override onStop(): void | Promise<void> {
      this.notes.tell("onStop");
      return this.#end();
    }
    override onFailure(error: unknown): void | Promise<void> {
      this.notes.tell(["onFailure", String(error)]);
      return this.#end();
    }
    #end(): void | Promise<void> {
      switch (this.onEnd) {
        case "throws":
          throw new RangeError("hook threw");
        case "rejects":
          return Promise.reject(new RangeError("hook threw"));
        case "passes":
          return this.#pass();
        case "asks":
          return this.#askItself();
      }
    }
    async #pass(): Promise<void> {
      await this.gate!.proxy().pass();
      this.notes.tell("passed");
    }
    async #askItself(): Promise<void> {
      const self: ActorRef<Ending> = this.actorRef;
      const error = await self.ask("in the hook").catch((error) => error);
      this.notes.tell([self.isAlive(), error]);
    }
    async hang(gate: ActorRef<Gate>): Promise<string> {
      await gate.proxy().pass();
      this.notes.tell("handler went on");
      return "too late";
    }
    async hangAndThrow(gate: ActorRef<Gate>): Promise<never> {
      await gate.proxy().pass();
      throw new RangeError("too late");
    }
    toNobody(): Future<never> {
      return new EventedFuture<never>();
    }
    throwing(): never {
      throw new RangeError("thrown");
    }
    killItself(how: string, reason?: string): string | Promise<string> {
      if (how === "asynchronously") return this.#killLater(reason);
      this.actorRef.kill(reason);
      if (how === "and throws") throw new RangeError("dropped");
      return how === "and promises" ? Promise.resolve("dropped") : "dropped";
    }
    async #killLater(reason?: string): Promise<string> {
      await this.notes.proxy().read();
      this.actorRef.kill(reason);
      return "dropped";
    }
    stopItself(): Future<boolean> {
      return this.actorRef.stop();
    }
    override onReceive(message: unknown): unknown {
      this.notes.tell(message);
      if (message === "throw") throw new RangeError("thrown");
      if (message === "reject") return Promise.reject(new RangeError("thrown"));
      return message;
    }
  }

  /** Kills itself before its start is over. */
  class Suicidal extends Base {
    constructor(readonly how: "throws" | "rejects") {
      super();
    }
    override onStart(): Promise<void> {
      this.actorRef.kill();
      const error = new RangeError("in onStart");
      if (this.how === "throws") throw error;
      return Promise.reject(error);
    }
  }

  return { Busy, Sum, Delegating, Snake, Ending, Suicidal };
}

forEachRuntime(define, ({ Busy }, test) => {
  test("Actor handles one message at a time, asynchronous handlers too", async () => {
    await using busy = Busy.start();
    const proxy = busy.proxy();
    const replies = [
      proxy.slow("one"),
      busy.ask("two"),
      proxy.slow("three"),
      busy.ask("slow four"),
      proxy.quick("five"),
    ];
    assertEquals(await Promise.all(replies), [
      "one",
      "two",
      "three",
      "slow four",
      "five",
    ]);
    assertEquals(await proxy.log, [
      "one begins",
      "one ends",
      "two",
      "three begins",
      "three ends",
      "slow four begins",
      "slow four ends",
      "five",
    ]);
  });

  test("Actor handles calls, tells, asks, reads, writes and stops in the order sent", async () => {
    await using gate = Gate.start();
    const busy = Busy.start();
    const proxy = busy.proxy();
    const slow = proxy.slow("slow", gate);
    busy.tell("tell");
    proxy.quick.defer("deferred");
    const asked = busy.ask("ask");
    const read = proxy.noted;
    const written = busy.set("noted", "new");
    const getter = proxy.later;
    const log = proxy.log;
    const stopped = busy.stop();
    const behind = busy.ask("behind the stop");
    await gate.proxy().open();
    assertEquals(await getAll([slow, asked, read, written, getter]), [
      "slow",
      "ask",
      "noted",
      undefined,
      "getter",
    ]);
    assertEquals((await log).slice(0, 9), [
      "slow begins",
      "slow ends",
      "tell",
      "deferred",
      "ask",
      "read",
      "write new",
      "getter begins",
      "getter ends",
    ]);
    assertEquals(await stopped, true);
    const error = await assertRejects(() => behind.get(), ActorDeadError);
    assertEquals(error.reason, "stopped");
  });

  test("Actor keeps the order of a sender in a queue of many messages", async () => {
    await using busy = Busy.start();
    const names = Array.from({ length: 1000 }, (_, i) => `${i}`);
    const replies = names.map((name, i) =>
      i % 3 === 0
        ? busy.ask(name)
        : i % 3 === 1
        ? busy.proxy().quick(name)
        : busy.proxy().slow(name)
    );
    assertEquals(await Promise.all(replies), names);
    const log = await busy.proxy().log;
    assertEquals(log.filter((line) => !line.endsWith(" ends")), [
      ...names.map((name, i) => i % 3 === 2 ? `${name} begins` : name),
    ]);
  });

  test("Actor goes on to its other messages after a handler has waited", async () => {
    await using gate = Gate.start();
    await using busy = Busy.start();
    const slow = busy.proxy().slow("slow", gate);
    await gate.proxy().arrived();
    const quick = busy.ask("quick");
    await assertRejects(() => quick.get({ timeout: 0 }), Timeout);
    await gate.proxy().open();
    assertEquals(await getAll([quick, slow]), ["quick", "slow"]);
    assertEquals(await busy.ask("another"), "another");
  });

  test("Actor that waits in a handler holds up no other actor", async () => {
    await using gate = Gate.start();
    await using busy = Busy.start();
    await using other = Busy.start();
    const slow = busy.proxy().slow("slow", gate);
    await gate.proxy().arrived();
    assertEquals(await other.ask("other"), "other");
    await gate.proxy().open();
    assertEquals(await slow, "slow");
  });
});

forEachRuntime(define, ({ Delegating, Sum, Snake }, test) => {
  test("Actor hands its reply over to a future of a peer and is free at once", async () => {
    await using gate = Gate.start();
    await using delegating = Delegating.start();
    const proxy = delegating.proxy();
    const passed = proxy.toGate(gate);
    await gate.proxy().arrived();
    assertEquals(await proxy.ping(), "pong");
    await assertRejects(() => passed.get({ timeout: 0 }), Timeout);
    await gate.proxy().open();
    assertEquals(await passed, undefined);
  });

  test("Actor delegates from onReceive(), methods and getters", async () => {
    await using sum = Sum.start();
    await using delegating = Delegating.start();
    const proxy = delegating.proxy();
    assertEquals(await delegating.ask(sum), 1);
    assertEquals(await proxy.toPeer(sum, 2), 3);
    assertEquals(await proxy.mapped(sum, 4), 70);
    assertEquals(await proxy.toPromise(), "promised");
    assertEquals(await proxy.attribute, "promised");
    assertEquals(await proxy.toValue(), "at once");
    assertEquals(await proxy.toItself(), 2);
  });

  test("Actor passes the exception of what it delegated to on, and lives on", async () => {
    const lines = new Lines();
    await using system = new ActorSystem({ logger: lines });
    const sum = system.start(Sum);
    const delegating = system.start(Delegating);
    const proxy = delegating.proxy();
    await assertRejects(() => proxy.toPeer(sum, -1).get(), RangeError, "neg");
    await assertRejects(() => proxy.toFailure().get(), RangeError, "by hand");
    assertEquals(await proxy.ping(), "pong");
    assertEquals(await sum.ask(1), 1);
    assertEquals(lines.loud(), []);
  });

  test("Actor with an async handler waits for the future that it returns", async () => {
    await using gate = Gate.start();
    await using delegating = Delegating.start();
    const waiting = delegating.proxy().awaitsGate(gate);
    await gate.proxy().arrived();
    const ping = delegating.proxy().ping();
    await assertRejects(() => ping.get({ timeout: 0 }), Timeout);
    await gate.proxy().open();
    assertEquals(await waiting, "awaited");
    assertEquals(await ping, "pong");
  });

  for (const detectDeadlocks of [true, false]) {
    for (const end of ["stop", "kill"] as const) {
      const how = `${end}()${detectDeadlocks ? "" : " without detection"}`;
      test(`Actor's delegated reply survives ${how} when an ask will settle it`, async () => {
        await using gate = Gate.start();
        const logger = new Lines();
        await using system = new ActorSystem({ logger, detectDeadlocks });
        await using _opened = opened(gate); // or a failure would hang
        const sum = system.start(Sum);
        const delegating = system.start(Delegating);
        const proxy = delegating.proxy();
        const passed = proxy.toGate(gate);
        const slow = sum.proxy().addSlowly(3, gate);
        const replies: Future<unknown>[] = [
          passed,
          proxy.mapped(sum, 4),
          proxy.toPeer(sum, 5),
          proxy.mappedInTime(sum, 6),
          proxy.joined(sum, 7),
          proxy.hooked(sum, 8),
          proxy.hookedTwice(sum, 9),
        ];
        const mixed = proxy.mixed(sum, 0);
        await gate.proxy().arrived();
        await proxy.ping();
        delegating[end]();
        await delegating.stopped;
        for (const future of replies) {
          await assertRejects(() => future.get({ timeout: 0 }), Timeout);
        }
        await assertRejects(() => mixed.get(), ActorDeadError);
        await gate.proxy().open();
        assertEquals(await slow, 3);
        assertEquals(await getAll(replies), [
          undefined,
          70,
          12,
          180,
          [25, 32],
          40,
          [49, 58],
        ]);
      });
    }
  }

  for (const end of ["stop", "kill"] as const) {
    test(`Actor's delegated reply fails with ActorDeadError after ${end}() when no ask will settle it`, async () => {
      const delegating = Delegating.start();
      const proxy = delegating.proxy();
      const replies = [proxy.toNobody(), proxy.toOwn(), proxy.toOwn()];
      await proxy.ping();
      delegating[end]();
      for (const reply of replies) {
        const error = await assertRejects(() => reply.get(), ActorDeadError);
        assertEquals(error.reason, end === "stop" ? "stopped" : "killed");
        assertEquals(error.actorUrn, delegating.actorUrn);
      }
    });
  }

  for (const end of ["stop", "kill"] as const) {
    test(`Actor's delegated reply survives ${end}() right after the ask that it is made of`, async () => {
      await using gate = Gate.start();
      await using sum = Sum.start();
      const delegating = Delegating.start();
      const busy = sum.proxy().addSlowly(3, gate);
      await gate.proxy().arrived(); // or the ask of the other may overtake
      const reply = delegating.proxy().mapped(sum, 4);
      await delegating.proxy().ping();
      // One turn answers the ask and ends the actor.
      sum.proxy().end.defer(delegating, end);
      await gate.proxy().open();
      assertEquals([await busy, await reply], [3, 70]);
      await delegating.stopped;
    });

    for (const what of ["future", "promise"]) {
      for (const when of ["before", "after"]) {
        test(`Actor's delegated reply fails with ActorDeadError where an ask is over ${when} ${end}(), and a ${what} is not`, async () => {
          await using gate = Gate.start();
          await using sum = Sum.start();
          const delegating = Delegating.start();
          const reply = delegating.proxy().mappedForEver(sum, gate, what);
          await gate.proxy().arrived();
          if (when === "before") {
            await gate.proxy().open();
            assertEquals(await sum.proxy().total, 1);
          }
          delegating[end]();
          await delegating.stopped;
          if (when === "after") await gate.proxy().open();
          const error = await assertRejects(() => reply.get(), ActorDeadError);
          assertEquals(error.reason, end === "stop" ? "stopped" : "killed");
        });
      }
    }
  }

  test("Actor answers all who wait for one future, when it sets that", async () => {
    await using delegating = Delegating.start();
    const proxy = delegating.proxy();
    const replies = [proxy.toOwn(), proxy.toOwn(), proxy.toOwn()];
    await proxy.settleOwn("set");
    assertEquals(await Promise.all(replies), ["set", "set", "set"]);
    assertEquals(await proxy.toOwn(), "set");
  });

  test("Actor that answers with its own reply fails that ask and lives on", async () => {
    const lines = new Lines();
    await using system = new ActorSystem({ logger: lines });
    const snake = system.start(Snake);
    assertEquals(await snake.proxy().ping(), "pong");
    const error = await snake.proxy().bitten();
    assertMatch(error, /^(TypeError|DeadlockError): /);
    assertEquals(await snake.proxy().ping(), "pong");
    assertEquals(lines.loud(), []);
  });

  test("Actor that delegates where nobody asked is not ended by the failure", async () => {
    const lines = new Lines();
    await using system = new ActorSystem({ logger: lines });
    const delegating = system.start(Delegating);
    delegating.proxy().toPeer.defer(system.start(Sum), -1);
    delegating.proxy().toNobody.defer();
    assertEquals(await delegating.proxy().ping(), "pong");
    assert(delegating.isAlive());
  });
});

forEachRuntime(define, ({ Ending, Suicidal, Sum }, test) => {
  for (const message of ["throw", "reject"]) {
    test(`Actor fails when a handler ${message}s where nobody asked`, async () => {
      const lines = new Lines();
      await using notes = Notes.start();
      await using system = new ActorSystem({ logger: lines });
      const ref = system.start(Ending, notes);
      ref.tell(message);
      await ref.stopped;
      assertEquals(await notes.proxy().read(), [
        message,
        ["onFailure", "RangeError: thrown"],
      ]);
      const [line, ...others] = lines.loud();
      assertEquals(others, []);
      assertEquals(line!.level, "error");
      assertStringIncludes(line!.text, `onReceive of Ending (${ref.actorUrn})`);
      assertInstanceOf(line!.data[0], RangeError);
      const error = await assertRejects(() => ref.ask("x").get());
      assertInstanceOf(error, ActorDeadError);
      assertEquals(error.reason, "failed");
      assertStrictEquals(String(error.cause), "RangeError: thrown");
    });
  }

  test("Actor fails when a deferred call throws", async () => {
    const lines = new Lines();
    await using notes = Notes.start();
    await using system = new ActorSystem({ logger: lines });
    const ref = system.start(Ending, notes);
    ref.proxy().throwing.defer();
    await ref.stopped;
    assertStringIncludes(lines.at("error")[0]!.text, "throwing of Ending");
  });

  test("Actor that fails settles what waits, and then runs onFailure()", async () => {
    const lines = new Lines();
    await using gate = Gate.start();
    await using notes = Notes.start();
    await using system = new ActorSystem({ logger: lines });
    const ref = system.start(Ending, notes, "passes", gate);
    ref.tell("throw");
    const asks = [ref.ask("one"), ref.proxy().throwing()];
    ref.tell("two");
    ref.tell("three");
    const stopped = ref.stop();
    for (const ask of asks) {
      const error = await assertRejects(() => ask.get(), ActorDeadError);
      assertEquals(error.reason, "failed");
      assertEquals(String(error.cause), "RangeError: thrown");
    }
    // The hook still runs: who asked has not waited for it.
    assert(!ref.isAlive());
    assertEquals(system.registry.getAll(), []);
    await assertRejects(() => ref.stopped.get({ timeout: 0 }), Timeout);
    await assertRejects(() => stopped.get({ timeout: 0 }), Timeout);
    await gate.proxy().open();
    assertEquals(await stopped, false);
    assertEquals(await notes.proxy().read(), [
      "throw",
      ["onFailure", "RangeError: thrown"],
      "passed",
    ]);
    const [letters, ...others] = lines.at("warn");
    assertEquals(others, []);
    assertStringIncludes(letters!.text, `2 messages to ${ref}`);
  });

  test("Actor that is stopped settles what is behind the stop before onStop() ends", async () => {
    const lines = new Lines();
    await using gate = Gate.start();
    await using notes = Notes.start();
    await using system = new ActorSystem({ logger: lines });
    const ref = system.start(Ending, notes, "passes", gate);
    ref.tell("before");
    const stopped = ref.stop();
    const asked = ref.ask("behind");
    ref.tell("behind");
    const error = await assertRejects(() => asked.get(), ActorDeadError);
    assertEquals(error.reason, "stopped");
    assert(!("cause" in error));
    assert(!ref.isAlive());
    assertEquals(system.registry.getAll(), []);
    await assertRejects(() => stopped.get({ timeout: 0 }), Timeout);
    await gate.proxy().open();
    assertEquals(await stopped, true);
    assertEquals(await notes.proxy().read(), ["before", "onStop", "passed"]);
    const [letters, ...others] = lines.loud();
    assertEquals(others, []);
    assertEquals(letters!.level, "warn");
    assertStringIncludes(letters!.text, `1 message`);
    assertStringIncludes(letters!.text, String(ref));
  });

  test("Actor writes no dead letters for asks, only for messages that nobody awaits", async () => {
    const lines = new Lines();
    await using notes = Notes.start();
    await using system = new ActorSystem({ logger: lines });
    const ref = system.start(Ending, notes);
    const stopped = ref.stop();
    const asked = ref.ask("behind");
    assertEquals(await stopped, true);
    await assertRejects(() => asked.get(), ActorDeadError);
    assertEquals(lines.loud(), []);
  });

  for (const how of ["throws", "rejects"] as const) {
    test(`Actor reports a hook of its end that ${how}, and ends all the same`, async () => {
      const lines = new Lines();
      await using notes = Notes.start();
      await using system = new ActorSystem({ logger: lines });
      const stopped = system.start(Ending, notes, how);
      assertEquals(await stopped.stop(), true);
      const failed = system.start(Ending, notes, how);
      failed.tell("throw");
      assertEquals(await failed.stop(), false);
      const texts = lines.at("error").map(({ text }) => text);
      assertEquals(texts.length, 3);
      assertStringIncludes(texts[0]!, `onStop of ${stopped}`);
      assertStringIncludes(texts[1]!, `onReceive of ${failed}`);
      assertStringIncludes(texts[2]!, `onFailure of ${failed}`);
      for (const line of lines.at("error")) {
        assertInstanceOf(line.data[0], RangeError);
      }
      assertEquals(await notes.proxy().read(), [
        "onStop",
        "throw",
        ["onFailure", "RangeError: thrown"],
      ]);
      assertEquals(system.registry.getAll(), []);
      const late = await assertRejects(() => failed.ask("x").get());
      assertInstanceOf(late, ActorDeadError);
      assertEquals([late.reason, String(late.cause)], [
        "failed",
        "RangeError: thrown",
      ]);
    });
  }

  test("Actor fails what its last hook asks of it", async () => {
    await using notes = Notes.start();
    const ref = Ending.start(notes, "asks");
    assertEquals(await ref.stop(), true);
    const [, [alive, error]] = await notes.proxy().read() as [
      string,
      [boolean, ActorDeadError],
    ];
    assertEquals(alive, false);
    assertInstanceOf(error, ActorDeadError);
    assertEquals(error.reason, "stopped");
  });

  test("Actor whose hook hangs is ended by a kill", async () => {
    const lines = new Lines();
    await using gate = Gate.start();
    await using notes = Notes.start();
    await using system = new ActorSystem({ logger: lines });
    const ref = system.start(Ending, notes, "passes", gate);
    const { stopped } = ref;
    const stopping = ref.stop();
    await gate.proxy().arrived();
    ref.kill();
    await stopped;
    // A stop ended it; the kill has only ended the wait.
    assertEquals(await stopping, true);
    const late = await assertRejects(() => ref.ask("x").get());
    assertInstanceOf(late, ActorDeadError);
    assertEquals(late.reason, "stopped");
    await gate.proxy().open();
    assertEquals(await notes.proxy().first(2), ["onStop", "passed"]);
    assertEquals(lines.loud(), []);
  });

  test("ActorRef.kill() ends the actor at once, and runs no hook", async () => {
    const lines = new Lines();
    await using notes = Notes.start();
    await using system = new ActorSystem({ logger: lines });
    const ref = system.start(Ending, notes);
    await ref.ask("before");
    const asked = ref.ask("waits");
    ref.tell("told");
    const stopping = ref.stop();
    ref.kill();
    assert(!ref.isAlive());
    assertEquals(system.registry.getAll(), []);
    const error = await assertRejects(() => asked.get(), ActorDeadError);
    assertEquals(error.reason, "killed");
    assert(!("cause" in error));
    assertEquals(await stopping, false);
    await ref.stopped;
    assertEquals(await notes.proxy().read(), ["before"]);
    const [letters, ...others] = lines.loud();
    assertEquals(others, []);
    assertStringIncludes(letters!.text, "1 message");
  });

  test("ActorRef.kill() fails the ask in progress with its reason as the cause", async () => {
    const lines = new Lines();
    await using gate = Gate.start();
    await using notes = Notes.start();
    await using system = new ActorSystem({ logger: lines });
    const ref = system.start(Ending, notes);
    const asks = [ref.proxy().hang(gate), ref.ask("waits")];
    await gate.proxy().arrived();
    ref.kill(new RangeError("enough"));
    for (const ask of asks) {
      const error = await assertRejects(() => ask.get(), ActorDeadError);
      assertEquals(error.reason, "killed");
      assertEquals(error.actorUrn, ref.actorUrn);
      assertInstanceOf(error.cause, RangeError);
    }
    await ref.stopped;
    await gate.proxy().open();
  });

  for (const outcome of ["returned", "threw"]) {
    test(`ActorRef.kill() drops and reports what the handler ${outcome} later`, async () => {
      const lines = new Lines();
      await using gate = Gate.start();
      await using notes = Notes.start();
      await using system = new ActorSystem({ logger: lines });
      const ref = system.start(Ending, notes);
      const proxy = ref.proxy();
      const asked = outcome === "threw"
        ? proxy.hangAndThrow(gate)
        : proxy.hang(gate);
      await gate.proxy().arrived();
      ref.kill();
      await assertRejects(() => asked.get(), ActorDeadError);
      await gate.proxy().open();
      const line = await lines.firstLoud();
      assertEquals(lines.loud().length, 1);
      assertEquals(line.level, outcome === "threw" ? "error" : "warn");
      assertStringIncludes(line.text, `of ${ref} ${outcome}`);
      assertStringIncludes(String(line.data[0]), "too late");
      const late = await assertRejects(() => ref.ask("x").get());
      assertInstanceOf(late, ActorDeadError);
      assertEquals(late.reason, "killed");
    });
  }

  for (
    const how of ["and returns", "and throws", "and promises", "asynchronously"]
  ) {
    test(`ActorRef.kill() works from inside a handler that kills ${how}`, async () => {
      const lines = new Lines();
      await using notes = Notes.start();
      await using system = new ActorSystem({ logger: lines });
      const events: string[] = [];
      for (const type of ["failed", "killed", "stopped"] as const) {
        system.addEventListener(type, (event) => events.push(event.type));
      }
      const ref = system.start(Ending, notes);
      const killing = ref.proxy().killItself(how, "suicide");
      const waiting = ref.ask("waits");
      for (const future of [killing, waiting]) {
        const error = await assertRejects(() => future.get(), ActorDeadError);
        assertEquals([error.reason, error.cause], ["killed", "suicide"]);
      }
      await ref.stopped;
      const line = await lines.firstLoud();
      assertStringIncludes(line.text, "after the actor was killed");
      assertStringIncludes(String(line.data[0]), "dropped");
      assertEquals(lines.loud().length, 1);
      assertEquals(events, ["killed"]);
      assertEquals(await notes.proxy().read(), []);
    });
  }

  for (const how of ["throws", "rejects"] as const) {
    test(`ActorRef.kill() works from inside onStart() that then ${how}`, async () => {
      const lines = new Lines();
      await using system = new ActorSystem({ logger: lines });
      const events: string[] = [];
      for (const type of ["failed", "killed"] as const) {
        system.addEventListener(type, (event) => events.push(event.type));
      }
      const ref = system.start(Suicidal, how);
      await ref.stopped;
      const line = await lines.firstLoud();
      assertStringIncludes(
        line.text,
        `onStart of ${ref} threw after the actor`,
      );
      assertEquals(lines.loud().length, 1);
      assertEquals(events, ["killed"]);
    });
  }

  test("ActorRef.kill() of an actor that has not begun to start runs nothing", async () => {
    await using notes = Notes.start();
    await using system = new ActorSystem({ logger: new Lines() });
    const ref = system.start(Ending, notes);
    const asked = ref.ask("first");
    ref.kill();
    const error = await assertRejects(() => asked.get(), ActorDeadError);
    assertEquals(error.reason, "killed");
    await ref.stopped;
    assertEquals(await notes.proxy().read(), []);
  });

  test("ActorRef.kill() counts once", async () => {
    const lines = new Lines();
    await using notes = Notes.start();
    await using system = new ActorSystem({ logger: lines });
    const ref = system.start(Ending, notes);
    ref.kill("first");
    ref.kill("second");
    await ref.stopped;
    const error = await assertRejects(() => ref.ask("x").get());
    assertInstanceOf(error, ActorDeadError);
    assertEquals(error.cause, "first");
    assertEquals(lines.loud(), []);
  });

  test("ActorRef.stop() can be answered by the actor that it stops", async () => {
    await using notes = Notes.start();
    const ref = Ending.start(notes);
    assertEquals(await ref.proxy().stopItself(), true);
    assert(!ref.isAlive());
    assertEquals(await notes.proxy().read(), ["onStop"]);
  });

  test("ActorRef.stop() waits for the handler at work", async () => {
    await using gate = Gate.start();
    await using notes = Notes.start();
    const ref = Ending.start(notes);
    const hanging = ref.proxy().hang(gate);
    await gate.proxy().arrived();
    const stopping = ref.stop();
    await assertRejects(() => stopping.get({ timeout: 0 }), Timeout);
    assert(ref.isAlive());
    await gate.proxy().open();
    assertEquals(await stopping, true);
    assertEquals(await hanging, "too late");
    assertEquals(await notes.proxy().read(), ["handler went on", "onStop"]);
  });

  test("Actor that ends harms no other actor's messages", async () => {
    await using notes = Notes.start();
    await using system = new ActorSystem({ logger: new Lines() });
    const sums = Array.from({ length: 10 }, () => system.start(Sum));
    const endings = Array.from(
      { length: 9 },
      () => system.start(Ending, notes),
    );
    const replies: Future<number>[] = [];
    for (let round = 1; round <= 3; round++) {
      for (const sum of sums) replies.push(sum.ask(round));
      for (const [i, ending] of endings.entries()) {
        if (round !== 2) continue;
        if (i % 3 === 0) ending.kill();
        else if (i % 3 === 1) ending.tell("throw");
        else ending.stop();
      }
    }
    await Promise.all(endings.map((ending) => ending.stopped.get()));
    assertEquals(
      await Promise.all(replies),
      [1, 3, 6].flatMap((total) => sums.map(() => total)),
    );
  });
});

/** Opens a gate at the end of a block. */
function opened(gate: ActorRef<Gate>): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => gate.proxy().open().get() };
}
