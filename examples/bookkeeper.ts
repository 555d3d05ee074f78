/**
 * One actor that asks another: a bookkeeper, and the ledger that it keeps.
 *
 * There are two ways to answer with what another actor says. They differ in
 * what happens to the messages that wait meanwhile.
 *
 * ```sh
 * deno run examples/bookkeeper.ts
 * ```
 *
 * @module
 */

import { type ActorRef, EventedActor, type Future } from "@dekka/actors";

/** What is on each account. */
class Ledger extends EventedActor {
  #balances = new Map<string, number>();

  balance(account: string): number {
    return this.#balances.get(account) ?? 0;
  }

  post(account: string, amount: number): number {
    const balance = this.balance(account) + amount;
    this.#balances.set(account, balance);
    return balance;
  }
}

/** The only one who moves money. */
class Bookkeeper extends EventedActor {
  #ledger;

  constructor(ledger: ActorRef<Ledger>) {
    super();
    this.#ledger = ledger.proxy();
  }

  // A synchronous method that returns a future hands its reply over to it. The
  // bookkeeper is free for the next message at once.
  balance(account: string): Future<number> {
    return this.#ledger.balance(account);
  }

  // An asynchronous method holds up the messages behind it until it has ended.
  // That is what a transfer needs: no other one may come between the look at
  // the balance and the posting.
  async transfer(from: string, to: string, amount: number): Promise<string> {
    const balance = await this.#ledger.balance(from);
    if (balance < amount) {
      throw new RangeError(
        `Cannot move ${amount} from ${from}: has ${balance}`,
      );
    }
    this.#ledger.post.defer(from, -amount);
    this.#ledger.post.defer(to, amount);
    return `${amount} from ${from} to ${to}`;
  }
}

await using ledger = Ledger.start();
await using bookkeeper = Bookkeeper.start(ledger);
const { balance, transfer } = bookkeeper.proxy();

await ledger.proxy().post("cash", 100);

// Both are sent before the first has ended; they do not mix.
const first = transfer("cash", "rent", 80);
const second = transfer("cash", "food", 30);
console.log("moved:", await first);

// What a method throws, its asker catches; the bookkeeper lives on.
console.log("refused:", await second.catch((error) => String(error)));

console.log("cash:", await balance("cash"));
console.log("rent:", await balance("rent"));
console.log("food:", await balance("food"));
