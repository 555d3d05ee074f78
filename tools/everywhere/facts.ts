/**
 * What a runtime has and does, as far as it matters to actors.
 *
 * @module
 */

import {
  type ActorRef,
  ActorSystem,
  DeadlockError,
  EventedActor,
} from "@dekka/actors";

/** How long a circle that is not seen is waited for. */
const PATIENCE = 200;

/** How much garbage is made until something is collected, in numbers. */
const GARBAGE = { rounds: 1000, size: 100_000, kept: 100 };

/** How often the clock is read to see whether it moves. */
const READINGS = 2_000_000;

interface Host {
  process?: { getBuiltinModule?(id: string): unknown };
  setImmediate?: unknown;
  MessageChannel?: unknown;
  Worker?: unknown;
  FinalizationRegistry?: unknown;
  onunload?: unknown;
  Deno?: unknown;
}

const host = globalThis as unknown as Host;
const silence = (): void => {};
const logger = { debug: silence, info: silence, warn: silence, error: silence };

/** Asks itself, so that it waits for itself. */
class Loop extends EventedActor<"at once" | "after an await", void> {
  override async onReceive(when: "at once" | "after an await"): Promise<void> {
    if (when === "after an await") await undefined;
    const self: ActorRef<Loop> = this.actorRef;
    await self.ask(when);
  }
}

class Failing extends EventedActor<string> {
  override onReceive(message: string): void {
    throw new Error(message);
  }
}

/**
 * Finds out what the runtime is like.
 *
 * @returns Facts, by what they are about.
 */
export async function facts(): Promise<Record<string, string>> {
  return {
    "`AsyncLocalStorage`": has(
      host.process?.getBuiltinModule?.("node:async_hooks"),
    ),
    "circle before the first `await`": await circle("at once"),
    "circle after an `await`": await circle("after an await"),
    "`FinalizationRegistry`": has(host.FinalizationRegistry),
    "unread failure told when collected": await isToldWhenCollected(),
    "Web Workers": has(host.Worker),
    "tasks by": taskSource(),
    "`unload` event": "onunload" in globalThis ? "yes" : "no",
    "timers that hold up no exit": canUnref() ? "yes" : "no",
    "clock moves while code runs": clockMoves() ? "yes" : "no",
  };
}

function has(value: unknown): string {
  return value === undefined ? "no" : "yes";
}

async function circle(when: "at once" | "after an await"): Promise<string> {
  const system = new ActorSystem({ logger });
  const loop = system.start(Loop);
  try {
    await loop.ask(when).get({ timeout: PATIENCE });
    return "lost";
  } catch (error) {
    return error instanceof DeadlockError ? "seen" : "not seen";
  } finally {
    loop.kill();
  }
}

/** Fails an ask that nobody reads, and makes garbage until that is told. */
async function isToldWhenCollected(): Promise<string> {
  let isTold = false;
  const warn = () => isTold = true;
  await using system = new ActorSystem({ logger: { ...logger, warn } });
  leaveFailure(system);
  let kept: number[][] = []; // what is dropped at once, is collected too cheaply
  for (let i = 0; i < GARBAGE.rounds && !isTold; i++) {
    if (kept.push(new Array(GARBAGE.size).fill(i)) > GARBAGE.kept) kept = [];
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return isTold ? "yes" : "no";
}

// A function of its own: one that waits may keep what it does not need any more.
function leaveFailure(system: ActorSystem): void {
  system.start(Failing).ask("unread");
}

function taskSource(): string {
  if (host.setImmediate !== undefined) return "`setImmediate`";
  return host.MessageChannel === undefined
    ? "`setTimeout`"
    : "`MessageChannel`";
}

function canUnref(): boolean {
  const timer: unknown = setTimeout(silence, 0);
  return host.Deno !== undefined || typeof timer === "object";
}

function clockMoves(): boolean {
  const begin = performance.now();
  for (let i = 0; i < READINGS; i++) {
    if (performance.now() !== begin) return true;
  }
  return false;
}
