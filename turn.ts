import { asNobody, type Handler, type Waiter } from "./context.ts";
import { askerOf, type Future, giveUpReading } from "./future.ts";
import {
  exceptionOf,
  hasFailed,
  isReady,
  type Observer,
  oneByOne,
  type Outcome,
  unobserve,
} from "./outcome.ts";
import type { Cell } from "./cell.ts";
import type { Pending } from "./stuck.ts";

// As `await` waits: a promise may have a `then()` of its own, which calls at once.
const { then } = Promise.prototype;

/** The handling of one message or hook; made when somebody needs to know it. */
export class Turn implements Waiter, Observer, Pending {
  waits: Future<unknown>[] | undefined = undefined;
  late: Waiter["late"] = undefined;
  suspended = false;
  followed = false;
  /** Called when a hook has ended; a message has no such thing. */
  done: ((thrown?: { error: unknown }) => void) | undefined = undefined;
  /** The future that the reply was handed over to. */
  source: Future<unknown> | undefined = undefined;
  since = 0;
  isWatched = false;
  isStuck = false;
  isNoted = false;
  /** Whether somebody may hold it, so that it is not used again. */
  isKnown = false;
  before: Pending | undefined = undefined;
  after: Pending | undefined = undefined;
  #controller: AbortController | undefined = undefined;
  #createReason: (() => unknown) | undefined = undefined;
  #onValue: ((value: unknown) => void) | undefined = undefined;
  #onError: ((error: unknown) => void) | undefined = undefined;

  /**
   * Constructs a new instance.
   *
   * @param cell The actor.
   * @param reply Who waits for the outcome.
   * @param handler What is called.
   */
  constructor(
    public cell: Cell,
    public reply: Future<unknown> | undefined,
    public handler: Handler,
  ) {}

  get stuckAfter(): number {
    return this.cell.system.stuckAfter;
  }

  reportStuck(): void {
    this.cell.reportStuck(this);
  }

  // Who is not followed may have been the stranger: it will be followed.
  noteStranger(): void {
    if (!this.followed) this.handler.asks = true;
  }

  get ignored(): boolean {
    return !this.cell.system.detectDeadlocks;
  }

  /** What it waits for. */
  get pending(): Future<unknown>[] {
    return (this.waits ?? []).filter((future) => !isReady(future));
  }

  get label(): string {
    return `${String(this.cell.actorClass.name)}.${this.handler.member}`;
  }

  /** Aborted when the work is no longer wanted. */
  get signal(): AbortSignal {
    this.isKnown = true;
    if (!this.#controller) {
      this.#controller = new AbortController();
      const { reply } = this;
      if (reply && hasFailed(reply)) {
        this.#createReason ??= () => exceptionOf(reply);
      }
      this.#abort();
    }
    return this.#controller.signal;
  }

  /** Says that the work is no longer wanted; asks why only if somebody listens. */
  abort(createReason: () => unknown): void {
    this.isKnown = true;
    this.#createReason ??= createReason;
    oneByOne(() => this.#abort()); // who passes the signal on aborts the next one
  }

  // Nobody waits for what those do who listen.
  #abort(): void {
    const create = this.#createReason;
    if (create) asNobody(() => this.#controller?.abort(create()));
  }

  /** Tells the actor what becomes of the promise that the handler returned. */
  listen(promise: PromiseLike<unknown>): void {
    this.#onValue ??= (value) => this.cell.returned(this, value);
    this.#onError ??= (error) => this.cell.threw(this, error);
    then.call(Promise.resolve(promise), this.#onValue, this.#onError);
  }

  /** Waits no longer for what the reply was handed over to. */
  giveUp(): void {
    const { source } = this;
    if (!source) return;
    unobserve(source, this);
    // What fails because of the signal obeys it. Of the rest nobody would hear.
    if (!this.#controller) giveUpReading(source);
  }

  /** Called when what the reply was handed over to is settled. */
  settled(outcome: Outcome<unknown>): void {
    this.cell.handBack(this, outcome);
  }
}

// Most turns are known to nobody but their actor. To use them again saves the
// object and its two callbacks for each message of an asynchronous handler.
const spare: Turn[] = [];

/** A turn that has just begun. */
export function takeTurn(
  cell: Cell,
  reply: Future<unknown> | undefined,
  handler: Handler,
): Turn {
  // Who has asked for it and is over would keep who has asked it, and so on.
  const asker = reply && askerOf(reply);
  if (asker instanceof Turn && !asker.suspended) asker.reply = undefined;
  const turn = spare.pop();
  if (turn === undefined) return new Turn(cell, reply, handler);
  turn.cell = cell;
  turn.reply = reply;
  turn.handler = handler;
  return turn;
}

/** Takes a turn back that is over; who still holds it keeps nothing by it. */
export function giveTurnBack(turn: Turn): void {
  turn.reply = turn.waits = undefined;
  if (turn.isKnown || spare.length === 64) return;
  turn.cell = undefined!;
  turn.isStuck = turn.isNoted = false;
  spare.push(turn);
}
