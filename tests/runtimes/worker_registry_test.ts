import {
  Actor,
  ActorDeadError,
  type ActorRef,
  ActorRegistry,
  ActorSystem,
  EventedActor,
} from "@dekka/actors";
import { WorkerActor, workers } from "@dekka/actors/worker";
import fc from "fast-check";
import {
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
  delay,
  test,
  testUnless,
} from "../test.ts";
import { Animal, Dog, Sheep } from "./worker/animals.ts";
import {
  type Deed,
  Helper,
  type Keeper,
  Lodger,
  Shepherd,
} from "./worker/shepherds.ts";
import { Homeless, Stray } from "./worker/strays.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Without it, a thread cannot wait for another. */
const isUnshared = typeof SharedArrayBuffer === "undefined" &&
  "there is no shared memory";

function createSystem(): ActorSystem {
  return new ActorSystem({ logger: silent });
}

/** Waits until something holds that other threads bring about. */
async function until(holds: () => unknown): Promise<void> {
  while (!await holds()) await delay(1);
}

/** Does something while all actors share a Worker. */
async function withOneWorker(run: () => Promise<void>): Promise<void> {
  const { size } = workers;
  workers.size = 1;
  try {
    await run();
  } finally {
    workers.size = size;
  }
}

function names(refs: readonly ActorRef[]): string[] {
  return refs.map(({ actorClass }) => actorClass.name);
}

test("Registry lists evented actors that were started in a Worker, and knows their classes", async () => {
  const Other = { Dog: class extends Animal {} }.Dog;
  await using system = createSystem();
  const { registry } = system;
  const shepherd = system.start(Shepherd);
  const sheep = system.start(Sheep);
  await shepherd.proxy().start("Dog");
  await shepherd.proxy().start("Helper");
  const [, , dog, helper] = registry.getAll();
  assertEquals(names(registry.getAll()), [
    "Shepherd",
    "Sheep",
    "Dog",
    "Helper",
  ]);
  assertEquals(registry.getByClass(Dog), [dog]);
  assertEquals(registry.getByClass(Animal), [sheep, dog]);
  assertEquals(registry.getByClass(Helper), [helper]);
  assertEquals(registry.getByClass(EventedActor), [sheep, dog, helper]);
  assertEquals(registry.getByClass(WorkerActor), [shepherd]);
  assertEquals(registry.getByClass(Actor), [shepherd, sheep, dog, helper]);
  assertEquals(registry.getByClass(Other), []);
  assertEquals(registry.getByClassName("Dog"), [dog]);
  assertStrictEquals(registry.getByUrn(dog!.actorUrn), dog);
  assertEquals(await (dog as ActorRef<Dog>).proxy().bark(), "woof");
  assertEquals(ActorRegistry.getAll(), []);
  assertEquals(await dog!.stop(), true);
  assertEquals(registry.getAll(), [shepherd, sheep, helper]);
  assertEquals(registry.getByClass(Dog), []);
});

testUnless(
  isUnshared,
  "Registry lists the actors of all threads in a Worker",
  async () => {
    await using other = Sheep.start(); // of another system
    await using system = createSystem();
    const { registry } = system;
    const one = system.start(Shepherd);
    const two = system.start(Shepherd);
    const sheep = system.start(Sheep);
    await one.proxy().start("Dog");
    await two.proxy().start("Helper");
    const [dog, helper] = registry.getAll().slice(3);
    const all = [one, two, sheep, dog, helper];
    for (const proxy of [one.proxy(), two.proxy()]) {
      assertEquals<unknown>(await proxy.all(), all);
      assertEquals<unknown>(await proxy.byClass("Actor"), all);
      assertEquals<unknown>(await proxy.byClass("Keeper"), [one, two]);
      assertEquals<unknown>(await proxy.byClass("Shepherd"), [one, two]);
      assertEquals<unknown>(await proxy.byClass("WorkerActor"), [one, two]);
      assertEquals<unknown>(await proxy.byClass("EventedActor"), [
        sheep,
        dog,
        helper,
      ]);
      assertEquals<unknown>(await proxy.byClass("Animal"), [sheep, dog]);
      assertEquals<unknown>(await proxy.byClass("Dog"), [dog]);
      assertEquals<unknown>(await proxy.byClass("Helper"), [helper]);
      assertEquals<unknown>(await proxy.byClass("Stray"), []);
      assertEquals<unknown>(await proxy.byName("Sheep"), [sheep]);
      assertEquals<unknown>(await proxy.byName("Goat"), []);
      for (const ref of all) {
        assertStrictEquals(await proxy.byUrn(ref!.actorUrn), ref);
      }
      assertEquals(await proxy.byUrn(other.actorUrn), undefined);
      assertEquals(await proxy.byUrn("urn:nobody"), undefined);
    }
    await helper!.stop();
    assertEquals<unknown>(await one.proxy().all(), [one, two, sheep, dog]);
  },
);

