/**
 * The actor model for Deno: typed actors, futures and proxies on the event
 * loop.
 *
 * @example Usage
 * ```ts
 * import { EventedActor } from "@dekka/actors";
 * import { assertEquals } from "@std/assert";
 *
 * class Counter extends EventedActor {
 *   count = 0;
 *   add(n: number): number {
 *     return this.count += n;
 *   }
 * }
 *
 * await using counter = Counter.start();
 * const proxy = counter.proxy();
 * assertEquals(await proxy.add(2), 2);
 * assertEquals(await proxy.count, 2);
 * ```
 *
 * @module
 */
// Deno reads a module twice if that is the first to name another one. All that
// follows is loaded in any case: to name it here takes 0.9 ms off each start.
import "./errors.ts";
import "./platform.ts";
import "./uncaught.ts";
import "./functions.ts";
import "./inspect.ts";
import "./logger.ts";
import "./envelope.ts";
import "./context.ts";
import "./timers.ts";
import "./stuck.ts";
import "./unread.ts";
import "./outcome.ts";
import "./wait.ts";
import "./async_result.ts";
import "./future.ts";
import "./get_all.ts";
import "./mailbox.ts";
import "./members.ts";
import "./asking.ts";
import "./proxy.ts";
import "./ref.ts";
import "./registry.ts";
import "./report.ts";
import "./deadlock.ts";
import "./behaviour.ts";
import "./inbox.ts";
import "./turn.ts";
import "./delegations.ts";
import "./handling.ts";
import "./cell.ts";
import "./system.ts";
import "./actor.ts";
import "./runtimes/loop.ts";
import "./runtimes/evented.ts";

export {
  ActorDeadError,
  DeadlockError,
  type DeathReason,
  InvalidStateError,
  Timeout,
} from "./errors.ts";
export { Future, type Futures, type GetHook } from "./future.ts";
export { getAll } from "./get_all.ts";
export type { GetOptions } from "./timers.ts";
export {
  type HiddenName,
  type Traversable,
  traversable,
  traversableMarker,
} from "./members.ts";
export type {
  ActorProxy,
  ProxyMember,
  ProxyMembers,
  ProxyMethod,
  PublicName,
} from "./proxy.ts";
export {
  type ActorClass,
  ActorRef,
  type Attributes,
  type IsReadonly,
  type MessageOf,
  type ReplyOf,
} from "./ref.ts";
export { Registry } from "./registry.ts";
export type { Logger } from "./logger.ts";
export {
  ActorEvent,
  type ActorEventInit,
  type ActorEventType,
  type Listener,
  Reporter,
} from "./report.ts";
export {
  ActorRegistry,
  ActorSystem,
  type ActorSystemOptions,
} from "./system.ts";
export { Actor } from "./actor.ts";
export {
  AsyncResult,
  type AsyncResultState,
  EventedActor,
  EventedFuture,
} from "./runtimes/evented.ts";
