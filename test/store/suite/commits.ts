/** Commits: seq, epoch, owner, takes, time, retries (E1, P2, A1, A8, A9). */
import { describe, expect, test } from "vitest";
import type { LogLine } from "../../../src/core/events/envelope.ts";
import { initialState } from "../../../src/core/state.ts";
import { openSetting, readAll, turnState } from "./setting.ts";
import type { Setting, Suite } from "./setting.ts";

const countTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);
const seqsOf = (lines: readonly LogLine[]) => lines.map(({ seq }) => seq);

export function describeCommits(suite: Suite): void {
  describe("a commit", () => {
    test("E1: of a new session begins its log at seq 1 and its epoch at 1", async () => {
      await using setting = await openSetting(suite);
      const write = setting.creation({}, { raises: true });
      const { head, lines } = await setting.commit(write);
      expect(head).toEqual({
        sessionId: write.sessionId,
        seq: 1,
        epoch: 1,
        owner: null,
        takes: 0,
        deletedAt: null,
      });
      expect(lines).toEqual([{ ...write.events[0], sessionId: write.sessionId, seq: 1, ts: expect.any(String) }]);
      expect(await setting.store.readHead(write.sessionId)).toEqual(head);
    });

    test("E1: numbers its events on from the last one, in the order they were given", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      const events = [setting.line("a.one"), setting.line("a.two"), setting.line("a.three")];
      const { head, lines } = await setting.commit(setting.fact(id, { events }));
      expect(lines.map(({ type, seq }) => [type, seq])).toEqual([
        ["a.one", 2],
        ["a.two", 3],
        ["a.three", 4],
      ]);
      expect(head.seq).toBe(4);
      expect((await readAll(setting.store, id)).slice(1)).toEqual(lines);
    });

    test("E1: 50 writers at once leave no gap and no repeat, and each commit stands together", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      const writes = countTo(50).map((n) => {
        const events = countTo(1 + (n % 3)).map((k) => setting.line("note.taken", { n, k }));
        return setting.fact(id, { events });
      });
      const results = await Promise.all(writes.map((write) => setting.commit(write)));
      const log = await readAll(setting.store, id);
      expect(seqsOf(log)).toEqual(countTo(1 + writes.flatMap(({ events }) => events).length));
      for (const { lines } of results) {
        const first = lines[0]?.seq ?? 0;
        expect(log.slice(first - 1, first - 1 + lines.length)).toEqual(lines);
      }
      expect(new Set(log.map(({ id: eventId }) => eventId)).size).toBe(log.length);
    });

    test("P2: 20 sessions are written at once and each keeps its own count", async () => {
      await using setting = await openSetting(suite);
      const ids = await Promise.all(countTo(20).map(() => setting.make()));
      await Promise.all(ids.flatMap((id) => countTo(5).map(() => setting.commit(setting.fact(id)))));
      for (const id of ids) expect(seqsOf(await readAll(setting.store, id))).toEqual([1, 2, 3, 4, 5, 6]);
    });

    test("is seen by every read that begins after it has resolved", async () => {
      await using setting = await openSetting(suite);
      const ids = await Promise.all(countTo(10).map(() => setting.make()));
      const seen = ids.map(async (id) => {
        const { head, lines } = await setting.commit(setting.fact(id, { sum: { messageCount: 1 } }));
        const [read, page, session] = await Promise.all([
          setting.store.readHead(id),
          setting.store.readLog({ sessionId: id, after: 1, limit: 10 }),
          setting.store.readSession(id),
        ]);
        expect(read).toEqual(head);
        expect(page).toEqual({ lines, through: head.seq, headSeq: head.seq });
        expect(session?.sums.messageCount).toBe(1);
      });
      await Promise.all(seen);
    });

    test("B9: keeps the text of an event byte for byte, NUL and lone surrogates and key order too", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      const event = setting.line("tool.completed", { z: 1, a: "NUL \0, lone \ud800, é, 😀, \u2028", n: 1e21 });
      await setting.commit(setting.fact(id, { events: [event] }));
      expect((await readAll(setting.store, id)).at(-1)).toMatchObject(event);
    });
  });

  describeTime(suite);
  describeFence(suite);
  describeRetry(suite);
}

