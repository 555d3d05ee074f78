import { deno, startDeno } from "./process.ts";
import { assert, assertEquals, test } from "./test.ts";

const GC = "--v8-flags=--expose-gc";
const GARBAGE = "tests/programs/collectable.ts";
const ROUNDS = "tests/programs/rounds.ts";
const LEAVING = "tests/programs/ways_to_leave.ts";

const WORKERS = "tests/programs/ended_workers.ts";

/** How much more the heap may hold after ten times as many rounds, in bytes. */
const SLACK = 2 * 2 ** 20;

/** What a process that does not end by itself is given, in milliseconds. */
const PATIENCE = 60_000;

// How to collect garbage, and how to start a process, is told to Deno alone.
const isDeno = "Deno" in globalThis;

for (const name of isDeno ? await casesOf(GARBAGE) : []) {
  test(`Garbage collection takes ${name}`, async () => {
    const { code, stdout, stderr } = await deno(
      "run",
      "--no-check",
      GC,
      GARBAGE,
      name,
    );
    assertEquals([code, stdout.trim(), stderr], [0, "collected", ""]);
  });
}

for (const name of isDeno ? await casesOf(ROUNDS) : []) {
  test(`The heap is as large after 100,000 rounds of start, ask and ${name} as after 10,000`, async () => {
    const { code, stdout, stderr } = await deno(
      "run",
      "--no-check",
      GC,
      ROUNDS,
      name,
    );
    assertEquals([code, stderr], [0, ""]);
    const { few, many } = JSON.parse(stdout) as { few: number; many: number };
    assert(many - few < SLACK, `${few} bytes have become ${many}`);
  });
}

if (isDeno) {
  test("Garbage collection takes Workers that have ended", async () => {
    const { code, stdout, stderr } = await deno(
      "run",
      "-A",
      "--no-check",
      GC,
      WORKERS,
    );
    assertEquals([code, stdout.trim(), stderr], [0, "collected", ""]);
  });
}

for (const name of isDeno ? await casesOf(LEAVING) : []) {
  test(`A process ends by itself with ${name}`, async () => {
    await using program = startDeno("run", "--no-check", LEAVING, name);
    program.closeInput();
    const timer = setTimeout(() => program.signal("SIGKILL"), PATIENCE);
    const { code, stdout } = await program.ended;
    clearTimeout(timer);
    assertEquals([code, stdout.trim()], [0, "the last line"]);
  });
}

/** The names of the cases of a program, which it prints when it is given none. */
async function casesOf(program: string): Promise<string[]> {
  const { code, stdout, stderr } = await deno("run", "--no-check", program);
  assertEquals([code, stderr], [0, ""]);
  return stdout.trim().split("\n");
}
