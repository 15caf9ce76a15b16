/**
 * A key that is revoked takes its agents with it (hooks.md 1.2): the sessions whose hooks last prompted with it end, and what
 * they hold is free. An agent that goes on with another key opens its session again with the next prompt.
 */
import type { KeyId } from "../../core/ids.ts";
import type { TeamReads } from "../../core/ports/team.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { ControlSession } from "../control-session.ts";
import type { Keys } from "../keys/keys.ts";
import type { Principal } from "../principal.ts";

export interface EndOfKeyDeps {
  readonly store: Pick<TeamReads, "listPresent">;
  readonly controlSession: ControlSession;
  readonly keys: Pick<Keys, "revoke">;
}

/** Of one workspace; they are looked through, so nothing is kept for each key. */
const MOST_ENDED = 10_000;

export function makeRevokeWithSessions(
  deps: EndOfKeyDeps,
): (principal: Principal, id: KeyId) => Promise<Outcome<null>> {
  return async (principal, id) => {
    const revoked = await deps.keys.revoke(principal, id);
    if (revoked.ok) await endSessionsOf(deps, principal, id);
    return revoked;
  };
}

async function endSessionsOf(
  { store, controlSession }: EndOfKeyDeps,
  { workspaceId }: Principal,
  id: KeyId,
): Promise<void> {
  const present = await store.listPresent({ workspaceId, sinceMs: 0, limit: MOST_ENDED });
  for (const { session } of present) {
    if (session.harness !== "observed" || session.edit.settings.hookKeyId !== id) continue;
    // One that has ended by itself meanwhile is as ended as it can be.
    await controlSession({ workspaceId }, session.id, { action: "complete", reason: "key_revoked" });
  }
}
