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
  /** Its own properties that are not enumerable, besides these. */
  hidden: Record<string, unknown>;
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

const NATIVE = [
  Error,
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
  AggregateError,
];
const ALLOWED = [
  ...NATIVE,
  ActorDeadError,
  DeadlockError,
  InvalidStateError,
  Timeout,
];
for (const { name, prototype } of ALLOWED) allowClass(name, prototype);
// What a block throws whose end threw as well, where the platform has that.
const { SuppressedError } = globalThis as {
  SuppressedError?: { prototype: Error };
};
if (SuppressedError) allowClass("SuppressedError", SuppressedError.prototype);
allowClass("DOMException", DOMException.prototype);

/** The names of those classes that each realm has. */
const NAMES: ReadonlySet<string> = new Set(NATIVE.map(({ name }) => name));

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
  const name = textOf(look(error, "name"));
  if (classes.length === 0) classes.push(NAMES.has(name) ? name : "Error");
  return ["error", {
    classes,
    name,
    message: textOf(look(error, "message")),
    stack: stackOf(error),
    hidden: {},
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
  const { hidden } = content;
  const copyOrTell = (value: unknown) => copy(value, () => textOf(value));
  const keys = new Set(Object.keys(error));
  for (const key of ["cause", "error", "suppressed"]) {
    const isHidden = key === "cause" || !keys.has(key);
    if (isHidden && Object.hasOwn(error, key)) {
      hidden[key] = copyOrTell(look(error, key));
    }
  }
  if (Object.hasOwn(error, "errors")) {
    const errors = look(error, "errors");
    hidden.errors = Array.isArray(errors) ? errors.map(copyOrTell) : [];
  }
  for (const key of keys) {
    if (Object.hasOwn(hidden, key)) continue;
    const copied = copy(look(error, key), () => LEFT_OUT);
    if (copied !== LEFT_OUT) define(content.own, key, copied);
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
    for (const [key, value] of Object.entries(content.hidden)) {
      hide(error, key, walk(value));
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
