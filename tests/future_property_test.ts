import fc from "fast-check";
import {
  ActorSystem,
  AsyncResult,
  EventedFuture,
  type Future,
  getAll,
} from "@dekka/actors";
import { Lines } from "./lines.ts";
import { assertEquals, assertStrictEquals, FakeTime, test } from "./test.ts";

/** How many futures a program has. */
const FUTURES = 3;

const index = fc.nat(FUTURES - 1);

// 1. Programs over futures, against a model: states, outcomes, and the order in
// which those who wait resume.

/** A step of a program. */
type Step =
  | { do: "set" | "fail"; of: number }
  | { do: "hook"; of: number; fails: boolean }
  | { do: "wait"; of: number; how: "get" | "then" | "await" | "infinite" }
  | { do: "wait within"; of: number; timeout: number }
  | { do: "wait for all"; of: number[]; timeout: number | undefined }
  | { do: "wait until abort"; of: number }
  | { do: "abort" }
  | { do: "tick"; ms: number }
  | { do: "flush" };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constantFrom("set" as const, "fail" as const),
    of: index,
  }),
  fc.record({
    do: fc.constant("hook" as const),
    of: index,
    fails: fc.boolean(),
  }),
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      of: index,
      how: fc.constantFrom(
        "get" as const,
        "then" as const,
        "await" as const,
        "infinite" as const,
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("wait within" as const),
      of: index,
      timeout: fc.nat(4),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("wait for all" as const),
      of: fc.array(index, { maxLength: 4 }),
      timeout: fc.option(fc.nat(4), { nil: undefined }),
    }),
  },
  fc.record({ do: fc.constant("wait until abort" as const), of: index }),
  fc.record({ do: fc.constant("abort" as const) }),
  fc.record({
    do: fc.constant("tick" as const),
    ms: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({ do: fc.constant("flush" as const) }),
);

/** A wait, as the model sees it. */
interface ModelWait {
  readonly name: string;
  readonly of: readonly number[];
  readonly isForAll: boolean;
  deadline: number;
  isAbortable: boolean;
  isOver: boolean;
  /** Whether it ended before it had got anything: it has read nothing. */
  gaveUp: boolean;
}

type ModelState = { state: "pending" } | {
  state: "fulfilled" | "rejected";
  outcome: string;
};

/** What the library should do, said as plainly as possible. */
class Model {
  readonly log: string[] = [];
  now = 0;
  readonly #futures: ModelState[] = Array.from(
    { length: FUTURES },
    () => ({ state: "pending" }),
  );
  readonly #hooks: (ModelState | undefined)[] = [];
  readonly #waits: ModelWait[] = [];

  /** Whether a future may be set. */
  settle(of: number, state: ModelState): boolean {
    if (this.#futures[of]!.state !== "pending") return false;
    this.#futures[of] = state;
    for (const wait of this.#waits) {
      if (wait.of.includes(of)) this.#look(wait);
    }
    return true;
  }

  /** Whether a hook may be set. */
  hook(of: number, outcome: ModelState): boolean {
    if (this.#futures[of]!.state !== "pending") return false;
    this.#hooks[of] = outcome;
    const isRead = this.#waits.some((wait) =>
      !wait.gaveUp && wait.of.includes(of)
    );
    if (isRead) this.#compute(of);
    return true;
  }

  wait(
    name: string,
    of: readonly number[],
    { isForAll = false, timeout = Infinity, isAbortable = false },
  ): void {
    for (const one of of) this.#compute(one);
    const deadline = this.now + timeout;
    const wait = {
      name,
      of,
      isForAll,
      deadline,
      isAbortable,
      isOver: false,
      gaveUp: false,
    };
    this.#look(wait);
    if (timeout === 0) this.#giveUp(wait, "Timeout");
    this.#waits.push(wait);
  }

  tick(ms: number): void {
    this.now += ms;
    const due = this.#waits.filter(({ deadline }) => deadline <= this.now);
    due.sort((a, b) => a.deadline - b.deadline);
    for (const wait of due) this.#giveUp(wait, "Timeout");
  }

  abort(): void {
    for (const wait of this.#waits) {
      if (wait.isAbortable) this.#giveUp(wait, "aborted");
    }
  }

  #compute(of: number): void {
    const outcome = this.#hooks[of];
    if (outcome !== undefined) this.settle(of, outcome);
  }

  #look(wait: ModelWait): void {
    const states = wait.of.map((of) => this.#futures[of]!);
    const failed = states.find(({ state }) => state === "rejected");
    if (failed !== undefined) return this.#end(wait, outcomeOf(failed));
    if (states.some(({ state }) => state === "pending")) return;
    const outcomes = states.map(outcomeOf);
    this.#end(wait, wait.isForAll ? `[${outcomes}]` : outcomes[0]!);
  }

  #giveUp(wait: ModelWait, reason: string): void {
    if (!wait.isOver) wait.gaveUp = true;
    this.#end(wait, reason);
  }

  #end(wait: ModelWait, outcome: string): void {
    if (wait.isOver) return;
    wait.isOver = true;
    this.log.push(`${wait.name}: ${outcome}`);
  }
}

