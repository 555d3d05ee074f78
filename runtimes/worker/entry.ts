/**
 * What a Worker of the pool runs.
 *
 * @module
 */
import { context, currentWaiter } from "../../context.ts";
import { noteSend } from "../../deadlock.ts";
import type { Future } from "../../future.ts";
import type { Logger } from "../../logger.ts";
import { silence } from "../../logger.ts";
import { isReady, observe } from "../../outcome.ts";
import { runInTask } from "../../platform.ts";
import { type ActorClass, type ActorRef, mailboxOf } from "../../ref.ts";
import { type Registry, widen } from "../../registry.ts";
import type { ActorEvent } from "../../report.ts";
import { ActorSystem } from "../../system.ts";
import { type GetOptions, isTimed } from "../../timers.ts";
import { reportUnread } from "../../unread.ts";
import { learnAll, recordOfClass } from "./classes.ts";
import { Lookout } from "./doorstep.ts";
import { textOf } from "./errors.ts";
import { Inquiry } from "./inquiry.ts";
import { type Link, Op, type Post, RemoteFuture } from "./link.ts";
import { loading } from "./modules.ts";
import { origin } from "./pool.ts";
import { begin, mirrors, type Settings } from "./start.ts";
import { Stub } from "./stub.ts";
import {
  createLink,
  decodeRef,
  encodeRef,
  idOfSystem,
  isAnyLoaded,
  isHome,
  linkToSelf,
  living,
  lose,
  systemOf,
  takeExpected,
  thread,
  watch,
} from "./thread.ts";

interface Scope {
  postMessage(message: unknown, transfer?: object[]): void;
  addEventListener(type: string, listener: (event: never) => void): void;
  close?(): void;
  process?: { exit(): never };
  Deno?: { exit(code?: number): never };
}

const scope = globalThis as unknown as Scope;
// The Workers of Bun have no close(), and exit() ends no more than them there.
const close = scope.close?.bind(scope) ?? (() => scope.process?.exit());
// The checks of the documentation load this on a thread that is no Worker.
const hub = createLink(0, { postMessage: scope.postMessage?.bind(scope) });
const links = new Map<number, Link>([[0, hub]]);
// Who keeps an actor keeps its system.
const systems = new WeakSet<ActorSystem>();
/** Actors that were started here and live somewhere else. */
const unplaced = new Map<string, Stub>();
/** Where the thread with the pool may leave a post. */
let lookout: Lookout | undefined;
/** How that thread is asked about the actors of all. */
let inquiry: Inquiry | undefined;
/** Whom a stopAll() of this thread still has to see the end of. */
const ending = new Set<unknown>();
/** Who was taken out of a registry, though alive. */
const unlisted = new WeakSet<ActorRef>();
/** Those that modules have started when they were loaded: they hold no Worker. */
const own = new Set<ActorRef>();
let starts = 0;
let saidIdle = true;

function isIdle(): boolean {
  if (saidIdle || living > own.size || unplaced.size > 0) return false;
  return living === countOwn() && ending.size === 0 && isDone();
}

/** Counts the actors that modules have started here for themselves. */
function countOwn(): number {
  for (const ref of own) if (!ref.isAlive()) own.delete(ref);
  return own.size;
}

/** Whether everything that was asked here is answered. */
function isDone(): boolean {
  for (const { serving } of links.values()) {
    if (serving.size > 0) return false;
  }
  return true;
}

function sayIdle(): void {
  if (!isIdle()) return;
  saidIdle = true;
  reportUnread(() => true);
  hub.post(Op.IDLE, starts, 0);
}

function addLink(id: number): Link {
  const link = createLink(id);
  link.beforePost = sayIdle;
  links.set(id, link);
  return link;
}

hub.beforePost = sayIdle;

thread.linkTo = (id) => {
  if (id === thread.id) return linkToSelf();
  const known = links.get(id);
  if (known !== undefined) return known;
  hub.post(Op.CONNECT, id, 0);
  return addLink(id);
};

thread.locate = (stub, starter) => {
  unplaced.set(stub.actorUrn, stub);
  hub.post(Op.LOCATE, starter, 0, stub.actorUrn);
};

thread.expect = (urn) => {
  saidIdle = false;
  hub.post(Op.ECHO, 0, 0, urn);
};

