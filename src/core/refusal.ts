/**
 * Every "no" that a caller can act on. A door maps this union with a table that does not compile while a code is
 * missing; it never invents one. A broken machine is not a refusal: that throws.
 */
import type { SessionId } from "./ids.ts";
import type { ApprovalAnswer, Need } from "./session-words.ts";

export type ResourceKind =
  | "session"
  | "message"
  | "event"
  | "agent"
  | "harness"
  | "model"
  | "provider"
  | "workspace"
  | "key"
  | "file"
  | "image"
  | "capability"
  | "user"
  | "queued_message"
  | "approval"
  | "approval_rule"
  | "mcp_server"
  | "secret"
  | "skill"
  | "decision"
  | "convention"
  | "reservation"
  | "project"
  | "issue";

export type SessionAction =
  | "send"
  | "cancel"
  | "pause"
  | "resume"
  | "complete"
  | "fail"
  | "kill"
  | "delete"
  | "restore"
  | "edit_queue"
  | "answer"
  | "give_results";

export interface DocumentFault {
  /** Of those that the document is made of. */
  readonly file: string;
  /** JSON pointer in its fields; "" for the file itself. */
  readonly path: string;
  /** Counts from 1. */
  readonly line: number | null;
  /** A phrase that follows the name of the place. */
  readonly message: string;
}

/** A path that was wished for, and who has it. */
export interface ReservedPath {
  readonly path: string;
  readonly reservationId: string;
  readonly sessionId: SessionId;
  /** The path itself, or one above or below it. */
  readonly heldPath: string;
  readonly userName: string;
  readonly agentName: string;
  readonly task: string | null;
  readonly branch: string | null;
  readonly expiresAt: string;
  /** In words. */
  readonly remaining: string;
}

export type Refusal =
  | { readonly code: "not_found"; readonly kind: ResourceKind; readonly id: string }
  | { readonly code: "invalid_input"; readonly path: string; readonly reason: string }
  | { readonly code: "invalid_cursor"; readonly path: string; readonly reason: string }
  /** `isMessage`: false where something else than a message was refused, which can wait in no queue. */
  | { readonly code: "turn_running"; readonly sessionId: SessionId; readonly isMessage?: false }
  | { readonly code: "on_hold"; readonly sessionId: SessionId }
  | { readonly code: "budget_exhausted"; readonly sessionId: SessionId }
  | {
      readonly code: "not_allowed";
      readonly sessionId: SessionId;
      /** A fork and a reservation change nothing of the session's state, so they are no transitions. */
      readonly action: SessionAction | "fork" | "reserve";
      readonly state: string;
      readonly allowed: readonly SessionAction[];
    }
  /** By others; `reason` is one sentence, `advice` says what to do instead (R5). */
  | {
      readonly code: "reserved";
      readonly reason: string;
      readonly advice: string;
      readonly holders: readonly ReservedPath[];
    }
  /** The turn does not wait for this, or no longer. */
  | {
      readonly code: "not_waiting";
      readonly sessionId: SessionId;
      readonly need: Need;
      readonly state: string;
      readonly allowed: readonly SessionAction[];
    }
  /** Somebody has said something else before. */
  | { readonly code: "already_answered"; readonly approvalId: string; readonly answer: ApprovalAnswer }
  | { readonly code: "idempotency_mismatch"; readonly key: string }
  | { readonly code: "already_exists"; readonly kind: ResourceKind; readonly name: string }
  | { readonly code: "version_conflict"; readonly kind: ResourceKind; readonly name: string }
  | { readonly code: "read_only"; readonly kind: ResourceKind; readonly name: string }
  /** `reason`: a phrase that says what it is instead, or what would be taken. */
  | { readonly code: "unsupported_content"; readonly what: string; readonly reason: string }
  /** A text in a form of its own, with all that is wrong with it. */
  | { readonly code: "invalid_document"; readonly what: string; readonly faults: readonly DocumentFault[] }
  /** A package that the server can do without is missing on it. */
  | { readonly code: "not_installed"; readonly what: string; readonly packageName: string }
  | { readonly code: "too_large"; readonly what: string; readonly limit: number; readonly setting: string }
  | { readonly code: "quota_exceeded"; readonly what: string; readonly limit: number; readonly setting: string }
  | { readonly code: "storage_full" }
  | { readonly code: "unauthenticated"; readonly reason: string }
  | { readonly code: "forbidden"; readonly reason: string }
  | { readonly code: "in_use"; readonly kind: ResourceKind; readonly name: string; readonly by: string }
  /** Another working tree of the repository has it. */
  | { readonly code: "branch_in_use"; readonly branch: string; readonly path: string }
  /** `reason`: a phrase that says what to do about it. */
  | { readonly code: "repository_unusable"; readonly reason: string }
  | { readonly code: "setup_failed"; readonly command: string; readonly output: string }
  /** It has no working tree, or no longer; `reason` is a phrase. */
  | { readonly code: "no_checkout"; readonly sessionId: SessionId; readonly reason: string }
  /** What is asked for is settled once it has a working tree, also one that is gone: its branch is there. */
  | { readonly code: "has_checkout"; readonly sessionId: SessionId; readonly branch: string }
  | { readonly code: "nothing_to_commit"; readonly sessionId: SessionId }
  | { readonly code: "merge_refused"; readonly reason: string; readonly paths: readonly string[] }
  /** Uncommitted changes and commits that nothing else would keep. */
  | { readonly code: "would_lose"; readonly changes: readonly string[]; readonly commits: number }
  /** All that the project's sessions may use is used or held. */
  | {
      readonly code: "project_budget_exhausted";
      readonly project: string;
      readonly unit: "usd" | "tokens";
      readonly limit: number;
      readonly spent: number;
    }
  /** A provider of models did not do what it was asked for; in its own words. */
  | { readonly code: "provider_failed"; readonly name: string; readonly reason: string }
  | { readonly code: "timed_out"; readonly what: string; readonly afterMs: number };

export type RefusalCode = Refusal["code"];

export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

export function accept<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function refuse(refusal: Refusal): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal };
}
