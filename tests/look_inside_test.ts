import { assertEquals, testUnless } from "./test.ts";
import { type Output, startDeno } from "./process.ts";

const PROGRAM = "examples/look_inside.ts";

const noSignal = Deno.build.os === "windows" && "no SIGUSR2 on Windows";

/** What is written at a signal, without what differs from run to run. */
async function dumped(stderr: Output, times: number): Promise<string[]> {
  const pattern = /^Actors .+\n(?:\w+ \(urn:uuid:.+\n){3}/mg;
  const [text] = await stderr.find(
    new RegExp(`(?:${pattern.source}[^]*?){${times}}`, "m"),
  );
  return text.match(pattern)!.at(-1)!.trimEnd().split("\n").map((line) =>
    line.replace(/\(urn:uuid:[-\da-f]{36}\)/, "(…)").replace(/\d+ ms/, "… ms")
  );
}

testUnless(
  noSignal,
  "examples/look_inside.ts hangs, and says why at each signal",
  async () => {
    await using program = startDeno("run", "--quiet", PROGRAM);
    const [, pid] = await program.stdout.find(/kill -USR2 (\d+)\n/);
    for (let times = 1; times <= 2; times++) {
      Deno.kill(Number(pid), "SIGUSR2");
      assertEquals(await dumped(program.stderr, times), [
        "Actors that have not ended: 3",
        "Oven (…) is running, inbox 0, handled 1, failed 0, " +
        "handles bake for … ms",
        "Cook (…) is running, inbox 0, handled 1, failed 0, " +
        "handles cook for … ms, waits for reply of Oven.bake",
        "Waiter (…) is running, inbox 1, handled 1, failed 0, " +
        "handles serve for … ms, waits for reply of Cook.cook",
      ]);
    }
  },
);
