import { ActorDeadError, type ActorRef, EventedActor } from "@dekka/actors";
import { assertEquals, assertRejects, test, testUnless } from "./test.ts";
import { ClonedActor } from "./runtimes/cloned.ts";
import { areWorkersAskedFor } from "./runtimes/on_request.ts";
import { locate, TestedWorkerActor } from "./runtimes/on_worker.ts";
import { ToyActor } from "./runtimes/toy.ts";

/** The base class that behavioural tests derive their actors from. */
export type ActorBase = typeof EventedActor;

/**
 * In what a runtime may differ from the evented one. A test that does not hold
 * for such a runtime says so: `test.unlessCopies("…", …)`.
 */
export const DIFFERENCES = {
  copies: "messages, replies and exceptions are copies",
  later: "the actor is constructed after start() has returned",
  stub: "a reference knows the class and the URN of the actor, and no more",
  thread: "clock, insides and unread failures are on another thread",
} as const;

/** A way to differ. */
export type Difference = keyof typeof DIFFERENCES;

/** A runtime over which the behavioural tests run. */
export interface RuntimeRow {
  /** What the names of its tests end with. */
  readonly name: string;
  /** The base class of its actors. */
  readonly Base: ActorBase;
  /** In what it differs. */
  readonly differs: readonly Difference[];
  /** Whether its tests run only when they are asked for. */
  readonly isOnRequest?: boolean;
  /** Is called with what the tests define, if the runtime has to find it. */
  readonly locate?: (classes: object) => void;
}

/** Every runtime that there is. A new one is a new row. */
export const RUNTIMES: readonly RuntimeRow[] = [
  { name: "evented", Base: EventedActor, differs: [] },
  {
    name: "toy",
    Base: ToyActor as unknown as ActorBase,
    differs: ["copies"],
  },
  {
    name: "cloned",
    Base: ClonedActor as unknown as ActorBase,
    differs: ["copies", "later", "stub"],
  },
  {
    name: "worker",
    Base: TestedWorkerActor as unknown as ActorBase,
    differs: ["copies", "later", "stub", "thread"],
    locate,
    isOnRequest: true,
  },
];

type Register = (name: string, fn: () => void | Promise<void>) => void;

/** Registers a behavioural test; its name is a sentence about a symbol. */
export interface Behaviour extends Register {
  /** A test of the runtimes whose messages are shared. */
  unlessCopies: Register;
  /** A test of the runtimes whose `start()` constructs the actor. */
  unlessLater: Register;
  /** A test of the runtimes whose references know the live actor. */
  unlessStub: Register;
  /** A test of the runtimes whose actors are on this thread. */
  unlessThread: Register;
}

/**
 * Runs behavioural tests over every runtime.
 *
 * The actors must be told and asked by messages alone: a runtime may run them
 * on another thread, where they share nothing with the test.
 *
 * @param define Makes the classes of actors that the tests use.
 * @param tests Registers tests of these classes.
 */
export function forEachRuntime<Actors>(
  define: (Base: ActorBase) => Actors,
  tests: (actors: Actors, test: Behaviour) => void,
): void {
  for (const row of RUNTIMES) {
    if (row.isOnRequest && !areWorkersAskedFor()) continue;
    const classes = define(row.Base);
    row.locate?.(classes as object);
    tests(classes, behaviourOf(row));
  }
}

function behaviourOf({ name: runtime, differs }: RuntimeRow): Behaviour {
  function unless(difference: Difference): Register {
    const reason = differs.includes(difference) && DIFFERENCES[difference];
    return (name, fn) => testUnless(reason, `${name} (${runtime})`, fn);
  }
  const register: Register = (name, fn) => test(`${name} (${runtime})`, fn);
  return Object.assign(register, {
    unlessCopies: unless("copies"),
    unlessLater: unless("later"),
    unlessStub: unless("stub"),
    unlessThread: unless("thread"),
  });
}

/** Why an actor could not start: `start()` throws it, or its asks fail with it. */
export async function startFailure(start: () => ActorRef): Promise<unknown> {
  let ref: ActorRef;
  try {
    ref = start();
  } catch (error) {
    return error;
  }
  const dead = await assertRejects(() => ref.ask(null).get(), ActorDeadError);
  assertEquals(dead.reason, "start-failed");
  return dead.cause;
}
