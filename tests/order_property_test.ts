import fc from "fast-check";
import { type ActorRef, ActorSystem, type Future } from "@dekka/actors";
import { assert, assertEquals } from "./test.ts";
import { Lines } from "./lines.ts";
import { type ActorBase, forEachRuntime } from "./runtimes.ts";

/** How a message is sent. */
const WAYS = ["tell", "ask", "call", "defer", "read", "write"] as const;
type Way = typeof WAYS[number];

/** How it is handled. */
const MANNERS = ["at once", "later", "much later", "delegates"] as const;
type Manner = typeof MANNERS[number];

/** A message: who sent it, its number there, and how it is to be handled. */
interface Letter {
  readonly sender: number;
  readonly number: number;
  readonly manner: Manner;
}

/** What a sender sends, in order: to which receiver, and how. */
interface Sending {
  readonly receiver: number;
  readonly way: Way;
  readonly manner: Manner;
  /** Whether the sender lets others go on first. */
  readonly pause: boolean;
}

function define(Base: ActorBase) {
  class Receiver extends Base {
    readonly letters: Letter[] = [];
    #handling = 0;
    overlaps = 0;

    override onReceive(letter: Letter): unknown {
      return this.take(letter);
    }

    take(letter: Letter): unknown {
      this.letters.push(letter);
      switch (letter.manner) {
        case "at once":
          return letter.number;
        case "delegates":
          return this.#confirm(letter);
        default:
          return this.#takeTime(letter);
      }
    }

    /** A write that is handled as a message is. */
    set letter(letter: Letter) {
      this.letters.push(letter);
    }

    async #takeTime({ number, manner }: Letter): Promise<number> {
      if (++this.#handling > 1) this.overlaps++;
      const turns = manner === "later" ? 1 : 10;
      for (let i = 0; i < turns; i++) await Promise.resolve();
      this.#handling--;
      return number;
    }

    #confirm({ number }: Letter): Future<number> {
      const self: ActorRef<Receiver> = this.actorRef;
      return self.proxy().echo(number);
    }

    echo(number: number): number {
      return number;
    }
  }

  class Sender extends Base {
    constructor(
      readonly index: number,
      readonly receivers: readonly ActorRef<Receiver>[],
    ) {
      super();
    }

    /** Sends everything, and returns the replies. */
    async send(sendings: readonly Sending[]): Promise<unknown[]> {
      const replies: (Future<unknown> | undefined)[] = [];
      for (const [number, sending] of sendings.entries()) {
        if (sending.pause) await Promise.resolve();
        const { manner, way } = sending;
        const letter: Letter = { sender: this.index, number, manner };
        replies.push(
          this.#post(this.receivers[sending.receiver]!, letter, way),
        );
      }
      const outcomes = [];
      for (const reply of replies) outcomes.push(await reply);
      return outcomes;
    }

    /** Settles when the receivers have got everything from this one. */
    async arrived(): Promise<void> {
      for (const receiver of this.receivers) await receiver.proxy().overlaps;
    }

    #post(
      receiver: ActorRef<Receiver>,
      letter: Letter,
      way: Way,
    ): Future<unknown> | undefined {
      switch (way) {
        case "tell":
          return void receiver.tell(letter);
        case "ask":
          return receiver.ask(letter);
        case "call":
          return receiver.proxy().take(letter);
        case "defer":
          return void receiver.proxy().take.defer(letter);
        case "read":
          return receiver.proxy().overlaps;
        case "write":
          return receiver.set("letter", letter);
      }
    }
  }

  return { Receiver, Sender };
}

const RECEIVERS = 4;

const sending = fc.record({
  receiver: fc.nat(RECEIVERS - 1),
  way: fc.constantFrom(...WAYS),
  manner: fc.constantFrom(...MANNERS),
  pause: fc.boolean(),
});

const programs = fc.array(fc.array(sending, { maxLength: 25, size: "max" }), {
  minLength: 1,
  maxLength: 5,
});

forEachRuntime(define, ({ Receiver, Sender }, test) => {
  test("Actor handles each message exactly once, in the order of its sender", async () => {
    await fc.assert(
      fc.asyncProperty(programs, async (program) => {
        const lines = new Lines();
        await using system = new ActorSystem({ logger: lines });
        const receivers = Array.from(
          { length: RECEIVERS },
          () => system.start(Receiver),
        );
        const senders = program.map((_, i) =>
          system.start(Sender, i, receivers)
        );
        const sent = senders.map((sender, i) =>
          sender.proxy().send(program[i]!)
        );
        const replies = await Promise.all(sent);
        await Promise.all(senders.map((sender) => sender.proxy().arrived()));
        for (const [i, sendings] of program.entries()) {
          assertEquals(replies[i], sendings.map(expectedReply));
        }
        for (const [i, receiver] of receivers.entries()) {
          const letters = await receiver.proxy().letters;
          for (const [sender, sendings] of program.entries()) {
            const got = letters.filter((letter) => letter.sender === sender);
            assertEquals(got.map(({ number }) => number), numbers(sendings, i));
          }
          const sum = program.flatMap((sendings) =>
            numbers(sendings, i)
          ).length;
          assertEquals(letters.length, sum);
          assertEquals(await receiver.proxy().overlaps, 0);
        }
        assertEquals(lines.loud(), []);
      }),
      { numRuns: 100 },
    );
  });

  test("ActorRef.stop() lets exactly the messages before it be handled", async () => {
    const program = fc.array(sending, { maxLength: 30, size: "max" });
    const cut = fc.nat(30);
    await fc.assert(
      fc.asyncProperty(program, cut, async (sendings, cut) => {
        const lines = new Lines();
        await using system = new ActorSystem({ logger: lines });
        const receiver = system.start(Receiver);
        const proxy = receiver.proxy();
        const letter = (number: number, { manner }: Sending): Letter => ({
          sender: 0,
          number,
          manner,
        });
        const before = sendings.slice(0, cut);
        const replies = before.map((sending, i) =>
          sending.way === "tell"
            ? receiver.tell(letter(i, sending))
            : sending.way === "defer"
            ? proxy.take.defer(letter(i, sending))
            : proxy.take(letter(i, sending))
        );
        const seen = proxy.letters;
        const stopped = receiver.stop();
        const behind = sendings.slice(cut).map((sending, i) =>
          receiver.ask(letter(cut + i, sending))
        );
        assertEquals(await stopped, true);
        assertEquals(
          (await seen).map(({ number }) => number),
          before.map((_, i) => i),
        );
        const outcomes = await Promise.allSettled(replies);
        for (const [i, outcome] of outcomes.entries()) {
          // A reply that was delegated to the actor itself came behind the stop.
          if (outcome.status === "rejected") {
            assertEquals(before[i]!.manner, "delegates");
            assertEquals(outcome.reason.name, "ActorDeadError");
          } else if (outcome.value !== undefined) {
            assertEquals(outcome.value, i);
          }
        }
        for (const outcome of await Promise.allSettled(behind)) {
          assert(outcome.status === "rejected");
          assertEquals(outcome.reason.name, "ActorDeadError");
          assertEquals(outcome.reason.reason, "stopped");
        }
      }),
      { numRuns: 100 },
    );
  });
});

/** What the sender gets for a message. */
function expectedReply({ way }: Sending, number: number): unknown {
  if (way === "ask" || way === "call") return number;
  return way === "read" ? 0 : undefined;
}

/** The numbers of the messages that a sender sent to one receiver. */
function numbers(sendings: readonly Sending[], receiver: number): number[] {
  return sendings.flatMap((sending, number) =>
    sending.receiver === receiver && sending.way !== "read" ? [number] : []
  );
}
