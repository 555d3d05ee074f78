import {
  ActorDeadError,
  DeadlockError,
  EventedActor,
  EventedFuture,
  Timeout,
  traversable,
} from "@dekka/actors";
import { transfer } from "@dekka/actors/worker";
import fc from "fast-check";
import { copyOf } from "../../../runtimes/worker/codec.ts";
import { Encoder } from "../../../runtimes/worker/encoder.ts";
import { allowClass } from "../../../runtimes/worker/errors.ts";
import type { Passage } from "../../../runtimes/worker/passage.ts";
import { isBrief } from "../../../runtimes/worker/plain.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
  test,
  testUnless,
} from "../../test.ts";

// Not every platform's assertions take two invalid dates for equal.
const LEAVES = [
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.string(),
  fc.constantFrom(null, undefined),
  fc.date({ noInvalidDate: true }),
];

interface OtherRealms {
  runInNewContext(code: string): unknown;
}

const { process } = globalThis as {
  process?: { getBuiltinModule?(name: string): OtherRealms | undefined };
};
const vm = otherRealms();

/** The module of Node.js for other realms, where there is one that works. */
function otherRealms(): OtherRealms | undefined {
  const found = process?.getBuiltinModule?.("node:vm");
  try {
    found?.runInNewContext("0");
    return found;
  } catch {
    return undefined; // a platform that has the name alone
  }
}

/** A value as it arrives on another thread. */
function sent(value: unknown, what = "message"): unknown {
  return copyOf(value, what);
}

function refusal(value: unknown, what = "message"): string {
  return assertThrows(() => sent(value, what), TypeError).message;
}

class Nobody extends EventedActor<unknown, unknown> {
  parts = traversable({ one: 1 });
  caught: unknown;

  /** Tries to send itself. */
  sendSelf(): string {
    return refusal(this);
  }
}

class Odd extends Error {
  override name = "Odd";
  constructor(message: string, readonly level: unknown) {
    super(message);
  }
}
allowClass("codec_test#Odd", Odd.prototype);

class Hidden extends Odd {}

test("Encoder leaves alone what needs nothing done to it", () => {
  const values = [1, -0, NaN, "a", "", true, null, undefined, 10n];
  for (const value of values) assertEquals(sent(value), value);
  assert(Object.is(sent(-0), -0));
});

test("Encoder copies what the platform can clone, as the platform does", () => {
  fc.assert(
    fc.property(
      fc.anything({
        values: LEAVES,
        withBigInt: true,
        withMap: true,
        withSet: true,
        withSparseArray: true,
        withTypedArray: true,
        withBoxedValues: true,
        withNullPrototype: true,
      }),
      (value) => assertEquals(sent(value), structuredClone(value)),
    ),
  );
  assertEquals(String(sent(new Date(NaN))), "Invalid Date");
});

test("Encoder keeps circles, and what stands in several places", () => {
  const shared = { n: 1 };
  const list: unknown[] = [shared, new Map([[shared, shared]]), shared];
  list.push(list);
  const copy = sent(list) as typeof list;
  assertNotStrictEquals(copy[0], shared);
  assertStrictEquals(copy[0], copy[2]);
  const [[key, value]] = [...copy[1] as Map<unknown, unknown>] as [
    [unknown, unknown],
  ];
  assertStrictEquals(key, copy[0]);
  assertStrictEquals(value, copy[0]);
  assertStrictEquals(copy[3], copy);
});

test("Encoder copies at once, so that the sender may go on with its own", () => {
  const inner = { n: 1 };
  const value = { inner, list: [inner], set: new Set([inner]) };
  const encoder = new Encoder({} as Passage);
  const copy = encoder.encode(value, "message");
  inner.n = 2;
  value.list.push({ n: 3 });
  value.set.clear();
  assertEquals(copy, {
    inner: { n: 1 },
    list: [{ n: 1 }],
    set: new Set([{ n: 1 }]),
  });
  assert(!encoder.live);
});

test("Encoder says when its copy holds objects of the sender", () => {
  for (const value of [new Uint8Array(1), /a/, new ArrayBuffer(1)]) {
    const encoder = new Encoder({} as Passage);
    encoder.encode({ deep: [value] }, "message");
    assert(encoder.live, String(value));
  }
});

function isBriefCopy(value: object): boolean {
  const encoder = new Encoder({} as Passage);
  const copy = encoder.encode(value, "message");
  assert(
    !encoder.brief ||
      fc.stringify(JSON.parse(JSON.stringify(copy))) === fc.stringify(copy),
    `not the same as JSON: ${fc.stringify(value)}`,
  );
  return encoder.brief;
}

