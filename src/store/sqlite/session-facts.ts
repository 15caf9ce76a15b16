/**
 * The row of a session that lists show, and what follows from it: tags, search, deletion. Runs in the writer thread
 * inside a session's write. Each class of facts has a statement of its own (C2), so none can overwrite another's.
 */
import type { DatabaseSync } from "node:sqlite";
import type { CreateValues, EditValues, SessionRest, TurnValues } from "./jobs.ts";
import { CREATE_COLUMNS, EDIT_COLUMNS, FACT_COLUMNS, SUM_COLUMNS } from "./session-columns.ts";
import { prepareRows } from "./statement.ts";
import type { Statement } from "./statement.ts";

const FACTS = FACT_COLUMNS.map((name) => `${name} = ?`).join(", ");
const SUMS = Object.values(SUM_COLUMNS);
const INSERTED = [
  ...CREATE_COLUMNS,
  "number",
  "is_deleted",
  "created_at",
  "last_active_at",
  "files_bytes",
  "folded_seq",
];

export const SESSION_FACT_STATEMENTS = {
  insert: `INSERT INTO session (${INSERTED.join(", ")}) VALUES (${INSERTED.map(() => "?").join(", ")})`,
  setFacts: `UPDATE session SET ${FACTS}, last_active_at = ? WHERE number = ?`,
  setFactsAndFold: `UPDATE session SET ${FACTS}, last_active_at = ?, state = ?, folded_seq = ? WHERE number = ?`,
  setPreviews: `UPDATE session SET preview = coalesce(?, preview), output_preview = coalesce(?, output_preview)
    WHERE number = ?`,
  add: `UPDATE session SET ${SUMS.map((name) => `${name} = ${name} + ?`).join(", ")} WHERE number = ?`,
  setCheckout: "UPDATE session SET checkout = ? WHERE number = ?",
  mergeDelivery: "UPDATE session SET delivery = json_patch(coalesce(delivery, '{}'), ?) WHERE number = ?",
  setTitle: "UPDATE session SET title = ?, title_key = ? WHERE number = ?",
  setTags: "UPDATE session SET tags = ? WHERE number = ?",
  dropSearch: "DELETE FROM session_search WHERE rowid = ?",
  addSearch: "INSERT INTO session_search (rowid, title) VALUES (?, ?)",
  dropTags: `DELETE FROM session_tag WHERE (workspace_id, is_deleted, tag, created_at, id) IN
    (SELECT s.workspace_id, s.is_deleted, t.value, s.created_at, s.id FROM session s, json_each(s.tags) t
     WHERE s.number = ?)`,
  addTags: `INSERT OR IGNORE INTO session_tag (workspace_id, is_deleted, tag, created_at, id, number)
    SELECT s.workspace_id, s.is_deleted, t.value, s.created_at, s.id, s.number FROM session s, json_each(s.tags) t
    WHERE s.number = ?`,
  setDeleted: "UPDATE session SET is_deleted = ? WHERE number = ?",
} as const;

const PLAIN_EDITS = Object.values(EDIT_COLUMNS).map(
  (column) => [column, `UPDATE session SET ${column} = ? WHERE number = ?`] as const,
);

/** The commit that brings the facts. */
export interface FactPlace {
  readonly number: number;
  /** The end of the log before the write, and after it. */
  readonly before: number;
  readonly seq: number;
  readonly ts: number;
}

export interface SessionFacts {
  insert(place: Omit<FactPlace, "before">, create: CreateValues): void;
  change(place: FactPlace, rest: SessionRest): void;
  setDeleted(number: number, isDeleted: boolean): void;
}

export function openSessionFacts(db: DatabaseSync): SessionFacts {
  const sql = SESSION_FACT_STATEMENTS;
  const prepare = (text: string): Statement<never> => prepareRows<never>(db, text);
  const insert = prepare(sql.insert);
  const setFacts = prepare(sql.setFacts);
  const setFactsAndFold = prepare(sql.setFactsAndFold);
  const setPreviews = prepare(sql.setPreviews);
  const add = prepare(sql.add);
  const setCheckout = prepare(sql.setCheckout);
  const mergeDelivery = prepare(sql.mergeDelivery);
  const setDeleted = prepare(sql.setDeleted);
  const { setEdit, setSearch, dropTags, addTags } = openEdits(db);
  const setTurn = ({ facts, stateJson, through }: TurnValues, { number, before, seq, ts }: FactPlace) => {
    if (before === through) setFactsAndFold.run(...facts, ts, stateJson, seq, number);
    else setFacts.run(...facts, ts, number);
  };
  return {
    insert({ number, seq, ts }, { columns, tags, titleKey }) {
      insert.run(...columns, number, 0, ts, ts, 0, seq);
      if (tags.length > 0) addTags(number);
      if (titleKey !== null) setSearch(number, titleKey);
    },
    change(place, { turn, previews, edit, sum, work }) {
      if (turn !== undefined) setTurn(turn, place);
      if (previews !== undefined) setPreviews.run(...previews, place.number);
      if (edit !== undefined) setEdit(place.number, edit);
      if (sum !== undefined) add.run(...sum, place.number);
      if (work?.checkoutJson !== undefined) setCheckout.run(work.checkoutJson, place.number);
      if (work?.deliveryJson !== undefined) mergeDelivery.run(work.deliveryJson, place.number);
    },
    setDeleted(number, isDeleted) {
      dropTags(number);
      setDeleted.run(isDeleted ? 1 : 0, number);
      addTags(number);
    },
  };
}

function openEdits(db: DatabaseSync) {
  const sql = SESSION_FACT_STATEMENTS;
  const prepare = (text: string): Statement<never> => prepareRows<never>(db, text);
  const plain = new Map(PLAIN_EDITS.map(([column, text]) => [column as string, prepare(text)]));
  const setTitle = prepare(sql.setTitle);
  const setTags = prepare(sql.setTags);
  const dropSearch = prepare(sql.dropSearch);
  const addSearch = prepare(sql.addSearch);
  const drop = prepare(sql.dropTags);
  const add = prepare(sql.addTags);
  const setSearch = (number: number, key: string | null) => {
    dropSearch.run(number);
    if (key !== null) addSearch.run(number, key);
  };
  return {
    setSearch,
    dropTags: (number: number) => drop.run(number),
    addTags: (number: number) => add.run(number),
    setEdit(number: number, edit: EditValues) {
      for (const [column, value] of edit.plain) plain.get(column)?.run(value, number);
      if (edit.title !== undefined) {
        setTitle.run(edit.title.text, edit.title.key, number);
        setSearch(number, edit.title.key);
      }
      if (edit.tags !== undefined) {
        drop.run(number);
        setTags.run(JSON.stringify(edit.tags), number);
        add.run(number);
      }
    },
  };
}
