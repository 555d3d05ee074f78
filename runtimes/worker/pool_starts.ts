/**
 * How the pool starts actors for actors in Workers, and says to whoever has heard
 * of them where they live.
 */
import { ActorSystem } from "../../system.ts";
import { classOf } from "./classes.ts";
import { Op } from "./link.ts";
import { registryOf } from "./pool_registry.ts";
import type { PoolWorker } from "./pool_worker.ts";
import { register, type StartRecord } from "./start.ts";
import type { Stub } from "./stub.ts";
import {
  createHome,
  createStub,
  findStub,
  systemOf,
  thread,
  watch,
} from "./thread.ts";
import { takeTransfers, transfer } from "./transfer.ts";

/** What chooses Workers for actors. */
export interface Placer {
  /** The Worker of a number, while it is there. */
  find(id: number): PoolWorker | undefined;
  /** Chooses a Worker for an actor, and lets it start there. */
  place(stub: Stub, start: StartRecord, args: readonly unknown[]): void;
}

interface Located {
  /** The Worker that starts the actor. */
  readonly starter: number;
  readonly asking: ((at: number) => void)[];
}

/** The actors that Workers start. */
export class PoolStarts {
  readonly #placer: Placer;
  /** Who waits to hear where actors live that are about to start. */
  readonly #located = new Map<string, Located>();

  /**
   * Constructs a new instance.
   *
   * @param placer What chooses Workers for the actors.
   */
  constructor(placer: Placer) {
    this.#placer = placer;
    thread.locate = (stub, starter) => {
      this.locate(stub.actorUrn, starter, (at) => {
        if (stub.link === undefined) watch(stub, thread.linkTo(at));
      });
    };
  }

  /** Starts an actor for an actor in a Worker. */
  spawn(from: PoolWorker, payload: readonly unknown[]): void {
    const [record, ...args] = payload;
    const relayed = takeTransfers(payload);
    if (relayed !== undefined) transfer(args, relayed);
    const start = record as StartRecord;
    const stub = this.#start(from, start, args);
    const at = stub.link?.thread ?? 0;
    from.link.post(Op.PLACED, at, 0, start.urn);
    this.#found(start.urn, at);
  }

  #found(urn: string, at: number): void {
    const asking = this.#located.get(urn)?.asking ?? [];
    this.#located.delete(urn);
    for (const say of asking) say(at);
  }

  #start(
    from: PoolWorker,
    start: StartRecord,
    args: readonly unknown[],
  ): Stub {
    registryOf(start.system);
    const system = systemOf(start.system) ?? ActorSystem.default;
    const actorClass = classOf(start.actorClass);
    // Another Worker may have told of it first.
    const stub = findStub(start.urn) ??
      createStub(start.urn, actorClass, system, from.id);
    try {
      this.#placer.place(stub, start, args);
      if (stub.death === undefined) register(stub);
    } catch (cause) {
      // Who started it has its reference already, and hears of it here.
      const death = { reason: "start-failed", cause } as const;
      createHome(stub.ref, system).refuse(death);
      stub.lose(death);
    }
    return stub;
  }

  /**
   * Says where an actor lives that another thread has started.
   *
   * @param urn Identifies the actor.
   * @param starter The thread that has started it.
   * @param say Is called with the thread where it lives.
   */
  locate(urn: string, starter: number, say: (at: number) => void): void {
    const stub = findStub(urn);
    if (stub?.link !== undefined) return say(stub.link.thread);
    if (this.#placer.find(starter) === undefined) return say(starter);
    const located = this.#located.get(urn);
    if (located !== undefined) located.asking.push(say);
    else this.#located.set(urn, { starter, asking: [say] });
  }

  /** Gives those up that a Worker was about to start: it has ended. */
  giveUp(starter: number): void {
    for (const [urn, located] of [...this.#located]) {
      if (located.starter === starter) this.#found(urn, starter);
    }
  }
}
