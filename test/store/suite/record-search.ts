/** What records are found by: words of their text, and whole terms (P1). */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FullText, RecordQuery, RecordRow, TextMatch } from "../../../src/core/ports/records.ts";
import { openSetting, seed } from "./setting.ts";
import type { Setting, Suite } from "./setting.ts";

type Texts = Partial<FullText>;

function draftOf(setting: Setting, texts: Texts, workspaceId = setting.workspaceId) {
  const id: string = setting.mint("decision");
  const fullText = { title: "", text: "", terms: [], ...texts };
  return {
    kind: "create",
    record: { kind: "decision", id, workspaceId, name: null, body: JSON.stringify(texts) },
    fullText,
  } as const;
}

async function keep(setting: Setting, texts: Texts, workspaceId = setting.workspaceId): Promise<RecordRow> {
  const result = await setting.store.writeRecord(draftOf(setting, texts, workspaceId));
  if (result.kind !== "written") throw new Error(`The scene could not be set: ${JSON.stringify(result)}`);
  setting.clock.advance(1_000);
  return result.record;
}

async function find({ store, workspaceId }: Setting, query: Partial<RecordQuery>): Promise<readonly string[]> {
  const { records, total } = await store.listRecords({ kind: "decision", workspaceId, limit: 100, ...query });
  expect(total).toBe(records.length);
  return records.map(({ id }) => id);
}

const all = (text: string): { match: TextMatch } => ({ match: { text, needs: "all" } });
const any = (text: string): { match: TextMatch } => ({ match: { text, needs: "any" } });

export function describeRecordSearch(suite: Suite): void {
  describe("the full text of a record", () => {
    describeWords(suite);
    describeTerms(suite);
    describeKeeping(suite);
  });
}

function describeWords(suite: Suite): void {
  test("is found by its words and their beginnings, whatever their case and diacritics", async () => {
    await using setting = await openSetting(suite);
    const { id } = await keep(setting, { title: "Résumé parsing", text: "We parse PDFs with Größe in mind" });
    for (const text of ["resume", "RÉSUMÉ", "pars", "größe", "grosse", "pdf mind", "we, parse!"]) {
      expect([text, await find(setting, all(text))]).toEqual([text, text === "grosse" ? [] : [id]]);
    }
    expect(await find(setting, all("esume"))).toEqual([]);
    expect(await find(setting, all("resume nowhere"))).toEqual([]);
    expect(await find(setting, any("resume nowhere"))).toEqual([id]);
  });

  test("comes best first: a word of the title counts for more, then the newest", async () => {
    await using setting = await openSetting(suite);
    const text = await keep(setting, { title: "Sessions in a cookie", text: "not in a token" });
    const title = await keep(setting, { title: "Token in the header", text: "not in a cookie" });
    const same = await keep(setting, { title: "Token in the header", text: "not in a cookie" });
    expect(await find(setting, all("token"))).toEqual([same.id, title.id, text.id]);
    expect(await find(setting, any("cookie sessions"))).toEqual([text.id, same.id, title.id]);
    const page = { kind: "decision", workspaceId: setting.workspaceId, ...all("token"), limit: 1, offset: 1 } as const;
    const { records, total } = await setting.store.listRecords(page);
    expect([records.map(({ id }) => id), total]).toEqual([[title.id], 3]);
  });

  test("is found in its own kind and workspace", async () => {
    await using setting = await openSetting(suite);
    const mine = await keep(setting, { title: "token" });
    const foreign = await keep(setting, { title: "token" }, setting.mint("workspace"));
    expect(await find(setting, all("token"))).toEqual([mine.id]);
    expect(await find(setting, { ...all("token"), kind: "convention" })).toEqual([]);
    const everywhere = await setting.store.listRecords({ kind: "decision", ...all("token"), limit: 9 });
    expect(everywhere.records.map(({ id }) => id)).toEqual([foreign.id, mine.id]);
  });

  test("is looked for by anything a person may type, and never breaks", async () => {
    await using setting = await openSetting(suite);
    const { id } = await keep(setting, { title: 'NOT "quoted" (title:near) AND or', text: "a*b^c -d +e col:umn {x}" });
    for (const text of ['"', "NOT", 'AND "', "title:", "near(", "a*b", "-d", "^c", "{x} (", "col:umn", '" OR "']) {
      expect(Array.isArray(await find(setting, all(text)))).toBe(true);
    }
    expect(await find(setting, all("NOT quoted"))).toEqual([id]);
    for (const text of ["", "  ", '"-*^:(){}', "\u0000"]) expect(await find(setting, all(text))).toEqual([]);
    const typed = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: "grapheme" }),
      fc.string({ maxLength: 400 }),
    );
    const property = fc.asyncProperty(typed, fc.constantFrom("all", "any"), async (text, needs) => {
      await setting.store.listRecords({ kind: "decision", match: { text, needs }, limit: 3 });
    });
    await fc.assert(property, { seed, numRuns: 300 });
  });
}

