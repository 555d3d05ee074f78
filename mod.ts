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
export {
  ActorDeadError,
  DeadlockError,
  type DeathReason,
  InvalidStateError,
  Timeout,
} from "./errors.ts";
export { Future, type Futures, getAll, type GetHook } from "./future.ts";
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
