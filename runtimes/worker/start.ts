import { createUuid } from "../../platform.ts";
import type { Logger } from "../../logger.ts";
import { isLoud } from "../../report.ts";
import { ActorSystem } from "../../system.ts";
import {
  allowExported,
  classOf,
  type ClassRecord,
  idInModule,
  recordOfClass,
} from "./classes.ts";
import { allowClass, prototypeOf } from "./errors.ts";
import { type Link, Op } from "./link.ts";
import { watchLoading } from "./loading.ts";
import { loadClass, loading, type Located } from "./modules.ts";
import type { Stub } from "./stub.ts";
import {
  createHome,
  createStub,
  findStub,
  idOfSystem,
  linkToSelf,
  nameSystem,
  systemOf,
  takeExpected,
  thread,
  watch,
} from "./thread.ts";
import { takeTransfers, transfer } from "./transfer.ts";

/** What a system writes, and what it looks after. */
export interface Settings {
  readonly system: number;
  readonly levels: readonly (keyof Logger)[];
  readonly detectDeadlocks: boolean;
  readonly stuckAfter: number;
}

/** What the thread of an actor has to know to start it. */
export interface StartRecord extends Settings {
  readonly urn: string;
  readonly actorClass: ClassRecord;
  /** The module that exports the class; none if this thread has the class. */
  readonly module: string | undefined;
  readonly dedicated: boolean;
  /** Why it cannot start, where that is known on its way. */
  readonly failure?: unknown;
}

const LEVELS: readonly (keyof Logger)[] = ["debug", "info", "warn", "error"];

/**
 * What a system writes and looks after now. One that a Worker has opened for
 * itself is not known elsewhere: there, its actors belong to the default one.
 */
export function settingsOf(owner: ActorSystem): Settings {
  const id = idOfSystem(owner);
  const system = systemOf(id)!;
  return {
    system: id,
    levels: LEVELS.filter((level) => isLoud(system, level)),
    detectDeadlocks: system.detectDeadlocks,
    stuckAfter: system.stuckAfter,
  };
}

/** What is needed to start an actor, and its mailbox on this thread. */
export function prepare(
  system: ActorSystem,
  actorClass: Located,
  module: string | undefined,
): [Stub, StartRecord] {
  const { prototype, name } = actorClass;
  if (
    module !== undefined &&
    prototypeOf(idInModule(module, name)) !== prototype
  ) {
    allowExported(module, actorClass);
    for (const { name, prototype } of actorClass.errors ?? []) {
      allowClass(idInModule(module, name), prototype);
    }
  }
  const urn = `urn:uuid:${createUuid()}`;
  const stub = createStub(urn, actorClass, system, thread.id);
  return [stub, {
    urn,
    ...settingsOf(system),
    actorClass: recordOfClass(actorClass, thread.id),
    module,
    dedicated: actorClass.dedicated === true,
  }];
}

/** Lets an actor start at the other end of a link. */
export function startAt(
  stub: Stub,
  link: Link,
  record: StartRecord,
  args: readonly unknown[],
): void {
  const payload = [record, ...args];
  const relayed = takeTransfers(args);
  if (relayed !== undefined) transfer(payload, relayed);
  stub.place(
    link,
    (number) => link.post(Op.START, number, 0, payload, "argument"),
  );
  stub.isPlaced = true;
  link.placed++;
}

/** Lists a mailbox in the registry of its system. */
export function register(stub: Stub): void {
  stub.registered = true;
  stub.system.registry.register(stub.ref);
}

/** Makes the system of an actor whose own system is on another thread. */
export const mirrors: {
  create: (settings: Settings) => ActorSystem;
  /** Lets it write and look for what the real one does now. */
  update: (system: ActorSystem, settings: Settings) => void;
} = {
  create: () => ActorSystem.default,
  update: () => {},
};

/** The system here that stands for that of an actor which starts here. */
function mirrorOf(start: StartRecord, link: Link): ActorSystem {
  let system = systemOf(start.system);
  if (system === undefined) {
    system = mirrors.create(start);
    nameSystem(start.system, system);
  } else if (link !== linkToSelf()) mirrors.update(system, start);
  return system;
}

/** Starts the actor that another thread, or this one, wants to start here. */
export function begin(
  link: Link,
  number: number,
  payload: readonly unknown[],
): void {
  const [start, ...args] = payload as [StartRecord, ...unknown[]];
  const known = findStub(start.urn);
  // It was started on this thread, maybe in a system that is known here alone.
  const isOwn = known?.registered === true;
  const system = isOwn ? known.system : mirrorOf(start, link);
  const outside = known ??
    createStub(start.urn, classOf(start.actorClass), system, 0);
  outside.actorClass = classOf(start.actorClass);
  outside.system = system;
  const home = takeExpected(start.urn) ?? createHome(outside.ref, system);
  home.system = system;
  home.watch(link, number);
  if (outside.link === undefined) watch(outside, linkToSelf());
  const { failure } = start;
  if (failure !== undefined) {
    return home.refuse({ reason: "start-failed", cause: failure });
  }
  if (start.module === undefined) {
    return home.begin(outside, outside.actorClass, args);
  }
  const loaded = loadClass(start.module, start.actorClass.name);
  const done = loading.size > 0 ? watchLoading(home, start.module) : undefined;
  loaded.then(
    (actorClass) => {
      done?.();
      if (home.death !== undefined) return; // killed meanwhile
      outside.actorClass = actorClass;
      home.begin(outside, actorClass, args);
    },
    (cause) => {
      done?.();
      if (home.death === undefined) {
        home.refuse({ reason: "start-failed", cause });
      }
    },
  );
}
