/**
 * Ids name things; they never order them (S1: the log's `seq` orders).
 *
 * An id is a prefix, `_`, and the 32 lowercase hex digits of a UUIDv7. One parser per kind makes the branded type; it
 * checks prefix and digits and, because clients may bring ids made elsewhere, no UUID version. The long prefixes that
 * the Everruns server emits are read too (S2) and turned into ours.
 */

const PREFIXES = {
  session: ["ses", "session", "sess"],
  event: ["evt", "event"],
  message: ["msg", "message"],
  turn: ["turn"],
  exec: ["exec"],
  call: ["call"],
  agent: ["agt", "agent"],
  harness: ["hrn", "harness"],
  model: ["mod", "model"],
  provider: ["prv", "provider"],
  image: ["img", "image"],
  workspace: ["wsp", "workspace"],
  organization: ["org"],
  project: ["prj", "project"],
  user: ["usr", "user"],
  key: ["key"],
  decision: ["dec", "decision"],
  reservation: ["rsv", "reservation"],
  approval: ["apr", "approval"],
  rule: ["rul", "rule"],
  budget: ["bdg", "bdgt", "budget"],
  task: ["tsk", "task"],
  node: ["nod"],
  request: ["req"],
  pins: ["pin"],
  chat: ["chat"],
  mcp_server: ["mcp"],
  storage: ["sto"],
  skill: ["skill"],
  convention: ["cnv", "convention"],
} as const satisfies Record<string, readonly [string, ...string[]]>;

export type IdKind = keyof typeof PREFIXES;

declare const kindOf: unique symbol;
export type Id<K extends IdKind> = string & { readonly [kindOf]: K };

export type SessionId = Id<"session">;
export type EventId = Id<"event">;
export type MessageId = Id<"message">;
export type TurnId = Id<"turn">;
export type ExecId = Id<"exec">;
export type AgentId = Id<"agent">;
export type HarnessId = Id<"harness">;
export type ModelId = Id<"model">;
export type ProviderId = Id<"provider">;
export type ProjectId = Id<"project">;
export type WorkspaceId = Id<"workspace">;
export type UserId = Id<"user">;
export type KeyId = Id<"key">;
export type NodeId = Id<"node">;

/** Makes a new id of a kind. Made once at boot from the clock and a random source; passed in everywhere else. */
export type MintId = <K extends IdKind>(kind: K) => Id<K>;

const HEX_32 = /^[0-9a-f]{32}$/;

/**
 * Lays out a UUIDv7 (RFC 9562 §5.7) after the prefix.
 *
 * @param unixMs milliseconds since the epoch, below 2^48
 * @param randomHex at least 20 hex digits of randomness; 74 bits of them are used
 */
export function formatId<K extends IdKind>(kind: K, unixMs: number, randomHex: string): Id<K> {
  const time = Math.floor(unixMs).toString(16).padStart(12, "0");
  const variant = ((Number.parseInt(randomHex.charAt(3), 16) & 0x3) | 0x8).toString(16);
  // The brand is earned here: prefix and 32 digits are laid out by this line and nowhere else.
  return `${PREFIXES[kind][0]}_${time}7${randomHex.slice(0, 3)}${variant}${randomHex.slice(4, 19)}` as Id<K>;
}

/** Reads an id of one kind, or nothing. Long prefixes come out as ours, so one thing has one spelling inside. */
export function parseId<K extends IdKind>(kind: K, text: string): Id<K> | undefined {
  const cut = text.lastIndexOf("_");
  const prefix = text.slice(0, Math.max(cut, 0));
  const digits = text.slice(cut + 1);
  const known: readonly string[] = PREFIXES[kind];
  if (!known.includes(prefix) || !HEX_32.test(digits)) return undefined;
  return `${PREFIXES[kind][0]}_${digits}` as Id<K>;
}

/** The 32 digits, for showing one thing under another door's prefix (`org_` for a workspace). */
export function digitsOf(id: Id<IdKind>): string {
  return id.slice(id.lastIndexOf("_") + 1);
}

export function prefixOf(kind: IdKind): string {
  return PREFIXES[kind][0];
}
