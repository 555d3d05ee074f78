import { unrefTimer } from "../../platform.ts";
import { emit, log, write } from "../../report.ts";
import type { Logger } from "../../logger.ts";
import type { Mailbox } from "../../mailbox.ts";
import { type ActorClass, type ActorRef, mailboxOf } from "../../ref.ts";
import {
  byStart,
  type Elsewhere,
  everyRef,
  type Registry,
  widen,
} from "../../registry.ts";
import { ActorSystem } from "../../system.ts";
import { classOf, type ClassRecord, learnAll } from "./classes.ts";
import { createMemory, Doorstep } from "./doorstep.ts";
import { answer, createWord, refuse } from "./inquiry.ts";
import { type Link, Op } from "./link.ts";
import {
  begin,
  loadModule,
  type Located,
  prepare,
  register,
  settingsOf,
  startAt,
  type StartRecord,
} from "./start.ts";
import { Stub } from "./stub.ts";
import {
  createHome,
  createLink,
  createStub,
  decodeRef,
  encodeRef,
  findRef,
  findStub,
  idOfSystem,
  lose,
  systemOf,
  thread,
} from "./thread.ts";
import { takeTransfers, transfer } from "./transfer.ts";

/** How long a Worker may take to notice that its last actor was killed. */
const GRACE = 1000;

/** The same while it still loads, which a busy machine does slowly. */
const LOADING = 10_000;

/** So many actors that are lost are told of by name. */
const LINES = 5;

// A faked clock must not rule them.
const { setTimeout, clearTimeout } = globalThis;

/** Those whose Workers have not told in time that they were killed. */
const givenUp = new WeakSet<object>();

/** What a Worker was told of a system. */
interface Told {
  readonly system: ActorSystem;
  readonly logger: Logger;
  readonly detectDeadlocks: boolean;
}

/** A Worker, seen from the thread that has the pool. */
class Thread {
  readonly link: Link;
  readonly worker: Worker;
  /** How the Worker knows that it was answered. */
  readonly word: SharedArrayBuffer | undefined = createWord();
  readonly #told = new WeakMap<ActorSystem, Told>();
  #last: Told | undefined = undefined;
  /** How many actors were sent there. */
  starts = 0;
  isReady = false;
  isIdle = false;

  constructor(
    readonly id: number,
    readonly dedicated: boolean,
    readonly onGone: (thread: Thread, cause: unknown) => void,
  ) {
    this.worker = new Worker(new URL("./entry.ts", import.meta.url), {
      type: "module",
      name: `actors ${id}`,
    });
    this.link = createLink(id, this.worker);
    this.link.beforeMessage = (system) => this.#tellSettings(system);
    const memory = createMemory();
    this.link.post(Op.HELLO, id, 0, [memory, this.word]);
    if (memory) this.link.open(new Doorstep(memory, this.worker));
    this.worker.onmessage = ({ data }) => this.link.deliver(data);
    this.worker.onerror = (event) => {
      event.preventDefault();
      onGone(this, event.error ?? new Error(event.message));
    };
    // Bun tells of every end so, that by exit(), too.
    this.worker.addEventListener("close", () => {
      onGone(this, new Error("The Worker has exited"));
    });
  }

  /** Notes what the Worker is told of a system. */
  noteSettings(system: ActorSystem): void {
    const { logger, detectDeadlocks } = system;
    this.#last = { system, logger, detectDeadlocks };
    this.#told.set(system, this.#last);
  }

  // They can be assigned at any time.
  #tellSettings(system: ActorSystem): void {
    const told = this.#last?.system === system
      ? this.#last
      : this.#last = this.#told.get(system);
    if (
      told === undefined || told.logger === system.logger &&
        told.detectDeadlocks === system.detectDeadlocks
    ) return;
    this.noteSettings(system);
    this.link.post(Op.SETTINGS, idOfSystem(system), 0, settingsOf(system));
  }

  /** The actors that have not ended there. */
  get living(): Stub[] {
    const stubs = [...this.link.stubs.values()] as Stub[];
    return stubs.filter((stub) => !stub.ended);
  }

  /** How many Worker actors live there: the others may have little to do. */
  get load(): number {
    return this.link.placed;
  }
}

