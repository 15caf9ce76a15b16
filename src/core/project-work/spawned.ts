/** Which sessions have a working tree, when one is still being made for them, and when their agent is gone. Pure. */
import type { HarnessName, SessionRecord } from "../session.ts";

/** Its agent is a program of its own on this machine. */
export function isSpawned(harness: HarnessName): boolean {
  return harness !== "hosted" && harness !== "observed";
}

/** Ruling 4: a project's sessions, and every spawned one; without a project those have a repository of their own. */
export function wantsCheckout({ harness, edit }: Pick<SessionRecord, "harness" | "edit">): boolean {
  return isSpawned(harness) || (edit.projectId !== null && harness !== "observed");
}

/** Its tree, or with its first turn its agent, is not there yet. */
export function isSpawning(session: Pick<SessionRecord, "harness" | "edit" | "facts" | "work">): boolean {
  const { facts, work, edit } = session;
  if (facts.lifecycle !== "open" || work.checkout !== null || !wantsCheckout(session)) return false;
  return facts.turn === "active" || (facts.turnCount === 0 && (edit.settings.initialPrompt ?? null) !== null);
}

/** Failures of a turn after which no program is there; one that answered with an error is (X12). */
const LEAVE_NO_PROGRAM: ReadonlySet<string> = new Set([
  "agent_not_installed",
  "agent_not_started",
  "agent_exited",
  "agent_timeout",
  "agent_protocol",
  "branch_in_use",
  "repository_unusable",
  "setup_failed",
]);

export function stopReasonOf(errorCode: string): "failed" | "agent_gone" {
  return LEAVE_NO_PROGRAM.has(errorCode) ? "agent_gone" : "failed";
}

type AgentFacts = Pick<SessionRecord, "facts"> & Partial<Pick<SessionRecord, "harness">>;

/** Its program died in its last turn, or could not be started; the next message tries again. */
export function isAgentGone({ harness, facts }: AgentFacts): boolean {
  if (harness === undefined || !isSpawned(harness) || facts.lifecycle !== "open" || facts.turn !== "none") return false;
  return facts.stopReason === "agent_gone";
}

/** Also while a person holds the session: a program that has its prompt works on to the end of its turn (ruling 7). */
export function isAtWork({ harness, facts, head }: AgentFacts & Partial<Pick<SessionRecord, "head">>): boolean {
  if (harness === undefined || !isSpawned(harness)) return false;
  return facts.lifecycle === "open" && facts.turn === "active" && (head?.owner ?? null) !== null;
}
