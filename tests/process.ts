/**
 * Runs the programs of this package as a user does.
 *
 * @module
 */

import { root } from "../tools/files.ts";
import { isOldDeno, oldDenoFlags } from "../tools/old_deno.ts";

/** What a program wrote, and how it ended. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `deno` in the folder of the package, to its end. */
export async function deno(...args: string[]): Promise<Outcome> {
  const program = new Program(Deno.execPath(), withConfig(args));
  program.closeInput();
  return await program.ended;
}

/** Starts `deno` in the folder of the package. */
export function startDeno(...args: string[]): Program {
  return new Program(Deno.execPath(), withConfig(args));
}

/** The arguments with what an old Deno needs to know besides. */
export function withConfig([command = "", ...rest]: string[]): string[] {
  return [command, ...isOldDeno() ? oldDenoFlags() : [], ...rest];
}

/** A program that runs. */
export class Program implements AsyncDisposable {
  /** What it writes to standard output. */
  readonly stdout: Output;
  /** What it writes to standard error. */
  readonly stderr: Output;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  #inputIsOpen = true;

  /**
   * @param path What to run.
   * @param args Its arguments.
   */
  constructor(path: string, args: string[]) {
    this.#child = new Deno.Command(path, {
      args,
      cwd: root,
      env: { NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.stdout = new Output(this.#child.stdout);
    this.stderr = new Output(this.#child.stderr);
    this.#input = this.#child.stdin.getWriter();
  }

  /** Settles when it has ended. */
  get ended(): Promise<Outcome> {
    return this.#end();
  }

  /** Types a text. */
  async type(text: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(text));
  }

  /** Says that no more will be typed. */
  closeInput(): void {
    if (!this.#inputIsOpen) return;
    this.#inputIsOpen = false;
    this.#input.close().catch(() => {}); // it may have ended by itself
  }

  /** Sends a signal. */
  signal(name: Deno.Signal): void {
    this.#child.kill(name);
  }

  async #end(): Promise<Outcome> {
    const { code } = await this.#child.status;
    this.closeInput();
    const [stdout, stderr] = await Promise.all([
      this.stdout.all,
      this.stderr.all,
    ]);
    return { code, stdout, stderr };
  }

  /** Ends it, if it has not ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#end();
  }
}

/** What a program writes. */
export class Output {
  /** All that it writes, when it has ended. */
  readonly all: Promise<string>;
  #text = "";
  #ended = false;
  #more = Promise.withResolvers<void>();

  constructor(stream: ReadableStream<Uint8Array>) {
    this.all = this.#collect(stream);
  }

  /**
   * Waits for a text.
   *
   * @returns What the pattern found.
   * @throws {Error} If the program ends without having written it.
   */
  async find(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#text);
      if (found !== null) return found;
      if (this.#ended) throw new Error(`Cannot find ${pattern}: ${this.#text}`);
      await this.#more.promise;
    }
  }

  async #collect(stream: ReadableStream<Uint8Array>): Promise<string> {
    const decoder = new TextDecoder();
    for await (const bytes of stream) {
      this.#text += decoder.decode(bytes, { stream: true });
      this.#announce();
    }
    this.#ended = true;
    this.#announce();
    return this.#text;
  }

  #announce(): void {
    this.#more.resolve();
    this.#more = Promise.withResolvers();
  }
}