function outcomeOf(state: ModelState): string {
  return state.state === "pending" ? "pending" : state.outcome;
}

/** The library, told the same as the model. */
class Subject {
  readonly log: string[] = [];
  readonly futures: EventedFuture<string>[] = Array.from(
    { length: FUTURES },
    () => new EventedFuture<string>(),
  );
  readonly #controller = new AbortController();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(): void {
    this.#controller.abort("aborted");
  }

  follow(name: string, wait: PromiseLike<unknown>): void {
    wait.then(
      (value) => this.#resumed(name, value),
      (reason) => this.#resumed(name, reason),
    );
  }

  async awaits(name: string, future: Future<unknown>): Promise<void> {
    try {
      this.#resumed(name, await future);
    } catch (reason) {
      this.#resumed(name, reason);
    }
  }

  #resumed(name: string, outcome: unknown): void {
    const text = outcome instanceof Error ? outcome.name : outcome;
    this.log.push(`${name}: ${Array.isArray(text) ? `[${text}]` : text}`);
  }
}

test("futures behave as the model says, in every program", async () => {
  await holds(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), runProgram),
    { numRuns: 500 },
  );
});

/** Runs a property; the failures that its runs leave unread do not matter. */
async function holds<T>(
  property: fc.IAsyncProperty<T>,
  parameters: fc.Parameters<T>,
): Promise<void> {
  await unreadOf(() => fc.assert(property, parameters));
}

async function runProgram(steps: readonly Step[]): Promise<void> {
  using time = new FakeTime(0);
  const [model, subject] = [new Model(), new Subject()];
  let aborted = false;
  for (const [i, one] of steps.entries()) {
    // After an abort the signal is of no use any more.
    if (one.do === "wait until abort" && aborted) continue;
    aborted ||= one.do === "abort";
    await perform(one, `${i}`, model, subject, time);
  }
  await flush();
  assertEquals(subject.log, model.log);
}

async function perform(
  one: Step,
  name: string,
  model: Model,
  subject: Subject,
  time: FakeTime,
): Promise<void> {
  switch (one.do) {
    case "set":
    case "fail":
      return settleBoth(one, name, model, subject);
    case "hook":
      return hookBoth(one, name, model, subject);
    case "wait":
      return await waitBoth(one, name, model, subject);
    case "wait within": {
      const { timeout } = one;
      model.wait(name, [one.of], { timeout });
      return subject.follow(name, subject.futures[one.of]!.get({ timeout }));
    }
    case "wait for all": {
      const { timeout = Infinity } = one;
      const futures = one.of.map((of) => subject.futures[of]!);
      model.wait(name, one.of, { isForAll: true, timeout });
      return subject.follow(name, getAll(futures, { timeout }));
    }
    case "wait until abort": {
      const { signal } = subject;
      model.wait(name, [one.of], { isAbortable: true });
      return subject.follow(name, subject.futures[one.of]!.get({ signal }));
    }
    case "abort":
      model.abort();
      return subject.abort();
    case "tick":
      return await tickBoth(one.ms, model, subject, time);
    case "flush":
      return await flush();
  }
}

