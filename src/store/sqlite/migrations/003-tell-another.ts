/**
 * Sessions that other sessions have started, and what must be known in a second session: rows beside the commit that
 * made them true (P10), until the relay has delivered them.
 *
 * A session of its own has neither parent nor root, so the indexes hold children only and cost the others nothing. A
 * place in the outbox is never used twice: a row that is dropped late must not take a newer one with it. Rows name their
 * session by its id, because they outlive it: whoever waits for a session that is erased has to hear of its end. `told` makes
 * once of at least once: what another session's event has led to in this one.
 */
export const tellAnother = `
ALTER TABLE session ADD COLUMN parent_id TEXT;
ALTER TABLE session ADD COLUMN root_id TEXT;

CREATE INDEX session_by_parent ON session (workspace_id, is_deleted, parent_id, created_at, id)
  WHERE parent_id IS NOT NULL;
CREATE INDEX session_by_root ON session (workspace_id, is_deleted, root_id, created_at, id)
  WHERE root_id IS NOT NULL;
CREATE INDEX session_by_needs_below ON session (root_id) WHERE root_id IS NOT NULL AND needs <> '[]';

CREATE TABLE outbox (
  place INTEGER PRIMARY KEY AUTOINCREMENT,
  source_id TEXT NOT NULL,
  event_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  target TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;

CREATE TABLE told (
  number INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  PRIMARY KEY (number, event_id)
) STRICT, WITHOUT ROWID;
`;
