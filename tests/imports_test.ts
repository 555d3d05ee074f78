import { assert, assertEquals } from "./test.ts";
import { libraryModules, root } from "../tools/files.ts";

// A module imports at run time only from modules above it in this list. What
// ends in a slash is a folder, whose modules may import each other.
const ORDER = [
  "errors.ts",
  "platform.ts",
  "uncaught.ts",
  "functions.ts",
  "inspect.ts",
  "logger.ts",
  "envelope.ts",
  "context.ts",
  "timers.ts",
  "stuck.ts",
  "unread.ts",
  "outcome.ts",
  "wait.ts",
  "async_result.ts",
  "future.ts",
  "get_all.ts",
  "mailbox.ts",
  "members.ts",
  "asking.ts",
  "proxy.ts",
  "ref.ts",
  "registry.ts",
  "report.ts",
  "deadlock.ts",
  "crossing.ts",
  "behaviour.ts",
  "inbox.ts",
  "turn.ts",
  "delegations.ts",
  "handling.ts",
  "cell.ts",
  "system.ts",
  "snapshot.ts",
  "testing.ts",
  "debug.ts",
  "actor.ts",
  "runtime.ts",
  "runtimes/",
  "mod.ts",
];

/** The modules that each module imports at run time. */
type Graph = ReadonlyMap<string, readonly string[]>;

Deno.test("the library's run-time imports go in the design's direction", async () => {
  const graph = await runTimeImports(libraryModules());
  assert((graph.get("mod.ts") ?? []).length > 0, "mod.ts imports nothing");
  assertEquals(wrongImports(graph), []);
});

Deno.test("the library's run-time imports have no cycle", async () => {
  assertEquals(findCycle(await runTimeImports(libraryModules())), []);
});

Deno.test("what mod.ts reaches names no API of one platform", async () => {
  const graph = await runTimeImports(["mod.ts"]);
  const foreign = [...graph.keys()].filter((path) => path.includes(":"));
  assertEquals(foreign, []);
  for (const path of graph.keys()) {
    const source = await Deno.readTextFile(root + path);
    assertEquals(platformNames(source), [], path);
  }
});

for (const entry of ["mod.ts", "runtimes/worker/entry.ts"]) {
  Deno.test(`${entry} names all that it reaches, in the order of imports`, async () => {
    const graph = await runTimeImports([entry]);
    const named = (await Deno.readTextFile(root + entry))
      .matchAll(/^import "(\.{1,2}\/.*)";$/gm)
      .map(([, path]) => new URL(path!, `file:///${entry}`).pathname.slice(1))
      .toArray();
    assertEquals(
      named.toSorted(),
      [...graph.keys()].filter((path) => path !== entry).sort(),
    );
    const places = named.map(place);
    assertEquals(places, places.toSorted((a, b) => a - b));
  });
}

// Deno copies the others, to twice their length.
Deno.test("what mod.ts reaches is written in ASCII", async () => {
  const graph = await runTimeImports(["mod.ts"]);
  for (const path of graph.keys()) {
    const source = await Deno.readTextFile(root + path);
    assertEquals(source.match(/[^\0-\x7f]/g) ?? [], [], path);
  }
});

// The rules above are worth what they find.

Deno.test("wrongImports() finds what goes back, and what has no place", () => {
  const graph = new Map([
    ["future.ts", ["errors.ts"]],
    ["errors.ts", ["future.ts"]],
    ["stray.ts", []],
    ["runtimes/evented.ts", ["runtimes/_loop.ts", "mod.ts"]],
    ["runtimes/_loop.ts", []],
  ]);
  assertEquals(wrongImports(graph), [
    "errors.ts imports future.ts",
    "stray.ts has no place in the order",
    "runtimes/evented.ts imports mod.ts",
  ]);
});

Deno.test("findCycle() finds a cycle of any length", () => {
  const graph = new Map([
    ["a.ts", ["b.ts"]],
    ["b.ts", ["c.ts", "d.ts"]],
    ["c.ts", []],
    ["d.ts", ["b.ts"]],
  ]);
  assertEquals(findCycle(graph), ["b.ts", "d.ts", "b.ts"]);
  assertEquals(findCycle(new Map([["a.ts", ["a.ts"]]])), ["a.ts", "a.ts"]);
});

