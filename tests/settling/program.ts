/**
 * What the programs of the property test can say, as plain data.
 *
 * @module
 */

/** Lets others have their turn. */
export interface Pause {
  readonly do: "pause";
  /** Microtasks, tasks of the event loop, or milliseconds of the faked clock. */
  readonly how: "micro" | "macro" | "sleep";
  readonly count: number;
}

/** How long an asker waits. */
export type Limit =
  | { readonly kind: "timeout"; readonly timeout: number }
  /** Aborted so many milliseconds after the ask; before it, if negative. */
  | { readonly kind: "signal"; readonly after: number }
  /** The signal of the message at hand is passed on. */
  | { readonly kind: "own" };

/** The ways in which something is sent. */
export type Via =
  | "tell"
  | "defer"
  | "ask"
  | "call"
  | "callAsync"
  | "write"
  | "read"
  | "readFailing"
  | "badName"
  | "badWrite";

/** What becomes of a future. */
export type Use = "leave" | "await" | "get" | "getUnawaited" | "getTimed";

/** Sends something to an actor. */
export interface Send {
  readonly do: "send";
  readonly to: number;
  readonly via: Via;
  readonly limit: Limit | undefined;
  readonly use: Use;
  readonly work: Work;
}

/** Waits for several replies. */
export interface Gather {
  readonly do: "gather";
  readonly sends: readonly Send[];
  readonly how:
    | "all"
    | "race"
    | "allSettled"
    | "getAll"
    | "getAllTimed"
    | "join"
    | "map";
  readonly wait: boolean;
}

/** Starts another actor. */
export interface Start {
  readonly do: "start";
  readonly life: Life;
}

/** Stops or kills an actor, or waits for its end. */
export interface End {
  readonly do: "stop" | "stopped" | "kill";
  readonly to: number;
  readonly use: Use;
}

/** Ends the actor itself, or all actors of the system. */
export interface EndMany {
  readonly do: "stopSelf" | "killSelf" | "stopAll" | "dispose";
  readonly use: Use;
}

/** Settles a future that the actor has delegated a reply to. */
export interface Settle {
  readonly do: "settle";
  readonly nth: number;
  readonly fails: boolean;
}

/** One thing that a handler does. */
export type Step = Pause | Send | Gather | Start | End | EndMany | Settle;

/** How a handler ends. */
export type Ending =
  | { readonly kind: "value" | "throw" | "throwUndefined" | "hang" }
  | {
    readonly kind: "delegate";
    readonly to:
      | "ask"
      | "mapped"
      | "mappedHangs"
      | "joined"
      | "done"
      | "failed"
      | "promise"
      | "promiseFails"
      | "promiseNever"
      | "hand"
      | "handMapped";
    readonly send: Send;
  };

/** What a handler does. */
export interface Work {
  /** Whether it goes on after it has returned, where the class leaves it open. */
  readonly later: boolean;
  readonly steps: readonly Step[];
  readonly ending: Ending;
}

/** The classes of actors. */
export type Kind = "Plain" | "Async" | "Mute";

/** What an actor does in its constructor and its hooks. */
export interface Life {
  readonly kind: Kind;
  readonly construct: readonly Step[];
  readonly constructFails: boolean;
  readonly onStart: Work | undefined;
  readonly onStop: Work | undefined;
  readonly onFailure: Work | undefined;
}

/** A whole program, and when others have their turn meanwhile. */
export interface Program {
  readonly detectDeadlocks: boolean;
  /** Whether what is left is killed at once, and not when nothing goes on. */
  readonly impatient: boolean;
  readonly actors: readonly Life[];
  /** What is done from outside, all at once. */
  readonly threads: readonly Work[];
  readonly schedule: readonly Pause[];
}
