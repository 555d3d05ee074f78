/**
 * Proves the proof: changes the library in ways that must not pass, one at a
 * time and in a copy of the tree, and sees whether the tests notice.
 *
 * `mutations.ts [words]` tries those whose names contain the words;
 * `mutations.ts --places` only looks whether each has its place in the source.
 *
 * Ends with 1 if a change has survived or could not be made.
 *
 * @module
 */

import { libraryModules, root } from "./files.ts";
import { type Mutation, mutations } from "./mutations/list.ts";
import { isOldDeno, oldDenoFlags } from "./old_deno.ts";
import { stdFlags } from "./std.ts";

/** What is tried, one after another until something is red. */
const STAGES: Readonly<Record<string, readonly string[]>> = {
  property: ["settling_property"],
  suite: [
    "actor",
    "async_result",
    "bad_input",
    "cell",
    "deadlock",
    "debug",
    "delegations",
    "future",
    "handling",
    "ref",
    "registry",
    "report",
    "stuck",
    "system",
    "testing",
    "timers",
    "turn",
    "unread",
  ],
  heap: ["collectable"],
};

/** The core is enough, and the quickest to tell. */
const FILTERS: Readonly<Record<string, readonly string[]>> = {
  property: ["--filter", "/\\((evented|toy)\\)/"],
};

/** What actors are turned by; other runtimes may say the same in their own way. */
const LOOP = "runtimes/loop.ts";

/** Folders that the tests do not need. */
const SKIPPED = new Set([".git", "bench", "coverage", "dist", "docs"]);

/** How long a run may take: a change may well make the tests hang. */
const PATIENCE = 90_000;

/** What the tests say of a change. */
type Verdict = "red" | "hangs" | "green";

const isPlacesOnly = Deno.args[0] === "--places";
const words = Deno.args.slice(Number(isPlacesOnly)).join(" ");
const chosen = mutations.filter(({ name }) => name.includes(words));
if (chosen.length === 0) throw new Error(`Cannot find mutation: ${words}`);
const flags = isOldDeno() ? oldDenoFlags() : await stdFlags();
const folder = await Deno.makeTempDir({ prefix: "mutations-" });
try {
  copyTree(root, folder);
  const isProved = placesHold() &&
    (isPlacesOnly || await isGreen() && await tryAll());
  Deno.exitCode = isProved ? 0 : 1;
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** Whether the tests are green without a change; else nothing is proved. */
async function isGreen(): Promise<boolean> {
  for (const stage of Object.keys(STAGES)) {
    const verdict = await run(stage, "inherit");
    if (verdict === "green") continue;
    console.error(`Cannot prove anything: the ${stage} is ${verdict} as it is`);
    return false;
  }
  return true;
}

async function tryAll(): Promise<boolean> {
  const width = Math.max(...chosen.map(({ name }) => name.length));
  const begun = performance.now();
  let caught = 0;
  for (const mutation of chosen) {
    const outcome = await tryOne(mutation);
    if (outcome.isCaught) caught++;
    console.log(`${mutation.name.padEnd(width)}  ${outcome.text}`);
  }
  const minutes = ((performance.now() - begun) / 60_000).toFixed(1);
  const isProved = caught === chosen.length;
  console.log(
    `${caught} of ${chosen.length} mutations were noticed, in ${minutes} minutes${
      isProved ? "" : ": NOT PROVED"
    }`,
  );
  return isProved;
}

async function tryOne(
  mutation: Mutation,
): Promise<{ isCaught: boolean; text: string }> {
  const { path, source } = placesOf(mutation)[0]!;
  const { find } = mutation;
  const replace = mutation.replace.replaceAll(
    /~(\w+)/g,
    (_, name) => source.includes(`#${name}`) ? `#${name}` : name,
  );
  Deno.writeTextFileSync(path, source.replace(find, replace));
  try {
    return await judge();
  } finally {
    Deno.writeTextFileSync(path, source);
  }
}

/** Whether each change has one place, and no other. */
function placesHold(): boolean {
  const lost = chosen.filter((mutation) => placesOf(mutation).length !== 1);
  for (const mutation of lost) {
    const { length } = placesOf(mutation);
    console.error(`Found ${length} times, not once: ${mutation.name}`);
  }
  return lost.length === 0;
}

function placesOf({ find }: Mutation): Place[] {
  const modules = libraryModules()
    .filter((file) => !file.includes("/") || file === LOOP);
  return modules.flatMap((file) => {
    const source = Deno.readTextFileSync(`${folder}/${file}`);
    const { length } = [...source.matchAll(new RegExp(find, "g"))];
    return Array<Place>(length).fill({ path: `${folder}/${file}`, source });
  });
}

interface Place {
  readonly path: string;
  readonly source: string;
}

async function judge(): Promise<{ isCaught: boolean; text: string }> {
  // A library that does not load proves nothing.
  if (!await loads()) {
    return { isCaught: false, text: "ERROR: the library does not load" };
  }
  for (const stage of Object.keys(STAGES)) {
    const verdict = await run(stage);
    if (verdict !== "green") {
      return { isCaught: true, text: `${verdict} in the ${stage}` };
    }
  }
  return { isCaught: false, text: "SURVIVED" };
}

async function loads(): Promise<boolean> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", `import "file://${folder}/mod.ts"`],
    cwd: folder,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  });
  return (await command.output()).success;
}

async function run(
  stage: string,
  stdout: "inherit" | "null" = "null",
): Promise<Verdict> {
  const command = new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--allow-all",
      "--no-check",
      "--quiet",
      "--reporter=dot",
      "--fail-fast",
      ...FILTERS[stage] ?? [],
      ...flags,
      ...STAGES[stage]!.map((name) => `tests/${name}_test.ts`),
    ],
    cwd: folder,
    stdin: "null",
    stdout,
    stderr: stdout,
  });
  const child = command.spawn();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill("SIGKILL");
  }, PATIENCE);
  const { success } = await child.status;
  clearTimeout(timer);
  return isLate ? "hangs" : success ? "green" : "red";
}

function copyTree(from: string, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const { name, isDirectory, isFile } of Deno.readDirSync(from)) {
    if (isDirectory && !SKIPPED.has(name)) {
      copyTree(`${from}/${name}`, `${to}/${name}`);
    } else if (isFile) Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
  }
}
