/**
 * The floor, tuned by hand as far as it goes without becoming a library: the
 * same behaviour, with the cheapest parts that do it.
 *
 * @module
 */
import type { Contender } from "../protocol.ts";
import { type Call, handWritten } from "./hand_written.ts";
import type { Mailbox } from "./mailbox.ts";

type Handler<Message, Reply> = (message: Message) => Reply | Promise<Reply>;

/** One class for every envelope, so that the drain sees one shape. */
class Envelope<Message, Reply> {
  message: Message;
  resolve: ((reply: Reply) => void) | undefined;
  reject: ((error: unknown) => void) | undefined;

  constructor(message: Message) {
    this.message = message;
    this.resolve = undefined;
    this.reject = undefined;
  }
}

class TunedActor<Message, Reply> implements Mailbox<Message, Reply> {
  #queue: Envelope<Message, Reply>[] = [];
  #draining = false;
  #stopped = false;
  readonly #handler: Handler<Message, Reply>;
  // Made once for the actor, not once for each start of the drain.
  readonly #drainNow = () => this.#drain(this.#queue, 0);

  constructor(handler: Handler<Message, Reply>) {
    this.#handler = handler;
  }

  tell(message: Message): void {
    this.#post(new Envelope(message));
  }

  ask(message: Message): Promise<Reply> {
    const envelope = new Envelope<Message, Reply>(message);
    return new Promise((resolve, reject) => {
      envelope.resolve = resolve;
      envelope.reject = reject;
      this.#post(envelope);
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#queue = [];
  }

  #post(envelope: Envelope<Message, Reply>): void {
    if (this.#stopped) throw new Error("actor is stopped");
    this.#queue.push(envelope);
    if (this.#draining) return;
    this.#draining = true;
    queueMicrotask(this.#drainNow);
  }

  // A plain function: only a handler that returns a promise leaves it, and the
  // end of that promise comes back to the place where it left.
  #drain(batch: Envelope<Message, Reply>[], from: number): void {
    while (batch.length > 0) {
      if (from === 0) this.#queue = [];
      for (let i = from; i < batch.length; i++) {
        const envelope = batch[i]!;
        try {
          const result = this.#handler(envelope.message);
          if (result instanceof Promise) {
            result.then(
              (reply) => this.#resume(envelope.resolve, reply, batch, i + 1),
              (error) => this.#resume(envelope.reject, error, batch, i + 1),
            );
            return;
          }
          if (envelope.resolve) envelope.resolve(result);
        } catch (error) {
          if (envelope.reject) envelope.reject(error);
          else reportError(error);
        }
      }
      batch = this.#queue;
      from = 0;
    }
    this.#draining = false;
  }

  #resume<Outcome>(
    settle: ((outcome: Outcome) => void) | undefined,
    outcome: Outcome,
    batch: Envelope<Message, Reply>[],
    from: number,
  ): void {
    if (settle) settle(outcome);
    if (from < batch.length) this.#drain(batch, from);
    else this.#drain(this.#queue, 0);
  }
}

/** One proxy handler for all proxies, and one function for each method. */
class TunedProxyHandler implements ProxyHandler<Mailbox<Call, number>> {
  readonly #methods = new Map<string, (...args: number[]) => unknown>();

  get(target: Mailbox<Call, number>, method: string | symbol): unknown {
    if (method === "then" || typeof method === "symbol") return undefined;
    let call = this.#methods.get(method);
    if (!call) {
      call = (...args) => target.ask({ method, args });
      this.#methods.set(method, call);
    }
    return call;
  }
}

function tunedProxy(
  actor: Mailbox<Call, number>,
): { add(n: number): Promise<number> } {
  return new Proxy(actor, new TunedProxyHandler()) as unknown as {
    add(n: number): Promise<number>;
  };
}

const tuned: Contender = handWritten(TunedActor, tunedProxy);

export default tuned;
