/**
 * How registries in a Worker find the actors of all threads, which the thread
 * with the pool knows.
 */
import { type ActorClass, type ActorRef, mailboxOf } from "../../ref.ts";
import type { Elsewhere, Registry } from "../../registry.ts";
import type { ActorSystem } from "../../system.ts";
import { type GetOptions, isTimed } from "../../timers.ts";
import { learnAll, recordOfClass } from "./classes.ts";
import { awaitEnd, noteOwn, noteWork } from "./entry_idle.ts";
import { hub } from "./entry_links.ts";
import { Inquiry } from "./inquiry.ts";
import { Op, RemoteFuture } from "./link.ts";
import { isLoading } from "./modules.ts";
import { Stub } from "./stub.ts";
import { decodeRef, encodeRef, idOfSystem, thread } from "./thread.ts";

/** How the thread with the pool is asked about the actors of all. */
let inquiry: Inquiry | undefined;
/** Who was taken out of a registry, though alive. */
const unlisted = new WeakSet<ActorRef>();

/** Lets this Worker wait for answers, by a word that the pool shares with it. */
export function openInquiry(word: SharedArrayBuffer): void {
  inquiry = new Inquiry(word);
}

/** What the registry of a system has of other threads. */
export function elsewhereOf(system: ActorSystem): Elsewhere {
  return {
    getAll: (target, classes) => getAll(system, target, classes),
    getByUrn: (urn) => lookUp(system, "urn", urn)?.[0],
    register: (ref) => list(system, ref),
    unregister: (ref) => unlist(system, ref),
    all: (known, options) => listAll(system, known, options),
  };
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
  if (isLoading()) noteOwn(ref);
  noteWork();
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

function hasEnded(ref: ActorRef): boolean {
  const mailbox = mailboxOf(ref);
  return mailbox instanceof Stub && mailbox.ended;
}
