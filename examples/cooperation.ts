/**
 * Long work that does not get in the way: an actor that splits it into messages
 * to itself.
 *
 * While a handler computes, nothing else happens: no other message, no other
 * actor, no timer. So this one does a slice of the work and sends itself the
 * rest as a message. What has arrived meanwhile comes first.
 *
 * ```sh
 * deno run examples/cooperation.ts
 * ```
 *
 * @module
 */

import { EventedActor, EventedFuture, type Future } from "@dekka/actors";

/** How many numbers are looked at before others have their turn. */
const SLICE = 10_000;

/** What is left to do of a count. */
interface Work {
  readonly from: number;
  readonly limit: number;
  readonly found: number;
  readonly result: EventedFuture<number>;
  /** Aborts when the asker does not want the result any more. */
  readonly signal: AbortSignal;
}

/** Counts the prime numbers up to a limit. */
class PrimeCounter extends EventedActor {
  checked = 0;

  // The reply is handed over to a future, so that this can end before the work.
  override onReceive(limit: number): Future<number> {
    const result = new EventedFuture<number>();
    this.slice({ from: 2, limit, found: 0, result, signal: this.signal });
    return result;
  }

  slice(work: Work): void {
    if (work.signal.aborted) return;
    let { from, limit, found } = work;
    const end = Math.min(from + SLICE, limit + 1);
    for (; from < end; from++) {
      if (isPrime(from)) found++;
      this.checked++;
    }
    if (from > limit) return work.result.set(found);
    const self = this.actorRef.proxy<PrimeCounter>();
    self.slice.defer({ ...work, from, found });
  }
}

function isPrime(n: number): boolean {
  for (let divisor = 2; divisor * divisor <= n; divisor++) {
    if (n % divisor === 0) return false;
  }
  return true;
}

await using counter = PrimeCounter.start();
const proxy = counter.proxy();

// It answers while it works …
const count = counter.ask(200_000);
console.log("checked so far:", await proxy.checked);
console.log("primes up to 200,000:", await count);
console.log("checked in the end:", await proxy.checked);

// … and it stops working when the asker gives up.
try {
  await counter.ask(1e12, { timeout: 50 });
} catch (error) {
  console.log("primes up to a trillion:", (error as Error).name);
}
const before = await proxy.checked;
const after = await proxy.checked;
console.log("goes on:", after > before);
