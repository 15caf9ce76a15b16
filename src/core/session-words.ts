/** The words that facts about a session are made of. */
export const harnessNames = ["hosted", "claude-code", "codex", "gemini", "opencode", "pi", "observed"] as const;
export type HarnessName = (typeof harnessNames)[number];

/** `sessions`: those that it has started and waits for; nobody has to do anything. */
export const needNames = [
  "approval",
  "answer",
  "tool_results",
  "budget",
  "quota",
  "conflict",
  "ci",
  "sessions",
] as const;
export type Need = (typeof needNames)[number];

export type Lifecycle = "open" | "completed" | "failed" | "killed";
export type Hold = "none" | "person" | "budget";
/** `active`: a turn is owed or runs; `waiting`: parked until `needs` are met; `cancelling`: its tail is outstanding. */
export type TurnPhase = "none" | "active" | "waiting" | "cancelling";
/** `cancelled`: the turn was, or the session; `expired`: nobody answered in time. */
export type ApprovalAnswer = "allow" | "deny" | "cancelled" | "expired";
export const approvalScopes = ["once", "session", "always"] as const;
/** What an answer holds for: this call · calls of this tool in this session · and in the user's other ones with this agent. */
export type ApprovalScope = (typeof approvalScopes)[number];
export type WhenBusy = "refuse" | "queue" | "steer";
export type Origin = "api" | "cli" | "web" | "hooks" | "app" | "deep_work";

/** How a program is held by the machine it runs on; `none` in so many words (C6). */
export const isolations = ["bubblewrap", "none"] as const;
export type Isolation = (typeof isolations)[number];