function settleBoth(
  { do: verb, of }: { do: "set" | "fail"; of: number },
  name: string,
  model: Model,
  subject: Subject,
): void {
  const future = subject.futures[of]!;
  const [state, settle] = verb === "set"
    ? ["fulfilled" as const, () => future.set(name)]
    : ["rejected" as const, () => future.setException(name)];
  const isAllowed = model.settle(of, { state, outcome: name });
  assertEquals(succeeds(settle), isAllowed);
}

function hookBoth(
  { of, fails }: { of: number; fails: boolean },
  name: string,
  model: Model,
  subject: Subject,
): void {
  const state = fails ? "rejected" : "fulfilled";
  const isAllowed = model.hook(of, { state, outcome: name });
  const hook = () => {
    if (fails) throw name;
    return name;
  };
  const future = subject.futures[of]!;
  assertEquals(succeeds(() => future.setGetHook(hook)), isAllowed);
}

async function waitBoth(
  { of, how }: { of: number; how: "get" | "then" | "await" | "infinite" },
  name: string,
  model: Model,
  subject: Subject,
): Promise<void> {
  const future = subject.futures[of]!;
  model.wait(name, [of], {});
  if (how === "get") return subject.follow(name, future.get());
  if (how === "then") return subject.follow(name, future);
  if (how === "infinite") {
    return subject.follow(name, future.get({ timeout: Infinity }));
  }
  subject.awaits(name, future);
  await flush(); // the platform calls `then()` a little later
}

/** Who gives up at the same tick, does so in no order that is promised. */
async function tickBoth(
  ms: number,
  model: Model,
  subject: Subject,
  time: FakeTime,
): Promise<void> {
  await flush();
  assertEquals(subject.log, model.log);
  const { length } = model.log;
  model.tick(ms);
  time.tick(ms);
  await flush();
  for (const { log } of [model, subject]) {
    log.push(...log.splice(length).sort());
  }
}

function succeeds(run: () => void): boolean {
  try {
    run();
    return true;
  } catch (error) {
    assertEquals((error as Error).name, "InvalidStateError");
    return false;
  }
}

async function flush(): Promise<void> {
  for (let i = 0; i < 12; i++) await Promise.resolve();
}

// 2. Trees of derived futures, against the plain computation.

/** How a function answers. */
type Answer = "value" | "promise" | "future" | "throws" | "rejects";

/** An expression over lists of numbers. */
type Tree =
  | { op: "leaf"; leaf: number }
  | { op: "map"; of: Tree; add: number; answer: Answer }
  | { op: "filter"; of: Tree; mod: number }
  | { op: "reduce"; of: Tree; initial: number | undefined }
  | { op: "join"; of: Tree[] };

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.record({ op: fc.constant("leaf" as const), leaf: index }),
    fc.record({
      op: fc.constant("map" as const),
      of: tie("tree"),
      add: fc.nat(5),
      answer: fc.constantFrom<Answer>(
        "value",
        "value",
        "promise",
        "future",
        "throws",
        "rejects",
      ),
    }),
    fc.record({
      op: fc.constant("filter" as const),
      of: tie("tree"),
      mod: fc.integer({ min: 1, max: 3 }),
    }),
    fc.record({
      op: fc.constant("reduce" as const),
      of: tie("tree"),
      initial: fc.option(fc.nat(5), { nil: undefined }),
    }),
    fc.record({
      op: fc.constant("join" as const),
      of: fc.array(tie("tree"), { minLength: 1, maxLength: 3 }),
    }),
  ),
}));

