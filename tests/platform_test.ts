import {
  createAsyncContext,
  importAsyncContext,
  onUnload,
  runInTask,
  unrefTimer,
} from "../platform.ts";
import { deno } from "./process.ts";
import {
  assertEquals,
  assertStrictEquals,
  FakeTime,
  spy,
  test,
  testUnless,
} from "./test.ts";

const noStorage = createAsyncContext() === undefined &&
  "the platform has no asynchronous context";

testUnless(
  noStorage,
  "createAsyncContext() keeps a value over an await",
  async () => {
    const context = createAsyncContext<string>()!;
    const seen = await context.run("inside", async () => {
      const before = context.getStore();
      await Promise.resolve();
      return [before, context.getStore()];
    });
    assertEquals(seen, ["inside", "inside"]);
    assertStrictEquals(context.getStore(), undefined);
  },
);

testUnless(
  noStorage,
  "createAsyncContext() makes contexts that do not mix",
  () => {
    const [first, second] = [createAsyncContext(), createAsyncContext()];
    first!.run(1, () => {
      assertEquals([first!.getStore(), second!.getStore()], [1, undefined]);
    });
  },
);

test("createAsyncContext() gives nothing where the platform has none", () => {
  for (
    const process of [undefined, {}, { getBuiltinModule: () => undefined }]
  ) {
    using _ = replaced("process", process);
    assertStrictEquals(createAsyncContext(), undefined);
  }
});

test("createAsyncContext() gives nothing where the platform forbids it", () => {
  const getBuiltinModule = () => {
    throw new Error("forbidden");
  };
  using _ = replaced("process", { getBuiltinModule });
  assertStrictEquals(createAsyncContext(), undefined);
});

testUnless(
  importAsyncContext() === undefined && "the platform gains nothing by it",
  "importAsyncContext() makes a context that keeps a value over an await",
  async () => {
    const context = await importAsyncContext<string>();
    const seen = await context!.run("inside", async () => {
      await Promise.resolve();
      return context!.getStore();
    });
    assertEquals([seen, context!.getStore()], ["inside", undefined]);
  },
);

test("importAsyncContext() gives nothing on other platforms than Deno", () => {
  using _ = replaced("Deno", undefined);
  assertStrictEquals(importAsyncContext(), undefined);
});

test("unrefTimer() tells a timer that can be told", () => {
  const unref = spy(() => {});
  unrefTimer({ unref });
  assertEquals(unref.calls.length, 1);
});

test("unrefTimer() tells the platform of a timer that is a number", () => {
  const told = spy((_id: number) => {});
  using _ = replaced("Deno", { unrefTimer: told });
  unrefTimer(7);
  assertEquals(told.calls.map(({ args }) => args), [[7]]);
});

test("unrefTimer() does nothing where nobody can be told", () => {
  using _ = replaced("Deno", undefined);
  for (const timer of [7, {}, undefined]) unrefTimer(timer);
});

test("onUnload() listens where the platform tells of its end", () => {
  const listen = spy((_type: string, _listener: () => void) => {});
  using _ = replaced("addEventListener", listen);
  const callback = () => {};
  onUnload(callback);
  assertEquals(listen.calls.map(({ args }) => args), [["unload", callback]]);
});

test("onUnload() does nothing where the platform does not tell", () => {
  using _ = replaced("addEventListener", undefined);
  onUnload(() => {});
});

test("runInTask() calls back after the microtasks", async () => {
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    runInTask(() => {
      order.push("task");
      resolve();
    });
    Promise.resolve().then(() => {}).then(() => order.push("microtasks"));
    order.push("call");
  });
  assertEquals(order, ["call", "microtasks", "task"]);
});

test("runInTask() calls back in order", async () => {
  const order: number[] = [];
  await Promise.all(
    [1, 2, 3].map((n) =>
      new Promise<void>((resolve) =>
        runInTask(() => {
          order.push(n);
          resolve();
        })
      )
    ),
  );
  assertEquals(order, [1, 2, 3]);
});

test("runInTask() does not wait for a faked clock", async () => {
  using _time = new FakeTime();
  await new Promise<void>((resolve) => runInTask(resolve));
});

// The whole library, where the platform has less.

const noDeno = typeof Deno === "undefined" && "it runs programs with Deno";

for (
  const missing of [
    ["nothing"],
    ["setImmediate"],
    ["setImmediate", "MessageChannel"],
    ["process"],
    ["addEventListener"],
    ["randomUUID"], // as in a page that was not loaded by HTTPS
    ["setImmediate", "MessageChannel", "process", "addEventListener", "Deno"],
  ]
) {
  testUnless(
    noDeno,
    `a program runs where ${missing.join(", ")} is missing`,
    async () => {
      const program = "tests/programs/bare_platform.ts";
      const outcome = await deno("run", "--quiet", program, ...missing);
      assertEquals(outcome, { code: 0, stdout: "all is well\n", stderr: "" });
    },
  );
}

/** Replaces a global until the end of the block. */
function replaced(name: string, value: unknown): Disposable {
  const before = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, {
    value,
    configurable: true,
    writable: true,
  });
  return {
    [Symbol.dispose]() {
      Reflect.deleteProperty(globalThis, name);
      if (before !== undefined) {
        Object.defineProperty(globalThis, name, before);
      }
    },
  };
}
