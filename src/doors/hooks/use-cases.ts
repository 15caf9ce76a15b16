/** What the hook doors may call. They decide nothing: what a hook means, and who is told what, is behind these. */
import type { PresentAgent } from "../../app/observe/hook-uses.ts";
import type { Principal } from "../../app/principal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { AgentType, HookEvent, HookReply, TreeReport } from "../../core/team/hook-event.ts";

export interface HookOptions {
  /** The caller wants to be refused where it cannot be answered (R9). */
  readonly isStrict: boolean;
  /** What somebody's hold on another branch means where the workspace has not said (R4). */
  readonly branchDefault: "deny" | "warn";
  /** `turn_end` ends the session (ruling 28). */
  readonly endsAtTurnEnd: boolean;
}

export interface HookCall {
  readonly event: HookEvent;
  readonly report: TreeReport;
  /** The session that the agent's program says it was started for; anything, from anybody. */
  readonly startedFor?: string;
  readonly options: HookOptions;
}

export interface HookUseCases {
  /** Contract: never rejects for a confused event; a fault throws. Goes on when its caller has stopped waiting. */
  handleHook(principal: Principal, call: HookCall): Promise<Outcome<HookReply>>;
  /** Latest heartbeat first. */
  listPresent(principal: Principal): Promise<Outcome<readonly PresentAgent[]>>;
  /** `not_found` for every id that names no session here, malformed ones too (ruling 3). */
  heartbeat(principal: Principal, sessionId: string): Promise<Outcome<null>>;
  endSession(principal: Principal, sessionId: string): Promise<Outcome<{ readonly releasedFiles: readonly string[] }>>;
  /** A hook that could not be read: somebody's edits are not guarded, and the workspace ought to see it. */
  reportHookFault(
    principal: Principal,
    fault: { readonly agentType: AgentType; readonly rawEvent?: string; readonly reason: string },
  ): Promise<void>;
  /** The caller as they are in that workspace; `not_found` when there is none of that name or id that they may see. */
  findWorkspace(principal: Principal, slugOrId: string): Promise<Outcome<Principal>>;
}
