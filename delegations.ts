import { context } from "./context.ts";
import {
  computing,
  fulfil,
  type Future,
  originOf,
  read,
  reject,
} from "./future.ts";
import {
  exceptionOf,
  hasFailed,
  isReady,
  observe,
  oneByOne,
  type Outcome,
  valueOf,
} from "./outcome.ts";
import { runInTask } from "./platform.ts";
import type { Turn } from "./turn.ts";

/** The replies of an actor that were handed over to other futures. */
export class Delegations {
  readonly #turns = new Map<Future<unknown>, Turn>();

  /** The turns that handed their replies over. */
  get turns(): Turn[] {
    return [...this.#turns.values()];
  }

  /** The turn that handed a reply over. */
  of(reply: Future<unknown>): Turn | undefined {
    return this.#turns.get(reply);
  }

  /** Hands the reply of a turn over to a future. */
  add(turn: Turn, future: Future<unknown>): void {
    const reply = turn.reply!;
    if (future === reply) {
      const text =
        `Cannot reply from ${turn.label}: the future is its own reply`;
      reject(reply, new TypeError(text));
      return;
    }
    turn.suspended = true;
    turn.waits = undefined;
    if (turn.followed) context.followed++; // what it has started may go on
    this.#turns.set(reply, turn);
    read(future);
    if (this.of(reply) !== turn) return; // its hook has ended the actor, say
    const objection = isReady(future) ? undefined : context.wait(turn, future);
    const refuse = (error: unknown) =>
      reject(this.takeBack(turn).reply!, error);
    if (objection instanceof Error) return void refuse(objection);
    objection?.catch((error) => this.of(reply) === turn && refuse(error));
    turn.source = future;
    if (isReady(future)) turn.settled(future);
    else observe(future, turn);
  }

  /** Called when what a reply was handed over to is settled. */
  settled(turn: Turn, outcome: Outcome<unknown>): void {
    this.#leave(turn);
    const reply = turn.reply!;
    turn.reply = undefined;
    oneByOne(() => {
      if (hasFailed(outcome)) reject(reply, exceptionOf(outcome));
      else fulfil(reply, valueOf(outcome));
    }); // a reply that is settled may settle the next
  }

  /** Takes a reply back, which has been given up. */
  takeBack(turn: Turn): Turn {
    this.#leave(turn);
    turn.giveUp();
    return turn;
  }

  #leave(turn: Turn): void {
    this.#turns.delete(turn.reply!);
    turn.suspended = false;
    if (turn.followed) context.followed--;
  }

  /** Fails the replies that no ask will settle: their actor has ended. */
  refuse(createError: () => Error): void {
    for (const turn of this.turns) this.#refuse(turn, createError);
  }

  // What is made of asks is computed when they are settled. It may take its time
  // for something else: then it is nobody's who could be ended.
  #refuse(turn: Turn, createError: () => Error, isLate = false): void {
    if (this.of(turn.reply!) !== turn) return;
    const asks = turn.source && asksBehind(turn.source);
    const again = () => runInTask(() => this.#refuse(turn, createError, true));
    if (asks === undefined || asks.length === 0 && isLate) {
      reject(this.takeBack(turn).reply!, createError());
    } else if (asks.length === 0) again();
    // One of them is enough: the others are looked at when it is settled.
    else observe(asks[0]!, { settled: again });
  }
}

/** The pending asks that settle a future, if nothing else has to. */
function asksBehind(future: Future<unknown>): Future<unknown>[] | undefined {
  const asks: Future<unknown>[] = [];
  const behind = new Set([future]); // which grows while it is looked through
  for (const each of behind) {
    if (isReady(each)) continue;
    const sources = computing(each)?.sources;
    if (originOf(each) !== undefined) asks.push(each);
    else if (sources === undefined) return undefined;
    else for (const source of sources) behind.add(source);
  }
  return asks;
}
