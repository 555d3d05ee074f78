import {
  Actor,
  type ActorRef,
  ActorRegistry,
  ActorSystem,
  type Logger,
  Registry,
} from "@dekka/actors";
import { Gate, Notes } from "./actors.ts";
import { Lines } from "./lines.ts";
import { type ActorBase, forEachRuntime, startFailure } from "./runtimes.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
  test as testOnce,
} from "./test.ts";

/** A registry that takes only so many actors. */
class Limited extends Registry {
  override register(ref: ActorRef): void {
    if (this.getAll().length === 1) throw new RangeError("one is enough");
    super.register(ref);
  }
}

class LimitedSystem extends ActorSystem {
  override readonly registry: Registry = new Limited();
}

function define(Base: ActorBase) {
  /** Hands its reference out before it is registered. */
  class Hasty extends Base {
    constructor(refs: ActorRef[]) {
      super();
      refs.push(this.actorRef as ActorRef);
    }
  }

  class Child extends Base {
    constructor(readonly name = "child", readonly age = 0) {
      super();
    }
    isDefault(): boolean {
      return this.actorSystem === ActorSystem.default;
    }
  }

  class Parent extends Base {
    startBeside(name: string): ActorRef<Child> {
      return this.actorSystem.start(Child, name);
    }
    startByClass(name: string): ActorRef<Child> {
      return Child.start(name);
    }
    siblings(): number {
      return this.actorSystem.registry.getAll().length;
    }
    fail(): never {
      throw new RangeError("as told");
    }
    async askToFail(other: ActorRef<Parent>): Promise<void> {
      await null;
      void other.proxy().fail();
    }
  }

  class Logged extends Base {
    constructor(
      readonly name: string,
      readonly notes: ActorRef<Notes>,
      readonly gate?: ActorRef<Gate>,
    ) {
      super();
    }
    override async onStop(): Promise<void> {
      await this.gate?.proxy().pass();
      this.notes.tell(this.name);
    }
  }

  class Broken extends Base {
    constructor(message: string) {
      super();
      throw new RangeError(message);
    }
  }

  return { Child, Parent, Logged, Broken, Hasty };
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

function quiet(): ActorSystem {
  return new ActorSystem({ logger: silent });
}

forEachRuntime(define, ({ Child, Parent, Logged, Broken, Hasty }, test) => {
  test.unlessCopies("ActorSystem.start() fails with what its registry throws, and leaves no actor behind", async () => {
    await using system = new LimitedSystem();
    const refs: ActorRef[] = [];
    system.start(Hasty, refs);
    assertThrows(() => system.start(Hasty, refs), RangeError, "one is enough");
    const [first, second] = refs;
    assertEquals([first!.isAlive(), second!.isAlive()], [true, false]);
    assertEquals(await second!.stop(), false);
  });

  test("ActorSystem.start() starts an actor in the system", async () => {
    await using system = quiet();
    const ref = system.start(Child, "Ada", 36);
    assert(ref.isAlive());
    assertEquals(await ref.proxy().name, "Ada");
    assertEquals(await ref.proxy().age, 36);
    assertEquals(system.registry.getByClass(Child), [ref]);
    assertEquals(ActorRegistry.getByClass(Child), []);
    assertEquals(await ref.proxy().isDefault(), false);
  });

  test("ActorSystem.start() fails with what the constructor throws, and registers nothing", async () => {
    await using system = quiet();
    const error = await startFailure(() => system.start(Broken, "broken"));
    assertEquals(String(error), "RangeError: broken");
    assertEquals(system.registry.getAll(), []);
  });

  test("Actor.start() always starts in the default system", async () => {
    await using system = quiet();
    const parent = system.start(Parent);
    await using child = await parent.proxy().startByClass("Ada");
    assertEquals(await child.proxy().isDefault(), true);
    assertEquals(ActorRegistry.getByClass(Child), [child]);
    assertEquals(system.registry.getByClass(Child), []);
  });

  test("Actor.actorSystem starts actors beside the actor", async () => {
    await using system = quiet();
    const parent = system.start(Parent);
    const child = await parent.proxy().startBeside("Ada");
    assertEquals(await child.proxy().name, "Ada");
    assertEquals(system.registry.getByClass(Child), [child]);
    assertEquals(await parent.proxy().siblings(), 2);
    assertEquals(ActorRegistry.getByClass(Child), []);
  });

  test("ActorSystem keeps its actors apart from those of another", async () => {
    await using one = quiet();
    await using two = quiet();
    const first: ActorRef = one.start(Child);
    const second: ActorRef = two.start(Child);
    assertEquals(one.registry.getAll(), [first]);
    assertEquals(two.registry.getAll(), [second]);
    assertEquals(one.registry.getByUrn(second.actorUrn), undefined);
    await one.registry.stopAll();
    assertEquals([first.isAlive(), second.isAlive()], [false, true]);
  });

  test("ActorSystem stops its actors at the end of the block, the last started first", async () => {
    await using notes = Notes.start();
    const refs: ActorRef[] = [];
    {
      await using system = quiet();
      for (const name of ["a", "b", "c"]) {
        refs.push(system.start(Logged, name, notes));
      }
    }
    assertEquals(refs.map((ref) => ref.isAlive()), [false, false, false]);
    assertEquals(await notes.proxy().read(), ["c", "b", "a"]);
  });

  test("ActorSystem waits at the end of the block for hooks and those that stop already", async () => {
    await using notes = Notes.start();
    await using gate = Gate.start();
    const system = quiet();
    const ref = system.start(Logged, "slow", notes, gate);
    void ref.stop();
    await gate.proxy().arrived();
    let over = false;
    const disposed = system[Symbol.asyncDispose]().then(() => over = true);
    assertEquals(await notes.proxy().read(), []);
    assertEquals(over, false);
    gate.proxy().open.defer();
    await disposed;
    assertEquals(await notes.proxy().read(), ["slow"]);
  });

  test("ActorSystem stops its actors when the block throws", async () => {
    let ref: ActorRef | undefined;
    await assertRejects(
      async () => {
        await using system = quiet();
        ref = system.start(Child);
        await ref.proxy().actorUrn;
        throw new RangeError("in the block");
      },
      RangeError,
      "in the block",
    );
    assertEquals(ref?.isAlive(), false);
  });

  test("ActorSystem can be disposed again and again", async () => {
    const system = quiet();
    const ref = system.start(Child);
    await system[Symbol.asyncDispose]();
    await system[Symbol.asyncDispose]();
    assertEquals(ref.isAlive(), false);
  });

  test("ActorSystem reports the failures that nobody has read when it is disposed", async () => {
    const lines = new Lines();
    const others = new Lines();
    await using other = new ActorSystem({ logger: others });
    const unread = other.start(Parent).proxy().fail();
    let ref: ActorRef;
    {
      await using system = new ActorSystem({ logger: lines });
      const parent = system.start(Parent);
      ref = parent as ActorRef;
      void parent.proxy().fail();
      await assertRejects(() => parent.proxy().fail().get(), RangeError);
      await other.registry.getAll()[0]!.proxy().actorUrn;
    }
    assertEquals(lines.loud().map(({ level, text }) => [level, text]), [
      ["warn", `Failure of fail of ${ref} was never read`],
    ]);
    assertEquals(String(lines.loud()[0]?.data[0]), "RangeError: as told");
    assertEquals(others.loud(), []);
    await assertRejects(() => unread.get(), RangeError);
  });

  test.unlessThread("ActorSystem names the asker of a failure that nobody has read", async () => {
    const lines = new Lines();
    {
      await using system = new ActorSystem({ logger: lines });
      const [asker, other] = [system.start(Parent), system.start(Parent)];
      await asker.proxy().askToFail(other);
      await other.proxy().actorUrn;
    }
    const [line] = lines.loud();
    assert(line?.text.includes("asked by Parent.askToFail"), line?.text);
  });
});

testOnce("ActorSystem.default is the system of ActorRegistry", () => {
  assertInstanceOf(ActorSystem.default, ActorSystem);
  assertInstanceOf(ActorRegistry, Registry);
  assertStrictEquals(ActorSystem.default.registry, ActorRegistry);
});

testOnce("ActorSystem has options that can be left out and assigned", () => {
  const system = new ActorSystem();
  assertEquals(system.detectDeadlocks, true);
  assertStrictEquals(new ActorSystem({ logger: silent }).logger, silent);
  const off = new ActorSystem({ detectDeadlocks: false });
  assertEquals(off.detectDeadlocks, false);
  off.detectDeadlocks = true;
  off.logger = silent;
  assertStrictEquals(off.logger, silent);
});

testOnce("ActorSystem.start() refuses a class that has no runtime", () => {
  abstract class Homeless extends Actor {}
  class Plain {}
  const system = quiet();
  for (const Each of [class Lost extends Homeless {}, Plain]) {
    const error = assertThrows(
      () => system.start(Each as never),
      TypeError,
    );
    assertEquals(
      error.message,
      `Cannot start ${Each.name}: it is not an actor of a runtime, as a ` +
        "subclass of EventedActor is",
    );
  }
  assertThrows(() => system.start(undefined as never), TypeError);
  assertEquals(system.registry.getAll(), []);
});

testOnce("Actor.start() refuses a class that has no runtime", () => {
  class Lost extends Actor {}
  assertThrows(() => Lost.start(), TypeError, "Cannot start Lost");
});
