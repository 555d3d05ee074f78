import {
  Actor,
  ActorDeadError,
  type ActorRef,
  ActorRegistry,
  ActorSystem,
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
  assertThrows,
  test as plainTest,
} from "./test.ts";
import { Gate, Notes } from "./actors.ts";
import { Lines } from "./lines.ts";
import { type ActorBase, forEachRuntime, startFailure } from "./runtimes.ts";

function define(Base: ActorBase) {
  class Counter extends Base {
    constructor(public count = 0, readonly step = 1) {
      super();
    }
    add(n: number): number {
      return this.count += n * this.step;
    }
  }

  /** Notes the stages of its life. */
  class Living extends Base {
    constructor(readonly notes: ActorRef<Notes>) {
      super();
      notes.tell("constructor");
    }
    override onStart(): void {
      this.notes.tell("onStart");
    }
    override onStop(): void {
      this.notes.tell("onStop");
    }
    override onFailure(error: Error): void {
      this.notes.tell(`onFailure ${error.message}`);
    }
    override onReceive(message: string): string {
      this.notes.tell(message);
      if (message === "throw") throw new Error("thrown");
      return message;
    }
  }

  /** Takes its time to start. */
  class Slow extends Base {
    readonly stages: string[] = [];
    constructor(readonly gate: ActorRef<Gate>, toItself?: string) {
      super();
      const self: ActorRef<Slow> = this.actorRef;
      if (toItself !== undefined) self.tell(toItself);
    }
    override async onStart(): Promise<void> {
      this.stages.push("starts");
      await this.gate.proxy().pass();
      this.stages.push("started");
    }
    override onReceive(message: string): string[] {
      this.stages.push(message);
      return this.stages;
    }
  }

  /** Has fields where others have methods. */
  class Fields extends Base {
    readonly stages: string[] = [];
    override onStart: () => Promise<void> = async () => {
      await undefined;
      this.stages.push("onStart");
    };
    override onReceive = (message: string): string[] => {
      this.stages.push(message);
      return this.stages;
    };
  }

  /** Says itself what its reference refers to. */
  class Narrow extends Base {
    hasStarted = false;
    override get actorRef(): ActorRef<this> {
      return super.actorRef;
    }
    override onStart(): void {
      this.hasStarted = true;
    }
  }

  /** Throws in the constructor. */
  class Unborn extends Base {
    constructor(kind: string, notes?: ActorRef<Notes>) {
      super();
      const self: ActorRef = this.actorRef;
      if (notes) self.ask("anything").catch((error) => notes.tell(error));
      if (kind === "range") throw new RangeError("cannot be");
      throw undefined;
    }
  }

  /** Throws in `onStart()`. */
  class Stillborn extends Base {
    constructor(readonly notes: ActorRef<Notes>, readonly how: string) {
      super();
    }
    override onStart(): void | Promise<void> {
      const error = new RangeError("cannot start");
      if (this.how === "throws") throw error;
      return Promise.reject(error);
    }
    override onFailure(error: Error): void {
      this.notes.tell(["onFailure", error.message]);
    }
    override onStop(): void {
      this.notes.tell("onStop");
    }
    override onReceive(message: string): void {
      this.notes.tell(message);
    }
  }

  class Parent extends Base {
    readonly child: ActorRef<Counter>;
    readonly last: ActorRef<Counter>;
    constructor() {
      super();
      this.child = this.actorSystem.start(Counter, 5);
      this.last = this.actorSystem.start(Counter, 6);
    }
    sum(): number {
      return 11;
    }
  }

  /** Starts another actor before its own base class is constructed. */
  class Eager extends Base {
    readonly child: ActorRef<Counter>;
    constructor(child: ActorRef<Counter> = Eager.startChild()) {
      const second = Counter.start(8);
      super();
      this.child = child;
      second.stop();
    }
    static startChild(): ActorRef<Counter> {
      return Counter.start(7);
    }
  }

  /** Each holds the next. */
  class Chain extends Base {
    readonly next: ActorRef<Chain> | undefined;
    constructor(length: number) {
      super();
      if (length > 1) this.next = this.actorSystem.start(Chain, length - 1);
    }
  }

  /** Survives that an actor which it starts is not born. */
  class Midwife extends Base {
    readonly error: string;
    constructor() {
      super();
      this.error = this.#tryToStart();
    }
    #tryToStart(): string {
      try {
        this.actorSystem.start(Unborn, "range");
      } catch (error) {
        return String(error);
      }
      return "";
    }
  }

  /** Constructs an actor by hand, in different places. */
  class Maker extends Base {
    constructor(where: string) {
      if (where === "before super()") new Counter();
      super();
      if (where === "constructor") new Counter();
    }
    make(): string {
      return String(new Counter());
    }
  }

  class Introspective extends Base {
    readonly urnThen: string = this.actorUrn;
    readonly refThen: ActorRef = this.actorRef as ActorRef;
    urnNow(): string {
      return this.actorUrn;
    }
    refNow(): ActorRef {
      return this.actorRef as ActorRef;
    }
    startBeside(): ActorRef {
      return this.actorSystem.start(Counter);
    }
    startInDefault(): ActorRef {
      return Counter.start();
    }
  }

  /** Stops itself. */
  class Quitter extends Base {
    constructor(readonly notes: ActorRef<Notes>, when?: string) {
      super();
      if (when === "constructor") this.stop();
      if (when === "kill") this.actorRef.kill();
    }
    override onStart(): void {
      this.notes.tell("onStart");
    }
    override onStop(): void {
      this.notes.tell("onStop");
    }
    override onReceive(message: string): string {
      this.notes.tell(message);
      if (message.startsWith("stop")) this.stop();
      if (message === "stop thrice") this.stop(), this.stop();
      return message;
    }
  }

  class Mute extends Base {}

  /** Is another object than the one that starts. */
  class Single extends Base {
    constructor(other?: object) {
      if (other !== undefined) return other as Single;
      super();
    }
  }

  return {
    Counter,
    Living,
    Slow,
    Fields,
    Narrow,
    Unborn,
    Stillborn,
    Parent,
    Eager,
    Chain,
    Midwife,
    Maker,
    Introspective,
    Quitter,
    Mute,
    Single,
  };
}

