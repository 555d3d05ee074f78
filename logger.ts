/** Where an actor system writes. The console fits. */
export interface Logger {
  /** Life cycle. */
  debug(...data: unknown[]): void;
  /** Exceptions that were returned to an asker. */
  info(...data: unknown[]): void;
  /** Unexpected messages, dead letters, failures that nobody read. */
  warn(...data: unknown[]): void;
  /** Exceptions that reached nobody. */
  error(...data: unknown[]): void;
}

/** Says nothing. What has this for a method costs no message to be made. */
export function silence(): void {}

/** The console, from warnings up; looked up when used. */
export const consoleLogger: Logger = {
  debug: silence,
  info: silence,
  warn: (...data) => console.warn(...data),
  error: (...data) => console.error(...data),
};
