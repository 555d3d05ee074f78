import type { Actor } from "./actor.ts";
import { context } from "./context.ts";
import { note, wait } from "./deadlock.ts";
import { consoleLogger, type Logger } from "./logger.ts";
import type { Runtime } from "./mailbox.ts";
import type { ActorClass, ActorRef } from "./ref.ts";
import { Registry } from "./registry.ts";
import { emit, log, logRest, Reporter, write } from "./report.ts";
import { uncaught } from "./uncaught.ts";
import { type Failure, reportUnread, unreadSink } from "./unread.ts";

/** Options of an {@linkcode ActorSystem}. */
export interface ActorSystemOptions {
  /** Where to write. @default {the console, from warn up} */
  logger?: Logger | undefined;
  /** Whether to fail asks that close a circle of waits. @default {true} */
  detectDeadlocks?: boolean | undefined;
  /**
   * Whether evented actors share their messages with the sender, or get copies
   * as actors on another thread do; import `@dekka/actors/worker` for that.
   *
   * @default {"share"}
   */
  messages?: "share" | "clone" | undefined;
  /**
   * After how many milliseconds a handler that has not ended is reported.
   * `Infinity` turns that off. @default {10_000}
   */
  stuckAfter?: number | undefined;
}

/** What starts evented actors whose messages are copies, once it is imported. */
export const cloning: { runtime: Runtime | undefined } = { runtime: undefined };

/**
 * A scope that owns actors: they stop with it, the last started first.
 *
 * @example Usage
 * ```ts
 * import { ActorSystem, EventedActor } from "@dekka/actors";
 * import { assertEquals } from "@std/assert";
 *
 * class Greeter extends EventedActor {
 *   override onReceive(name: string): string {
 *     return `Hello, ${name}!`;
 *   }
 * }
 *
 * await using system = new ActorSystem();
 * const greeter = system.start(Greeter);
 * assertEquals(await greeter.ask("Ada"), "Hello, Ada!");
 * ```
 */
export class ActorSystem extends Reporter implements AsyncDisposable {
  /** The system of `Actor.start()` and {@linkcode ActorRegistry}. */
  static readonly default: ActorSystem = new ActorSystem();

  /** Its running actors. */
  readonly registry: Registry = new Registry();
  /** Where it writes; can be assigned. */
  override logger: Logger;
  /** Whether asks that close a circle of waits fail; can be assigned. */
  detectDeadlocks: boolean;
  /** Whether its evented actors share their messages or get copies. */
  readonly messages: "share" | "clone";
  /** After how many milliseconds a handler that has not ended is reported. */
  readonly stuckAfter: number;

  /**
   * Opens a scope.
   *
   * @param options Where to write, and what to look after.
   * @throws {TypeError} If messages are to be cloned and nothing is imported
   * that can.
   * @throws {RangeError} If `stuckAfter` is not a positive number.
   */
  constructor(options: ActorSystemOptions = {}) {
    super();
    this.logger = options.logger ?? consoleLogger;
    this.detectDeadlocks = options.detectDeadlocks ?? true;
    this.messages = options.messages ?? "share";
    if (this.messages === "clone" && cloning.runtime === undefined) {
      throw new TypeError(
        "Cannot clone messages: import @dekka/actors/worker first",
      );
    }
    this.stuckAfter = options.stuckAfter ?? 10_000;
    if (!(this.stuckAfter > 0)) {
      throw new RangeError(
        `Cannot open ActorSystem: stuckAfter must be more than 0 ms, got ${this.stuckAfter}`,
      );
    }
  }

  /**
   * Starts an actor in this system.
   *
   * @typeParam A The class of the actor.
   * @typeParam Args The arguments of its constructor.
   * @param actorClass The class of the actor.
   * @param args The arguments of its constructor.
   * @returns The reference to the actor.
   * @throws {TypeError} If the class is not the class of an actor with a
   * runtime; else whatever the constructor throws.
   */
  start<A extends Actor, Args extends unknown[]>(
    actorClass: new (...args: Args) => A,
    ...args: Args
  ): ActorRef<A> {
    const { runtime, name } = (actorClass ?? {}) as {
      runtime?: Runtime;
      name?: string;
    };
    if (runtime === undefined) {
      throw new TypeError(
        `Cannot start ${
          name ?? actorClass
        }: it is not an actor of a runtime, as a subclass of EventedActor is`,
      );
    }
    const { ref } = runtime.spawn(
      this,
      actorClass as unknown as ActorClass,
      args,
    );
    return ref as ActorRef<A>;
  }

  /**
   * Stops every running actor at the end of an `await using` block, and reports
   * the failures that nobody has read.
   *
   * @returns A promise that settles when all have ended.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.registry.stopAll();
    reportUnread((failure) => systemOf(failure) === this);
  }
}

// Futures that no actor was asked for belong to the default system.
function systemOf({ origin }: Failure): ActorSystem {
  return origin?.mailbox.system ?? ActorSystem.default;
}

// Here, because there is no actor without a system, and nothing to wait for
// without actors: who bundles futures alone has no part of this.
context.wait = wait;
context.note = note;

unreadSink.report = (failure) => {
  const { exception, origin, asker } = failure;
  const system = systemOf(failure);
  emit(system, "unreadfailure", { actorRef: origin?.ref, error: exception });
  if (origin === undefined) {
    return write(system, "warn", "Failure of a future was never read", [
      exception,
    ]);
  }
  const { ref, member } = origin;
  const by = asker?.label === undefined ? "" : `, asked by ${asker.label},`;
  const text = `Failure of ${member} of ${ref}${by} was never read`;
  log(system, "warn", ref, text, exception);
};

// Lines that were held back are counted now: no other line may come.
unreadSink.close = ({ origin }) => {
  if (origin) logRest(origin.mailbox.system, origin.ref);
};

uncaught.report = (text, error) =>
  write(ActorSystem.default, "error", text, [error]);

/** The running actors of the default system. */
export const ActorRegistry: Registry = ActorSystem.default.registry;
