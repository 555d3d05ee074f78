/**
 * Evented actors of a module that no Worker actor is in: threads that use it
 * have no other name for these classes than what they are.
 *
 * @module
 */
import { type ActorRef, EventedActor } from "@dekka/actors";

export abstract class Animal extends EventedActor<unknown, unknown> {
  /** Who is asked before it ends. */
  mourner: ActorRef<Animal> | undefined = undefined;
  readonly #notes: unknown[] = [];

  notes(): unknown[] {
    return this.#notes;
  }

  /** Keeps its thread until others say so, who share the flags with it. */
  spinUntil(flags: Int32Array): void {
    Atomics.store(flags, 0, 1);
    while (Atomics.load(flags, 1) === 0);
  }

  protected override async onStop(): Promise<void> {
    await this.mourner?.ask(this.actorUrn);
  }

  override onReceive(message: unknown): unknown {
    if (message === "fail") throw new RangeError("failed");
    this.#notes.push(message);
    return message;
  }
}

export class Sheep extends Animal {}

export class Dog extends Animal {
  bark(): string {
    return "woof";
  }
}

/** Another class of the same name, which each thread makes for itself. */
export function createWolf(): new () => Animal {
  class Dog extends Animal {
    override notes(): unknown[] {
      return ["howl"];
    }
  }
  return Dog;
}
