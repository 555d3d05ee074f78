/**
 * A program of a user, with all entry points: its types are checked against the
 * built package, in projects of several kinds.
 *
 * @module
 */

import {
  ActorDeadError,
  type ActorRef,
  ActorSystem,
  EventedActor,
  type Future,
  traversable,
} from "@dekka/actors";
import { type ActorSnapshot, inspectActors } from "@dekka/actors/debug";
import { type Mailbox, mailboxOf } from "@dekka/actors/runtime";
import { Recorder, testSystem } from "@dekka/actors/testing";
import { transfer, WorkerActor } from "@dekka/actors/worker";

type Message = "get" | { add: number };

class Counter extends EventedActor<Message, number> {
  count = 0;
  readonly limits = traversable({ most: 10 });

  constructor(start: number) {
    super();
    this.count = start;
  }

  add(n: number): number {
    return this.count += n;
  }

  override onReceive(message: Message): number {
    return message === "get" ? this.count : this.add(message.add);
  }
}

export class Hasher extends WorkerActor {
  static override readonly module: string = import.meta.url;

  async hash(bytes: ArrayBuffer): Promise<ArrayBuffer> {
    return await crypto.subtle.digest("SHA-256", bytes);
  }
}

/** Uses all that has a type of its own. */
export async function main(): Promise<void> {
  const system = new ActorSystem({ logger: new Recorder() });
  const counter: ActorRef<Counter> = system.start(Counter, 1);
  const sum: number = await counter.ask({ add: 2 });
  const reply: Future<number> = counter.ask("get");
  const most: number = await counter.proxy().limits.most;
  const added: number = await counter.proxy().add(sum + most);
  await counter.set("count", added);
  const mailbox: Mailbox = mailboxOf(counter);
  const snapshots: readonly ActorSnapshot[] = inspectActors(system);
  await testSystem()[Symbol.asyncDispose]();
  const bytes = new ArrayBuffer(8);
  const hash: ArrayBuffer = await Hasher.start().proxy()
    .hash(transfer(bytes, [bytes]));
  try {
    await reply.get({ timeout: 100 });
  } catch (error) {
    if (error instanceof ActorDeadError) console.log(error.actorUrn);
  }
  console.log(mailbox, snapshots, hash);

  // What is wrong, is known to be so: the types are not lost on the way.
  // @ts-expect-error: no such message
  counter.tell("set");
  // @ts-expect-error: not what the constructor takes
  system.start(Counter, "1");
  // @ts-expect-error: not what the method returns
  const _text: string = await counter.proxy().add(1);
  // @ts-expect-error: no such attribute
  await counter.set("total", 1);
}
