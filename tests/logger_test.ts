import { ActorSystem, EventedActor } from "@dekka/actors";
import { root } from "../tools/files.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertSpyCalls,
  stub,
  test,
  testUnless,
} from "./test.ts";

const noDeno = !("Deno" in globalThis) && "starts another Deno";

class Silent extends EventedActor {
  fail(): never {
    throw new RangeError("as told");
  }
}

test("Logger that is the default prints warnings and errors, and nothing else", async () => {
  using debug = stub(console, "debug", () => {});
  using info = stub(console, "info", () => {});
  using log = stub(console, "log", () => {});
  using warn = stub(console, "warn", () => {});
  using error = stub(console, "error", () => {});
  await using system = new ActorSystem();
  const ref = system.start(Silent);
  await assertRejects(() => ref.proxy().fail().get(), RangeError);
  ref.tell("unexpected");
  ref.proxy().fail.defer();
  await ref.stopped;
  for (const silent of [debug, info, log]) assertSpyCalls(silent, 0);
  assertEquals(warn.calls.map(({ args }) => args), [
    [`${ref} got an unexpected message`, "unexpected"],
  ]);
  assertEquals(error.calls.map(({ args }) => args.map(String)), [
    [`fail of ${ref} threw, and the actor ends`, "RangeError: as told"],
  ]);
});

test("Logger that is the default looks the console up when it writes", async () => {
  await using system = new ActorSystem();
  const ref = system.start(Silent);
  using warn = stub(console, "warn", () => {});
  ref.tell("unexpected");
  await ref.proxy().actorUrn;
  assertSpyCalls(warn, 1);
});

test("Logger can be the console", async () => {
  using debug = stub(console, "debug", () => {});
  {
    await using system = new ActorSystem({ logger: console });
    system.start(Silent);
  }
  assertEquals(debug.calls.length, 2);
});

const PROGRAM = `
  import { EventedActor } from "./mod.ts";
  class Silent extends EventedActor {
    fail() { throw new RangeError("as told"); }
  }
  const ref = Silent.start();
  await ref.proxy().fail().get().catch(() => {});
  ref.tell("unexpected");
  ref.proxy().fail.defer();
  await ref.stopped;
  console.log("the end");
`;

testUnless(
  noDeno,
  "Logger that is the default writes to the standard error of a program",
  async () => {
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-check", "-"],
      cwd: root,
      env: { NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    });
    const child = command.spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(PROGRAM));
    await writer.close();
    const { code, stdout, stderr } = await child.output();
    const [out, err] = [stdout, stderr].map((bytes) =>
      new TextDecoder().decode(bytes)
    );
    assertEquals({ code, out }, { code: 0, out: "the end\n" });
    const lines = err!.split("\n").filter((line) => line.includes("Silent ("));
    assertEquals(lines.length, 2, err);
    assert(/^Silent \(urn:uuid:.*\) got an unexpected/.test(lines[0]!), err);
    assert(/^fail of Silent \(urn:uuid:.*\) threw, and/.test(lines[1]!), err);
  },
);
