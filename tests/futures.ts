import { EventedFuture } from "@dekka/actors";
import { type Spy, spy } from "./test.ts";

/** A future that has a value. */
export function valueOf<T>(value: T): EventedFuture<T> {
  const future = new EventedFuture<T>();
  future.set(value);
  return future;
}

/** A future that has failed. */
export function failureOf(exception: unknown): EventedFuture<unknown> {
  const future = new EventedFuture<unknown>();
  future.setException(exception);
  return future;
}

/** A future with a hook, and the hook, which counts its calls. */
interface Hooked<T> {
  readonly future: EventedFuture<T>;
  readonly hook: Spy<unknown, [], T | PromiseLike<T>>;
}

/** A future whose hook computes its value. */
export function hooked<T>(compute: () => T | PromiseLike<T>): Hooked<T> {
  const future = new EventedFuture<T>();
  const hook = spy(compute);
  future.setGetHook(hook);
  return { future, hook };
}

/** What a promise rejects with. */
export async function reasonOf(
  promise: PromiseLike<unknown>,
): Promise<unknown> {
  const [outcome] = await Promise.allSettled([promise]);
  return outcome.status === "rejected" ? outcome.reason : "nothing thrown";
}
