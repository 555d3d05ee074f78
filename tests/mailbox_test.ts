import {
  type ActorRef,
  ActorSystem,
  type DeathReason,
  Future,
} from "@dekka/actors";
import { deadError, mailboxOf } from "@dekka/actors/runtime";
import { Gate } from "./actors.ts";
import { Lines } from "./lines.ts";
import { type ActorBase, forEachRuntime } from "./runtimes.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "./test.ts";

function define(Base: ActorBase) {
  class Adder extends Base {
    sum = 0;
    add(n: number): number {
      return this.sum += n;
    }
    async pass(gate: ActorRef<Gate>): Promise<void> {
      await gate.proxy().pass();
    }
    fail(): void {
      throw new RangeError("as told");
    }
    override onReceive(n: number): number {
      return this.add(n);
    }
  }
  return { Adder };
}

forEachRuntime(define, ({ Adder }, test) => {
  function quiet(): ActorSystem {
    return new ActorSystem({ logger: new Lines() });
  }

  test("Mailbox knows its actor", async () => {
    await using system = quiet();
    const ref = system.start(Adder);
    const mailbox = mailboxOf(ref);
    assertStrictEquals<unknown>(mailbox.ref, ref);
    assertStrictEquals<unknown>(mailbox.actorClass, Adder);
    assertStrictEquals(mailbox.system, system);
    assertEquals(mailbox.actorUrn, ref.actorUrn);
    assertEquals(mailbox.death, undefined);
    assertInstanceOf(mailbox.createFuture(), Future);
  });

  test.unlessStub("Mailbox.knownUrn is there when somebody has read the URN", async () => {
    await using system = quiet();
    const mailbox = mailboxOf(system.start(Adder));
    assertEquals(mailbox.knownUrn, undefined);
    const { actorUrn } = mailbox;
    assertEquals(mailbox.knownUrn, actorUrn);
  });

  test("Mailbox.post() sends a message, with or without a reply", async () => {
    await using system = quiet();
    const mailbox = mailboxOf(system.start(Adder));
    const reply = mailbox.createFuture<unknown>();
    mailbox.post(1, undefined);
    mailbox.post(2, reply);
    assertEquals(await reply, 3);
  });

  test("Mailbox.cancel() gives up what has not begun, and it is never handled", async () => {
    await using system = quiet();
    const gate = system.start(Gate);
    const ref = system.start(Adder);
    const mailbox = mailboxOf(ref);
    const passing = ref.proxy().pass(gate);
    const reply = mailbox.createFuture<unknown>();
    mailbox.post(5, reply);
    mailbox.cancel(reply, new RangeError("gave up"));
    mailbox.cancel(reply, new RangeError("twice"));
    await assertRejects(() => reply.get(), RangeError, "gave up");
    gate.proxy().open.defer();
    await passing;
    assertEquals(await ref.proxy().sum, 0);
  });

  test.unlessStub("Mailbox.kindOf() says what a name is, from the live object", async () => {
    await using system = quiet();
    const mailbox = mailboxOf(system.start(Adder));
    assertEquals(mailbox.kindOf(["add"]), "method");
    assertEquals(mailbox.kindOf(["sum"]), "attribute");
    assertEquals(mailbox.kindOf(["nope"]), undefined);
    mailbox.kill(undefined);
    assertEquals(mailbox.kindOf(["add"]), "method");
    assertEquals(mailbox.kindOf(["sum"]), "attribute");
    assertEquals(mailbox.kindOf(["nope"]), "attribute");
    assertEquals(mailbox.kindOf(["onReceive"]), undefined);
  });

  test("Mailbox.death says how the actor ended", async () => {
    await using system = quiet();
    const [stopped, failed, killed] = [1, 2, 3].map(() => system.start(Adder));
    void stopped!.stop();
    failed!.proxy().fail.defer();
    const reason = new RangeError("enough");
    killed!.kill(reason);
    await stopped!.stopped;
    await failed!.stopped;
    assertEquals(mailboxOf(stopped!).death, { reason: "stopped" });
    assertEquals(mailboxOf(failed!).death?.reason, "failed");
    assertInstanceOf(mailboxOf(failed!).death?.cause, RangeError);
    assertEquals(mailboxOf(killed!).death, { reason: "killed", cause: reason });
  });

  test("deadError() says the action, the actor and its state, and carries the facts", async () => {
    await using system = quiet();
    const ref = system.start(Adder);
    const mailbox = mailboxOf(ref);
    const states: Record<DeathReason, string> = {
      stopped: "actor is stopped",
      killed: "actor was killed",
      failed: "actor has failed",
      "start-failed": "actor failed to start",
      lost: "actor is lost",
    };
    for (const [reason, state] of Object.entries(states)) {
      const death = { reason: reason as DeathReason };
      const error = deadError("Cannot reach", mailbox, death);
      assertEquals(error.message, `Cannot reach ${ref}: ${state}`);
      assertEquals([error.reason, error.actorUrn], [reason, ref.actorUrn]);
      assertEquals("cause" in error, false);
    }
    const cause = new RangeError("why");
    const failed = deadError("Cannot reach", mailbox, {
      reason: "failed",
      cause,
    });
    assertStrictEquals(failed.cause, cause);
    const empty = deadError("Cannot reach", mailbox, {
      reason: "failed",
      cause: undefined,
    });
    assert("cause" in empty); // who throws `undefined` has thrown something
  });
});
