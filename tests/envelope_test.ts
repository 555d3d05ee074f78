/**
 * Envelopes made by hand: whoever can send one may do no more than a proxy can.
 */
import { ActorSystem, type Future, traversable } from "@dekka/actors";
import { type Envelope, mailboxOf } from "@dekka/actors/runtime";
import { memberOf } from "../envelope.ts";
import { Lines } from "./lines.ts";
import { type ActorBase, forEachRuntime } from "./runtimes.ts";
import { assertEquals, assertRejects, test as testOnce } from "./test.ts";

function define(Base: ActorBase) {
  class Inner {
    volume = 5;
    _secret = 1;
    mute(): boolean {
      return true;
    }
  }

  class Target extends Base {
    count = 1;
    list = [1];
    text = "text";
    part = traversable(new Inner());
    unmarked = { part: traversable({ volume: 1 }), mute: () => true };
    calls: string[] = [];
    _hidden = 1;
    _part = traversable({ volume: 1, mute: () => true });
    x = 1;
    f(): void {
      this.calls.push("f");
    }
    get computed(): number {
      return 1;
    }
    get computedPart(): object {
      return traversable({ volume: 1 });
    }
    get computedMethod(): () => void {
      return () => {
        this.calls.push("computedMethod");
      };
    }
    add(by: number): number {
      return this.count += by;
    }
    async addLater(by: number): Promise<number> {
      await Promise.resolve();
      return this.count += by;
    }
    _add(): void {
      this.calls.push("_add");
    }
    override onStart(): void {
      this.calls.push("onStart");
    }
    override onStop(): void {
      this.calls.push("onStop");
    }
    override onFailure(): void {
      this.calls.push("onFailure");
    }
    override onReceive(message: unknown): unknown {
      return message;
    }
  }
  return { Target };
}

/** Paths that lead nowhere from outside. */
const CLOSED: readonly (readonly string[])[] = [
  [],
  [""],
  ["nope"],
  ["_add"],
  ["_hidden"],
  ["_part"],
  ["_part", "volume"],
  ["_part", "mute"],
  ["__proto__"],
  ["__proto__", "add"],
  ["constructor"],
  ["constructor", "start"],
  ["constructor", "prototype", "add"],
  ["constructor", "constructor"],
  ["then"],
  ["toJSON"],
  ["onStart"],
  ["onStop"],
  ["onFailure"],
  ["onReceive"],
  ["signal"],
  ["signal", "throwIfAborted"],
  ["actorSystem"],
  ["actorSystem", "start"],
  ["actorSystem", "registry", "stopAll"],
  ["toString"],
  ["valueOf"],
  ["hasOwnProperty"],
  ["isPrototypeOf"],
  ["__defineGetter__"],
  ["__lookupGetter__"],
  ["actorRef", "kill"],
  ["actorUrn", "length"],
  ["add", "call"],
  ["add", "constructor"],
  ["add", "name"],
  ["list", "push"],
  ["list", "length"],
  ["list", "0"],
  ["text", "length"],
  ["count", "toFixed"],
  ["unmarked", "mute"],
  ["unmarked", "part"],
  ["unmarked", "part", "volume"],
  ["computedPart", "volume"],
  ["computedMethod", "call"],
  ["part", "_secret"],
  ["part", "nope"],
  ["part", "constructor"],
  ["part", "__proto__"],
  ["part", "__proto__", "mute"],
  ["part", "toString"],
  ["part", "volume", "toFixed"],
  ["part", ""],
  ["", "part"],
];

/** What is no envelope, or not quite one. */
const MALFORMED: Readonly<Record<string, unknown>> = {
  "no kind": {},
  "an unknown kind": { kind: "eval", path: ["add"], args: [1] },
  "a kind of Object.prototype": { kind: "toString", path: ["add"], args: [] },
  "a kind that is no string": { kind: 1, path: ["add"], args: [1] },
  "a call without a path": { kind: "call", args: [1] },
  "a call of null": { kind: "call", path: null, args: [1] },
  "a call of a text": { kind: "call", path: "add", args: [1] },
  "a call of a letter": { kind: "call", path: "f", args: [] },
  "a call of an object": { kind: "call", path: { length: 1, 0: "add" } },
  "a call of a number": { kind: "call", path: [1], args: [] },
  "a call of a nested path": { kind: "call", path: [["add"]], args: [1] },
  "a call of nothing": { kind: "call", path: [undefined], args: [] },
  "a call of an object's text": {
    kind: "call",
    path: [{ 0: "add" }],
    args: [],
  },
  "a call through a number": { kind: "call", path: [0, "add"], args: [1] },
  "a call without arguments": { kind: "call", path: ["add"] },
  "a call with a text for arguments": {
    kind: "call",
    path: ["add"],
    args: "1",
  },
  "an asynchronous call without arguments": {
    kind: "call",
    path: ["addLater"],
  },
  "a read without a path": { kind: "read" },
  "a read of a text": { kind: "read", path: "count" },
  "a read of a letter": { kind: "read", path: "x" },
  "a read of a nested path": { kind: "read", path: [["count"]] },
  "a write without a name": { kind: "write", value: 1 },
  "a write to a number": { kind: "write", name: 1, value: 1 },
  "a write to a path": { kind: "write", name: ["count"], value: 1 },
};

