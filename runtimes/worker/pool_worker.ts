/**
 * A Worker of the pool, as the thread that has the pool sees it: the way there,
 * what it was told, what lives on it, and how it is ended.
 */
import type { ActorSystem } from "../../system.ts";
import type { Logger } from "../../logger.ts";
import { createMemory, Doorstep } from "./doorstep.ts";
import { createWord, refuse } from "./inquiry.ts";
import { type Link, Op } from "./link.ts";
import { settingsOf } from "./start.ts";
import type { Stub } from "./stub.ts";
import { createLink, idOfSystem } from "./thread.ts";

/** What a Worker was told of a system. */
interface Told {
  readonly system: ActorSystem;
  readonly logger: Logger;
  readonly detectDeadlocks: boolean;
}

/** A Worker, seen from the thread that has the pool. */
export class PoolWorker {
  readonly link: Link;
  /** How the Worker knows that it was answered. */
  readonly word: SharedArrayBuffer | undefined = createWord();
  readonly #worker: Worker;
  readonly #told = new WeakMap<ActorSystem, Told>();
  #last: Told | undefined = undefined;
  /** The Workers that it can talk to. */
  readonly connected: WeakSet<PoolWorker> = new WeakSet();
  /** How many actors were sent there. */
  starts = 0;
  isReady = false;
  isIdle = false;

  /**
   * Constructs a new instance, and starts the Worker.
   *
   * @param id The number of its thread.
   * @param dedicated Whether it is for one actor alone.
   * @param onGone Is called when it has ended by itself.
   */
  constructor(
    readonly id: number,
    readonly dedicated: boolean,
    readonly onGone: (worker: PoolWorker, cause: unknown) => void,
  ) {
    this.#worker = new Worker(new URL("./entry.ts", import.meta.url), {
      type: "module",
      name: `actors ${id}`,
    });
    this.link = createLink(id, this.#worker);
    this.link.beforeMessage = (system) => this.#tellSettings(system);
    const memory = createMemory();
    this.link.post(Op.HELLO, id, 0, [memory, this.word]);
    if (memory) this.link.open(new Doorstep(memory, this.#worker));
    this.#listen();
  }

  #listen(): void {
    const worker = this.#worker;
    worker.onmessage = ({ data }) => this.link.deliver(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.onGone(this, event.error ?? new Error(event.message));
    };
    // Not all browsers have a property for it.
    worker.addEventListener("messageerror", () => {
      const text = "What the Worker has sent could not be read";
      this.onGone(this, new Error(text));
    });
    // Bun tells of every end so, that by exit(), too.
    worker.addEventListener("close", () => {
      this.onGone(this, new Error("The Worker has exited"));
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

  /** Ends the Worker, whatever it does. */
  terminate(): void {
    const worker = this.#worker;
    // Not null, which the types of Deno 2.5 do not allow.
    worker.onerror = worker.onmessage = () => {};
    worker.terminate();
    if (this.word !== undefined) refuse(this.word);
    unref(worker);
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
