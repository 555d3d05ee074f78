/**
 * Actors in Workers: the same classes, on all cores.
 *
 * @module
 */
import { Actor } from "../actor.ts";
import type { Mailbox, Runtime } from "../mailbox.ts";
import type { ActorClass } from "../ref.ts";
import { type ActorSystem, cloning } from "../system.ts";
import { allowActor } from "./worker/classes.ts";
import { spawn } from "./worker/clone.ts";
import type { ErrorClass } from "./worker/modules.ts";
import { pool, type WorkerPool } from "./worker/pool.ts";

export type { ErrorClass };
export { type Movable, transfer } from "./worker/transfer.ts";
export type { WorkerPool };

// Here and not over there, so that no bundler drops it where a name is imported.
cloning.runtime = { spawn };

/** The Workers of this program. */
export const workers: WorkerPool = pool;

/**
 * An actor that runs in a Worker, on another core.
 *
 * Its class is exported from its module, and says where that is. Messages,
 * arguments and replies are copies.
 *
 * After Pykka's `pykka.ThreadingActor`.
 *
 * @typeParam Message What `onReceive()` takes.
 * @typeParam Reply What `onReceive()` answers.
 *
 * @example Usage
 * ```ts ignore
 * import { WorkerActor } from "@dekka/actors/worker";
 *
 * export class Hasher extends WorkerActor {
 *   static override readonly module = import.meta.url;
 *   async hash(bytes: BufferSource): Promise<ArrayBuffer> {
 *     return await crypto.subtle.digest("SHA-256", bytes);
 *   }
 * }
 *
 * if (import.meta.main) {
 *   await using hasher = Hasher.start();
 *   console.log(await hasher.proxy().hash(new Uint8Array(3)));
 * }
 * ```
 */
export abstract class WorkerActor<Message = unknown, Reply = unknown>
  extends Actor<Message, Reply> {
  /** What the runtime brings; for authors of runtimes. */
  static override readonly runtime: Runtime = {
    spawn: (
      system: ActorSystem,
      actorClass: ActorClass,
      args: readonly unknown[],
    ): Mailbox => pool.spawn(system, actorClass, args),
  };
  /** The URL of the module that exports the class: `import.meta.url`. */
  static readonly module: string;
  /** Whether each actor of the class gets a Worker of its own. */
  static readonly dedicated: boolean = false;
  /**
   * Classes of errors that come back as themselves. Those that the module
   * exports do so anyway, but for a program that is its own main module and
   * starts actors at its top level: there, they are not known before its end.
   */
  static readonly errors: readonly ErrorClass[] = [];
}

// What it is called on every thread.
allowActor("WorkerActor", WorkerActor);
