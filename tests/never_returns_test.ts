import { deno } from "./process.ts";
import { assertEquals, test } from "./test.ts";

// In a program of its own, because a thread that never returns goes on for as
// long as the program does: Deno 2.9 cannot end it.
for (
  const [how, ...lines] of [
    ["kill", "ActorDeadError killed false", "Workers: 1"],
    ["close", "ActorDeadError lost false", "Workers: 0"],
  ] as const
) {
  const symbol = { kill: "ActorRef.kill()", close: "WorkerPool.close()" }[how];
  test(`${symbol} ends an actor that never returns to the event loop, and the program can end`, async () => {
    const program = "tests/programs/never_returns.ts";
    const { code, stdout, stderr } = await deno("run", "-A", program, how);
    const expected = ["in the registry: false", ...lines, ""].join("\n");
    assertEquals([code, stdout, stderr], [0, expected, ""]);
  });
}
