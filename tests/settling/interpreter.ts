import { type ActorRef, EventedFuture, type Future } from "@dekka/actors";
import { derive, Hands } from "./hands.ts";
import { type Note, type Outcome, thrown, valued } from "./journal.ts";
import { pass } from "./pauses.ts";
import type { Ending, Gather, Life, Step, Use, Work } from "./program.ts";
import { Sender } from "./sender.ts";
import {
  type Book,
  type Message,
  type Play,
  type Player,
  type Setting,
  Site,
} from "./site.ts";
import { Waits } from "./waits.ts";

/** Plays programs, and notes all that happens. */
export class Interpreter {
  readonly #site: Site;
  readonly #sender: Sender;
  readonly #waits: Waits;
  readonly #hands: Hands;

  constructor(setting: Setting, book: Book) {
    this.#site = new Site(setting, book);
    this.#sender = new Sender(this.#site);
    this.#waits = new Waits(this.#site);
    this.#hands = new Hands(this.#site);
  }

  note(note: Note): void {
    this.#site.note(note);
  }

  /** Runs steps that cannot take their time. */
  playNow(steps: readonly Step[], by: string): void {
    finish(this.#play(steps, by));
  }

  /** Handles a message or hook, and may be over at once. */
  handle(message: Message, hook?: string, isAsync = false): unknown {
    const { work, id } = message;
    this.#begin(message, work.later, isAsync, hook);
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
    this.#begin(message, true, true, hook);
    return await this.#playLater(message.work, message.id);
  }

  #begin(
    message: Message,
    later: boolean,
    isAsync: boolean,
    hook?: string,
  ): void {
    const { id, from, seq, book } = message;
    for (const [name, ref] of book) this.#site.book.set(name, ref);
    const { name: actor, ref, system } = this.#site.setting;
    const alive = ref?.isAlive() ?? true;
    const found = ref && system.registry.getByUrn(ref.actorUrn);
    const listed = found === ref;
    const state = { alive, listed, later, isAsync };
    const note = { what: "begin", id, actor, from, seq, ...state } as const;
    this.note(hook === undefined ? note : { ...note, hook });
  }

  #ended(id: string, outcome: Outcome): void {
    this.note({ what: "end", id, actor: this.#site.name, outcome });
  }

  async #playLater({ steps, ending }: Work, id: string): Promise<unknown> {
    try {
      await drive(this.#play(steps, id));
      if (ending.kind === "hang") await new Promise(() => {});
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
        return yield* this.#waits.use(
          this.#sender.trySend(step, by),
          step.use,
          by,
        );
      case "gather":
        return yield* this.#gather(step, by);
      case "start":
        return this.start(step.life, by);
      case "settle":
        return this.#hands.settle(step.nth, step.fails);
      case "stopSelf":
        return this.#stopSelf();
      case "stopAll":
      case "dispose":
        return yield* this.#stopAll(step.do, step.use, by);
      case "killSelf":
        return this.#kill(
          this.#site.name,
          this.#site.setting.ref,
          step.use,
          by,
        );
    }
    const [name, ref] = this.#site.find(step.to);
    if (ref === undefined) return;
    if (step.do === "kill") return this.#kill(name, ref, step.use, by);
    const future = step.do === "stop" ? ref.stop() : ref.stopped;
    const sent = this.#sender.sent(step.do, name, ref, by, future);
    return yield* this.#waits.use(sent, step.use, by);
  }

  *#gather(step: Gather, by: string): Play {
    const sent = step.sends.map((send) => this.#sender.trySend(send, by))
      .filter((sent) => sent !== undefined);
    yield* this.#waits.gather(sent, step, by);
  }

  /** Starts an actor. */
  start(life: Life, by: string): void {
    const { name: parent, system, journal, classes } = this.#site.setting;
    const name = `${parent}.${this.#site.next()}`;
    const birth = { name, by, book: this.#site.book, journal };
    try {
      const ref = system.start(classes[life.kind], life, birth);
      this.#site.book.set(name, ref);
      this.note({ what: "started", name, ref });
      this.#sender.sent("stopped", name, ref, by, ref.stopped);
    } catch (error) {
      this.note({ what: "notStarted", name, outcome: thrown(error) });
    }
  }

  #stopSelf(): void {
    const { name: actor, stop } = this.#site.setting;
    this.note({ what: "stopSelf", actor, seq: this.#site.next() });
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
    const { system } = this.#site.setting;
    const timed = how === "stopAll" && use === "getTimed";
    const promise = this.#waits.wait(
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
    if (
      to === "ask" || to === "mapped" || to === "mappedHangs" || to === "joined"
    ) {
      const sent = this.#sender.send(send, id);
      if (sent === undefined) return `value ${id}`;
      source = sent.id;
      future = derive(to, sent.future);
    } else future = this.#hands.promised(to, id);
    const direct = to === "ask";
    this.note({ what: "delegate", id, actor, source, direct, awaits });
    return future;
  }
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
