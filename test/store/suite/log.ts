/** Reading a log: forwards in pages, backwards, counted, by event id (B4, B7, B8, B13, F3). */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LogLine } from "../../../src/core/events/envelope.ts";
import type { SessionId } from "../../../src/core/ids.ts";
import type { LogRead, Store } from "../../../src/core/ports/store.ts";
import { openSetting, seed, readAll } from "./setting.ts";
import type { Setting, Suite } from "./setting.ts";

const types = ["turn.started", "tool.completed", "turn.completed", "an.unknown.type"] as const;
type Filter = Pick<LogRead, "types" | "exclude">;

const filters: fc.Arbitrary<Filter> = fc
  .record({
    types: fc.option(fc.uniqueArray(fc.constantFrom(...types, "never.said"), { minLength: 1 }), { nil: undefined }),
    exclude: fc.option(fc.uniqueArray(fc.constantFrom(...types), { minLength: 1 }), { nil: undefined }),
  })
  .map(({ types: wanted, exclude }) => ({
    ...(wanted === undefined ? {} : { types: wanted }),
    ...(exclude === undefined ? {} : { exclude }),
  }));

function isWanted({ type }: LogLine, { types: wanted, exclude }: Filter): boolean {
  return (wanted?.includes(type) ?? true) && !(exclude?.includes(type) ?? false);
}

/** A log of 61 lines whose types and sizes vary. */
async function makeLog(setting: Setting): Promise<{ readonly id: SessionId; readonly log: readonly LogLine[] }> {
  const id = await setting.make();
  for (let n = 0; n < 20; n++) {
    const events = [0, 1, 2].map((k) =>
      setting.line(types[(n * 3 + k * k + n * n) % types.length] ?? "", { text: "€".repeat((n * 37 + k * 11) % 90) }),
    );
    await setting.commit(setting.fact(id, { events }));
  }
  return { id, log: await readAll(setting.store, id) };
}

async function pagesOf(store: Store, read: LogRead) {
  const pages = [];
  for (let { after } = read; ;) {
    const page = await store.readLog({ ...read, after });
    pages.push({ ...page, after });
    if (page.through >= page.headSeq) return pages;
    if (page.through <= after) throw new Error(`Reading after ${after} moved nowhere`);
    after = page.through;
  }
}

const seqsOf = (lines: readonly LogLine[]) => lines.map(({ seq }) => seq);

function bytesOf(lines: readonly LogLine[]): number {
  return lines.reduce((sum, { dataJson }) => sum + Buffer.byteLength(dataJson), 0);
}

export function describeLog(suite: Suite): void {
  describePages(suite);
  describeBackwards(suite);
}

