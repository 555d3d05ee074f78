import type { Result } from "./rounds.ts";
/** later */
export function ratioChart(_results: readonly Result[]): string {
  return "";
}
