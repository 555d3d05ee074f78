/**
 * Counts the words of files: a pool of actors reads, one actor brings together
 * what they found.
 *
 * ```sh
 * deno task demo [files or folders…]
 * ```
 *
 * Without arguments it counts the Markdown and TypeScript of this repository.
 * Ctrl-C ends it in order and prints what there is.
 *
 * @module
 */

import {
  type ActorProxy,
  type ActorRef,
  ActorSystem,
  EventedActor,
  EventedFuture,
  type Future,
  getAll,
} from "@dekka/actors";
import { Presets, SingleBar } from "cli-progress";

/**
 * How many files are read at a time. All actors share one thread, so that more
 * would help only where reading is slower than counting.
 */
const READERS = 4;

/** Letters and digits; within a word, apostrophes. */
const WORD = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}]+)*/gu;

/** What is used of a progress bar; the package brings no types. */
interface Bar {
  start(total: number, value: number): void;
  setTotal(total: number): void;
  increment(): void;
  stop(): void;
}

/** How often each word occurs. */
type Words = Map<string, number>;

interface Skipped {
  readonly path: string;
  readonly why: string;
}

interface Summary {
  readonly files: number;
  /** Those that Ctrl-C came before. */
  readonly left: number;
  readonly words: number;
  readonly distinct: number;
  readonly top: readonly (readonly [word: string, count: number])[];
  readonly skipped: readonly Skipped[];
}

/** Reads one file at a time. */
class Reader extends EventedActor {
  handled = 0;
  #coordinator: ActorProxy<Coordinator>;

  constructor(coordinator: ActorRef<Coordinator>) {
    super();
    this.#coordinator = coordinator.proxy();
  }

  async read(path: string): Promise<void> {
    this.handled++;
    try {
      const words = await wordsOf(path);
      this.#coordinator.count.defer(words);
    } catch (error) {
      this.#coordinator.skip.defer(path, reason(error));
    }
    this.#coordinator.employ.defer(this.actorRef);
  }
}

/** Gives each reader one file after the other, and keeps the totals. */
class Coordinator extends EventedActor {
  handled = 0;
  #bar: Bar = new SingleBar({
    format: "{bar} {value} of {total} files",
    gracefulExit: false, // how to end is our business
    clearOnComplete: true,
    emptyOnZero: true,
  }, Presets.shades_classic);
  #waiting: string[] = [];
  #idle: ActorRef<Reader>[] = [];
  #found = 0;
  #files = 0;
  #totals: Words = new Map();
  #skipped: Skipped[] = [];
  #left = 0;
  #summary: EventedFuture<Summary> | undefined;

  // Started by the coordinator and thus after it, the readers stop before it.
  protected override onStart(): void {
    for (let i = 0; i < READERS; i++) {
      this.#idle.push(this.actorSystem.start(Reader, this.actorRef));
    }
    this.#bar.start(0, 0);
  }

  protected override onStop(): void {
    this.#bar.stop();
  }

  /** Somebody has found a file. */
  add(path: string): void {
    this.handled++;
    this.#waiting.push(path);
    this.#bar.setTotal(++this.#found);
    this.#assign();
  }

  /** A file has been counted. */
  count(words: Words): void {
    this.handled++;
    this.#files++;
    for (const [word, count] of words) {
      this.#totals.set(word, (this.#totals.get(word) ?? 0) + count);
    }
  }

  /** A file or folder cannot be counted. */
  skip(path: string, why: string): void {
    this.handled++;
    this.#skipped.push({ path, why });
  }

  /** A reader has nothing to do. */
  employ(reader: ActorRef<Reader>): void {
    this.handled++;
    this.#idle.push(reader);
    this.#bar.increment();
    this.#assign();
  }

  /** Begins no more files. */
  giveUp(): void {
    this.handled++;
    this.#left += this.#waiting.splice(0).length;
    this.#bar.stop();
    console.error("Stopping after the files at hand; Ctrl-C again to quit");
  }

  /** Answers when everything is counted; until then the inbox stays free. */
  finish(): Future<Summary> {
    this.handled++;
    this.#summary = new EventedFuture();
    this.#assign();
    return this.#summary;
  }

  #assign(): void {
    while (this.#waiting.length > 0 && this.#idle.length > 0) {
      this.#idle.pop()!.proxy().read.defer(this.#waiting.pop()!);
    }
    if (this.#idle.length === READERS) this.#summary?.set(this.#summarize());
  }

  #summarize(): Summary {
    const counts = [...this.#totals];
    counts.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    return {
      files: this.#files,
      left: this.#left,
      words: counts.reduce((sum, [, count]) => sum + count, 0),
      distinct: counts.length,
      top: counts.slice(0, 10),
      skipped: this.#skipped.sort((a, b) => a.path < b.path ? -1 : 1),
    };
  }
}

