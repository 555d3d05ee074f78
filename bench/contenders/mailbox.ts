/**
 * The workloads over a mailbox that takes a handler.
 *
 * @module
 */
import { check, type Contender } from "../protocol.ts";
import { RING, SENDERS } from "../workloads.ts";

/** What such a mailbox looks like. */
export interface Mailbox<Message, Reply> {
  /** Sends a message. */
  tell(message: Message): void;
  /** Sends a message and gets a promise of the handler's result. */
  ask(message: Message): Promise<Reply>;
  /** Ends the actor. */
  stop(): void;
}

type Handler<Message, Reply> = (message: Message) => Reply | Promise<Reply>;

/** The class of a mailbox. */
export type MailboxClass = new <Message, Reply>(
  handler: Handler<Message, Reply>,
) => Mailbox<Message, Reply>;

async function askOneByOne(
  actor: Mailbox<number, number>,
  size: number,
): Promise<void> {
  let last = 0;
  for (let i = 0; i < size; i++) last = await actor.ask(1);
  check(last, size);
  actor.stop();
}

function stopAll(actors: Iterable<{ stop(): void }>): void {
  for (const actor of actors) actor.stop();
}

/** Writes the workloads for a mailbox. */
export function mailboxContender(Actor: MailboxClass): Contender {
  function counter(): Mailbox<number, number> {
    let count = 0;
    return new Actor<number, number>((n) => count += n);
  }

  async function askAllAtOnce(size: number): Promise<void> {
    const actor = counter();
    const asks: Promise<number>[] = [];
    for (let i = 0; i < size; i++) asks.push(actor.ask(1));
    const replies = await Promise.all(asks);
    check(replies.at(-1), size);
    actor.stop();
  }

  return {
    "tell": (size, measured) =>
      measured(async () => {
        const actor = counter();
        for (let i = 0; i < size; i++) actor.tell(1);
        check(await actor.ask(0), size);
        actor.stop();
      }),
    "ask": (size, measured) => measured(() => askOneByOne(counter(), size)),
    "ask-async": (size, measured) => {
      let count = 0;
      // deno-lint-ignore require-await -- asynchronous is what is measured
      const actor = new Actor<number, number>(async (n) => count += n);
      return measured(() => askOneByOne(actor, size));
    },
    "flight": (size, measured) => measured(() => askAllAtOnce(size)),
    "start": async (size, measured) => {
      const actors: Mailbox<number, number>[] = [];
      await measured(async () => {
        const asks: Promise<number>[] = [];
        for (let i = 0; i < size; i++) {
          const actor = counter();
          actors.push(actor);
          asks.push(actor.ask(1));
        }
        let sum = 0;
        for (const reply of await Promise.all(asks)) sum += reply;
        check(sum, size);
      });
      stopAll(actors);
    },
    "ring": async (size, measured) => {
      const done = Promise.withResolvers<number>();
      const ring: Mailbox<number, void>[] = [];
      for (let i = 0; i < RING; i++) {
        const next = (i + 1) % RING;
        ring.push(
          new Actor<number, void>((left) => {
            if (left > 0) ring[next]!.tell(left - 1);
            else done.resolve(i);
          }),
        );
      }
      await measured(async () => {
        ring[0]!.tell(size);
        check(await done.promise, size % RING);
      });
      stopAll(ring);
    },
    "fan-in": async (size, measured) => {
      const done = Promise.withResolvers<number>();
      let sum = 0;
      let reports = 0;
      const sink = new Actor<number, void>((n) => {
        sum += n;
        if (++reports === SENDERS) done.resolve(sum);
      });
      const share = size / SENDERS;
      const senders = Array.from({ length: SENDERS }, () => {
        let count = 0;
        return new Actor<number, void>((n) => {
          if ((count += n) === share) sink.tell(count);
        });
      });
      await measured(async () => {
        for (let i = 0; i < size; i++) senders[i % SENDERS]!.tell(1);
        check(await done.promise, size);
      });
      stopAll([sink, ...senders]);
    },
    "throw": async (size, measured) => {
      const actor = new Actor<number, number>((n) => {
        throw new RangeError(`refused ${n}`);
      });
      let caught = 0;
      await measured(async () => {
        for (let i = 0; i < size; i++) {
          try {
            await actor.ask(i);
          } catch (error) {
            if (error instanceof RangeError) caught++;
          }
        }
      });
      check(caught, size);
      actor.stop();
    },
    "heap": async (size, measured) => {
      const actors = new Array<Mailbox<number, number>>(size);
      await measured(() => {
        for (let i = 0; i < size; i++) actors[i] = counter();
      });
      check(await actors[size - 1]!.ask(1), 1);
    },
  };
}
