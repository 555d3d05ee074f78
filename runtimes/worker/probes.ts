import type { Waiter } from "../../context.ts";
import {
  type OwnProbe,
  passOn,
  type Probe,
  type Stamp,
} from "../../crossing.ts";

/** A search for a circle of waits on its way. */
export interface Search {
  /** The thread that began it. */
  readonly origin: number;
  /** Its number there. */
  readonly token: number;
  /** Who waits so far. */
  readonly path: readonly string[];
  readonly stamp: Stamp;
}

interface Foreign extends Probe {
  readonly search: Search;
}

/** So many searches are remembered; those of long ago have ended or are lost. */
const MANY = 4096;

const own = new Map<number, OwnProbe>();
let tokens = 0;
/** Whom each search has come to on this thread: once is enough. */
const passed = new Map<string, WeakSet<Waiter>>();

/** What stands for a search that goes to another thread. */
export function searchOf(probe: Probe, thread: number): Search {
  const { path, stamp } = probe;
  const { search } = probe as Foreign;
  if (search !== undefined) return { ...search, path };
  own.set(++tokens, probe as OwnProbe);
  own.delete(tokens - MANY);
  return { origin: thread, token: tokens, path, stamp };
}

/**
 * Goes on with a search that has arrived.
 *
 * @param holder Who has to get on before the one that waits can.
 * @param search The search.
 * @param thread This thread.
 */
export function goOn(holder: Waiter, search: Search, thread: number): void {
  const { origin, token, path, stamp } = search;
  if (!isFirst(holder, `${origin}.${token}`)) return;
  const began = origin === thread ? own.get(token) : undefined;
  const found = (path: readonly string[]) => began?.found(path);
  const probe: Foreign = { path, stamp, found, search };
  passOn(holder, probe, began?.waiter);
}

function isFirst(holder: Waiter, key: string): boolean {
  let holders = passed.get(key);
  if (holders === undefined) {
    passed.set(key, holders = new WeakSet());
    if (passed.size > MANY) passed.delete(passed.keys().next().value!);
  }
  if (holders.has(holder)) return false;
  holders.add(holder);
  return true;
}
