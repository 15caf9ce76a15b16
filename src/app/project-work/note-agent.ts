/**
 * Writes down by which conversation a spawned agent knows its session, in the commit that says it was started: so its own
 * hooks join this session and are no twin of it (ruling 30).
 */
import type { Fact } from "../../core/events/envelope.ts";
import type { SessionId } from "../../core/ids.ts";
import type { Checkout } from "../../core/ports/checkouts.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import type { TeamReads, TeamWrite } from "../../core/ports/team.ts";
import type { AgentType, TreeReport } from "../../core/team/hook-event.ts";
import { treeOf } from "../../core/team/resolve-path.ts";
import type { HarnessName } from "../../core/session.ts";

export interface NoteAgentDeps {
  readonly store: Pick<SessionReads, "readSession"> & Pick<TeamReads, "findPresence">;
  /** What a hook client would report of a path on this machine. Contract: never throws. */
  readonly readTree: (path: string) => Promise<TreeReport | null>;
}

export type NoteAgent = (sessionId: SessionId, facts: readonly Fact[]) => Promise<TeamWrite | null>;

const TYPES = {
  "claude-code": "claude_code",
  codex: "codex",
  gemini: "gemini",
  opencode: "opencode",
  pi: "pi",
  hosted: "custom",
  observed: "custom",
} as const satisfies Record<HarnessName, AgentType>;

export function agentTypeOf(harness: HarnessName): AgentType {
  return TYPES[harness];
}

export function makeNoteAgent({ store, readTree }: NoteAgentDeps): NoteAgent {
  return async (sessionId, facts) => {
    const started = facts.find(({ type }) => type === "process.started");
    if (started?.type !== "process.started") return null;
    const record = await store.readSession(sessionId);
    const checkout = record?.work.checkout ?? null;
    if (record === undefined || checkout === null) return null;
    const { agent_session_id: conversationId } = started.data;
    const agentType = agentTypeOf(record.harness);
    const other = await store.findPresence(record.workspaceId, agentType, conversationId);
    // Its hook was faster than its answer: that session has the conversation, and stays.
    if (other !== undefined && other.sessionId !== sessionId) return null;
    return { presence: { agentType, conversationId, ...(await placeOf(readTree, checkout)) } };
  };
}

async function placeOf(readTree: NoteAgentDeps["readTree"], { path, branch }: Checkout) {
  const report = await readTree(path);
  return { branch, tree: report === null ? null : (treeOf(report) ?? null) };
}
