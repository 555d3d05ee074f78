import {
  ActorDeadError,
  type ActorRef,
  ActorSystem,
  type Future,
  getAll,
  traversable,
} from "@dekka/actors";
import { isHidden, kindOf } from "../members.ts";
import { Lines } from "./lines.ts";
import { type ActorBase, forEachRuntime } from "./runtimes.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  test as testOnce,
} from "./test.ts";

function define(Base: ActorBase) {
  class Thermostat extends Base {
    celsius = 20;
    label: string | undefined = "hall";
    writes: number[] = [];
    readonly model: string = "T-1";
    declare fixed: number;
    part = traversable({ level: 1 });
    static shared = 1;
    #steps = 1;

    constructor() {
      super();
      Object.defineProperty(this, "fixed", { value: 3 });
    }
    get kelvin(): number {
      return this.celsius + 273;
    }
    get fahrenheit(): number {
      return this.celsius * 1.8 + 32;
    }
    set fahrenheit(value: number) {
      this.writes.push(value);
      this.celsius = (value - 32) / 1.8;
    }
    set steps(value: number) {
      if (value < 0) throw new RangeError("steps go up");
      this.#steps = value;
    }
    set slowly(value: number) {
      this.celsius = value;
    }
    stepsTaken(): number {
      return this.#steps;
    }
    warm(by: number): number {
      return this.celsius += by;
    }
    async warmLater(by: number): Promise<number> {
      await Promise.resolve();
      return this.warm(by);
    }
  }
  class Sub extends Thermostat {
    override get kelvin(): number {
      return super.kelvin + 1;
    }
  }
  /** Cannot be changed. */
  class Frozen extends Thermostat {
    constructor() {
      super();
      Object.freeze(this);
    }
  }

  return { Thermostat, Frozen, Sub };
}

forEachRuntime(define, ({ Thermostat, Frozen, Sub }, test) => {
  /** Sets what TypeScript would not let one set. */
  function set(ref: ActorRef, name: unknown, value: unknown): Future<void> {
    return ref.set(name as never, value as never);
  }

  function quiet(): ActorSystem {
    return new ActorSystem({ logger: new Lines() });
  }

  test("ActorRef.set() assigns a public attribute", async () => {
    await using ref = Thermostat.start();
    assertEquals(await ref.set("celsius", 25), undefined);
    assertEquals(await ref.proxy().celsius, 25);
    await ref.set("label", undefined);
    assertEquals(await ref.proxy().label, undefined);
  });

  test("ActorRef.set() is in order with everything else", async () => {
    await using ref = Thermostat.start();
    const proxy = ref.proxy();
    const outcomes = getAll([
      proxy.warmLater(1),
      ref.set("celsius", 5),
      proxy.celsius,
      proxy.warm(1),
    ]);
    assertEquals(await outcomes, [21, undefined, 5, 6]);
  });

  test("ActorRef.set() runs a setter once, on the actor", async () => {
    await using ref = Thermostat.start();
    await ref.set("fahrenheit", 212);
    assertEquals(await ref.proxy().celsius, 100);
    assertEquals(await ref.proxy().writes, [212]);
    await ref.set("steps", 4);
    assertEquals(await ref.proxy().stepsTaken(), 4);
  });

  test("ActorRef.set() works through setters of a superclass", async () => {
    await using ref = Sub.start();
    await ref.set("fahrenheit", 212);
    assertEquals(await ref.proxy().kelvin, 374);
  });

  test("ActorRef.set() replaces a traversable attribute as a whole", async () => {
    await using ref = Thermostat.start();
    const part: unknown = { level: 2 };
    await set(ref as ActorRef, "part", part);
    // The new one is not marked.
    assertEquals(await (ref.proxy().part as unknown as Future<unknown>), part);
  });

  test("ActorRef.set() passes on what a setter throws, and the actor lives on", async () => {
    await using system = quiet();
    const ref = system.start(Thermostat);
    await assertRejects(() => ref.set("steps", -1).get(), RangeError, "go up");
    assertEquals(await ref.proxy().stepsTaken(), 1);
  });

  for (
    const [name, why] of [
      ["kelvin", "it is read-only"],
      ["fixed", "it is read-only"],
      ["actorUrn", "it is read-only"],
      ["actorRef", "it is read-only"],
      ["warm", "it is a method"],
      ["stop", "it is a method"],
      ["nope", "there is no such public member"],
      ["shared", "there is no such public member"],
      ["#steps", "there is no such public member"],
      ["_private", "there is no such public member"],
      ["onStop", "there is no such public member"],
      ["onReceive", "there is no such public member"],
      ["actorSystem", "there is no such public member"],
      ["signal", "there is no such public member"],
      ["constructor", "there is no such public member"],
      ["__proto__", "there is no such public member"],
      ["toString", "there is no such public member"],
      ["then", "there is no such public member"],
      ["part.level", "there is no such public member"],
      ["", "there is no such public member"],
    ]
  ) {
    test(`ActorRef.set() refuses ${JSON.stringify(name)}, because ${why}`, async () => {
      const lines = new Lines();
      await using system = new ActorSystem({ logger: lines });
      const ref = system.start(Thermostat);
      const error = await assertRejects(
        () => set(ref as ActorRef, name, 1).get(),
        TypeError,
      );
      assertEquals(error.message, `Cannot set Thermostat.${name}: ${why}`);
      assertEquals(await ref.proxy().warm(1), 21);
      assertEquals(await ref.proxy().fixed, 3);
    });
  }

  test("ActorRef.set() refuses what cannot be changed in a frozen actor", async () => {
    await using system = quiet();
    const ref = system.start(Frozen);
    await assertRejects(
      () => ref.set("celsius", 1).get(),
      TypeError,
      "Cannot set Frozen.celsius: it is read-only",
    );
    assertEquals(await ref.proxy().celsius, 20);
  });

  test("ActorRef.set() writes what is read-only in TypeScript alone", async () => {
    await using ref = Thermostat.start();
    await set(ref as ActorRef, "model", "T-2");
    assertEquals(await ref.proxy().model, "T-2");
  });

  test("ActorRef.set() fails with ActorDeadError when the actor has ended", async () => {
    const ref = Thermostat.start();
    await ref.stop();
    const error = await assertRejects(
      () => ref.set("celsius", 1).get(),
      ActorDeadError,
    );
    assertEquals(error.reason, "stopped");
  });

  test("ActorRef.set() that waits when the actor stops fails with ActorDeadError", async () => {
    await using system = quiet();
    const ref = system.start(Thermostat);
    const stopped = ref.stop();
    const setting = ref.set("celsius", 1);
    await assertRejects(() => setting.get(), ActorDeadError);
    assertEquals(await stopped, true);
  });
});

