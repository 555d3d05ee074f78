import { currentWaiter } from "./context.ts";
import { type Envelope, memberOf } from "./envelope.ts";
import { type Future, Origin, originOf, reject, setOrigin } from "./future.ts";
import { deadError, type Mailbox } from "./mailbox.ts";
import { isReady, observe, type Observer } from "./outcome.ts";
import { noteStranger } from "./stuck.ts";
import {
  deadlineIn,
  type GetOptions,
  isTimed,
  type Limits,
  Patience,
  timeoutOf,
} from "./timers.ts";

/** Sends a message for `onReceive()`, and returns a future of the reply. */
export function ask(
  mailbox: Mailbox,
  message: unknown,
  options?: GetOptions,
): Future<unknown> {
  let origin = mailbox.origin ??= new Origin(mailbox, "onReceive", "reply");
  if (isTimed(options)) {
    origin = origin.timed ??= new Origin(mailbox, "onReceive", "timed");
  }
  const reply = expect<unknown>(mailbox, origin);
  try {
    if (options !== undefined && !limit(reply, mailbox, options)) return reply;
  } catch (error) {
    reject(reply, error); // options that are no options
    return reply;
  }
  if (mailbox.death === undefined) mailbox.post(message, reply);
  else reject(reply, unreachable(mailbox));
  return reply;
}

/** A future of the end of an actor, for who asks for it now. */
export function expectEnd<T>(mailbox: Mailbox, member: string): Future<T> {
  return expect(mailbox, new Origin(mailbox, member, "end"));
}

/** A future of the end of an actor, which many share. */
export function createEnd(mailbox: Mailbox): Future<void> {
  const end = mailbox.createFuture<void>();
  setOrigin(end, new Origin(mailbox, "stopped", "end"), undefined);
  return end;
}

/**
 * The future of the end of an actor, for who asks for it now. A turn that cannot
 * be followed is known as the one that waits by what it has asked for alone, so
 * it gets a future of its own.
 */
export function endOf(mailbox: Mailbox): Future<void> {
  const { stopped } = mailbox;
  if (isReady(stopped)) return stopped;
  const waiter = currentWaiter();
  if (waiter === undefined) noteStranger();
  if (waiter === undefined || waiter.followed) return stopped;
  const end = expectEnd<void>(mailbox, "stopped");
  end.setGetHook(() => stopped);
  return end;
}

/** Sends any other envelope, and returns a future of the reply. */
export function request(
  mailbox: Mailbox,
  envelope: Envelope,
  origin: Origin = new Origin(mailbox, memberOf(envelope), "reply"),
): Future<unknown> {
  const reply = expect<unknown>(mailbox, origin);
  if (mailbox.death === undefined) mailbox.send(envelope, reply);
  else reject(reply, unreachable(mailbox));
  return reply;
}

/** Fails where nobody would handle a message that expects no reply. */
export function assertAlive(mailbox: Mailbox): void {
  if (mailbox.death !== undefined) throw unreachable(mailbox);
}

/** A future of what an actor will do, that knows where it comes from. */
function expect<T>(mailbox: Mailbox, origin: Origin): Future<T> {
  const reply = mailbox.createFuture<T>();
  const asker = currentWaiter();
  if (asker === undefined) noteStranger();
  setOrigin(reply, origin, asker);
  return reply;
}

function unreachable(mailbox: Mailbox): Error {
  return deadError("Cannot send message to", mailbox, mailbox.death!);
}

/** Bounds an ask; returns whether there is anything left to send. */
function limit(
  reply: Future<unknown>,
  mailbox: Mailbox,
  options: GetOptions,
): boolean {
  const { timeout, signal } = options ?? {}; // if it is null, that is refused
  if (
    signal === undefined && typeof timeout === "number" && timeout > 0 &&
    timeout !== Infinity
  ) {
    const deadline = deadlineIn(timeout, replies);
    deadline.join(reply);
    observe(reply, deadline);
    return true;
  }
  const bound = new Bound(reply, mailbox);
  const refusal = bound.refusal(options);
  if (refusal !== undefined) reject(reply, refusal.reason);
  else {
    observe(reply, bound);
    bound.begin(options);
  }
  return !isReady(reply);
}

// Most asks that are bounded have nothing but a deadline, and need no object of
// their own for it.
const replies: Limits<Future<unknown>> = {
  isOver: isReady,
  expire(reply, timeout) {
    const { mailbox } = originOf(reply)!;
    const error = timeoutOf(`Cannot ask ${mailbox.ref}`, timeout);
    mailbox.cancel(reply, error);
  },
};

/** The patience of an asker who may abort. */
class Bound extends Patience implements Observer {
  constructor(
    readonly reply: Future<unknown>,
    readonly mailbox: Mailbox,
  ) {
    super();
  }

  settled(): void {
    this.end();
  }

  protected override describe(): string {
    return `Cannot ask ${this.mailbox.ref}`;
  }

  override giveUp(reason: unknown): void {
    this.mailbox.cancel(this.reply, reason);
  }
}
