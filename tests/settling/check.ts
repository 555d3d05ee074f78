/**
 * What must be true of every program that has ended.
 *
 * @module
 */
import { Circles, type Span } from "./circles.ts";
import { History, type Noted } from "./history.ts";
import type { Outcome } from "./journal.ts";
import type { Played } from "./play.ts";
import type { Program } from "./program.ts";

/**
 * Looks for what must not be.
 *
 * @param program The program.
 * @param played What happened.
 * @param isDistant Whether replies take their time.
 * @returns One line for each breach.
 */
export function breachesOf(
  program: Program,
  played: Played,
  isDistant: boolean = false,
): string[] {
  return [...new Check(program, played, isDistant).all()];
}

class Check {
  readonly #program: Program;
  readonly #played: Played;
  readonly #history: History;
  readonly #circles: Circles;

  readonly #isDistant: boolean;

  constructor(program: Program, played: Played, isDistant: boolean) {
    this.#isDistant = isDistant;
    this.#program = program;
    this.#played = played;
    this.#history = new History(played.notes);
    this.#circles = new Circles(this.#history);
  }

  *all(): Generator<string> {
    yield* this.#played.troubles;
    for (const sent of this.#history.sent) {
      if (sent.refused !== undefined) yield* this.#refusal(sent, sent.refused);
      else if (isTold(sent)) yield* this.#told(sent);
      else yield* this.#settled(sent);
    }
    for (const wait of this.#history.waits) yield* this.#waited(wait);
    const first = this.#history.kills.find(({ rested }) =>
      rested !== undefined
    );
    if (first !== undefined && this.#program.detectDeadlocks) {
      for (const id of this.#circles.missed(first.at)) {
        yield `${id} waits for itself, and nobody has noticed`;
      }
    }
    for (const { name, urn, kind } of this.#history.born) {
      yield* this.#handled(name);
      yield* this.#hooks(name);
      if (kind !== "Mute") yield* this.#deadLetters(name, urn);
    }
  }

