import { assert, assertEquals, test, testUnless } from "./test.ts";
import { deno, Program, startDeno, withConfig } from "./process.ts";
import { isOldDeno } from "../tools/old_deno.ts";

const PROGRAM = "examples/word_count.ts";
const READERS = 4;

const noPipes = Deno.build.os === "windows" && "no named pipes on Windows";
const noTerminal = Deno.build.os !== "linux" && "script(1) of Linux is needed";

/** A folder of its own for a test. */
class Folder implements AsyncDisposable {
  private constructor(readonly path: string) {}

  static async with(files: Record<string, string | Uint8Array>) {
    const folder = new Folder(await Deno.makeTempDir({ prefix: "dekka_" }));
    for (const [name, content] of Object.entries(files)) {
      await folder.write(name, content);
    }
    return folder;
  }

  async write(name: string, content: string | Uint8Array): Promise<void> {
    const path = `${this.path}/${name}`;
    await Deno.mkdir(path.replace(/[^/]*$/, ""), { recursive: true });
    const bytes = typeof content === "string"
      ? new TextEncoder().encode(content)
      : content;
    await Deno.writeFile(path, bytes);
  }

  /** Makes pipes. Who reads one waits until somebody writes into it. */
  async pipes(count: number): Promise<string[]> {
    const args = Array.from(
      { length: count },
      (_, i) => `${this.path}/pipe${i}`,
    );
    const { success } = await new Deno.Command("mkfifo", { args }).output();
    assert(success, "mkfifo failed");
    return args;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

/** Counts words in another way than the program does: one letter at a time. */
function countPlainly(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    let word = "";
    for (const letter of text.toLowerCase() + " ") {
      if (/[\p{L}\p{M}\p{N}'’]/u.test(letter)) word += letter;
      else {
        word = word.replaceAll(/^['’]+|['’]+$/g, "");
        if (word !== "") counts.set(word, (counts.get(word) ?? 0) + 1);
        word = "";
      }
    }
  }
  return counts;
}

interface Expected {
  texts: readonly string[];
  skipped?: number;
  left?: number;
  messages: number;
}

/** What the program should print; the rate, which nobody can know, is 0. */
function tables({ texts, skipped = 0, left = 0, messages }: Expected): string {
  const counts = countPlainly(texts);
  const top = [...counts.keys()].toSorted((a, b) =>
    counts.get(b)! - counts.get(a)! || (a < b ? -1 : 1)
  );
  const total = [...counts.values()].reduce((sum, n) => sum + n, 0);
  const rows: [string, number][] = [
    ["files", texts.length],
    ["files skipped", skipped],
    ["files not begun", left],
    ["words", total],
    ["distinct words", counts.size],
    ["messages handled", messages],
    ["messages a second", 0],
  ];
  const topRows = top.slice(0, 10)
    .map((word): [string, number] => [word, counts.get(word)!]);
  return [...rows.map(line), "", ...topRows.map(line), ""].join("\n");
}

function line([name, value]: [string, number]): string {
  return name.padEnd(20) + value.toLocaleString("en").padStart(12);
}

function withoutRate(stdout: string): string {
  return stdout.replace(
    /^messages a second +[\d,]+$/m,
    line(["messages a second", 0]),
  );
}

/** The rows of the first table. */
function rowsOf(stdout: string): Record<string, number> {
  const rows = [...stdout.matchAll(/^([a-z ]+?) +([\d,]+)\r?$/gm)];
  return Object.fromEntries(
    rows.map(([, name, value]) => [name, Number(value!.replaceAll(",", ""))]),
  );
}

// Each file costs four messages: found, to be read, counted or skipped, next.
const FOR_EACH_FILE = 4;
const TO_FINISH = 1;

test("examples/word_count.ts counts as a plain loop does, and skips what it cannot read", async () => {
  // Parts of 64 KiB are read at a time: words and letters lie across the seams.
  const long = Array.from({ length: 30_000 }, (_, i) => `wörd${i % 7}`);
  const texts = {
    "a.txt": "The cat and the hat.\r\nTHE END\n",
    "deep/er/b.md": "the the cat",
    "quotes.txt": "'Don't', he said. I don’t; don't you?",
    "empty.txt": "",
    "lines.txt": long.join("\n"),
    "one_line.txt": long.join(" "),
    "greek.txt": "Ἀρχὴ ἥμισυ παντός, 42 mal; cafe\u0301",
  };
  await using folder = await Folder.with(texts);
  await folder.write(
    "binary.dat",
    new Uint8Array([80, 75, 3, 4, 0, 0, 1, 255]),
  );
  await folder.write(".hidden/c.txt", "hidden");
  await folder.write("node_modules/d.txt", "foreign");
  await Deno.symlink(folder.path, `${folder.path}/circle`);
  await using other = await Folder.with({ "secret.txt": "not for you" });
  const secret = `${other.path}/secret.txt`;
  const missing = `${other.path}/missing.txt`;

  const { code, stdout, stderr } = await deno(
    "run",
    "--quiet",
    "--allow-read",
    `--deny-read=${secret}`,
    PROGRAM,
    `${folder.path}/`,
    missing,
    secret,
  );
  const skipped = [
    `Skipped ${folder.path}/binary.dat: binary`,
    `Skipped ${missing}: not found`,
    `Skipped ${secret}: no permission`,
  ];
  assertEquals(stderr, skipped.toSorted().join("\n") + "\n");
  assertEquals(
    withoutRate(stdout),
    tables({
      texts: Object.values(texts),
      skipped: 3,
      // Two are skipped before a reader has to do with them.
      messages: (Object.keys(texts).length + 1) * FOR_EACH_FILE + 2 + TO_FINISH,
    }),
  );
  assertEquals(code, 0);
});

test("examples/word_count.ts prints a table if there is nothing to count", async () => {
  await using folder = await Folder.with({});
  const { code, stdout, stderr } = await deno(
    "run",
    "--quiet",
    "--allow-read",
    PROGRAM,
    folder.path,
  );
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertEquals(rowsOf(stdout).files, 0);
  assertEquals(rowsOf(stdout).words, 0);
});

testUnless(
  isOldDeno() && "deno.json is for newer ones",
  "deno task demo counts this repository by default",
  async () => {
    const { code, stdout } = await deno("task", "--quiet", "demo");
    const { files = 0, words = 0, ...rest } = rowsOf(stdout);
    assertEquals(code, 0);
    assert(files > 50, `${files} files`);
    assert(words > 10_000, `${words} words`);
    assertEquals(rest["files skipped"], 0);
    assertEquals(stdout.trimEnd().split("\n").length, 7 + 1 + 10);
  },
);

testUnless(
  noPipes,
  "examples/word_count.ts finishes the files at hand on SIGINT, and prints what there is",
  async () => {
    await using folder = await Folder.with({
      "rest/a.txt": "a",
      "rest/b.txt": "b",
    });
    const pipes = await folder.pipes(READERS);
    await using program = startDeno(
      "run",
      "--quiet",
      "--allow-read",
      PROGRAM,
      ...pipes,
      `${folder.path}/rest`,
    );
    // Opening waits for the reader: now all of them have something at hand.
    const writers = await openAll(pipes);
    program.signal("SIGINT");
    await program.stderr.find(/Stopping/);
    await writeAll(writers, "the end\n");

    const { code, stdout, stderr } = await program.ended;
    assertEquals(
      stderr,
      "Stopping after the files at hand; Ctrl-C again to quit\n",
    );
    const { files, words, ...rest } = rowsOf(stdout);
    assertEquals({ files, words }, { files: READERS, words: 2 * READERS });
    assert(rest["files not begun"]! <= 2);
    assertEquals(code, 130);
  },
);

testUnless(
  noPipes,
  "examples/word_count.ts quits at the second SIGINT",
  async () => {
    await using folder = await Folder.with({});
    const pipes = await folder.pipes(1);
    await using program = startDeno(
      "run",
      "--quiet",
      "--allow-read",
      PROGRAM,
      ...pipes,
    );
    const writers = await openAll(pipes);
    program.signal("SIGINT");
    await program.stderr.find(/Stopping/);
    program.signal("SIGINT");
    const { code, stdout } = await program.ended;
    for (const writer of writers) writer.close();
    assertEquals({ code, stdout }, { code: 130, stdout: "" });
  },
);

testUnless(
  noTerminal,
  "examples/word_count.ts shows a progress bar on a terminal",
  async () => {
    await using folder = await Folder.with({ "a.txt": "one two", "b.txt": "" });
    await using program = onTerminal(folder.path);
    const { code, stdout } = await program.ended;
    assertEquals(code, 0);
    assert(stdout.includes("\u2588 2 of 2 files"), stdout);
    assertEquals(rowsOf(afterBar(stdout)).words, 2);
  },
);

testUnless(
  noTerminal,
  "examples/word_count.ts stops in order when Ctrl-C is typed",
  async () => {
    const rest = Array.from(
      { length: 20 },
      (_, i) => [`rest/${i}.txt`, "word"],
    );
    await using folder = await Folder.with(Object.fromEntries(rest));
    const pipes = await folder.pipes(READERS);
    await using program = onTerminal(...pipes, `${folder.path}/rest`);
    const writers = await openAll(pipes);
    await program.stdout.find(/ 0 of 24 files/);
    await program.type("\x03");
    await program.stdout.find(/Stopping/);
    await writeAll(writers, "the end\n");

    const { code, stdout } = await program.ended;
    const { files, words, ...others } = rowsOf(afterBar(stdout));
    assertEquals({ files, words }, { files: READERS, words: 2 * READERS });
    assertEquals(others["files not begun"], 20);
    assertEquals(code, 130);
  },
);

/** Runs the program with a terminal for its input and output. */
function onTerminal(...paths: string[]): Program {
  const args = ["run", "--quiet", "--allow-read", PROGRAM, ...paths];
  const command = [Deno.execPath(), ...withConfig(args)]
    .map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`);
  return new Program("script", ["-qec", command.join(" "), "/dev/null"]);
}

/** What is written after the bar has been taken away. */
function afterBar(stdout: string): string {
  const clearLine = "\x1b[2K";
  return stdout.slice(stdout.lastIndexOf(clearLine) + clearLine.length);
}

function openAll(paths: readonly string[]): Promise<Deno.FsFile[]> {
  return Promise.all(paths.map((path) => Deno.open(path, { write: true })));
}

async function writeAll(files: Deno.FsFile[], text: string): Promise<void> {
  for (const file of files) {
    await file.write(new TextEncoder().encode(text));
    file.close();
  }
}
