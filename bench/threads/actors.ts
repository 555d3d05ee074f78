/**
 * The actors of the benchmark of Workers.
 *
 * @module
 */
import { WorkerActor } from "../../runtimes/worker.ts";

/** Answers, counts, throws and computes. */
export class Server extends WorkerActor<number, number> {
  static override readonly module: string = import.meta.url;
  told = 0;

  override onReceive(n: number): number {
    this.told++;
    return n + 1;
  }

  throws(): never {
    throw new TypeError("expected");
  }

  compute(rounds: number): number {
    return compute(rounds);
  }
}

/** Work that no thread can share. */
export function compute(rounds: number): number {
  let hash = 0;
  for (let i = 0; i < rounds; i++) hash = Math.imul(hash ^ i, 16777619);
  return hash;
}
