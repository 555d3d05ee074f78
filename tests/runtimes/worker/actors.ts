/**
 * Actors for the tests of the Worker runtime.
 *
 * @module
 */
import {
  type ActorRef,
  ActorSystem,
  EventedActor,
  EventedFuture,
  type Future,
} from "@dekka/actors";
import { transfer, WorkerActor } from "@dekka/actors/worker";

export class OddError extends RangeError {
  odd: unknown[] = [1, { deep: true }];
}

class HiddenError extends Error {
  hidden = 1;
}

/** How a Worker ends by itself. */
export type Leaving =
  | "close"
  | "throw"
  | "throw null"
  | "reject"
  | "reject with nothing"
  | "exit"
  | "miss";

interface Poster {
  postMessage(post: unknown, transfer?: unknown): void;
}

/** The longest string that is posted. */
export const LONGEST = 10_000;

/**
 * Makes a platform post no long strings.
 *
 * @param poster What it posts with.
 * @returns What undoes that.
 */
export function limitPosts(poster: Poster): () => void {
  const { postMessage } = poster;
  poster.postMessage = function (post, transfer): void {
    if (holdsLong(post)) throw new DOMException("too much", "DataCloneError");
    if (transfer === undefined) postMessage.call(this, post);
    else postMessage.call(this, post, transfer);
  };
  return () => {
    poster.postMessage = postMessage;
  };
}

function holdsLong(value: unknown): boolean {
  if (typeof value === "string") return value.length > LONGEST;
  return typeof value === "object" && value !== null &&
    Object.values(value).some(holdsLong);
}

/** An error that throws itself at who looks at what hangs on it. */
function createHostile(): Error {
  const error: Error & { own?: object } = new Error("hostile");
  error.own = {
    get x(): never {
      throw error;
    },
  };
  return error;
}

/** Does what the tests ask for, on a thread of its own. */
export class Helper extends WorkerActor<unknown, unknown> {
  static override readonly module: string = import.meta.url;
  count = 0;
  held: unknown = undefined;
  readonly #notes: unknown[] = [];

  constructor(count = 0) {
    super();
    this.count = count;
  }

  get double(): number {
    return 2 * this.count;
  }

  add(n: number): number {
    return this.count += n;
  }

  echo(value: unknown): unknown {
    return value;
  }

  /** Whether a reference is the one that it has of itself. */
  isMe(ref: ActorRef): boolean {
    return ref === this.actorRef;
  }

  /** Whether a reference is the one that it was given before. */
  isHeld(ref: unknown): boolean {
    const same = this.held === ref;
    this.held = ref;
    return same;
  }

  addTo(other: ActorRef<Helper>, n: number): Future<number> {
    return other.proxy().add(n);
  }

  tellMany(other: ActorRef<Helper>, count: number): void {
    for (let i = 0; i < count; i++) other.tell(i);
  }

  /** Counts the turns of its event loop. */
  countTurns(): void {
    setInterval(() => this.count++);
  }

  notes(): unknown[] {
    return this.#notes;
  }

  threw(kind: "odd" | "hidden" | "aggregate" | "string" | "hostile"): void {
    if (kind === "string") throw "a string";
    if (kind === "hostile") throw createHostile();
    const cause = new TypeError("because");
    if (kind === "odd") throw new OddError("odd", { cause });
    if (kind === "hidden") throw new HiddenError("hidden");
    throw new AggregateError([cause, new OddError("inner")], "many");
  }

  unclonable(): unknown {
    return { user: { save: () => {} } };
  }

  /** Its getters throw what cannot be cloned either. */
  unreadable(): unknown {
    return {
      get x(): never {
        throw createHostile();
      },
    };
  }

  buffer(): Uint8Array {
    const bytes = new Uint8Array([1, 2, 3]);
    return transfer(bytes, [bytes.buffer]);
  }

  bytes(bytes: Uint8Array): number {
    return bytes.byteLength;
  }

