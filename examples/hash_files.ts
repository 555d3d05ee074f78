/**
 * Hashes the files of a folder on all cores, with progress, and shows what that
 * is worth: the same actor on the event loop and in Workers.
 *
 * ```sh
 * deno run --allow-read examples/hash_files.ts [files or folders…]
 * ```
 *
 * Without arguments it hashes this repository. The hash is FNV-1a, many times
 * over: work for a processor.
 *
 * @module
 */
import {
  type ActorRef,
  ActorSystem,
  EventedActor,
  type Future,
} from "@dekka/actors";
import { transfer, WorkerActor, workers } from "@dekka/actors/worker";

/** How often each file is hashed. */
const ITERATIONS = 20;

/** The hash of a file. */
export interface Hashed {
  readonly path: string;
  readonly bytes: number;
  readonly hash: string;
}

/** What both kinds of hashers do. */
function hash(path: string, bytes: Uint8Array): Hashed {
  let state = 0x811c9dc5;
  for (let i = 0; i < ITERATIONS; i++) {
    for (const byte of bytes) state = Math.imul(state ^ byte, 0x01000193);
  }
  const hex = (state >>> 0).toString(16).padStart(8, "0");
  return { path, bytes: bytes.byteLength, hash: hex };
}

/** Hashes on the event loop. */
export class EventedHasher extends EventedActor {
  hash(path: string, bytes: Uint8Array): Hashed {
    return hash(path, bytes);
  }
}

/** Hashes in a Worker: another base class, and where its module is. */
export class WorkerHasher extends WorkerActor {
  static override readonly module: string = import.meta.url;
  hash(path: string, bytes: Uint8Array): Hashed {
    return hash(path, bytes);
  }

  /** Answers when the Worker is up. */
  isReady(): boolean {
    return true;
  }
}

/** A hasher of either kind, seen through its proxy. */
interface Hasher {
  hash(path: string, bytes: Uint8Array): Future<Hashed>;
}

/** What is told of a run. */
export interface Run {
  readonly files: readonly Hashed[];
  readonly skipped: readonly string[];
  readonly milliseconds: number;
}

/**
 * Hashes files with some hashers, each with one file at a time.
 *
 * @param paths The files.
 * @param hashers Who hashes.
 * @param onProgress Is called with the number of files that are done.
 */
export async function hashAll(
  paths: readonly string[],
  hashers: readonly Hasher[],
  onProgress: (done: number) => void = () => {},
): Promise<Run> {
  const files: Hashed[] = [];
  const skipped: string[] = [];
  const waiting = [...paths];
  const start = performance.now();
  await Promise.all(hashers.map(async (hasher) => {
    for (let path = waiting.shift(); path; path = waiting.shift()) {
      try {
        const bytes = await Deno.readFile(path);
        // The buffer moves to the hasher; it is not copied.
        const moved = transfer(bytes, [bytes.buffer]);
        files.push(await hasher.hash(path, moved));
      } catch (error) {
        skipped.push(`${path}: ${(error as Error).message}`);
      }
      onProgress(files.length + skipped.length);
    }
  }));
  files.sort((a, b) => a.path < b.path ? -1 : 1);
  return { files, skipped, milliseconds: performance.now() - start };
}

/** The files under some paths, but for hidden ones. */
export function* filesOf(paths: readonly string[]): Generator<string> {
  for (const path of paths) {
    if (!Deno.statSync(path).isDirectory) yield path;
    else {
      for (const { name } of Deno.readDirSync(path)) {
        if (!name.startsWith(".") && name !== "node_modules") {
          yield* filesOf([`${path}/${name}`]);
        }
      }
    }
  }
}

function showProgress(of: number): (done: number) => void {
  if (!Deno.stderr.isTerminal()) return () => {};
  const encoder = new TextEncoder();
  return (done) => {
    const line = `\r${done} of ${of} files${done === of ? "\n" : ""}`;
    Deno.stderr.writeSync(encoder.encode(line));
  };
}

function print(name: string, { files, skipped, milliseconds }: Run): void {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  console.log(
    `${name.padEnd(8)} ${files.length} files, ${bytes} bytes, ` +
      `${skipped.length} skipped, ${milliseconds.toFixed(0)} ms`,
  );
}

async function main(args: string[]): Promise<void> {
  const folder = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
  const paths = [...filesOf(args.length > 0 ? args : [folder])];
  await using system = new ActorSystem();

  const evented = system.start(EventedHasher).proxy();
  const one = await hashAll(paths, [evented], showProgress(paths.length));
  print("evented", one);

  const pool: ActorRef<WorkerHasher>[] = Array.from(
    { length: workers.size },
    () => system.start(WorkerHasher),
  );
  const hashers = pool.map((ref) => ref.proxy());
  for (const hasher of hashers) await hasher.isReady();
  const many = await hashAll(paths, hashers, showProgress(paths.length));
  print("workers", many);

  const same = JSON.stringify(one.files) === JSON.stringify(many.files);
  const factor = (one.milliseconds / many.milliseconds).toFixed(2);
  console.log(`Same hashes: ${same ? "yes" : "no"}`);
  console.log(`${factor} times as fast with ${pool.length} Workers`);
  for (const line of many.skipped) console.error(`Skipped ${line}`);
}

if (import.meta.main) await main(Deno.args);