  *#refusal({ id, via, alive }: Noted<"sent">, { name }: Outcome) {
    if (via === "badName" && alive && name === "TypeError") return;
    const isAllowed = name === "ActorDeadError" && !alive && via !== "ask" &&
      via !== "write" && via !== "badWrite";
    if (!isAllowed) yield `${id} (${via}) was refused with ${name}`;
  }

  *#told({ id, via, alive }: Noted<"sent">) {
    if (!alive) yield `${id} (${via}) was taken by an actor that has ended`;
  }

  // Every future: exactly one outcome, for a reason.

  *#settled(sent: Noted<"sent">) {
    const { id, via } = sent;
    const outcome = this.#history.outcomes.get(id);
    if (outcome === undefined) {
      yield `${id} (${via}) has not settled`;
      return;
    }
    const later = this.#history.laters.get(id)?.outcome.text;
    const { text } = outcome.outcome;
    if (later !== text) yield `${id} (${via}) was ${text}, then ${later}`;
    const begin = this.#history.beginOf.get(id);
    if (begin !== undefined && begin.at > outcome.at) {
      yield `${id} (${via}) was handled after it was settled: ${text}`;
    }
    if (isLate(sent, outcome)) {
      yield `${id} (${via}) was given up too late or not at all: ${text}`;
    }
    if (via === "stop" || via === "stopped") yield* this.#end(sent, outcome);
    else if (!this.#isAllowed(sent, outcome)) {
      yield `${id} (${via} to ${sent.to}) is not explained: ${text}`;
    }
  }

  *#end({ id, via, to, alive }: Noted<"sent">, outcome: Noted<"outcome">) {
    const { beginOf, delegates, ends } = this.#history;
    const { text } = outcome.outcome;
    const onStop = beginOf.get(`${to}:onStop`);
    const hook = onStop ?? beginOf.get(`${to}:onFailure`);
    const isRight = via === "stopped"
      ? text === "undefined"
      : text === "true"
      ? onStop !== undefined
      : text === "false" && (onStop === undefined || !alive);
    if (!isRight) yield `${id} (${via} of ${to}) is not explained: ${text}`;
    if (hook === undefined || hook.at > outcome.at) {
      const isOver = this.#history.wasKilled(to, 0, outcome.at) ||
        this.#history.notStarted.some(({ name }) => name === to);
      if (!isOver) {
        yield `${id} (${via} of ${to}) settled before its hook began`;
      }
    } else if (!delegates.has(hook.id)) {
      const isOver = (ends.get(hook.id)?.at ?? Infinity) < outcome.at ||
        this.#history.wasKilled(to, 0, outcome.at);
      if (!isOver) {
        yield `${id} (${via} of ${to}) settled before its hook ended`;
      }
    }
  }

  #isAllowed(sent: Noted<"sent">, { at, outcome }: Noted<"outcome">): boolean {
    const { id, to, limit } = sent;
    const begin = this.#history.beginOf.get(id);
    const end = this.#history.ends.get(id);
    if (begin !== undefined) {
      if (this.#isOwn(sent, outcome)) return true;
      const isAtOnce = !begin.later && limit?.kind !== "own" &&
        !this.#isDistant;
      if (
        end !== undefined && isAtOnce &&
        !this.#history.wasKilled(to, begin.at, end.at)
      ) {
        return false;
      }
    } else if (this.#isPlainAnswer(sent, outcome)) return true;
    const { dead, name, text } = outcome;
    if (dead !== undefined) {
      return this.#isDeath(sent, begin, at, dead) || limit?.kind === "own";
    }
    switch (limit?.kind) {
      case "timeout":
        if (name === (limit.timeout >= 0 ? "Timeout" : "RangeError")) {
          return limit.timeout !== Infinity;
        }
        break;
      case "signal":
        if (text === JSON.stringify(`given up ${id}`)) return true;
        break;
      case "own": // whatever the actor's own asker had in mind
        return true;
    }
    // Whoever closed the circle has begun to wait, and then it failed.
    const from = this.#circles.waitedFrom(sent.by, id) ?? sent.at;
    const span = { from, to: at };
    return name === "DeadlockError" && this.#isCircle([sent.by, id], span);
  }

  /** Whether it is what the handler has said. */
  #isOwn({ id, via }: Noted<"sent">, { failed, text }: Outcome): boolean {
    const { ends, delegates, settles } = this.#history;
    const end = ends.get(id)?.outcome;
    if (end !== undefined) {
      const expected = via === "write" && !end.failed ? "undefined" : end.text;
      return failed === end.failed && text === expected;
    }
    const delegate = delegates.get(id);
    if (delegate === undefined) return false;
    const { source } = delegate;
    const handed = source === undefined
      ? settles.get(id)?.outcome
      : this.#history.outcomeOf(source);
    return handed?.failed === failed && handed.text === text;
  }

  /** Whether it is the answer to what no handler of ours takes. */
  #isPlainAnswer({ via, to }: Noted<"sent">, { text, name }: Outcome): boolean {
    const kind = this.#history.born.find((born) => born.name === to)?.kind;
    return via === "read" && text === JSON.stringify(`answer of ${to}`) ||
      via === "readFailing" && text === `Error: failing of ${to}` ||
      // Who is not on this thread says only later that there is no such name.
      (via === "badWrite" || via === "badName") && name === "TypeError" ||
      via === "ask" && kind === "Mute" && name === "TypeError";
  }

  #isDeath(
    { id, to }: Noted<"sent">,
    begin: Noted<"begin"> | undefined,
    at: number,
    { reason, urn, cause }: { reason: string; urn: string; cause: string },
  ): boolean {
    const { born, kills, beginOf, begins, ends, delegates, notStarted } =
      this.#history;
    if (born.find(({ name }) => name === to)?.urn !== urn) return false;
    const delegate = delegates.get(id);
    if (delegate?.direct && !delegate.awaits && delegate.source !== undefined) {
      // The other ask settles, unless the handler has killed its own actor.
      if (!this.#history.wasKilled(to, begin?.at, delegate.at)) return false;
    }
    if (reason === "killed") {
      return kills.some((kill) =>
        kill.actor === to && kill.at < at && kill.reason === cause
      );
    }
    if (begin !== undefined && delegate === undefined) return false;
    const hook = reason === "stopped" ? "onStop" : "onFailure";
    const hasEnded = (beginOf.get(`${to}:${hook}`)?.at ?? Infinity) < at;
    if (reason === "stopped") return hasEnded;
    const failed = (id: string) =>
      delegates.has(id) || ends.get(id)?.outcome.text === cause;
    if (reason === "start-failed") {
      return hasEnded && failed(`${to}:onStart`) ||
        notStarted.some(({ name, outcome }) =>
          name === to && outcome.text === cause
        );
    }
    return hasEnded &&
      begins.some(({ actor, id }) => actor === to && failed(id));
  }

  #isCircle(handlers: readonly string[], span: Span): boolean {
    return this.#program.detectDeadlocks &&
      handlers.some((handler) => this.#circles.has(handler, span));
  }

  // Every wait: as the futures that it is for, or as a wait may fail.

  *#waited({ key, by, of, timed, at: from }: Noted<"wait">) {
    const waited = this.#history.waited.get(key);
    if (waited === undefined) {
      yield `${by} still waits for ${of}`;
      return;
    }
    const { failed, name, text } = waited.outcome;
    const span = { from, to: waited.at };
    if (!failed || timed && name === "Timeout") return;
    const isPassedOn = of !== "all" && of.some((id) => {
      const one = this.#history.outcomeOf(id);
      return one?.failed && one.text === text;
    });
    if (isPassedOn) return;
    if (name === "DeadlockError" && this.#isCircle([by], span)) return;
    yield `the wait of ${by} for ${of} is not explained: ${text}`;
  }

  // What an actor handles: once, one at a time, in order, not after its end.

  *#handled(actor: string) {
    const begins = this.#history.begins.filter((begin) =>
      begin.actor === actor
    );
    const seen = new Set<string>();
    const last = new Map<string, number>();
    let before: Noted<"begin"> | undefined;
    for (const begin of begins) {
      const { id, from, seq, at, hook } = begin;
      if (seen.has(id)) yield `${actor} has handled ${id} twice`;
      seen.add(id);
      if (before !== undefined && this.#history.endOf(before.id) > at) {
        yield `${actor} began ${id} before it had ended ${before.id}`;
      }
      before = begin;
      const isEnd = hook === "onStop" || hook === "onFailure";
      if (begin.alive === isEnd || begin.listed === isEnd) {
        yield `${actor} is ${begin.alive ? "" : "not "}alive and ${
          begin.listed ? "" : "not "
        }registered in ${id}`;
      }
      if (this.#history.wasKilled(actor, 0, at)) {
        yield `${actor} has handled ${id} after it was killed`;
      }
      if (hook !== undefined) continue;
      if ((last.get(from) ?? -1) >= seq) {
        yield `${actor} has handled ${id} out of order`;
      }
      last.set(from, seq);
      if (this.#isBehindStop(actor, from, seq)) {
        yield `${actor} has handled ${id}, which came after a stop`;
      }
    }
  }

  #isBehindStop(actor: string, from: string, seq: number): boolean {
    return this.#history.sent.some((sent) =>
      sent.via === "stop" && sent.to === actor && sent.from === from &&
      sent.seq < seq
    );
  }

  *#hooks(actor: string) {
    const { beginOf, begins, notStarted } = this.#history;
    const ran = (hook: string) => beginOf.has(`${actor}:${hook}`);
    const [first] = begins.filter((begin) => begin.actor === actor);
    if (notStarted.some(({ name }) => name === actor)) {
      if (first !== undefined) {
        yield `${actor} has not started, and did ${first.id}`;
      }
      return;
    }
    if (first !== undefined && first.hook !== "onStart") {
      yield `${actor} began with ${first.id}`;
    }
    if (ran("onStop") && ran("onFailure")) yield `${actor} has ended twice`;
    yield* this.#failures(actor);
    if (this.#history.wasKilled(actor)) return;
    if (!ran("onStop") && !ran("onFailure")) yield `${actor} has run no hook`;
  }

  // What nobody asked for ends the actor when it fails, and a hook that ends
  // ends it, too.
  *#failures(actor: string) {
    const { begins, ends, sentById, delegates } = this.#history;
    const own = begins.filter((begin) => begin.actor === actor);
    for (const [i, { id, hook }] of own.entries()) {
      const end = ends.get(id);
      if (end === undefined) continue;
      const sent = sentById.get(id);
      const isTheirs = hook === "onStart" || sent !== undefined && isTold(sent);
      if (isTheirs && end.outcome.failed) {
        const next = own[i + 1]?.hook;
        const isMissing = own.length > i + 1
          ? next !== "onFailure"
          : this.#wasLeft(actor, end.at, true);
        if (isMissing) yield `${actor} has outlived the failure of ${id}`;
      }
      const isEnd = hook === "onStop" || hook === "onFailure";
      if (isEnd && !delegates.has(id) && this.#wasLeft(actor, end.at)) {
        yield `${actor} has outlived the end of ${id}`;
      }
    }
  }

  /**
   * Whether an actor was still there, or still alive, when nothing went on any
   * more. A kill that came sooner after what should have ended the actor may
   * have been faster.
   */
  #wasLeft(actor: string, since: number, alive?: true): boolean {
    return this.#history.kills.some((kill) =>
      kill.actor === actor && kill.rested !== undefined &&
      kill.rested > since && (kill.alive || !alive)
    );
  }

  *#deadLetters(actor: string, urn: string) {
    const told = this.#history.sent.filter((sent) =>
      sent.to === actor && isTold(sent) && sent.refused === undefined
    );
    const lost = told.filter(({ id }) => !this.#history.beginOf.has(id)).length;
    const announced = this.#played.deadLetters.get(urn) ?? 0;
    if (lost !== announced) {
      yield `${actor} has lost ${lost} messages and announced ${announced}`;
    }
  }
}

/** Whether an asker had to wait for longer than it wanted to. */
function isLate(
  { limit, time }: Noted<"sent">,
  { outcome, time: settled }: Noted<"outcome">,
): boolean {
  if (limit === undefined || limit.kind === "own") return false;
  const patience = limit.kind === "timeout" ? limit.timeout : limit.after;
  if (patience === Infinity) return false;
  if (limit.kind === "timeout" && !(patience > 0)) {
    return outcome.name !== (patience === 0 ? "Timeout" : "RangeError");
  }
  if (patience < 0) return !outcome.text.startsWith('"given up');
  return settled - time > patience + 1;
}

function isTold({ via }: Noted<"sent">): boolean {
  return via === "tell" || via === "defer";
}
