/**
 * What a careless change could do to the library. Every one of these must turn
 * the tests red.
 *
 * @module
 */

/** A change of one place of the library. */
export interface Mutation {
  /** What goes wrong. */
  readonly name: string;
  /** Matches the place, and nothing else in the core. */
  readonly find: RegExp;
  /** What comes there, as `String.replace()` takes it. */
  readonly replace: string;
}

/** All mutations. */
export const mutations: readonly Mutation[] = [
  {
    name: "asks that wait are not torn down with their actor",
    find: /reject\(reply, deadError\("Cannot send message to"/,
    replace: 'void (reply, deadError("Cannot send message to"',
  },
  {
    name: "the inbox is closed after the last hook",
    find: /this\.#?runHook\(hook, args, \(thrown\) => \{/,
    replace: "this.death = undefined; $& this.death = death; this.#refuse();",
  },
  {
    name: "a result is settled twice",
    find: /if \(this\.#state !== "pending"\) return false;/,
    replace: "",
  },
  {
    name: "a delegated reply is dropped",
    find: /else observe\(result, turn\);/,
    replace: "",
  },
  {
    name: "the handler at hand is forgotten by kill()",
    find: /reject\(this\.reply, createError\(\)\)/,
    replace: "void createError",
  },
  {
    name: "the inbox is forgotten by kill()",
    find:
      /( kill\(reason: unknown\): void \{[^}]*?\}[\s\S]{0,900}?)this\.#refuse\(\);/,
    replace: "$1",
  },
  {
    name: "stops are answered before the hook",
    find: /const \[hook, args\] = death\.reason/,
    replace: "for (const stop of this.#stops ?? []) fulfil(stop, true); $&",
  },
  {
    name: "stopped settles before the hook",
    find: /const \[hook, args\] = death\.reason/,
    replace: "if (this.#stopped) fulfil(this.#stopped, undefined); $&",
  },
  {
    name: "the order of messages is lost",
    find: /this\.length\+\+;/,
    replace: `$&
      if (this.length > 2 && this.#write >= 4) {
        slots.splice(this.#write - 4, 4, ...slots.slice(this.#write - 2, this.#write), ...slots.slice(this.#write - 4, this.#write - 2));
      }`,
  },
  {
    name: "an ask that was given up is handled",
    find: /else if \(slot === undefined \|\| !resultOf\(slot\)\.ready\(\)\) \{/,
    replace: "else {",
  },
  {
    name: "an ask is never given up",
    find: /this\.mailbox\.cancel\(this\.reply, reason\);/,
    replace: "",
  },
  {
    name: "timers are not cleared",
    find: /\bclear\(this\.#timer\);/,
    replace: "",
  },
  {
    name: "delegated replies are forgotten at the end",
    find: /for \(const turn of this\.turns\) \{/,
    replace: "for (const turn of [] as Turn[]) {",
  },
  {
    name: "onFailure() does not run",
    find: /const \[hook, args\] = death\.reason/,
    replace: 'if (death.reason === "failed") return this.#finish(); $&',
  },
  {
    name: "an actor that stops is found until its hook has ended",
    find: /\bhide\(this\.system\.registry, this\.ref\);/,
    replace: "",
  },
  {
    name: "a killed actor stays in the registry",
    find: /this\.system\.registry\.unregister\(this\.ref\);/,
    replace: "",
  },
  {
    name: "a message begins before the last handler has ended",
    find: /if \(this\.isClosed \|\| this\.current\?\.suspended\) break;/,
    replace: "if (this.isClosed) break;",
  },
  {
    name: "dead letters vanish",
    find: /letters\.push\(/,
    replace: "void (",
  },
  {
    name: "a told message that throws does not end its actor",
    find: /else if \(reply === undefined\) this\.fail\("failed", error\);/,
    replace: "else if (reply === undefined);",
  },
  {
    name: "the reply of an asynchronous handler is lost",
    find: /if \(turn\.reply !== undefined\) fulfil\(turn\.reply, value\);/,
    replace: "",
  },
  {
    name: "an actor lives on when onStart() fails",
    find:
      /if \(thrown !== undefined\) this\.fail\("start-failed", thrown\.error\);\s*else if/,
    replace: "if",
  },
  {
    name: "a hook that fails keeps the actor from its end",
    find: /this\.log\("error", `\$\{hook\} of \$\{this\.ref\} threw`[^;]*;/,
    replace: "return;",
  },
  {
    name: "what a failed constructor leaves behind is not settled",
    find:
      /(this\.death \?\?= \{ reason: "start-failed", cause \};\s*)this\.#refuse\(\);/,
    replace: "$1",
  },
  {
    name: "a stop overtakes the messages before it",
    find: /else this\.send\(\{ kind: "stop" \}, reply\);/,
    replace: `else {
      (this.#stops ??= []).push(reply);
      queueMicrotask(() => this.#close({ reason: "stopped" }));
    }`,
  },
  {
    name: "tell() to an actor that has ended says nothing",
    find: /if \(mailbox\.death !== undefined\) throw unreachable\(mailbox\);/,
    replace: "",
  },
  {
    name: "circles of asks are not found",
    find: /(export function wait\([\s\S]*?)const circle = findCircle\(/,
    replace: "$1const circle = undefined && findCircle(",
  },
  {
    name: "a wait that is over counts still",
    find:
      /if \(resultOf\(future\)\.ready\(\)\) return undefined;(?=\s*const origin)/,
    replace: "",
  },
  {
    name: "an ask with a deadline counts as waiting for ever",
    find: /isTimed\(options\) \? "timed" : "reply"/,
    replace: '"reply"',
  },
  {
    name: "replies delegated to asks fail with the actor that delegated",
    find:
      /if \(turn\.source !== undefined && comesFromAsks\(turn\.source\)\) continue;/,
    replace: "",
  },
  {
    name: "this.signal does not abort",
    find: /this\.#controller\?\.abort\(createReason\(\)\);/,
    replace: "",
  },
  {
    name: "a call to an actor that has ended hangs",
    find: /( request\([\s\S]*?)else reject\(reply, unreachable\(mailbox\)\);/,
    replace: "$1",
  },
  {
    name: "an actor is scheduled while its handler runs",
    find: /if \(this\.isClosed \|\| this\.current\?\.suspended\) return false;/,
    replace: "if (this.isClosed) return false;",
  },
  {
    name: "a failure that nobody has read is silent",
    find: /if \(failed\) future\.#watch\(exception\);/,
    replace: "",
  },
  {
    name: "an ask that was settled keeps its deadline",
    find: /(class Bound [\s\S]*?settled\(\): void \{\s*)this\.end\(\);/,
    replace: "$1",
  },
  {
    name: "an actor that has ended is kept by its reference",
    find: /this\.actor =\s*this\.current =/,
    replace: "this.current =",
  },
  {
    name: "an actor that has stopped stays among those that stop",
    find: /\bforgetRef\(this\.system\.registry, this\.ref\);/,
    replace: "",
  },
  {
    name: "an inbox keeps the message that was handled last",
    find: /slots\[this\.#read\] = slots\[this\.#read \+ 1\] = undefined;/,
    replace: "",
  },
  {
    name: "asks that were given up pile up",
    find: / gaveUp\(\): void \{/,
    replace: "$& return;",
  },
  {
    name: "a handler keeps all replies that it has got",
    find: /const pending = waits\.filter\([^;]*;/,
    replace: "const pending = [...waits];",
  },
  {
    name: "stops are not answered where a kill ends the wait for a hook",
    find:
      /for \(const stop of this\.#stops \?\? \[\]\) fulfil\(stop, reason === "stopped"\);/,
    replace: 'if (this.death?.reason !== "killed") $&',
  },
  {
    name: "what a killed handler returns is a reply of the next message",
    find: /if \(this\.current !== turn\) \{\s*this\.drop/,
    replace: "if (false) { this.drop",
  },
];
