/**
 * The feed of a workspace: a pointer to each of its rare events, in the order of commits (B10). The last row is never
 * removed, so a place is never given twice and a reader who stands at it misses nothing.
 *
 * And what records of some kinds are found by: words of their text (diacritics folded, prefixes of two and three letters
 * indexed) and exact terms, each as one token. Both are written with the record. A record's number is larger than those of
 * all that are there when it is made, so numbers order them by age.
 */
export const whatATeamHears = `
CREATE TABLE feed (
  position INTEGER PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  type INTEGER NOT NULL
) STRICT;
CREATE INDEX feed_by_workspace ON feed (workspace_id, position);
CREATE INDEX feed_by_session ON feed (number, position, seq);

CREATE TABLE record_text (
  number INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  UNIQUE (kind, id)
) STRICT;

CREATE VIRTUAL TABLE record_search USING fts5 (
  title, body, terms, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
`;
