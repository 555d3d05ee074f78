import type { Pause } from "./program.ts";

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

/** Lets the event loop have its turn. A timer would take a millisecond. */
export function task(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      port2.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
