/**
 * The watch over actors of Workers that were killed. A handler that never returns
 * to the event loop can only be terminated, with its Worker; until then, who
 * shares the Worker waits.
 */
import { unrefTimer } from "../../platform.ts";
import { reportGivenUp, reportWaits } from "./pool_reports.ts";
import type { PoolWorker } from "./pool_worker.ts";
import type { Stub } from "./stub.ts";

/** How long a Worker may take to notice that its last actor was killed. */
const GRACE = 1000;

/** The same while it still loads, which a busy machine does slowly. */
const LOADING = 10_000;

// A faked clock must not rule them.
const { setTimeout, clearTimeout } = globalThis;

/**
 * Gives an actor up that was killed, if its Worker does not say in time that it
 * has ended.
 *
 * @param stub Its mailbox on this thread.
 * @param worker Where it lives.
 * @param reason What it was killed for.
 * @param onLost Is called when it was given up.
 */
export function expectEnd(
  stub: Stub,
  worker: PoolWorker,
  reason: unknown,
  onLost: () => void,
): void {
  // Several may kill it, and one may hear of its end late.
  if (stub.ended || stub.onEnded !== undefined) return;
  const timer = setTimeout(() => {
    stub.kill(reason); // where it was killed in a Worker, this may not have come
    reportGivenUp(stub);
    stub.lose(stub.death!);
    if (worker.living.length > 0) expectReturn(stub, worker);
    onLost();
  }, worker.isReady ? GRACE : LOADING);
  stub.onEnded = () => clearTimeout(timer);
}

// Its handler still runs, and others wait for the thread.
function expectReturn(stub: Stub, worker: PoolWorker): void {
  const { stuckAfter } = stub.system;
  if (stuckAfter === Infinity) return;
  const timer = setTimeout(
    () => reportWaits(worker.living, stub),
    Math.min(Math.max(0, stuckAfter - GRACE), 2 ** 31 - 1),
  );
  unrefTimer(timer);
  stub.onEnded = () => clearTimeout(timer);
}
