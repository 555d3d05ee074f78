/**
 * A Worker that leaves posts where another thread looks out for them.
 *
 * @module
 */
import { Doorstep } from "../../../runtimes/worker/doorstep.ts";

const scope = self as unknown as {
  onmessage: (event: MessageEvent<SharedArrayBuffer>) => void;
  postMessage(post: unknown): void;
};

scope.onmessage = ({ data: memory }) => {
  const doorstep = new Doorstep(memory, scope);
  const words = new Int32Array(memory);
  const isAwaited = () => (Atomics.load(words, 0) & 1) === 1;
  for (const post of ["left", "also left", ["sent"]]) {
    while (!isAwaited());
    doorstep.postMessage(post);
  }
  // Who looks out now, although a post is on its way, gets the next before it.
  const end = performance.now() + 20;
  while (!isAwaited() && performance.now() < end);
  doorstep.postMessage("sent");
};
