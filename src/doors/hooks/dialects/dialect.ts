/**
 * What each dialect is: two pure functions between one IDE's own JSON and the normalised event and answer.
 *
 * Invariant: `decode` never throws, whatever it is given; `encode` always gives what that IDE takes for an answer, and
 * never an explicit "allow" where that would wave away the question the IDE itself would ask the user.
 */
import type { HookEvent, Verdict } from "../../../core/team/hook-event.ts";

/** As they stand in `/hooks/{name}`. */
export const ideNames = ["claude-code", "cursor", "codex", "gemini", "copilot", "windsurf", "opencode", "pi"] as const;
export type IdeName = (typeof ideNames)[number];

export type HeaderOf = (name: string) => string | undefined;

export type Decoded =
  | { readonly ok: true; readonly event: HookEvent }
  /** `rawEvent`: the IDE's name of the event, if that at least could be read. */
  | { readonly ok: false; readonly reason: string; readonly rawEvent?: string };

/** What is to be said, of which each IDE takes what it has a place for. `HookReply` is one. */
export interface HookAnswer {
  readonly verdict: Verdict;
  readonly context?: string;
  /** For the person, where the IDE shows such a thing without harm: why nothing is guarded. */
  readonly note?: string;
}

export interface IdeReply {
  readonly status: 200;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Dialect {
  readonly decode: (payload: unknown, header: HeaderOf) => Decoded;
  readonly encode: (event: HookEvent, answer: HookAnswer) => IdeReply;
}

/** Claude Code, Cursor and Codex cut or drop context beyond about 10,000 characters. */
export const MAX_CONTEXT = 9_500;

export function clipContext(text: string): string {
  if (text.length <= MAX_CONTEXT) return text;
  return `${text.slice(0, MAX_CONTEXT - 2).toWellFormed()}\n…`;
}

export function jsonReply(body: Readonly<Record<string, unknown>>): IdeReply {
  return { status: 200, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

/** Events that end something: an answer other than `{}` would keep the agent going, or be shown as an error. */
export function isEnd({ moment }: Pick<HookEvent, "moment">): boolean {
  return moment === "session_end" || moment === "turn_end" || moment === "subagent_end" || moment === "compact";
}

/** Codex fails, and so allows, when a denial has no words. */
export function reasonOf(verdict: Extract<Verdict, { readonly permission: "deny" }>): string {
  return verdict.reason.trim() === "" ? "Reserved by another agent" : verdict.reason;
}
