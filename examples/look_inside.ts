/**
 * A program that hangs, and can be asked why.
 *
 * A waiter waits for a cook, the cook for an oven, and the oven for a promise
 * that nobody will settle. No ask closes a circle, so no ask fails: it just
 * takes for ever. Run it, and send it the signal that it names:
 *
 * ```sh
 * deno run examples/look_inside.ts
 * ```
 *
 * @module
 */

import { type ActorRef, EventedActor } from "@dekka/actors";
import { dumpActors } from "@dekka/actors/debug";

const preheating = Promise.withResolvers<void>();

class Oven extends EventedActor {
  async bake(dish: string): Promise<string> {
    preheating.resolve();
    await new Promise(() => {}); // the mistake
    return `baked ${dish}`;
  }
}

class Cook extends EventedActor {
  #oven: ActorRef<Oven>;

  constructor(oven: ActorRef<Oven>) {
    super();
    this.#oven = oven;
  }

  async cook(dish: string): Promise<string> {
    return `${await this.#oven.proxy().bake(dish)}, with salad`;
  }
}

class Waiter extends EventedActor {
  #cook: ActorRef<Cook>;

  constructor(cook: ActorRef<Cook>) {
    super();
    this.#cook = cook;
  }

  async serve(dish: string, table: number): Promise<string> {
    return `table ${table}: ${await this.#cook.proxy().cook(dish)}`;
  }
}

// Any program can have this line, but on Windows. It costs nothing until the
// signal comes. SIGUSR1 would open Deno's debugger as well.
Deno.addSignalListener("SIGUSR2", () => dumpActors());

const oven = Oven.start();
const cook = Cook.start(oven);
const waiter = Waiter.start(cook).proxy();

// Neither actors nor the listener keep a program alive; its server would.
const server = setInterval(() => {}, 60_000);

const served = waiter.serve("pizza", 1);
waiter.serve.defer("lasagne", 2);
await preheating.promise;
console.log(`Why does it hang? kill -USR2 ${Deno.pid}`);
console.log(await served);
clearInterval(server);