/** What is done for the Workers; replaced inside of a Worker. */
export const origin: {
  spawn: (stub: Stub, start: StartRecord, args: readonly unknown[]) => void;
} = { spawn: (stub, start, args) => pool.place(stub, start, args) };

/** The Workers that actors live on. */
export interface WorkerPool extends Disposable {
  /**
   * How many Workers there are at most, dedicated ones aside: 1 or more. Less
   * than there are now ends none, but no more are started.
   */
  size: number;
  /**
   * Whether Workers stay when no actor is left, for actors to come. They keep
   * the program alive until this is false again, or `close()`.
   */
  keepAlive: boolean;
  /** How many Workers there are now. */
  readonly running: number;
  /** Ends all Workers at once; actors that live there are lost. */
  close(): void;
}

/** The Workers that actors live on, and who lives where. */
export class Pool implements WorkerPool {
  #size = Math.max(1, globalThis.navigator?.hardwareConcurrency ?? 1);
  #keepAlive = false;
  readonly #threads = new Map<number, Thread>();
  readonly #connected = new Set<string>();
  readonly #located = new Map<string, (at: number) => void>();
  #lastId = 0;

  constructor() {
    thread.linkTo = (id) => this.#threads.get(id)?.link ?? goneLink(id);
    thread.control = (link, op, n, payload) => {
      if (op === Op.START) return begin(link, n, payload as unknown[]);
      this.#control(this.#threads.get(link.thread)!, op, n, payload);
    };
  }

  get size(): number {
    return this.#size;
  }

  set size(size: number) {
    if (!(size >= 1)) {
      const text = "must be a number of Workers, 1 or more";
      throw new RangeError(`Cannot size the pool: it ${text}, got ${size}`);
    }
    this.#size = size;
  }

  get keepAlive(): boolean {
    return this.#keepAlive;
  }

