/** What a line with a result begins with; other lines are the tests' own. */
export const MARK = "\u0001";
