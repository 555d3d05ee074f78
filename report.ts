import { asNobody } from "./context.ts";
import { type Logger, silence } from "./logger.ts";
import type { ActorRef } from "./ref.ts";

/** What a program can listen for at an {@linkcode ActorSystem}. */
export type ActorEventType =
  | "started"
  | "stopped"
  | "failed"
  | "killed"
  | "deadletter"
  | "unreadfailure"
  | "stuck";

/** What is known of an event. */
export interface ActorEventInit {
  /** The actor, if it is one actor's event. */
  readonly actorRef?: ActorRef | undefined;
  /** The error, if there is one. */
  readonly error?: unknown;
  /** How many messages it is about. */
  readonly count?: number;
}

/** Something that happened to an actor. */
export class ActorEvent extends Event {
  /** What happened. */
  declare readonly type: ActorEventType;
  /** The actor, if it is one actor's event. */
  readonly actorRef: ActorRef | undefined;
  /** The error: why it failed or was killed, or what nobody has read. */
  readonly error: unknown;
  /** How many messages it is about: those that became dead letters. */
  readonly count: number;

  /**
   * Constructs a new instance.
   *
   * @param type What happened.
   * @param init What is known of it.
   */
  constructor(type: ActorEventType, init: ActorEventInit = {}) {
    super(type);
    this.actorRef = init.actorRef;
    this.error = init.error;
    this.count = init.count ?? 0;
  }
}

/** Who listens for events. */
export type Listener =
  | ((event: ActorEvent) => void)
  | { handleEvent(event: ActorEvent): void };

/** Tells those who listen; costs nothing when nobody does. */
export let emit: (
  reporter: Reporter,
  type: ActorEventType,
  init: ActorEventInit,
) => void;

// Not every platform's types have names for what its event targets take.
/** Writes to a logger, and tells those who listen. */
export abstract class Reporter extends EventTarget {
  /** Where it writes; can be assigned. */
  abstract logger: Logger;
  #listened = false;
  readonly #guarded = new WeakMap<Listener, EventListener>();

  /**
   * Listens for events of the actors of this system.
   *
   * @param type What to listen for.
   * @param listener Is called with each event.
   * @param options As for any event target.
   */
  override addEventListener(
    type: ActorEventType,
    listener: Listener | null,
    options?: Parameters<EventTarget["addEventListener"]>[2],
  ): void {
    this.#listened = true;
    super.addEventListener(type, this.#guard(listener), options);
  }

  /**
   * Stops listening.
   *
   * @param type What was listened for.
   * @param listener What was called.
   * @param options As for any event target.
   */
  override removeEventListener(
    type: ActorEventType,
    listener: Listener | null,
    options?: Parameters<EventTarget["removeEventListener"]>[2],
  ): void {
    super.removeEventListener(type, this.#guard(listener), options);
  }

  // A listener that throws must not end the program, and stays the same listener.
  #guard(listener: Listener | null): EventListener | null {
    if (listener === null) return null;
    let guarded = this.#guarded.get(listener);
    if (guarded === undefined) {
      guarded = (event) =>
        this.#attempt(() =>
          typeof listener === "function"
            ? listener(event as ActorEvent)
            : listener.handleEvent(event as ActorEvent)
        );
      this.#guarded.set(listener, guarded);
      // The platform itself takes back what it was given.
      this.#guarded.set(guarded, guarded);
    }
    return guarded;
  }

  #attempt(call: () => unknown): void {
    attempt(
      call,
      (error) =>
        write(this, "error", "Listener of an actor system threw", [error]),
    );
  }

  static {
    emit = (reporter, type, init) => {
      if (!reporter.#listened) return;
      // It may be a subclass that dispatches.
      reporter.#attempt(() =>
        reporter.dispatchEvent(new ActorEvent(type, init))
      );
    };
  }
}

/** Whether a line at a level would be written. */
export function isLoud(reporter: Reporter, level: keyof Logger): boolean {
  try {
    return reporter.logger[level] !== silence;
  } catch {
    return true; // to write will tell what is wrong
  }
}

/** Tells which messages to an actor were never handled, by what they were for. */
export function reportLetters(
  reporter: Reporter,
  actorRef: ActorRef,
  { length: count, 0: first }: readonly string[],
): void {
  if (count === 0) return;
  emit(reporter, "deadletter", { actorRef, count });
  const text = count === 1
    ? `1 message to ${actorRef} was never handled, for ${first}`
    : `${count} messages to ${actorRef} were never handled, the first for ${first}`;
  log(reporter, "warn", actorRef, text);
}

/** How many lines an actor may write at a level from warnings up, */
const LINES = 5;
/** in so many milliseconds; the rest is counted. */
const WINDOW = 1000;

interface Meter {
  start: number;
  lines: number;
  held: number;
}

const meters = new WeakMap<ActorRef, Meter>();

/**
 * Writes a line about an actor. Warnings and errors of one actor are limited,
 * so that they never flood; what was held back is counted in a later line.
 *
 * @param reporter Whose logger to use.
 * @param level At which level.
 * @param ref The actor.
 * @param text What happened; it names the actor.
 * @param data What belongs to it.
 */
export function log(
  reporter: Reporter,
  level: keyof Logger,
  ref: ActorRef,
  text: string,
  ...data: unknown[]
): void {
  if (!isLoud(reporter, level)) return;
  const held = level === "warn" || level === "error" ? meter(ref) : 0;
  if (held > 0) text += ` (held back before: ${held})`;
  if (held >= 0) write(reporter, level, text, data);
}

/** Says how many lines of an actor were held back, when it has ended. */
export function logRest(reporter: Reporter, ref: ActorRef): void {
  const held = meters.get(ref)?.held;
  if (!held) return;
  meters.delete(ref);
  write(reporter, "warn", `Lines of ${ref} held back: ${held}`, []);
}

/** Writes; a logger that throws harms nobody. */
export function write(
  reporter: Reporter,
  level: keyof Logger,
  text: string,
  data: readonly unknown[],
): void {
  attempt(
    () => reporter.logger[level](text, ...data),
    (error) => console.error("Logger threw", error),
  );
}

/** Calls what a user brings, which may be an async function. The actor that it
 * hears of does not wait for what it does. */
function attempt(
  call: () => unknown,
  complain: (error: unknown) => void,
): void {
  try {
    Promise.resolve(asNobody(call)).catch(complain);
  } catch (error) {
    complain(error);
  }
}

/** How many lines were held back before this one, or -1 if it must be, too. */
function meter(ref: ActorRef): number {
  const now = Date.now();
  let meter = meters.get(ref);
  if (meter === undefined) {
    meters.set(ref, meter = { start: now, lines: 0, held: 0 });
  }
  if (now - meter.start >= WINDOW) {
    meter.start = now;
    meter.lines = 0;
  }
  if (++meter.lines > LINES) {
    meter.held++;
    return -1;
  }
  const { held } = meter;
  meter.held = 0;
  return held;
}
