/**
 * A counter, and the three ways to speak to an actor: tell, ask, proxy.
 *
 * ```sh
 * deno run examples/quickstart.ts
 * ```
 *
 * @module
 */

import { EventedActor } from "@dekka/actors";

/** Only the counter itself touches its count, one message at a time. */
class Counter extends EventedActor {
  count = 0;

  add(n: number): number {
    return this.count += n;
  }

  // The signature is the protocol: tell() and ask() take nothing else.
  override onReceive(message: "get" | { add: number }): number {
    return message === "get" ? this.count : this.add(message.add);
  }
}

// The counter stops at the end of the block; here, of the script.
await using counter = Counter.start();

// Tell: send a message and go on.
counter.tell({ add: 1 });

// Ask: send a message and wait for the reply.
console.log("ask:", await counter.ask("get"));

// Proxy: the public methods and attributes, each as a future.
const proxy = counter.proxy();
console.log("call:", await proxy.add(2));
console.log("read:", await proxy.count);

// A method whose result nobody needs can be told, too.
proxy.add.defer(4);
console.log("read after defer:", await proxy.count);