  askOther(other: ActorRef<WorkerActor>, message: unknown): Future<unknown> {
    return other.ask(message);
  }

  callOther(
    other: ActorRef<Helper>,
    what: "long" | "throwLong",
    length: number,
  ): Future<unknown> {
    return other.proxy()[what](length);
  }

  killOther(other: ActorRef, reason: unknown): void {
    other.kill(reason);
  }

  /** Makes its platform post nothing long to other Workers. */
  limitPorts(): void {
    limitPosts(MessagePort.prototype);
  }

  long(length: number): string {
    return "x".repeat(length);
  }

  throwLong(length: number): never {
    throw Object.assign(new Error("long"), { text: this.long(length) });
  }

  never(): Future<void> {
    return new EventedFuture();
  }

  /** Sends one end of a channel, and hears what is said there. */
  async hear(other?: ActorRef<Helper>): Promise<unknown[]> {
    const helper = other ?? this.actorSystem.start(Helper);
    const { port1, port2 } = new MessageChannel();
    const heard = new Promise((resolve) => {
      port2.onmessage = ({ data }) => resolve(data);
    });
    helper.tell("before");
    helper.proxy().say.defer(transfer([port1], [port1]), "hello");
    helper.tell("after");
    const all = [await heard, ...await helper.proxy().notes()];
    port2.close();
    if (other === undefined) await helper.stop();
    return all;
  }

  /** Starts an actor with one end of a channel, and hears what it says. */
  async hearNew(): Promise<unknown> {
    const { port1, port2 } = new MessageChannel();
    const heard = new Promise((resolve) => {
      port2.onmessage = ({ data }) => resolve(data);
    });
    const child = this.actorSystem.start(Speaker, transfer([port1], [port1]));
    const text = await heard;
    port2.close();
    await child.stop();
    return text;
  }

  say(ports: MessagePort[], text: string): void {
    this.held = ports; // not to be collected before that is heard
    for (const port of ports) port.postMessage(text);
  }

  async hang(): Promise<void> {
    await new Promise(() => {});
  }

  async untilAborted(seen: ActorRef<Helper>): Promise<void> {
    seen.tell("begun");
    const { signal } = this;
    await new Promise((resolve) => signal.onabort = resolve);
    seen.tell(String(signal.reason));
  }

  spin(milliseconds: number): void {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
  }

  /** Keeps its thread, as long as others say who share the flags with it. */
  spinUntil(flags: Int32Array): void {
    Atomics.store(flags, 0, 1);
    while (Atomics.load(flags, 1) === 0);
  }

  async spinForEver(seen: ActorRef<Helper>): Promise<void> {
    await seen.ask("spinning");
    while (true);
  }

  leave(how: Leaving): void {
    if (how === "reject with nothing") Promise.reject();
    if (how === "throw null") {
      setTimeout(() => {
        throw null;
      });
    }
    // What the platform says when a post to this thread cannot be read.
    if (how === "miss") dispatchEvent(new MessageEvent("messageerror"));
    if (how === "close") self.close();
    if (how === "exit") (globalThis.Deno ?? process).exit(1);
    if (how === "reject") Promise.reject(new OddError("rejected"));
    if (how === "throw") {
      setTimeout(() => {
        throw new OddError("thrown");
      });
    }
  }

  /** Opens a system of its own; returns how many actors that lists, and when. */
  async useOwnSystem(): Promise<unknown[]> {
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    await using system = new ActorSystem({ logger, messages: "clone" });
    const teller = system.start(Teller);
    const refs = [teller, system.start(Helper)];
    const before = system.registry.getAll().length;
    const isAt = await teller.ask("is it yours");
    for (const ref of refs) await ref.stop();
    return [before, isAt, system.registry.getAll().length];
  }

  /** Does what only the main code of a Worker may do. */
  postOutside(): void {
    (globalThis as unknown as MessagePort).onmessage = () => {};
    (globalThis as unknown as MessagePort).postMessage("for nobody");
  }