thread.control = (link, op, n, payload) => {
  switch (op) {
    case Op.HELLO:
      return hello(n, payload as (SharedArrayBuffer | undefined)[]);
    case Op.START:
      if (link === hub) starts++;
      saidIdle = false;
      return begin(link, n, payload as unknown[]);
    case Op.PLACED:
      return placed(payload as string, n);
    case Op.ECHO:
      return takeExpected(payload as string)?.vanish();
    case Op.PORT:
      return connect(n, payload as MessagePort);
    case Op.LOST:
      return lost(n, payload as [unknown] | undefined);
    case Op.SETTINGS: {
      const system = systemOf(n);
      return system && mirrors.update(system, payload as Settings);
    }
  }
};

function hello(
  id: number,
  [memory, word]: readonly (SharedArrayBuffer | undefined)[],
): void {
  thread.id = id;
  if (memory !== undefined) lookout = new Lookout(memory);
  if (word !== undefined) inquiry = new Inquiry(word);
  hub.post(Op.READY, 0, 0);
}

function placed(urn: string, at: number): void {
  const stub = unplaced.get(urn);
  unplaced.delete(urn);
  if (stub === undefined || stub.link !== undefined) return;
  watch(stub, thread.linkTo(at));
}

function connect(id: number, port: MessagePort): void {
  const link = links.get(id) ?? addLink(id);
  port.onmessage = ({ data }) => link.deliver(data);
  link.open(port);
}

function lost(id: number, crash: [unknown] | undefined): void {
  const link = links.get(id);
  if (link === undefined) return;
  links.delete(id);
  if (crash !== undefined) {
    return lose(link, { reason: "lost", cause: crash[0] });
  }
  // What it said before it ended in order may be on its way yet.
  runInTask(() => lose(link, { reason: "stopped" }));
}

// Where actors live already, what they start by a timer is no concern of a
// module that is loaded meanwhile.
function isLoading(): boolean {
  if (loading.size === 0 || currentWaiter() !== undefined) return false;
  const load = context.storage?.getStore();
  return load !== undefined && loading.has(load) || !isAnyLoaded();
}

/** Starts an actor where the pool has room. */
origin.spawn = (stub, start, args) => {
  if (isLoading()) {
    throw new TypeError(
      `Cannot start ${stub.actorClass.name} while its module is being loaded in a Worker: what only the program does belongs under \`if (import.meta.main)\``,
    );
  }
  noteSend();
  hub.post(Op.SPAWN, 0, 0, [start, ...args], "argument");
  unplaced.set(stub.actorUrn, stub);
  saidIdle = false;
};

const EVENTS = [
  "started",
  "stopped",
  "failed",
  "killed",
  "stuck",
  "deadletter",
] as const;

function mirror(system: ActorSystem): void {
  if (systems.has(system)) return;
  systems.add(system);
  widen(system.registry, {
    getAll: (target, classes) => getAll(system, target, classes),
    getByUrn: (urn) => lookUp(system, "urn", urn)?.[0],
    register: (ref) => list(system, ref),
    unregister: (ref) => unlist(system, ref),
    all: (known, options) => listAll(system, known, options),
  });
  for (const type of EVENTS) {
    system.addEventListener(type, (event) => {
      hub.wake();
      forward(type, event);
    });
  }
}

/** The running actors that are looked for, on all threads. */
function getAll(
  system: ActorSystem,
  target: ActorClass | string | Registry,
  classes: ReadonlyMap<ActorClass, unknown>,
): ActorRef[] | undefined {
  if (inquiry === undefined) return learnAll(target, classes);
  switch (typeof target) {
    case "string":
      return lookUp(system, "name", target);
    case "function": {
      const record = recordOfClass(target, thread.id);
      return lookUp(system, "class", record);
    }
    default:
      return lookUp(system, "all");
  }
}

function lookUp(
  system: ActorSystem,
  kind: string,
  what?: unknown,
): ActorRef[] | undefined {
  const found = inquiry?.ask((question, memory) => {
    const wanted = [question, memory, kind, what];
    hub.post(Op.LOOK_UP, idOfSystem(system), 0, wanted);
  });
  // The pool may not know yet who has ended.
  return (found as unknown[] | undefined)?.map(decodeRef)
    .filter((ref) => ref.isAlive());
}

/** Lets all threads find an actor. */
function list(system: ActorSystem, ref: ActorRef): void {
  const mailbox = mailboxOf(ref);
  const isKnown = mailbox instanceof Stub && mailbox.system === system;
  if (isKnown && !unlisted.delete(ref)) return; // since its start
  if (isLoading()) own.add(ref);
  saidIdle = false;
  const content = encodeRef(ref, hub.described);
  hub.postAsIs(Op.LIST, idOfSystem(system), 0, content);
}

