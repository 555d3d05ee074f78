/** What a Worker uses of its global scope. */
interface Scope {
  postMessage(message: unknown, transfer?: object[]): void;
  addEventListener(type: string, listener: (event: never) => void): void;
  close?(): void;
  process?: { exit(): never };
  Deno?: { exit(code?: number): never };
}

/** The global scope of a Worker. */
export const scope: Scope = globalThis as unknown as Scope;
