/**
 * The same server by way of Comlink.
 *
 * @module
 */
import { expose } from "comlink";

expose({
  add: (n: number): number => n + 1,
  throws(): never {
    throw new TypeError("expected");
  },
});
