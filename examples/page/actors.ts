/**
 * The actors of the page.
 *
 * @module
 */

import { EventedActor } from "@dekka/actors";

/** Owns the notes. */
export class Notes extends EventedActor {
  readonly #texts: string[] = [];

  /** Adds a note, in front of the others. */
  add(text: string): void {
    this.#texts.unshift(text);
  }

  /** All notes, the newest first. */
  all(): readonly string[] {
    return [...this.#texts];
  }
}

/** What is asked of a search. */
export interface Query {
  readonly notes: readonly string[];
  readonly words: string;
}

/** How many notes are looked at before the page has its turn. */
const SLICE = 500;

/** Looks for notes. It gives up as soon as who asked does. */
export class Search extends EventedActor<Query, readonly string[]> {
  override async onReceive({ notes, words }: Query): Promise<string[]> {
    const { signal } = this;
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    const found: string[] = [];
    for (let i = 0; i < notes.length; i += SLICE) {
      signal.throwIfAborted();
      for (const note of notes.slice(i, i + SLICE)) {
        const text = note.toLowerCase();
        if (wanted.every((word) => text.includes(word))) found.push(note);
      }
      await turnOfThePage();
    }
    return found;
  }
}

function turnOfThePage(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