  startOne(count: number): ActorRef<Helper> {
    return this.actorSystem.start(Helper, count);
  }

  /**
   * Starts an actor and hands it on at once, which its own thread cannot hear of
   * as long as others say who share the flags with it.
   */
  startAndSpin(other: ActorRef<Helper>, flags: Int32Array): void {
    const child = this.actorSystem.start(Helper, 5);
    other.tell([child, new Uint8Array(1)]); // bytes are sent at once
    this.spinUntil(flags);
  }

  /** Hands on what it was told first. */
  tellFirst(other: ActorRef): void {
    (other as ActorRef<Helper>).tell(this.#notes[0]);
  }

  /** Asks the actor that it was told of. */
  addToFirst(n: number): Future<number> {
    const [child] = this.#notes[0] as [ActorRef<Helper>];
    return child.proxy().add(n);
  }

  /** Asks an actor that it has just started, and one that knows it as little. */
  async startAndAsk(other: ActorRef<Helper>): Promise<unknown[]> {
    const child = this.actorSystem.start(Helper, 5);
    const replies = [
      await child.proxy().add(1),
      await other.proxy().addTo(child, 1),
      await child.proxy().count,
    ];
    await child.stop();
    return replies;
  }

  override onReceive(message: unknown): unknown {
    if (message === "fail") throw new OddError("failed");
    this.#notes.push(message);
    return message;
  }
}

/** Says hello at once. */
export class Speaker extends Helper {
  constructor(ports: MessagePort[]) {
    super();
    this.say(ports, "hello");
  }
}

/** Has a Worker of its own. */
export class Alone extends Helper {
  static override readonly dedicated: boolean = true;
}

/** Says in which system it is. */
class Teller extends EventedActor<unknown, boolean> {
  override onReceive(): boolean {
    return this.actorSystem !== ActorSystem.default &&
      this.actorSystem.registry.getAll().includes(this.actorRef);
  }
}

/** Answers with what another says. */
export class PassesOn extends Alone {
  override onReceive(other: ActorRef<Helper>): Future<number> {
    return other.proxy().add(1);
  }
}

export class BadConstructor extends WorkerActor {
  static override readonly module: string = import.meta.url;
  constructor() {
    super();
    throw new OddError("constructor");
  }
}

export class BadStart extends WorkerActor {
  static override readonly module: string = import.meta.url;
  protected override onStart(): void {
    throw new OddError("onStart");
  }
}

export class NoModule extends WorkerActor {}

export class WrongModule extends WorkerActor {
  static override readonly module: string = import.meta.resolve("./nowhere.ts");
}

class Private extends WorkerActor {
  static override readonly module: string = import.meta.url;
}

/** A class that its module does not export under its name. */
export const NotExported: typeof Private = Private;

/** Its module exports something else under its name. */
export const Misnamed: typeof Helper = class NoActor extends Helper {};

export class NoActor {}

/** Its module is never loaded, but on the thread of the test. */
export class NeverLoaded extends Helper {
  static override readonly module: string =
    "data:text/javascript,if (globalThis.WorkerGlobalScope) await new Promise(() => {})";
}

/** Asks the next before it answers. */
export class Link extends WorkerActor {
  static override readonly module: string = import.meta.url;
  next: ActorRef<Link> | undefined = undefined;

  async ask(): Promise<string> {
    return await this.next!.proxy().ask();
  }
}

/** Asks another before it answers, which may ask it at the same time. */
export class Caller extends WorkerActor {
  static override readonly module: string = import.meta.url;

  /** Makes the clock of its thread go in steps, or back by a second. */
  turnClock(how: "coarse" | "late"): void {
    const now = performance.now.bind(performance);
    performance.now = how === "late"
      ? () => now() - 1000
      : () => Math.floor(now() / 5) * 5;
  }

  async call(other?: ActorRef<Caller>): Promise<string> {
    return other === undefined ? "end" : await other.proxy().call();
  }
}
