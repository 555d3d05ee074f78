/**
 * What a program without actors takes from the package; `tests/size_test.ts`
 * bundles it.
 */
export { EventedFuture, getAll } from "../../mod.ts";
