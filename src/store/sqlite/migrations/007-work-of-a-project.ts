/**
 * Of which project and task a session is, the working tree that it has and what became of its work; what a project's
 * budget has spent, and what model calls under way may still spend of it.
 *
 * Most sessions have neither project nor task, so the indexes hold those that do. A session makes one call at a time, so a
 * call that is tried again finds its own hold. What a call that nobody will ever report is charged stands beside it.
 */
export const workOfAProject = `
ALTER TABLE session ADD COLUMN project_id TEXT;
ALTER TABLE session ADD COLUMN task_id TEXT;
ALTER TABLE session ADD COLUMN checkout TEXT;
ALTER TABLE session ADD COLUMN delivery TEXT;

CREATE INDEX session_by_project ON session (workspace_id, is_deleted, project_id, created_at, id)
  WHERE project_id IS NOT NULL;
CREATE INDEX session_by_task ON session (workspace_id, is_deleted, task_id, created_at, id)
  WHERE task_id IS NOT NULL;
CREATE INDEX session_by_checkout ON session (project_id, number) WHERE checkout IS NOT NULL;

CREATE TABLE budget (
  subject TEXT PRIMARY KEY,
  spent_micro_usd INTEGER NOT NULL,
  spent_tokens INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE budget_hold (
  subject TEXT NOT NULL,
  session_id TEXT NOT NULL,
  micro_usd INTEGER NOT NULL,
  tokens INTEGER NOT NULL,
  least_micro_usd INTEGER NOT NULL,
  least_tokens INTEGER NOT NULL,
  PRIMARY KEY (subject, session_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX budget_hold_by_session ON budget_hold (session_id);
`;
