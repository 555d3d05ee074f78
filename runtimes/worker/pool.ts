/**
 * The Workers that actors live on: which there are, and which of them each actor
 * is started on.
 */
import type { Death, Mailbox } from "../../mailbox.ts";
import type { ActorClass } from "../../ref.ts";
import type { ActorSystem } from "../../system.ts";
import { tell } from "./home.ts";
import { type Link, Op } from "./link.ts";
import { loadModule, moduleOf } from "./modules.ts";
import { expectEnd } from "./pool_kills.ts";
import { reportLoss } from "./pool_reports.ts";
import { PoolRequests } from "./pool_requests.ts";
import { PoolWorker } from "./pool_worker.ts";
import {
  begin,
  prepare,
  register,
  startAt,
  type StartRecord,
} from "./start.ts";
import { carry, Stub } from "./stub.ts";
import { createLink, lose, thread } from "./thread.ts";

/** Of so many Workers that have ended it is known how. */
const REMEMBERED = 1024;

/** What is done for the Workers; replaced inside of a Worker. */
export const origin: {
  spawn: (stub: Stub, start: StartRecord, args: readonly unknown[]) => void;
} = { spawn: (stub, start, args) => pool.place(stub, start, args) };

/** The Workers that actors live on. */
export interface WorkerPool extends Disposable {
  /**
   * How many Workers there are at most, dedicated ones aside: 1 or more. Less
   * than there are now ends none, but no more are started.
   */
  size: number;
  /**
   * Whether Workers stay when no actor is left, for actors to come. They keep
   * the program alive until this is false again, or `close()`.
   */
  keepAlive: boolean;
  /** How many Workers there are now. */
  readonly running: number;
  /** Ends all Workers at once; actors that live there are lost. */
  close(): void;
}

/** The Workers of a program, from their start to their end. */
export class Pool implements WorkerPool {
  #size = Math.max(1, globalThis.navigator?.hardwareConcurrency ?? 1);
  #keepAlive = false;
  readonly #workers = new Map<number, PoolWorker>();
  readonly #requests: PoolRequests;
  /** How those have ended that have. */
  readonly #ends = new Map<number, Death>();
  #lastId = 0;

