const calls: (() => void)[] = [];

/**
 * Calls a function: at once, or if that is called by such a function, as soon as
 * those are over that came before. A long chain, in which each leads to the next,
 * must not be as deep a stack.
 *
 * @param call The function, which must not throw.
 */
export function oneByOne(call: () => void): void {
  if (calls.push(call) > 1) return;
  try {
    for (const each of calls) each();
  } finally {
    calls.length = 0;
  }
}