test("Encoder says what is short and comes back from JSON as it was", () => {
  const briefs = [{ add: 1 }, [["add"], 1, "a", null, true], {}, [[], []]];
  for (const value of briefs) assert(isBriefCopy(value), fc.stringify(value));
  const shared = {};
  const others = [
    [-0],
    [NaN],
    [undefined],
    new Array(1),
    [1n],
    { at: new Date(0) },
    [shared, shared],
    Array(100).fill(0),
    ["long".repeat(100)],
  ];
  for (const value of others) assert(!isBriefCopy(value), fc.stringify(value));
  fc.assert(fc.property(
    fc.anything({ withBigInt: true, withDate: true, withSparseArray: true }),
    (value) => void isBriefCopy([value]),
  ));
});

test("isBrief() is true for plain values that come back from JSON, and for none", () => {
  for (const value of [undefined, null, 0, 1.5, "", "\ud800", true]) {
    assert(isBrief(value), String(value));
  }
  for (const value of [-0, NaN, Infinity, 1n, "long".repeat(100)]) {
    assert(!isBrief(value), String(value));
  }
});

class Listeners extends Array<unknown> {
  readonly notify = (): void => {};
  constructor(readonly owner: { name: string }, ...items: unknown[]) {
    super(...items);
    this.owner = { name: owner.name };
  }
}

test("Encoder takes instances of classes derived from Array for arrays", () => {
  const copy = sent(new Listeners({ name: "me" }, 1, [2], { three: 3 }));
  assertEquals(copy, [1, [2], { three: 3 }]);
  assertStrictEquals(Object.getPrototypeOf(copy), Array.prototype);
});

test("Encoder takes instances for plain objects, without methods and private fields", () => {
  class Point {
    #secret = 1;
    constructor(readonly x: number) {}
    get secret(): number {
      return this.#secret;
    }
  }
  class Tagged extends Point {
    [Symbol.toStringTag] = "Tagged";
  }
  assertEquals(sent(new Tagged(4)), { x: 4 });
  const copy = sent([new Point(3)]) as [object];
  assertEquals(copy, [{ x: 3 }]);
  assertStrictEquals(Object.getPrototypeOf(copy[0]), Object.prototype);
});

test("Encoder keeps the name __proto__ a name", () => {
  const value = JSON.parse('{"__proto__":{"admin":true},"n":[{}]}');
  for (const special of [undefined, new Error("among others")]) {
    value.n[1] = special;
    const copy = sent(value) as Record<string, unknown>;
    assert(Object.hasOwn(copy, "__proto__"));
    assertEquals(copy.admin, undefined);
    assertStrictEquals(Object.getPrototypeOf(copy), Object.prototype);
  }
});

test("Encoder refuses what cannot be cloned, and names the path", () => {
  const save = () => {};
  assertEquals(refusal(save), "Cannot clone message: it is a function");
  assertEquals(refusal(Symbol()), "Cannot clone message: it is a symbol");
  assertEquals(
    refusal({ user: [1, { save }] }),
    "Cannot clone message: .user[1].save is a function",
  );
  assertEquals(
    refusal([{ save }, 2], "argument"),
    "Cannot clone argument 0: .save is a function",
  );
  assertEquals(
    refusal(["name", save], "value"),
    "Cannot clone value: it is a function",
  );
  assertEquals(
    refusal(new Map([["a", { save }]])),
    "Cannot clone message: <a>.save is a function",
  );
  assertEquals(
    refusal(new Map([[save, 1]])),
    "Cannot clone message: <key 0> is a function",
  );
  assertEquals(
    refusal({ of: new Set([1, save]) }),
    "Cannot clone message: .of<item 1> is a function",
  );
});

test("Encoder refuses what waits, iterates, holds weakly or belongs to the platform", () => {
  for (
    const [value, name] of [
      [Promise.resolve(), "a Promise"],
      [new WeakMap(), "a WeakMap"],
      [new WeakSet(), "a WeakSet"],
      [new WeakRef({}), "a WeakRef"],
      [new EventedFuture(), "a Future; send its value"],
      [[][Symbol.iterator](), "an Array Iterator"],
      [(function* () {})(), "a Generator"],
      [new URL("https://example.com"), "a URL"],
      [new Response("text"), "a Response"],
      [new AbortController().signal, "an AbortSignal"],
      [new Event("click"), "an Event"],
      [new Intl.NumberFormat(), "an Intl.NumberFormat"],
    ] as const
  ) {
    assertEquals(refusal({ value }), `Cannot clone message: .value is ${name}`);
  }
});

test("Encoder refuses an actor itself, and a part of its proxy", async () => {
  await using nobody = Nobody.start();
  assertEquals(
    await nobody.proxy().sendSelf(),
    "Cannot clone message: it is an actor; send its actorRef",
  );
  assertEquals(
    refusal([nobody.proxy().parts]),
    "Cannot clone message: [0] is the proxy of a part of an actor",
  );
});

