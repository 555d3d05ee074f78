/**
 * The links of a Worker: to the thread with the pool, and to the Workers that it
 * talks to.
 */
import type { Death } from "../../mailbox.ts";
import { runInTask } from "../../platform.ts";
import { scope } from "./entry_scope.ts";
import { type Link, Op } from "./link.ts";
import { createLink, linkToSelf, lose, thread } from "./thread.ts";

/** The link to the thread with the pool. */
export const hub: Link = createLink(0, {
  // The checks of the documentation load this on a thread that is no Worker.
  postMessage: scope.postMessage?.bind(scope),
});
const links = new Map<number, Link>([[0, hub]]);
let beforePost: (() => void) | undefined = undefined;

/** Lets a function be called before each post of this Worker. */
export function callBeforePosts(called: () => void): void {
  beforePost = called;
  for (const link of links.values()) link.beforePost = called;
}

function addLink(id: number): Link {
  const link = createLink(id);
  link.beforePost = beforePost;
  links.set(id, link);
  return link;
}

/** The link to another thread; the pool connects the two. */
export function linkTo(id: number): Link {
  if (id === thread.id) return linkToSelf();
  const known = links.get(id);
  if (known !== undefined) return known;
  hub.post(Op.CONNECT, id, 0);
  return addLink(id);
}

/**
 * Opens the way to another Worker, which the pool has made.
 *
 * @param id The number of its thread.
 * @param port The way there.
 * @param onMissed Is called when a post from there cannot be read.
 */
export function connect(
  id: number,
  port: MessagePort,
  onMissed: () => void,
): void {
  const link = links.get(id) ?? addLink(id);
  port.onmessage = ({ data }) => link.deliver(data);
  port.onmessageerror = onMissed;
  link.open(port);
}

/**
 * Gives a link up whose other end is gone.
 *
 * @param id The number of the other thread.
 * @param death How it has ended.
 */
export function lost(id: number, death: Death): void {
  const link = links.get(id);
  if (link === undefined) return;
  links.delete(id);
  // What it said before it ended in order may be on its way yet.
  if (death.reason === "stopped") runInTask(() => lose(link, death));
  else lose(link, death);
}

/** Whether everything that was asked here is answered. */
export function isDone(): boolean {
  for (const { serving } of links.values()) {
    if (serving.size > 0) return false;
  }
  return true;
}
