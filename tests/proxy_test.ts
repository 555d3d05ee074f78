import {
  ActorDeadError,
  type ActorProxy,
  type ActorRef,
  ActorSystem,
  EventedFuture,
  Future,
  getAll,
  type Logger,
  Timeout,
  traversable,
} from "@dekka/actors";
import { mailboxOf } from "@dekka/actors/runtime";
import { Gate } from "./actors.ts";
import { Lines } from "./lines.ts";
import { type ActorBase, forEachRuntime } from "./runtimes.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "./test.ts";

function define(Base: ActorBase) {
  /** A part with a life of its own, which only works on itself. */
  class Playback {
    volume = 5;
    readonly #song = "Yesterday";
    _needle = 1;
    equalizer = traversable({
      bass: 1,
      boost(by: number): number {
        return this.bass += by;
      },
    });
    plain = { secret: 1 };
    get song(): string {
      return this.#song;
    }
    async louder(by: number): Promise<number> {
      await Promise.resolve();
      return this.volume += by;
    }
    static create(): Playback {
      return new Playback();
    }
  }

  class Device extends Base {
    powered = false;
    model(): string {
      return "device";
    }
    power(): boolean {
      return this.powered = true;
    }
  }

  class Player extends Device {
    count = 0;
    readonly maker: string;
    label: string | undefined = undefined;
    tracks = ["a", "b"];
    readonly playback = traversable(Playback.create());
    pending: Promise<string> = Promise.resolve("later");
    delegated: Future<string> = EventedFuture.from(Promise.resolve("handed"));
    reads = 0;
    twice = (n: number): number => 2 * n;
    protected hidden = 1;
    #secret = 2;
    _byConvention = 3;
    declare extra?: number;
    declare part?: { volume: number };

    constructor(maker = "Dekka") {
      super();
      this.maker = maker;
    }
    get counted(): number {
      this.reads++;
      return this.count;
    }
    get broken(): number {
      throw new RangeError("broken getter");
    }
    get view(): object {
      return traversable({ count: this.count });
    }
    override model(): string {
      return `player, a ${super.model()}`;
    }
    add(by: number): number {
      return this.count += by;
    }
    async addLater(by: number): Promise<number> {
      await Promise.resolve();
      return this.add(by);
    }
    later(): Future<number> {
      return this.actorRef.proxy<Player>().add(10);
    }
    fail(): never {
      throw new RangeError("as told");
    }
    secrets(): number {
      return this.hidden + this.#secret;
    }
    grow(): void {
      this.extra = 7;
      this.part = traversable({ volume: 8 });
    }
    shrink(): void {
      delete this.extra;
      this.part = { volume: 9 };
    }
    then(): string {
      return "a trap";
    }
    toJSON(): string {
      return "a trap";
    }
    override toString(): string {
      return "its own toString()";
    }
    [Symbol.iterator](): never {
      throw new Error("a trap");
    }
  }

  /** Keeps its inbox waiting until a gate is open. */
  class Busy extends Base {
    count = 0;
    async wait(gate: ActorRef<Gate>): Promise<void> {
      await gate.proxy().pass();
    }
    add(): number {
      return ++this.count;
    }
  }

  /** Asks through a proxy that it was given. */
  class Caller extends Base {
    async call(player: ActorProxy<Player>): Promise<number> {
      return await player.add(3);
    }
    give(player: ActorProxy<Player>): ActorProxy<Player> {
      return player;
    }
  }

  return { Player, Busy, Caller };
}

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** A proxy of which any name can be tried. */
function loose(proxy: object): Record<PropertyKey, unknown> {
  return proxy as Record<PropertyKey, unknown>;
}

/** What is sent to an actor from now on. */
function listen(ref: ActorRef): string[] {
  const kinds: string[] = [];
  const mailbox = mailboxOf(ref);
  const { post, send } = mailbox;
  // A mailbox may do the one by the other.
  let inside = false;
  const note = (kind: string, pass: () => void) => {
    if (inside) return pass();
    kinds.push(kind);
    inside = true;
    pass();
    inside = false;
  };
  mailbox.post = (message, reply) =>
    note("message", () => post.call(mailbox, message, reply));
  mailbox.send = (envelope, reply) =>
    note(envelope.kind, () => send.call(mailbox, envelope, reply));
  return kinds;
}

