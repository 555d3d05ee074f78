/**
 * What Workers ask of the pool, and what they tell it.
 */
import type { Death } from "../../mailbox.ts";
import { type ActorRef, mailboxOf } from "../../ref.ts";
import type { Registry } from "../../registry.ts";
import { tell } from "./home.ts";
import { Op } from "./link.ts";
import {
  answerLookUp,
  type Question,
  registryOf,
  rosterOf,
} from "./pool_registry.ts";
import { forwardEvent, forwardLog } from "./pool_reports.ts";
import { type Placer, PoolStarts } from "./pool_starts.ts";
import type { PoolWorker } from "./pool_worker.ts";
import { register } from "./start.ts";
import { Stub } from "./stub.ts";
import { decodeRef } from "./thread.ts";

/** What the pool does because of what it is told. */
export interface Keeper extends Placer {
  /** Notes that a Worker has nothing to do after so many starts. */
  noteIdle(worker: PoolWorker, starts: number): void;
  /** How a Worker has ended that has. */
  endOf(id: number): Death;
  /** Gives a Worker up, and what was on it. */
  lose(worker: PoolWorker, cause: unknown): void;
}

/** What takes the requests of all Workers. */
export class PoolRequests {
  readonly #keeper: Keeper;
  readonly #starts: PoolStarts;

  /**
   * Constructs a new instance.
   *
   * @param keeper What has the Workers.
   */
  constructor(keeper: Keeper) {
    this.#keeper = keeper;
    this.#starts = new PoolStarts(keeper);
  }

  /**
   * Takes a request.
   *
   * @param from The Worker that it came from.
   * @param op What it is.
   * @param n A number, of a system or a Worker for most.
   * @param payload What it carries.
   */
  take(from: PoolWorker, op: number, n: number, payload: unknown): void {
    switch (op) {
      case Op.READY:
        from.isReady = true;
        return;
      case Op.IDLE:
        return this.#keeper.noteIdle(from, n);
      case Op.DYING:
        return this.#keeper.lose(from, payload);
      case Op.SPAWN:
        return this.#starts.spawn(from, payload as unknown[]);
      case Op.LOCATE:
        return this.#starts.locate(
          payload as string,
          n,
          (at) => from.link.post(Op.PLACED, at, 0, payload),
        );
      case Op.ECHO:
        return from.link.post(Op.ECHO, 0, 0, payload);
      case Op.CONNECT:
        return this.#connect(from, n);
      case Op.ROSTER:
        return from.link.post(Op.VALUE, 0, payload as number, rosterOf(n));
      case Op.LIST:
        return this.#list(from, registryOf(n), decodeRef(payload));
      case Op.UNLIST:
        return registryOf(n)?.unregister(payload as ActorRef);
      case Op.LOOK_UP:
        return answerLookUp(from.word!, n, payload as Question);
      case Op.KILLED: {
        const [ref, reason] = payload as [ActorRef, unknown];
        const mailbox = mailboxOf(ref) as Stub;
        // It is listed as long as its own thread may not know.
        if (mailbox.death?.reason !== "killed") Stub.killed(mailbox, reason);
        return;
      }
      case Op.LOG:
        return forwardLog(payload as unknown[]);
      case Op.EVENT:
        return forwardEvent(payload as unknown[]);
    }
  }

  /** Notes that a Worker has ended. */
  giveUp({ id }: PoolWorker): void {
    this.#starts.giveUp(id);
  }

  /** Lists an actor that a Worker has added to a registry. */
  #list(
    from: PoolWorker,
    registry: Registry | undefined,
    ref: ActorRef,
  ): void {
    from.isIdle = false;
    const mailbox = mailboxOf(ref);
    const isOwn = mailbox.system.registry === registry;
    if (!isOwn || !(mailbox instanceof Stub)) return registry?.register(ref);
    register(mailbox);
  }

  /** Lets two Workers talk to each other directly. */
  #connect(from: PoolWorker, id: number): void {
    const to = this.#keeper.find(id);
    if (to === undefined) {
      return tell(Op.LOST, from.link, id, this.#keeper.endOf(id));
    }
    if (from.connected.has(to)) return;
    from.connected.add(to);
    to.connected.add(from);
    const { port1, port2 } = new MessageChannel();
    from.link.postPort(Op.PORT, id, port1);
    to.link.postPort(Op.PORT, from.id, port2);
  }
}