function describePages(suite: Suite): void {
  describe("reading a log in pages", () => {
    test("B4: gives every line that passes the filter once and in order, and says how far it looked", async () => {
      await using setting = await openSetting(suite);
      const { store } = setting;
      const { id, log } = await makeLog(setting);
      const reads = fc.record({
        filter: filters,
        after: fc.integer({ min: 0, max: log.length }),
        limit: fc.integer({ min: 1, max: 70 }),
        maxBytes: fc.option(fc.integer({ min: 1, max: 2_000 }), { nil: undefined }),
      });
      const property = fc.asyncProperty(reads, async ({ filter, after, limit, maxBytes }) => {
        const bounds = maxBytes === undefined ? { limit } : { limit, maxBytes };
        const pages = await pagesOf(store, { sessionId: id, after, ...bounds, ...filter });
        const wanted = log.filter((line) => line.seq > after && isWanted(line, filter));
        expect(pages.flatMap(({ lines }) => lines)).toEqual(wanted);
        for (const page of pages) {
          expect(page.headSeq).toBe(log.length);
          expect(page.lines.length).toBeLessThanOrEqual(limit);
          const last = page.lines.at(-1)?.seq ?? 0;
          expect(page.through).toBeGreaterThanOrEqual(last);
          const looked = log.slice(page.after, page.through).filter((line) => isWanted(line, filter));
          expect(page.lines).toEqual(looked);
          expect(page.lines.length === 1 || bytesOf(page.lines) <= (maxBytes ?? Infinity)).toBe(true);
        }
      });
      await fc.assert(property, { numRuns: 60, seed });
    });

    test("B4: that match nothing still moves the place from which to go on", async () => {
      await using setting = await openSetting(suite);
      const { id, log } = await makeLog(setting);
      const page = await setting.store.readLog({ sessionId: id, after: 0, limit: 1000, types: ["never.said"] });
      expect(page).toEqual({ lines: [], through: log.length, headSeq: log.length });
    });

    test("B4: at the end gives nothing and stays there", async () => {
      await using setting = await openSetting(suite);
      const { id, log } = await makeLog(setting);
      const page = await setting.store.readLog({ sessionId: id, after: log.length, limit: 10 });
      expect(page).toEqual({ lines: [], through: log.length, headSeq: log.length });
    });

    test("B4: finds the few of a type among thousands, forwards, backwards and counted", async () => {
      await using setting = await openSetting(suite);
      const { store } = setting;
      const sessionId = await setting.make();
      const rare: number[] = [];
      for (let n = 0; n < 10; n++) {
        const events = Array.from({ length: 500 }, (_, k) =>
          setting.line(k === n * 31 ? "turn.failed" : "tool.progress"),
        );
        const { lines } = await setting.commit(setting.fact(sessionId, { events }));
        rare.push(...lines.filter(({ type }) => type === "turn.failed").map(({ seq }) => seq));
      }
      const read = { sessionId, after: 0, limit: 3, types: ["turn.failed"] };
      const pages = await pagesOf(store, read);
      expect(pages.flatMap(({ lines }) => seqsOf(lines))).toEqual(rare);
      expect(seqsOf(await store.readLogBack({ ...read, limit: 4 }))).toEqual(rare.slice(-4));
      expect(seqsOf(await store.readLogBack({ ...read, limit: 4, before: rare[1] ?? 0 }))).toEqual(rare.slice(0, 1));
      expect(await store.countEvents(sessionId, { types: ["turn.failed"] })).toBe(10);
      expect(await store.countEvents(sessionId, { exclude: ["turn.failed"] })).toBe(4_991);
    });

    test("B8: gives one line even when that alone is over the bound", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      const events = ["a", "b"].map((text) => setting.line("output.message.completed", { text: text.repeat(5_000) }));
      await setting.commit(setting.fact(id, { events }));
      const page = await setting.store.readLog({ sessionId: id, after: 1, limit: 10, maxBytes: 100 });
      expect(page).toMatchObject({ lines: [{ seq: 2, dataJson: events[0]?.dataJson }], through: 2, headSeq: 3 });
    });

    test("B8: fills a page of many lines up to its bound, not only the first line", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      const events = Array.from({ length: 100 }, () => setting.line("tool.progress", { text: "x".repeat(1_000) }));
      await setting.commit(setting.fact(id, { events }));
      const page = await setting.store.readLog({ sessionId: id, after: 0, limit: 1_000, maxBytes: 50_000 });
      expect(page.lines.length).toBeGreaterThan(20);
      expect(page.lines.length).toBeLessThanOrEqual(50);
    });

    test("B13: passes types through that this program does not know", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      const event = setting.line("from.the.future", { any: ["thing"] }, { trace_id: "t-1" });
      await setting.commit(setting.fact(id, { events: [event] }));
      const page = await setting.store.readLog({ sessionId: id, after: 1, limit: 1, types: ["from.the.future"] });
      expect(page.lines).toEqual([{ ...event, sessionId: id, seq: 2, ts: expect.any(String) }]);
    });

    test("is empty for a session that was never made", async () => {
      await using setting = await openSetting(suite);
      const sessionId = setting.mint("session");
      const page = await setting.store.readLog({ sessionId, after: 0, limit: 10 });
      expect(page).toEqual({ lines: [], through: 0, headSeq: 0 });
      expect(await setting.store.readLogBack({ sessionId, limit: 10 })).toEqual([]);
      expect(await setting.store.countEvents(sessionId, {})).toBe(0);
    });

    test("sees whole commits only, while they are being written", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      const pair = () => setting.fact(id, { events: [setting.line("pair.first"), setting.line("pair.second")] });
      let isWriting = true;
      const writing = Promise.all(Array.from({ length: 60 }, () => setting.commit(pair()))).then(() => {
        isWriting = false;
      });
      const seen: number[] = [];
      while (isWriting) {
        const { lines, headSeq } = await setting.store.readLog({ sessionId: id, after: 0, limit: 1_000 });
        expect(lines.map(({ seq }) => seq)).toEqual(Array.from({ length: headSeq }, (_, index) => index + 1));
        expect(headSeq % 2).toBe(1);
        seen.push(headSeq);
      }
      await writing;
      expect(seen).toEqual(seen.toSorted((left, right) => left - right));
      expect((await setting.store.readHead(id))?.seq).toBe(121);
    });
  });
}

