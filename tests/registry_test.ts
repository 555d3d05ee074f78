import {
  type ActorRef,
  ActorRegistry,
  ActorSystem,
  getAll,
  type Logger,
  Registry,
  Timeout,
} from "@dekka/actors";
import { mailboxOf } from "@dekka/actors/runtime";
import { Gate, Notes } from "./actors.ts";
import { type ActorBase, forEachRuntime, startFailure } from "./runtimes.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  FakeTime,
} from "./test.ts";

function define(Base: ActorBase) {
  abstract class Shape extends Base {
    heard: unknown[] = [];
    override onReceive(message: unknown): void {
      this.heard.push(message);
    }
  }
  class Square extends Shape {}
  class Circle extends Shape {}
  class Disc extends Circle {}
  class Other extends Base {
    heard: unknown[] = [];
    override onReceive(message: unknown): void {
      this.heard.push(message);
    }
  }

  /** Tells what it lives through, each with its name. */
  class Logged extends Base {
    constructor(
      readonly name: string,
      readonly notes: ActorRef<Notes>,
      readonly gate?: ActorRef<Gate>,
    ) {
      super();
    }
    override async onStop(): Promise<void> {
      this.notes.tell(`${this.name} stops`);
      await this.gate?.proxy().pass();
      await Promise.resolve();
      this.notes.tell(`${this.name} has stopped`);
    }
    async hang(gate: ActorRef<Gate>): Promise<void> {
      await gate.proxy().pass();
    }
    fail(): void {
      throw new Error("as told");
    }
  }

  /** Starts another one in its last moments. */
  class Parent extends Logged {
    override async onStop(): Promise<void> {
      this.actorSystem.start(Logged, "child", this.notes);
      await super.onStop();
    }
  }

  /** Starts two others in its last moments, and ends the second one. */
  class Guardian extends Logged {
    override async onStop(): Promise<void> {
      this.actorSystem.start(Logged, "ward", this.notes);
      this.actorSystem.start(Logged, "killed", this.notes).kill();
      await super.onStop();
    }
  }

  class Broken extends Base {
    constructor() {
      super();
      throw new Error("broken constructor");
    }
  }

  /** Looks itself up while it is constructed. */
  class Newborn extends Base {
    readonly found: number = this.actorSystem.registry.getAll().length;
  }

  return {
    Shape,
    Square,
    Circle,
    Disc,
    Other,
    Logged,
    Parent,
    Guardian,
    Broken,
    Newborn,
  };
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

function quiet(): ActorSystem {
  return new ActorSystem({ logger: silent });
}

/** Counts how often it is looked at what a registry could look for. */
function countReads(mailbox: object): { reads: number; restore(): void } {
  const own = new Map<string, PropertyDescriptor | undefined>();
  const count = {
    reads: 0,
    restore() {
      for (const [name, descriptor] of own) {
        Reflect.deleteProperty(mailbox, name);
        if (descriptor) Object.defineProperty(mailbox, name, descriptor);
      }
    },
  };
  const names = ["actorClass", "actorUrn", "knownUrn", "death"];
  // One of them may read another.
  const values = names.map((name) => Reflect.get(mailbox, name) as unknown);
  for (const [i, name] of names.entries()) {
    own.set(name, Object.getOwnPropertyDescriptor(mailbox, name));
    const value = values[i];
    const get = () => (count.reads++, value);
    Object.defineProperty(mailbox, name, { get, configurable: true });
  }
  return count;
}

forEachRuntime(define, (actors, test) => {
  const { Shape, Square, Circle, Disc, Other, Logged, Parent, Broken } = actors;
  const { Guardian } = actors;
  const { Newborn } = actors;

  // Look-ups.

  test("Registry.getAll() returns the running actors in the order of their start", async () => {
    await using system = quiet();
    assertEquals(system.registry.getAll(), []);
    const refs = [Square, Other, Disc, Square].map((Each: typeof Square) =>
      system.start(Each) as ActorRef
    );
    assertEquals(system.registry.getAll(), refs);
    await refs[1]!.stop();
    assertEquals(system.registry.getAll(), [refs[0]!, refs[2]!, refs[3]!]);
  });

  test("Registry.getAll() keeps the order of starts when some are registered again", async () => {
    await using system = quiet();
    const { registry } = system;
    const first = system.start(Square);
    const second = system.start(Square);
    registry.unregister(first);
    registry.register(first);
    assertEquals(registry.getAll(), [first, second]);
    assertEquals(registry.getByClass(Square), [first, second]);
  });

  test("Registry.getAll() returns a new array each time", async () => {
    await using system = quiet();
    const ref: ActorRef = system.start(Square);
    system.registry.getAll().length = 0;
    assertEquals(system.registry.getAll(), [ref]);
    const found = system.registry.getByClass(Square);
    found.length = 0;
    assertEquals(system.registry.getByClass(Square).length, 1);
  });

  test("Registry.getByClass() finds subclasses, also of abstract classes, in the order of their start", async () => {
    await using system = quiet();
    const { registry } = system;
    const square = system.start(Square);
    const disc = system.start(Disc);
    const other = system.start(Other);
    const circle = system.start(Circle);
    const second = system.start(Square);
    const found: ActorRef<InstanceType<typeof Shape>>[] = registry.getByClass(
      Shape,
    );
    assertEquals<ActorRef[]>(found, [square, disc, circle, second]);
    assertEquals<ActorRef[]>(registry.getByClass(Circle), [disc, circle]);
    assertEquals(registry.getByClass(Square), [square, second]);
    assertEquals(registry.getByClass(Disc), [disc]);
    assertEquals(registry.getByClass(Other), [other]);
    assertEquals(registry.getByClass(Parent), []);
  });

  test("Registry.getByClass() keeps the order of starts when some have ended", async () => {
    await using system = quiet();
    const refs = Array.from(
      { length: 12 },
      (_, i) => system.start(i % 2 === 0 ? Square : Disc) as ActorRef,
    );
    await refs[0]!.stop();
    await refs[5]!.stop();
    const more = system.start(Square);
    assertEquals<ActorRef[]>(system.registry.getByClass(Shape), [
      ...refs.filter((ref) => ref !== refs[0] && ref !== refs[5]),
      more,
    ]);
  });

  test("Registry.getByClassName() finds the classes of a name, but no subclasses", async () => {
    await using system = quiet();
    const { registry } = system;
    const circle = system.start(Circle);
    system.start(Disc);
    const namesake = system.start(
      class Circle extends Other {},
    );
    assertEquals<ActorRef[]>(
      registry.getByClassName("Circle"),
      [circle, namesake],
    );
    assertEquals(registry.getByClassName("Shape"), []);
    assertEquals(registry.getByClassName(""), []);
    assertEquals(registry.getByClassName("constructor"), []);
  });

  test("Registry.getByUrn() finds the actor of a URN", async () => {
    await using system = quiet();
    const { registry } = system;
    const ref = system.start(Square);
    const { actorUrn } = ref;
    assertStrictEquals<unknown>(registry.getByUrn(actorUrn), ref);
    assertEquals(registry.getByUrn(""), undefined);
    assertEquals(registry.getByUrn("urn:uuid:nobody"), undefined);
    assertEquals(registry.getByUrn("__proto__"), undefined);
    await ref.stop();
    assertEquals(registry.getByUrn(actorUrn), undefined);
  });

  test("Registry.getByUrn() finds an actor by the URN that it read itself", async () => {
    await using system = quiet();
    const ref = system.start(Square);
    const urn = await ref.proxy().actorUrn;
    assertStrictEquals<unknown>(system.registry.getByUrn(urn), ref);
  });

  test.unlessLater("Registry finds actors as soon as they are started, and not before", async () => {
    await using system = quiet();
    const ref = system.start(Newborn);
    assertEquals(system.registry.getAll().length, 1);
    assertEquals(await ref.proxy().found, 0);
  });

  test("Registry does not know an actor whose constructor threw", async () => {
    await using system = quiet();
    const error = await startFailure(() => system.start(Broken));
    assertEquals(String(error), "Error: broken constructor");
    assertEquals(system.registry.getAll(), []);
    assertEquals(system.registry.getByClass(Broken), []);
  });

  test("Registry hides an actor from when it stops, failed or is killed", async () => {
    await using system = quiet();
    await using notes = Notes.start();
    await using gate = Gate.start();
    const { registry } = system;
    const stopping = system.start(Logged, "a", notes, gate);
    const failing = system.start(Logged, "b", notes);
    const killed = system.start(Logged, "c", notes);
    const urns = [stopping, failing, killed].map((ref) => ref.actorUrn);
    const stopped = stopping.stop();
    failing.proxy().fail.defer();
    killed.kill();
    assertEquals(registry.getByUrn(killed.actorUrn), undefined);
    await getAll([failing.stopped, killed.stopped, gate.proxy().arrived()]);
    // The first one hangs in its hook.
    assertEquals(stopping.isAlive(), false);
    assertEquals(registry.getAll(), []);
    assertEquals(registry.getByClass(Logged), []);
    assertEquals(registry.getByClassName("Logged"), []);
    assertEquals(urns.map((urn) => registry.getByUrn(urn)), [
      undefined,
      undefined,
      undefined,
    ]);
    gate.proxy().open.defer();
    assertEquals(await stopped, true);
  });

  test("Registry looks at no other actors than those that it finds", async () => {
    await using system = quiet();
    const { registry } = system;
    const refs = Array.from({ length: 100 }, () => system.start(Square));
    const other = system.start(Other);
    await getAll([other, ...refs].map((ref) => ref.proxy().heard));
    const urns = refs.map((ref) => ref.actorUrn);
    const counts = refs.map((ref) => countReads(mailboxOf(ref as ActorRef)));
    const reads = () => counts.reduce((sum, { reads }) => sum + reads, 0);
    assertEquals<ActorRef[]>(registry.getByClass(Other), [other]);
    assertEquals(registry.getByClassName("Other"), [other]);
    assertStrictEquals(registry.getByUrn(other.actorUrn), other);
    assertEquals(registry.getByUrn("urn:uuid:nobody"), undefined);
    assertEquals(reads(), 0);
    registry.getByUrn(urns[50]!);
    assert(reads() <= 4, `${reads()} reads to find one actor`);
    for (const count of counts) count.restore();
  });

  // Registering.

  test("Registry.unregister() hides an actor, which lives on", async () => {
    await using system = quiet();
    const { registry } = system;
    const ref: ActorRef = system.start(Square);
    const urn = ref.actorUrn;
    registry.unregister(ref);
    registry.unregister(ref);
    assertEquals(registry.getAll(), []);
    assertEquals(registry.getByUrn(urn), undefined);
    assertEquals(registry.getByClass(Square), []);
    assertEquals(registry.getByClassName("Square"), []);
    assert(ref.isAlive());
    registry.register(ref);
    registry.register(ref);
    assertEquals(registry.getAll(), [ref]);
    assertStrictEquals(registry.getByUrn(urn), ref);
    assertEquals<ActorRef[]>(registry.getByClass(Square), [ref]);
  });

  test("Registry.unregister() right after the start hides an actor for good", async () => {
    await using system = quiet();
    const hidden = system.start(Square);
    const other = system.start(Square);
    system.registry.unregister(hidden);
    await other.stop();
    assertEquals(system.registry.getAll(), []);
    assertEquals(await hidden.stop(), true);
  });

  test("Registry.register() ignores a reference that is dead", async () => {
    await using system = quiet();
    const { registry } = system;
    const ref: ActorRef = system.start(Square);
    await ref.stop();
    registry.register(ref);
    assertEquals(registry.getAll(), []);
    assertEquals(registry.getByUrn(ref.actorUrn), undefined);
    registry.unregister(ref);
    assertEquals(await registry.stopAll(), []);
  });

  test("Registry.register() takes an actor into a registry of one's own", async () => {
    await using system = quiet();
    const mine = new Registry();
    const ref: ActorRef = system.start(Square);
    mine.register(ref);
    assertEquals(mine.getAll(), [ref]);
    assertEquals(system.registry.getAll(), [ref]);
    assertEquals(await mine.stopAll(), [true]);
    assertEquals(system.registry.getAll(), []);
    assertEquals(mine.getAll(), []);
  });

  test("Registry.register() makes an actor known by a URN that is read later", async () => {
    await using system = quiet();
    const mine = new Registry();
    const ref: ActorRef = system.start(Square);
    mine.register(ref);
    const { actorUrn } = ref;
    assertStrictEquals(mine.getByUrn(actorUrn), ref);
    assertStrictEquals(system.registry.getByUrn(actorUrn), ref);
  });

  test("Registry forgets an actor of another system that has ended", async () => {
    await using system = quiet();
    const mine = new Registry();
    const [ref, killed] = [system.start(Square), system.start(Circle)];
    mine.register(ref as ActorRef);
    mine.register(killed as ActorRef);
    await ref.stop();
    killed.kill();
    await killed.stopped;
    assertEquals(mine.getAll(), []);
    assertEquals(mine.getByClass(Square), []);
    assertEquals(mine.getByUrn(ref.actorUrn), undefined);
  });

  test("Registry does not learn the URN of an actor that it has forgotten", async () => {
    await using system = quiet();
    const hidden = system.start(Square);
    const ended = system.start(Square);
    await getAll([hidden.proxy().heard, ended.proxy().heard]);
    system.registry.unregister(hidden as ActorRef);
    await ended.stop();
    assertEquals(system.registry.getByUrn(hidden.actorUrn), undefined);
    assertEquals(system.registry.getByUrn(ended.actorUrn), undefined);
    assertEquals(await hidden.stop(), true);
  });

  // Broadcasts.

  test("Registry.broadcast() tells every running actor", async () => {
    await using system = quiet();
    const refs = [
      system.start(Square),
      system.start(Disc),
      system.start(Other) as unknown as ActorRef<InstanceType<typeof Shape>>,
    ];
    system.registry.broadcast("hello");
    const heard = await getAll(refs.map((ref) => ref.proxy().heard));
    assertEquals(heard, [["hello"], ["hello"], ["hello"]]);
  });

  test("Registry.broadcast() tells the actors of a class and its subclasses", async () => {
    await using system = quiet();
    const square = system.start(Square);
    const disc = system.start(Disc);
    const other = system.start(Other);
    system.registry.broadcast("shapes", Shape);
    system.registry.broadcast("circles", Circle);
    assertEquals(await square.proxy().heard, ["shapes"]);
    assertEquals(await disc.proxy().heard, ["shapes", "circles"]);
    assertEquals(await other.proxy().heard, []);
  });

  test("Registry.broadcast() tells the actors of a class name", async () => {
    await using system = quiet();
    const circle = system.start(Circle);
    const disc = system.start(Disc);
    system.registry.broadcast("circles", "Circle");
    system.registry.broadcast("nobody", "Nobody");
    assertEquals(await circle.proxy().heard, ["circles"]);
    assertEquals(await disc.proxy().heard, []);
  });

  test("Registry.broadcast() passes over actors that have ended", async () => {
    await using system = quiet();
    const mine = new Registry();
    const square = system.start(Square);
    const circle = system.start(Circle);
    mine.register(square as ActorRef);
    mine.register(circle as ActorRef);
    square.kill();
    mine.broadcast("hello");
    system.registry.broadcast("hello");
    assertEquals(await circle.proxy().heard, ["hello", "hello"]);
  });

  // Stopping.

  test("Registry.stopAll() stops one after another, the last started first", async () => {
    await using system = quiet();
    await using notes = Notes.start();
    for (const name of ["a", "b", "c"]) system.start(Logged, name, notes);
    assertEquals(await system.registry.stopAll(), [true, true, true]);
    assertEquals(await notes.proxy().read(), [
      "c stops",
      "c has stopped",
      "b stops",
      "b has stopped",
      "a stops",
      "a has stopped",
    ]);
    assertEquals(await system.registry.stopAll(), []);
  });

  test("Registry.stopAll() asks nobody to stop before the last has ended", async () => {
    await using system = quiet();
    await using notes = Notes.start();
    await using gate = Gate.start();
    const first = system.start(Logged, "a", notes);
    system.start(Logged, "b", notes, gate);
    const stopping = system.registry.stopAll();
    await gate.proxy().arrived();
    assert(first.isAlive());
    assertEquals(await notes.proxy().read(), ["b stops"]);
    gate.proxy().open.defer();
    assertEquals(await stopping, [true, true]);
    assertEquals(first.isAlive(), false);
  });

  test("Registry.stopAll() stops those too that start meanwhile", async () => {
    await using system = quiet();
    await using notes = Notes.start();
    system.start(Logged, "a", notes);
    system.start(Parent, "parent", notes);
    assertEquals(await system.registry.stopAll(), [true, true, true]);
    assertEquals(system.registry.getAll(), []);
    const read = await notes.proxy().read();
    assertEquals(read.toSorted(), [
      "a has stopped",
      "a stops",
      "child has stopped",
      "child stops",
      "parent has stopped",
      "parent stops",
    ]);
    // The child was the last to start, and there was nobody else at its turn.
    assertEquals(read.slice(0, 4), [
      "parent stops",
      "parent has stopped",
      "child stops",
      "child has stopped",
    ]);
  });

  test("Registry.stopAll() stops who starts meanwhile first, though who started after that has ended", async () => {
    await using system = quiet();
    await using notes = Notes.start();
    system.start(Logged, "a", notes);
    system.start(Guardian, "b", notes);
    system.start(Logged, "c", notes);
    await system.registry.stopAll();
    const read = await notes.proxy().read() as string[];
    assertEquals(read.filter((line) => line.endsWith("stops")), [
      "c stops",
      "b stops",
      "ward stops",
      "a stops",
    ]);
  });

  test("Registry.stopAll() waits for those that are stopping already", async () => {
    await using system = quiet();
    await using notes = Notes.start();
    await using gate = Gate.start();
    const hanging = system.start(Logged, "a", notes, gate);
    const stopped = hanging.stop();
    await gate.proxy().arrived();
    let ended = false;
    const stopping = system.registry.stopAll().finally(() => ended = true);
    // Those who start now have their turn when the first has ended.
    const late = system.start(Logged, "b", notes);
    assertEquals(await notes.proxy().read(), ["a stops"]);
    assertEquals([ended, late.isAlive()], [false, true]);
    gate.proxy().open.defer();
    assertEquals(await stopped, true);
    assertEquals(await stopping, [true, true]);
    assertEquals(late.isAlive(), false);
  });

  test("Registry.stopAll() has those that started later go before one that is stopping already", async () => {
    await using system = quiet();
    await using notes = Notes.start();
    await using gate = Gate.start();
    void system.start(Logged, "a", notes, gate).stop();
    await gate.proxy().arrived();
    const later = system.start(Logged, "b", notes);
    const stopping = system.registry.stopAll();
    await later.stopped;
    gate.proxy().open.defer();
    assertEquals(await stopping, [true, true]);
    assertEquals(await notes.proxy().read(), [
      "a stops",
      "b stops",
      "b has stopped",
      "a has stopped",
    ]);
  });

  test("Registry.stopAll() says whom a stop did not end", async () => {
    await using system = quiet();
    await using notes = Notes.start();
    system.start(Logged, "a", notes);
    const failing = system.start(Logged, "b", notes);
    failing.proxy().fail.defer();
    assertEquals(await system.registry.stopAll(), [false, true]);
  });

  test("Registry.stopAll() lets waiting messages be handled first", async () => {
    await using system = quiet();
    const square = system.start(Square);
    square.tell(1);
    const heard = square.proxy().heard;
    await system.registry.stopAll();
    assertEquals(await heard, [1]);
  });

  test("Registry.stopAll() fails with Timeout when one takes too long, and that goes on stopping", async () => {
    await using system = quiet();
    await using notes = Notes.start();
    await using gate = Gate.start();
    const first = system.start(Logged, "a", notes);
    const last = system.start(Logged, "b", notes, gate);
    {
      using time = new FakeTime();
      const stopping = system.registry.stopAll({ timeout: 1000 });
      const rejected = assertRejects(
        () => stopping,
        Timeout,
        "Cannot get reply of Logged.stop: nothing within 1000 ms",
      );
      await gate.proxy().arrived();
      await time.tickAsync(1000);
      await rejected;
    }
    assertEquals([first.isAlive(), last.isAlive()], [true, false]);
    gate.proxy().open.defer();
    await last.stopped;
    assertEquals(await system.registry.stopAll(), [true]);
    assertEquals((await notes.proxy().read()).slice(0, 2), [
      "b stops",
      "b has stopped",
    ]);
  });

  test("Registry.stopAll() has one deadline for all", async () => {
    await using system = quiet();
    await using notes = Notes.start();
    const gates = [Gate.start(), Gate.start()] as const;
    system.start(Logged, "a", notes, gates[1]);
    system.start(Logged, "b", notes, gates[0]);
    {
      using time = new FakeTime();
      const stopping = system.registry.stopAll({ timeout: 1000 });
      const rejected = assertRejects(() => stopping, Timeout);
      await gates[0].proxy().arrived();
      await time.tickAsync(900);
      gates[0].proxy().open.defer();
      await gates[1].proxy().arrived();
      await time.tickAsync(100);
      await rejected;
    }
    gates[1].proxy().open.defer();
    await system.registry.stopAll();
    for (const gate of gates) await gate.stop();
  });

  test("Registry.stopAll() fails with the reason of the signal", async () => {
    await using system = quiet();
    await using notes = Notes.start();
    await using gate = Gate.start();
    system.start(Logged, "a", notes, gate);
    const controller = new AbortController();
    const stopping = system.registry.stopAll({ signal: controller.signal });
    await gate.proxy().arrived();
    controller.abort(new RangeError("no longer"));
    await assertRejects(() => stopping, RangeError, "no longer");
    gate.proxy().open.defer();
    await system.registry.stopAll();
  });

  for (const timeout of [-1, NaN]) {
    test(`Registry.stopAll() refuses a timeout of ${timeout}, and stops nobody`, async () => {
      await using system = quiet();
      const ref = system.start(Square);
      await assertRejects(
        () => system.registry.stopAll({ timeout }),
        RangeError,
      );
      assert(ref.isAlive());
      await assertRejects(
        () => quiet().registry.stopAll({ timeout }),
        RangeError,
      );
    });
  }

  test("Registry.stopAll() with an aborted signal stops nobody", async () => {
    await using system = quiet();
    const ref = system.start(Square);
    const signal = AbortSignal.abort(new RangeError("no"));
    await assertRejects(() => system.registry.stopAll({ signal }), RangeError);
    assert(ref.isAlive());
  });

  test("Registry.stopAll() can be called twice at a time", async () => {
    await using system = quiet();
    await using notes = Notes.start();
    for (const name of ["a", "b"]) system.start(Logged, name, notes);
    await Promise.all([system.registry.stopAll(), system.registry.stopAll()]);
    assertEquals(system.registry.getAll(), []);
    assertEquals(await notes.proxy().read(), [
      "b stops",
      "b has stopped",
      "a stops",
      "a has stopped",
    ]);
  });

  test("Registry.stopAll() skips nobody because another was killed", async () => {
    await using system = quiet();
    await using notes = Notes.start();
    await using gate = Gate.start();
    const a = system.start(Logged, "a", notes);
    const b = system.start(Logged, "b", notes);
    const c = system.start(Logged, "c", notes, gate);
    const stopping = system.registry.stopAll();
    await gate.proxy().arrived();
    b.kill();
    c.kill();
    await stopping;
    assertEquals([a, b, c].map((ref) => ref.isAlive()), [false, false, false]);
    assertEquals(await notes.proxy().read(), [
      "c stops",
      "a stops",
      "a has stopped",
    ]);
  });

  // The default one.

  test("ActorRegistry knows the actors of the default system alone", async () => {
    await using system = quiet();
    const inside = Square.start();
    const outside = system.start(Square);
    assertEquals(ActorRegistry.getByClass(Square), [inside]);
    assertEquals(system.registry.getByClass(Square), [outside]);
    assertStrictEquals(ActorRegistry, ActorSystem.default.registry);
    await inside.stop();
    assertEquals(ActorRegistry.getByClass(Square), []);
  });
});