function describeTerms(suite: Suite): void {
  test("is found by whole terms: one of each group, newest first", async () => {
    await using setting = await openSetting(suite);
    const one = await keep(setting, { terms: ["file:a.ts", "tag:auth"] });
    const two = await keep(setting, { terms: ["file:a.ts", "file:b.ts", "tag:build"] });
    const three = await keep(setting, { title: "token", terms: ["file:b.ts", "tag:auth"] });
    const terms = (...groups: readonly (readonly string[])[]) => find(setting, { terms: groups });
    expect(await terms(["file:a.ts"])).toEqual([two.id, one.id]);
    expect(await terms(["file:a.ts", "file:b.ts"])).toEqual([three.id, two.id, one.id]);
    expect(await terms(["file:a.ts", "file:b.ts"], ["tag:auth"])).toEqual([three.id, one.id]);
    expect(await terms(["file:a"])).toEqual([]);
    expect(await terms([])).toEqual([]);
    expect(await find(setting, { ...all("token"), terms: [["tag:auth"]] })).toEqual([three.id]);
    expect(await find(setting, { ...all("token"), terms: [["tag:build"]] })).toEqual([]);
  });
}

function describeKeeping(suite: Suite): void {
  test("follows every change of its record, stays when none comes with it, and goes with it", async () => {
    await using setting = await openSetting(suite);
    const { store } = setting;
    const { kind, id, workspaceId } = await keep(setting, { title: "token", terms: ["tag:a"] });
    const of = { kind, id, workspaceId };
    await store.writeRecord({ kind: "update", of, body: "{}" });
    expect(await find(setting, all("token"))).toEqual([id]);
    await store.writeRecord({
      kind: "update",
      of,
      body: "{}",
      fullText: { title: "cookie", text: "", terms: ["tag:b"] },
    });
    expect([await find(setting, all("token")), await find(setting, { terms: [["tag:a"]] })]).toEqual([[], []]);
    expect([await find(setting, all("cookie")), await find(setting, { terms: [["tag:b"]] })]).toEqual([[id], [id]]);
    await store.writeRecord({
      kind: "update",
      of,
      body: "{}",
      version: 1,
      fullText: { title: "late", text: "", terms: [] },
    });
    expect(await find(setting, all("late"))).toEqual([]);
    await store.writeRecord({ kind: "update", of, body: "{}", isArchived: true });
    expect(await find(setting, { ...all("cookie"), includeArchived: true })).toEqual([]);
    const fullText = { title: "cookie", text: "", terms: ["tag:b"] };
    await store.writeRecord({ kind: "update", of, body: "{}", isArchived: false, fullText });
    expect(await find(setting, all("cookie"))).toEqual([id]);
    await store.writeRecord({ kind: "delete", of });
    expect([await find(setting, all("cookie")), await find(setting, { terms: [["tag:b"]] })]).toEqual([[], []]);
  });

  test("is made with a session's own commit, together with the event or not at all", async () => {
    await using setting = await openSetting(suite);
    const sessionId = await setting.make();
    const record = draftOf(setting, { title: "token", terms: ["tag:a"] });
    const events = [setting.line("decision.recorded", { decision_id: record.record.id })];
    const write = setting.fact(sessionId, { events, records: [record] });
    const committed = await setting.commit(write);
    expect(await find(setting, all("token"))).toEqual([record.record.id]);
    // A8: a second attempt of the same write finds the first.
    expect((await setting.commit(write)).lines).toEqual(committed.lines);
    expect(await setting.store.readRecord("decision", record.record.id)).toMatchObject({ version: 1, name: null });
    const other = draftOf(setting, { title: "cookie" });
    const refused = { ...setting.fact(setting.mint("session"), { events: [setting.line("note")] }), records: [other] };
    expect(await setting.store.write(refused)).toEqual({ kind: "absent" });
    expect(await find(setting, all("cookie"))).toEqual([]);
  });
}
