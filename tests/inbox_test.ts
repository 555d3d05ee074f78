import fc from "fast-check";
import {
  ActorDeadError,
  type ActorRef,
  ActorSystem,
  EventedFuture,
  getAll,
  Timeout,
} from "@dekka/actors";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  test,
} from "./test.ts";
import { giveInboxBack, Inbox, takeInbox } from "../inbox.ts";
import { Gate, Notes } from "./actors.ts";
import { Lines } from "./lines.ts";
import { type ActorBase, forEachRuntime } from "./runtimes.ts";

function define(Base: ActorBase) {
  /** Waits before its first message, and notes all of them. */
  class Reader extends Base {
    readonly seen: unknown[] = [];
    constructor(readonly gate: ActorRef<Gate>) {
      super();
    }
    override async onStart(): Promise<void> {
      await this.gate.proxy().pass();
    }
    override onReceive(message: unknown): number {
      return this.seen.push(message);
    }
    method(message: unknown): number {
      return this.seen.push(message);
    }
  }

  /** Sends messages to itself while it handles one. */
  class Growing extends Base {
    readonly seen: number[] = [];
    override onReceive(n: number): void {
      this.seen.push(n);
      const self: ActorRef<Growing> = this.actorRef;
      if (n >= 1000) return;
      self.tell(n * 10);
      self.tell(n * 10 + 1);
    }
    count(): number {
      return this.seen.length;
    }
  }

  return { Reader, Growing };
}

forEachRuntime(define, ({ Reader, Growing }, test) => {
  test("Inbox keeps 100,000 messages in the order sent", async () => {
    await using gate = Gate.start();
    await using reader = Reader.start(gate);
    const count = 100_000;
    for (let i = 0; i < count; i++) reader.tell(i);
    const last = reader.ask("last");
    await gate.proxy().open();
    assertEquals(await last, count + 1);
    const seen = await reader.proxy().seen;
    assert(seen.every((n, i) => n === (i < count ? i : "last")));
  });

  test("Inbox takes messages while others are being handled", async () => {
    await using growing = Growing.start();
    growing.tell(1);
    // Each number is followed by two others, in order: a queue, not a stack.
    const expected = [1];
    for (const n of expected) {
      if (n < 1000) expected.push(n * 10, n * 10 + 1);
    }
    while (await growing.proxy().count() < expected.length);
    assertEquals(await growing.proxy().seen, expected);
  });

  test("Inbox lets what was given up go, and keeps the order of the rest", async () => {
    await using gate = Gate.start();
    await using reader = Reader.start(gate);
    const controller = new AbortController();
    const { signal } = controller;
    const given = [];
    const kept = [];
    for (let i = 0; i < 1000; i++) {
      if (i % 9 === 0) reader.tell(i);
      else if (i % 9 === 1) kept.push(reader.proxy().method(i));
      else given.push(reader.ask(i, { signal }));
    }
    controller.abort("given up");
    const outcomes = await Promise.allSettled(given);
    assert(
      outcomes.every((outcome) =>
        outcome.status === "rejected" && outcome.reason === "given up"
      ),
    );
    const last = reader.ask("last");
    await gate.proxy().open();
    await last;
    await getAll(kept);
    assertEquals(await reader.proxy().seen, [
      ...Array.from({ length: 1000 }, (_, i) => i).filter((i) => i % 9 < 2),
      "last",
    ]);
  });

  test("Inbox whose messages were all given up takes others", async () => {
    await using gate = Gate.start();
    await using reader = Reader.start(gate);
    for (let round = 0; round < 3; round++) {
      const asks = Array.from(
        { length: 200 },
        (_, i) => reader.ask(i, { timeout: 0 }),
      );
      for (const asked of asks) await assertRejects(() => asked.get(), Timeout);
    }
    const asked = reader.ask("asked");
    await gate.proxy().open();
    assertEquals(await asked, 1);
    assertEquals(await reader.proxy().seen, ["asked"]);
  });

  test("Inbox of an actor that ends is counted once, with its first message", async () => {
    const lines = new Lines();
    await using gate = Gate.start();
    await using system = new ActorSystem({ logger: lines });
    const letters: number[] = [];
    system.addEventListener("deadletter", (event) => letters.push(event.count));
    const reader = system.start(Reader, gate);
    const asks = [];
    for (let i = 0; i < 500; i++) {
      reader.proxy().method.defer(i);
      reader.tell(i);
      asks.push(reader.ask(i));
    }
    reader.kill();
    for (const asked of asks) {
      await assertRejects(() => asked.get(), ActorDeadError);
    }
    const [line, ...others] = lines.loud();
    assertEquals(others, []);
    assertEquals(line!.level, "warn");
    assertStringIncludes(line!.text, "1000 messages");
    assertStringIncludes(line!.text, String(reader));
    assertStringIncludes(line!.text, "method");
    assertEquals(letters, [1000]);
  });

  test("Inbox of one actor holds nothing of the actor that ended before", async () => {
    await using notes = Notes.start();
    await using gate = Gate.start();
    await using system = new ActorSystem({ logger: new Lines() });
    const first = system.start(Reader, gate);
    for (let i = 0; i < 100; i++) first.tell(`first ${i}`);
    first.kill();
    const second = system.start(Reader, gate);
    const asked = second.ask("second");
    await gate.proxy().open();
    assertEquals(await asked, 1);
    assertEquals(await second.proxy().seen, ["second"]);
    assertEquals(await notes.proxy().read(), []);
  });
});

