/**
 * The tables of the first version.
 *
 * A session has two rows: `head` (the fence and the end of the log; written by every commit, no secondary index) and
 * `session` (what lists show; written at the edges of turns). Inside they are named by a number, which is short; the
 * number of an id and the head row stay for ever, also after a purge (B12). Times are milliseconds since the epoch.
 *
 * `event` is in the order of commits, not of sessions: 64 appends to 64 sessions then dirty 85 pages of the log and not
 * 165 (13 µs a write against 21 in a group of 64, as rowid = session << 32 | seq; 36 clustered without rowid). Pages of
 * a session are read through `event_by_place`, at 1.7 µs a row when a thousand sessions are interleaved, 0.6 clustered.
 */
export const begin = `
CREATE TABLE session_number (
  id TEXT PRIMARY KEY,
  number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE head (
  number INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  takes INTEGER NOT NULL,
  last_ts INTEGER NOT NULL,
  owner TEXT,
  deleted_at INTEGER,
  purged_at INTEGER
) STRICT;

CREATE TABLE session (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  workspace_id TEXT NOT NULL,
  is_deleted INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  last_active_at INTEGER NOT NULL,
  created_by TEXT,
  harness TEXT NOT NULL,
  conversation_id TEXT,
  agent_id TEXT,
  harness_id TEXT,
  model_id TEXT,
  fact_code INTEGER NOT NULL,
  is_owed INTEGER NOT NULL,
  title TEXT,
  title_key TEXT,
  tags TEXT NOT NULL,
  lifecycle TEXT NOT NULL,
  hold TEXT NOT NULL,
  turn TEXT NOT NULL,
  turn_id TEXT,
  needs TEXT NOT NULL,
  stop_reason TEXT,
  turn_count INTEGER NOT NULL,
  queued_count INTEGER NOT NULL,
  preview TEXT,
  output_preview TEXT,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cache_read_tokens INTEGER NOT NULL,
  cache_creation_tokens INTEGER NOT NULL,
  cost_micro_usd INTEGER NOT NULL,
  message_count INTEGER NOT NULL,
  files_bytes INTEGER NOT NULL,
  folded_seq INTEGER NOT NULL,
  settings TEXT NOT NULL,
  state TEXT NOT NULL
) STRICT;

CREATE INDEX session_by_created ON session (workspace_id, is_deleted, created_at, id);
CREATE INDEX session_by_activity ON session (workspace_id, is_deleted, last_active_at, id);
CREATE INDEX session_by_facts ON session (workspace_id, is_deleted, fact_code, created_at, id);
CREATE INDEX session_by_harness ON session (workspace_id, is_deleted, harness, created_at, id);
CREATE INDEX session_by_agent ON session (workspace_id, is_deleted, agent_id, created_at, id)
  WHERE agent_id IS NOT NULL;
CREATE INDEX session_by_maker ON session (workspace_id, is_deleted, created_by, created_at, id)
  WHERE created_by IS NOT NULL;
CREATE INDEX session_by_owed ON session (last_active_at, id) WHERE is_owed = 1;
CREATE UNIQUE INDEX session_by_conversation ON session (workspace_id, harness, conversation_id)
  WHERE conversation_id IS NOT NULL;

CREATE TABLE session_tag (
  workspace_id TEXT NOT NULL,
  is_deleted INTEGER NOT NULL,
  tag TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  id TEXT NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (workspace_id, is_deleted, tag, created_at, id)
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE session_search USING fts5 (
  title, content = '', contentless_delete = 1, tokenize = 'trigram'
);

CREATE TABLE session_key (
  workspace_id TEXT NOT NULL,
  principal TEXT NOT NULL,
  key TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (workspace_id, principal, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_key_by_number ON session_key (number);

CREATE TABLE message_key (
  number INTEGER NOT NULL,
  client_message_id TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  message_id TEXT NOT NULL,
  PRIMARY KEY (number, client_message_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE event_type (
  code INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE event (
  n INTEGER PRIMARY KEY,
  number INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  type INTEGER NOT NULL,
  ts INTEGER NOT NULL,
  id TEXT NOT NULL,
  context TEXT NOT NULL,
  data TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX event_by_place ON event (number, seq, type);
CREATE UNIQUE INDEX event_by_id ON event (id);

CREATE TABLE queued_message (
  number INTEGER NOT NULL,
  position INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  queued_event_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY (number, position),
  UNIQUE (number, message_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE timer (
  number INTEGER NOT NULL,
  kind TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  PRIMARY KEY (number, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX timer_by_due ON timer (due_at);

CREATE TABLE file (
  number INTEGER NOT NULL,
  path TEXT NOT NULL,
  parent TEXT NOT NULL,
  is_directory INTEGER NOT NULL,
  is_readonly INTEGER NOT NULL,
  hash TEXT,
  size_bytes INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (number, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX file_by_parent ON file (number, parent);

CREATE TABLE file_version (
  number INTEGER NOT NULL,
  path TEXT NOT NULL,
  version INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  turn_id TEXT,
  hash TEXT,
  size_bytes INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (number, path, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE record (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  workspace_id TEXT NOT NULL,
  name TEXT,
  name_key TEXT NOT NULL,
  body TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  archived_at INTEGER,
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX record_by_created ON record (kind, workspace_id, created_at, id);
CREATE UNIQUE INDEX record_by_name ON record (kind, workspace_id, name)
  WHERE name IS NOT NULL AND archived_at IS NULL;

CREATE TABLE api_key (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  shown_prefix TEXT NOT NULL,
  secret_sha256 TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  last_used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX api_key_by_workspace ON api_key (workspace_id, created_at);

CREATE TABLE node (
  id TEXT PRIMARY KEY,
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;
