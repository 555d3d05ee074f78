/**
 * Who takes part, and how each is started.
 *
 * @module
 */

/** One participant: a process that obeys orders on its standard input. */
export interface ContenderInfo {
  /** What stands in the table. */
  readonly title: string;
  /** The letter that stands for it in the chart. */
  readonly letter: string;
  /** The command, without its arguments. */
  readonly command: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** What its environment needs. */
  readonly env?: Record<string, string>;
  /** By how much the runs of one that is very slow are shorter. */
  readonly divisor?: number;
  /** Floors, and Dekka itself, are no peers. */
  readonly peer?: boolean;
}

function script(path: string): string {
  return new URL(path, import.meta.url).pathname;
}

function deno(
  name: string,
  ...flags: string[]
): Pick<ContenderInfo, "command" | "args"> {
  const always = ["--quiet", "-A", "--v8-flags=--expose-gc"];
  return {
    command: Deno.execPath(),
    args: ["run", ...always, ...flags, script("worker.ts"), name],
  };
}

/** Every contender, in the order of the table. */
export const CONTENDERS: Readonly<Record<string, ContenderInfo>> = {
  floor: { title: "hand-written floor", letter: "F", ...deno("floor") },
  tuned: { title: "the floor, tuned", letter: "T", ...deno("tuned") },
  dekka: { title: "**Dekka**", letter: "D", ...deno("dekka") },
  without: {
    title: "Dekka without it",
    letter: "W",
    ...deno("without"),
  },
  xstate: {
    title: "xstate, `fromTransition`",
    letter: "x",
    peer: true,
    ...deno("xstate"),
  },
  actor: { title: "actor", letter: "a", peer: true, ...deno("actor") },
  effect: {
    title: "effect, fiber + queue",
    letter: "e",
    divisor: 10,
    peer: true,
    ...deno("effect"),
  },
  comedy: {
    title: "comedy",
    letter: "c",
    divisor: 5,
    peer: true,
    // Some of its dependencies write `__proto__`, one looks for a main module.
    ...deno("comedy", "--unsafe-proto"),
    env: { APP_ROOT_PATH: "." },
  },
  nact: { title: "nact", letter: "n", divisor: 4, peer: true, ...deno("nact") },
  erlang: {
    title: "Erlang/OTP, `gen_server`",
    letter: "E",
    peer: true,
    command: "escript",
    args: [script("contenders/erlang.escript")],
  },
  gevent: {
    title: "Pykka on gevent",
    letter: "g",
    divisor: 50,
    peer: true,
    command: script("contenders/pykka_actors.py"),
    args: ["gevent"],
  },
  threads: {
    title: "Pykka on threads",
    letter: "t",
    divisor: 50,
    peer: true,
    command: script("contenders/pykka_actors.py"),
    args: ["threads"],
  },
};
