/**
 * Between the names of the wire (`agent_id`) and those of TypeScript (`agentId`), in types and at run time.
 *
 * Invariant: `toWire(fromWire(x))` is `x`. What somebody else has named is never renamed: tool arguments, results,
 * capability configuration, message metadata, hints, names of tools in policies, JSON schemas.
 */

type CamelKey<Key> = Key extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<CamelKey<Tail>>}` : Key;

/** A type of the wire with its keys as TypeScript has them. */
export type Camel<T> = unknown extends T
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Camel<Item>[]
    : T extends object
      ? { readonly [Key in keyof T as CamelKey<Key>]: Camel<T[Key]> }
      : T;

type Fields = Readonly<Record<string, unknown>>;

/** Keys whose values are not ours, in both spellings. */
const FOREIGN: ReadonlySet<string> = new Set([
  "arguments",
  "config",
  "config_schema",
  "configSchema",
  "hints",
  "parameters",
  "provider_content",
  "providerContent",
  "tool_policies",
  "toolPolicies",
]);

/** Two names are used for our own things too; what is around them tells. */
function isForeign(key: string, owner: Fields): boolean {
  // A session's own; an event's and a page's are ours.
  if (key === "data") return !("type" in owner) && !Array.isArray(owner["data"]);
  if (key === "metadata") return "content" in owner;
  if (key === "result") return owner["type"] === "tool_result" || isClientResult(owner);
  return FOREIGN.has(key);
}

/** What a client's tool came to, on its way to the server; in an event the tool's name stands beside the call. */
function isClientResult(owner: Fields): boolean {
  return ("toolCallId" in owner || "tool_call_id" in owner) && !("toolName" in owner) && !("tool_name" in owner);
}

function camelKey(key: string): string {
  return key.replaceAll(/(?<=.)_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function snakeKey(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function rename(value: unknown, keyOf: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => rename(item, keyOf));
  if (!isFields(value)) return value;
  const entries = Object.entries(value).map(
    ([key, inner]) => [keyOf(key), isForeign(key, value) ? inner : rename(inner, keyOf)] as const,
  );
  return Object.fromEntries(entries);
}

/** Contract: `wire` is JSON that a server of this API has sent as a `Wire`. */
export function fromWire<Wire>(wire: unknown): Camel<Wire> {
  // The type is the same statement about keys that `rename` carries out.
  return rename(wire, camelKey) as Camel<Wire>;
}

/** What `JSON.stringify` leaves out is left out here too. */
export function toWire(value: unknown): unknown {
  return rename(value, snakeKey);
}

export function wireKey(key: string): string {
  return snakeKey(key);
}
