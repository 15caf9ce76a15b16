/**
 * Into which project a session may be taken, or out of which. Its branch is in the repository of the project that it had
 * when its working tree was made, so from then on the project stays; so it does while a turn runs, which has begun with
 * that project's rules and draws on its budget. Decides, and writes nothing.
 */
import type { ProjectId } from "../../core/ids.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { SessionRecord } from "../../core/session.ts";
import type { SessionParts } from "../new-session.ts";

export async function projectAfter(
  parts: Pick<SessionParts, "findProject">,
  { id: sessionId, workspaceId, edit, facts, work }: SessionRecord,
  wished: string | null,
): Promise<Outcome<ProjectId | null>> {
  const found = wished === null ? accept(null) : await parts.findProject(workspaceId, wished);
  if (!found.ok) return found;
  const after = found.value?.id ?? null;
  if (after === edit.projectId) return accept(after);
  const branch = work.checkout?.branch ?? work.delivery?.branch;
  if (branch !== undefined) return refuse({ code: "has_checkout", sessionId, branch });
  if (facts.turn !== "none") return refuse({ code: "turn_running", sessionId, isMessage: false });
  return accept(after);
}
