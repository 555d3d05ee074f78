/**
 * actor: tasks on a cooperative scheduler. The library has no mailbox, so a task
 * that suspends while its queue is empty is one.
 *
 * @module
 */
import * as Task from "actor";
import type { Contender } from "../protocol.ts";
import { type Mailbox, mailboxContender } from "./mailbox.ts";

interface Envelope<Message, Reply> {
  message: Message;
  reply: PromiseWithResolvers<Reply> | undefined;
}

class TaskActor<Message, Reply> implements Mailbox<Message, Reply> {
  #queue: Envelope<Message, Reply>[] = [];
  #task: Task.Controller<void, never, never> | undefined;
  #waiting = false;
  #stopped = false;
  readonly #handler: (message: Message) => Reply | Promise<Reply>;

  constructor(handler: (message: Message) => Reply | Promise<Reply>) {
    this.#handler = handler;
    Task.main(this.#run());
  }

  tell(message: Message): void {
    this.#post({ message, reply: undefined });
  }

  ask(message: Message): Promise<Reply> {
    const reply = Promise.withResolvers<Reply>();
    this.#post({ message, reply });
    return reply.promise;
  }

  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  #post(envelope: Envelope<Message, Reply>): void {
    this.#queue.push(envelope);
    this.#wake();
  }

  #wake(): void {
    if (!this.#waiting) return;
    this.#waiting = false;
    Task.resume(this.#task!);
  }

  *#run(): Task.Task<void, never> {
    this.#task = yield* Task.current<void, never, never>();
    while (!this.#stopped) {
      const batch = this.#queue;
      this.#queue = [];
      for (const envelope of batch) yield* this.#handle(envelope);
      if (this.#queue.length > 0) continue;
      this.#waiting = true;
      yield* Task.suspend();
    }
  }

  *#handle(
    { message, reply }: Envelope<Message, Reply>,
  ): Task.Task<void, never> {
    try {
      let result = this.#handler(message);
      if (result instanceof Promise) result = yield* Task.wait(result);
      reply?.resolve(result);
    } catch (error) {
      if (reply) reply.reject(error);
      else reportError(error);
    }
  }
}

const contender: Contender = mailboxContender(TaskActor);

export default contender;
