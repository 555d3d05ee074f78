/**
 * Help for tests of actors: a system that fails the test when something was
 * left behind, and a logger that records.
 *
 * @example Usage
 * ```ts
 * import { EventedActor } from "@dekka/actors";
 * import { testSystem } from "@dekka/actors/testing";
 * import { assertEquals } from "@std/assert";
 *
 * class Echo extends EventedActor {
 *   override onReceive(message: string): string {
 *     return message;
 *   }
 * }
 *
 * await using system = testSystem();
 * await using echo = system.start(Echo);
 * assertEquals(await echo.ask("hello"), "hello");
 * ```
 *
 * @module
 */
import type { Logger } from "./logger.ts";
import type { ActorEvent } from "./report.ts";
import { type ActorRef, mailboxOf } from "./ref.ts";
import { everyRef } from "./registry.ts";
import { lookInto } from "./snapshot.ts";
import { ActorSystem, type ActorSystemOptions } from "./system.ts";
import { type Failure, takeUnread } from "./unread.ts";

/** A line that a {@linkcode Recorder} was given. */
export interface RecordedLine {
  /** At which level. */
  readonly level: keyof Logger;
  /** What was logged: the text, and what belongs to it. */
  readonly data: readonly unknown[];
}

/** A logger that keeps what it is given. */
export class Recorder implements Logger {
  /** What it was given, the first line first. */
  readonly lines: RecordedLine[] = [];

  /**
   * Records the life cycle.
   *
   * @param data The line.
   */
  debug(...data: unknown[]): void {
    this.lines.push({ level: "debug", data });
  }

  /**
   * Records exceptions that were returned to an asker.
   *
   * @param data The line.
   */
  info(...data: unknown[]): void {
    this.lines.push({ level: "info", data });
  }

  /**
   * Records dead letters and the like.
   *
   * @param data The line.
   */
  warn(...data: unknown[]): void {
    this.lines.push({ level: "warn", data });
  }

  /**
   * Records exceptions that reached nobody.
   *
   * @param data The line.
   */
  error(...data: unknown[]): void {
    this.lines.push({ level: "error", data });
  }

  /**
   * The texts of the lines of a level.
   *
   * @param level Which lines.
   * @returns The first item of each, as a string.
   */
  texts(level: keyof Logger): string[] {
    return this.lines.filter((line) => line.level === level)
      .map(({ data }) => String(data[0]));
  }
}

/** An actor on another thread has ended when that says so, if it still does. */
const PATIENCE = { timeout: 1000 };

/** Some start another one each time that one is killed: that must not go on. */
const ROUNDS = 10;

/** An actor system that fails when something is left behind at its end. */
export class TestSystem extends ActorSystem {
  readonly #before = new Set(everyRef(ActorSystem.default.registry));
  readonly #complaints: string[] = [];

  /**
   * Opens a scope.
   *
   * @param options As of an actor system.
   */
  constructor(options: ActorSystemOptions = {}) {
    super(options);
    // Futures that are collected before the end are reported when they are.
    this.addEventListener(
      "unreadfailure",
      ({ actorRef, error }: ActorEvent) =>
        this.#complaints.push(`failure of ${actorRef} was not read: ${error}`),
    );
  }

  /**
   * Kills what is left, and fails if there was anything.
   *
   * @returns A promise that rejects with an `Error` which names the actors that
   * were left running, the asks that were left pending, and the failures that
   * nobody has read.
   */
  override async [Symbol.asyncDispose](): Promise<void> {
    let left = this.#left();
    const complaints = [
      ...left.map(describeLeft),
      ...this.#complaints.splice(0),
      ...this.#takeUnread().map(describeFailure),
    ];
    // Who hears of a kill may start others.
    for (let round = 0; round < ROUNDS && left.length > 0; round++) {
      for (const ref of left) ref.kill("left behind by the test");
      const ends = left.map(({ stopped }) => stopped.get(PATIENCE));
      await Promise.allSettled(ends);
      left = this.#left().filter((ref) => ref.isAlive());
    }
    this.#takeUnread(); // these asks were left pending, which was said
    if (complaints.length === 0) return;
    throw new Error(
      `Cannot close test system: something is left\n${complaints.join("\n")}`,
    );
  }

  #left(): ActorRef[] {
    const gained = everyRef(ActorSystem.default.registry)
      .filter((ref) => !this.#before.has(ref));
    return [...everyRef(this.registry), ...gained];
  }

  #takeUnread(): Failure[] {
    return takeUnread(({ origin }) =>
      origin !== undefined && mailboxOf(origin.ref).system === this
    );
  }
}

function describeFailure({ origin, exception }: Failure): string {
  const { member, ref } = origin!;
  return `failure of ${member} of ${ref} was not read: ${exception}`;
}

function describeLeft(ref: ActorRef): string {
  const state = lookInto(mailboxOf(ref));
  if (state === undefined) return `${ref} was left running`;
  const handles = state.handles === undefined
    ? ""
    : `, handling ${state.handles}`;
  const asks = state.asks === 0 ? "" : `, asks left pending: ${state.asks}`;
  return `${ref} was left ${state.state}${handles}${asks}`;
}

/**
 * Opens a system for a test.
 *
 * @param options As of an actor system.
 * @returns A system to be disposed of at the end of the test, best by
 * `await using`.
 */
export function testSystem(options: ActorSystemOptions = {}): TestSystem {
  return new TestSystem(options);
}