testUnless(
  isUnshared,
  "Registry finds in a Worker what was started there in the same turn",
  async () => {
    await using system = createSystem();
    const proxy = system.start(Shepherd).proxy();
    assertEquals(await proxy.startAndFind("Sheep"), [true, true, true, true]);
    assertEquals(await proxy.startAndFind("Stray"), [true, true, true, true]);
  },
);

testUnless(
  isUnshared,
  "Registry lists any number of actors in a Worker",
  async () => {
    await using system = createSystem();
    const shepherd = system.start(Shepherd);
    assertEquals(await shepherd.proxy().count(), 1);
    const sheep = Array.from({ length: 500 }, () => system.start(Sheep));
    await shepherd.proxy().start("Dog", 500);
    assertEquals(await shepherd.proxy().count(), 1001);
    assertEquals<unknown>(await shepherd.proxy().byClass("Sheep"), sheep);
    assertEquals<unknown>(
      await shepherd.proxy().all(),
      system.registry.getAll(),
    );
  },
);

testUnless(
  isUnshared,
  "Registry lists actors in a Worker while the main thread is busy",
  async () => {
    await using system = createSystem();
    const shepherd = system.start(Shepherd);
    await shepherd.proxy().start("Dog");
    const asked = Array.from({ length: 10 }, () => shepherd.proxy().count());
    await undefined; // they are sent
    const end = performance.now() + 50;
    while (performance.now() < end);
    for (const ask of asked) assertEquals(await ask, 2);
  },
);

testUnless(
  isUnshared,
  "Registry lists actors while a module is being loaded in a Worker, and in a constructor",
  async () => {
    await using _sheep = Sheep.start();
    await using shepherd = Shepherd.start();
    assertEquals(await shepherd.proxy().foundFirst(), [2, 2]);
  },
);

testUnless(
  isUnshared,
  "Registry lists actors in onStop() in a Worker, without those that stop",
  async () => {
    await using system = createSystem();
    const sheep = system.start(Sheep);
    const shepherd = system.start(Shepherd);
    await shepherd.proxy().sayGoodbye(sheep);
    await shepherd.stop();
    assertEquals(await sheep.proxy().notes(), [[sheep]]);
  },
);

testUnless(
  isUnshared,
  "Registry lists actors in a Worker for a handler that goes on after kill()",
  async () => {
    await using system = createSystem();
    const dog = system.start(Dog);
    await withOneWorker(async () => {
      const [killed, _other] = [system.start(Lodger), system.start(Lodger)];
      const lingering = killed.proxy().linger(dog);
      await until(async () => (await dog.proxy().notes()).length === 1);
      killed.kill();
      await assertRejects(() => lingering.get());
      await until(async () => (await dog.proxy().notes()).length === 2);
      assertEquals(await dog.proxy().notes(), ["lingers", 1]);
    });
  },
);

testUnless(
  isUnshared,
  "Registry lists an actor in a Worker before its start has come there",
  async () => {
    await using system = createSystem();
    await withOneWorker(async () => {
      const lodger = system.start(Lodger);
      const flags = new Int32Array(new SharedArrayBuffer(8));
      const spinning = lodger.proxy().spinAndBroadcast(flags, "hello");
      await until(() => Atomics.load(flags, 0));
      const late = system.start(Lodger); // on the same Worker, which is busy
      await undefined; // it is sent
      late.tell("again");
      Atomics.store(flags, 1, 1);
      await spinning;
      await until(async () => (await late.proxy().notes()).length === 2);
      const notes = await late.proxy().notes() as string[];
      assertEquals(notes.sort(), ["again", "hello"]);
    });
  },
);

test("Registry.getByClass() finds actors of a class that a Worker has loaded first", async () => {
  await using system = createSystem();
  const { registry } = system;
  const shepherd = system.start(Shepherd);
  await shepherd.proxy().start("Stray");
  const [stray] = registry.getByClassName("Stray");
  assertEquals(registry.getByClass(Homeless), [stray]);
  assertEquals(registry.getByClass(Stray), [stray]);
  assertEquals(registry.getByClass(WorkerActor), [shepherd, stray]);
  const second = system.start(Stray);
  assertEquals(registry.getByClass(Stray), [stray, second]);
  if (!isUnshared) {
    assertEquals<unknown>(await shepherd.proxy().byClass("Stray"), [
      stray,
      second,
    ]);
  }
});

