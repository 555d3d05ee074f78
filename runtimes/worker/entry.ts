/**
 * What a Worker of the pool runs.
 *
 * @module
 */
// As in `mod.ts`, all that follows is named here first, so that Deno reads each
// module once: that takes 2 ms off the start of a Worker.
import "../../errors.ts";
import "../../platform.ts";
import "../../uncaught.ts";
import "../../functions.ts";
import "../../inspect.ts";
import "../../logger.ts";
import "../../envelope.ts";
import "../../context.ts";
import "../../timers.ts";
import "../../stuck.ts";
import "../../unread.ts";
import "../../outcome.ts";
import "../../wait.ts";
import "../../async_result.ts";
import "../../future.ts";
import "../../mailbox.ts";
import "../../members.ts";
import "../../asking.ts";
import "../../proxy.ts";
import "../../ref.ts";
import "../../registry.ts";
import "../../report.ts";
import "../../deadlock.ts";
import "../../crossing.ts";
import "../../behaviour.ts";
import "../../inbox.ts";
import "../../turn.ts";
import "../../delegations.ts";
import "../../handling.ts";
import "../../cell.ts";
import "../../system.ts";
import "../../actor.ts";
import "./doorstep.ts";
import "./entry_scope.ts";
import "../loop.ts";
import "../evented.ts";
import "./define.ts";
import "./errors.ts";
import "./plain.ts";
import "./decoder.ts";
import "./transfer.ts";
import "./uncloneable.ts";
import "./encoder.ts";
import "./codec.ts";
import "./link.ts";
import "./classes.ts";
import "./home.ts";
import "./probes.ts";
import "./refused.ts";
import "./stub.ts";
import "./thread.ts";
import "./entry_links.ts";
import "./entry_exit.ts";
import "./entry_idle.ts";
import "./entry_kills.ts";
import "./inquiry.ts";
import "./modules.ts";
import "./entry_registry.ts";
import "./entry_starts.ts";
import "./entry_reports.ts";
import "./loading.ts";
import "./start.ts";
import "./entry_systems.ts";
import "./pool_reports.ts";
import "./pool_kills.ts";
import "./pool_registry.ts";
import "./pool_starts.ts";
import "./pool_requests.ts";
import "./pool_worker.ts";
import "./pool.ts";

import { Lookout } from "./doorstep.ts";
import { missPost, tellOfEnd } from "./entry_exit.ts";
import { countStart, noteWork, sayIdle } from "./entry_idle.ts";
import {
  callBeforePosts,
  connect,
  hub,
  isDone,
  linkTo,
  lost,
} from "./entry_links.ts";
import { giveUp, tellOfKills } from "./entry_kills.ts";
import { openInquiry } from "./entry_registry.ts";
import { scope } from "./entry_scope.ts";
import { locate, placed, spawn } from "./entry_starts.ts";
import { mirrorSystems } from "./entry_systems.ts";
import { deathOf } from "./home.ts";
import { Op, type Post } from "./link.ts";
import { origin } from "./pool.ts";
import { begin, mirrors, type Settings } from "./start.ts";
import { systemOf, takeExpected, thread } from "./thread.ts";

/** Where the thread with the pool may leave a post. */
let lookout: Lookout | undefined;

callBeforePosts(sayIdle);

origin.spawn = spawn;
thread.linkTo = linkTo;
thread.locate = locate;

thread.expect = (urn) => {
  noteWork();
  hub.post(Op.ECHO, 0, 0, urn);
};

thread.control = (link, op, n, payload) => {
  switch (op) {
    case Op.HELLO:
      return hello(n, payload as (SharedArrayBuffer | undefined)[]);
    case Op.START:
      if (link === hub) countStart();
      noteWork();
      return begin(link, n, payload as unknown[]);
    case Op.PLACED:
      return placed(payload as string, n);
    case Op.ECHO:
      return takeExpected(payload as string)?.vanish();
    case Op.PORT:
      return connect(n, payload as MessagePort, missPost);
    case Op.LOST:
      return lost(n, deathOf(payload));
    case Op.KILLED:
      return giveUp(payload as unknown[]);
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
  if (word !== undefined) openInquiry(word);
  hub.post(Op.READY, 0, 0);
}

mirrorSystems();
tellOfEnd();
tellOfKills();

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