function describeTime(suite: Suite): void {
  describe("the time of a commit", () => {
    test("E1: is RFC 3339 in UTC with milliseconds, by the store's clock", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      setting.clock.advance(61_007);
      const { lines } = await setting.commit(setting.fact(id));
      expect(lines[0]?.ts).toBe("2026-01-01T12:01:01.007Z");
    });

    test("A8: never decreases within a session when the machine's clock is set back", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      for (const ms of [0, -3_600_000, 5, -1, 7_200_000, -86_400_000]) {
        setting.clock.step(ms);
        setting.clock.advance(1);
        await setting.commit(setting.fact(id));
      }
      const times = (await readAll(setting.store, id)).map(({ ts }) => ts);
      expect(times).toHaveLength(7);
      expect(times).toEqual(times.toSorted());
    });
  });
}

async function owned(setting: Setting) {
  const state = turnState(setting.mint);
  const id = await setting.make({}, { owner: setting.node, state });
  return { id, state };
}

function describeFence(suite: Suite): void {
  describe("the fence of a session", () => {
    test("A1: is raised by one with each control event and left alone by facts of a turn", async () => {
      await using setting = await openSetting(suite);
      const { id, state } = await owned(setting);
      const fact = await setting.commit(await setting.fenced(id, { events: [setting.line("tool.started")], state }));
      const control = await setting.commit(await setting.fenced(id, { raises: true, state }));
      expect([fact.head.epoch, control.head.epoch]).toEqual([1, 2]);
    });

    test("A1: of 50 decisions made at one epoch takes exactly one, and shows the others the new head", async () => {
      await using setting = await openSetting(suite);
      const { id, state } = await owned(setting);
      const writes = await Promise.all(
        countTo(50).map((n) =>
          setting.fenced(id, { raises: true, state, events: [setting.line("session.paused", { n })] }),
        ),
      );
      const results = await Promise.all(writes.map((write) => setting.store.write(write)));
      const taken = results.filter(({ kind }) => kind === "committed");
      expect(taken).toHaveLength(1);
      const head = await setting.store.readHead(id);
      expect(head).toMatchObject({ seq: 2, epoch: 2 });
      const others = results.filter((result) => !taken.includes(result));
      expect(others).toEqual(others.map(() => ({ kind: "stale", head })));
    });

    test("A1: refuses the runner's fact once a control event has passed it by", async () => {
      await using setting = await openSetting(suite);
      const { id, state } = await owned(setting);
      const late = await setting.fenced(id, { events: [setting.line("tool.completed")], state });
      const { head } = await setting.commit(await setting.fenced(id, { raises: true, state }));
      expect(await setting.store.write(late)).toEqual({ kind: "stale", head });
      expect(seqsOf(await readAll(setting.store, id))).toEqual([1]);
    });

    test("A1: lets a fact from outside a turn in at every epoch, and the runner's next one after it", async () => {
      await using setting = await openSetting(suite);
      const { id, state } = await owned(setting);
      const runners = await setting.fenced(id, { events: [setting.line("tool.completed")], state });
      const noticed = await setting.commit(setting.fact(id));
      expect(noticed.head).toMatchObject({ epoch: 1, owner: setting.node });
      expect((await setting.store.write(runners)).kind).toBe("committed");
    });

    test("is refused for an epoch that is still to come", async () => {
      await using setting = await openSetting(suite);
      const { id, state } = await owned(setting);
      const result = await setting.store.write({
        sessionId: id,
        epoch: 2,
        events: [setting.line("x.y")],
        fold: { state, through: 1 },
      });
      expect(result.kind).toBe("stale");
    });

    test("A4: keeps the owner until a write names another or nobody", async () => {
      await using setting = await openSetting(suite);
      const { id, state } = await owned(setting);
      const other = setting.mint("node");
      const owners = [];
      for (const change of [{}, { owner: other }, {}, { owner: null }]) {
        const write = await setting.fenced(id, { raises: true, state, ...change });
        owners.push((await setting.commit(write)).head.owner);
      }
      expect(owners).toEqual([setting.node, other, other, null]);
    });

    test("A11: counts takes until they are reset, and leaves them alone otherwise", async () => {
      await using setting = await openSetting(suite);
      const { id, state } = await owned(setting);
      const counted = [];
      for (const takes of ["count", "count", undefined, "reset", "count"] as const) {
        const change = takes === undefined ? {} : { takes };
        counted.push((await setting.commit(await setting.fenced(id, { raises: true, state, ...change }))).head.takes);
      }
      expect(counted).toEqual([1, 2, 2, 0, 1]);
    });

    test("A3: can be raised without an event, as a take does", async () => {
      await using setting = await openSetting(suite);
      const { id, state } = await owned(setting);
      const taken = await setting.commit(await setting.fenced(id, { raises: true, owner: setting.node, state }));
      expect(taken).toMatchObject({ lines: [], head: { seq: 1, epoch: 2 } });
    });

    test("B12: stands after the session was deleted, so that only a decision can bring it back", async () => {
      await using setting = await openSetting(suite);
      const { id } = await owned(setting);
      const deletion = { raises: true, owner: null, state: { ...initialState, isDeleted: true } };
      const deleted = await setting.commit(await setting.fenced(id, deletion));
      expect(deleted.head).toMatchObject({ epoch: 2, owner: null, deletedAt: "2026-01-01T12:00:00.000Z" });
      expect((await setting.store.readSession(id))?.head).toEqual(deleted.head);
      expect(await setting.store.write(setting.fact(id))).toEqual({ kind: "absent" });
      setting.clock.advance(1_000);
      const again = await setting.commit(await setting.fenced(id, deletion));
      expect(again.head).toMatchObject({ epoch: 3, deletedAt: deleted.head.deletedAt });
      const restored = await setting.commit(await setting.fenced(id, { raises: true, state: initialState }));
      expect(restored.head).toMatchObject({ epoch: 4, deletedAt: null });
      expect((await setting.store.write(setting.fact(id))).kind).toBe("committed");
    });
  });
}

