/**
 * What records are found by: words of their text and exact terms (P1). Written in the record's own commit, in the writer
 * thread; searched on the read connection.
 *
 * Words of a person become quoted phrases, so nothing that anybody types is ever read as an expression of FTS5.
 */
import type { DatabaseSync } from "node:sqlite";
import type { FullText, RecordQuery, RecordRow, TextMatch } from "../../core/ports/records.ts";
import { prepareRows } from "./statement.ts";

const FROM_TERMS = "FROM record_text t CROSS JOIN record r ON r.kind = t.kind AND r.id = t.id";
const FROM_WORDS = `FROM record_search CROSS JOIN record_text t ON t.number = record_search.rowid
  CROSS JOIN record r ON r.kind = t.kind AND r.id = t.id`;
const FITS = `t.kind = :kind AND (:workspaceId IS NULL OR r.workspace_id = :workspaceId)
  AND (:isArchived = 1 OR r.archived_at IS NULL) AND (:search = '' OR instr(r.name_key, :search) > 0)
  AND NOT EXISTS (SELECT 1 FROM json_each(:terms) g WHERE NOT EXISTS
    (SELECT 1 FROM record_term m WHERE m.number = t.number AND m.term IN (SELECT value FROM json_each(g.value))))`;
const HAS_FIRST =
  "t.number IN (SELECT m.number FROM record_term m WHERE m.term IN (SELECT value FROM json_each(:first)))";
const NEWEST = "r.created_at DESC, r.id DESC";

/** The columns are those of the records; see `records.ts`. */
const selected = (columns: string) => columns.replaceAll(/\w+/g, "r.$&");

export const RECORD_SEARCH_STATEMENTS = {
  number: "SELECT number FROM record_text WHERE kind = ? AND id = ?",
  insert: "INSERT INTO record_text (kind, id) VALUES (?, ?) RETURNING number",
  remove: "DELETE FROM record_text WHERE number = ?",
  insertWords: "INSERT INTO record_search (rowid, title, body) VALUES (?, ?, ?)",
  removeWords: "DELETE FROM record_search WHERE rowid = ?",
  insertTerm: "INSERT OR IGNORE INTO record_term (term, number) VALUES (?, ?)",
  removeTerms: "DELETE FROM record_term WHERE number = ?",
  totalOfTerms: `SELECT count(*) AS total ${FROM_TERMS} WHERE ${HAS_FIRST} AND ${FITS}`,
  totalOfWords: `SELECT count(*) AS total ${FROM_WORDS} WHERE record_search MATCH :match AND ${FITS}`,
} as const;

const byTerms = (columns: string) =>
  `SELECT ${selected(columns)} ${FROM_TERMS} WHERE ${HAS_FIRST} AND ${FITS} ORDER BY ${NEWEST} LIMIT :limit OFFSET :offset`;
/** A word of the title is worth eight of the text. */
const byWords = (columns: string) => `SELECT ${selected(columns)} ${FROM_WORDS}
  WHERE record_search MATCH :match AND ${FITS} ORDER BY bm25(record_search, 8.0, 1.0), ${NEWEST} LIMIT :limit OFFSET :offset`;

export interface RecordTexts {
  put(of: Pick<RecordRow, "kind" | "id">, fullText: FullText): void;
  drop(of: Pick<RecordRow, "kind" | "id">): void;
}

export function openRecordTexts(db: DatabaseSync): RecordTexts {
  const prepare = (name: keyof typeof RECORD_SEARCH_STATEMENTS) =>
    prepareRows<{ number: number }>(db, RECORD_SEARCH_STATEMENTS[name]);
  const [find, insert, remove] = [prepare("number"), prepare("insert"), prepare("remove")];
  const [insertWords, removeWords] = [prepare("insertWords"), prepare("removeWords")];
  const [insertTerm, removeTerms] = [prepare("insertTerm"), prepare("removeTerms")];
  const clear = (number: number) => {
    removeWords.run(number);
    removeTerms.run(number);
  };
  return {
    put({ kind, id }, { title, text, terms }) {
      const old = find.first(kind, id)?.number;
      if (old !== undefined) clear(old);
      const number = old ?? insert.first(kind, id)?.number;
      if (number === undefined) throw new Error(`The text of ${kind} "${id}" got no number`);
      insertWords.run(number, title, text);
      for (const term of terms) insertTerm.run(term, number);
    },
    drop({ kind, id }) {
      const number = find.first(kind, id)?.number;
      if (number === undefined) return;
      clear(number);
      remove.run(number);
    },
  };
}

export interface Found<Row> {
  readonly rows: readonly Row[];
  readonly total: number;
}

/** @param columns names of columns of `record`, comma separated */
export function openRecordSearch<Row>(db: DatabaseSync, columns: string): (query: RecordQuery) => Found<Row> {
  const words = prepareRows<Row>(db, byWords(columns));
  const totalOfWords = prepareRows<{ total: number }>(db, RECORD_SEARCH_STATEMENTS.totalOfWords);
  const terms = prepareRows<Row>(db, byTerms(columns));
  const totalOfTerms = prepareRows<{ total: number }>(db, RECORD_SEARCH_STATEMENTS.totalOfTerms);
  return (query) => {
    const { limit, offset = 0 } = query;
    const filter = filterOf(query);
    const page = { limit, offset };
    if (query.match === undefined) {
      const given = { ...filter, first: JSON.stringify(query.terms?.[0] ?? []) };
      return { rows: terms.all({ ...given, ...page }), total: totalOfTerms.first(given)?.total ?? 0 };
    }
    const match = expressionOf(query.match);
    if (match === null) return { rows: [], total: 0 };
    const given = { ...filter, match };
    return { rows: words.all({ ...given, ...page }), total: totalOfWords.first(given)?.total ?? 0 };
  };
}

function filterOf({ kind, workspaceId, search = "", includeArchived = false, terms = [] }: RecordQuery) {
  return {
    kind,
    workspaceId: workspaceId ?? null,
    search: search.toLowerCase(),
    isArchived: includeArchived ? 1 : 0,
    terms: JSON.stringify(terms),
  };
}

/** More words than anybody means; each costs a walk of its own. */
const MOST_WORDS = 32;
const LONGEST_WORD = 64;

/** Phrases of one word, each the beginning of a word; nothing when there is no word in the text. */
function expressionOf({ text, needs }: TextMatch): string | null {
  const words = text.match(/[\p{L}\p{N}\p{M}]+/gu)?.slice(0, MOST_WORDS) ?? [];
  if (words.length === 0) return null;
  return words.map((word) => `"${word.slice(0, LONGEST_WORD)}"*`).join(needs === "all" ? " AND " : " OR ");
}
