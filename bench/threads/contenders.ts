/**
 * What is measured against each other: the same server in a Worker, three times.
 *
 * @module
 */
import { wrap } from "comlink";
import { type ActorRef, ActorSystem } from "../../mod.ts";
import { Server } from "./actors.ts";

/** Raw `postMessage()`, with replies found by their number. */
export class Raw {
  readonly #worker = start("raw.ts");
  readonly #waiting = new Map<number, (n: number) => void>();
  #id = 0;

  constructor() {
    this.#worker.onmessage = ({ data: [id, n] }) => {
      this.#waiting.get(id)!(n);
      this.#waiting.delete(id);
    };
  }

  /** Waits for the answer to a number. */
  ask(n: number): Promise<number> {
    const id = ++this.#id;
    this.#worker.postMessage([id, n]);
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  /** Sends a number that is not answered. */
  tell(n: number): void {
    this.#worker.postMessage([0, n]);
  }

  /** How many were sent so. */
  told(): Promise<number> {
    const id = -++this.#id;
    this.#worker.postMessage([id, 0]);
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  /** Ends the Worker. */
  end(): void {
    this.#worker.terminate();
  }
}

/** What Comlink makes of its Worker. */
export interface Remote {
  /** Answers a number. */
  add(n: number): Promise<number>;
  /** Fails. */
  throws(): Promise<never>;
}

/** One of each, in fresh Workers. */
export class Contenders {
  readonly system: ActorSystem = new ActorSystem();
  readonly server: ActorRef<Server> = this.system.start(Server);
  /** Another one, in a second Worker. */
  readonly second: ActorRef<Server> = this.system.start(Server);
  readonly raw: Raw = new Raw();
  readonly #worker = start("comlink.ts");
  readonly comlink: Remote = wrap(this.#worker as never) as unknown as Remote;

  /** Ends all Workers. */
  async end(): Promise<void> {
    this.raw.end();
    this.#worker.terminate();
    await this.system[Symbol.asyncDispose]();
  }
}

function start(module: string): Worker {
  return new Worker(new URL(module, import.meta.url), { type: "module" });
}