/** A proxy is not mistaken for a promise or a list, whatever the actor declares. */
function assertTame(proxy: object): void {
  for (const name of ["then", "toJSON", "constructor"]) {
    assertStrictEquals(loose(proxy)[name], undefined);
    assertEquals(name in proxy, false);
  }
  assertStrictEquals(loose(proxy)[Symbol.iterator], undefined);
  assertStrictEquals(loose(proxy)[Symbol.asyncIterator], undefined);
  assertStrictEquals(loose(proxy)[Symbol.toStringTag], undefined);
  assertStrictEquals(loose(proxy)[Symbol("own")], undefined);
  assertEquals(Symbol.iterator in proxy, false);
}

/** Names that a proxy never shows, whoever declares them. */
const HIDDEN = [
  "onStart",
  "onStop",
  "onFailure",
  "onReceive",
  "actorSystem",
  "signal",
  "_byConvention",
  "_",
  "__proto__",
  "hasOwnProperty",
  "isPrototypeOf",
  "propertyIsEnumerable",
  "toLocaleString",
  "valueOf",
  "__defineGetter__",
  "__lookupSetter__",
];

forEachRuntime(define, ({ Player, Busy, Caller }, test) => {
  // Methods.

  test("ProxyMethod asks the actor to run the method", async () => {
    await using ref = Player.start();
    const proxy = ref.proxy();
    const future = proxy.add(2);
    assertInstanceOf(future, Future);
    assertEquals(await future, 2);
    assertEquals(await proxy.addLater(3), 5);
    assertEquals(await proxy.later(), 15);
    assertEquals(await proxy.secrets(), 3);
  });

  test.unlessStub("ProxyMethod runs a function that is the value of a field", async () => {
    await using ref = Player.start();
    assertEquals(await ref.proxy().twice(4), 8);
  });

  test("ProxyMethod runs inherited and overridden methods", async () => {
    await using ref = Player.start();
    assertEquals(await ref.proxy().power(), true);
    assertEquals(await ref.proxy().powered, true);
    assertEquals(await ref.proxy().model(), "player, a device");
    assertEquals(await ref.proxy().toString(), "its own toString()");
  });

  test("ProxyMethod passes on what the method throws, and the actor lives on", async () => {
    await using system = new ActorSystem({ logger: quiet });
    const ref = system.start(Player);
    await assertRejects(() => ref.proxy().fail().get(), RangeError, "as told");
    assertEquals(await ref.proxy().add(1), 1);
  });

  test("ProxyMethod needs no receiver and is the same each time", async () => {
    await using ref = Player.start();
    const proxy = ref.proxy();
    const { add } = proxy;
    assertEquals(await add(2), 2);
    assertStrictEquals(proxy.add, add);
    assertStrictEquals(ref.proxy(), proxy);
  });

  test("ProxyMethod.defer() tells the actor to run the method", async () => {
    await using ref = Player.start();
    const proxy = ref.proxy();
    assertEquals(proxy.add.defer(2), undefined);
    proxy.addLater.defer(3);
    assertEquals(await proxy.count, 5);
  });

  test("ProxyMethod.defer() lets an actor fail whose method throws", async () => {
    const lines = new Lines();
    await using system = new ActorSystem({ logger: lines });
    const ref = system.start(Player);
    ref.proxy().fail.defer();
    await ref.stopped;
    assertEquals(ref.isAlive(), false);
    assertEquals(lines.loud().map(({ text }) => text), [
      `fail of ${ref} threw, and the actor ends`,
    ]);
  });

  test("ProxyMethod sends nothing when it is only looked at", async () => {
    await using ref = Player.start();
    const sent = listen(ref);
    const { add } = ref.proxy();
    assertEquals(typeof add, "function");
    assertEquals(typeof add.defer, "function");
    assertEquals(sent, []);
    await add(1);
    add.defer(1);
    assertEquals(sent, ["call", "call"]);
  });

  // Attributes.

  test("ActorProxy shows attributes as futures", async () => {
    await using ref = Player.start("Lenco");
    const proxy = ref.proxy();
    assertInstanceOf(proxy.count, Future);
    assertEquals(await proxy.count, 0);
    assertEquals(await proxy.maker, "Lenco");
    assertEquals(await proxy.label, undefined);
    assertEquals(await proxy.tracks, ["a", "b"]);
    assertEquals(await proxy.actorUrn, ref.actorUrn);
  });

  test("ActorProxy shows actorRef as the reference itself", async () => {
    await using ref = Player.start();
    const sent = listen(ref);
    assertStrictEquals<unknown>(ref.proxy().actorRef, ref);
    assertEquals(sent, []);
  });

  test("ActorProxy.stop() stops the actor after what was sent before", async () => {
    const ref = Player.start();
    const adding = ref.proxy().addLater(1);
    await ref.proxy().stop();
    await ref.stopped;
    assertEquals(await adding, 1);
    const other = Player.start();
    other.proxy().stop.defer();
    await other.stopped;
    assertEquals(other.isAlive(), false);
  });

  test("ActorProxy sends a read at the access, in order with everything else", async () => {
    await using ref = Player.start();
    const proxy = ref.proxy();
    const before = proxy.count;
    proxy.add.defer(1);
    const between = proxy.count;
    const adding = proxy.addLater(1);
    const setting = ref.set("count", 10);
    const after = proxy.count;
    assertEquals(
      await getAll([after, setting, adding, between, before]),
      [10, undefined, 2, 1, 0],
    );
  });

  test("ActorProxy reads what was accessed, also when nobody waits", async () => {
    await using ref = Player.start();
    void ref.proxy().counted;
    void ref.proxy().counted;
    assertEquals(await ref.proxy().reads, 2);
  });

  test("ActorProxy runs a getter only when the actor handles the read", async () => {
    await using system = new ActorSystem({ logger: quiet });
    const ref = system.start(Player);
    const proxy = ref.proxy();
    assert("counted" in proxy);
    const future = proxy.broken;
    assertInstanceOf(future, Future);
    await assertRejects(() => future.get(), RangeError, "broken getter");
    assertEquals(await proxy.reads, 0);
    assertEquals(await proxy.counted, 0);
    assertEquals(await proxy.reads, 1);
  });

  test("ActorProxy shows what a getter returns as a future, traversable or not", async () => {
    await using ref = Player.start();
    const { view } = ref.proxy();
    assertInstanceOf(view, Future);
    assertEquals(Object.keys(await view), ["count"]);
  });

  test("ActorProxy waits for attributes that are promises or futures", async () => {
    await using ref = Player.start();
    assertEquals(await ref.proxy().pending, "later");
    assertEquals(await ref.proxy().delegated, "handed");
  });

  // What a name is.

  test.unlessStub("ActorProxy throws a TypeError for a name that the actor lacks", async () => {
    await using ref = Player.start();
    const sent = listen(ref);
    const error = assertThrows(() => loose(ref.proxy()).nope, TypeError);
    assertEquals(
      error.message,
      `Cannot access nope of ActorProxy of ${ref}: there is no such public member`,
    );
    const nested = assertThrows(
      () => loose(ref.proxy().playback).nope,
      TypeError,
    );
    assertStringIncludes(
      nested.message,
      `Cannot access nope of ActorProxy of ${ref}.playback: `,
    );
    assertEquals(sent, []);
  });

  test.unlessStub("ActorProxy decides from the live object what a name is", async () => {
    await using ref = Player.start();
    const proxy = ref.proxy();
    assertThrows(() => proxy.extra, TypeError);
    await proxy.grow();
    assertEquals(await proxy.extra, 7);
    assertEquals(await loose(loose(proxy).part as object).volume, 8);
    await proxy.shrink();
    assertThrows(() => proxy.extra, TypeError);
    assertEquals(await proxy.part, { volume: 9 });
  });

  test.unlessStub("ActorProxy does not take what it said before for granted", async () => {
    await using ref = Player.start();
    const proxy = ref.proxy();
    await proxy.grow();
    const part = loose(loose(proxy).part as object);
    await proxy.shrink();
    // What was traversable is no longer so.
    assertThrows(() => part.volume, TypeError);
    await proxy.grow();
    assertEquals(await part.volume, 8);
  });

  test("ActorProxy refuses hidden names", async () => {
    await using ref = Player.start();
    const proxy = loose(ref.proxy());
    const sent = listen(ref);
    for (const name of HIDDEN) {
      assertThrows(() => proxy[name], TypeError, `Cannot access ${name} of`);
      assertEquals(name in proxy, false, name);
    }
    assertEquals(sent, []);
  });

  test("ActorProxy refuses every name of the base classes but three", async () => {
    await using ref = Player.start();
    const proxy = loose(ref.proxy());
    const shown = new Set<string>();
    let prototype = Object.getPrototypeOf(Player.prototype);
    prototype = Object.getPrototypeOf(prototype); // behind Device
    for (; prototype !== null; prototype = Object.getPrototypeOf(prototype)) {
      const names = Object.getOwnPropertyNames(prototype);
      // What the classes of this test declare themselves is theirs to show.
      for (const name of names.filter((name) => name !== "toString")) {
        if (name in proxy) shown.add(name);
      }
    }
    assertEquals([...shown].sort(), ["actorRef", "actorUrn", "stop"]);
  });

  test("ActorProxy has no then, toJSON, constructor or symbols, whatever the actor declares", async () => {
    await using ref = Player.start();
    const sent = listen(ref);
    assertTame(ref.proxy());
    assertEquals(sent, []);
  });

  test("ActorProxy says by in which names there are", async () => {
    await using ref = Player.start();
    const proxy = ref.proxy();
    const sent = listen(ref);
    for (const name of ["count", "add", "playback", "counted", "actorRef"]) {
      assert(name in proxy, name);
    }
    assertEquals("_byConvention" in proxy, false);
    assertEquals(sent, []);
  });

  test.unlessStub("ActorProxy says by in that there is no such name", async () => {
    await using ref = Player.start();
    const sent = listen(ref);
    for (const name of ["nope", "hidden2", "extra", "#secret"]) {
      assertEquals(name in ref.proxy(), false, name);
    }
    assertEquals(sent, []);
  });

  // Assignment.

  test("ActorProxy refuses assignment, and says what to do instead", async () => {
    await using ref = Player.start();
    const sent = listen(ref);
    const error = assertThrows(() => {
      loose(ref.proxy()).count = 1;
    }, TypeError);
    assertEquals(
      error.message,
      `Cannot assign count of ActorProxy of ${ref}: use ref.set() or a method`,
    );
    assertThrows(() => {
      loose(ref.proxy())[Symbol.iterator] = 1;
    }, TypeError);
    assertThrows(
      () => Object.defineProperty(ref.proxy(), "count", { value: 1 }),
      TypeError,
    );
    assertThrows(() => Object.setPrototypeOf(ref.proxy(), null), TypeError);
    assertEquals(sent, []);
    assertEquals(await ref.proxy().count, 0);
  });

  // Tools that look at a proxy.

  test("ActorProxy can be awaited, compared, printed and listed without a message", async () => {
    await using ref = Player.start();
    await using other = Player.start();
    const proxy = ref.proxy();
    const sent = [listen(ref), listen(other)];
    assertStrictEquals(await proxy, proxy);
    assertEquals(proxy, proxy);
    assertNotEquals(proxy, other.proxy());
    assertEquals(String(proxy), `ActorProxy of ${ref}`);
    assertEquals(proxy + "", `ActorProxy of ${ref}`);
    assertEquals(Number.isNaN(Number(proxy)), true);
    assertEquals(JSON.stringify({ proxy }), '{"proxy":{}}');
    assertEquals(Object.keys(proxy), []);
    assertEquals(typeof proxy, "object");
    assertEquals(proxy instanceof Player, false);
    assertEquals(sent, [[], []]);
  });

  test("ActorProxy equals another of the same actor, and no other", async () => {
    await using ref = Player.start();
    await using other = Player.start();
    const one = ref.proxy();
    const two = ref.proxy();
    const three = other.proxy();
    assertEquals(one, two);
    assertEquals([{ one }], [{ one: two }]);
    assertNotEquals(one, three);
    assertNotEquals([{ one }], [{ one: three }]);
    assertNotEquals<unknown>(one, {});
    assertNotEquals<unknown>(one, ref);
    assertStrictEquals(new Set([one, two, three]).size, 2);
  });

  test("ActorProxy can be sent to another actor and back", async () => {
    await using ref = Player.start();
    await using caller = Caller.start();
    assertEquals(await caller.proxy().call(ref.proxy()), 3);
    assertStrictEquals(await caller.proxy().give(ref.proxy()), ref.proxy());
    assertEquals(await ref.proxy().count, 3);
  });

  // Traversable members.

  test.unlessStub("traversable() lets a proxy reach the members of a member", async () => {
    await using ref = Player.start();
    const { playback } = ref.proxy();
    assertEquals(await playback.volume, 5);
    assertEquals(await playback.louder(2), 7);
    assertEquals(await playback.volume, 7);
    assertEquals(await playback.song, "Yesterday");
    assertEquals(await playback.equalizer.boost(2), 3);
    playback.equalizer.boost.defer(4);
    assertEquals(await playback.equalizer.bass, 7);
    assertEquals(await playback.plain, { secret: 1 });
  });

  test.unlessStub("traversable() makes proxies like that of the actor", async () => {
    await using ref = Player.start();
    await using other = Player.start();
    const { playback } = ref.proxy();
    const sent = listen(ref);
    assertTame(playback);
    assertStrictEquals(await Promise.resolve(playback), playback);
    assertStrictEquals(ref.proxy().playback, playback);
    assertStrictEquals(playback.louder, ref.proxy().playback.louder);
    assertEquals(`${playback}`, `ActorProxy of ${ref}.playback`);
    assertEquals(playback.equalizer, ref.proxy().playback.equalizer);
    assertNotEquals(playback, other.proxy().playback);
    assertNotEquals<unknown>(playback, ref.proxy());
    assertNotEquals<unknown>(playback, playback.equalizer);
    assert("volume" in playback);
    assertEquals("_needle" in playback, false);
    assertThrows(() => {
      loose(playback).volume = 1;
    }, TypeError);
    assertEquals(sent, []);
  });

  test.unlessStub("traversable() shows no more than the actor itself would", async () => {
    await using ref = Player.start();
    const playback = loose(ref.proxy().playback);
    assertThrows(() => playback._needle, TypeError);
    assertThrows(() => playback.toString, TypeError);
    assertThrows(() => playback.__proto__, TypeError);
    assertThrows(() => playback["#song"], TypeError);
    assertThrows(() => playback.actorRef, TypeError);
    assertThrows(() => playback.stop, TypeError);
    // What is not marked is a value like any other.
    assertInstanceOf(playback.plain, Future);
    await (playback.plain as Future<unknown>);
  });

  test("traversable() returns its object, and marks it invisibly", () => {
    const value = { volume: 5 };
    assertStrictEquals<unknown>(traversable(value), value);
    assertStrictEquals<unknown>(traversable(value), value);
    assertEquals(Object.keys(value), ["volume"]);
    assertEquals(JSON.stringify(value), '{"volume":5}');
    assertEquals(structuredClone(value), { volume: 5 });
    assertThrows(() => traversable(Object.freeze({})), TypeError);
  });

  // Busy and ended actors.

  test("ActorProxy answers at once what a name is, also of a busy actor", async () => {
    await using busy = Busy.start();
    await using gate = Gate.start();
    const waiting = busy.proxy().wait(gate);
    await gate.proxy().arrived();
    const count = busy.proxy().count;
    const adding = busy.proxy().add();
    await assertRejects(() => count.get({ timeout: 1 }), Timeout);
    assert("add" in busy.proxy());
    gate.proxy().open.defer();
    assertEquals(await getAll([waiting, count, adding]), [undefined, 0, 1]);
  });

  test.unlessStub("ActorProxy of a busy actor throws at once for a name that it lacks", async () => {
    await using busy = Busy.start();
    await using gate = Gate.start();
    const waiting = busy.proxy().wait(gate);
    await gate.proxy().arrived();
    assertThrows(() => loose(busy.proxy()).nope, TypeError);
    gate.proxy().open.defer();
    await waiting;
  });

  test("ActorProxy of an ended actor has methods and futures that fail", async () => {
    const ref = Player.start();
    const proxy = ref.proxy();
    const { add } = proxy;
    await ref.stop();
    const futures = [
      proxy.add(1),
      add(1),
      proxy.count,
      proxy.counted,
      loose(proxy).nope as Future<unknown>,
    ];
    for (const future of futures) {
      assertInstanceOf(future, Future);
      const error = await assertRejects(() => future.get(), ActorDeadError);
      assertEquals(error.reason, "stopped");
      assertEquals(error.actorUrn, ref.actorUrn);
      assertEquals(
        error.message,
        `Cannot send message to ${ref}: actor is stopped`,
      );
    }
    assertStrictEquals<unknown>(proxy.actorRef, ref);
    assert("add" in proxy);
  });

  test.unlessStub("ActorProxy of a member of an ended actor has methods and futures that fail", async () => {
    const ref = Player.start();
    const { playback } = ref.proxy();
    const { louder } = playback;
    await ref.stop();
    const nope = loose(playback).nope as Future<unknown>;
    for (const future of [louder(1), playback.volume, nope]) {
      assertInstanceOf(future, Future);
      await assertRejects(() => future.get(), ActorDeadError);
    }
    assertThrows(() => louder.defer(1), ActorDeadError);
  });

  test.unlessStub("ActorProxy of an ended actor keeps members in fields that it has shown before", async () => {
    const ref = Player.start();
    const proxy = ref.proxy();
    const { playback, twice } = proxy;
    const { louder } = playback;
    await ref.stop();
    assertStrictEquals(proxy.playback, playback);
    assertStrictEquals(proxy.twice, twice);
    assertStrictEquals(proxy.playback.louder, louder);
    await assertRejects(() => proxy.twice(1).get(), ActorDeadError);
  });

  test("ActorProxy of an ended actor still hides what it hid", async () => {
    const ref = Player.start();
    const proxy = loose(ref.proxy());
    await ref.stop();
    for (const name of HIDDEN.slice(0, 8)) {
      assertThrows(() => proxy[name], TypeError, `Cannot access ${name} of`);
    }
    assertStrictEquals(proxy.then, undefined);
    assertStrictEquals(await proxy, proxy);
    assertEquals(proxy, proxy);
  });

  test("ProxyMethod.defer() throws ActorDeadError when the actor has ended", async () => {
    const ref = Player.start();
    const { add } = ref.proxy();
    ref.kill();
    await ref.stopped;
    const error = assertThrows(() => add.defer(1), ActorDeadError);
    assertEquals(error.reason, "killed");
  });

  test("ActorRef.proxy() throws ActorDeadError when the actor has ended", async () => {
    const ref = Player.start();
    ref.proxy();
    await ref.stop();
    const error = assertThrows(() => ref.proxy(), ActorDeadError);
    assertEquals(error.actorUrn, ref.actorUrn);
    assertMatch(error.message, /^Cannot send message to Player .*: actor is/);
  });
});
