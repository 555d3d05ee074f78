/**
 * The process of a contender, kept alive from round to round.
 *
 * @module
 */
import type { ContenderInfo } from "./contenders.ts";
import { type Answer, type Hello, linesOf, type Order } from "./protocol.ts";

/** How long one run may take, in milliseconds. */
const PATIENCE = 180_000;

/** Says why a contender cannot take part here. */
export class Unavailable extends Error {
  /** The name of the class. */
  override name = "Unavailable";
}

/** A contender that waits for orders. */
export class ContenderProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncGenerator<string>;
  readonly #orders: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  /** What it can do. */
  hello: Hello = { workloads: [] };

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#lines = linesOf(child.stdout);
    this.#orders = child.stdin.getWriter();
  }

  /** Starts the process and waits until it is ready. */
  static async start(info: ContenderInfo): Promise<ContenderProcess> {
    const child = new Deno.Command(info.command, {
      args: [...info.args],
      env: info.env ?? {},
      stdin: "piped",
      stdout: "piped",
      stderr: Deno.env.has("BENCH_DEBUG") ? "inherit" : "null",
    }).spawn();
    const started = new ContenderProcess(child);
    const line = await started.#readLine();
    if (line === undefined) {
      await started[Symbol.asyncDispose]();
      throw new Unavailable(`${info.command} ended before it was ready`);
    }
    started.hello = JSON.parse(line);
    return started;
  }

  /** Runs one workload: milliseconds, or bytes, for the whole of it. */
  async run(order: Order): Promise<number> {
    const bytes = new TextEncoder().encode(`${JSON.stringify(order)}\n`);
    await this.#orders.write(bytes);
    const line = await this.#readLine();
    if (line === undefined) throw new Error("the process ended, or hung");
    const answer: Answer = JSON.parse(line);
    if (answer.value === undefined) throw new Error(answer.error);
    return answer.value;
  }

  async #readLine(): Promise<string | undefined> {
    const hung = setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE);
    try {
      for (;;) {
        const { value, done } = await this.#lines.next();
        if (done) return undefined;
        // A contender's library may log to the same stream.
        if (value.startsWith("{")) return value;
      }
    } finally {
      clearTimeout(hung);
    }
  }

  /** Ends the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    // It has nothing to finish; one that is gone already is no error.
    await this.#orders.abort().catch(() => {});
    await this.#lines.return(undefined).catch(() => {});
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
    await this.#child.status;
  }
}

/** Starts a contender, or says in a word why it cannot take part. */
export async function startContender(
  info: ContenderInfo,
): Promise<ContenderProcess | Unavailable> {
  try {
    return await ContenderProcess.start(info);
  } catch (error) {
    if (error instanceof Unavailable) return error;
    if (error instanceof Deno.errors.NotFound) {
      return new Unavailable(`${info.command} is not installed`);
    }
    throw error;
  }
}