/** What a leaf will hold. */
type Leaf = { value: number[] } | { exception: string };

const leaf: fc.Arbitrary<Leaf> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ value: fc.array(fc.nat(9), { maxLength: 4 }) }),
  },
  fc.record({ exception: fc.constantFrom("first", "second") }),
);

/** A value, or all the failures of which one may come first. */
type Expected = { value: number[] } | { failures: Set<string> };

/** What a tree should give, and how often its functions should be called. */
function compute(tree: Tree, leaves: readonly Leaf[]): Computed {
  if (tree.op === "leaf") {
    const leaf = leaves[tree.leaf]!;
    if ("value" in leaf) return { expected: leaf, calls: 0 };
    return { expected: { failures: new Set([leaf.exception]) }, calls: 0 };
  }
  if (tree.op === "join") {
    const parts = tree.of.map((part) => compute(part, leaves));
    const calls = parts.reduce((sum, part) => sum + part.calls, 0);
    return { expected: joined(parts.map(({ expected }) => expected)), calls };
  }
  const source = compute(tree.of, leaves);
  if ("failures" in source.expected) return source;
  const { value } = source.expected;
  const [expected, calls] = applied(tree, value);
  return { expected, calls: source.calls + calls };
}

interface Computed {
  expected: Expected;
  calls: number;
}

function joined(parts: readonly Expected[]): Expected {
  const failures = new Set<string>();
  for (const part of parts) {
    if ("failures" in part) {
      for (const one of part.failures) failures.add(one);
    }
  }
  if (failures.size > 0) return { failures };
  return { value: parts.flatMap((part) => "value" in part ? part.value : []) };
}

function applied(
  tree: Exclude<Tree, { op: "leaf" | "join" }>,
  value: readonly number[],
): [Expected, number] {
  switch (tree.op) {
    case "map":
      if (tree.answer === "throws" || tree.answer === "rejects") {
        return [{ failures: new Set([tree.answer]) }, 1];
      }
      return [{ value: value.map((n) => n + tree.add) }, 1];
    case "filter":
      return [{ value: value.filter((n) => n % tree.mod === 0) }, value.length];
    case "reduce": {
      const items = tree.initial === undefined
        ? [...value]
        : [tree.initial, ...value];
      if (items.length === 0) return [{ failures: new Set(["TypeError"]) }, 0];
      // Not commutative, so that the order shows.
      let total = items[0]!;
      for (const n of items.slice(1)) total = total * 3 + n;
      return [{ value: [total] }, items.length - 1];
    }
  }
}

/** The same tree, made of futures. */
class Builder {
  calls = 0;

  constructor(readonly leaves: readonly Future<number[]>[]) {}

  build(tree: Tree): Future<number[]> {
    switch (tree.op) {
      case "leaf":
        return this.leaves[tree.leaf]!;
      case "map":
        return this.build(tree.of).map((list) => this.#map(list, tree));
      case "filter":
        return this.build(tree.of).filter((n) => {
          this.calls++;
          return n % tree.mod === 0;
        });
      case "reduce":
        return this.#reduce(this.build(tree.of), tree.initial)
          .map((total) => [total]);
      case "join": {
        const [first, ...others] = tree.of.map((part) => this.build(part));
        return first!.join(...others).map((lists) => lists.flat());
      }
    }
  }

  #map(
    list: readonly number[],
    { add, answer }: { add: number; answer: Answer },
  ): number[] | PromiseLike<number[]> {
    this.calls++;
    const result = list.map((n) => n + add);
    switch (answer) {
      case "value":
        return result;
      case "promise":
        return Promise.resolve(result);
      case "future":
        return EventedFuture.from(Promise.resolve(result));
      case "throws":
        throw answer;
      case "rejects":
        return Promise.reject(answer);
    }
  }

