import { deno } from "./process.ts";
import { assertEquals, test } from "./test.ts";

test("WorkerActor.start() at the top level of a module throws where a Worker loads that, also beside other actors", async () => {
  const program = "tests/programs/unguarded.ts";
  const { code, stdout, stderr } = await deno("run", "-A", program);
  const error = "TypeError: Cannot start Helper while its module is being loa";
  const expected = `start-failed ${error}\nWorkers: 0\n`;
  assertEquals([code, stdout, stderr], [0, expected, ""]);
});

test("WorkerPool closes though a module has started evented actors of its own there", async () => {
  const program = "tests/programs/own_log.ts";
  const { code, stdout, stderr } = await deno("run", "-A", program);
  assertEquals([code, stdout, stderr], [0, "1 2 11\nWorkers: 0\n", ""]);
});
