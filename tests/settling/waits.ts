import { getAll } from "@dekka/actors";
import { thrown, valued } from "./journal.ts";
import type { Gather, Use } from "./program.ts";
import type { Sent } from "./sender.ts";
import type { Play, Site } from "./site.ts";

/** Waits for futures, and notes how long. */
export class Waits {
  readonly #site: Site;

  constructor(site: Site) {
    this.#site = site;
  }

  /** Waits as `wait` does, and notes it. */
  wait(
    of: readonly string[] | "all",
    by: string,
    timed: boolean,
    wait: () => PromiseLike<unknown>,
    lingers: boolean = false,
  ): PromiseLike<unknown> {
    const key = `${this.#site.name}?${this.#site.next()}`;
    this.#site.note({ what: "wait", key, by, of, timed, lingers });
    const promise = (async () => await wait())();
    promise.then(
      (value) =>
        this.#site.note({ what: "waited", key, outcome: valued(value) }),
      (error) =>
        this.#site.note({ what: "waited", key, outcome: thrown(error) }),
    );
    return promise;
  }

  /** Does with a future what the program says. */
  *use(sent: Sent | undefined, use: Use, by: string): Play {
    if (sent === undefined || use === "leave") return;
    const { id, future } = sent;
    const timed = use === "getTimed";
    const promise = this.wait([id], by, timed, () => {
      if (use === "await") return future;
      return timed ? future.get({ timeout: 4 }) : future.get();
    });
    if (use !== "getUnawaited") yield { promise, fatal: use === "get" };
  }

  /** Waits for several futures. */
  *gather(sent: readonly Sent[], { how, wait }: Gather, by: string): Play {
    const [first] = sent;
    if (first === undefined) return;
    const futures = sent.map(({ future }) => future);
    const ids = (how === "map" ? [first] : sent).map(({ id }) => id);
    const timed = how === "getAllTimed";
    const promise = this.wait(ids, by, timed, () => {
      switch (how) {
        case "getAll":
          return getAll(futures);
        case "getAllTimed":
          return getAll(futures, { timeout: 4 });
        case "join":
          return first.future.join(...futures.slice(1)).get();
        case "map":
          return first.future.map((value) => [value]).get();
        case "race":
          return Promise.race(futures);
        case "allSettled":
          return Promise.allSettled(futures);
        default:
          return Promise.all(futures);
      }
    }, how === "all" || how === "race" || how === "allSettled");
    if (wait) yield { promise, fatal: false };
  }
}
