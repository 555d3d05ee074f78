import {
  ActorDeadError,
  DeadlockError,
  InvalidStateError,
  Timeout,
} from "../../errors.ts";
import { define } from "./define.ts";

/** An error on its way. */
export type ErrorRecord = ["error", ErrorContent];

interface ErrorContent {
  /**
   * Its class and their superclasses, as far as the other side may know them, by
   * all their names: it may have another module that exports them.
   */
  classes: string[];
  name: string;
  message: string;
  stack: string | undefined;
  /** In a box, because a cause may be undefined. */
  cause?: [unknown];
  errors?: unknown;
  own: Record<string, unknown>;
}

const prototypes = new Map<string, object>();
/** What each is called, the name that it got first before the others. */
const ids = new Map<object, string[]>();

/**
 * Allows a class of errors, or of actors, to be found by its id on this thread.
 * It may have several.
 *
 * @param id What it is called on every thread.
 * @param prototype The prototype of the class.
 */
export function allowClass(id: string, prototype: object): void {
  if (prototypes.get(id) === prototype) return;
  prototypes.set(id, prototype);
  const known = ids.get(prototype);
  if (known === undefined) ids.set(prototype, [id]);
  else known.push(id);
}

/** What a class is called on every thread. */
export function idOfClass(prototype: object): string | undefined {
  return ids.get(prototype)?.[0];
}

/** The prototype of a class that was allowed. */
export function prototypeOf(id: string): object | undefined {
  return prototypes.get(id);
}

const ALLOWED = [
  Error,
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
  AggregateError,
  ActorDeadError,
  DeadlockError,
  InvalidStateError,
  Timeout,
];
for (const { name, prototype } of ALLOWED) allowClass(name, prototype);
allowClass("DOMException", DOMException.prototype);

/** What stands for an error; `fillError()` adds what hangs on it. */
export function recordOf(error: Error): ErrorRecord {
  const classes: string[] = [];
  for (
    let prototype: object | null = Object.getPrototypeOf(error);
    prototype !== null;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    classes.push(...ids.get(prototype) ?? []);
  }
  return ["error", {
    classes,
    name: textOf(look(error, "name")),
    message: textOf(look(error, "message")),
    stack: stackOf(error),
    own: {},
  }];
}

function stackOf(error: Error): string | undefined {
  const stack = look(error, "stack");
  return stack === undefined ? undefined : textOf(stack);
}

// What is looked at may be a getter that throws.
function look(object: object, key: string): unknown {
  try {
    return Reflect.get(object, key);
  } catch {
    return undefined;
  }
}

/** A value in words, whatever its own words do. */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return "what cannot be put in words";
  }
}

/** Copies a value, or does something else if that cannot be. */
type Copy = (value: unknown, orElse: () => unknown) => unknown;

const LEFT_OUT = Symbol();

/** Adds cause, errors and own properties to a record. */
export function fillError(
  [, content]: ErrorRecord,
  error: Error,
  copy: Copy,
): void {
  if (Object.hasOwn(error, "cause")) {
    const cause = look(error, "cause");
    content.cause = [copy(cause, () => textOf(cause))];
  }
  if (Object.hasOwn(error, "errors")) {
    const errors = look(error, "errors");
    const list = Array.isArray(errors) ? errors : [];
    content.errors = list.map((one) => copy(one, () => textOf(one)));
  }
  for (const key of Object.keys(error)) {
    if (key === "cause" || key === "errors") continue;
    const copied = copy(look(error, key), () => LEFT_OUT);
    if (copied !== LEFT_OUT) content.own[key] = copied;
  }
}

/** An error that has arrived, and what adds to it what hangs on it. */
export function revive(
  [, content]: ErrorRecord,
): [error: Error, fill: (walk: (value: unknown) => unknown) => void] {
  const { classes, name, message, stack } = content;
  const error = create(classes, name, message);
  if (stack !== undefined) hide(error, "stack", stack);
  if (look(error, "name") !== name) hide(error, "name", name);
  return [error, (walk) => {
    if (content.cause !== undefined) {
      hide(error, "cause", walk(content.cause[0]));
    }
    if (content.errors !== undefined) {
      hide(error, "errors", walk(content.errors));
    }
    for (const [key, value] of Object.entries(content.own)) {
      define(error, key, walk(value));
    }
  }];
}

// Nothing is constructed but what the platform brings: the constructor of an
// error class may do anything.
function create(
  classes: readonly string[],
  name: string,
  message: string,
): Error {
  const known = classes.find((id) => prototypes.has(id));
  // The members of this class look for what only its constructor gives.
  const error = classes.includes("DOMException")
    ? new DOMException(message, name)
    : new Error(message);
  if (known !== undefined) {
    Object.setPrototypeOf(error, prototypes.get(known)!);
  }
  return error;
}

function hide(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, {
    value,
    writable: true,
    configurable: true,
  });
}