/** Lets no thread find an actor, though it has not ended. */
function unlist(system: ActorSystem, ref: ActorRef): void {
  if (!ref.isAlive()) return; // who watches it knows
  unlisted.add(ref);
  hub.post(Op.UNLIST, idOfSystem(system), 0, ref);
}

/** Every actor of a system, with those that are known here alone at the end. */
async function listAll(
  system: ActorSystem,
  listed: readonly ActorRef[],
  options: GetOptions,
): Promise<ActorRef[]> {
  const reply = new RemoteFuture<ActorRef[]>();
  hub.post(Op.ROSTER, idOfSystem(system), 0, hub.expect(reply));
  // Who calls this may be stopped before the others, which it goes on to stop.
  // What has a limit may come to nothing, and holds up nobody.
  const isAwaited = !isTimed(options) && options.signal === undefined;
  if (isAwaited) awaitEnd(reply, reply);
  const all = new Set([...await reply.get(options), ...listed]);
  // The pool may not know yet who has ended.
  const left = [...all].filter((ref) => !hasEnded(ref));
  if (isAwaited) {
    for (const ref of left) {
      awaitEnd(ref, mailboxOf(ref).stopped);
    }
  }
  return left;
}

/** Keeps this Worker until a future has settled, and what comes of it is done. */
function awaitEnd(key: unknown, future: Future<unknown>): void {
  if (ending.has(key) || isReady(future)) return;
  ending.add(key);
  const forget = () => {
    ending.delete(key);
    hub.wake();
  };
  observe(future, { settled: () => runInTask(forget) });
}

function hasEnded(ref: ActorRef): boolean {
  const mailbox = mailboxOf(ref);
  return mailbox instanceof Stub && mailbox.ended;
}

function forward(type: string, { actorRef, error, count }: ActorEvent): void {
  const urn = actorRef?.actorUrn;
  if (urn === undefined || !isHome(urn)) return;
  try {
    hub.post(Op.EVENT, 0, 0, [type, urn, error, count]);
  } catch {
    hub.post(Op.EVENT, 0, 0, [type, urn, new Error(textOf(error)), count]);
  }
}

function loggerOf({ system, levels }: Settings): Logger {
  const at = (level: keyof Logger) =>
    levels.includes(level)
      ? (...args: unknown[]) => write(system, level, args)
      : silence;
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
  };
}

function write(system: number, level: string, args: readonly unknown[]): void {
  try {
    hub.post(Op.LOG, 0, 0, [system, level, ...args]);
  } catch {
    hub.post(Op.LOG, 0, 0, [system, level, ...args.map(textOf)]);
  }
}

const DEFAULT: Settings = {
  system: 0,
  levels: ["warn", "error"],
  detectDeadlocks: true,
  stuckAfter: 10_000,
};
ActorSystem.default.logger = loggerOf(DEFAULT);
mirror(ActorSystem.default);

mirrors.create = (settings) => {
  const { detectDeadlocks, stuckAfter } = settings;
  const logger = loggerOf(settings);
  const system = new ActorSystem({ logger, detectDeadlocks, stuckAfter });
  mirror(system);
  return system;
};
mirrors.update = (system, settings) => {
  system.logger = loggerOf(settings);
  system.detectDeadlocks = settings.detectDeadlocks;
};

/** Ends this Worker, and says why. */
function die(cause: unknown): void {
  try {
    hub.post(Op.DYING, 0, 0, cause);
  } catch {
    hub.post(Op.DYING, 0, 0, new Error(textOf(cause)));
  }
  hub.flush();
  close();
}

interface ErrorLike {
  preventDefault(): void;
  error?: unknown;
  reason?: unknown;
}

scope.addEventListener("error", (event: ErrorLike) => {
  event.preventDefault();
  die(event.error);
});
scope.addEventListener("unhandledrejection", (event: ErrorLike) => {
  event.preventDefault();
  die(event.reason);
});
scope.close = () => die(new Error("The Worker was closed from inside"));
if (scope.Deno !== undefined) {
  const { Deno } = scope;
  const exit = Deno.exit;
  Deno.exit = (code) => {
    die(new Error("The Worker has exited"));
    return exit(code);
  };
}
// Nobody is there who would understand it.
scope.postMessage = () => {
  throw new TypeError(
    "Cannot post a message from a Worker of actors: send it to an actor",
  );
};
const deliver = (post: Post) => hub.deliver(post);

// Not `onmessage`, which an actor may take for itself.
scope.addEventListener("message", ({ data }: MessageEvent) => {
  const isBusy = lookout?.arrived();
  deliver(data);
  if (isBusy) lookout!.look(isDone, deliver);
});
