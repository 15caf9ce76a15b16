/** What agents last said of themselves, and the working trees they told of. */
import type { DatabaseSync } from "node:sqlite";
import type { SessionId, WorkspaceId } from "../../core/ids.ts";
import type { Presence, PresenceChange, TeamReads } from "../../core/ports/team.ts";
import type { AgentType } from "../../core/team/hook-event.ts";
import type { Tree } from "../../core/team/tree.ts";
import { isoOf, isoOrNull, prepareRows } from "./statement.ts";

const COLUMNS = `session_id, workspace_id, agent_type, conversation_id, task, current_file, branch, head_commit, tree,
  heard_at, ended_at`;

export const PRESENCE_STATEMENTS = {
  read: `SELECT ${COLUMNS} FROM presence WHERE session_id = ?`,
  find: `SELECT ${COLUMNS} FROM presence WHERE workspace_id = ? AND agent_type = ? AND conversation_id = ?`,
  add: `INSERT INTO presence (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  // What is set is written to its index again, changed or not: the name is left alone where it can be.
  set: `UPDATE presence SET task = ?, current_file = ?, branch = ?, head_commit = ?, tree = ?, heard_at = ?, ended_at = ?
    WHERE session_id = ?`,
  rename: "UPDATE presence SET agent_type = ?, conversation_id = ? WHERE session_id = ?",
  putTree: `INSERT INTO working_tree (workspace_id, host, root, repository, tree, ignores_case) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (workspace_id, host, root) DO UPDATE SET repository = excluded.repository, tree = excluded.tree,
      ignores_case = excluded.ignores_case
    WHERE (repository, tree, ignores_case) <> (excluded.repository, excluded.tree, excluded.ignores_case)`,
  findTree: `SELECT t.host, t.root, t.repository, t.tree, t.ignores_case FROM json_each(?) k
    CROSS JOIN working_tree t ON t.workspace_id = ? AND t.host = ? AND t.root = k.value
    ORDER BY length(t.root) DESC LIMIT 1`,
} as const;

export interface PresenceRow {
  readonly session_id: string;
  readonly workspace_id: string;
  readonly agent_type: string;
  readonly conversation_id: string;
  readonly task: string | null;
  readonly current_file: string | null;
  readonly branch: string | null;
  readonly head_commit: string | null;
  readonly tree: string | null;
  readonly heard_at: number;
  readonly ended_at: number | null;
}

/** Words and JSON had the types named here when the row was written. */
export function presenceOf(row: PresenceRow): Presence {
  return {
    agentType: row.agent_type as AgentType,
    conversationId: row.conversation_id,
    task: row.task,
    currentFile: row.current_file,
    branch: row.branch,
    headCommit: row.head_commit,
    tree: row.tree === null ? null : (JSON.parse(row.tree) as Tree),
    heardAt: isoOf(row.heard_at),
    endedAt: isoOrNull(row.ended_at),
  };
}

interface Of {
  readonly sessionId: SessionId;
  readonly workspaceId: WorkspaceId;
  readonly nowMs: number;
}

export interface PresenceWrites {
  /** The other session that has this conversation. */
  otherOf(sessionId: SessionId, workspaceId: WorkspaceId, change: PresenceChange): string | undefined;
  isEnded(sessionId: SessionId): boolean;
  change(of: Of, change: PresenceChange): void;
}

export function openPresence(db: DatabaseSync): PresenceWrites {
  const read = prepareRows<PresenceRow>(db, PRESENCE_STATEMENTS.read);
  const find = prepareRows<PresenceRow>(db, PRESENCE_STATEMENTS.find);
  const add = prepareRows<never>(db, PRESENCE_STATEMENTS.add);
  const set = prepareRows<never>(db, PRESENCE_STATEMENTS.set);
  const rename = prepareRows<never>(db, PRESENCE_STATEMENTS.rename);
  const putTree = prepareRows<never>(db, PRESENCE_STATEMENTS.putTree);
  return {
    otherOf(sessionId, workspaceId, { agentType, conversationId }) {
      if (agentType === undefined || conversationId === undefined) return undefined;
      const id = find.first(workspaceId, agentType, conversationId)?.session_id;
      return id === sessionId ? undefined : id;
    },
    isEnded: (sessionId) => (read.first(sessionId)?.ended_at ?? null) !== null,
    change({ sessionId, workspaceId, nowMs }, change) {
      const before = read.first(sessionId);
      const agentType = change.agentType ?? before?.agent_type;
      const conversationId = change.conversationId ?? before?.conversation_id;
      // What has no conversation of its own is no agent that reports.
      if (agentType === undefined || conversationId === undefined) return;
      const facts = [...factsOf(change, before), nowMs, endedAt()] as const;
      if (before === undefined) add.run(sessionId, workspaceId, agentType, conversationId, ...facts);
      else {
        set.run(...facts, sessionId);
        const isRenamed = agentType !== before.agent_type || conversationId !== before.conversation_id;
        if (isRenamed) rename.run(agentType, conversationId, sessionId);
      }
      if (change.tree !== undefined && change.tree !== null) putTree.run(workspaceId, ...treeValues(change.tree));

      function endedAt(): number | null {
        if (change.isEnded === undefined) return before?.ended_at ?? null;
        return change.isEnded ? nowMs : null;
      }
    },
  };
}

function factsOf(change: PresenceChange, before: PresenceRow | undefined) {
  const { task, currentFile, branch, headCommit, tree } = change;
  return [
    task === undefined ? (before?.task ?? null) : task,
    currentFile === undefined ? (before?.current_file ?? null) : currentFile,
    branch === undefined ? (before?.branch ?? null) : branch,
    headCommit === undefined ? (before?.head_commit ?? null) : headCommit,
    tree === undefined ? (before?.tree ?? null) : tree === null ? null : JSON.stringify(tree),
  ] as const;
}

function treeValues({ host, root, repository, tree, ignoresCase }: Tree) {
  return [host, root, repository, tree, ignoresCase ? 1 : 0] as const;
}

interface TreeRow {
  readonly host: string;
  readonly root: string;
  readonly repository: string;
  readonly tree: string;
  readonly ignores_case: number;
}

export function openPresenceReads(db: DatabaseSync): Pick<TeamReads, "readPresence" | "findPresence" | "findTree"> {
  const read = prepareRows<PresenceRow>(db, PRESENCE_STATEMENTS.read);
  const find = prepareRows<PresenceRow>(db, PRESENCE_STATEMENTS.find);
  const findTree = prepareRows<TreeRow>(db, PRESENCE_STATEMENTS.findTree);
  return {
    async readPresence(id) {
      const row = read.first(id);
      return row === undefined ? undefined : presenceOf(row);
    },
    async findPresence(workspaceId, agentType, conversationId) {
      const row = find.first(workspaceId, agentType, conversationId);
      // Only what had a SessionId was ever inserted.
      return row === undefined ? undefined : { sessionId: row.session_id as SessionId, presence: presenceOf(row) };
    },
    async findTree(workspaceId, host, absolutePath) {
      const row = findTree.first(JSON.stringify(rootsOf(absolutePath)), workspaceId, host);
      if (row === undefined) return undefined;
      const { ignores_case, ...tree } = row;
      return { ...tree, ignoresCase: ignores_case === 1 };
    },
  };
}

/** The path and every directory above it, as roots are written: without a slash at the end, but for the top. */
function rootsOf(absolutePath: string): readonly string[] {
  const roots = [absolutePath];
  for (let cut = absolutePath.lastIndexOf("/"); cut > 0; cut = absolutePath.lastIndexOf("/", cut - 1)) {
    roots.push(absolutePath.slice(0, cut));
  }
  return [...roots, "/"];
}
