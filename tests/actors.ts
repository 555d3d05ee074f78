/**
 * Actors with which tests look into other actors by messages alone.
 *
 * @module
 */
import { EventedActor, EventedFuture, type Future } from "@dekka/actors";

/** Keeps what it is told, in order. */
export class Notes extends EventedActor<unknown, void> {
  readonly #notes: unknown[] = [];
  readonly #waiting: { count: number; future: EventedFuture<unknown[]> }[] = [];

  /** Keeps a note. */
  override onReceive(note: unknown): void {
    this.#notes.push(note);
    for (const { count, future } of this.#waiting.splice(0)) {
      this.#wait(count, future);
    }
  }

  /** What it has been told so far. */
  read(): unknown[] {
    return [...this.#notes];
  }

  /** What it has been told, as soon as that is so many notes. */
  first(count: number): Future<unknown[]> {
    const future = new EventedFuture<unknown[]>();
    this.#wait(count, future);
    return future;
  }

  #wait(count: number, future: EventedFuture<unknown[]>): void {
    if (this.#notes.length >= count) future.set(this.read());
    else this.#waiting.push({ count, future });
  }
}

/** Holds those up who pass it, until it is opened for good. */
export class Gate extends EventedActor {
  #open = new EventedFuture<void>();
  readonly #arrived = new EventedFuture<void>();

  /** Settles when the gate is open. */
  pass(): Future<void> {
    if (!this.#arrived.asyncResult.ready()) this.#arrived.set();
    return this.#open;
  }

  /** Opens the gate, also for those who come later. */
  open(): void {
    if (!this.#open.asyncResult.ready()) this.#open.set();
  }

  /** Settles when the first has come to the gate. */
  arrived(): Future<void> {
    return this.#arrived;
  }
}
