import type { Note, Outcome } from "./journal.ts";

/** A note of one kind, and when it was written. */
export type Noted<What extends Note["what"]> =
  & Extract<Note, { what: What }>
  & { readonly at: number };

/** What happened in a program, by what it is about. */
export class History {
  readonly born: Noted<"born">[];
  readonly notStarted: Noted<"notStarted">[];
  readonly sent: Noted<"sent">[];
  readonly begins: Noted<"begin">[];
  readonly waits: Noted<"wait">[];
  readonly kills: Noted<"kill">[];
  readonly sentById: Map<string, Noted<"sent">>;
  readonly outcomes: Map<string, Noted<"outcome">>;
  readonly laters: Map<string, Noted<"later">>;
  readonly beginOf: Map<string, Noted<"begin">>;
  readonly ends: Map<string, Noted<"end">>;
  readonly delegates: Map<string, Noted<"delegate">>;
  readonly settles: Map<string, Noted<"settle">>;
  readonly waited: Map<string, Noted<"waited">>;

  constructor(notes: readonly Note[]) {
    const all = notes.map((note, at) => ({ ...note, at }));
    const of = <What extends Note["what"]>(what: What) =>
      all.filter((note) => note.what === what) as unknown as Noted<What>[];
    this.born = of("born");
    this.notStarted = of("notStarted");
    this.sent = of("sent");
    this.begins = of("begin");
    this.waits = of("wait");
    const urns = new Map(this.born.map(({ urn, name }) => [urn, name]));
    this.kills = of("kill").map((kill) => ({
      ...kill,
      actor: urns.get(kill.actor) ?? kill.actor,
    }));
    this.sentById = byId(this.sent);
    this.outcomes = byId(of("outcome"));
    this.laters = byId(of("later"));
    this.beginOf = byId(this.begins);
    this.ends = byId(of("end"));
    this.delegates = byId(of("delegate"));
    this.settles = byId(of("settle"));
    this.waited = new Map(of("waited").map((note) => [note.key, note]));
  }

  /** When a handler was over; a reply that is handed over ends it, too. */
  endOf(id: string): number {
    const delegate = this.delegates.get(id);
    if (delegate !== undefined && !delegate.awaits) return delegate.at;
    return this.ends.get(id)?.at ?? Infinity;
  }

  /** What a future was settled with, or a reply that was made by hand. */
  outcomeOf(id: string): Outcome | undefined {
    return this.outcomes.get(id)?.outcome;
  }

  /** Whether an actor was killed in a span of time. */
  wasKilled(actor: string, from: number = 0, to: number = Infinity): boolean {
    return this.kills.some((kill) =>
      kill.actor === actor && kill.at >= from && kill.at <= to
    );
  }
}

function byId<N extends { readonly id: string }>(
  notes: readonly N[],
): Map<string, N> {
  return new Map(notes.map((note) => [note.id, note]));
}
