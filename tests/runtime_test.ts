import {
  Actor,
  type ActorClass,
  type ActorSystem,
  EventedFuture,
} from "@dekka/actors";
import { Cell, mailboxOf, type Runtime } from "@dekka/actors/runtime";
import { assertEquals, assertRejects, assertThrows, test } from "./test.ts";

// A runtime of a dozen lines: actors have their turn when somebody says so.
const waiting: Cell[] = [];
const loop = {
  createFuture: <T>() => new EventedFuture<T>(),
  schedule: (cell: Cell) => void waiting.push(cell),
  resume: (cell: Cell) => void waiting.push(cell),
};

abstract class ManualActor extends Actor {
  static override readonly runtime: Runtime = {
    spawn: (system: ActorSystem, actorClass: ActorClass, args) =>
      new Cell(loop, system, actorClass).begin(args),
  };
}

class Counter extends ManualActor {
  count = 0;
  add(n: number): number {
    return this.count += n;
  }
}

function turnAll(): void {
  for (let cell = waiting.shift(); cell; cell = waiting.shift()) cell.turn(1);
}

test("Runtime decides when its actors have their turn", async () => {
  const counter = Counter.start();
  const reply = counter.proxy().add(2);
  await Promise.resolve();
  await assertRejects(() => reply.get({ timeout: 0 }));
  turnAll();
  assertEquals(await reply, 2);
  const stopped = counter.stop();
  turnAll();
  assertEquals(await stopped, true);
});

test("Cell.turn() handles no more messages than it may", async () => {
  const counter = Counter.start();
  const replies = [1, 1, 1].map((n) => counter.proxy().add(n));
  waiting.shift()!.turn(2);
  assertEquals(await Promise.all(replies.slice(0, 2)), [1, 2]);
  await assertRejects(() => replies[2]!.get({ timeout: 0 }));
  turnAll();
  assertEquals(await replies[2], 3);
  counter.kill();
});

test("mailboxOf() is what is behind a reference", () => {
  const counter = Counter.start();
  const mailbox = mailboxOf(counter);
  assertEquals(mailbox.ref, counter);
  assertEquals(mailbox.kindOf(["add"]), "method");
  assertEquals(mailbox.kindOf(["count"]), "attribute");
  counter.kill();
  waiting.length = 0;
});

test("ActorSystem.start() refuses a class without a runtime", () => {
  abstract class Bare extends Actor {}
  class Plain extends Bare {}
  assertThrows(() => Plain.start(), TypeError, "Cannot start Plain");
});
