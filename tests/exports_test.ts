import { assert, assertEquals } from "./test.ts";
import { root } from "../tools/files.ts";

const PROGRAM = "tests/programs/every_export.ts";

Deno.test("every export of mod.ts is used by the program", async () => {
  const exports = await exportsOf("mod.ts");
  assert(exports.includes("ActorRef"), "deno doc lists no ActorRef");
  const source = await Deno.readTextFile(root + PROGRAM);
  assertEquals(unused(exports, source), []);
});

Deno.test("the program that uses every export needs no permission", async () => {
  const { code, stdout, stderr } = await deno(["run", "--quiet", PROGRAM]);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertEquals(stdout, "every export works\n");
});

// The rule above is worth what it finds.

Deno.test("unused() finds an export that is missing or only imported", () => {
  const source = `
    // Actor, Timeout
    import { type Actor, Future, Timeout } from "@dekka/actors";
    export { Future };
  `;
  assertEquals(unused(["Actor", "Future", "Timeout"], source), [
    "Actor",
    "Timeout",
  ]);
  assertEquals(unused(["Registry"], source), ["Registry"]);
  assertEquals(unused(["Future"], "const Future = 1; Future;"), ["Future"]);
});

/** The names that a source does not both import and mention further on. */
function unused(names: readonly string[], source: string): string[] {
  const code = source.replaceAll(/\/\/.*|\/\*[^]*?\*\//g, "");
  const [imports = "", rest = ""] = code.split(/from "@dekka\/actors";/);
  return names.filter((name) => {
    const word = new RegExp(String.raw`\b${name}\b`);
    return !word.test(imports) || !word.test(rest);
  });
}

interface Documentation {
  // A list of symbols before Deno 2.8, then an object by module.
  nodes: Symbol[] | Record<string, { symbols: Symbol[] }>;
}

interface Symbol {
  name: string;
}

async function exportsOf(path: string): Promise<string[]> {
  const { stdout } = await deno(["doc", "--json", path]);
  const { nodes } = JSON.parse(stdout) as Documentation;
  const symbols = Array.isArray(nodes)
    ? nodes
    : Object.values(nodes).flatMap(({ symbols }) => symbols);
  const names = symbols.map(({ name }) => name).filter((name) => name !== "");
  return [...new Set(names)];
}

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

async function deno(args: string[]): Promise<Outcome> {
  const command = new Deno.Command(Deno.execPath(), {
    args,
    cwd: root,
    stdin: "null",
    env: { NO_COLOR: "1" },
  });
  const { code, stdout, stderr } = await command.output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}