  constructor() {
    this.#requests = new PoolRequests({
      find: (id) => this.#workers.get(id),
      endOf: (id) => this.#endOf(id),
      place: (stub, start, args) => this.place(stub, start, args),
      noteIdle: (worker, starts) => this.#noteIdle(worker, starts),
      lose: (worker, cause) => this.#lose(worker, cause),
    });
    thread.linkTo = (id) =>
      this.#workers.get(id)?.link ??
        goneLink(id, this.#endOf(id));
    Stub.killed = (stub, reason) => {
      const worker = this.#workers.get(stub.link?.thread ?? 0);
      if (worker !== undefined) this.#expectEnd(stub, worker, reason);
    };
    thread.control = (link, op, n, payload) => {
      if (op === Op.START) return begin(link, n, payload as unknown[]);
      this.#requests.take(this.#workers.get(link.thread)!, op, n, payload);
    };
  }

  get size(): number {
    return this.#size;
  }

  set size(size: number) {
    if (!(size >= 1)) {
      const text = "must be a number of Workers, 1 or more";
      throw new RangeError(`Cannot size the pool: it ${text}, got ${size}`);
    }
    this.#size = size;
  }

  get keepAlive(): boolean {
    return this.#keepAlive;
  }

  set keepAlive(keepAlive: boolean) {
    this.#keepAlive = keepAlive;
    if (keepAlive) return;
    for (const worker of [...this.#workers.values()]) {
      if (worker.dedicated && worker.isIdle) this.#end(worker);
    }
    this.#closeIfIdle();
  }

  get running(): number {
    return this.#workers.size;
  }

  /** Starts an actor of a class that tells where it is. */
  spawn(
    system: ActorSystem,
    actorClass: ActorClass,
    args: readonly unknown[],
  ): Mailbox {
    const module = moduleOf(actorClass);
    const [stub, start] = prepare(system, actorClass, module);
    origin.spawn(stub, start, args);
    if (stub.death === undefined) register(stub);
    return stub;
  }

  /** Chooses a Worker for an actor, and lets it start there. */
  place(stub: Stub, start: StartRecord, args: readonly unknown[]): void {
    if (typeof Worker === "undefined") {
      const { name } = stub.actorClass;
      throw new TypeError(`Cannot start ${name}: this platform has no Workers`);
    }
    // Its exports are the errors that may come back.
    loadModule(start.module!).catch(() => {}); // the Worker will say why
    const chosen = this.#choose(start.dedicated);
    try {
      startAt(stub, chosen.link, start, args);
    } catch (error) {
      if (chosen.starts === 0) this.#end(chosen);
      throw error;
    }
    chosen.noteSettings(stub.system);
    chosen.starts++;
    chosen.isIdle = false;
  }

  close(): void {
    for (const worker of [...this.#workers.values()]) {
      this.#lose(worker, new Error("The pool of Workers was closed"));
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #choose(dedicated: boolean): PoolWorker {
    const all = [...this.#workers.values()].filter((one) =>
      one.dedicated === dedicated
    );
    const free = all.find((one) => dedicated ? one.isIdle : one.load === 0);
    if (free !== undefined) return free;
    if (dedicated || all.length < this.size) return this.#add(dedicated);
    return all.reduce((best, one) => one.load < best.load ? one : best);
  }

  #add(dedicated: boolean): PoolWorker {
    const worker = new PoolWorker(
      ++this.#lastId,
      dedicated,
      (worker, cause) => this.#lose(worker, cause),
    );
    this.#workers.set(worker.id, worker);
    return worker;
  }

  /** A Worker is gone, and what was on it. */
  #lose(worker: PoolWorker, cause: unknown): void {
    const reason = worker.isReady ? "lost" : "start-failed";
    if (!this.#remove(worker, { reason, cause })) return;
    reportLoss(worker.living, reason, cause);
    this.#tellEnd(worker, { reason, cause });
    this.#closeIfIdle();
  }

  #remove(worker: PoolWorker, death: Death): boolean {
    const { id } = worker;
    if (!this.#workers.delete(id)) return false;
    this.#ends.set(id, death);
    this.#ends.delete(id - REMEMBERED);
    worker.terminate();
    return true;
  }

  #endOf(id: number): Death {
    const cause = new Error("Its Worker has ended");
    return this.#ends.get(id) ?? { reason: "lost", cause };
  }

  #closeIfIdle(): void {
    const all = [...this.#workers.values()];
    if (this.keepAlive || !all.every((one) => one.isIdle)) return;
    for (const worker of all) this.#end(worker);
  }

  /** Ends a Worker that has nothing left to do. */
  #end(worker: PoolWorker, death: Death = { reason: "stopped" }): void {
    if (this.#remove(worker, death)) this.#tellEnd(worker, death);
  }

  /** Tells all threads how a Worker has ended. */
  #tellEnd(worker: PoolWorker, death: Death): void {
    lose(worker.link, death);
    for (const { link } of this.#workers.values()) {
      tell(Op.LOST, link, worker.id, death);
    }
    this.#requests.giveUp(worker);
  }

  // Its handler may never return: then only the end of the Worker ends it. But no
  // actor shall go with it that still has something to do.
  #expectEnd(stub: Stub, worker: PoolWorker, reason: unknown): void {
    expectEnd(stub, worker, reason, () => {
      // Those who wait on other threads would not hear of it either.
      for (const { link } of this.#workers.values()) {
        if (link === worker.link) continue;
        link.post(Op.KILLED, 0, 0, [stub.actorUrn, carry(stub.death!.cause)]);
      }
      if (worker.living.length === 0) this.#end(worker, lostWith(stub));
      this.#closeIfIdle();
    });
  }

  #noteIdle(worker: PoolWorker, starts: number): void {
    if (worker.starts !== starts) return; // another start is on its way
    worker.isIdle = true;
    if (worker.dedicated && !this.keepAlive) this.#end(worker);
    this.#closeIfIdle();
  }
}

/** A link to a Worker that has ended before anybody could reach it. */
function goneLink(id: number, death: Death): Link {
  const link = createLink(id);
  link.lost = death;
  return link;
}

/** How those end who go with the Worker of a killed actor, unknown to the pool. */
function lostWith({ ref, death }: Stub): Death {
  const text = `The Worker was terminated: ${ref} was killed and did not end`;
  const cause = new Error(text, { cause: death!.cause });
  return { reason: "lost", cause };
}

/** The Workers of this program. */
export const pool: Pool = new Pool();
