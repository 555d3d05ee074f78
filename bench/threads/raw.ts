/**
 * A Worker that answers each post, and counts those it need not answer.
 *
 * @module
 */
const scope = self as unknown as {
  onmessage: (event: MessageEvent<[id: number, n: number]>) => void;
  postMessage(message: unknown): void;
};
let told = 0;

scope.onmessage = ({ data: [id, n] }) => {
  if (id === 0) told++;
  else if (id < 0) scope.postMessage([id, told]);
  else scope.postMessage([id, n + 1]);
};
