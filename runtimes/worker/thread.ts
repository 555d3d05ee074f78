import { noteSearch } from "../../crossing.ts";
import { fulfil, originOf, reject } from "../../future.ts";
import { deadError, type Death, type Mailbox } from "../../mailbox.ts";
import { type ActorClass, type ActorRef, mailboxOf } from "../../ref.ts";
import { ActorSystem } from "../../system.ts";
import { classOf, type ClassRecord, mentionOf } from "./classes.ts";
import { cancel, deathOf, Home } from "./home.ts";
import { Link, Op, type Port, type Post, RemoteFuture } from "./link.ts";
import type { Passage } from "./passage.ts";
import { goOn, type Search, searchOf } from "./probes.ts";
import { refused } from "./refused.ts";
import { Stub } from "./stub.ts";
import type { Transfers } from "./transfer.ts";

/** What stands for a reference on its way. */
export type RefContent = readonly [
  urn: string,
  actorClass: ClassRecord | string,
  system: number,
  /** The thread of the actor; `UNPLACED` while only the pool will know. */
  thread: number,
  /** The thread that started it. */
  starter: number,
  /** Why it is dead, if it is. */
  death?: string,
];

const UNPLACED = -1;

/** How many actors that have ended are still known by name. */
const GRAVES = 1024;

/** What this thread knows of itself and of the others. */
export const thread: {
  /** The number of this thread; the one with the pool is 0. */
  id: number;
  /** The link to another thread. */
  linkTo: (id: number) => Link;
  /** Finds out where an actor lives that was started a moment ago. */
  locate: (stub: Stub, starter: number) => void;
  /** Finds out whether an actor that is not known here is about to start. */
  expect: ((urn: string) => void) | undefined;
  /** Does what is not about one actor or ask. */
  control: (link: Link, op: number, n: number, payload: unknown) => void;
} = {
  id: 0,
  linkTo: (id) => {
    throw new TypeError(`Cannot reach thread ${id}: there is no such thread`);
  },
  locate: () => {},
  expect: undefined,
  control: () => {},
};

const stubs = new Map<string, WeakRef<Stub>>();
const homes = new Map<string, Home>();
const forgotten = new FinalizationRegistry<string>((urn) => {
  if (stubs.get(urn)?.deref() === undefined) stubs.delete(urn);
});

/** How many actors live here that others know, or are about to live here. */
export let living = 0;

/** Whether one of those that were sent here has its module, and lives. */
export function isAnyLoaded(): boolean {
  for (const { ended, target, ref } of homes.values()) {
    if (!ended && target !== undefined && target !== mailboxOf(ref)) {
      return true;
    }
  }
  return false;
}

/** Whether an actor that others know lives or lived here. */
export function isHome(urn: string): boolean {
  return homes.has(urn);
}

/** Makes the mailbox of an actor that was not known here. */
export function createStub(
  urn: string,
  actorClass: ActorClass,
  system: ActorSystem,
  at: number,
): Stub {
  const stub = new Stub(urn, actorClass, system, at);
  stubs.set(urn, new WeakRef(stub));
  forgotten.register(stub, urn);
  return stub;
}

/** The mailbox of an actor, if it is known here. */
export function findStub(urn: string): Stub | undefined {
  return stubs.get(urn)?.deref();
}

/** The reference to an actor, if it is known here. */
export function findRef(urn: string): ActorRef | undefined {
  return homes.get(urn)?.ref ?? findStub(urn)?.ref;
}

/** Makes the entry of an actor that lives here. */
export function createHome(ref: ActorRef, system: ActorSystem): Home {
  const urn = ref.actorUrn;
  const home = new Home(ref, system, () => bury(urn));
  homes.set(urn, home);
  living++;
  return home;
}

// Who has heard of an actor may ask for it after its end.
const graves: string[] = [];

function bury(urn: string): void {
  living--;
  graves.push(urn);
  if (graves.length > GRAVES) homes.delete(graves.shift()!);
}

/** Makes a link to another thread, or to this one. */
export function createLink(to: number, port?: Port): Link {
  return new Link(to, passageOf, receive, refused, port);
}

const systems = new Map<number, WeakRef<ActorSystem>>();
const systemIds = new WeakMap<ActorSystem, number>();
let lastSystem = 0;

const collected = new FinalizationRegistry<number>((id) => {
  if (systems.get(id)?.deref() === undefined) systems.delete(id);
});

/** Makes a system known by a number. */
export function nameSystem(id: number, system: ActorSystem): void {
  collected.register(system, id);
  systems.set(id, new WeakRef(system));
  systemIds.set(system, id);
}

nameSystem(0, ActorSystem.default);

/** The number of a system on all threads; only the first thread gives any. */
export function idOfSystem(system: ActorSystem): number {
  let id = systemIds.get(system);
  if (id === undefined) {
    if (thread.id !== 0) return 0; // no other thread will ever know it
    id = ++lastSystem;
    nameSystem(id, system);
  }
  return id;
}

/** The system of a number. */
export function systemOf(id: number): ActorSystem | undefined {
  return systems.get(id)?.deref();
}

const passages = new WeakMap<Link, Passage>();

function passageOf(link: Link): Passage {
  let passage = passages.get(link);
  if (passage === undefined) {
    const { described } = link;
    passage = { encodeRef: (ref) => encodeRef(ref, described), decodeRef };
    passages.set(link, passage);
  }
  return passage;
}

