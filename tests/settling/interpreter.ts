import {
  type Actor,
  type ActorRef,
  type ActorSystem,
  EventedFuture,
  type Future,
  getAll,
} from "@dekka/actors";
import type { Notes } from "../actors.ts";
import { type Note, type Outcome, thrown, valued } from "./journal.ts";
import { pass } from "./pauses.ts";
import type {
  Ending,
  Gather,
  Kind,
  Life,
  Limit,
  Send,
  Step,
  Use,
  Work,
} from "./program.ts";

/** Who an actor knows, by name. */
export type Book = ReadonlyMap<string, ActorRef<Player>>;

/** What actors send each other. */
export interface Message {
  readonly id: string;
  readonly from: string;
  readonly seq: number;
  readonly work: Work;
  readonly book: Book;
}

/** What an actor is told when it is started. */
export interface Birth {
  readonly name: string;
  /** The handler that starts it, for it constructs the actor. */
  readonly by: string;
  readonly book: Book;
  readonly journal: ActorRef<Notes>;
}

/** What the actors of the programs show. */
export interface Player extends Actor<Message, unknown> {
  probe: Message;
  readonly answer: string;
  readonly failing: string;
  run(message: Message): unknown;
  runAsync(message: Message): unknown;
}

/** A class of actors that play programs. */
export type PlayerClass = new (life: Life, birth: Birth) => Player;

/** Where programs are played: in an actor, or outside of all. */
export interface Site {
  readonly name: string;
  readonly journal: ActorRef<Notes>;
  readonly system: ActorSystem;
  readonly classes: Readonly<Record<Kind, PlayerClass>>;
  readonly ref?: ActorRef<Player>;
  signal?(): AbortSignal;
  stop?(): void;
}

/** Something to wait for; only what takes its time does. */
interface Wait {
  readonly promise: PromiseLike<unknown>;
  /** Whether its failure is that of the handler. */
  readonly fatal: boolean;
}

interface Sent {
  readonly id: string;
  readonly future: Future<unknown>;
}

type Play = Generator<Wait, void, unknown>;

/** Whether the outcome of a future was the same a minute later. */
const LATER = 60_000;

const never = new Promise<never>(() => {});

/** Plays programs, and notes all that happens. */
export class Interpreter {
  readonly #site: Site;
  #book: Map<string, ActorRef<Player>>;
  readonly #hands: { id: string; future: EventedFuture<unknown> }[] = [];
  #count = 0;

  constructor(site: Site, book: Book) {
    this.#site = site;
    this.#book = new Map(book);
    if (site.ref !== undefined) this.#book.set(site.name, site.ref);
  }

  note(note: Note): void {
    this.#site.journal.tell(note);
  }

  /** Runs steps that cannot take their time. */
  playNow(steps: readonly Step[], by: string): void {
    finish(this.#play(steps, by));
  }

  /** Handles a message or hook, and may be over at once. */
  handle(message: Message, hook?: string): unknown {
    const { work, id } = message;
    this.#begin(message, work.later, hook);
    if (work.later) return this.#playLater(work, id);
    try {
      finish(this.#play(work.steps, id));
      const value = this.#end(work.ending, id);
      if (!(value instanceof EventedFuture)) this.#ended(id, valued(value));
      return value;
    } catch (error) {
      this.#ended(id, thrown(error));
      throw error;
    }
  }

  /** Handles a message as a setter does: nobody looks at what it returns. */
  assign(message: Message): void {
    const { work } = message;
    const ending = work.ending.kind === "delegate"
      ? { kind: "value" } as const
      : work.ending;
    this.handle({ ...message, work: { ...work, ending, later: false } });
  }

  /** Handles a message or hook, and takes its time. */
  async handleLater(message: Message, hook?: string): Promise<unknown> {
    this.#begin(message, true, hook);
    return await this.#playLater(message.work, message.id);
  }

  #begin(message: Message, later: boolean, hook?: string): void {
    const { id, from, seq, book } = message;
    for (const [name, ref] of book) this.#book.set(name, ref);
    const { name: actor, ref, system } = this.#site;
    const alive = ref?.isAlive() ?? true;
    const found = ref && system.registry.getByUrn(ref.actorUrn);
    const listed = found === ref;
    const state = { alive, listed, later };
    const note = { what: "begin", id, actor, from, seq, ...state } as const;
    this.note(hook === undefined ? note : { ...note, hook });
  }

  #ended(id: string, outcome: Outcome): void {
    this.note({ what: "end", id, actor: this.#site.name, outcome });
  }

  async #playLater({ steps, ending }: Work, id: string): Promise<unknown> {
    try {
      await drive(this.#play(steps, id));
      if (ending.kind === "hang") await never;
      let value = this.#end(ending, id, true);
      if (value instanceof EventedFuture) value = await value;
      this.#ended(id, valued(value));
      return value;
    } catch (error) {
      this.#ended(id, thrown(error));
      throw error;
    }
  }

  *#play(steps: readonly Step[], by: string): Play {
    for (const step of steps) yield* this.#step(step, by);
  }

  *#step(step: Step, by: string): Play {
    switch (step.do) {
      case "pause":
        return void (yield { promise: pass(step), fatal: false });
      case "send":
        return yield* this.#use(this.#trySend(step, by), step.use, by);
      case "gather":
        return yield* this.#gather(step, by);
      case "start":
        return this.start(step.life, by);
      case "settle":
        return this.#settle(step.nth, step.fails);
      case "stopSelf":
        return this.#stopSelf();
      case "stopAll":
      case "dispose":
        return yield* this.#stopAll(step.do, step.use, by);
      case "killSelf":
        return this.#kill(this.#site.name, this.#site.ref, step.use, by);
    }
    const [name, ref] = this.#find(step.to);
    if (ref === undefined) return;
    if (step.do === "kill") return this.#kill(name, ref, step.use, by);
    const future = step.do === "stop" ? ref.stop() : ref.stopped;
    const sent = this.#sent(step.do, name, ref, by, future);
    return yield* this.#use(sent, step.use, by);
  }

