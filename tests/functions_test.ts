import { isAsync, isSettler, isThenable } from "../functions.ts";
import { assertEquals, spy, test } from "./test.ts";

class Example {
  async handle(): Promise<void> {
    await undefined;
  }
  answer(): Promise<void> {
    return Promise.resolve();
  }
}

test("isAsync() knows an async function before it is called", () => {
  assertEquals(isAsync(async () => {}), true);
  assertEquals(isAsync(async function named() {}), true);
  assertEquals(isAsync(new Example().handle), true);
});

test("isAsync() takes no other function for one", () => {
  const others = [
    () => {},
    new Example().answer,
    function* () {},
    async function* () {},
    Example,
    Promise.resolve,
  ];
  assertEquals(others.map(isAsync), others.map(() => false));
});

test("isAsync() is false for what is no function", () => {
  for (const value of [undefined, null, 1, "async", {}, Promise.resolve()]) {
    assertEquals(isAsync(value), false);
  }
});

test("isSettler() knows the functions that settle a promise", () => {
  const { resolve, reject } = Promise.withResolvers<void>();
  assertEquals([resolve, reject].map(isSettler), [true, true]);
});

test("isSettler() knows what await and the combinators hand in", async () => {
  const handed: unknown[] = [];
  const thenable = {
    then(resolve: (value: number) => void, reject: unknown) {
      handed.push(resolve, reject);
      resolve(1);
    },
  };
  await (thenable as unknown as PromiseLike<number>);
  await Promise.all([thenable]);
  await Promise.race([thenable]);
  await Promise.any([thenable]);
  await Promise.allSettled([thenable]);
  await Promise.resolve(thenable);
  assertEquals(handed.length, 12);
  assertEquals(handed.map(isSettler), handed.map(() => true));
});

test("isSettler() takes no function of a user for one", () => {
  const others = [
    () => {},
    function () {},
    spy(() => {}),
    (() => {}).bind(null),
    console.log,
    Array.prototype.push,
    Boolean,
    Example,
  ];
  assertEquals(others.map(isSettler), others.map(() => false));
});

test("isSettler() is false for what is no function", () => {
  for (const value of [undefined, null, {}, "function () { [native code] }"]) {
    assertEquals(isSettler(value), false);
  }
});

test("isThenable() knows what has a method then()", () => {
  const callable = Object.assign(() => {}, { then() {} });
  const inherited = Object.create({ then() {} });
  for (const value of [Promise.resolve(), { then() {} }, callable, inherited]) {
    assertEquals(isThenable(value), true);
  }
});

test("isThenable() is false for everything else", () => {
  const others = [
    undefined,
    null,
    0,
    "then",
    Symbol("then"),
    {},
    { then: 1 },
    () => {},
    Object.create(null),
  ];
  for (const value of others) assertEquals(isThenable(value), false);
});

test("isThenable() asks for then once", () => {
  let asked = 0;
  const value = {
    get then() {
      asked++;
      return () => {};
    },
  };
  assertEquals(isThenable(value), true);
  assertEquals(asked, 1);
});
