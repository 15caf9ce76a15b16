/**
 * Reservations lie in the order in which they are looked for: every hook asks who holds a node, and found its row by one
 * tree of an index and then another of the table.
 */
export const layByNode = `
CREATE TABLE laid_reservation (
  id TEXT NOT NULL,
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
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (repository, node, id)
) STRICT, WITHOUT ROWID;
INSERT INTO laid_reservation SELECT id, repository, workspace_id, tree, node, is_directory, path, mode, session_id,
  holder_id, branch, token, provisional_for, taken_at, edited_at, ttl_ms, expires_at FROM reservation
  ORDER BY repository, node, id;
DROP TABLE reservation;
ALTER TABLE laid_reservation RENAME TO reservation;
CREATE UNIQUE INDEX reservation_by_id ON reservation (id);
CREATE INDEX reservation_by_repository ON reservation (repository, id);
CREATE INDEX reservation_by_workspace ON reservation (workspace_id, id);
CREATE INDEX reservation_by_session ON reservation (session_id, id);
CREATE INDEX reservation_by_holder ON reservation (holder_id, id);
CREATE INDEX reservation_by_expiry ON reservation (expires_at);
`;
