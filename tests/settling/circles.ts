import type { History, Noted } from "./history.ts";

/** A part of the history, by the numbers of its notes. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Something that somebody waited for: futures by name, or all ends. */
interface Waited {
  readonly of: readonly string[] | "all";
  readonly span: Span;
}

/**
 * Who can have waited for whom at a time, generously: a message waits for all
 * that its actor handles meanwhile.
 */
export class Circles {
  readonly #history: History;
  readonly #waits = new Map<string, Waited[]>();

  constructor(history: History) {
    this.#history = history;
    for (const { key, by, of, timed, lingers, at } of history.waits) {
      if (timed) continue;
      const rest = lingers && of !== "all"
        ? of.map((id) => this.#settledAt(id))
        : [];
      const to = Math.max(history.waited.get(key)?.at ?? Infinity, ...rest);
      this.#add(by, { of, span: { from: at, to } });
    }
    for (const { id, source, awaits, at } of history.delegates.values()) {
      if (source === undefined) continue;
      // A reply that was given up is taken back; a handler that waits does so.
      const to = this.#settledAt(awaits ? source : id);
      this.#add(id, { of: [source], span: { from: at, to } });
    }
  }

  #add(by: string, waited: Waited): void {
    const waits = this.#waits.get(by);
    if (waits === undefined) this.#waits.set(by, [waited]);
    else waits.push(waited);
  }

  #settledAt(id: string): number {
    return this.#history.outcomes.get(id)?.at ?? Infinity;
  }

  /** When a handler has begun to wait for a future, if it ever did. */
  waitedFrom(handler: string, id: string): number | undefined {
    const waits = this.#waits.get(handler) ?? [];
    return waits.find(({ of }) => of !== "all" && of.includes(id))?.span.from;
  }

  /**
   * Handlers that wait for each other for ever, and are known to be asynchronous
   * before their first call: none of these may be missed.
   */
  *missed(at: number): Generator<string> {
    for (const { id } of this.#history.begins) {
      const seen = new Set<string>();
      const todo = [id];
      for (let here = todo.pop(); here !== undefined; here = todo.pop()) {
        for (const next of this.#strictlyAfter(here, at)) {
          if (next === id) {
            yield id;
            todo.length = 0;
            break;
          }
          if (seen.has(next)) continue;
          seen.add(next);
          todo.push(next);
        }
      }
    }
  }

  #strictlyAfter(handler: string, at: number): string[] {
    const { waits, waited, sentById, beginOf, begins, ends, delegates } =
      this.#history;
    const begin = beginOf.get(handler);
    if (begin === undefined) return [];
    // What a constructor does may be done elsewhere, and by nobody.
    const isOwn = (key: string) => key.startsWith(`${begin.actor}?`);
    const of = waits.filter((wait) =>
      wait.by === handler && isOwn(wait.key) && !wait.timed &&
      wait.of !== "all" &&
      wait.at < at && (waited.get(wait.key)?.at ?? Infinity) > at
    ).flatMap(({ of }) => of as readonly string[]);
    const isHere = ({ id, isAsync }: Noted<"begin">) =>
      (ends.get(id)?.at ?? Infinity) > at && !delegates.has(id) && isAsync;
    if (!isHere(begin)) return [];
    return of.flatMap((id) => {
      const sent = sentById.get(id);
      if (sent === undefined || this.#settledAt(id) <= at) return [];
      const { limit } = sent;
      if (limit?.kind === "timeout" && Number.isFinite(limit.timeout)) {
        return [];
      }
      return begins.filter((other) =>
        other.actor === sent.to && other.at < at && isHere(other)
      ).map(({ id }) => id);
    });
  }

  /** Whether a handler can have waited for itself in a span of time. */
  has(handler: string, span: Span): boolean {
    const seen = new Set<string>();
    const todo = [handler];
    for (let here = todo.pop(); here !== undefined; here = todo.pop()) {
      for (const next of this.#after(here, span)) {
        if (next === handler) return true;
        if (seen.has(next)) continue;
        seen.add(next);
        todo.push(next);
      }
    }
    return false;
  }

  #after(handler: string, span: Span): string[] {
    const { begins, sentById } = this.#history;
    const waits = this.#waits.get(handler) ?? [];
    return waits.filter((waited) => meet(waited.span, span)).flatMap(({ of }) =>
      of === "all"
        ? begins.filter((begin) => this.#isHandled(begin, span))
          .map(({ id }) => id)
        : of.flatMap((id) => this.#holdersOf(sentById.get(id), span))
    );
  }

  #holdersOf(sent: Noted<"sent"> | undefined, span: Span): string[] {
    if (sent === undefined) return [];
    const { id, to: actor, limit, at: from } = sent;
    const isTimed = limit?.kind === "timeout" && Number.isFinite(limit.timeout);
    const pending = { from, to: this.#settledAt(id) };
    if (isTimed || !meet(pending, span)) return [];
    const { begins, beginOf } = this.#history;
    const own = beginOf.has(id) ? [id] : []; // it may have been handed over
    const others = begins.filter((other) =>
      other.actor === actor && this.#isHandled(other, span)
    );
    return [...own, ...others.map(({ id }) => id)];
  }

  // The end of an asynchronous handler is noted before the actor knows of it,
  // and a hook that hands itself over goes on.
  #isHandled({ id, actor, later, hook, at }: Noted<"begin">, span: Span) {
    const next = later || hook !== undefined
      ? this.#history.begins.find((next) =>
        next.actor === actor && next.at > at
      )?.at ?? Infinity
      : this.#history.endOf(id);
    return meet({ from: at, to: next }, span);
  }
}

function meet(one: Span, other: Span): boolean {
  return one.from <= other.to && other.from <= one.to;
}
