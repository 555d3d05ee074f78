import type { ActorRef, Future } from "@dekka/actors";
import { type Outcome, thrown, valued } from "./journal.ts";
import type { Limit, Send } from "./program.ts";
import { LATER, type Message, type Player, type Site } from "./site.ts";

/** A future, and how the journal names it. */
export interface Sent {
  readonly id: string;
  readonly future: Future<unknown>;
}

/** Sends messages, and notes what comes of them. */
export class Sender {
  readonly #site: Site;

  constructor(site: Site) {
    this.#site = site;
  }

  /** Sends a message; one that is refused is no future. */
  trySend(send: Send, by: string): Sent | undefined {
    try {
      return this.send(send, by);
    } catch {
      return undefined; // it is noted
    }
  }

  /** Sends a message. */
  send(send: Send, by: string): Sent | undefined {
    const [name, ref] = this.#site.find(send.to);
    if (ref === undefined) return undefined;
    const id = `${this.#site.name}#${this.#site.count}`;
    const message: Message = {
      id,
      from: this.#site.name,
      seq: this.#site.count,
      work: send.work,
      book: this.#site.book,
    };
    const alive = ref.isAlive();
    try {
      const future = this.#sendBy(send, ref, message);
      const limit = send.via === "ask" ? send.limit : undefined;
      return this.sent(send.via, name, ref, by, future, limit, alive);
    } catch (error) {
      this.#site.note({
        what: "sent",
        id,
        to: name,
        via: send.via,
        by,
        from: this.#site.name,
        seq: this.#site.next(),
        alive,
        time: Date.now(),
        refused: thrown(error),
      });
      throw error;
    }
  }

  #sendBy(
    { via, limit }: Send,
    ref: ActorRef<Player>,
    message: Message,
  ): Future<unknown> | undefined {
    switch (via) {
      case "tell":
        return void ref.tell(message);
      case "ask":
        return limit === undefined
          ? ref.ask(message)
          : ref.ask(message, this.#options(limit, message.id));
      case "write":
        return ref.set("probe", message);
      case "badWrite":
        return ref.set("failing" as never, "no" as never);
    }
    const proxy = ref.proxy();
    switch (via) {
      case "defer":
        return void proxy.run.defer(message);
      case "call":
        return proxy.run(message);
      case "callAsync":
        return proxy.runAsync(message);
      case "read":
        return proxy.answer;
      case "readFailing":
        return proxy.failing;
      case "badName":
        return (proxy as unknown as { no: Future<unknown> }).no;
    }
  }

  #options(limit: Limit, id: string) {
    switch (limit.kind) {
      case "timeout":
        return { timeout: limit.timeout };
      case "own":
        return { signal: this.#site.setting.signal?.() };
      case "signal": {
        const controller = new AbortController();
        const abort = () => controller.abort(`given up ${id}`);
        if (limit.after < 0) abort();
        else if (limit.after === 0) queueMicrotask(abort);
        else setTimeout(abort, limit.after);
        return { signal: controller.signal };
      }
    }
  }

  /** Notes what was sent, and what comes of it. */
  sent(
    via: Send["via"] | "stop" | "stopped",
    to: string,
    ref: ActorRef,
    by: string,
    future: Future<unknown> | undefined,
    limit?: Limit,
    alive: boolean = ref.isAlive(),
  ): Sent | undefined {
    const from = this.#site.name;
    const seq = this.#site.next();
    const id = `${from}#${seq}`;
    const time = Date.now();
    const who = { id, to, via, by, from, seq };
    this.#site.note({ what: "sent", ...who, alive, time, limit });
    if (future === undefined) return undefined;
    const settled = (outcome: Outcome) => {
      this.#site.note({ what: "outcome", id, time: Date.now(), outcome });
      setTimeout(later, LATER);
    };
    const later = () => {
      const settled = (outcome: Outcome) =>
        this.#site.note({ what: "later", id, outcome });
      future.then(
        (value) => settled(valued(value)),
        (error) => settled(thrown(error)),
      );
    };
    future.then(
      (value) => settled(valued(value)),
      (error) => settled(thrown(error)),
    );
    return { id, future };
  }
}
