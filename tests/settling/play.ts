/**
 * Plays a program to its end.
 *
 * @module
 */
import { type ActorRef, ActorSystem, type Logger } from "@dekka/actors";
import { Notes } from "../actors.ts";
import { FakeTime } from "../test.ts";
import { Interpreter } from "./interpreter.ts";
import { type Note, valued } from "./journal.ts";
import { pausesPassed, task } from "./pauses.ts";
import type { Kind, Pause, Program } from "./program.ts";
import type { PlayerClass } from "./site.ts";

/** What is known when a program has ended. */
export interface Played {
  readonly notes: readonly Note[];
  /** Dead letters that were announced, by the URN of the actor. */
  readonly deadLetters: ReadonlyMap<string, number>;
  /** What went wrong outside of the actors. */
  readonly troubles: readonly string[];
}

/** How often the actors that are left are killed, at most. */
const ROUNDS = 200;

/**
 * Plays a program to its end, and then kills what is left of it.
 *
 * @param program The program.
 * @param classes The classes of its actors.
 * @returns What happened.
 */
export async function play(
  program: Program,
  classes: Readonly<Record<Kind, PlayerClass>>,
): Promise<Played> {
  using stage = new Stage(program.detectDeadlocks);
  const { system, journal } = stage;
  const main = new Interpreter(
    { name: "main", journal, system, classes },
    new Map(),
  );
  for (const life of program.actors) main.start(life, "main");
  program.threads.forEach((work, i) => {
    const thread = { id: `main:${i}`, from: "main", seq: -1 };
    main.handleLater({ ...thread, work, book: new Map() })
      .catch(() => {}); // it is noted
  });
  for (const pause of program.schedule) await stage.pass(pause);
  if (program.impatient) stage.killAll();
  await stage.end();
  return await stage.played();
}

/** Where a program is played: time is faked, and all that fails is heard. */
class Stage implements Disposable {
  readonly #time = new FakeTime();
  readonly #quiet = new ActorSystem();
  readonly journal: ActorRef<Notes> = this.#quiet.start(Notes);
  readonly system: ActorSystem;
  readonly #seen = new Set<ActorRef>();
  readonly #ended = new Set<ActorRef>();
  readonly #deadLetters = new Map<string, number>();
  readonly #troubles: string[] = [];
  readonly #logger = ActorSystem.default.logger;

  constructor(detectDeadlocks: boolean) {
    const logger = silentLogger();
    this.system = new ActorSystem({ logger, detectDeadlocks });
    this.system.addEventListener("deadletter", ({ actorRef, count }) => {
      const { actorUrn } = actorRef!;
      const before = this.#deadLetters.get(actorUrn) ?? 0;
      this.#deadLetters.set(actorUrn, before + count);
    });
    this.system.addEventListener("started", ({ actorRef }) => {
      this.#meet(actorRef!);
    });
    // What belongs to no system: an exception in there is one of the library.
    ActorSystem.default.logger = {
      ...silentLogger(),
      error: (...data) => this.#troubles.push(data.join(" ")),
    };
    globalThis.addEventListener("unhandledrejection", this.#onUnhandled);
  }

  readonly #onUnhandled = (event: PromiseRejectionEvent): void => {
    event.preventDefault();
    this.#troubles.push(`unhandled rejection: ${event.reason}`);
  };

  #meet(ref: ActorRef): void {
    if (this.#seen.has(ref)) return;
    this.#seen.add(ref);
    ref.stopped.then(() => void this.#ended.add(ref));
  }

  async pass({ how, count }: Pause): Promise<void> {
    for (let left = count; left > 0; left--) {
      if (how === "micro") await undefined;
      else await task();
      if (how === "sleep") this.#time.tick(1);
    }
  }

  /** Kills what is left when nothing goes on any more, until nothing is left. */
  async end(): Promise<void> {
    let [notes, pauses] = [-1, -1];
    for (let round = 0; round < ROUNDS; round++) {
      // Longer than any pause, and than anybody's patience.
      await this.pass({ do: "pause", how: "sleep", count: 10 });
      const before = [notes, pauses];
      // The answer is behind whatever else can go on by then.
      notes = (await this.#notes()).length;
      pauses = pausesPassed();
      const rests = notes === before[0] && pauses === before[1];
      if (rests && !this.killAll(notes)) break;
      if (round === ROUNDS - 1) this.#troubles.push("it does not come to rest");
    }
    this.#time.tick(100_000);
    for (let i = 0; i < 3; i++) await task();
  }

  /**
   * Kills what is left.
   *
   * @param rested How many notes there were when the last round began in which
   * nothing went on; what they say had its time to have consequences.
   * @returns Whether there was anything.
   */
  killAll(rested?: number): boolean {
    const { system, journal } = this;
    for (const ref of system.registry.getAll()) this.#meet(ref);
    const left = [...this.#seen].filter((ref) => !this.#ended.has(ref));
    for (const ref of left) {
      const alive = ref.isAlive();
      const reason = valued("killed at the end").text;
      journal.tell({
        what: "kill",
        actor: ref.actorUrn,
        reason,
        alive,
        rested,
      });
      ref.kill("killed at the end");
    }
    return left.length > 0;
  }

  async #notes(): Promise<Note[]> {
    return await this.journal.proxy().read() as Note[];
  }

  async played(): Promise<Played> {
    const notes = await this.#notes();
    for (const ref of this.system.registry.getAll()) {
      this.#troubles.push(`the registry still has ${ref}`);
    }
    await this.#quiet[Symbol.asyncDispose]();
    return {
      notes,
      deadLetters: this.#deadLetters,
      troubles: this.#troubles,
    };
  }

  [Symbol.dispose](): void {
    globalThis.removeEventListener("unhandledrejection", this.#onUnhandled);
    ActorSystem.default.logger = this.#logger;
    this.#time.restore();
  }
}

function silentLogger(): Logger {
  return { debug() {}, info() {}, warn() {}, error() {} };
}