  set keepAlive(keepAlive: boolean) {
    this.#keepAlive = keepAlive;
    if (keepAlive) return;
    for (const thread of [...this.#threads.values()]) {
      if (thread.dedicated && thread.isIdle) this.#end(thread);
    }
    this.#closeIfIdle();
  }

  get running(): number {
    return this.#threads.size;
  }

  /** Starts an actor of a class that tells where it is. */
  spawn(
    system: ActorSystem,
    actorClass: ActorClass,
    args: readonly unknown[],
  ): Mailbox {
    const module = moduleOf(actorClass);
    const [stub, start] = prepare(system, actorClass, module);
    origin.spawn(stub, start, args);
    if (stub.death === undefined) register(stub);
    return stub;
  }

  /** Chooses a Worker for an actor, and lets it start there. */
  place(stub: Stub, start: StartRecord, args: readonly unknown[]): void {
    if (typeof Worker === "undefined") {
      const { name } = stub.actorClass;
      throw new TypeError(`Cannot start ${name}: this platform has no Workers`);
    }
    // Its exports are the errors that may come back.
    loadModule(start.module!).catch(() => {}); // the Worker will say why
    const chosen = this.#choose(start.dedicated);
    try {
      startAt(stub, chosen.link, start, args);
    } catch (error) {
      if (chosen.starts === 0) this.#end(chosen);
      throw error;
    }
    chosen.noteSettings(stub.system);
    chosen.starts++;
    chosen.isIdle = false;
    stub.onKilled = () => this.#expectEnd(stub, chosen);
  }

  close(): void {
    for (const thread of [...this.#threads.values()]) {
      this.#lose(thread, new Error("The pool of Workers was closed"));
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #choose(dedicated: boolean): Thread {
    const all = [...this.#threads.values()].filter((one) =>
      one.dedicated === dedicated
    );
    const free = all.find((one) => dedicated ? one.isIdle : one.load === 0);
    if (free !== undefined) return free;
    if (dedicated || all.length < this.size) return this.#add(dedicated);
    return all.reduce((best, one) => one.load < best.load ? one : best);
  }

  #add(dedicated: boolean): Thread {
    const thread = new Thread(
      ++this.#lastId,
      dedicated,
      (thread, cause) => this.#lose(thread, cause),
    );
    this.#threads.set(thread.id, thread);
    return thread;
  }

  /** A Worker is gone, and what was on it. */
  #lose(thread: Thread, cause: unknown): void {
    if (!this.#remove(thread)) return;
    const reason = thread.isReady ? "lost" : "start-failed";
    reportLoss(thread.living, reason, cause);
    lose(thread.link, { reason, cause });
    for (const { link } of this.#threads.values()) {
      link.post(Op.LOST, thread.id, 0, [cause]);
    }
    this.#closeIfIdle();
  }

  #remove(thread: Thread): boolean {
    if (!this.#threads.delete(thread.id)) return false;
    // Not null, which the types of Deno 2.5 do not allow.
    thread.worker.onerror = thread.worker.onmessage = () => {};
    thread.worker.terminate();
    if (thread.word !== undefined) refuse(thread.word);
    unref(thread.worker);
    return true;
  }

  #closeIfIdle(): void {
    const all = [...this.#threads.values()];
    if (this.keepAlive || !all.every((one) => one.isIdle)) {
      return;
    }
    for (const thread of all) this.#end(thread);
  }

  /** Ends a Worker that has nothing left to do. */
  #end(thread: Thread): void {
    if (!this.#remove(thread)) return;
    lose(thread.link, { reason: "stopped" });
    for (const { link } of this.#threads.values()) {
      link.post(Op.LOST, thread.id, 0);
    }
  }

  // A handler that never returns to the event loop can only be terminated, and
  // with it no actor that still has something to do.
  #expectEnd(stub: Stub, thread: Thread): void {
    const timer = setTimeout(() => {
      const { cause } = stub.death!;
      emit(stub.system, "killed", { actorRef: stub.ref, error: cause });
      givenUp.add(stub.ref);
      stub.lose(stub.death!);
      if (thread.living.length === 0) this.#end(thread);
      else this.#expectReturn(stub, thread);
      this.#closeIfIdle();
    }, thread.isReady ? GRACE : LOADING);
    stub.onEnded = () => clearTimeout(timer);
  }

  // Its handler still runs, and others wait for the thread.
  #expectReturn(stub: Stub, thread: Thread): void {
    const { stuckAfter } = stub.system;
    if (stuckAfter === Infinity) return;
    const timer = setTimeout(() => {
      for (const { ref, system } of thread.living) {
        emit(system, "stuck", { actorRef: ref });
        const text = `${ref} waits for its Worker: a handler of`;
        log(system, "warn", ref, `${text} ${stub.ref} runs on after kill()`);
      }
    }, Math.min(Math.max(0, stuckAfter - GRACE), 2 ** 31 - 1));
    unrefTimer(timer);
    stub.onEnded = () => clearTimeout(timer);
  }