test("Encoder refuses a getter that throws, and says what", () => {
  const broken = new RangeError("no");
  const value = {
    deep: {
      get broken(): never {
        throw broken;
      },
    },
  };
  const error = assertThrows(() => sent(value), TypeError);
  assertEquals(
    error.message,
    "Cannot clone message: .deep threw RangeError: no",
  );
  assertStrictEquals(error.cause, broken);
});

test("Encoder refuses buffers that have moved already", () => {
  const bytes = new Uint8Array(8);
  sent(transfer([bytes], [bytes.buffer]));
  assertEquals(
    refusal({ bytes }),
    "Cannot clone message: .bytes is a Uint8Array whose buffer has moved already",
  );
});

test("Encoder keeps what a match has besides its parts", () => {
  const match = /(?<first>a)b/d.exec("xab");
  assertEquals(sent({ match }), structuredClone({ match }));
});

type Nest = (inner: unknown) => unknown;

function nest(levels: number, around: Nest): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = around(value);
  return value;
}

const nests: readonly Nest[] = [
  (inner) => [inner],
  (a) => ({ a }),
  (inner) => new Map([["a", inner]]),
  (inner) => new Map([[inner, 1]]),
  (inner) => new Set([inner]),
];

test("Encoder refuses what is nested so deep that it might not arrive", () => {
  for (const around of nests) {
    const text = refusal(nest(20_000, around));
    assert(text.endsWith("… is nested more than 500 levels deep"), text);
    assert(text.length < 300, text);
    assertEquals(fc.stringify(sent(nest(300, around))).length > 300, true);
  }
});

test("Encoder refuses nothing for errors whose causes have causes", () => {
  let error = new Error("first");
  for (let i = 0; i < 20_000; i++) error = new Error("next", { cause: error });
  let copy = sent(error) as Error;
  for (let i = 0; i < 100; i++) copy = copy.cause as Error;
  assertEquals(copy.message, "next");
});

test("decode() puts references and proxies where they were", async () => {
  await using nobody = Nobody.start();
  const proxy = nobody.proxy();
  const value = {
    ref: nobody,
    list: [nobody, proxy],
    map: new Map<unknown, unknown>([[nobody, proxy]]),
    set: new Set([nobody]),
  };
  const copy = sent(value) as typeof value;
  assertStrictEquals(copy.ref, nobody as never);
  assertStrictEquals(copy.list[0], nobody as never);
  assertEquals(copy.list[1], proxy as never);
  assertEquals([...copy.map.keys()], [nobody]);
  assert(copy.set.has(nobody as never));
  assertStrictEquals(sent(nobody), nobody as never);
});

testUnless(
  vm === undefined && "there is no other realm",
  "decode() puts back what stands in maps, sets and errors of another realm",
  async () => {
    const created = vm!.runInNewContext(
      "[new Map(), new Set(), Object.assign(new TypeError('far'), { own: 1 })]",
    ) as [Map<string, unknown>, Set<unknown>, Error & { own: number }];
    await using nobody = Nobody.start();
    const [map, set, error] = created;
    map.set("ref", nobody);
    set.add(nobody);
    const copies = sent([map, set, error]) as typeof created;
    assertStrictEquals(copies[0].get("ref"), nobody);
    assert(copies[1].has(nobody));
    assertInstanceOf(copies[2], TypeError, "far");
    assertEquals(copies[2].own, 1);
    map.set("save", () => {});
    assertEquals(refusal(map), "Cannot clone message: <save> is a function");
  },
);

test("decode() takes no value of a user for one of its own records", async () => {
  await using nobody = Nobody.start();
  const fakes = [
    ["ref", 0],
    ["proxy", 0],
    ["error", { classes: ["Error"], name: "a", message: "b", own: {} }],
  ];
  assertEquals(sent(fakes), fakes);
  assertEquals(sent([nobody, fakes]), [nobody, fakes]);
});

test("decode() gives errors back with class, message, stack and own properties", () => {
  const error = new Odd("odd", [1, new Map([["a", 2]])]);
  const copy = sent(error) as Odd;
  assertInstanceOf(copy, Odd);
  assertEquals([copy.name, copy.message, copy.level], [
    "Odd",
    "odd",
    [1, new Map([["a", 2]])],
  ]);
  assertEquals(copy.stack, error.stack);
  assertEquals(Object.keys(copy).sort(), Object.keys(error).sort());
});

test("decode() gives an error of a class that is not known the class above it", () => {
  const copy = sent(new Hidden("hidden", 1)) as Odd;
  assertStrictEquals(Object.getPrototypeOf(copy), Odd.prototype);
  class Unknown extends Error {}
  const other = sent(new Unknown("other")) as Error;
  assertStrictEquals(Object.getPrototypeOf(other), Error.prototype);
});