async function wordsOf(path: string): Promise<Words> {
  const words: Words = new Map();
  for await (const text of linesOf(path)) {
    for (const [word] of text.toLowerCase().matchAll(WORD)) {
      words.set(word, (words.get(word) ?? 0) + 1);
    }
  }
  return words;
}

/** The text of a file in parts of some lines each, so that big files fit. */
async function* linesOf(path: string): AsyncGenerator<string> {
  const file = await Deno.open(path);
  let rest = "";
  for await (const text of file.readable.pipeThrough(new TextDecoderStream())) {
    if (text.includes("\0")) throw new TypeError("binary");
    const end = text.lastIndexOf("\n") + 1;
    if (end > 0) {
      yield rest + text.slice(0, end);
      rest = "";
    }
    rest += text.slice(end);
  }
  yield rest;
}

function reason(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "not found";
  if (error instanceof Deno.errors.PermissionDenied) return "no permission";
  if (error instanceof Deno.errors.NotCapable) return "no permission";
  return (error as Error).message;
}

/** Adds the files of a folder, or the one file that it is. */
async function find(
  path: string,
  names: RegExp,
  coordinator: ActorProxy<Coordinator>,
  signal: AbortSignal,
): Promise<void> {
  try {
    const place = await Deno.stat(path);
    if (signal.aborted) return;
    if (!place.isDirectory) return coordinator.add.defer(path);
    for await (const { name, isDirectory, isFile } of Deno.readDir(path)) {
      if (signal.aborted) return;
      const entry = `${path.replace(/\/$/, "")}/${name}`;
      if (name.startsWith(".") || name === "node_modules") continue;
      // Links are not followed: they could lead in a circle.
      if (isDirectory) await find(entry, names, coordinator, signal);
      else if (isFile && names.test(name)) coordinator.add.defer(entry);
    }
  } catch (error) {
    coordinator.skip.defer(path, reason(error));
  }
}

async function run(paths: string[], names: RegExp): Promise<void> {
  const begun = performance.now();
  await using system = new ActorSystem();
  const coordinator = system.start(Coordinator).proxy();
  const interrupt = new AbortController();
  const { signal } = interrupt;

  function stopEarly(): void {
    // The next Ctrl-C does what it does without this.
    Deno.removeSignalListener("SIGINT", stopEarly);
    interrupt.abort();
    coordinator.giveUp.defer();
  }
  Deno.addSignalListener("SIGINT", stopEarly);

  for (const path of paths) await find(path, names, coordinator, signal);
  const summary = await coordinator.finish();
  Deno.removeSignalListener("SIGINT", stopEarly);

  const readers = system.registry.getByClass(Reader);
  const handled = await getAll([
    coordinator.handled,
    ...readers.map((reader) => reader.proxy().handled),
  ]);
  const messages = handled.reduce((sum, n) => sum + n);
  const seconds = (performance.now() - begun) / 1000;
  await system.registry.stopAll();
  print(summary, messages, messages / seconds);
  if (signal.aborted) Deno.exitCode = 130; // as if the signal had ended it
}

function print(summary: Summary, messages: number, rate: number): void {
  const { files, left, words, distinct, top, skipped } = summary;
  for (const { path, why } of skipped) console.error(`Skipped ${path}: ${why}`);
  printTable([
    ["files", files],
    ["files skipped", skipped.length],
    ["files not begun", left],
    ["words", words],
    ["distinct words", distinct],
    ["messages handled", messages],
    ["messages a second", Math.round(rate)],
  ]);
  if (top.length > 0) console.log();
  printTable(top);
}

function printTable(rows: readonly (readonly [string, number])[]): void {
  const number = new Intl.NumberFormat("en");
  for (const [name, value] of rows) {
    const label = name.length < 20 ? name : `${name.slice(0, 18)}…`;
    console.log(label.padEnd(20) + number.format(value).padStart(12));
  }
}

if (Deno.args.length > 0) await run(Deno.args, /^/);
else await run([`${import.meta.dirname}/..`], /\.(md|ts)$/);