  #control(from: Thread, op: number, n: number, payload: unknown): void {
    switch (op) {
      case Op.READY:
        from.isReady = true;
        return;
      case Op.IDLE:
        return this.#idle(from, n);
      case Op.DYING:
        return this.#lose(from, payload);
      case Op.SPAWN:
        return this.#spawnFor(from, payload as unknown[]);
      case Op.LOCATE:
        return this.#locate(from, payload as string, n);
      case Op.ECHO:
        return from.link.post(Op.ECHO, 0, 0, payload);
      case Op.CONNECT:
        return this.#connect(from, n);
      case Op.ROSTER: {
        const registry = registryOf(n);
        const refs = registry ? everyRef(registry).sort(byStart) : [];
        return from.link.post(Op.VALUE, 0, payload as number, refs);
      }
      case Op.LIST:
        return this.#list(from, registryOf(n), decodeRef(payload));
      case Op.UNLIST:
        return registryOf(n)?.unregister(payload as ActorRef);
      case Op.LOOK_UP: {
        const [question, memory, ...wanted] = payload as Question;
        const known = new Set<string>();
        const found = lookUp(registryOf(n), ...wanted)
          .map((ref) => encodeRef(ref, known));
        return answer(from.word!, question, memory, found);
      }
      case Op.LOG:
        return logFor(payload as unknown[]);
      case Op.EVENT:
        return emitFor(payload as unknown[]);
    }
  }

  #idle(thread: Thread, starts: number): void {
    if (thread.starts !== starts) return; // another start is on its way
    thread.isIdle = true;
    if (thread.dedicated && !this.keepAlive) this.#end(thread);
    this.#closeIfIdle();
  }

  /** Lists an actor that a Worker has added to a registry. */
  #list(from: Thread, registry: Registry | undefined, ref: ActorRef): void {
    from.isIdle = false;
    const mailbox = mailboxOf(ref);
    const isOwn = mailbox.system.registry === registry;
    if (!isOwn || !(mailbox instanceof Stub)) return registry?.register(ref);
    register(mailbox);
    if (mailbox.link === from.link) {
      mailbox.onKilled = () => this.#expectEnd(mailbox, from);
    }
  }

  /** Starts an actor for an actor in a Worker. */
  #spawnFor(from: Thread, payload: readonly unknown[]): void {
    const [record, ...args] = payload;
    const relayed = takeTransfers(payload);
    if (relayed !== undefined) transfer(args, relayed);
    const start = record as StartRecord;
    registryOf(start.system);
    const system = systemOf(start.system) ?? ActorSystem.default;
    const actorClass = classOf(start.actorClass);
    const stub = createStub(start.urn, actorClass, system, from.id);
    try {
      this.place(stub, start, args);
      if (stub.death === undefined) register(stub);
    } catch (cause) {
      // Who started it has its reference already, and hears of it here.
      const death = { reason: "start-failed", cause } as const;
      createHome(stub.ref, system).refuse(death);
      stub.lose(death);
    }
    const at = stub.link?.thread ?? 0;
    from.link.post(Op.PLACED, at, 0, start.urn);
    this.#located.get(start.urn)?.(at);
    this.#located.delete(start.urn);
  }

  /** Says where an actor lives that another thread has started. */
  #locate(from: Thread, urn: string, starter: number): void {
    const stub = findStub(urn);
    const say = (at: number) => from.link.post(Op.PLACED, at, 0, urn);
    if (stub?.link !== undefined) return say(stub.link.thread);
    if (!this.#threads.has(starter)) return say(starter);
    const before = this.#located.get(urn);
    this.#located.set(urn, (at) => {
      before?.(at);
      say(at);
    });
  }

  /** Lets two Workers talk to each other directly. */
  #connect(from: Thread, id: number): void {
    const to = this.#threads.get(id);
    if (to === undefined) return from.link.post(Op.LOST, id, 0, [undefined]);
    const key = [from.id, id].sort().join();
    if (this.#connected.has(key)) return;
    this.#connected.add(key);
    const { port1, port2 } = new MessageChannel();
    from.link.postPort(Op.PORT, id, port1);
    to.link.postPort(Op.PORT, from.id, port2);
  }
}

