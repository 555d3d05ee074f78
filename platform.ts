/**
 * What not every JavaScript runtime has, looked up when it is needed.
 *
 * Nothing here is imported statically, and nothing is missed where it lacks:
 * each function says what happens then.
 */

/** What this module uses of `AsyncLocalStorage`. */
export interface AsyncContext<T> {
  /** The value of the asynchronous context that runs now. */
  getStore(): T | undefined;
  /** Runs a function, and what it starts, in a context of its own. */
  run<R>(store: T | undefined, fn: () => R): R;
}

interface AsyncHooks {
  AsyncLocalStorage: new <T>() => AsyncContext<T>;
}

interface Host {
  process?: { getBuiltinModule?(id: string): unknown };
  Deno?: { unrefTimer?(id: number): void };
  setImmediate?(callback: () => void): void;
  addEventListener?: (type: string, listener: () => void) => void;
}

const host = globalThis as Host;

const ASYNC_HOOKS = "node:async_hooks";

/** A new asynchronous context, or `undefined` where the platform has none. */
export function createAsyncContext<T>(): AsyncContext<T> | undefined {
  try {
    const hooks = host.process?.getBuiltinModule?.(ASYNC_HOOKS) as
      | AsyncHooks
      | undefined;
    return hooks && new hooks.AsyncLocalStorage<T>();
  } catch {
    return undefined; // a platform that has the name and forbids its use
  }
}

/**
 * The same, a little later: Deno imports one module in a third of the time that
 * it takes to load all that comes with `process`.
 *
 * @returns `undefined` on other platforms, where nothing is gained.
 */
export function importAsyncContext<T>():
  | Promise<AsyncContext<T> | undefined>
  | undefined {
  if (host.Deno === undefined) return undefined;
  // The name is in a variable, so that bundlers let it be.
  return import(/* webpackIgnore: true */ /* @vite-ignore */ ASYNC_HOOKS).then(
    (hooks: AsyncHooks) => new hooks.AsyncLocalStorage<T>(),
    () => undefined,
  );
}

/** Lets a timer not keep the process alive, where that can be told. */
export function unrefTimer(timer: unknown): void {
  if (typeof timer === "number") host.Deno?.unrefTimer?.(timer);
  else (timer as { unref?(): void } | undefined)?.unref?.();
}

/** A random UUID. A page that is not secure lacks the function, and names its
 * blobs by one. */
export function createUuid(): string {
  if (crypto.randomUUID !== undefined) return crypto.randomUUID();
  const url = URL.createObjectURL(new Blob());
  URL.revokeObjectURL(url);
  return url.slice(-36);
}

/** Calls back when the program ends, where the platform says so. */
export function onUnload(callback: () => void): void {
  host.addEventListener?.("unload", callback);
}

// Found at load, because a faked clock, which rules the time-outs of users, must
// not stop the loop that turns the actors; looked into when it is needed, because
// some platforms load their timers then. On others (workerd) it is inherited.
const immediate = Object.getOwnPropertyDescriptor(globalThis, "setImmediate") ??
  { value: host.setImmediate };

/** Calls back in a task of its own, after the platform had its turn. */
export function runInTask(callback: () => void): void {
  const setImmediate = immediate.get
    ? immediate.get.call(globalThis)
    : immediate.value;
  if (setImmediate !== undefined) setImmediate(callback);
  else if (typeof MessageChannel === "function") postTask(callback);
  else globalThis.setTimeout(callback, 0);
}

// A timer would come later, and later still the more often it is set.
function postTask(callback: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    port2.close();
    callback();
  };
  port2.postMessage(undefined);
}
