import { EventedFuture, type Future } from "@dekka/actors";
import { thrown, valued } from "./journal.ts";
import { pass } from "./pauses.ts";
import { LATER, type Site } from "./site.ts";

/** The futures that replies are handed over to, and that are no asks. */
export class Hands {
  readonly #site: Site;
  readonly #open: { id: string; future: EventedFuture<unknown> }[] = [];

  constructor(site: Site) {
    this.#site = site;
  }

  /** Settles one that waits to be. */
  settle(nth: number, fails: boolean): void {
    const hand = this.#open[nth];
    if (hand === undefined) return;
    this.#open.splice(nth, 1);
    const { id, future } = hand;
    const error = new Error(`by hand ${id}`);
    const outcome = fails ? thrown(error) : valued(`by hand ${id}`);
    this.#site.note({ what: "settle", id, outcome });
    if (fails) future.setException(error);
    else future.set(`by hand ${id}`);
  }

  /** A future for the reply of a handler. */
  promised(to: string, id: string): Future<unknown> {
    const future = this.#make(to, id);
    // Told handlers hand their failures to nobody: they are read at the end.
    setTimeout(() => future.catch(() => {}), LATER);
    return future;
  }

  #make(to: string, id: string): Future<unknown> {
    const future = new EventedFuture<unknown>();
    const error = new Error(`delegated ${id}`);
    const value = `delegated ${id}`;
    switch (to) {
      case "hand":
      case "handMapped":
        this.#open.push({ id, future });
        return to === "hand" ? future : future.map((value) => value);
      case "promiseNever":
        return EventedFuture.from(new Promise(() => {}));
    }
    const fails = to === "failed" || to === "promiseFails";
    const outcome = fails ? thrown(error) : valued(value);
    this.#site.note({ what: "settle", id, outcome });
    if (to === "done") future.set(value);
    else if (to === "failed") future.setException(error);
    else return EventedFuture.from(promised(fails ? undefined : value, error));
    return future;
  }
}

/** A future made from that of an ask. */
export function derive(
  how: "ask" | "mapped" | "mappedHangs" | "joined",
  future: Future<unknown>,
): Future<unknown> {
  if (how === "ask") return future;
  if (how === "mapped") return future.map((value) => value);
  if (how === "mappedHangs") return future.map(() => new Promise(() => {}));
  const done = new EventedFuture<string>();
  done.set("joined");
  return future.join(done).map(([value]) => value);
}

async function promised(value: unknown, error: Error): Promise<unknown> {
  await pass({ do: "pause", how: "sleep", count: 2 });
  if (value === undefined) throw error;
  return value;
}