test("ActorSystem cannot start an actor of a class that it knows from a Worker only", async () => {
  await using system = createSystem();
  const { registry } = system;
  await system.start(Shepherd).proxy().startWolf();
  const [wolf] = registry.getByClass(Animal);
  assertEquals(registry.getByClassName("Dog"), [wolf!]);
  assertEquals(registry.getByClass(Dog), []);
  assertEquals(await wolf!.proxy().notes(), ["howl"]);
  const Wolf = wolf!.actorClass as new () => Animal;
  assertThrows(() => system.start(Wolf), TypeError, "Cannot start Dog");
});

testUnless(
  isUnshared,
  "Registry.broadcast() in a Worker reaches the actors of all threads",
  async () => {
    await using system = createSystem();
    const [one, two] = [system.start(Shepherd), system.start(Shepherd)];
    const sheep = system.start(Sheep);
    await one.proxy().start("Dog");
    const [dog] = system.registry.getByClass(Dog);
    const proxy = two.proxy();
    await proxy.broadcast("all");
    await proxy.broadcast("animals", "Animal");
    await proxy.broadcast("dogs", "a name");
    const all = [one, two, sheep, dog!] as ActorRef<Sheep | Keeper>[];
    const expected = [
      ["all"],
      ["all"],
      ["all", "animals"],
      ["all", "animals", "dogs"],
    ];
    for (const [i, ref] of all.entries()) {
      const { length } = expected[i]!;
      await until(async () => (await ref.proxy().notes()).length >= length);
      assertEquals(await ref.proxy().notes(), expected[i]);
    }
  },
);

testUnless(
  isUnshared,
  "Registry.broadcast() in a Worker keeps the order of what one actor sends",
  async () => {
    await using system = createSystem();
    const [one, two] = [system.start(Shepherd), system.start(Shepherd)];
    await one.proxy().start("Dog");
    const [dog] = system.registry.getByClass(Dog);
    await two.proxy().tellAndBroadcast(dog!, 200);
    await until(async () => (await dog!.proxy().notes()).length === 200);
    const sent = Array.from({ length: 200 }, (_, i) => i);
    assertEquals(await dog!.proxy().notes(), sent);
  },
);

test("Registry.register() and unregister() in a Worker hold on all threads", async () => {
  await using system = createSystem();
  await using other = Sheep.start(); // of another system
  const { registry } = system;
  const shepherd = system.start(Shepherd);
  const proxy = shepherd.proxy();
  await proxy.add(other);
  assertEquals(registry.getAll(), [other, shepherd]);
  await proxy.remove(other);
  assertEquals(registry.getAll(), [shepherd]);
  await proxy.remove(shepherd);
  assertEquals(registry.getAll(), []);
  if (!isUnshared) assertEquals(await proxy.count(), 0);
  await proxy.add(shepherd);
  assertEquals(registry.getAll(), [shepherd]);
  await proxy.add(other);
  await other.stop();
  assertEquals(registry.getAll(), [shepherd]);
});

for (const where of ["on the main thread", "in a Worker"]) {
  test(`Registry.stopAll() ${where} stops the actors of all threads, the last first`, async () => {
    await using mourner = Sheep.start(); // of another system
    await using system = createSystem();
    const { registry } = system;
    const [one, two] = [system.start(Shepherd), system.start(Shepherd)];
    await one.proxy().start("Dog", 2);
    await two.proxy().start("Sheep");
    system.start(Sheep);
    await one.proxy().start("Sheep");
    const all = registry.getAll() as ActorRef<Sheep>[];
    assertEquals(all.length, 7);
    // The next is not stopped before it has answered.
    for (const ref of all) await ref.set("mourner", mourner);
    if (where === "in a Worker") await two.proxy().stopAll();
    else await registry.stopAll();
    for (const { stopped } of all) await stopped;
    const ended = all.map(({ actorUrn }) => actorUrn).toReversed();
    assertEquals(await mourner.proxy().notes(), ended);
    assertEquals(registry.getAll(), []);
  });
}

