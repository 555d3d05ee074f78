import type { History, Noted } from "./history.ts";

/**
 * Who can have waited for whom, generously: each handler for all that it has
 * ever waited for, and each message for all handlers that it queued behind.
 */
export class Circles {
  readonly #history: History;
  readonly #waits = new Map<string, (readonly string[] | "all")[]>();

  constructor(history: History) {
    this.#history = history;
    for (const { by, of, timed } of history.waits) {
      if (!timed) this.#add(by, of);
    }
    for (const { id, source } of history.delegates.values()) {
      if (source !== undefined) this.#add(id, [source]);
    }
  }

  #add(by: string, of: readonly string[] | "all"): void {
    const waits = this.#waits.get(by);
    if (waits === undefined) this.#waits.set(by, [of]);
    else waits.push(of);
  }

  /** Whether a handler can have waited for itself. */
  has(handler: string): boolean {
    const seen = new Set<string>();
    const todo = [handler];
    for (let here = todo.pop(); here !== undefined; here = todo.pop()) {
      for (const next of this.#after(here)) {
        if (next === handler) return true;
        if (seen.has(next)) continue;
        seen.add(next);
        todo.push(next);
      }
    }
    return false;
  }

  #after(handler: string): string[] {
    const { begins, sentById } = this.#history;
    const waits = this.#waits.get(handler) ?? [];
    return waits.flatMap((of) =>
      of === "all"
        ? begins.map(({ id }) => id)
        : of.flatMap((id) => this.#holdersOf(sentById.get(id)))
    );
  }

  #holdersOf(sent: Noted<"sent"> | undefined): string[] {
    if (sent === undefined) return [];
    const { id, to, limit, at } = sent;
    const isTimed = limit?.kind === "timeout" && Number.isFinite(limit.timeout);
    if (isTimed) return [];
    const { begins, beginOf, outcomes } = this.#history;
    const begin = beginOf.get(id);
    const over = begin?.at ?? outcomes.get(id)?.at ?? Infinity;
    const before = begins.filter((other) =>
      other.actor === to && other.at <= over &&
      this.#overOf(other) >= at
    ).map(({ id }) => id);
    return begin === undefined ? before : [id, ...before];
  }
  // The end of an asynchronous handler is noted before the actor knows of it,
  // and a hook that hands itself over goes on.
  #overOf({ id, actor, later, hook, at }: Noted<"begin">): number {
    if (!later && hook === undefined) return this.#history.endOf(id);
    const next = this.#history.begins.find((begin) =>
      begin.actor === actor && begin.at > at
    );
    return next?.at ?? Infinity;
  }
}
