import { EventedActor } from "@dekka/actors";
import { test } from "./test.ts";
import { ClonedActor } from "./runtimes/cloned.ts";
import { EXEMPT, EXEMPT_ON_WORKERS } from "./runtimes/exempt.ts";
import { areWorkersAskedFor } from "./runtimes/on_request.ts";
import { locate, TestedWorkerActor } from "./runtimes/on_worker.ts";
import { ToyActor } from "./runtimes/toy.ts";

/** The base class that behavioural tests derive their actors from. */
export type ActorBase = typeof EventedActor;

/** A runtime over which the behavioural tests run. */
export interface RuntimeRow {
  /** What the names of its tests end with. */
  readonly name: string;
  /** The base class of its actors. */
  readonly Base: ActorBase;
  /** The tests that do not hold for it, each with its reason. */
  readonly exempt: Readonly<Record<string, string>>;
  /** Whether its tests run only when they are asked for. */
  readonly isOnRequest?: boolean;
  /** The symbols whose tests do not hold for it. */
  readonly exemptAll?: RegExp;
  /** Is called with what the tests define, if the runtime has to find it. */
  readonly locate?: (classes: object) => void;
}

const COPIES = "messages are copies";
const CLONED = "such a message cannot be cloned";

/** Every runtime that there is. A new one is a new row. */
export const RUNTIMES: readonly RuntimeRow[] = [
  { name: "evented", Base: EventedActor, exempt: {} },
  {
    name: "toy",
    Base: ToyActor as unknown as ActorBase,
    exempt: {
      "ActorRef.ask() fails with the very exception object of the handler":
        COPIES,
      "ActorRef.ask() passes the message and the reply themselves": COPIES,
      "ActorRef.tell() passes a message without looking into it": CLONED,
      "ActorRef.tell() passes the message itself": COPIES,
      "ActorRef.tell() takes symbols and functions as messages": CLONED,
    },
  },
  {
    name: "cloned",
    Base: ClonedActor as unknown as ActorBase,
    exempt: EXEMPT,
  },
  {
    name: "worker",
    Base: TestedWorkerActor as unknown as ActorBase,
    exempt: EXEMPT_ON_WORKERS,
    // `inspectActors()` and `testSystem()` look at the actors of their own
    // thread, and a faked clock rules no other.
    exemptAll: /^(inspectActors|dumpActors|testSystem|ActorSystem\.stuckAfter)/,
    locate,
    isOnRequest: true,
  },
];

/** Registers a behavioural test; its name is a sentence about a symbol. */
export type Behaviour = (name: string, fn: () => void | Promise<void>) => void;

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
    const { name: runtime, Base, exempt, exemptAll, locate } = row;
    const classes = define(Base);
    locate?.(classes as object);
    tests(classes, (name, fn) => {
      if (exemptAll?.test(name)) return;
      if (!(name in exempt)) test(`${name} (${runtime})`, fn);
    });
  }
}
