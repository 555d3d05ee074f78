/**
 * Two tests: one that leaves a stuck handler behind, and one that comes after
 * it; `tests/testing_test.ts` looks at what becomes of them.
 */
import { EventedActor } from "@dekka/actors";
import { testSystem } from "@dekka/actors/testing";

const hanging = Promise.withResolvers<void>();

class Stuck extends EventedActor {
  async hang(): Promise<never> {
    hanging.resolve();
    return await new Promise(() => {});
  }
  ping(): string {
    return "pong";
  }
}

Deno.test("leaves a stuck handler behind", async () => {
  await using system = testSystem();
  const stuck = system.start(Stuck);
  stuck.proxy().hang();
  await hanging.promise;
});

Deno.test("leaves nothing behind", async () => {
  await using system = testSystem();
  await using stuck = system.start(Stuck);
  if (await stuck.proxy().ping() !== "pong") throw new Error("no pong");
});
