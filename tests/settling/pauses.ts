import type { Pause } from "./program.ts";

let passed = 0;

/** How many pauses are over: who goes from one to the next does not rest. */
export function pausesPassed(): number {
  return passed;
}

/** Lets others have their turn. */
export async function pass({ how, count }: Pause): Promise<void> {
  if (how === "sleep") {
    await new Promise((resolve) => void setTimeout(resolve, count));
  } else {
    for (let left = count; left > 0; left--) {
      if (how === "macro") await task();
      else await undefined;
    }
  }
  passed++;
}

interface Host {
  readonly setImmediate?: (callback: () => void) => unknown;
}

// Found at load: a faked clock does not rule it.
const { setImmediate } = globalThis as Host;

/** Lets the event loop have its turn. A timer would take a millisecond. */
export async function task(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  await new Promise<void>((resolve) => {
    port1.onmessage = () => {
      port1.close();
      port2.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
  // Messages can overtake this, and the library may have asked for it.
  if (setImmediate !== undefined) {
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }
}