function describeRetry(suite: Suite): void {
  describe("a write whose outcome was unknown", () => {
    test("A8: finds itself by its first event and gets the same lines, with nothing done twice", async () => {
      await using setting = await openSetting(suite);
      const { id, state } = await owned(setting);
      const write = await setting.fenced(id, {
        raises: true,
        state,
        events: [setting.line("a.one"), setting.line("a.two")],
        sum: { inputTokens: 7 },
      });
      const { lines } = await setting.commit(write);
      await setting.commit(setting.fact(id));
      const before = await setting.store.readSession(id);
      expect(await setting.store.write(write)).toMatchObject({ kind: "committed", lines });
      expect(await setting.store.readSession(id)).toEqual(before);
      expect(seqsOf(await readAll(setting.store, id))).toEqual([1, 2, 3, 4]);
    });

    test("A8: finds itself in the commit that is still in flight", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      const write = setting.fact(id, { events: [setting.line("a.one"), setting.line("a.two")] });
      const results = await Promise.all([setting.store.write(write), setting.store.write(write)]);
      expect(results.map(({ kind }) => kind)).toEqual(["committed", "committed"]);
      expect(results[0]).toMatchObject({ lines: (results[1] as { lines: unknown }).lines });
      expect(seqsOf(await readAll(setting.store, id))).toEqual([1, 2, 3]);
    });

    test("A8: finds itself when it made the session", async () => {
      await using setting = await openSetting(suite);
      const idempotency = { principal: "usr_1", key: "k", bodyHash: "aa" };
      const write = setting.creation({ idempotency });
      const { lines } = await setting.commit(write);
      expect(await setting.store.write(write)).toMatchObject({ kind: "committed", lines });
    });

    test("A8: is told of its own commit, and not that its own key was used before", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      const key = { clientMessageId: "c1", bodyHash: "aa", messageId: setting.mint("message") };
      const write = await setting.fenced(id, {
        raises: true,
        state: initialState,
        events: [setting.line("input.message")],
        key,
      });
      const { lines } = await setting.commit(write);
      expect(await setting.store.write(write)).toMatchObject({ kind: "committed", lines });
    });
  });
}