  #find(nth: number): [name: string, ref: ActorRef<Player> | undefined] {
    const entries = [...this.#book];
    return entries[nth % entries.length] ?? ["", undefined];
  }

  /** Starts an actor. */
  start(life: Life, by: string): void {
    const { name: parent, system, journal, classes } = this.#site;
    const name = `${parent}.${this.#count++}`;
    const birth = { name, by, book: this.#book, journal };
    try {
      const ref = system.start(classes[life.kind], life, birth);
      this.#book.set(name, ref);
      this.note({ what: "started", name, ref });
      this.#sent("stopped", name, ref, by, ref.stopped);
    } catch (error) {
      this.note({ what: "notStarted", name, outcome: thrown(error) });
    }
  }

  #stopSelf(): void {
    const { name: actor, stop } = this.#site;
    this.note({ what: "stopSelf", actor, seq: this.#count++ });
    stop?.();
  }

  #kill(
    actor: string,
    ref: ActorRef<Player> | undefined,
    use: Use,
    by: string,
  ): void {
    if (ref === undefined) return;
    const reason = use === "leave" ? undefined : `killed by ${by}`;
    const { text } = valued(reason);
    this.note({ what: "kill", actor, reason: text, alive: ref.isAlive() });
    ref.kill(reason);
  }

  *#stopAll(how: "stopAll" | "dispose", use: Use, by: string): Play {
    const { system } = this.#site;
    const timed = how === "stopAll" && use === "getTimed";
    const promise = this.#wait(
      "all",
      by,
      timed,
      () =>
        how === "dispose"
          ? system[Symbol.asyncDispose]()
          : system.registry.stopAll(timed ? { timeout: 5 } : {}),
    );
    if (use !== "leave" && use !== "getUnawaited") {
      yield { promise, fatal: use === "get" };
    }
  }

  // The tells and asks.

  #trySend(send: Send, by: string): Sent | undefined {
    try {
      return this.#send(send, by);
    } catch {
      return undefined; // it is noted
    }
  }

  #send(send: Send, by: string): Sent | undefined {
    const [name, ref] = this.#find(send.to);
    if (ref === undefined) return undefined;
    const id = `${this.#site.name}#${this.#count}`;
    const message: Message = {
      id,
      from: this.#site.name,
      seq: this.#count,
      work: send.work,
      book: this.#book,
    };
    const alive = ref.isAlive();
    try {
      const future = this.#sendBy(send, ref, message);
      const limit = send.via === "ask" ? send.limit : undefined;
      return this.#sent(send.via, name, ref, by, future, limit, alive);
    } catch (error) {
      this.note({
        what: "sent",
        id,
        to: name,
        via: send.via,
        by,
        from: this.#site.name,
        seq: this.#count++,
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
        return { signal: this.#site.signal?.() };
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
  #sent(
    via: Send["via"] | "stop" | "stopped",
    to: string,
    ref: ActorRef,
    by: string,
    future: Future<unknown> | undefined,
    limit?: Limit,
    alive: boolean = ref.isAlive(),
  ): Sent | undefined {
    const from = this.#site.name;
    const seq = this.#count++;
    const id = `${from}#${seq}`;
    const time = Date.now();
    const who = { id, to, via, by, from, seq };
    this.note({ what: "sent", ...who, alive, time, limit });
    if (future === undefined) return undefined;
    const settled = (outcome: Outcome) => {
      this.note({ what: "outcome", id, time: Date.now(), outcome });
      setTimeout(later, LATER);
    };
    const later = () => {
      const settled = (outcome: Outcome) =>
        this.note({ what: "later", id, outcome });
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

  // The waits.

  /** Waits as `wait` does, and notes it. */
  #wait(
    of: readonly string[] | "all",
    by: string,
    timed: boolean,
    wait: () => PromiseLike<unknown>,
  ): PromiseLike<unknown> {
    const key = `${this.#site.name}?${this.#count++}`;
    this.note({ what: "wait", key, by, of, timed });
    const promise = (async () => await wait())();
    promise.then(
      (value) => this.note({ what: "waited", key, outcome: valued(value) }),
      (error) => this.note({ what: "waited", key, outcome: thrown(error) }),
    );
    return promise;
  }

  *#use(sent: Sent | undefined, use: Use, by: string): Play {
    if (sent === undefined || use === "leave") return;
    const { id, future } = sent;
    const timed = use === "getTimed";
    const promise = this.#wait([id], by, timed, () => {
      if (use === "await") return future;
      return timed ? future.get({ timeout: 4 }) : future.get();
    });
    if (use !== "getUnawaited") yield { promise, fatal: use === "get" };
  }

  *#gather({ sends, how, wait }: Gather, by: string): Play {
    const sent = sends.map((send) => this.#trySend(send, by))
      .filter((sent) => sent !== undefined);
    const [first] = sent;
    if (first === undefined) return;
    const futures = sent.map(({ future }) => future);
    const ids = sent.map(({ id }) => id);
    const timed = how === "getAllTimed";
    const promise = this.#wait(ids, by, timed, () => {
      switch (how) {
        case "getAll":
          return getAll(futures);
        case "getAllTimed":
          return getAll(futures, { timeout: 4 });
        case "join":
          return first.future.join(...futures.slice(1)).get();
        case "map":
          return first.future.map((value) => [value]).get();
        case "race":
          return Promise.race(futures);
        case "allSettled":
          return Promise.allSettled(futures);
        default:
          return Promise.all(futures);
      }
    });
    if (wait) yield { promise, fatal: false };
  }

  // The replies.

  #settle(nth: number, fails: boolean): void {
    const hand = this.#hands[nth];
    if (hand === undefined) return;
    this.#hands.splice(nth, 1);
    const { id, future } = hand;
    const error = new Error(`by hand ${id}`);
    const outcome = fails ? thrown(error) : valued(`by hand ${id}`);
    this.note({ what: "settle", id, outcome });
    if (fails) future.setException(error);
    else future.set(`by hand ${id}`);
  }

  #end(ending: Ending, id: string, awaits = false): unknown {
    switch (ending.kind) {
      case "throw":
        throw new Error(`thrown ${id}`);
      case "throwUndefined":
        throw undefined;
      case "delegate":
        return this.#delegate(ending, id, awaits);
    }
    return `value ${id}`;
  }

  #delegate(
    { to, send }: Ending & { kind: "delegate" },
    id: string,
    awaits: boolean,
  ): unknown {
    const actor = this.#site.name;
    let source: string | undefined;
    let future: Future<unknown>;
    if (to === "ask" || to === "mapped" || to === "joined") {
      const sent = this.#send(send, id);
      if (sent === undefined) return `value ${id}`;
      source = sent.id;
      future = derive(to, sent.future);
    } else future = this.#promised(to, id);
    const direct = to === "ask";
    this.note({ what: "delegate", id, actor, source, direct, awaits });
    return future;
  }

  #promised(to: string, id: string): Future<unknown> {
    const future = this.#makePromised(to, id);
    // Told handlers hand their failures to nobody: they are read at the end.
    setTimeout(() => future.catch(() => {}), LATER);
    return future;
  }

  #makePromised(to: string, id: string): Future<unknown> {
    const future = new EventedFuture<unknown>();
    const error = new Error(`delegated ${id}`);
    const value = `delegated ${id}`;
    switch (to) {
      case "hand":
      case "handMapped":
        this.#hands.push({ id, future });
        return to === "hand" ? future : future.map((value) => value);
      case "promiseNever":
        return EventedFuture.from(never);
    }
    const fails = to === "failed" || to === "promiseFails";
    const outcome = fails ? thrown(error) : valued(value);
    this.note({ what: "settle", id, outcome });
    if (to === "done") future.set(value);
    else if (to === "failed") future.setException(error);
    else return EventedFuture.from(promised(fails ? undefined : value, error));
    return future;
  }
}

function derive(
  how: "ask" | "mapped" | "joined",
  future: Future<unknown>,
): Future<unknown> {
  if (how === "ask") return future;
  if (how === "mapped") return future.map((value) => value);
  const done = new EventedFuture<string>();
  done.set("joined");
  return future.join(done).map(([value]) => value);
}

async function promised(value: unknown, error: Error): Promise<unknown> {
  await pass({ do: "pause", how: "sleep", count: 2 });
  if (value === undefined) throw error;
  return value;
}

/** Runs to the end without waiting for anything. */
function finish(play: Play): void {
  while (!play.next().done);
}

/** Runs to the end, and waits for what is to be waited for. */
async function drive(play: Play): Promise<void> {
  for (;;) {
    const { done, value } = play.next();
    if (done) return;
    try {
      await value.promise;
    } catch (error) {
      if (value.fatal) throw error;
    }
  }
}
