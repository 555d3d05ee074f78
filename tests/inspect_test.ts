import { EventedFuture, traversable } from "@dekka/actors";
import { showAs } from "../inspect.ts";
import { type ActorBase, forEachRuntime } from "./runtimes.ts";
import {
  assertEquals,
  assertStringIncludes,
  test as testOnce,
} from "./test.ts";

function define(Base: ActorBase) {
  class Player extends Base {
    volume = 5;
    part = traversable({ deep: traversable({ n: 1 }) });
  }
  return { Player };
}

interface Host {
  Deno?: { inspect(value: unknown): string };
}

/** What the console prints of a value, here or as Node.js would. */
function inspect(value: object): string {
  const deno = (globalThis as Host).Deno;
  if (deno !== undefined) return deno.inspect(value);
  const show: unknown = Reflect.get(
    value,
    Symbol.for("nodejs.util.inspect.custom"),
  );
  if (typeof show === "function") return show.call(value);
  return Object.values(value).map(inspect).join();
}

forEachRuntime(define, ({ Player }, test) => {
  test("ActorRef is inspected as its class and URN", async () => {
    await using ref = Player.start();
    assertEquals(inspect(ref), `ActorRef of Player (${ref.actorUrn})`);
    assertStringIncludes(
      inspect([ref]),
      `ActorRef of Player (${ref.actorUrn})`,
    );
    assertEquals(String(ref), `Player (${ref.actorUrn})`);
  });

  test("ActorProxy is inspected as its class and URN", async () => {
    await using ref = Player.start();
    const proxy = ref.proxy();
    const name = `ActorProxy of Player (${ref.actorUrn})`;
    assertEquals(inspect(proxy), name);
    assertStringIncludes(inspect({ proxy }), name);
    assertEquals(String(proxy), name);
  });

  test.unlessStub("ActorProxy of a member is inspected with its path", async () => {
    await using ref = Player.start();
    const proxy = ref.proxy();
    const name = `ActorProxy of Player (${ref.actorUrn})`;
    assertEquals(inspect(proxy.part), `${name}.part`);
    assertEquals(inspect(proxy.part.deep), `${name}.part.deep`);
    assertEquals(String(proxy.part.deep), `${name}.part.deep`);
  });

  test("ActorProxy is inspected without a message, and of an ended actor", async () => {
    const ref = Player.start();
    const proxy = ref.proxy();
    const text = inspect(proxy);
    await ref.stop();
    assertEquals(inspect(proxy), text);
    assertEquals(inspect(ref), `ActorRef of Player (${ref.actorUrn})`);
  });
});

testOnce("showAs() decides what Deno and Node.js print of an instance", () => {
  class Point {
    constructor(readonly x: number) {}
    static {
      showAs(this.prototype, (point) => `Point at ${point.x}`);
    }
  }
  const point = new Point(3);
  assertEquals(inspect(point), "Point at 3");
  for (const key of ["Deno.customInspect", "nodejs.util.inspect.custom"]) {
    const show: unknown = Reflect.get(point, Symbol.for(key));
    assertEquals((show as () => string).call(point), "Point at 3");
  }
  assertEquals(Object.keys(Point.prototype), []);
  assertEquals(Reflect.ownKeys(point), ["x"]);
});

testOnce("EventedFuture can be inspected without being read", () => {
  const future = new EventedFuture<number>();
  let runs = 0;
  future.setGetHook(() => ++runs);
  inspect({ future });
  assertEquals(runs, 0);
});
