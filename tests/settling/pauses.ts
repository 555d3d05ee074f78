import type { Pause } from "./program.ts";

interface Host {
  setImmediate?: (callback: () => void) => unknown;
}

// Taken once, at load: time is faked while programs run.
const { setTimeout: setRealTimeout, setImmediate } = globalThis as
  & Host
  & typeof globalThis;

/** Lets others have their turn. */
export async function pass({ how, count }: Pause): Promise<void> {
  if (how === "sleep") {
    return await new Promise((resolve) => void setTimeout(resolve, count));
  }
  for (let left = count; left > 0; left--) {
    if (how === "macro") await task();
    else await undefined;
  }
}

/** Lets the event loop have its turn. */
export function task(): Promise<void> {
  return new Promise((resolve) => {
    if (setImmediate !== undefined) setImmediate(resolve);
    else setRealTimeout(resolve, 0);
  });
}
