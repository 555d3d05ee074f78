import { Actor } from "../actor.ts";
import { AsyncResult } from "../async_result.ts";
import { Cell, type Loop } from "../cell.ts";
import { adopt, fulfil, Future, Origin, read, reject } from "../future.ts";
import type { Runtime } from "../mailbox.ts";
import type { ActorClass } from "../ref.ts";
import {
  exceptionOf,
  fail,
  hasFailed,
  isReady,
  observe,
  type Outcome,
  settle,
  valueOf,
} from "../outcome.ts";
import { ActorSystem, cloning } from "../system.ts";
import { resume, schedule } from "./loop.ts";

export { AsyncResult, type AsyncResultState } from "../async_result.ts";

/**
 * A {@linkcode Future} on the event loop.
 *
 * After Pykka's `pykka.gevent.GeventFuture`.
 *
 * @typeParam T The type of the value.
 *
 * @example Usage
 * ```ts
 * import { EventedFuture } from "@dekka/actors";
 * import { assertEquals } from "@std/assert";
 *
 * const future = EventedFuture.from(Promise.resolve(20));
 * assertEquals(await future.map((n) => n + 1), 21);
 * ```
 */
export class EventedFuture<T> extends Future<T> {
  // V8 forgets the shape of objects when the last of them is collected, and with
  // it all code that was compiled for them: one future, with a wait, is kept.
  static readonly #kept = /* @__PURE__ */ keepWaiting(this);

  /**
   * A future that follows a promise: an actor that returns it is free at once.
   *
   * @typeParam T The type of the value.
   * @param promise What to follow; any object with a `then()` method.
   * @returns A future with the outcome of the promise.
   */
  static from<T>(promise: PromiseLike<T>): EventedFuture<T> {
    const future = new EventedFuture<T>();
    adopt(future, promise);
    return future;
  }

  /**
   * Wraps a result, or a new one.
   *
   * @param asyncResult What shares its outcome with the future.
   */
  constructor(asyncResult?: AsyncResult<T>) {
    super();
    if (asyncResult !== undefined) join(this, asyncResult);
  }

  /**
   * The result that shares its outcome with the future. Who takes it is taken to
   * have read it.
   */
  get asyncResult(): AsyncResult<T> {
    read(this);
    return (results.get(this) ?? join(this, new AsyncResult())) as AsyncResult<
      T
    >;
  }
}

// Few futures have one, so that a field for it would be too much.
const results = new WeakMap<object, AsyncResult<unknown>>();

/** Settles each of the two as soon as the other is settled. */
function join<T>(
  future: Future<T>,
  result: AsyncResult<T>,
): AsyncResult<T> {
  results.set(future, result);
  follow(result, (isAlone) => {
    if (result.successful()) fulfil(future, result.value as T);
    // Who else waits for the result has read what the future holds.
    else if (!isAlone) fail(future, result.exception);
    else reject(future, result.exception);
  });
  follow(future, () => {
    if (hasFailed(future)) fail(result, exceptionOf(future));
    else settle(result, valueOf(future) as T);
  });
  return result;
}

function follow(
  outcome: Outcome<unknown>,
  settled: (isAlone: boolean) => void,
): void {
  if (isReady(outcome)) settled(true);
  else observe(outcome, { settled: (_, isAlone) => settled(isAlone) });
}

/** A future that somebody waits for. */
function keepWaiting(Class: new () => Future<unknown>): Future<unknown> {
  const future = new Class();
  void future.get();
  return future;
}

const loop: Loop = {
  createFuture: <T>() => new EventedFuture<T>(),
  schedule,
  resume,
};

/** An actor that never starts, with where its replies come from. */
function keep(actorClass: ActorClass): Cell {
  const cell = new Cell(loop, ActorSystem.default, actorClass);
  cell.origin = new Origin(cell, "onReceive", "reply");
  return cell;
}

/**
 * An actor on the event loop of the current thread.
 *
 * After Pykka's `pykka.gevent.GeventActor`.
 *
 * @typeParam Message What `onReceive()` takes.
 * @typeParam Reply What `onReceive()` answers.
 *
 * @example Usage
 * ```ts
 * import { EventedActor } from "@dekka/actors";
 * import { assertEquals } from "@std/assert";
 *
 * class Echo extends EventedActor {
 *   override onReceive(message: string): string {
 *     return message;
 *   }
 * }
 *
 * await using echo = Echo.start();
 * assertEquals(await echo.ask("hello"), "hello");
 * ```
 */
export abstract class EventedActor<Message = unknown, Reply = unknown>
  extends Actor<Message, Reply> {
  // One is kept, as of futures.
  static readonly #kept = /* @__PURE__ */ keep(this);

  /** What the runtime brings; for authors of runtimes. */
  static override readonly runtime: Runtime = {
    spawn: (system, actorClass, args) =>
      system.messages === "clone"
        ? cloning.runtime!.spawn(system, actorClass, args)
        : new Cell(loop, system, actorClass).begin(args),
  };
}