test("decode() knows the errors of the platform and of the library", () => {
  const urn = "urn:uuid:1";
  for (
    const error of [
      new Error("a"),
      new TypeError("b"),
      new RangeError("c"),
      new SyntaxError("d"),
      new URIError("e"),
      new Timeout("f", 5),
      new DeadlockError("g", ["A.b", "A.b"]),
      new ActorDeadError("h", { actorUrn: urn, reason: "lost", cause: 1 }),
    ]
  ) {
    const copy = sent(error) as Error;
    assertStrictEquals(copy.constructor, error.constructor);
    assertEquals({ ...copy }, { ...error });
    assertEquals([copy.message, copy.cause], [error.message, error.cause]);
  }
  const aborted = sent(new DOMException("gone", "AbortError")) as DOMException;
  assertInstanceOf(aborted, DOMException);
  assertEquals([aborted.name, aborted.message], ["AbortError", "gone"]);
});

test("decode() tells a cause that is undefined from none", () => {
  const causes = [new Error("a", { cause: undefined }), new Error("b")];
  const copies = sent(causes) as Error[];
  assertEquals(copies.map((error) => "cause" in error), [true, false]);
});

test("decode() gives errors inside of errors, and circles of them", () => {
  const inner = new TypeError("inner");
  const outer = new AggregateError([inner, "text"], "outer", { cause: inner });
  inner.cause = outer;
  const copy = sent({ outer }) as { outer: AggregateError };
  const [first, second] = copy.outer.errors;
  assertInstanceOf(first, TypeError);
  assertStrictEquals(first, copy.outer.cause as TypeError);
  assertStrictEquals(first.cause, copy.outer);
  assertEquals(second, "text");
});

const { SuppressedError } = globalThis as {
  SuppressedError?: new (error: unknown, suppressed: unknown) => Error;
};

testUnless(
  SuppressedError === undefined && "there is no SuppressedError",
  "decode() gives both errors of a block whose end threw as well",
  () => {
    const error = new SuppressedError!(new RangeError("end"), new Odd("a", 1));
    const copy = sent(error) as Error & Record<string, unknown>;
    assertInstanceOf(copy, SuppressedError!);
    assertInstanceOf(copy.error, RangeError);
    assertInstanceOf(copy.suppressed, Odd);
    assertEquals(Object.keys(copy), []);
  },
);

test("decode() leaves out what an error cannot take along, and no more", () => {
  const error = Object.assign(new Error("full", { cause: () => {} }), {
    save() {},
    level: 3,
    link: { promise: Promise.resolve() },
    response: new Response("text"),
  });
  const copy = sent(error) as typeof error;
  assertEquals(Object.keys(copy), ["level"]);
  assertEquals(copy.level, 3);
  assertEquals(typeof copy.cause, "string");
});

test("Encoder survives errors whose properties throw", () => {
  const error = new Error("odd");
  for (const key of ["message", "name", "stack", "own"]) {
    Object.defineProperty(error, key, {
      enumerable: true,
      get(): never {
        throw new RangeError("no");
      },
    });
  }
  assertInstanceOf(sent(error), Error);
});

test("decode() leaves out as often what an error holds several times", () => {
  const list = [1, () => {}];
  const error = Object.assign(new Error("full"), { list, again: list });
  assertEquals(Object.keys(sent(error) as Error), []);
});

test("decode() survives errors whose class cannot be looked at", () => {
  class Guarded extends Error {
    readonly #name = "Guarded";
    override get name(): string {
      return this.#name;
    }
  }
  class Aborted extends DOMException {}
  allowClass("codec_test#Guarded", Guarded.prototype);
  allowClass("codec_test#Aborted", Aborted.prototype);
  const guarded = sent(new Guarded("held")) as Guarded;
  assertInstanceOf(guarded, Guarded);
  assertEquals([guarded.name, guarded.message], ["Guarded", "held"]);
  const aborted = sent(new Aborted("gone", "AbortError")) as Aborted;
  assertInstanceOf(aborted, Aborted);
  assertEquals([aborted.name, aborted.message, aborted.code], [
    "AbortError",
    "gone",
    20,
  ]);
});

test("transfer() marks a value for the next time that it is sent", () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const copy = sent({ bytes: transfer(bytes, [bytes.buffer]) });
  assertEquals(copy, { bytes: new Uint8Array([1, 2, 3]) });
  assertEquals(bytes.byteLength, 0);
  const again = new Uint8Array([1]);
  sent(transfer([again], [again.buffer]));
  const list = [new Uint8Array(2)];
  sent(transfer(list, [list[0]!.buffer]));
  const kept = list[0] = new Uint8Array(4);
  sent(list);
  assertEquals(kept.byteLength, 4);
});
