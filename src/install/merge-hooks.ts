/**
 * Hooks into the text of an agent's file, and out of it.
 *
 * Invariant: what is not Serai's is neither changed nor moved, and merging twice is merging once. Ours are told by what
 * they call, so that they are found in a file that others have edited or that came with the repository.
 */
import type { JSONPath, Node } from "jsonc-parser";
import { isOurHandler } from "./hook-commands.ts";
import type { Entries } from "./hook-commands.ts";
import type { HookFile } from "./ides.ts";
import { ensureObject, insertInto, memberOf, readJsonObject, removeAt, valueOf } from "./json-edit.ts";
import { refuse } from "./text-edits.ts";
import type { Draft, Outcome } from "./text-edits.ts";

type Form = Pick<HookFile, "form" | "root">;

export function mergeHooks(text: string, { root }: Form, entries: Entries): Outcome<Draft> {
  let draft = ensureObject(text);
  for (const [name, value] of Object.entries(root)) {
    const put = putMember(draft, [], { name, value });
    if (!put.ok) return put;
    draft = put.value;
  }
  for (const [event, entry] of entries) {
    const put = putItem(draft, event, entry);
    if (!put.ok) return put;
    draft = put.value;
  }
  return { ok: true, value: draft };
}

function putItem(draft: Draft, event: string, entry: unknown): Outcome<Draft> {
  const withHooks = putMember(draft, [], { name: "hooks", value: {} });
  if (!withHooks.ok) return withHooks;
  const withEvent = putMember(withHooks.value, ["hooks"], { name: event, value: [] });
  if (!withEvent.ok) return withEvent;
  const list = nodeAt(withEvent.value.text, ["hooks", event]);
  if (!list.ok) return list;
  if (list.value.type !== "array")
    return refuse(`"hooks.${event}" in it is no array but of the type ${list.value.type}`);
  return { ok: true, value: insertInto(withEvent.value, list.value, { value: entry }) };
}

/** Only where it is missing. */
function putMember(
  draft: Draft,
  path: readonly string[],
  member: { readonly name: string; readonly value: unknown },
): Outcome<Draft> {
  const parent = nodeAt(draft.text, path);
  if (!parent.ok) return parent;
  if (parent.value.type !== "object")
    return refuse(`"${path.join(".")}" in it is no object but of the type ${parent.value.type}`);
  const found = memberOf(draft.text, parent.value, member.name);
  if (!found.ok) return found;
  return { ok: true, value: found.value === null ? insertInto(draft, parent.value, member) : draft };
}

function nodeAt(text: string, path: readonly string[]): Outcome<Node> {
  const read = readJsonObject(text);
  if (!read.ok) return read;
  if (read.value === null) return refuse("it is empty");
  let node = read.value;
  for (const name of path) {
    const found = memberOf(text, node, name);
    if (!found.ok) return found;
    if (found.value === null) return refuse(`there is no "${path.join(".")}" in it`);
    node = found.value;
  }
  return { ok: true, value: node };
}

export interface FoundHook {
  readonly event: string;
  readonly path: JSONPath;
  /** As it stands under the event: for a group, the group. */
  readonly entry: unknown;
}

/** Every entry of ours, last first, so that taking one out moves none of those that follow. */
export function findHooks(text: string): Outcome<readonly FoundHook[]> {
  const read = readJsonObject(text);
  if (!read.ok) return read;
  const root: unknown = read.value === null ? {} : valueOf(read.value);
  const found = Object.entries(recordOf(recordOf(root)["hooks"])).flatMap(([event, list]) =>
    (Array.isArray(list) ? (list as readonly unknown[]) : []).flatMap((entry, at) => foundIn(event, entry, at)),
  );
  return { ok: true, value: found.toReversed() };
}

function foundIn(event: string, entry: unknown, at: number): readonly FoundHook[] {
  const path = ["hooks", event, at];
  if (isOurHandler(entry)) return [{ event, path, entry }];
  const handlers = recordOf(entry)["hooks"];
  if (!Array.isArray(handlers)) return [];
  const ours = (handlers as readonly unknown[]).flatMap((handler, index) => (isOurHandler(handler) ? [index] : []));
  if (ours.length === 0) return [];
  if (ours.length === handlers.length) return [{ event, path, entry }];
  return ours.map((index) => ({ event, path: [...path, "hooks", index], entry: null }));
}

/** Whether exactly these stand in it, so that nothing is to be done. */
export function hasExactly(text: string, entries: Entries): boolean {
  const found = findHooks(text);
  if (!found.ok || found.value.length !== entries.size) return false;
  return found.value.every(({ event, entry }) => JSON.stringify(entry) === JSON.stringify(entries.get(event)));
}

/** For a file that is not as we left it: takes ours out, and what that leaves empty. */
export function removeHooks(text: string): Outcome<string> {
  const found = findHooks(text);
  if (!found.ok) return found;
  let left = text;
  for (const { path } of found.value) left = removeAt(left, path);
  for (const event of new Set(found.value.map((hook) => hook.event))) left = removeIfEmpty(left, ["hooks", event]);
  return { ok: true, value: found.value.length === 0 ? text : removeIfEmpty(left, ["hooks"]) };
}

function removeIfEmpty(text: string, path: readonly string[]): string {
  const node = nodeAt(text, path);
  return node.ok && node.value.children?.length === 0 ? removeAt(text, [...path]) : text;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}