  #reduce(list: Future<number[]>, initial: number | undefined): Future<number> {
    const fold = (total: number, n: number) => {
      this.calls++;
      return total * 3 + n;
    };
    return initial === undefined
      ? list.reduce(fold)
      : list.reduce(fold, initial);
  }
}

/** When a tree is read, and when its leaves are set. */
type Moment = { set: number } | { read: "get" | "give up" | "await" };

const moments: fc.Arbitrary<Moment[]> = fc.array(
  fc.oneof(
    fc.record({ set: index }),
    fc.record({
      read: fc.constantFrom(
        "get" as const,
        "give up" as const,
        "await" as const,
      ),
    }),
  ),
  { maxLength: 10 },
);

test("futures made from others give what the plain computation gives, once", async () => {
  await holds(
    fc.asyncProperty(
      tree,
      fc.array(leaf, { minLength: FUTURES, maxLength: FUTURES }),
      moments,
      checkTree,
    ),
    { numRuns: 500 },
  );
});

async function checkTree(
  tree: Tree,
  leaves: readonly Leaf[],
  moments: readonly Moment[],
): Promise<void> {
  const sources = leaves.map(() => new EventedFuture<number[]>());
  const builder = new Builder(sources);
  const future = builder.build(tree);
  await flush();
  assertEquals(builder.calls, 0, "it is lazy");
  const reads = await live(future, sources, leaves, moments);
  for (const of of leaves.keys()) give(sources[of]!, leaves[of]!);
  const [last] = await Promise.allSettled([future]);
  await flush();
  await Promise.allSettled(sources);
  check(last, builder.calls, compute(tree, leaves));
  for (const read of await Promise.allSettled(reads)) {
    if (read.status === "rejected") assertEquals(read, last);
    else if (read.value !== "gave up") same(read, last);
  }
}

/** Goes through the moments; returns the reads that were made. */
async function live(
  future: Future<number[]>,
  sources: readonly EventedFuture<number[]>[],
  leaves: readonly Leaf[],
  moments: readonly Moment[],
): Promise<Promise<unknown>[]> {
  const reads: Promise<unknown>[] = [];
  for (const moment of moments) {
    if ("set" in moment) give(sources[moment.set]!, leaves[moment.set]!);
    else reads.push(readAs(moment.read, future));
    reads.at(-1)?.catch(() => {}); // it is looked at in the end
    if (reads.length % 2 === 0) await flush();
  }
  return reads;
}

async function readAs(
  how: "get" | "give up" | "await",
  future: Future<number[]>,
): Promise<unknown> {
  if (how === "get") return await future.get();
  if (how === "await") return await future;
  try {
    return await future.get({ timeout: 0 });
  } catch (error) {
    if ((error as Error).name === "Timeout") return "gave up";
    throw error;
  }
}

function give(source: EventedFuture<number[]>, leaf: Leaf): void {
  if (source.asyncResult.ready()) return;
  if ("value" in leaf) source.set(leaf.value);
  else source.setException(leaf.exception);
}

function check(
  outcome: PromiseSettledResult<number[]>,
  calls: number,
  { expected, calls: wanted }: Computed,
): void {
  assertEquals(calls, wanted, "each function is called once");
  if ("value" in expected) {
    assertEquals(outcome, { status: "fulfilled", value: expected.value });
    return;
  }
  assertEquals(outcome.status, "rejected");
  const { reason } = outcome as PromiseRejectedResult;
  const name = typeof reason === "string" ? reason : reason.name;
  assertEquals(expected.failures.has(name), true, `${name} is unexpected`);
}

/** The very same value for every reader: it was computed once. */
function same(
  read: PromiseFulfilledResult<unknown>,
  last: PromiseSettledResult<unknown>,
): void {
  assertEquals(last.status, "fulfilled");
  assertStrictEquals(
    read.value,
    (last as PromiseFulfilledResult<unknown>).value,
  );
}

