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
  /**
   * What comes there, as `String.replace()` takes it; `~name` is `#name`, or
   * `name` where the module has no such private name.
   */
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
    replace: "this.death = undefined; $& this.death = death; this.~refuse();",
  },
  {
    name: "a result is settled twice",
    find: /if \(this\.phase !== PENDING\) return false;/,
    replace: "",
  },
  {
    name: "a delegated reply is dropped",
    find: /else observe\(\w+, turn\);/,
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
      /( kill\(reason: unknown\): void \{[^}]*?\}[\s\S]{0,900}?)this\.#?refuse\(\);/,
    replace: "$1",
  },
  {
    name: "stops are answered before the hook",
    find: /const \[hook, args\] = death\.reason/,
    replace: "for (const stop of this.~stops ?? []) fulfil(stop, true); $&",
  },
  {
    name: "stopped settles before the hook",
    find: /const \[hook, args\] = death\.reason/,
    replace: "if (this.~stopped) fulfil(this.~stopped, undefined); $&",
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
    find: /if \(slot !== undefined && isReady\(slot\)\) return false;/,
    replace: "",
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
    find: /for \(const turn of this\.turns\)/,
    replace: "for (const turn of [] as Turn[])",
  },
  {
    name: "onFailure() does not run",
    find: /const \[hook, args\] = death\.reason/,
    replace: 'if (death.reason === "failed") return this.~finish(); $&',
  },
  {
    name: "an actor that stops is found until its hook has ended",
    find: /\bhide\(this\.system\.registry, this\.ref\);/,
    replace: "",
  },
  {
    name: "a killed actor stays in the registry",
    find: /registry\.unregister\(ref\);(?=\s*registry\.#stopping\.delete)/,
    replace: "",
  },
  {
    name: "a message begins before the last handler has ended",
    find: /(if \(this\.isClosed) \|\| [^;]*suspended\) break;/,
    replace: "$1) break;",
  },
  {
    name: "dead letters vanish",
    find: /letters\.push\(/,
    replace: "void (",
  },
  {
    name: "a told message that throws does not end its actor",
    find: /if \(reply === undefined\) this\.fail\("failed", error\);/,
    replace: "if (reply === undefined);",
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
      /(this\.death \?\?= \{ reason: "start-failed", cause \};\s*)this\.#?refuse\(\);/,
    replace: "$1",
  },
  {
    name: "a stop overtakes the messages before it",
    find: /else this\.send\(\{ kind: "stop" \}, reply\);/,
    replace: `else {
      (this.~stops ??= []).push(reply);
      queueMicrotask(() => this.~close({ reason: "stopped" }));
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
    find: /if \(isReady\(future\)\) return undefined;(?=\s*const origin)/,
    replace: "",
  },
  {
    name: "an ask with a deadline counts as waiting for ever",
    find: /if \(isTimed\(options\)\) \{(?=\s*origin)/,
    replace: "if (false) {",
  },
  {
    name: "replies delegated to asks fail with the actor that delegated",
    find: /const asks = turn\.source && asksBehind\(turn\.source\);/,
    replace: "const asks = undefined;",
  },
  {
    name:
      "what is made of asks and something else is waited for without an end",
    find: /asks\.length === 0 && isLate/,
    replace: "false",
  },
  {
    name: "what is being made of asks fails at once with the actor",
    find: /asks\.length === 0 && isLate/,
    replace: "asks.length === 0",
  },
  {
    name: "this.signal does not abort",
    find: /if \(create\) asNobody\([^;]*;/,
    replace: "",
  },
  {
    name: "signals that abort each other are as deep a stack",
    find: /oneByOne\(\(\) => this\.#abort\(\)\);/,
    replace: "this.#abort();",
  },
  {
    name: "what an expired ask was handed over to fails without a word",
    find: /if \(!this\.#controller\) giveUpReading\(source\);/,
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
    find: /if \(failed[^;]*;(?=\s*return failed)/,
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
    find: /chunk\[this\.#read\] = chunk\[this\.#read \+ 1\] = undefined;/,
    replace: "",
  },
  {
    name: "asks that were given up pile up",
    find: / gaveUp\(\): void \{/,
    replace: "$& return;",
  },
  {
    name: "a handler keeps all replies that it has got",
    find: /if \(!isReady\(each\)\) futures\[kept\+\+\] = each;/,
    replace: "futures[kept++] = each;",
  },
  {
    name: "a wait that is over is told of the circle of a later one",
    find: /turn\.late = undefined; \/\//,
    replace: "//",
  },
  {
    name: "what a hook returns is not known to be read by it",
    find: /value instanceof Future \? value\.get\(\) : value/,
    replace: "value",
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
  {
    name: "a handler that throws at once is waited for",
    find:
      /if \(this\.current !== undefined\) this\.current\.suspended = false;/,
    replace: "",
  },
  {
    name: "a stand-in for an asynchronous handler is waited for",
    find: /if \(!\(result instanceof Promise\)\) turn\.suspended = false;/,
    replace: "",
  },
  {
    name: "an actor that is dead takes asks",
    find:
      /if \(mailbox\.death === undefined\) mailbox\.post\(message, reply\);/,
    replace: "if (true) mailbox.post(message, reply);",
  },
  {
    name: "an abort is not heard",
    find: /signal\.addEventListener\("abort", this\);/,
    replace: "",
  },
  {
    name: "a kill is not heard by the handler at hand",
    find: /lifetime, this\.current, \.\.\.[^;]*;/,
    replace: "lifetime];",
  },
  {
    name: "a delegated reply that was given up is still handed over",
    find: /this\.delegations!\.takeBack\(delegated\)\.abort\(/,
    replace: "delegated.abort(",
  },
  {
    name: "messages are handled before onStart() has ended",
    find: /return this\.death === undefined && !this\.current\?\.suspended;/,
    replace: "this.current = undefined; return true;",
  },
  {
    name: "a listener that kills an actor makes its turn throw",
    find: /if \(actor === undefined\) return;/,
    replace: "",
  },
  {
    name: "onFailure() is not told why",
    find: /\["onFailure", \[death\.cause\]\]/,
    replace: '["onFailure", []]',
  },
  {
    name: "ActorDeadError has no cause",
    find: /reason, \.\.\.cause \},/,
    replace: "reason },",
  },
  {
    name: "what comes of a killed handler is silent",
    find: /\bprotected drop\([^{]*\{/,
    replace: "$& return;",
  },
  {
    name: "what is thrown after the asker gave up is silent",
    find: /else if \(!knows\(reply, error\)\) \{/,
    replace: "else if (false) {",
  },
  {
    name: "a failure that was read late is reported",
    find: /if \([^;{}]*\) forgetUnread\(this\);\s*else/,
    replace: "",
  },
  {
    name: "an unread failure is reported again and again",
    find: /(\.filter\(select\);[\s\S]{0,60})failures\.delete\(failure\);/,
    replace: "$1",
  },
  {
    name: "lines of an actor flood",
    find: /\+\+meter\.lines > LINES/,
    replace: "false",
  },
  {
    name: "lines that were held back are not counted",
    find: /meter\.held\+\+;/,
    replace: "",
  },
  {
    name: "a listener that throws is not caught",
    find:
      /write\(this, "error", "Listener of an actor system threw", \[error\]\)/,
    replace: "{ throw error; }",
  },
  {
    name: "a logger that rejects is not caught",
    find: /Promise\.resolve\(asNobody\(call\)\)\.catch\(complain\);/,
    replace: "asNobody(call);",
  },
  {
    name: "the actor that a listener hears of waits for what that asks",
    find: /Promise\.resolve\(asNobody\(call\)\)/,
    replace: "Promise.resolve(call())",
  },
  {
    name: "an ask keeps the ask that has led to it",
    find: /asker\.reply = undefined;/,
    replace: "asker;",
  },
  {
    name: "an actor without an object starts",
    find: /unborn === this/,
    replace: "false",
  },
  {
    name: "each of many asks is waited for anew",
    find: /else observe\(asks\[0\]!, \{ settled: again \}\);/,
    replace: "else for (const ask of asks) observe(ask, { settled: again });",
  },
  {
    name: "a hook that is a field does not run",
    find: /this\.actor\?\.onStart === this/,
    replace: "this.actorClass.prototype.onStart === this",
  },
  {
    name: "a stuck handler is silent",
    find: /each\.reportStuck\(\);/,
    replace: "void 0;",
  },
  {
    name: "a stuck handler is reported at each look",
    find: /each\.isStuck = true;/,
    replace: "",
  },
  {
    name: "the timer for stuck handlers stays",
    find: /if \(last === undefined\) stop\(\);/,
    replace: "",
  },
  {
    name: "stopAll() stops the first started first",
    find: /const ref = refs\.pop\(\);/,
    replace: "const ref = refs.shift();",
  },
  {
    name: "stopAll() overlooks those that start meanwhile",
    find: /known !== this\.#registered/,
    replace: "false",
  },
  {
    name: "a circle of waits takes a stop back",
    find: /each !== undefined && [^;&]*kind !== "end"/,
    replace: "each !== undefined",
  },
  {
    name: "a wait with a deadline closes a circle",
    find: /const waiter = isTimed\(options\) \? undefined : reader;/,
    replace: "const waiter = reader;",
  },
  {
    name: "a wait that was given up closes a circle",
    find:
      /if \(this\.waiter !== undefined\) forget\(this\.waiter, this\.future\);/,
    replace: "",
  },
  {
    name: "delegating back closes no circle",
    find: /const (\w+) = [^;]*context\.wait\(turn, future\);/,
    replace: "const $1 = undefined as any;",
  },
  {
    name: "a future that is computed waits for nobody",
    find: /\brunAs\(hook, \(\) => \{/,
    replace: "((_: unknown, fn: () => void) => fn())(hook, () => {",
  },
  {
    name: "an actor's turn begins in the context of who sent the message",
    find: /return [^;]*getStore\(\) !== undefined;/,
    replace: "return false;",
  },
  {
    name: "a deadline is cut where the platform's timers end",
    find: /if \(left > LONGEST\) this\.#arm\(left - LONGEST\);\s*else/,
    replace: "",
  },
  {
    name: "testSystem() kills nobody",
    find: /for \(const ref of left\) ref\.kill\([^)]*\);/,
    replace: "",
  },
  {
    name: "testSystem() does not look at the default system",
    find: /\[\.\.\.everyRef\(this\.registry\), \.\.\.gained\]/,
    replace: "everyRef(this.registry)",
  },
  {
    name: "getAll() that has failed at once waits on",
    find: /if \(this\.#waiter !== undefined\) forget\(this\.#waiter, future\);/,
    replace: "",
  },
  {
    name: "getAll() that has failed at once listens to its signal",
    find: /if \(this\.isOver\) return;(\s*\}\s*if \(--this\.#pending > 0\))/,
    replace: "$1",
  },
  {
    name: "stopAll() that was given up waits on",
    find: /for \(const end of ends\) forget\(waiter!, end\);/,
    replace: "",
  },
  {
    name: "a wait that has failed comes back with the promise of the handler",
    find: /if \(forget\(turn, future\)\) context\.wait/,
    replace: "forget(turn, future); context.wait",
  },
  {
    name: "get() closes no circle",
    find: /const (\w+) = waiter && context\.wait\(waiter, this\);/,
    replace: "const $1 = undefined as any;",
  },
  {
    name: "getAll() closes no circle",
    find: /if \(waiter === undefined \|\| !isForEver\) return;/,
    replace: "return;",
  },
  {
    name: "the asynchronous context comes with all of Node",
    find: /\? prepareAsyncContext\(\)/,
    replace: "? undefined as ReturnType<typeof prepareAsyncContext>",
  },
];
