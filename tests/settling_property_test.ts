/**
 * Plays random programs of actors, and looks for what must not be: a future
 * that has not settled, or settled twice or without a reason; a message that
 * was handled twice, too late or out of order; and so on, see
 * `settling/check.ts`.
 *
 * A failure prints its seed and its path. To repeat it:
 * `SETTLING_SEED=… SETTLING_PATH=… deno task test tests/settling_property_test.ts`
 *
 * @module
 */
import fc from "fast-check";
import { assert, assertEquals, fail, test } from "./test.ts";
import { RUNTIMES } from "./runtimes.ts";
import { program } from "./settling/arbitraries.ts";
import { breachesOf } from "./settling/check.ts";
import type { Note } from "./settling/journal.ts";
import { play } from "./settling/play.ts";
import { definePlayers } from "./settling/players.ts";
import type { Program } from "./settling/program.ts";
import { runs } from "./settling/runs.ts";

/** How many programs are played on each runtime, see `runs()`. */
const RUNS = 500;

/** The runtimes whose replies take their time. */
const DISTANT: ReadonlySet<string> = new Set(["cloned"]);

/** The runtimes left out: a faked clock rules no other thread. */
const ELSEWHERE: ReadonlySet<string> = new Set(["worker"]);

/** All that an ask can come to, each of which has to occur. */
const REASONS: readonly string[] = [
  "ActorDeadError: failed",
  "ActorDeadError: killed",
  "ActorDeadError: start-failed",
  "ActorDeadError: stopped",
  "DeadlockError",
  "RangeError",
  "Timeout",
  "TypeError",
  "a value",
  "its own exception",
  "the signal's reason",
];

/** What the asks of a program came to. */
function reasonsIn(notes: readonly Note[]): string[] {
  return notes.filter((note) => note.what === "outcome")
    .map(({ outcome: { failed, dead, name, text } }) => {
      if (!failed) return "a value";
      if (dead !== undefined) return `ActorDeadError: ${dead.reason}`;
      if (text.includes("given up")) return "the signal's reason";
      if (name === undefined || name === "Error") return "its own exception";
      return name;
    });
}

const options = runs(RUNS);

for (const { name, Base } of RUNTIMES) {
  if (ELSEWHERE.has(name)) continue;
  const classes = definePlayers(Base);

  test(`Future of every ask settles, once and for a reason (${name})`, async () => {
    let handled = 0;
    const reasons = new Set<string>();
    await fc.assert(
      fc.asyncProperty(program, async (program: Program) => {
        const played = await play(program, classes);
        handled += played.notes.filter(({ what }) => what === "begin").length;
        for (const reason of reasonsIn(played.notes)) reasons.add(reason);
        const breaches = breachesOf(program, played, DISTANT.has(name));
        if (breaches.length > 0) fail(breaches.join("\n"));
      }),
      options,
    );
    const { numRuns, path } = options;
    if (path !== undefined || numRuns < RUNS) return;
    // Programs in which nothing happens would show nothing.
    assert(handled > numRuns, `${handled} messages were handled`);
    assertEquals([...reasons].sort(), REASONS);
  });
}
