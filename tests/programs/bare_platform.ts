/**
 * Takes some globals away before the library is loaded, and uses it all the
 * same; `tests/platform_test.ts` runs it.
 */
const { args } = Deno;
for (const name of args) {
  for (const owner of [globalThis, crypto]) {
    if (name in owner) hide(owner, name);
  }
}

const { EventedActor, EventedFuture, getAll, Timeout } = await import(
  "@dekka/actors"
);

class Worker extends EventedActor<string, number> {
  count = 0;
  #busy = true;

  override onReceive(message: string): number {
    if (message === "stop") this.#busy = false;
    else if (this.#busy) this.actorRef.tell<Worker>("work");
    return ++this.count;
  }

  async later(): Promise<string> {
    await Promise.resolve();
    return "later";
  }
}

// The loop has to let the platform have its turn, or the timer never rings.
await using worker = Worker.start();
worker.tell("work");
await new Promise((resolve) => setTimeout(resolve, 20));
equal(await worker.ask("stop") > 1, true);
equal(await worker.proxy().later(), "later");

const never = new EventedFuture<number>();
const failure = await never.get({ timeout: 1 }).catch((error) => error);
equal(failure instanceof Timeout, true);
never.set(1);
equal((await getAll([never, worker.proxy().later()])).join(), "1,later");

await worker.stop();
const dead = await worker.ask("stop").get().catch((error) => error);
equal(dead.actorUrn, worker.actorUrn);
equal(
  /^urn:uuid:[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(dead.actorUrn),
  true,
);
console.log("all is well");

function hide(owner: object, name: string): void {
  Object.defineProperty(owner, name, { value: undefined });
}

function equal(actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`${actual} is not ${expected}`);
}
