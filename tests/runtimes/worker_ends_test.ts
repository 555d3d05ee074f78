import {
  ActorDeadError,
  type ActorRef,
  ActorSystem,
  EventedActor,
  EventedFuture,
  type Future,
} from "@dekka/actors";
import { workers } from "@dekka/actors/worker";
import {
  assertEquals,
  assertMatch,
  assertRejects,
  delay,
  test,
  testUnless,
} from "../test.ts";
import { Alone, Helper, PassesOn } from "./worker/actors.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const noMemory = typeof SharedArrayBuffer === "undefined" &&
  "there is no shared memory";

for (const where of ["the main thread", "a Worker"]) {
  for (const BusyClass of [Alone, Helper]) {
    const whose = BusyClass === Alone ? "its own Worker" : "a shared Worker";
    testUnless(
      noMemory,
      `ActorRef.kill() in ${where} fails the asks of every thread, for a handler that keeps ${whose}`,
      async () => {
        const { size } = workers;
        workers.size = 2;
        const flags = new Int32Array(new SharedArrayBuffer(8));
        await using system = new ActorSystem({ logger: silent });
        try {
          const busy = system.start(BusyClass);
          const other = system.start(Helper);
          const third = system.start(Alone);
          const neighbour = system.start(Helper);
          for (const ref of [other, third]) await ref.proxy().addTo(busy, 1);
          busy.proxy().spinUntil.defer(flags);
          while (Atomics.load(flags, 0) === 0) await delay(1);
          const asks = [
            busy.ask(1),
            other.proxy().addTo(busy, 1),
            third.proxy().addTo(busy, 1),
          ];
          if (where === "a Worker") {
            await other.proxy().killOther(busy, "enough");
          } else busy.kill("enough");
          for (const ask of asks) {
            const dead = await assertRejects(() => ask.get(), ActorDeadError);
            assertEquals([dead.reason, dead.cause], ["killed", "enough"]);
          }
          await busy.stopped;
          Atomics.store(flags, 1, 1);
          assertEquals(await neighbour.ask("hello"), "hello");
        } finally {
          Atomics.store(flags, 1, 1); // whatever happens, the thread goes on
          workers.size = size;
        }
      },
    );
  }
}

// The timer that looks after a killed actor must not outlive it.
testUnless(
  noMemory,
  "ActorRef.kill() in several Workers leaves no timer behind",
  async () => {
    const flags = new Int32Array(new SharedArrayBuffer(8));
    await using system = new ActorSystem({ logger: silent });
    const victim = system.start(Alone);
    const killers = [system.start(Alone), system.start(Alone)];
    try {
      for (const ref of killers) await ref.proxy().addTo(victim, 1);
      victim.proxy().spinUntil.defer(flags);
      while (Atomics.load(flags, 0) === 0) await delay(1);
      for (const ref of killers) await ref.proxy().killOther(victim, "enough");
    } finally {
      Atomics.store(flags, 1, 1); // whatever happens, the thread goes on
    }
    await victim.stopped;
  },
);

for (const end of ["is killed", "goes on"]) {
  testUnless(
    noMemory,
    `ActorRef that comes before its actor is started is of use, when its starter ${end}`,
    async () => {
      const flags = new Int32Array(new SharedArrayBuffer(8));
      await using system = new ActorSystem({ logger: silent });
      const found: ActorRef<Helper>[] = [];
      class Hearer extends EventedActor<[ActorRef<Helper>], void> {
        override onReceive([ref]: [ActorRef<Helper>]): void {
          found.push(ref);
        }
      }
      const hearer = system.start(Hearer);
      const starter = system.start(Alone);
      const other = system.start(Alone);
      await starter.proxy().addTo(other, 1);
      starter.proxy().startAndSpin.defer(other, flags);
      try {
        while (Atomics.load(flags, 0) === 0) await delay(1);
        other.proxy().tellFirst.defer(hearer);
        const asks = [other.proxy().addToFirst(1)];
        await other.proxy().count;
        await hearer.proxy().actorUrn;
        const [child] = found;
        asks.push(child!.proxy().add(1));
        if (end === "is killed") {
          starter.kill("enough");
          for (const ask of asks) {
            const dead = await assertRejects(() => ask.get(), ActorDeadError);
            assertEquals(dead.reason, "lost");
            const { message, cause } = dead.cause as Error;
            assertMatch(message, /^The Worker was .*Alone .* was killed/);
            assertEquals(cause, "enough");
          }
          assertEquals(child!.isAlive(), false);
        } else {
          Atomics.store(flags, 1, 1);
          assertEquals((await Promise.all(asks)).sort(), [6, 7]);
          assertEquals(system.registry.getByUrn(child!.actorUrn), child);
        }
        assertEquals(await other.stop(), true);
      } finally {
        Atomics.store(flags, 1, 1); // whatever happens, the thread goes on
      }
    },
  );
}

for (const how of ["gives up", "is lost with its Worker"]) {
  test(`WorkerPool closes when the last asker ${how} that waits for what an actor has left behind`, async () => {
    await using system = new ActorSystem({ logger: silent });
    const called = new EventedFuture<void>();
    class Silent extends EventedActor {
      add(_n: number): Future<number> {
        called.set();
        return new EventedFuture();
      }
    }
    const other = system.start(Silent) as unknown as ActorRef<Helper>;
    const asked = system.start(PassesOn);
    const asker = system.start(Alone);
    await asker.proxy().count;
    const patience = new AbortController();
    const ask = how === "gives up"
      ? asked.ask(other, { signal: patience.signal })
      : asker.proxy().askOther(asked, other);
    await called;
    assertEquals(await asked.stop(), true);
    assertEquals(workers.running, 2);
    if (how === "gives up") {
      await asker.stop();
      patience.abort(new Error("enough"));
    } else asker.proxy().leave.defer("close");
    while (workers.running > 0) await delay(1);
    assertEquals(other.isAlive(), true);
    await assertRejects(() => ask.get(), Error);
  });
}
