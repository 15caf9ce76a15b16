/**
 * Who works on what: presence, working trees, reservations, who waits for one, notices, hook facts, edits.
 *
 * A reservation is looked up by its node (the path without the slash of a directory): itself and each one above it by
 * key, all below it as one range of `reservation_by_node` (D1). `last_token` is never reset (D3). What keeps a session's
 * reservations beyond their deadline is a row of its own, so a tool call writes one row however many are held (D6).
 */
export const whoWorksOnWhat = `
CREATE TABLE presence (
  session_id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  agent_type TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  task TEXT,
  current_file TEXT,
  branch TEXT,
  head_commit TEXT,
  tree TEXT,
  heard_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX presence_by_conversation ON presence (workspace_id, agent_type, conversation_id);
CREATE INDEX presence_by_heard ON presence (workspace_id, heard_at) WHERE ended_at IS NULL;

CREATE TABLE working_tree (
  workspace_id TEXT NOT NULL,
  host TEXT NOT NULL,
  root TEXT NOT NULL,
  repository TEXT NOT NULL,
  tree TEXT NOT NULL,
  ignores_case INTEGER NOT NULL,
  PRIMARY KEY (workspace_id, host, root)
) STRICT, WITHOUT ROWID;

CREATE TABLE repository (
  number INTEGER PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  name TEXT NOT NULL,
  last_token INTEGER NOT NULL,
  UNIQUE (workspace_id, name)
) STRICT;

CREATE TABLE reservation (
  id TEXT PRIMARY KEY,
  repository INTEGER NOT NULL,
  workspace_id TEXT NOT NULL,
  tree TEXT NOT NULL,
  node TEXT NOT NULL,
  is_directory INTEGER NOT NULL,
  path TEXT NOT NULL,
  mode TEXT NOT NULL,
  session_id TEXT NOT NULL,
  holder_id TEXT NOT NULL,
  branch TEXT,
  token INTEGER NOT NULL,
  provisional_for TEXT NOT NULL,
  taken_at INTEGER NOT NULL,
  edited_at INTEGER NOT NULL,
  ttl_ms INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX reservation_by_node ON reservation (repository, node);
CREATE INDEX reservation_by_repository ON reservation (repository, id);
CREATE INDEX reservation_by_workspace ON reservation (workspace_id, id);
CREATE INDEX reservation_by_session ON reservation (session_id, id);
CREATE INDEX reservation_by_holder ON reservation (holder_id, id);
CREATE INDEX reservation_by_expiry ON reservation (expires_at);

CREATE TABLE open_call (
  session_id TEXT NOT NULL,
  tool_use_id TEXT NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (session_id, tool_use_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE hook_fact (
  session_id TEXT NOT NULL,
  tool_use_id TEXT NOT NULL,
  moment TEXT NOT NULL,
  PRIMARY KEY (session_id, tool_use_id, moment)
) STRICT, WITHOUT ROWID;

CREATE TABLE waiter (
  session_id TEXT NOT NULL,
  repository INTEGER NOT NULL,
  tree TEXT NOT NULL,
  node TEXT NOT NULL,
  is_directory INTEGER NOT NULL,
  path TEXT NOT NULL,
  holder_id TEXT NOT NULL,
  branch TEXT,
  policy TEXT NOT NULL,
  mode TEXT NOT NULL,
  PRIMARY KEY (session_id, repository, tree, node)
) STRICT, WITHOUT ROWID;
CREATE INDEX waiter_by_node ON waiter (repository, node);

CREATE TABLE notice (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  session_id TEXT NOT NULL,
  text TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX notice_by_session ON notice (session_id, id);

CREATE TABLE file_edit (
  repository INTEGER NOT NULL,
  key TEXT NOT NULL,
  edits INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  last_by TEXT NOT NULL,
  PRIMARY KEY (repository, key)
) STRICT, WITHOUT ROWID;
`;
