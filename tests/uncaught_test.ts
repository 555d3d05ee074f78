import { ActorSystem, AsyncResult } from "@dekka/actors";
import { reportUncaught, uncaught } from "../uncaught.ts";
import { Lines } from "./lines.ts";
import { assertEquals, delay, stub, test } from "./test.ts";

test("an exception that reached nobody is an error of the default system", async () => {
  const error = new Error("in callback");
  const lines = await linesOf(async () => {
    const result = new AsyncResult<number>();
    result.link(() => {
      throw error;
    });
    result.set(1);
    await delay(0);
  });
  assertEquals(lines.loud(), [{
    level: "error",
    text: "Callback linked to AsyncResult threw",
    data: [error],
  }]);
});

test("an exception that reached nobody is reported whatever it is", async () => {
  const thrown = [undefined, null, "text", 0];
  const lines = await linesOf(async () => {
    for (const exception of thrown) {
      const result = new AsyncResult<number>();
      result.link(() => {
        throw exception;
      });
      result.set(1);
    }
    await delay(0);
  });
  assertEquals(lines.at("error").map(({ data }) => data[0]), thrown);
});

test("an exception that reached nobody is printed when the logger throws", () => {
  const { default: system } = ActorSystem;
  const { logger } = system;
  const broken = new Error("logger");
  using printed = stub(console, "error", () => {});
  system.logger = {
    ...logger,
    error: () => {
      throw broken;
    },
  };
  try {
    reportUncaught("Something threw", new Error("lost"));
  } finally {
    system.logger = logger;
  }
  assertEquals(printed.calls.length, 1);
  assertEquals(printed.calls[0]!.args.at(-1), broken);
});

test("reportUncaught() tells the one who is in charge", () => {
  const { report } = uncaught;
  const calls: unknown[][] = [];
  uncaught.report = (...args) => void calls.push(args);
  try {
    reportUncaught("Something threw", 7);
  } finally {
    uncaught.report = report;
  }
  assertEquals(calls, [["Something threw", 7]]);
});

/** What the default system writes meanwhile. */
async function linesOf(run: () => Promise<void>): Promise<Lines> {
  const { default: system } = ActorSystem;
  const { logger } = system;
  const lines = new Lines();
  system.logger = lines;
  try {
    await run();
  } finally {
    system.logger = logger;
  }
  return lines;
}