// Most are given up, or there would be no need to take them out.
const GIVE_UP = new Array<string>(6).fill("give up");

type Command = { push: number } | { shift: number };

const command = fc.oneof(
  fc.record({ push: fc.integer({ min: 1, max: 200 }) }),
  fc.record({ shift: fc.integer({ min: 1, max: 200 }) }),
);

test("Inbox is first in, first out, whatever comes and goes", () => {
  fc.assert(
    fc.property(
      fc.array(command, { maxLength: 30, size: "max" }),
      (commands) => {
        const inbox = takeInbox();
        const model: number[] = [];
        let next = 0;
        for (const command of commands as Command[]) {
          const [count] = Object.values(command) as [number];
          for (let i = 0; i < count; i++) {
            if ("push" in command) {
              inbox.push(next, undefined);
              model.push(next++);
            } else if (model.length > 0) {
              inbox.shift();
              assertEquals(inbox.message, model.shift());
            }
          }
          assertEquals(inbox.length, model.length);
        }
        for (; inbox.length > 0; assertEquals(inbox.message, model.shift())) {
          inbox.shift();
        }
        giveInboxBack(inbox);
      },
    ),
  );
});

test("Inbox.gaveUp() takes out what was given up, in whatever order that comes", () => {
  const kinds = fc.array(fc.constantFrom("tell", "keep", ...GIVE_UP), {
    minLength: 1,
    maxLength: 600,
    size: "max",
  });
  fc.assert(fc.property(kinds, fc.nat(100), (kinds, before) => {
    const inbox = new Inbox();
    for (let i = 0; i < before; i++) inbox.push("before", undefined);
    for (let i = 0; i < before; i++) inbox.shift();
    const replies = kinds.map((kind, i) => {
      const reply = kind === "tell" ? undefined : new EventedFuture<unknown>();
      inbox.push(i, reply);
      return reply;
    });
    const expected = kinds.flatMap((kind, i) => kind === "give up" ? [] : [i]);
    for (const [i, kind] of kinds.entries()) {
      if (kind !== "give up") continue;
      replies[i]!.set(undefined);
      inbox.gaveUp();
    }
    // It may keep a few: those who take them see that they are settled.
    assert(inbox.length >= expected.length);
    assert(inbox.length <= 2 * expected.length + 128, "they pile up");
    const left = [];
    while (inbox.length > 0) {
      inbox.shift();
      if (!(inbox.slot as EventedFuture<unknown>)?.asyncResult.ready()) {
        left.push(inbox.message);
      }
    }
    assertEquals(left, expected);
  }));
});
