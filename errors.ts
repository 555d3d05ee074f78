/** Why an actor no longer takes messages. */
export type DeathReason =
  | "stopped"
  | "killed"
  | "failed"
  | "start-failed"
  | "lost";

/** Thrown when a message cannot reach an actor, or will not be handled by it. */
export class ActorDeadError extends Error {
  /** Always `"ActorDeadError"`. */
  declare readonly name: "ActorDeadError";
  /** URN of the actor. */
  readonly actorUrn: string;
  /** Why: stopped in order, killed, failed (see `cause`), failed to start, lost. */
  readonly reason: DeathReason;

  /**
   * Constructs a new instance.
   *
   * @param message What could not be done, and to which actor.
   * @param options The actor, the reason, and the error that ended the actor.
   */
  constructor(
    message: string,
    options: { actorUrn: string; reason: DeathReason; cause?: unknown },
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.actorUrn = options.actorUrn;
    this.reason = options.reason;
  }

  static {
    nameErrors(this, "ActorDeadError");
  }
}

/** Thrown when a value did not arrive within the time that the caller allowed. */
export class Timeout extends Error {
  /** Always `"Timeout"`. */
  declare readonly name: "Timeout";
  /** How long the caller waited, in milliseconds. */
  readonly timeout: number;

  /**
   * Constructs a new instance.
   *
   * @param message What was waited for.
   * @param timeout How long, in milliseconds.
   */
  constructor(message: string, timeout: number) {
    super(message);
    this.timeout = timeout;
  }

  static {
    nameErrors(this, "Timeout");
  }
}

/** Thrown when a future or result that is settled already is set again. */
export class InvalidStateError extends Error {
  /** Always `"InvalidStateError"`. */
  declare readonly name: "InvalidStateError";

  static {
    nameErrors(this, "InvalidStateError");
  }
}

/** Thrown to an asker whose wait would close a circle of waiting actors. */
export class DeadlockError extends Error {
  /** Always `"DeadlockError"`. */
  declare readonly name: "DeadlockError";
  /** The circle, as `Class.member` of each actor, from the asker back to itself. */
  readonly path: readonly string[];

  /**
   * Constructs a new instance.
   *
   * @param message What could not be waited for.
   * @param path The circle, as `Class.member` of each actor.
   */
  constructor(message: string, path: readonly string[]) {
    super(message);
    this.path = path;
  }

  static {
    nameErrors(this, "DeadlockError");
  }
}

/** Puts the name on the prototype, so that errors print without a field `name`. */
function nameErrors(
  errorClass: { readonly prototype: Error },
  name: string,
): void {
  Object.defineProperty(errorClass.prototype, "name", {
    value: name,
    writable: true,
    configurable: true,
  });
}
