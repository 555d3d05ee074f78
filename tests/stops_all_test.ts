import { deno } from "./process.ts";
import { assertEquals, test } from "./test.ts";

// In programs of their own, which have to come to their end.
for (const where of ["main", "worker"]) {
  test(`Registry.stopAll() stops what Workers have started, so that the program can end: ${where}`, async () => {
    const program = "tests/programs/stops_all.ts";
    const { code, stdout, stderr } = await deno("run", "-A", program, where);
    assertEquals([code, stdout, stderr], [0, "animals: 3\nleft: 0\n", ""]);
  });
}

test("WorkerPool.close() ends a Worker that waits for what it looks up", async () => {
  const program = "tests/programs/looks_for_ever.ts";
  const { code, stdout, stderr } = await deno("run", "-A", program);
  assertEquals([code, stdout, stderr], [0, "ActorDeadError lost\n", ""]);
});