/** Tells of actors that have gone with their Worker; there may be many. */
function reportLoss(
  stubs: readonly Stub[],
  reason: "lost" | "start-failed",
  cause: unknown,
): void {
  const counts = new Map<ActorSystem, number>();
  for (const { ref, system } of stubs) {
    emit(system, "failed", { actorRef: ref, error: cause });
    const count = (counts.get(system) ?? 0) + 1;
    counts.set(system, count);
    if (count > LINES) continue;
    const verb = reason === "lost" ? "is lost" : "failed to start";
    log(system, "error", ref, `${ref} ${verb}: its Worker has ended`, cause);
  }
  for (const [system, count] of counts) {
    if (count <= LINES) continue;
    const verb = reason === "lost" ? "are lost" : "failed to start";
    const text = `${count - LINES} more actors ${verb}: their Worker has ended`;
    write(system, "error", text, [cause]);
  }
}

// Deno 2.9 waits, at the end of the program, for each Worker that it was told to
// terminate, and it cannot terminate one that never returns to its event loop:
// the program would never end. What `node:worker_threads` uses to let a Worker
// be is a method of each Worker, under a symbol that has no name.
function unref(worker: Worker): void {
  const methods = Worker.prototype as unknown as Record<symbol, unknown>;
  const symbol = Object.getOwnPropertySymbols(methods).find((symbol) =>
    symbol.description === undefined && typeof methods[symbol] === "function"
  );
  if (symbol === undefined) return; // there, `terminate()` is all that it takes
  (worker as unknown as Record<symbol, (on: boolean) => void>)[symbol]!(false);
}

function moduleOf(actorClass: Located): string {
  const { name, module } = actorClass;
  if (name === "") {
    throw new TypeError(
      "Cannot start a class without a name: its module must export it by name",
    );
  }
  if (typeof module !== "string" || !URL.canParse(module)) {
    throw new TypeError(
      `Cannot start ${name}: its static module must be the URL of its module, as in \`static override readonly module = import.meta.url\`, got ${module}`,
    );
  }
  return module;
}

/** A link to a Worker that has ended before anybody could reach it. */
function goneLink(id: number): Link {
  const link = createLink(id);
  link.lost = { cause: undefined };
  return link;
}

/** What a Worker asks for, and where the answer goes. */
type Question = readonly [
  number,
  SharedArrayBuffer,
  kind: "all" | "class" | "name" | "urn",
  what?: unknown,
];

// Here is all that is known of actors; but a class may have come from a Worker
// before this thread knew that it has the same one.
const here: Elsewhere = {
  getAll: learnAll,
  getByUrn: () => undefined,
  register: () => {},
  unregister: () => {},
  all: (known) => Promise.resolve(known),
};

/** The registry of the system of a number, which lists actors of Workers. */
function registryOf(system: number): Registry | undefined {
  const registry = systemOf(system)?.registry;
  if (registry !== undefined) widen(registry, here);
  return registry;
}

function lookUp(
  registry: Registry | undefined,
  kind: Question[2],
  what: unknown,
): ActorRef[] {
  if (registry === undefined) return [];
  switch (kind) {
    case "class": {
      const asked = classOf(what as ClassRecord);
      const refs = registry.getByClass(asked);
      // The class that was asked for may have been found among those listed.
      const actorClass = classOf(what as ClassRecord);
      return actorClass === asked ? refs : registry.getByClass(actorClass);
    }
    case "name":
      return registry.getByClassName(what as string);
    case "urn": {
      const ref = registry.getByUrn(what as string);
      return ref === undefined ? [] : [ref];
    }
    default:
      return registry.getAll();
  }
}

function logFor([id, level, text, ...data]: readonly unknown[]): void {
  const system = systemOf(id as number) ?? ActorSystem.default;
  write(system, level as keyof Logger, text as string, data);
}

function emitFor([type, urn, error, count]: readonly unknown[]): void {
  const actorRef = findRef(urn as string);
  if (actorRef === undefined) return;
  if (type === "killed" && givenUp.delete(actorRef)) return; // it is known
  emit(mailboxOf(actorRef).system, type as "started", {
    actorRef,
    error,
    count: count as number,
  });
}

/** The Workers of this program. */
export const pool: Pool = new Pool();
