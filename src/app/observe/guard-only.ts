/**
 * A tool use of whom nobody watches any more: its session has ended, or was deleted. It is granted nothing, since it may
 * be a hook that comes late (D6), and nothing is written; but what others hold stays theirs, whoever asks.
 */
import type { SessionId, WorkspaceId } from "../../core/ids.ts";
import type { TeamReads } from "../../core/ports/team.ts";
import type { HookEvent } from "../../core/team/hook-event.ts";
import type { BranchPolicy, Overlap } from "../../core/team/reservation.ts";
import { nameOverlaps } from "./file-names.ts";
import { ALLOW } from "./told.ts";
import type { HoldWords, Place, Reply } from "./told.ts";
import { wishedPaths } from "./wished-paths.ts";
import type { ReadShellWrites } from "./wished-paths.ts";

export interface GuardOnlyDeps {
  readonly store: Pick<TeamReads, "findOverlaps">;
  readonly words: Pick<HoldWords, "deny">;
  readonly readShell: ReadShellWrites;
}

export interface Unwatched {
  readonly workspaceId: WorkspaceId;
  /** Nobody: everybody's reservations are in the way. */
  readonly sessionId: SessionId | null;
  readonly holderId: SessionId | null;
  readonly event: HookEvent;
  readonly place: Place;
  readonly policy: BranchPolicy;
}

export async function guardOnly(deps: GuardOnlyDeps, { workspaceId, event, place, ...who }: Unwatched): Promise<Reply> {
  const { files } = await wishedPaths(event, place, deps.readShell);
  const denials: Overlap[] = [];
  for (const each of files) {
    const asked = { ...who, ...each, mode: "exclusive" as const };
    const { overlaps } = await deps.store.findOverlaps(workspaceId, asked);
    denials.push(...overlaps.filter(({ severity }) => severity === "deny"));
  }
  if (denials.length === 0) return ALLOW;
  return {
    verdict: { permission: "deny", ...(await deps.words.deny(workspaceId, nameOverlaps(denials, files, place))) },
  };
}