forEachRuntime(define, (actors, test) => {
  const { Counter, Living, Slow, Unborn, Stillborn } = actors;
  const { Parent, Eager, Chain, Midwife, Maker } = actors;
  const { Introspective, Quitter, Mute, Fields, Narrow, Single } = actors;

  test("Actor.start() fails where the constructor returns another object", async () => {
    const error = await startFailure(() => Single.start({ name: "other" }));
    assertInstanceOf(error, TypeError);
    assertMatch(error.message, /^Cannot start Single .* made no actor$/);
    assertEquals(ActorRegistry.getByClass(Single), []);
    await using single = Single.start();
    assert(single.isAlive());
  });

  test("Actor.start() returns the reference of a registered actor at once", async () => {
    const counter = Counter.start();
    assert(counter.isAlive());
    assertStrictEquals(counter.actorClass, Counter);
    assert(ActorRegistry.getAll().includes(counter));
    assertStrictEquals(ActorRegistry.getByUrn(counter.actorUrn), counter);
    await counter.stop();
  });

  test.unlessLater("Actor.start() constructs the actor before it returns", async () => {
    await using notes = Notes.start();
    await using _living = Living.start(notes);
    notes.tell("start() is over");
    assertEquals(await notes.proxy().first(2), [
      "constructor",
      "start() is over",
    ]);
  });

  test("Actor.start() passes its arguments to the constructor", async () => {
    await using counter = Counter.start(3, 10);
    assertEquals(await counter.proxy().count, 3);
    assertEquals(await counter.proxy().add(2), 23);
    await using another = Counter.start();
    assertEquals(await another.proxy().count, 0);
  });

  test("Actor.onStart() runs after start() and before the first message", async () => {
    await using notes = Notes.start();
    await using living = Living.start(notes);
    notes.tell("start() is over");
    await living.ask("first");
    const stages = await notes.proxy().read();
    assertEquals(stages.filter((stage) => stage !== "constructor"), [
      "start() is over",
      "onStart",
      "first",
    ]);
  });

  test("Actor.onStart() runs though nobody sends a message", async () => {
    await using notes = Notes.start();
    await using _living = Living.start(notes);
    assertEquals(await notes.proxy().first(2), ["constructor", "onStart"]);
  });

  test("Actor.onStart() holds up the first message until it has ended", async () => {
    await using gate = Gate.start();
    await using slow = Slow.start(gate);
    const asked = slow.ask("asked");
    await gate.proxy().arrived();
    await assertRejects(() => asked.get({ timeout: 0 }), Timeout);
    await gate.proxy().open();
    assertEquals(await asked, ["starts", "started", "asked"]);
  });

  test("Actor.onStart() comes before what the constructor sent to its own actor", async () => {
    await using gate = Gate.start();
    await using slow = Slow.start(gate, "to itself");
    await gate.proxy().arrived();
    const asked = slow.ask("asked");
    await gate.proxy().open();
    assertEquals(await asked, ["starts", "started", "to itself", "asked"]);
  });

  test("Actor.onStart() may be a field", async () => {
    await using fields = Fields.start();
    assertEquals(await fields.ask("asked"), ["onStart", "asked"]);
  });

  test("Actor.onStart() runs where the class has an actorRef of its own", async () => {
    await using narrow = Narrow.start();
    assertEquals(await narrow.proxy().hasStarted, true);
  });

  test.unlessStub("Actor.start() takes a class behind a Proxy", async () => {
    const seen: unknown[] = [];
    const Seen = new Proxy(Counter, {
      construct(target, args) {
        seen.push(args);
        return new target(...args);
      },
    });
    const Bare = new Proxy(Counter, {});
    await using counter = Seen.start(3);
    await using bare = Bare.start(4);
    assertEquals(await counter.proxy().add(1), 4);
    assertEquals(await bare.proxy().add(1), 5);
    assertEquals(seen, [[3]]);
  });

  test("Actor.start() fails with the exception of the constructor and registers nothing", async () => {
    await using system = new ActorSystem({ logger: new Lines() });
    const error = await startFailure(() => system.start(Unborn, "range"));
    assertInstanceOf(error, RangeError);
    assertEquals(error.message, "cannot be");
    assertEquals(system.registry.getAll(), []);
    const nothing = await startFailure(() => system.start(Unborn, "undefined"));
    assertStrictEquals(nothing, undefined);
    assertEquals(system.registry.getAll(), []);
  });

  test.unlessLater("Actor.start() throws what the constructor throws, and logs nothing", async () => {
    const lines = new Lines();
    await using system = new ActorSystem({ logger: lines });
    assertThrows(
      () => system.start(Unborn, "range"),
      RangeError,
      "cannot be",
    );
    assertEquals(lines.loud(), []);
  });

  test("Actor.start() harms no later start by a constructor that throws", async () => {
    await using system = new ActorSystem({ logger: new Lines() });
    await startFailure(() => system.start(Unborn, "range"));
    await using counter = Counter.start(1);
    assertEquals(await counter.proxy().count, 1);
    assertThrows(() => new Counter(), TypeError);
  });

  test("Actor.start() fails what a constructor that throws has asked of its own actor", async () => {
    await using notes = Notes.start();
    await using system = new ActorSystem({ logger: new Lines() });
    await startFailure(() => system.start(Unborn, "range", notes));
    const [error] = await notes.proxy().first(1);
    assertInstanceOf(error, ActorDeadError);
    assertEquals(error.reason, "start-failed");
    assertEquals(String(error.cause), "RangeError: cannot be");
  });

  for (const how of ["throws", "rejects"]) {
    test(`Actor.onStart() that ${how} is reported, and onFailure() runs`, async () => {
      const lines = new Lines();
      await using notes = Notes.start();
      await using system = new ActorSystem({ logger: lines });
      const ref = system.start(Stillborn, notes, how);
      await ref.stopped;
      assertEquals(await notes.proxy().read(), [["onFailure", "cannot start"]]);
      const [line, ...others] = lines.at("error");
      assertEquals(others, []);
      assertStringIncludes(line!.text, `Stillborn (${ref.actorUrn})`);
      assertStringIncludes(line!.text, "onStart");
      assertInstanceOf(line!.data[0], RangeError);
      assertEquals(system.registry.getAll(), []);
    });

    test(`Actor.onStart() that ${how} fails what waits, with itself as the cause`, async () => {
      const lines = new Lines();
      await using notes = Notes.start();
      await using system = new ActorSystem({ logger: lines });
      const ref = system.start(Stillborn, notes, how);
      ref.tell("lost");
      const asked = ref.ask("asked");
      const stopped = ref.stop();
      const error = await assertRejects(() => asked.get(), ActorDeadError);
      assertEquals(error.reason, "start-failed");
      assertEquals(error.actorUrn, ref.actorUrn);
      assertInstanceOf(error.cause, RangeError);
      assertEquals(await stopped, false);
      assert(!ref.isAlive());
      const late = await assertRejects(
        () => ref.ask("x").get(),
        ActorDeadError,
      );
      assertEquals(late.reason, "start-failed");
      assertInstanceOf(late.cause, RangeError);
      const [letters] = lines.at("warn");
      assertStringIncludes(letters!.text, "1 message");
      assertEquals(await notes.proxy().read(), [["onFailure", "cannot start"]]);
    });
  }

  test("Actor is not constructed without start()", async () => {
    assertThrows(() => new Counter(), TypeError, "Counter.start()");
    await using maker = Maker.start("");
    await assertRejects(
      () => maker.proxy().make().get(),
      TypeError,
      "Counter.start()",
    );
    assert(maker.isAlive());
  });

  for (const where of ["before super()", "constructor"]) {
    test(`Actor is not constructed by the way, in the constructor of another (${where})`, async () => {
      await using system = new ActorSystem({ logger: new Lines() });
      const error = await startFailure(() => system.start(Maker, where));
      assertInstanceOf(error, TypeError);
      assertStringIncludes(error.message, "Counter.start()");
      await using counter = Counter.start(2);
      assertEquals(await counter.proxy().count, 2);
    });
  }

  test("Actor.start() works in the constructor of another actor", async () => {
    await using system = new ActorSystem();
    const parent = system.start(Parent);
    assertEquals(await parent.proxy().sum(), 11);
    const [child, last] = [
      await parent.proxy().child,
      await parent.proxy().last,
    ];
    assertEquals(await child.proxy().count, 5);
    assertEquals(await last.proxy().count, 6);
    assertEquals(system.registry.getByClass(Counter), [child, last]);
  });

  test("Actor.start() works before super() of another actor, by way of a static method too", async () => {
    const eager = Eager.start();
    const child = await eager.proxy().child;
    assertEquals(await child.proxy().count, 7);
    assertStrictEquals(eager.actorClass, Eager);
    await child.stop();
    await eager.stop();
  });

  test("Actor.start() nests in constructors of the same class", async () => {
    await using system = new ActorSystem();
    let link: ActorRef<InstanceType<typeof Chain>> | undefined = system.start(
      Chain,
      10,
    );
    let length = 0;
    for (; link !== undefined; length++) link = await link.proxy().next;
    assertEquals(length, 10);
    assertEquals(system.registry.getByClass(Chain).length, 10);
  });

  test.unlessLater("Actor.start() goes on when a start in the constructor throws", async () => {
    await using system = new ActorSystem();
    const midwife = system.start(Midwife);
    assertEquals(await midwife.proxy().error, "RangeError: cannot be");
    assertEquals(system.registry.getAll(), [midwife]);
  });

  test("Actor.actorUrn and Actor.actorRef are those of the reference, from the constructor on", async () => {
    await using ref = Introspective.start();
    const proxy = ref.proxy();
    assertMatch(
      ref.actorUrn,
      /^urn:uuid:[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
    );
    assertEquals(await proxy.urnThen, ref.actorUrn);
    assertEquals(await proxy.urnNow(), ref.actorUrn);
    assertStrictEquals(await proxy.refThen, ref);
    assertStrictEquals(await proxy.refNow(), ref);
    assertEquals(await proxy.actorUrn, ref.actorUrn);
    assertStrictEquals(proxy.actorRef, ref);
  });

  test("Actor.actorUrn is never used again", async () => {
    const urns = new Set<string>();
    for (let i = 0; i < 20; i++) {
      await using counter = Counter.start();
      urns.add(counter.actorUrn);
      await counter.stop();
      urns.add(counter.actorUrn);
    }
    assertEquals(urns.size, 20);
  });

  test("Actor.actorSystem starts actors beside, Actor.start() in the default system", async () => {
    await using system = new ActorSystem();
    const ref = system.start(Introspective);
    const beside = await ref.proxy().startBeside();
    assertEquals(system.registry.getByClass(Counter), [beside]);
    await using inDefault = await ref.proxy().startInDefault();
    assertEquals(system.registry.getByClass(Counter), [beside]);
    assert(ActorRegistry.getAll().includes(inDefault));
    assert(!ActorRegistry.getAll().includes(beside));
  });

  test("Actor.stop() from a handler lets the messages before it be handled first", async () => {
    const lines = new Lines();
    await using notes = Notes.start();
    await using system = new ActorSystem({ logger: lines });
    const quitter = system.start(Quitter, notes);
    const replies = ["one", "stop", "behind"].map((m) => quitter.ask(m));
    assertEquals(await Promise.all(replies), ["one", "stop", "behind"]);
    await quitter.stopped;
    assertEquals(await notes.proxy().read(), [
      "onStart",
      "one",
      "stop",
      "behind",
      "onStop",
    ]);
    assertEquals(lines.loud(), []);
  });

  test("Actor.stop() counts once however often it is called", async () => {
    await using notes = Notes.start();
    const quitter = Quitter.start(notes);
    assertEquals(await quitter.ask("stop thrice"), "stop thrice");
    await quitter.stopped;
    assertEquals(await notes.proxy().read(), [
      "onStart",
      "stop thrice",
      "onStop",
    ]);
  });

  test("Actor.stop() in a constructor ends the actor after its start", async () => {
    await using notes = Notes.start();
    const quitter = Quitter.start(notes, "constructor");
    assert(quitter.isAlive());
    await quitter.stopped;
    assertEquals(await notes.proxy().read(), ["onStart", "onStop"]);
  });

  test("Actor that kills itself in its constructor never starts", async () => {
    await using notes = Notes.start();
    await using system = new ActorSystem();
    const quitter = system.start(Quitter, notes, "kill");
    await quitter.stopped;
    assert(!quitter.isAlive());
    assertEquals(system.registry.getAll(), []);
    assertEquals(await quitter.stop(), false);
    assertEquals(await notes.proxy().read(), []);
  });

  test("Actor runs its hooks in order, each once, when it is stopped", async () => {
    await using notes = Notes.start();
    const living = Living.start(notes);
    living.tell("message");
    assertEquals(await living.stop(), true);
    assertEquals(await living.stop(), false);
    assertEquals(await notes.proxy().read(), [
      "constructor",
      "onStart",
      "message",
      "onStop",
    ]);
  });

  test("Actor runs onFailure() and not onStop() when it fails", async () => {
    await using notes = Notes.start();
    await using system = new ActorSystem({ logger: new Lines() });
    const living = system.start(Living, notes);
    living.tell("throw");
    living.tell("behind");
    await living.stopped;
    assertEquals(await notes.proxy().read(), [
      "constructor",
      "onStart",
      "throw",
      "onFailure thrown",
    ]);
  });

  test("Actor without hooks and onReceive() starts, stops and is killed", async () => {
    assertEquals(await Mute.start().stop(), true);
    const killed = Mute.start();
    killed.kill();
    await killed.stopped;
  });

  test("Actor without onReceive() fails an ask with TypeError and lives on", async () => {
    const lines = new Lines();
    await using system = new ActorSystem({ logger: lines });
    const counter = system.start(Counter, 1);
    const error = await assertRejects(
      () => counter.ask("what?").get(),
      TypeError,
      `Counter (${counter.actorUrn})`,
    );
    assertStringIncludes(error.message, "onReceive()");
    assertEquals(await counter.proxy().count, 1);
    assertEquals(lines.loud(), []);
  });

  test("Actor without onReceive() reports a tell and lives on", async () => {
    const lines = new Lines();
    await using system = new ActorSystem({ logger: lines });
    const counter = system.start(Counter, 1);
    counter.tell({ what: "is this" });
    assertEquals(await counter.proxy().count, 1);
    const [line, ...others] = lines.loud();
    assertEquals(others, []);
    assertEquals(line!.level, "warn");
    assertStringIncludes(line!.text, `Counter (${counter.actorUrn})`);
    assertEquals(line!.data, [{ what: "is this" }]);
  });
});

plainTest("Actor.start() refuses a class that has no runtime", () => {
  class Bare extends Actor {}
  const error = assertThrows(() => Bare.start(), TypeError);
  assertStringIncludes(error.message, "Bare");
  assertStringIncludes(error.message, "EventedActor");
  class NoActor {}
  assertThrows(
    () => ActorSystem.default.start(NoActor as never),
    TypeError,
    "NoActor",
  );
});
