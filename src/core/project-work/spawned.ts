/** Which sessions have a working tree, and when one is still being made for them. Pure. */
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