// 3. Which failures count as read.

type Use = { use: "fail" | "get" | "give up" | "derive"; of: number };

const uses: fc.Arbitrary<Use[]> = fc.array(
  fc.record({
    use: fc.constantFrom(
      "fail" as const,
      "get" as const,
      "give up" as const,
      "derive" as const,
    ),
    of: index,
  }),
  { maxLength: 12 },
);

test("failures that nobody reads are reported, each once, and no others", async () => {
  await holds(
    fc.asyncProperty(uses, fc.infiniteStream(fc.boolean()), checkUnread),
    { numRuns: 300 },
  );
});

async function checkUnread(
  uses: readonly Use[],
  pauses: Iterator<boolean>,
): Promise<void> {
  const futures = Array.from({ length: FUTURES }, () => new EventedFuture());
  const errors = futures.map((_, of) => new Error(`${of}`));
  const failed = new Set<number>();
  const read = new Set<number>();
  const unread = await unreadOf(async () => {
    for (const { use, of } of uses) {
      const future = futures[of]!;
      if (use === "derive") future.map(String);
      if (use === "get") read.add(of);
      if (use === "get") future.get().catch(() => {});
      if (use === "give up") {
        // What has failed already is what this gets.
        if (failed.has(of)) read.add(of);
        future.get({ timeout: 0 }).catch(() => {});
      }
      if (use === "fail" && !failed.has(of)) {
        failed.add(of);
        future.setException(errors[of]);
      }
      if (pauses.next().value) await flush();
    }
  });
  const expected = [...failed].filter((of) => !read.has(of));
  const ours = unread.map((error) => errors.indexOf(error as Error));
  assertEquals(ours.filter((of) => of >= 0).sort(), expected.sort());
}

async function unreadOf(run: () => Promise<void>): Promise<unknown[]> {
  const { default: system } = ActorSystem;
  const { logger } = system;
  const lines = new Lines();
  system.logger = lines;
  try {
    await run();
  } finally {
    await system[Symbol.asyncDispose]();
    system.logger = logger;
  }
  return lines.at("warn").map(({ data }) => data[0]);
}

// 4. Callbacks linked to a result.

type LinkStep = { do: "link" | "unlink"; callback: number } | {
  do: "set" | "flush" | "get";
};

const linkSteps: fc.Arbitrary<LinkStep[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constantFrom("link" as const, "unlink" as const),
        callback: fc.nat(2),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constantFrom("set" as const, "flush" as const, "get" as const),
      }),
    },
  ),
  { maxLength: 20 },
);

test("AsyncResult calls linked callbacks once each, in order, unless taken back", async () => {
  await holds(fc.asyncProperty(linkSteps, checkLinks), { numRuns: 500 });
});

async function checkLinks(steps: readonly LinkStep[]): Promise<void> {
  const result = new AsyncResult<number>();
  const log: string[] = [];
  const callbacks = [0, 1, 2].map((n) => () => void log.push(`link ${n}`));
  const expected: string[] = [];
  const due: string[] = [];
  let waits = 0;
  for (const one of steps) {
    if (one.do === "link") {
      due.push(`link ${one.callback}`);
      result.link(callbacks[one.callback]!);
    }
    if (one.do === "unlink") {
      const at = due.indexOf(`link ${one.callback}`);
      if (at >= 0) due.splice(at, 1);
      result.unlink(callbacks[one.callback]!);
    }
    if (one.do === "get") {
      const name = `get ${waits++}`;
      due.push(name);
      result.get().then(() => log.push(name));
    }
    if (one.do === "set" && !result.ready()) result.set(1);
    assertEquals(log, expected, "nothing runs at once");
    if (one.do === "flush") {
      await flush();
      if (result.ready()) expected.push(...due.splice(0));
      assertEquals(log, expected);
    }
  }
  if (!result.ready()) result.set(1);
  await flush();
  assertEquals(log, [...expected, ...due]);
}
