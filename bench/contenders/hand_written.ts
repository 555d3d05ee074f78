/**
 * The workloads over a mailbox that a user would write by hand, with the rows
 * that only it and Dekka have.
 *
 * @module
 */
import { check, type Contender } from "../protocol.ts";
import {
  type Mailbox,
  type MailboxClass,
  mailboxContender,
} from "./mailbox.ts";

/** A message that calls a method. */
export interface Call {
  /** Which method. */
  method: string;
  /** What it gets. */
  args: number[];
}

/** The proxy of a mailbox, whose calls are asks. */
export type MailboxProxy = (
  actor: Mailbox<Call, number>,
) => { add(n: number): Promise<number> };

/** Writes every workload for a mailbox and its proxy. */
export function handWritten(
  Actor: MailboxClass,
  proxyOf: MailboxProxy,
): Contender {
  const contender = mailboxContender(Actor);

  function counter(): Mailbox<number, number> {
    let count = 0;
    return new Actor<number, number>((n) => count += n);
  }

  return {
    ...contender,
    // There is one way only: these are the same asks again.
    "ask-get": contender.ask!,
    "flight-all": contender.flight!,
    "proxy": async (size, measured) => {
      let count = 0;
      const methods: Record<string, (n: number) => number> = {
        add: (n) => count += n,
      };
      const actor = new Actor<Call, number>(({ method, args }) =>
        methods[method]!(...args as [number])
      );
      const proxy = proxyOf(actor);
      await measured(async () => {
        for (let i = 0; i < size; i++) await proxy.add(1);
      });
      check(count, size);
      actor.stop();
    },
    "deadline": async (size, measured) => {
      const actor = counter();
      await measured(async () => {
        const asks: Promise<number>[] = [];
        for (let i = 0; i < size; i++) asks.push(within(10_000, actor.ask(1)));
        check((await Promise.all(asks)).at(-1), size);
      });
      actor.stop();
    },
  };
}

/** The deadline that a user would write: a timer for each ask. */
function within<T>(milliseconds: number, reply: Promise<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const late = () => reject(new Error("timed out"));
  const timer = setTimeout(late, milliseconds);
  reply.then(resolve, reject).finally(() => clearTimeout(timer));
  return promise;
}
