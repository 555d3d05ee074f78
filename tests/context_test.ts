import { EventedFuture, type Future } from "@dekka/actors";
import {
  asyncContext,
  context,
  currentWaiter,
  runAs,
  type Waiter,
} from "../context.ts";
import {
  assertEquals,
  assertStrictEquals,
  assertThrows,
  stub,
  test,
  testUnless,
} from "./test.ts";

interface Platform {
  getBuiltinModule(name: string): object | undefined;
}

const { process } = globalThis as { process?: Partial<Platform> };

testUnless(
  context.storage !== undefined && "there is one already" ||
    process?.getBuiltinModule === undefined && "the platform has none",
  "asyncContext() is made in nobody's name: microtasks may run meanwhile",
  () => {
    const seen: unknown[] = [];
    const load = process!.getBuiltinModule!.bind(process);
    using _ = stub(process as Platform, "getBuiltinModule", (name) => {
      seen.push(currentWaiter());
      return load(name);
    });
    const waiter = someone();
    const after = runAs(waiter, () => [asyncContext(), currentWaiter()]);
    assertEquals(seen, [undefined]);
    assertStrictEquals(after[1], waiter);
  },
);

test("currentWaiter() is nobody outside of actors and hooks", () => {
  assertStrictEquals(currentWaiter(), undefined);
});

test("runAs() makes somebody the waiter while a function runs", () => {
  const waiter = someone();
  assertStrictEquals(runAs(waiter, currentWaiter), waiter);
  assertStrictEquals(currentWaiter(), undefined);
});

test("runAs() returns what the function returns", () => {
  assertEquals(runAs(someone(), () => 7), 7);
});

test("runAs() gives the outer waiter back", () => {
  const [outer, inner] = [someone(), someone()];
  const seen = runAs(outer, () => [
    currentWaiter(),
    runAs(inner, currentWaiter),
    currentWaiter(),
  ]);
  assertEquals(seen.map((waiter) => waiter === outer), [true, false, true]);
  assertStrictEquals(seen[1], inner);
});

test("runAs() gives the outer waiter back when the function throws", () => {
  const outer = someone();
  runAs(outer, () => {
    assertThrows(() => runAs(someone(), fail), RangeError, "inside");
    assertStrictEquals(currentWaiter(), outer);
  });
  assertThrows(() => runAs(outer, fail), RangeError, "inside");
  assertStrictEquals(currentWaiter(), undefined);
});

test("asyncContext() is made once", () => {
  assertStrictEquals(asyncContext(), asyncContext());
  assertStrictEquals(context.storage, asyncContext());
});

test("runAs() holds after an await, where the platform can tell", async () => {
  const waiter = someone();
  const expected = asyncContext() === undefined ? undefined : waiter;
  const after = runAs(waiter, async () => {
    await Promise.resolve();
    return currentWaiter();
  });
  assertStrictEquals(currentWaiter(), undefined);
  assertStrictEquals(await after, expected);
  assertStrictEquals(currentWaiter(), undefined);
});

test("runAs() is not mixed up by others that await meanwhile", async () => {
  const waiters = asyncContext() === undefined ? [] : [someone(), someone()];
  const seen = await Promise.all(
    waiters.map((waiter) =>
      runAs(waiter, async () => {
        for (let i = 0; i < 3; i++) await Promise.resolve();
        return currentWaiter() === waiter;
      })
    ),
  );
  assertEquals(seen, waiters.map(() => true));
});

test("Future.setGetHook() lets the future wait for what its hook reads", async () => {
  let waiter: Waiter | undefined;
  const inner = new EventedFuture<number>();
  const future = new EventedFuture<number>();
  future.setGetHook(() => {
    waiter = currentWaiter();
    return inner.get();
  });
  const wait = future.get();
  assertEquals(waiter?.suspended, true);
  assertEquals(waiter?.waits?.includes(inner as Future<unknown>), true);
  assertStrictEquals(currentWaiter(), undefined);
  inner.set(1);
  assertEquals(await wait, 1);
});

function someone(): Waiter {
  return { waits: [], label: "Someone.waits", suspended: true };
}

function fail(): never {
  throw new RangeError("inside");
}
