import { emit, log } from "../../report.ts";
import { type Pending, unwatch, watch } from "../../stuck.ts";
import type { Home } from "./home.ts";

/** An actor whose module is being loaded, which may take for ever. */
class Loading implements Pending {
  readonly stuckAfter: number;
  since = 0;
  isWatched = false;
  isStuck = false;
  isNoted = false;
  before: Pending | undefined = undefined;
  after: Pending | undefined = undefined;

  constructor(readonly home: Home, readonly module: string) {
    this.stuckAfter = home.system.stuckAfter;
  }

  reportStuck(): void {
    const { home, module, stuckAfter: ms } = this;
    const { ref, system } = home;
    if (home.death !== undefined) return; // it was killed meanwhile
    const time = ms < 1000 ? `${ms} ms` : `${ms / 1000} s`;
    emit(system, "stuck", { actorRef: ref });
    const text = `${ref} has not started for ${time}: ${module} still loads`;
    log(system, "warn", ref, text);
  }

  noteStranger(): void {}
}

/**
 * Reports an actor whose module takes too long to load, once.
 *
 * @returns What is called when the module is there.
 */
export function watchLoading(home: Home, module: string): () => void {
  const loading = new Loading(home, module);
  watch(loading);
  return () => unwatch(loading);
}
