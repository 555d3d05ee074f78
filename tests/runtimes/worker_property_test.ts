/**
 * Plays random programs of actors on several threads. Whatever they do to each
 * other, every ask settles: what waits in a circle fails, what waits for the
 * dead fails, and the rest is answered.
 *
 * A failure prints its seed and its path. To repeat it:
 * `SETTLING_SEED=… SETTLING_PATH=… deno task test tests/runtimes/worker_property_test.ts`
 *
 * @module
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
import { runs } from "../settling/runs.ts";
import { assert, assertEquals, test } from "../test.ts";
import {
  LocalRoamer,
  Roamer,
  type Roaming,
  type Step,
} from "./worker/roamers.ts";

/** How many programs are played, see `runs()`. */
const RUNS = 100;

const options = runs(RUNS);

/** What has not settled after so many milliseconds never will. */
const LONG = 30_000;

const REASONS = [ActorDeadError, DeadlockError, RangeError];

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

/** One program in so many begins with Workers that have yet to load everything. */
const FRESH = 32;

function start(system: ActorSystem): ActorRef<Roaming>[] {
  return Array.from(
    { length: ACTORS },
    (_, i) =>
      (i === 0 ? system.start(LocalRoamer) : system.start(Roamer)) as unknown,
  ) as ActorRef<Roaming>[];
}

let circles = 0;

/** What is asked of the actors, and what it is. */
interface Asked {
  readonly what: string;
  readonly future: Future<unknown>;
}

/** Waits until an ask has settled, for one of a few reasons if it has failed. */
async function check({ what, future }: Asked): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const never = new Promise<never>((_, reject) => {
    const error = new Error(`Nothing came of ${what}`);
    timer = setTimeout(reject, LONG, error);
  });
  try {
    await Promise.race([
      future.catch((error) => checkError(what, error)),
      never,
    ]);
  } finally {
    clearTimeout(timer);
  }
}

function checkError(what: string, error: unknown): void {
  if (error instanceof DeadlockError) circles++;
  // Nobody but who asks so has a timeout, and it is for that ask alone.
  const isExpected = error instanceof Timeout && what.startsWith("timed") ||
    REASONS.some((type) => error instanceof type);
  assert(isExpected, `${what}: ${error}`);
}

async function play(
  deeds: typeof programs extends fc.Arbitrary<infer Deeds> ? Deeds : never,
): Promise<string[]> {
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const system = new ActorSystem({ logger: silent });
  const quiet = new ActorSystem({ logger: silent });
  const notes = quiet.start(Notes);
  const others = start(system);
  const asks: Asked[] = [];
  for (const [i, { to, what, route }] of deeds.entries()) {
    const ref = others[to]!;
    const visit = { id: String(i), route, others, notes };
    if (what === "pause") await new Promise((resolve) => setTimeout(resolve));
    else if (what === "kill") ref.kill();
    else {
      const future = what === "stop"
        ? ref.stop()
        : ref.ask(visit, what === "timed" ? { timeout: 5 } : {});
      asks.push({ what: `${what} ${i} of actor ${to}`, future });
    }
  }
  // What waits for an end waits until there is one.
  await new Promise((resolve) => setTimeout(resolve, 5));
  for (const [i, ref] of others.entries()) {
    asks.push({ what: `the last stop of actor ${i}`, future: ref.stop() });
  }
  for (const asked of asks) await check(asked);
  assertEquals(system.registry.getAll(), []);
  const open = await openAsks(notes);
  await quiet[Symbol.asyncDispose]();
  await system[Symbol.asyncDispose]();
  return open;
}

/** The asks of actors that have not settled, once there is nothing to wait for. */
async function openAsks(notes: ActorRef<Notes>): Promise<string[]> {
  const end = Date.now() + LONG;
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
      fc.asyncProperty(programs, fc.nat(FRESH - 1), async (deeds, n) => {
        if (n === 0) workers.close();
        assertEquals(await play(deeds), []);
      }),
      // What depends on time would not happen again in less of a program.
      { ...options, endOnFailure: true },
    );
    if (options.path !== undefined || options.numRuns < RUNS) return;
    assert(circles > 0, "they never waited in a circle");
  } finally {
    workers.close();
    workers.size = size;
    workers.keepAlive = keepAlive;
  }
});
