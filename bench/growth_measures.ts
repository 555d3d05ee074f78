/**
 * What grows, and what one of it costs: each measure returns nanoseconds for one
 * operation at a size, or bytes.
 *
 * @module
 */
import { type ActorRef, ActorRegistry, EventedActor } from "../mod.ts";
import { FloorActor } from "./floor.js";
import { check } from "./protocol.ts";

/** The cost of one operation at a size. */
export interface Measure {
  /** What stands above its part of the chart. */
  title: string;
  /** The unit of the cost. */
  unit: "ns" | "B";
  /** Measures it. */
  run: (size: number) => Promise<number>;
  /** The same by hand, to tell what the engine and the machine add. */
  reference?: (size: number) => Promise<number>;
}

/** How many operations a cheap measure is repeated for. */
const REPEATS = 1_000_000;

class Counter extends EventedActor<number, number> {
  count = 0;

  override onReceive(n: number): number {
    return this.count += n;
  }
}

class Rare extends EventedActor<number, number> {
  override onReceive(n: number): number {
    return n;
  }
}

async function nanoseconds(
  operations: number,
  body: () => unknown,
): Promise<number> {
  const start = performance.now();
  await body();
  return (performance.now() - start) / operations * 1e6;
}

function startMany(size: number): ActorRef<Counter>[] {
  const refs = new Array<ActorRef<Counter>>(size);
  for (let i = 0; i < size; i++) refs[i] = Counter.start();
  return refs;
}

async function idle(size: number): Promise<ActorRef<Counter>[]> {
  const refs = startMany(size);
  // The last one is idle when all before it are.
  check(await refs[size - 1]!.ask(1), 1);
  return refs;
}

/** Small sizes are repeated, so that each figure is made of as much work. */
async function repeat(
  size: number,
  once: () => Promise<number>,
): Promise<number> {
  const times = Math.max(1, REPEATS / size);
  let sum = 0;
  for (let i = 0; i < times; i++) sum += await once();
  return sum / times;
}

async function drain(size: number): Promise<number> {
  await using ref = Counter.start();
  check(await ref.ask(0), 0);
  for (let i = 0; i < size; i++) ref.tell(1);
  return await nanoseconds(size, async () => check(await ref.ask(0), size));
}

async function drainFloor(size: number): Promise<number> {
  const actor = floorCounter();
  check(await actor.ask(0), 0);
  for (let i = 0; i < size; i++) actor.tell(1);
  return await nanoseconds(size, async () => {
    check(await actor.ask(0), size);
  });
}

function floorCounter(): FloorActor {
  let count = 0;
  return new FloorActor((n: number) => count += n);
}

async function startFloors(size: number): Promise<number> {
  const actors = new Array<FloorActor>(size);
  return await nanoseconds(size, async () => {
    for (let i = 0; i < size; i++) actors[i] = floorCounter();
    check(await actors[size - 1]!.ask(1), 1);
  });
}

function lookUpInMap(size: number): Promise<number> {
  const urns = Array.from(
    { length: size },
    () => `urn:uuid:${crypto.randomUUID()}`,
  );
  const map = new Map(urns.map((urn) => [urn, { urn }]));
  let found = 0;
  return nanoseconds(REPEATS, () => {
    for (let i = 0; i < REPEATS; i++) {
      if (map.get(urns[i % size]!) !== undefined) found++;
    }
    check(found, REPEATS);
  });
}

async function startAndStop(size: number, what: "start" | "stop") {
  let refs: ActorRef<Counter>[] = [];
  const started = await nanoseconds(size, async () => refs = await idle(size));
  const stopped = await nanoseconds(size, async () => {
    check((await ActorRegistry.stopAll()).length, size);
  });
  check(refs[0]!.isAlive(), false);
  return what === "start" ? started : stopped;
}

async function memory(size: number): Promise<number> {
  const { gc } = globalThis as { gc?: () => void };
  await startAndStop(100, "start");
  gc!();
  const before = Deno.memoryUsage().heapUsed;
  const refs = await idle(size);
  // The list of the references belongs to this measure, not to the actors.
  const list = 8 * size;
  gc!();
  const bytes = Deno.memoryUsage().heapUsed - before - list;
  check(refs.length, size);
  return bytes / size;
}

async function lookUpByUrn(size: number): Promise<number> {
  const urns = (await idle(size)).map((ref) => ref.actorUrn);
  let found = 0;
  const cost = await nanoseconds(REPEATS, () => {
    for (let i = 0; i < REPEATS; i++) {
      if (ActorRegistry.getByUrn(urns[i % size]!) !== undefined) found++;
    }
  });
  check(found, REPEATS);
  return cost;
}

async function lookUpByClass(size: number): Promise<number> {
  await idle(size);
  for (let i = 0; i < 10; i++) Rare.start();
  const lookUps = REPEATS / 10;
  let found = 0;
  const cost = await nanoseconds(lookUps, () => {
    for (let i = 0; i < lookUps; i++) {
      found += ActorRegistry.getByClass(Rare).length;
    }
  });
  check(found, REPEATS);
  return cost;
}

/** Every measure, by its name. */
export const MEASURES: Readonly<Record<string, Measure>> = {
  start: {
    title: "start, with the first turn",
    unit: "ns",
    run: (size) => repeat(size, () => startAndStop(size, "start")),
    reference: (size) => repeat(size, () => startFloors(size)),
  },
  memory: { title: "memory of a live idle actor", unit: "B", run: memory },
  drain: {
    title: "handle one of the waiting messages",
    unit: "ns",
    run: (size) => repeat(size, () => drain(size)),
    reference: (size) => repeat(size, () => drainFloor(size)),
  },
  urn: {
    title: "look up by URN",
    unit: "ns",
    run: lookUpByUrn,
    reference: lookUpInMap,
  },
  class: {
    title: "look up 10 of a class",
    unit: "ns",
    run: lookUpByClass,
  },
  stop: {
    title: "stop one by stopAll()",
    unit: "ns",
    run: (size) => repeat(size, () => startAndStop(size, "stop")),
  },
};
