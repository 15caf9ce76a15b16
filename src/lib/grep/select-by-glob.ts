/**
 * The items whose paths a glob means. A glob of a stranger is held against many paths on the event loop, so this gives
 * way to others every few milliseconds, and ends after a while whatever the glob.
 */
import { setImmediate } from "node:timers/promises";

import { abortReason } from "../deadline.ts";
import { compileGlob } from "../glob.ts";

const SLICE_MS = 10;
const DEADLINE_MS = 10_000;

export type GlobSelection<T> =
  | { readonly kind: "selected"; readonly items: readonly T[] }
  | { readonly kind: "refused"; readonly detail: string };

/** Contract: rejects only with the reason of an abort. A glob without a slash means the name at any depth. */
export async function selectByGlob<T extends { readonly path: string }>(
  items: readonly T[],
  pattern: string,
  signal?: AbortSignal,
): Promise<GlobSelection<T>> {
  const outcome = compileGlob(pattern, { anyDepth: true });
  if (outcome.kind === "refused") return outcome;
  const started = performance.now();
  const selected: T[] = [];
  let sliceEnd = started + SLICE_MS;
  for (const item of items) {
    if (outcome.glob.matches(item.path)) selected.push(item);
    if (performance.now() < sliceEnd) continue;
    await setImmediate();
    if (signal?.aborted) throw abortReason(signal);
    if (performance.now() - started > DEADLINE_MS) {
      return { kind: "refused", detail: "Glob takes too long; make it simpler" };
    }
    sliceEnd = performance.now() + SLICE_MS;
  }
  return { kind: "selected", items: selected };
}
