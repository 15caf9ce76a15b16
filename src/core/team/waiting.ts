/** Who asked to be told that a path is free (R11), and what they are told, once. */
import type { FindRows, Wish } from "./decide-take.ts";
import { decideTake } from "./decide-take.ts";
import type { TreePath } from "./tree.ts";

/** A wish of one path that waits. */
export interface Waiter extends Omit<Wish, "paths" | "sessionId" | "holderId"> {
  readonly sessionId: NonNullable<Wish["sessionId"]>;
  readonly holderId: NonNullable<Wish["holderId"]>;
  readonly path: TreePath;
}

export function isFree({ path, ...wish }: Waiter, find: FindRows, nowMs: number): boolean {
  return decideTake(find, { ...wish, paths: [path] }, nowMs).kind === "granted";
}

export function freeText({ path }: TreePath): string {
  return `${path} is free now: nobody else has it reserved. You asked to be told.`;
}
