/**
 * Plays random programs of actors on several threads. Whatever they do to each
 * other, every ask settles: what waits in a circle fails, what waits for the
 * dead fails, and the rest is answered.
 */
import {
  ActorDeadError,
  type ActorRef,
  ActorSystem,
  DeadlockError,
  EventedActor,
  type Future,
  Timeout,
} from "@dekka/actors";
import { workers } from "@dekka/actors/worker";
import fc from "fast-check";
import { assert, assertEquals, test } from "../test.ts";
import {
  LocalRoamer,
  Roamer,
  type Roaming,
  type Step,
} from "./worker/roamers.ts";

/** How many programs are played; `SETTLING_RUNS` says otherwise. */
const RUNS = 100;

/** What cannot be waited for any longer, in milliseconds. */
const BOUND = { timeout: 30_000 };

const ACTORS = 5;

class Notes extends EventedActor<unknown, void> {
  readonly #notes: unknown[] = [];
  override onReceive(note: unknown): void {
    this.#notes.push(note);
  }
  read(): unknown[] {
    return this.#notes;
  }
}

const step = fc.record<Step>({
  to: fc.nat(ACTORS - 1),
  how: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom("ask", "delegate") },
    { weight: 4, arbitrary: fc.constantFrom("later", "both", "tell") },
    { weight: 1, arbitrary: fc.constantFrom("stop", "stopped", "throw") },
  ),
});

const deed = fc.record({
  to: fc.nat(ACTORS - 1),
  what: fc.oneof(
    { weight: 8, arbitrary: fc.constant("ask" as const) },
    { weight: 1, arbitrary: fc.constantFrom("kill", "stop", "timed", "pause") },
  ),
  route: fc.array(step, { maxLength: 8 }),
});

const programs = fc.array(deed, { minLength: 1, maxLength: 8 });

interface Host {
  process?: { env: Record<string, string | undefined> };
}

const { env } = (globalThis as Host).process ?? { env: {} };
const numRuns = Math.ceil(Number(env.SETTLING_RUNS ?? 5 * RUNS) / 5);

function start(system: ActorSystem): ActorRef<Roaming>[] {
  return Array.from(
    { length: ACTORS },
    (_, i) =>
      (i === 0 ? system.start(LocalRoamer) : system.start(Roamer)) as unknown,
  ) as ActorRef<Roaming>[];
}

let circles = 0;

/** Why an ask failed, which must be one of a few reasons. */
function check(error: unknown): void {
  if (error instanceof DeadlockError) circles++;
  const known = [ActorDeadError, DeadlockError, RangeError, Timeout];
  assert(known.some((type) => error instanceof type), String(error));
}

async function play(
  deeds: typeof programs extends fc.Arbitrary<infer Deeds> ? Deeds : never,
): Promise<string[]> {
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const system = new ActorSystem({ logger: silent });
  const quiet = new ActorSystem({ logger: silent });
  const notes = quiet.start(Notes);
  const others = start(system);
  const asks: Future<unknown>[] = [];
  for (const [i, { to, what, route }] of deeds.entries()) {
    const ref = others[to]!;
    const visit = { id: String(i), route, others, notes };
    if (what === "pause") await new Promise((resolve) => setTimeout(resolve));
    else if (what === "kill") ref.kill();
    else if (what === "stop") asks.push(ref.stop());
    else asks.push(ref.ask(visit, what === "timed" ? { timeout: 5 } : {}));
  }
  // What waits for an end waits until there is one.
  await new Promise((resolve) => setTimeout(resolve, 5));
  for (const ref of others) asks.push(ref.stop());
  for (const ask of asks) {
    await ask.get(BOUND).catch(check);
  }
  assertEquals(system.registry.getAll(), []);
  const open = await openAsks(notes);
  await quiet[Symbol.asyncDispose]();
  await system[Symbol.asyncDispose]();
  return open;
}

/** The asks of actors that have not settled, once there is nothing to wait for. */
async function openAsks(notes: ActorRef<Notes>): Promise<string[]> {
  const end = Date.now() + BOUND.timeout;
  while (true) {
    const read = await notes.proxy().read() as string[];
    const open = new Map<string, number>();
    for (const note of read) {
      const [what, id] = note.split(" ") as [string, string];
      open.set(id, (open.get(id) ?? 0) + (what === "asked" ? 1 : -1));
    }
    const left = [...open].filter(([, count]) => count !== 0);
    if (left.length === 0 || Date.now() > end) return left.map(String);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

test("WorkerActor settles every ask, whatever actors on several threads do to each other", async () => {
  const { size, keepAlive } = workers;
  workers.size = 2;
  workers.keepAlive = true;
  try {
    await fc.assert(
      fc.asyncProperty(programs, async (deeds) => {
        assertEquals(await play(deeds), []);
      }),
      { numRuns },
    );
    assert(circles > 0, "they never waited in a circle");
  } finally {
    workers.close();
    workers.size = size;
    workers.keepAlive = keepAlive;
  }
});