testUnless(
  isUnshared,
  "Registry is complete while several threads start, find and end actors at random",
  async () => {
    const deed = fc.constantFrom<Deed>(
      "start",
      "start",
      "broadcast",
      "ask",
      "stop",
      "kill",
    );
    const herding = fc.array(fc.array(deed, { maxLength: 50 }), {
      minLength: 2,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(herding, async (herds) => {
        await using system = createSystem();
        const shepherds = herds.map(() => system.start(Shepherd));
        const missed = shepherds.map((shepherd, i) =>
          shepherd.proxy().herd(herds[i]!).get()
        );
        assertEquals(await Promise.all(missed), herds.map(() => 0));
        // Some may have been killed whose threads have not said so yet.
        await until(async () => {
          const { length } = system.registry.getAll();
          return await shepherds[0]!.proxy().count() === length;
        });
        const all = system.registry.getAll();
        await shepherds[1]!.proxy().stopAll();
        for (const { stopped } of all) await stopped;
        assertEquals(system.registry.getAll(), []);
      }),
      { numRuns: 10 },
    );
  },
);

test("ActorSystem tells of evented actors in Workers", async () => {
  await using system = createSystem();
  const events: string[] = [];
  for (const type of ["started", "failed", "stopped"] as const) {
    system.addEventListener(type, ({ actorRef, error }) => {
      const text = `${actorRef?.actorClass.name} ${type}`;
      events.push(error === undefined ? text : `${text}: ${error}`);
    });
  }
  const shepherd = system.start(Shepherd);
  await shepherd.proxy().start("Dog");
  await shepherd.proxy().start("Sheep");
  const [dog, sheep] = system.registry.getByClass(Animal);
  dog!.tell("fail");
  await dog!.stopped;
  await sheep!.stop();
  await until(() => events.length === 5);
  assertEquals(events, [
    "Shepherd started",
    "Dog started",
    "Sheep started",
    "Dog failed: RangeError: failed",
    "Sheep stopped",
  ]);
});

test("WorkerPool counts Worker actors, and none that they start beside them, when it chooses a Worker", async () => {
  await using system = createSystem();
  const { size } = workers;
  workers.size = 2;
  try {
    const [one, two] = [system.start(Lodger), system.start(Lodger)];
    await one.proxy().start("Sheep", 5);
    await two.proxy().start("Sheep", 1);
    const more = [system.start(Lodger), system.start(Lodger)];
    const threads = new Map<string, number>();
    for (const lodger of [one, two, ...more]) {
      const thread = await lodger.proxy().thread();
      threads.set(thread, (threads.get(thread) ?? 0) + 1);
    }
    assertEquals([...threads.values()], [2, 2]);
  } finally {
    workers.size = size;
  }
});

test("ActorSystem names a few of the actors that are lost with their Worker", async () => {
  const lines: string[] = [];
  const logger = { ...silent, error: (text: string) => void lines.push(text) };
  await using system = new ActorSystem({ logger });
  const failed: unknown[] = [];
  system.addEventListener("failed", ({ actorRef }) => failed.push(actorRef));
  await system.start(Shepherd).proxy().start("Dog", 100);
  const all = system.registry.getAll();
  workers.close();
  assertEquals(failed, all);
  assertEquals(system.registry.getAll(), []);
  assertEquals(lines, [
    ...all.slice(0, 5).map((ref) => `${ref} is lost: its Worker has ended`),
    "96 more actors are lost: their Worker has ended",
  ]);
});

testUnless(
  isUnshared,
  "ActorRef.kill() ends an evented actor in a Worker that is busy",
  async () => {
    await using system = createSystem();
    await system.start(Shepherd).proxy().start("Dog");
    const [dog] = system.registry.getByClass(Dog);
    const flags = new Int32Array(new SharedArrayBuffer(8));
    try {
      const spinning = dog!.proxy().spinUntil(flags);
      await until(() => Atomics.load(flags, 0));
      dog!.kill();
      await dog!.stopped;
      const error = await assertRejects(() => spinning.get(), ActorDeadError);
      assertEquals(error.reason, "killed");
    } finally {
      Atomics.store(flags, 1, 1); // whatever happens, the thread goes on
    }
  },
);

test("Registry lists in a Worker what is known there, where no memory is shared", async () => {
  const { SharedArrayBuffer } = globalThis;
  await using system = createSystem();
  const sheep = system.start(Sheep);
  Object.assign(globalThis, { SharedArrayBuffer: undefined });
  let shepherd: ActorRef<Shepherd>;
  try {
    shepherd = system.start(Shepherd);
  } finally {
    Object.assign(globalThis, { SharedArrayBuffer });
  }
  const proxy = shepherd.proxy();
  await proxy.start("Dog");
  const [dog] = system.registry.getByClass(Dog);
  assertEquals<unknown>(await proxy.all(), [shepherd, dog]);
  assertEquals<unknown>(await proxy.byClass("Animal"), [dog]);
  assertEquals<unknown>(await proxy.byName("Sheep"), []);
  assertStrictEquals<unknown>(await proxy.byUrn(dog!.actorUrn), dog);
  assertEquals(await proxy.byUrn(sheep.actorUrn), undefined);
});