function describeBackwards(suite: Suite): void {
  describe("the end of a log", () => {
    test("gives the last lines that pass the filter before a place, oldest first", async () => {
      await using setting = await openSetting(suite);
      const { store } = setting;
      const { id, log } = await makeLog(setting);
      const reads = fc.record({
        filter: filters,
        before: fc.option(fc.integer({ min: 1, max: log.length + 1 }), { nil: undefined }),
        limit: fc.integer({ min: 1, max: 70 }),
      });
      const property = fc.asyncProperty(reads, async ({ filter, before, limit }) => {
        const place = before === undefined ? {} : { before };
        const wanted = log.filter((line) => line.seq < (before ?? Infinity) && isWanted(line, filter)).slice(-limit);
        expect(await store.readLogBack({ sessionId: id, limit, ...place, ...filter })).toEqual(wanted);
      });
      await fc.assert(property, { numRuns: 60, seed });
    });

    test("counts the events that pass the filter", async () => {
      await using setting = await openSetting(suite);
      const { id, log } = await makeLog(setting);
      const property = fc.asyncProperty(filters, async (filter) => {
        const wanted = log.filter((line) => isWanted(line, filter));
        expect(await setting.store.countEvents(id, filter)).toBe(wanted.length);
      });
      await fc.assert(property, { numRuns: 30, seed });
    });

    test("counts the events of each type, over more than it looks at in one go", async () => {
      await using setting = await openSetting(suite);
      const { id, log } = await makeLog(setting);
      const expected = Object.fromEntries(
        [...Map.groupBy(log, ({ type }) => type)].map(([type, lines]) => [type, lines.length]),
      );
      expect(Object.fromEntries(await setting.store.countEventTypes(id))).toEqual(expected);
      expect(await setting.store.countEventTypes(setting.mint("session"))).toEqual(new Map());
      const more = Array.from({ length: 500 }, () => setting.line("turn.completed"));
      for (let n = 0; n < 45; n++)
        await setting.commit(
          setting.fact(id, { events: more.map((line) => ({ ...line, id: setting.mint("event") })) }),
        );
      const counts = await setting.store.countEventTypes(id);
      expect(counts.get("turn.completed")).toBe((expected["turn.completed"] ?? 0) + 22_500);
      expect(counts.get("turn.started")).toBe(expected["turn.started"]);
    });

    test("B7: finds the place of an event by its id, in its own session only", async () => {
      await using setting = await openSetting(suite);
      const { id, log } = await makeLog(setting);
      const other = await setting.make();
      for (const line of [log[0], log[30], log.at(-1)]) {
        const eventId = line?.id ?? setting.mint("event");
        expect(await setting.store.findEvent(id, eventId)).toBe(line?.seq);
        expect(await setting.store.findEvent(other, eventId)).toBeUndefined();
      }
      expect(await setting.store.findEvent(id, setting.mint("event"))).toBeUndefined();
    });
  });
}