Deno.test("runTimeImports() sees no type-only import", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const a = `import type { B } from "./b.ts"; import { c } from "./c.ts";`;
    await Deno.writeTextFile(`${folder}/a.ts`, `${a} c as unknown as B;`);
    await Deno.writeTextFile(`${folder}/b.ts`, "export type B = 1;");
    await Deno.writeTextFile(`${folder}/c.ts`, "export const c = 1;");
    const graph = await runTimeImports(["a.ts"], `${folder}/`);
    assertEquals([...graph], [["a.ts", ["c.ts"]], ["c.ts", []]]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("platformNames() finds names in code, not in words about it", () => {
  const dot = ".";
  assertEquals(platformNames(`Deno${dot}exit(1)`), [`Deno${dot}`]);
  assertEquals(platformNames(`x = window${dot}top`), [`window${dot}`]);
  assertEquals(platformNames(`process?${dot}exit()`), [`process?${dot}`]);
  assertEquals(platformNames("host.Deno?.unrefTimer?.(1)"), []);
  assertEquals(platformNames("// Deno.inspect()\n/* process.exit */"), []);
  assertEquals(platformNames("'a // b'; Deno.x"), ["Deno."]);
  assertEquals(platformNames('Symbol.for("Deno.customInspect")'), []);
  assertEquals(platformNames("`${Deno.x}`"), ["Deno."]);
});

function wrongImports(graph: Graph): string[] {
  const wrong: string[] = [];
  for (const [path, imports] of graph) {
    if (place(path) < 0) wrong.push(`${path} has no place in the order`);
    for (const imported of imports) {
      if (!mayImport(path, imported)) wrong.push(`${path} imports ${imported}`);
    }
  }
  return wrong;
}

function mayImport(path: string, imported: string): boolean {
  const there = place(imported);
  if (there < 0) return true; // reported for itself
  if (there === place(path)) return path !== imported;
  return there < place(path);
}

function place(path: string): number {
  return ORDER.findIndex((one) =>
    one.endsWith("/") ? path.startsWith(one) : path === one
  );
}

function findCycle(graph: Graph): string[] {
  const done = new Set<string>();
  for (const path of graph.keys()) {
    const cycle = visit(path, []);
    if (cycle.length > 0) return cycle;
  }
  return [];

  function visit(path: string, trail: string[]): string[] {
    if (trail.includes(path)) {
      return [...trail.slice(trail.indexOf(path)), path];
    }
    if (done.has(path)) return [];
    for (const imported of graph.get(path) ?? []) {
      const cycle = visit(imported, [...trail, path]);
      if (cycle.length > 0) return cycle;
    }
    done.add(path);
    return [];
  }
}

interface Info {
  modules: {
    specifier: string;
    error?: string;
    dependencies?: { code?: { specifier: string } }[];
  }[];
}

/** The modules that some modules reach by imports that are not type-only. */
async function runTimeImports(
  entries: readonly string[],
  folder = root,
): Promise<Graph> {
  const direct = new Map<string, string[]>();
  for (const entry of entries) {
    if (direct.has(entry)) continue;
    const { modules } = await info(folder + entry);
    for (const { specifier, error, dependencies = [] } of modules) {
      assertEquals(error, undefined, specifier);
      const imported = dependencies.flatMap(({ code }) => code ?? []);
      const paths = imported.map(({ specifier }) => shorten(specifier));
      direct.set(shorten(specifier), paths);
    }
  }
  return reach(direct, entries);

  function shorten(specifier: string): string {
    return specifier.replace(`file://${folder}`, "");
  }
}

function reach(direct: Graph, entries: readonly string[]): Graph {
  const reached = new Map<string, readonly string[]>();
  const waiting = [...entries];
  for (const path of waiting) {
    if (reached.has(path)) continue;
    const imports = direct.get(path) ?? [];
    reached.set(path, imports);
    waiting.push(...imports);
  }
  return reached;
}

async function info(path: string): Promise<Info> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-config", path],
    stderr: "inherit",
  });
  const { stdout } = await command.output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** Uses of a platform's global, other than a guarded look-up on an object. */
function platformNames(source: string): string[] {
  const names = /\b(?:Deno|process|window)\.|(?<![.\w$])(?:Deno|process)\?\./g;
  return codeOnly(source).match(names) ?? [];
}

/** The source without comments and strings; templates have code in them. */
function codeOnly(source: string): string {
  const tokens =
    /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\/\*[^]*?\*\/|\/\/.*/g;
  return source.replace(tokens, "");
}
