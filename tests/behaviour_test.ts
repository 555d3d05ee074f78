import { ActorSystem, DeadlockError, EventedActor } from "@dekka/actors";
import { behaviourOf, isFollowed, NO_HANDLER } from "../behaviour.ts";
import { asyncContext } from "../context.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  test,
  testUnless,
} from "./test.ts";

class Plain extends EventedActor {
  override onReceive(): number {
    return 1;
  }
}

class Asynchronous extends Plain {
  protected override onStart(): void {}
  override onReceive(): never {
    throw new Error("never called");
  }
  async later(): Promise<void> {
    await undefined;
  }
}

/** Two of them can ask each other, after an `await` and not before. */
class Visitor extends EventedActor {
  other: Visitor["actorRef"] | undefined;
  meet(other: Visitor["actorRef"]): void {
    this.other = other;
  }
  async visit(isQuiet: boolean): Promise<string> {
    await Promise.resolve();
    if (isQuiet || this.other === undefined) return "quiet";
    return await this.other.proxy<Visitor>().visit(false);
  }
}

function startPair(system: ActorSystem) {
  const pair = [system.start(Visitor), system.start(Visitor)] as const;
  pair[0].proxy().meet.defer(pair[1] as never);
  pair[1].proxy().meet.defer(pair[0] as never);
  return pair;
}

test("behaviourOf() is one for all actors of a class", () => {
  assertStrictEquals(behaviourOf(Plain), behaviourOf(Plain));
  assert(behaviourOf(Plain) !== behaviourOf(Asynchronous));
});

test("Behaviour.noStart is what classes without an onStart() of their own have", () => {
  const { noStart } = behaviourOf(Plain);
  assertStrictEquals(behaviourOf(Asynchronous).noStart, noStart);
  assertStrictEquals(Reflect.get(Plain.prototype, "onStart"), noStart);
});

test("Behaviour.hasAsync is whether the class has async methods", () => {
  class Late extends Asynchronous {}
  class Hooked extends Plain {
    protected override async onStop(): Promise<void> {}
  }
  const found = [Plain, Asynchronous, Late, Hooked]
    .map((actorClass) => behaviourOf(actorClass).hasAsync);
  assertEquals(found, [false, true, true, true]);
});

test("Behaviour.handler() is the same for a member each time", () => {
  const behaviour = behaviourOf(Asynchronous);
  const { later } = Asynchronous.prototype;
  const handler = behaviour.handler("later", later);
  assertStrictEquals(behaviour.handler("later", later), handler);
  assertEquals([handler.member, handler.isAsync], ["later", true]);
  assertEquals(behaviour.receive.isAsync, false);
});

test("isFollowed() holds for async functions from their first call", () => {
  assertEquals(isFollowed({ ...NO_HANDLER, isAsync: true }), true);
  assertEquals(isFollowed({ ...NO_HANDLER, isPromising: true }), true);
});

test("isFollowed() holds for any handler at first, where nothing is loaded for it", () => {
  const isLoaded = asyncContext() !== undefined;
  assertEquals(isFollowed(NO_HANDLER), isLoaded);
  const settled = { ...NO_HANDLER, turns: 1000 };
  assertEquals(isFollowed(settled), false);
  assertEquals(isFollowed({ ...settled, asks: true }), false);
});

test("isFollowed() spares what was followed often and never asked", () => {
  const quiet = { ...NO_HANDLER, isAsync: true, turns: 1000 };
  assertEquals(isFollowed(quiet), false);
  assertEquals(isFollowed({ ...quiet, asks: true }), true);
});

testUnless(
  asyncContext() === undefined && "there is no asynchronous context",
  "DeadlockError is missed once at the most by a handler that was quiet often",
  async () => {
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    await using system = new ActorSystem({ logger });
    const [first] = startPair(system);
    for (let times = 0; times < 100; times++) {
      assertEquals(await first.proxy().visit(true), "quiet");
    }
    const missed = first.proxy().visit(false);
    await missed.get({ timeout: 5 }).catch(() => {});
    // Whoever asked was a stranger, so from now on the handler is followed.
    const [fresh] = startPair(system);
    await assertRejects(() => fresh.proxy().visit(false).get(), DeadlockError);
    for (const ref of system.registry.getAll()) ref.kill();
    await missed.catch(() => {});
  },
);