/** What stands for a reference; classes are described unless they were. */
export function encodeRef(ref: ActorRef, described: Set<string>): RefContent {
  const mailbox = mailboxOf(ref);
  const { actorUrn: urn, death } = mailbox;
  const actorClass = mentionOf(mailbox.actorClass, described, thread.id);
  const system = idOfSystem(mailbox.system);
  const [at, starter] = mailbox instanceof Stub
    ? [mailbox.link?.thread ?? UNPLACED, mailbox.thread]
    : [thread.id, thread.id];
  const content = [urn, actorClass, system, at, starter] as const;
  if (death !== undefined) return [...content, death.reason];
  if (!(mailbox instanceof Stub) && !homes.has(urn)) exportActor(mailbox);
  return content;
}

/** Lets other threads reach an actor of this thread. */
function exportActor(mailbox: Mailbox): void {
  createHome(mailbox.ref, mailbox.system).adopt(mailbox);
}

/** The reference on this thread. */
export function decodeRef(record: unknown): ActorRef {
  const [urn, mention, system, at, starter, death] = record as RefContent;
  const actorClass = classOf(mention); // those to come may only mention it
  const known = findRef(urn);
  if (known !== undefined) return known;
  const stub = createStub(
    urn,
    actorClass,
    systemOf(system) ?? ActorSystem.default,
    starter,
  );
  if (death !== undefined) {
    stub.close(deathOf(death));
    stub.end();
  } else if (at === UNPLACED) thread.locate(stub, starter);
  else watch(stub, thread.linkTo(at));
  return stub.ref;
}

/** Opens the way to an actor that lives somewhere already. */
export function watch(stub: Stub, link: Link): void {
  stub.place(link, (number) => link.post(Op.WATCH, number, 0, stub.actorUrn));
}

function receive(
  link: Link,
  op: number,
  n: number,
  id: number,
  payload: unknown,
): void {
  switch (op) {
    case Op.VALUE:
    case Op.EXCEPTION:
      return settle(link, op, id, payload);
    case Op.PROBE:
      return probed(link, n, id, payload as Search);
    case Op.CANCEL:
      return cancel(link, id, payload);
    case Op.CLOSED:
      return (link.stubs.get(n) as Stub | undefined)?.close(deathOf(payload));
    case Op.ENDED:
      return end(link, n, payload);
    case Op.GONE:
      return void link.targets.delete(n);
    case Op.WATCH:
      return watched(link, n, payload as string);
  }
  if (op > Op.WATCH && op !== Op.ENVELOPE) {
    return thread.control(link, op, n, payload);
  }
  (link.targets.get(n) as Home | undefined)?.take(link, op, id, payload);
}

function settle(link: Link, op: number, id: number, payload: unknown): void {
  const reply: RemoteFuture<unknown> | undefined = link.pending.get(id);
  if (reply === undefined) return; // it was given up
  link.pending.delete(id);
  if (op === Op.VALUE) fulfil(reply, payload);
  else reject(reply, payload);
}

function end(link: Link, n: number, payload: unknown): void {
  const stub = link.stubs.get(n) as Stub | undefined;
  link.stubs.delete(n);
  link.post(Op.GONE, n, 0);
  if (stub === undefined) return;
  if (stub.isPlaced) link.placed--;
  stub.close(deathOf(payload));
  stub.end();
}

Stub.search = (probe) => searchOf(probe, thread.id);

const NOBODY = new RemoteFuture<unknown>();

function probed(link: Link, n: number, id: number, search: Search): void {
  noteSearch(search.stamp);
  const served = link.serving.get(id);
  const holder = served !== undefined
    ? served.target.holderOf(served)
    : id === 0
    ? (link.targets.get(n) as Home | undefined)?.target?.holderOf(NOBODY)
    : undefined; // it is answered
  if (holder !== undefined) goOn(holder, search, thread.id);
}

function watched(link: Link, n: number, urn: string): void {
  const home = homes.get(urn);
  if (home !== undefined) home.watch(link, n);
  else if (thread.expect === undefined) link.post(Op.ENDED, n, 0, "stopped");
  else {
    // Two Workers may hear of an actor in any order: its start may be to come.
    expected.add(urn);
    const actorClass = classOf({ id: "unknown", name: "Actor" });
    const { ref, system } = findStub(urn) ??
      createStub(urn, actorClass, ActorSystem.default, thread.id);
    createHome(ref, system).watch(link, n);
    thread.expect(urn);
  }
}

const expected = new Set<string>();

/** The entry of an actor that was heard of before its start, if it was. */
export function takeExpected(urn: string): Home | undefined {
  return expected.delete(urn) ? homes.get(urn) : undefined;
}

/** Fails all that waits for a thread that is gone. */
export function lose(link: Link, death: Death): void {
  link.lost = death;
  for (const served of link.serving.values()) {
    served.target.cancel(served, death.cause);
  }
  link.serving.clear();
  link.wake(); // there may be nothing left to do
  link.early.clear();
  for (const home of link.targets.values() as Iterable<Home>) {
    home.unwatch(link);
  }
  link.targets.clear();
  const pending = [...link.pending.values()];
  for (const stub of [...link.stubs.values()] as Stub[]) {
    if (!stub.ended) stub.lose(death);
  }
  link.stubs.clear();
  // Those that went to actors that had ended, or that were handed over.
  for (const reply of pending) {
    const stub = mailboxOf(originOf(reply)!.ref);
    const why = stub.death ?? death;
    reject(reply, deadError("Cannot send message to", stub, why));
  }
  link.pending.clear();
}

let loopback: Link | undefined;

/** The link of this thread to itself: what it carries is copied all the same. */
export function linkToSelf(): Link {
  if (loopback === undefined) {
    const link: Link = createLink(thread.id, {
      postMessage: (post, transfer = []) => {
        const options = { transfer: transfer as Transfers };
        link.receive(structuredClone(post, options) as Post);
      },
    });
    loopback = link;
  }
  return loopback;
}
