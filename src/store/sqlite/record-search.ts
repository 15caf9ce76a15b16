/**
 * What records are found by: words of their text and exact terms (P1). Written in the record's own commit, in the writer
 * thread; searched on the read connection. Kind, workspace and terms are tokens of the same index, so a page looks at no
 * record but its own: of 20,000 that all fit the newest take 3 ms and the best 45, where joining each took 240 and 110.
 *
 * Words of a person become quoted phrases, so nothing that anybody types is ever read as an expression of FTS5.
 */
import type { DatabaseSync } from "node:sqlite";
import { digitsOf } from "../../core/ids.ts";
import type { FullText, RecordQuery, RecordRow, TextMatch } from "../../core/ports/records.ts";
import { sha256Hex } from "../../lib/sha256.ts";
import { prepareRows } from "./statement.ts";

/** A word of the title is worth eight of the text, and what is exact says nothing of how well it fits. */
const BEST = `SELECT rowid AS number, bm25(record_search, 8.0, 1.0, 0.0) AS score FROM record_search
  WHERE record_search MATCH :match ORDER BY score, rowid DESC LIMIT :limit OFFSET :offset`;
const NEWEST = `SELECT rowid AS number, 0 AS score FROM record_search
  WHERE record_search MATCH :match ORDER BY rowid DESC LIMIT :limit OFFSET :offset`;

export const RECORD_SEARCH_STATEMENTS = {
  number: "SELECT number FROM record_text WHERE kind = ? AND id = ?",
  insert: "INSERT INTO record_text (kind, id) VALUES (?, ?) RETURNING number",
  remove: "DELETE FROM record_text WHERE number = ?",
  insertWords: "INSERT INTO record_search (rowid, title, body, terms) VALUES (?, ?, ?, ?)",
  removeWords: "DELETE FROM record_search WHERE rowid = ?",
  total: "SELECT count(*) AS total FROM record_search WHERE record_search MATCH :match",
} as const;

/** @param columns names of columns of `record`, comma separated */
function pageOf(found: string, columns: string): string {
  return `SELECT ${columns.replaceAll(/\w+/g, "r.$&")} FROM (${found}) AS found
    CROSS JOIN record_text t ON t.number = found.number CROSS JOIN record r ON r.kind = t.kind AND r.id = t.id
    ORDER BY found.score, found.number DESC`;
}

type Identity = Pick<RecordRow, "kind" | "id" | "workspaceId">;

export interface RecordTexts {
  put(of: Identity, fullText: FullText): void;
  drop(of: Identity): void;
}

export function openRecordTexts(db: DatabaseSync): RecordTexts {
  const prepare = (name: keyof typeof RECORD_SEARCH_STATEMENTS) =>
    prepareRows<{ number: number }>(db, RECORD_SEARCH_STATEMENTS[name]);
  const [find, insert, remove] = [prepare("number"), prepare("insert"), prepare("remove")];
  const [insertWords, removeWords] = [prepare("insertWords"), prepare("removeWords")];
  return {
    put({ kind, id, workspaceId }, { title, text, terms }) {
      const old = find.first(kind, id)?.number;
      if (old !== undefined) removeWords.run(old);
      const number = old ?? insert.first(kind, id)?.number;
      if (number === undefined) throw new Error(`The text of ${kind} "${id}" got no number`);
      insertWords.run(number, title, text, [...scopeOf({ kind, workspaceId }), ...terms.map(tokenOf)].join(" "));
    },
    drop({ kind, id }) {
      const number = find.first(kind, id)?.number;
      if (number === undefined) return;
      removeWords.run(number);
      remove.run(number);
    },
  };
}

export interface Found<Row> {
  readonly rows: readonly Row[];
  readonly total: number;
}

export function openRecordSearch<Row>(db: DatabaseSync, columns: string): (query: RecordQuery) => Found<Row> {
  const best = prepareRows<Row>(db, pageOf(BEST, columns));
  const newest = prepareRows<Row>(db, pageOf(NEWEST, columns));
  const total = prepareRows<{ total: number }>(db, RECORD_SEARCH_STATEMENTS.total);
  return (query) => {
    const match = expressionOf(query);
    if (match === null) return { rows: [], total: 0 };
    const { limit, offset = 0 } = query;
    const statement = query.match === undefined ? newest : best;
    return { rows: statement.all({ match, limit, offset }), total: total.first({ match })?.total ?? 0 };
  };
}

/** A kind and a workspace, as tokens. */
function scopeOf({ kind, workspaceId }: Pick<RecordQuery, "kind" | "workspaceId">): readonly string[] {
  const name = `k${kind.replaceAll(/[^a-z]/g, "")}`;
  return workspaceId === undefined ? [name] : [name, `w${digitsOf(workspaceId)}`];
}

/** A term may have any character, and a token only letters and digits. */
function tokenOf(term: string): string {
  return `t${sha256Hex(term).slice(0, 24)}`;
}

/** Nothing: there is no word in the text, or a group is empty. */
function expressionOf(query: RecordQuery): string | null {
  const { match, terms = [] } = query;
  if (terms.some((group) => group.length === 0)) return null;
  const groups = terms.map((group) => `(${group.map(tokenOf).join(" OR ")})`);
  const exact = `terms : (${[...scopeOf(query), ...groups].join(" AND ")})`;
  if (match === undefined) return exact;
  const words = wordsOf(match);
  return words === null ? null : `${exact} AND {title body} : (${words})`;
}

/** More words than anybody means; each costs a walk of its own. */
const MOST_WORDS = 32;
const LONGEST_WORD = 64;

/** Phrases of one word, each the beginning of a word. */
function wordsOf({ text, needs }: TextMatch): string | null {
  const words = text.match(/[\p{L}\p{N}\p{M}]+/gu)?.slice(0, MOST_WORDS) ?? [];
  if (words.length === 0) return null;
  return words.map((word) => `"${word.slice(0, LONGEST_WORD)}"*`).join(needs === "all" ? " AND " : " OR ");
}
