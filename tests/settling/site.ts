import type { Actor, ActorRef, ActorSystem } from "@dekka/actors";
import type { Notes } from "../actors.ts";
import type { Note } from "./journal.ts";
import type { Kind, Life, Work } from "./program.ts";

/** Who an actor knows, by name. */
export type Book = ReadonlyMap<string, ActorRef<Player>>;

/** What actors send each other. */
export interface Message {
  readonly id: string;
  readonly from: string;
  readonly seq: number;
  readonly work: Work;
  readonly book: Book;
}

/** What an actor is told when it is started. */
export interface Birth {
  readonly name: string;
  /** The handler that starts it, for it constructs the actor. */
  readonly by: string;
  readonly book: Book;
  readonly journal: ActorRef<Notes>;
}

/** What the actors of the programs show. */
export interface Player extends Actor<Message, unknown> {
  probe: Message;
  readonly answer: string;
  readonly failing: string;
  run(message: Message): unknown;
  runAsync(message: Message): unknown;
}

/** A class of actors that play programs. */
export type PlayerClass = new (life: Life, birth: Birth) => Player;

/** What a site is made of. */
export interface Setting {
  readonly name: string;
  readonly journal: ActorRef<Notes>;
  readonly system: ActorSystem;
  readonly classes: Readonly<Record<Kind, PlayerClass>>;
  readonly ref?: ActorRef<Player>;
  signal?(): AbortSignal;
  stop?(): void;
}

/** Where programs are played: in an actor, or outside of all. */
export class Site {
  readonly setting: Setting;
  readonly book: Map<string, ActorRef<Player>>;
  #count = 0;

  constructor(setting: Setting, book: Book) {
    this.setting = setting;
    this.book = new Map(book);
    if (setting.ref !== undefined) this.book.set(setting.name, setting.ref);
  }

  get name(): string {
    return this.setting.name;
  }

  note(note: Note): void {
    this.setting.journal.tell(note);
  }

  /** The number of the next thing that is sent from here. */
  get count(): number {
    return this.#count;
  }

  /** Counts a thing that is sent from here. */
  next(): number {
    return this.#count++;
  }

  find(nth: number): [name: string, ref: ActorRef<Player> | undefined] {
    const entries = [...this.book];
    return entries[nth % entries.length] ?? ["", undefined];
  }
}

/** Something to wait for; only what takes its time does. */
export interface Wait {
  readonly promise: PromiseLike<unknown>;
  /** Whether its failure is that of the handler. */
  readonly fatal: boolean;
}

/** A part of a program that is being played. */
export type Play = Generator<Wait, void, unknown>;

/** When all is over, in milliseconds: whatever is to be looked at again is. */
export const LATER = 60_000;
