import {
  EventedHasher,
  filesOf,
  hashAll,
  WorkerHasher,
} from "../examples/hash_files.ts";
import { ActorSystem } from "@dekka/actors";
import { root } from "../tools/files.ts";
import { deno } from "./process.ts";
import { assert, assertEquals, assertMatch, test } from "./test.ts";

test("hashAll() gives the same hashes evented and in Workers, and skips what cannot be read", async () => {
  await using system = new ActorSystem();
  const paths = [...filesOf([`${root}runtimes`]), `${root}nowhere`];
  const done: number[] = [];
  const evented = await hashAll(
    paths,
    [system.start(EventedHasher).proxy()],
    (count) => done.push(count),
  );
  const two = [system.start(WorkerHasher), system.start(WorkerHasher)];
  const workers = await hashAll(paths, two.map((ref) => ref.proxy()));
  assert(evented.files.length > 3);
  assertEquals(workers.files, evented.files);
  assertEquals(new Set(evented.files.map(({ hash }) => hash)).size > 3, true);
  assertEquals(workers.skipped.length, 1);
  assertMatch(workers.skipped[0]!, /nowhere/);
  assertEquals(done, paths.map((_, i) => i + 1));
});

test("examples/hash_files.ts prints both runs and ends by itself", async () => {
  const { code, stdout, stderr } = await deno(
    "run",
    "--quiet",
    "--allow-read",
    "examples/hash_files.ts",
    "runtimes",
  );
  assertEquals([code, stderr], [0, ""]);
  const lines = stdout.trim().split("\n");
  assertMatch(lines[0]!, /^evented +\d+ files, \d+ bytes, 0 skipped, \d+ ms$/);
  assertMatch(lines[1]!, /^workers +\d+ files, \d+ bytes, 0 skipped, \d+ ms$/);
  assertEquals(lines[2], "Same hashes: yes");
  assertMatch(lines[3]!, /^\d+\.\d\d times as fast with \d+ Workers$/);
});
