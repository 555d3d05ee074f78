/// <reference lib="dom" />
/**
 * Actors in a web page: a form, and a list that is filtered as one types.
 *
 * Each stroke of a key asks for a new search. The one before it is stale: its
 * signal ends it, so that it neither holds up the next one nor overwrites what
 * that finds.
 *
 * @module
 */

import { Notes, Search } from "./actors.ts";

const SHOWN = 8;

const form = element("form", HTMLFormElement);
const text = element("#text", HTMLInputElement);
const words = element("#words", HTMLInputElement);
const list = element("#found", HTMLUListElement);
const count = element("#count", HTMLOutputElement);
const stale = element("#stale", HTMLOutputElement);

const notes = Notes.start();
const search = Search.start();
let current = new AbortController();
let cancelled = 0;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (text.value.trim() === "") return;
  await notes.proxy().add(text.value.trim());
  text.value = "";
  await refresh();
});
words.addEventListener("input", refresh);

for (let i = 9999; i >= 0; i--) notes.proxy().add.defer(sample(i));
await refresh();

/** Searches anew, and shows what was found unless it is stale by then. */
async function refresh(): Promise<void> {
  current.abort();
  const { signal } = current = new AbortController();
  const query = words.value;
  document.body.ariaBusy = "true";
  try {
    const all = await notes.proxy().all();
    signal.throwIfAborted();
    const found = await search.ask({ notes: all, words: query }, { signal });
    show(found, all.length);
  } catch (error) {
    if (error !== signal.reason) throw error;
    stale.value = `${++cancelled} stale`;
  }
}

function show(found: readonly string[], all: number): void {
  const items = found.slice(0, SHOWN).map((note) => {
    const item = document.createElement("li");
    item.textContent = note;
    return item;
  });
  list.replaceChildren(...items);
  const more = found.length > SHOWN ? `, the newest ${SHOWN} shown` : "";
  count.value = `${found.length} of ${all} notes${more}`;
  document.body.ariaBusy = "false";
}

function sample(i: number): string {
  const who = ["Ada", "Bob", "Cleo", "Dan", "Eve"][i % 5];
  const what = ["call", "write to", "visit", "thank"][i % 4];
  const why = ["birthday", "contract", "garden", "holiday", "piano"][i % 7 % 5];
  return `${what} ${who} about the ${why} (${i})`;
}

function element<T extends Element>(
  selector: string,
  type: new () => T,
): T {
  const found = document.querySelector(selector);
  if (found instanceof type) return found;
  throw new Error(`Cannot find ${selector} in the page`);
}