forEachRuntime(define, ({ Target }, test) => {
  /** Sends an envelope as it is. */
  function send(
    system: ActorSystem,
    envelope: unknown,
  ): { ref: ReturnType<typeof start>; reply: Future<unknown> } {
    const ref = start(system);
    const mailbox = mailboxOf(ref);
    const reply = mailbox.createFuture<unknown>();
    mailbox.send(envelope as Envelope, reply);
    return { ref, reply };
  }

  function start(system: ActorSystem) {
    return system.start(Target);
  }

  const quiet = () => new ActorSystem({ logger: new Lines() });

  test("Envelope of each kind does what it says", async () => {
    await using ref = Target.start();
    const mailbox = mailboxOf(ref);
    const ask = (envelope: Envelope) => {
      const reply = mailbox.createFuture<unknown>();
      mailbox.send(envelope, reply);
      return reply;
    };
    const path = ["add"];
    assertEquals(await ask({ kind: "call", path, args: [2] }), 3);
    assertEquals(await ask({ kind: "read", path: ["count"] }), 3);
    assertEquals(await ask({ kind: "read", path: ["part", "volume"] }), 5);
    const mute = ["part", "mute"];
    assertEquals(await ask({ kind: "call", path: mute, args: [] }), true);
    const write = { kind: "write", name: "count", value: 7 } as const;
    assertEquals(await ask(write), undefined);
    assertEquals(await ask({ kind: "message", message: "hello" }), "hello");
    assertEquals(await ref.proxy().count, 7);
    assertEquals(await ask({ kind: "stop" }), true);
  });

  for (const path of CLOSED) {
    const name = path.length === 0 ? "nothing" : path.join(".");

    test(`Envelope that calls ${JSON.stringify(name)} is refused`, async () => {
      await using system = quiet();
      const envelope = { kind: "call", path, args: [] };
      const { ref, reply } = send(system, envelope);
      await assertRejects(() => reply.get(), TypeError, "Cannot call Target.");
      assertEquals(await ref.proxy().calls, ["onStart"]);
      assertEquals(await ref.proxy().add(1), 2);
    });

    test(`Envelope that reads ${JSON.stringify(name)} is refused`, async () => {
      await using system = quiet();
      const { ref, reply } = send(system, { kind: "read", path });
      await assertRejects(() => reply.get(), TypeError, "Cannot read Target.");
      assertEquals(await ref.proxy().add(1), 2);
    });
  }

  for (const name of new Set(CLOSED.flat())) {
    if (["part", "text", "list", "count", "unmarked"].includes(name)) continue;
    test(`Envelope that writes ${JSON.stringify(name)} is refused`, async () => {
      await using system = quiet();
      const envelope = { kind: "write", name, value: 1 };
      const { ref, reply } = send(system, envelope);
      await assertRejects(() => reply.get(), TypeError, "Cannot set Target.");
      assertEquals(await ref.proxy().add(1), 2);
    });
  }

  for (const name of ["computedMethod", "computed", "count", "part"]) {
    test(`Envelope that calls ${name} is refused, because it is no method`, async () => {
      await using system = quiet();
      const envelope = { kind: "call", path: [name], args: [] };
      const { ref, reply } = send(system, envelope);
      await assertRejects(() => reply.get(), TypeError, "Cannot call Target.");
      assertEquals(await ref.proxy().calls, ["onStart"]);
    });
  }

  for (const [what, envelope] of Object.entries(MALFORMED)) {
    test(`Envelope that is ${what} fails with TypeError, and the actor lives on`, async () => {
      await using system = quiet();
      const { ref, reply } = send(system, envelope);
      const add = ref.proxy().add(1);
      await assertRejects(() => reply.get({ timeout: 5000 }), TypeError);
      assertEquals(await add.get({ timeout: 5000 }), 2);
    });

    test(`Envelope that is ${what} harms nobody when nobody asked`, async () => {
      const lines = new Lines();
      await using system = new ActorSystem({ logger: lines });
      const ref = start(system);
      mailboxOf(ref).send(envelope as Envelope, undefined);
      assertEquals(await ref.proxy().add(1).get({ timeout: 5000 }), 2);
      assertEquals(lines.loud().map(({ level, text }) => [level, text]), [
        ["warn", `${ref} refused a message`],
      ]);
    });
  }

  test("Envelope that is refused is reported when nobody asked", async () => {
    const lines = new Lines();
    await using system = new ActorSystem({ logger: lines });
    const ref = start(system);
    const path = ["constructor"];
    mailboxOf(ref).send({ kind: "call", path, args: [] }, undefined);
    assertEquals(await ref.proxy().add(1), 2);
    const [line] = lines.loud();
    assertEquals(line?.level, "warn");
    assertEquals(line?.text, `${ref} refused a message`);
    assertEquals(
      String(line?.data[0]),
      "TypeError: Cannot call Target.constructor: there is no such public member",
    );
  });
});

testOnce("memberOf() names what an envelope is for, as a user knows it", () => {
  const path = ["part", "mute"];
  assertEquals(memberOf({ kind: "message", message: 1 }), "onReceive");
  assertEquals(memberOf({ kind: "call", path, args: [] }), "part.mute");
  assertEquals(memberOf({ kind: "read", path: ["count"] }), "count");
  assertEquals(memberOf({ kind: "write", name: "count", value: 1 }), "count");
  assertEquals(memberOf({ kind: "stop" }), "stop");
});
