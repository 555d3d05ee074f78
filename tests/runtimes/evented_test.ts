import {
  type ActorRef,
  ActorSystem,
  EventedActor,
  type Future,
} from "@dekka/actors";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  test,
  testUnless,
} from "../test.ts";
import { deno } from "../process.ts";

// What holds on the thread of the caller alone; the rest is in the tests that
// run over every runtime.

interface Basket {
  items: string[];
}

class Shop extends EventedActor {
  basket: Basket = { items: [] };
  constructor(readonly given: Basket, onConstruct?: (shop: Shop) => void) {
    super();
    onConstruct?.(this);
  }
  override onReceive(basket: Basket): Basket {
    basket.items.push("received");
    return basket;
  }
  fill(basket: Basket, item: string): Basket {
    basket.items.push(item);
    return basket;
  }
}

test("EventedActor is constructed in the caller's call", async () => {
  const order: string[] = [];
  order.push("before");
  const shop = Shop.start({ items: [] }, () => order.push("constructor"));
  order.push("after");
  assertEquals(order, ["before", "constructor", "after"]);
  await shop.stop();
});

test("EventedActor gets the very arguments of start()", async () => {
  const given = { items: [] };
  await using shop = Shop.start(given);
  assertStrictEquals(await shop.proxy().given, given);
});

test("EventedActor shares messages, arguments, replies and attributes with its callers", async () => {
  await using shop = Shop.start({ items: [] });
  const basket: Basket = { items: [] };
  shop.tell(basket);
  assertStrictEquals(await shop.ask(basket), basket);
  assertStrictEquals(await shop.proxy().fill(basket, "called"), basket);
  assertEquals(basket.items, ["received", "received", "called"]);
  await shop.set("basket", basket);
  assertStrictEquals(await shop.proxy().basket, basket);
});

test("EventedActor passes references and functions as they are", async () => {
  class Caller extends EventedActor {
    override onReceive(fn: (self: ActorRef) => unknown): unknown {
      return fn(this.actorRef as ActorRef);
    }
  }
  await using caller = Caller.start();
  assertStrictEquals(await caller.ask((self) => self), caller);
  const symbol = Symbol("reply");
  assertStrictEquals(await caller.ask(() => symbol), symbol);
});

test("EventedActor whose asker gives up inside the handler reads an aborted signal", async () => {
  class Reader extends EventedActor {
    override onReceive(giveUp: () => void): unknown {
      giveUp();
      const { aborted, reason } = this.signal;
      seen.push(aborted, reason);
      return "too late";
    }
  }
  const seen: unknown[] = [];
  await using reader = Reader.start();
  const controller = new AbortController();
  const asked = reader.ask(() => controller.abort("given up"), controller);
  assertEquals(await asked.catch((reason) => reason), "given up");
  assertEquals(seen, [true, "given up"]);
});

test("EventedActor that answers with its own reply fails with TypeError, without detection too", async () => {
  class Snake extends EventedActor {
    override onReceive(bite: () => unknown): unknown {
      return bite();
    }
  }
  for (const detectDeadlocks of [true, false]) {
    await using system = new ActorSystem({ detectDeadlocks });
    const snake = system.start(Snake);
    const tail: Future<unknown> = snake.ask(() => tail);
    const error = await assertRejects(() => tail.get(), TypeError);
    assertStringIncludes(error.message, "own reply");
    assertEquals(await snake.ask(() => "lives"), "lives");
  }
});

test("EventedActor handles what waits before a timer fires", async () => {
  await using shop = Shop.start({ items: [] });
  const basket: Basket = { items: [] };
  const fired = new Promise<void>((resolve) =>
    setTimeout(() => resolve(shop.proxy().fill(basket, "timer").then()), 0)
  );
  shop.tell(basket);
  shop.proxy().fill.defer(basket, "deferred");
  await fired;
  assertEquals(basket.items, ["received", "deferred", "timer"]);
});

// In a process of its own.

const PROGRAM = "tests/programs/ended_actors.ts";

const noDeno = typeof Deno === "undefined" && "it runs programs with Deno";

const LEFT: Readonly<Record<string, string>> = {
  "lives": "something is held",
  "is stopped": "nothing is held",
  "is killed": "nothing is held",
  "is killed before it starts": "nothing is held",
  "is killed in a handler that never ends": "nothing is held",
  "is killed in a hook that never ends": "nothing is held",
  "is killed with replies that nobody will send": "nothing is held",
  "fails": "nothing is held",
  "fails to start": "nothing is held",
  "fails in its constructor": "nothing is held",
  "is forgotten with its reference": "nothing is held",
  "lives, as to its last message": "nothing is held",
  "is killed, as to the messages that waited": "nothing is held",
};

for (const [way, says] of Object.entries(LEFT)) {
  testUnless(noDeno, `EventedActor that ${way}: ${says}`, async () => {
    const flags = ["--quiet", "--v8-flags=--expose-gc"];
    const outcome = await deno("run", ...flags, PROGRAM, way);
    assertEquals(outcome, { code: 0, stdout: `${says}\n`, stderr: "" });
  });
}

testUnless(
  noDeno,
  "EventedActor that runs does not keep its program alive",
  async () => {
    const program = `
    import { EventedActor } from "@dekka/actors";
    class Idle extends EventedActor {
      onReceive(message) { return message; }
      hang() { return new Promise(() => {}); }
    }
    const idle = Idle.start();
    idle.proxy().hang();
    console.log(await Idle.start().ask("answered"));
  `;
    const outcome = await deno("eval", program);
    assertEquals(outcome.stdout, "answered\n", outcome.stderr);
    assert(outcome.code === 0, outcome.stderr);
  },
);
