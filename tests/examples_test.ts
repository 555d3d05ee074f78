import { assertEquals, test } from "./test.ts";
import { deno } from "./process.ts";

async function outputOf(example: string): Promise<string> {
  const { code, stdout, stderr } = await deno(
    "run",
    "--quiet",
    `examples/${example}`,
  );
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  return stdout;
}

test("examples/quickstart.ts tells, asks, calls, reads and defers", async () => {
  assertEquals(
    await outputOf("quickstart.ts"),
    `\
ask: 1
call: 3
read: 3
read after defer: 7
`,
  );
});

test("examples/bookkeeper.ts answers through another actor, in order", async () => {
  assertEquals(
    await outputOf("bookkeeper.ts"),
    `\
moved: 80 from cash to rent
refused: RangeError: Cannot move 30 from cash: has 20
cash: 20
rent: 80
food: 0
`,
  );
});

test("examples/cooperation.ts answers while it works, and stops when nobody waits", async () => {
  assertEquals(
    await outputOf("cooperation.ts"),
    `\
checked so far: 10000
primes up to 200,000: 17984
checked in the end: 199999
primes up to a trillion: Timeout
goes on: false
`,
  );
});
