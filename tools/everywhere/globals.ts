/**
 * What the assertions take for granted and browsers lack.
 *
 * @module
 */

const host = globalThis as { process?: unknown };

/** Put in the place of the global of that name. */
export const process: unknown = host.process ?? { env: {} };
