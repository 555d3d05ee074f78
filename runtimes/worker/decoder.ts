import { createProxy } from "../../proxy.ts";
import { type ActorRef, mailboxOf } from "../../ref.ts";
import { define } from "./define.ts";
import { revive } from "./errors.ts";
import type { Passage, Special } from "./passage.ts";
import { isPlain } from "./plain.ts";

/**
 * Puts back what the encoder has replaced.
 *
 * @param value What has arrived; it is changed.
 * @param specials The records in it.
 * @param passage How references cross.
 */
export function decode(
  value: unknown,
  specials: readonly Special[],
  passage: Passage,
): unknown {
  return new Decoder(specials, passage).walk(value);
}

class Decoder {
  readonly #passage: Passage;
  readonly #specials: Set<unknown>;
  readonly #made = new Map<object, unknown>();

  constructor(specials: readonly Special[], passage: Passage) {
    this.#specials = new Set<unknown>(specials);
    this.#passage = passage;
  }

  walk(value: unknown): unknown {
    if (isPlain(value)) return value;
    const object = value as object;
    if (this.#made.has(object)) return this.#made.get(object);
    if (this.#specials.has(object)) return this.#special(object as Special);
    this.#made.set(object, object);
    if (object instanceof Map) this.#map(object);
    else if (object instanceof Set) this.#set(object);
    else if (
      Array.isArray(object) ||
      Object.getPrototypeOf(object) === Object.prototype
    ) {
      this.#members(object as Record<string, unknown>);
    }
    return object;
  }

  #members(object: Record<string, unknown>): void {
    for (const key of Object.keys(object)) {
      const value = object[key];
      if (!isPlain(value)) define(object, key, this.walk(value));
    }
  }

  #map(map: Map<unknown, unknown>): void {
    const entries = [...map];
    map.clear();
    for (const [key, item] of entries) map.set(this.walk(key), this.walk(item));
  }

  #set(set: Set<unknown>): void {
    const items = [...set];
    set.clear();
    for (const item of items) set.add(this.walk(item));
  }

  #special(record: Special): unknown {
    const [kind, content] = record;
    if (kind === "error") {
      const [error, fill] = revive(record);
      this.#made.set(record, error);
      fill((value) => this.walk(value));
      return error;
    }
    const ref = this.#passage.decodeRef(content);
    const value = kind === "ref" ? ref : proxyOf(ref);
    this.#made.set(record, value);
    return value;
  }
}

// The proxy of a dead actor exists, though nobody can make it from the reference.
function proxyOf(ref: ActorRef): object {
  return ref.isAlive() ? ref.proxy() as object : createProxy(mailboxOf(ref));
}
