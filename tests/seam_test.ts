import { assertEquals, assertRejects } from "./test.ts";
import { type ActorBase, forEachRuntime } from "./runtimes.ts";
import type { ActorRef } from "@dekka/actors";

function define(Base: ActorBase) {
  class Counter extends Base {
    count = 0;
    add(n: number): number {
      return this.count += n;
    }
    override onReceive(message: { add: number }): number {
      return this.add(message.add);
    }
  }
  class Forwarder extends Base {
    override onReceive(message: { to: ActorRef<Counter>; add: number }) {
      return message.to.proxy().add(message.add);
    }
  }
  return { Counter, Forwarder };
}

forEachRuntime(define, ({ Counter, Forwarder }, test) => {
  test("ActorRef arrives as the same reference in a message", async () => {
    await using counter = Counter.start();
    await using forwarder = Forwarder.start();
    assertEquals(await forwarder.ask({ to: counter, add: 2 }), 2);
    assertEquals(await counter.proxy().count, 2);
  });

  test("ActorRef.ask() fails with TypeError for what cannot be cloned or is not taken", async () => {
    await using counter = Counter.start();
    await assertRejects(() => counter.ask(null as never).get(), TypeError);
  });
});
