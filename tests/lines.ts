import type { Logger } from "@dekka/actors";

/** A line that was logged. */
export interface Line {
  readonly level: keyof Logger;
  readonly text: string;
  readonly data: readonly unknown[];
}

/** A logger that keeps what is written. */
export class Lines implements Logger {
  readonly #lines: Line[] = [];
  readonly #firstLoud = Promise.withResolvers<Line>();

  debug(text: string, ...data: unknown[]): void {
    this.#lines.push({ level: "debug", text, data });
  }

  info(text: string, ...data: unknown[]): void {
    this.#lines.push({ level: "info", text, data });
  }

  warn(text: string, ...data: unknown[]): void {
    this.#write({ level: "warn", text, data });
  }

  error(text: string, ...data: unknown[]): void {
    this.#write({ level: "error", text, data });
  }

  #write(line: Line): void {
    this.#lines.push(line);
    this.#firstLoud.resolve(line);
  }

  /** The lines of a level, in the order in which they were written. */
  at(level: keyof Logger): Line[] {
    return this.#lines.filter((line) => line.level === level);
  }

  /** The first warning or error, as soon as there is one. */
  firstLoud(): Promise<Line> {
    return this.#firstLoud.promise;
  }

  /** The warnings and errors: what the default logger would print. */
  loud(): Line[] {
    return this.#lines.filter(({ level }) =>
      level === "warn" || level === "error"
    );
  }
}
