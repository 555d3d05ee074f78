/**
 * The actors of the workloads.
 *
 * @module
 */
import {
  type ActorRef,
  EventedActor,
  type EventedFuture,
  type Future,
} from "../../mod.ts";
import { SENDERS } from "../workloads.ts";

/** Adds what it gets, as a message or by a call. */
export class Counter extends EventedActor<number, number> {
  count = 0;

  override onReceive(n: number): number {
    return this.count += n;
  }

  add(n: number): number {
    return this.count += n;
  }
}

/** The same in an asynchronous handler. */
export class AsyncCounter extends EventedActor<number, number> {
  count = 0;

  // deno-lint-ignore require-await -- asynchronous is what is measured
  override async onReceive(n: number): Promise<number> {
    return this.count += n;
  }
}

/** Asks another actor, and waits for it. */
export class Asker extends EventedActor<number, number> {
  constructor(readonly peer: ActorRef<Counter>) {
    super();
  }

  override async onReceive(n: number): Promise<number> {
    return await this.peer.ask(n);
  }
}

/** Lets another actor answer. */
export class Delegate extends EventedActor<number, number> {
  constructor(readonly peer: ActorRef<Counter>) {
    super();
  }

  override onReceive(n: number): Future<number> {
    return this.peer.ask(n);
  }
}

/** Refuses everything. */
export class Thrower extends EventedActor<number, never> {
  override onReceive(n: number): never {
    throw new RangeError(`refused ${n}`);
  }
}

/** Passes a number on until nothing is left of it. */
export class Node extends EventedActor<number | ActorRef<Node>, void> {
  #next: ActorRef<Node> | undefined;

  constructor(readonly index: number, readonly done: EventedFuture<number>) {
    super();
  }

  override onReceive(message: number | ActorRef<Node>): void {
    if (typeof message !== "number") this.#next = message;
    else if (message > 0) this.#next!.tell(message - 1);
    else this.done.set(this.index);
  }
}

/** Takes the reports of the senders. */
export class Sink extends EventedActor<number, void> {
  sum = 0;
  reports = 0;

  constructor(readonly done: EventedFuture<number>) {
    super();
  }

  override onReceive(n: number): void {
    this.sum += n;
    if (++this.reports === SENDERS) this.done.set(this.sum);
  }
}

/** Counts its share, and reports it. */
export class Sender extends EventedActor<number, void> {
  count = 0;

  constructor(readonly sink: ActorRef<Sink>, readonly share: number) {
    super();
  }

  override onReceive(n: number): void {
    if ((this.count += n) === this.share) this.sink.tell(this.count);
  }
}