class Base {
  inherited = 1;
  method(): void {}
  get getter(): number {
    throw new Error("a getter must not be run");
  }
}

class Derived extends Base {
  own: unknown = null;
  part = traversable({ deep: traversable({ fn() {}, n: 1 }), plain: { n: 1 } });
  fn = () => {};
  Class = class {};
}

testOnce("kindOf() says what a name is, without running a getter", () => {
  const root = new Derived();
  const kinds = (paths: string[]) =>
    paths.map((path) => kindOf(root, path.split(".")));
  assertEquals(kinds(["own", "inherited", "getter", "part.plain"]), [
    "attribute",
    "attribute",
    "attribute",
    "attribute",
  ]);
  assertEquals(kinds(["method", "fn", "Class", "part.deep.fn"]), [
    "method",
    "method",
    "method",
    "method",
  ]);
  assertEquals(kinds(["part", "part.deep"]), ["traversable", "traversable"]);
  assertEquals(kinds(["nope", "part.nope", "part.plain.n", "getter.n"]), [
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

testOnce("kindOf() sees the nearest property of a name", () => {
  const root = Object.assign(Object.create({ name: () => {} }), { name: 1 });
  assertEquals(kindOf(root, ["name"]), "attribute");
  delete root.name;
  assertEquals(kindOf(root, ["name"]), "method");
  const bare = Object.assign(Object.create(null), { name: 1 });
  assertEquals(kindOf(bare, ["name"]), "attribute");
  assertEquals(kindOf(bare, ["toString"]), undefined);
});

testOnce(
  "kindOf() looks through members that were marked on a prototype",
  () => {
    // What is marked is the object itself: who inherits the mark has it, too.
    const marked = traversable({ n: 1 });
    const root = { part: Object.create(marked), copy: { ...marked } };
    assertEquals(kindOf(root, ["part", "n"]), "attribute");
    assertEquals(kindOf(root, ["copy", "n"]), undefined);
  },
);

testOnce("isHidden() is true of what is no name, too", () => {
  const hidden = [undefined, null, 1, Symbol("s"), {}, [], "_", "_x", "then"];
  assert(hidden.every(isHidden));
  assertEquals(["x", "x_", "$", "stop", "0"].filter(isHidden), []);
});
