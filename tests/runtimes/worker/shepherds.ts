/**
 * Actors in Workers that look others up.
 *
 * @module
 */
import {
  Actor,
  type ActorRef,
  ActorRegistry,
  EventedActor,
} from "@dekka/actors";
import { WorkerActor } from "@dekka/actors/worker";
import { Animal, createWolf, Dog, Sheep } from "./animals.ts";
import { Stray } from "./strays.ts";

/** How many actors were found while this module was being loaded. */
const FOUND = ActorRegistry.getAll().length;

/** Different on each thread. */
const THREAD = crypto.randomUUID();

/** What it can start. */
export type Started = "Sheep" | "Dog" | "Helper" | "Stray";

/** What it can do with its herd. */
export type Deed = "start" | "broadcast" | "ask" | "stop" | "kill";

/** What it can look for. */
export type Kind =
  | Started
  | "Actor"
  | "EventedActor"
  | "WorkerActor"
  | "Keeper"
  | "Shepherd"
  | "Animal";

/** Derived from in this module, and evented. */
export class Helper extends EventedActor<unknown, unknown> {
  override onReceive(message: unknown): unknown {
    return message;
  }
}

export abstract class Keeper extends WorkerActor<unknown, unknown> {
  /** Who is asked before it ends. */
  mourner: ActorRef<Animal> | undefined = undefined;
  readonly #notes: unknown[] = [];

  all(): ActorRef[] {
    return this.actorSystem.registry.getAll();
  }

  notes(): unknown[] {
    return this.#notes;
  }

  override onReceive(message: unknown): unknown {
    this.#notes.push(message);
    return message;
  }
}

/** Has a Worker of its own. */
export class Shepherd extends Keeper {
  static override readonly module: string = import.meta.url;
  static override readonly dedicated: boolean = true;
  readonly #foundFirst: number = ActorRegistry.getAll().length;
  #goodbye: ActorRef<Animal> | undefined = undefined;

  /** How many actors there were when its module was loaded, and then itself. */
  foundFirst(): number[] {
    return [FOUND, this.#foundFirst];
  }

  byClass(kind: Kind): ActorRef[] {
    return this.actorSystem.registry.getByClass(KINDS[kind]);
  }

  byName(name: string): ActorRef[] {
    return this.actorSystem.registry.getByClassName(name);
  }

  byUrn(urn: string): ActorRef | undefined {
    return this.actorSystem.registry.getByUrn(urn);
  }

  start(kind: Started, count = 1): void {
    for (let i = 0; i < count; i++) this.actorSystem.start(STARTED[kind]);
  }

  /** Starts an actor of a class that no other thread has. */
  startWolf(): void {
    this.actorSystem.start(createWolf());
  }

  /**
   * Starts, finds, tells and ends sheep, as others do at the same time.
   *
   * @returns How often it did not find what it had started.
   */
  async herd(deeds: readonly Deed[]): Promise<number> {
    const { registry } = this.actorSystem;
    let missed = 0;
    for (const [i, deed] of deeds.entries()) {
      const all = deed === "start" ? [] : registry.getByClass(Sheep);
      const one = all[i % all.length];
      if (deed === "start") {
        const sheep = this.actorSystem.start(Sheep);
        const found = registry.getByClassName("Sheep");
        if (!found.includes(sheep)) missed++;
      } else if (deed === "broadcast") registry.broadcast(i, Sheep);
      else if (deed === "kill") one?.kill();
      else if (deed === "stop") await one?.stop();
      else await one?.ask(i).catch(() => {});
    }
    return missed;
  }

  /** What it finds of what it has just started. */
  startAndFind(kind: "Sheep" | "Stray"): boolean[] {
    const { registry } = this.actorSystem;
    const ref = this.actorSystem.start(STARTED[kind]);
    return [
      registry.getAll(),
      registry.getByClass(KINDS[kind]),
      registry.getByClassName(kind),
      [registry.getByUrn(ref.actorUrn)],
    ].map((found) => found.includes(ref));
  }

  /** Which thread it lives on. */
  thread(): string {
    return THREAD;
  }

  count(): number {
    return this.actorSystem.registry.getAll().length;
  }

  tellAndBroadcast(ref: ActorRef<Animal>, count: number): void {
    for (let i = 0; i < count; i++) {
      if (i % 2 === 0) ref.tell(i);
      else this.actorSystem.registry.broadcast(i);
    }
  }

  broadcast(message: unknown, target?: Kind | "a name"): void {
    const { registry } = this.actorSystem;
    if (target === undefined) registry.broadcast(message);
    else if (target === "a name") registry.broadcast(message, "Dog");
    else registry.broadcast(message, KINDS[target]);
  }

  add(ref: ActorRef): void {
    this.actorSystem.registry.register(ref);
  }

  remove(ref: ActorRef): void {
    this.actorSystem.registry.unregister(ref);
  }

  /** Keeps its thread until others say so, who share the flags with it. */
  spinAndBroadcast(flags: Int32Array, message: unknown): void {
    Atomics.store(flags, 0, 1);
    while (Atomics.load(flags, 1) === 0);
    this.actorSystem.registry.broadcast(message);
  }

  /** Looks for actors when it was killed. */
  async linger(dog: ActorRef<Dog>): Promise<void> {
    const { signal } = this;
    dog.tell("lingers");
    await new Promise((resolve) => signal.onabort = resolve);
    dog.tell(this.actorSystem.registry.getByClass(Dog).length);
  }

  /** Looks for actors when it is stopped. */
  sayGoodbye(dog: ActorRef<Animal>): void {
    this.#goodbye = dog;
  }

  protected override async onStop(): Promise<void> {
    this.#goodbye?.tell(this.actorSystem.registry.getAll());
    await this.mourner?.ask(this.actorUrn);
  }

  /** Stops all actors of its system, itself included, and does not wait. */
  stopAll(): void {
    this.actorSystem.registry.stopAll();
  }

  async lookForEver(seen: ActorRef<Dog>): Promise<void> {
    await seen.ask("looking");
    while (true) this.count();
  }
}

/** Shares a Worker with others. */
export class Lodger extends Shepherd {
  static override readonly dedicated: boolean = false;
}

const STARTED: Record<Started, new () => Actor> = { Sheep, Dog, Helper, Stray };

const KINDS: Record<Kind, abstract new () => Actor> = {
  Actor,
  EventedActor,
  WorkerActor,
  Keeper,
  Shepherd,
  Animal,
  ...STARTED,
};
