/** The feed of a workspace: pointers to rare events, in the order of commits (F6, B10). */
import { describe, expect, test } from "vitest";
import { plainEdit } from "../plain-edit.ts";
import type { SessionId } from "../../../src/core/ids.ts";
import { initialState } from "../../../src/core/state.ts";
import type { Store } from "../../../src/core/ports/store.ts";
import type { FeedLine, FeedRead } from "../../../src/core/ports/team.ts";
import { openSetting } from "./setting.ts";
import type { Setting, Suite } from "./setting.ts";

/** Reads on from a place in pages, as every follower does. */
async function readOn(store: Store, read: Omit<FeedRead, "after" | "limit">, limit = 7): Promise<readonly FeedLine[]> {
  const lines: FeedLine[] = [];
  for (let after = 0; ;) {
    const page = await store.readFeed({ ...read, after, limit });
    lines.push(...page.lines);
    if (page.through >= page.end) return lines;
    if (page.through <= after) throw new Error(`Reading after ${after} moved nowhere`);
    after = page.through;
  }
}

async function say(setting: Setting, sessionId: SessionId, ...types: readonly string[]) {
  return setting.commit({ sessionId, events: types.map((type) => setting.line(type, { said: type })) });
}

async function remove(setting: Setting, sessionId: SessionId, isDeleted = true) {
  const events = [setting.line(isDeleted ? "session.deleted" : "session.restored", {})];
  await setting.commit(
    await setting.fenced(sessionId, { events, raises: true, state: { ...initialState, isDeleted } }),
  );
}

const typesOf = (lines: readonly FeedLine[]) => lines.map(({ type }) => type);

export function describeFeed(suite: Suite): void {
  describe("the feed of a workspace", () => {
    describePlaces(suite);
    describeSelection(suite);
    describeDeletion(suite);
  });
}

function describePlaces(suite: Suite): void {
  test("F6: shows rare events of all its sessions in the order of their commits, never steps of a turn", async () => {
    await using setting = await openSetting(suite);
    const [one, two] = [await setting.make({ createdBy: setting.mint("user") }), await setting.make()];
    await say(setting, two, "turn.started", "session.activated", "reason.started");
    await say(setting, one, "tool.completed");
    const last = await say(setting, one, "reservation.acquired", "turn.failed", "session.idled");
    const lines = await readOn(setting.store, setting);
    expect(lines.map(({ sessionId, type }) => [sessionId, type])).toEqual([
      [one, "session.created"],
      [two, "session.created"],
      [two, "session.activated"],
      [one, "reservation.acquired"],
      [one, "turn.failed"],
      [one, "session.idled"],
    ]);
    const { userId, position, ...line } = lines.at(-1) ?? {};
    expect(line).toEqual(last.lines.at(-1));
    expect(userId).toEqual((await setting.store.readSession(one))?.createdBy);
    const places = lines.map((each) => each.position);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(new Set(places).size).toBe(places.length);
    expect(position).toBe(places.at(-1));
  });

  test("B4: says how far it looked, also where nothing passed", async () => {
    await using setting = await openSetting(suite);
    const { store, workspaceId } = setting;
    expect(await store.readFeed({ workspaceId, after: 0, limit: 10 })).toEqual({ lines: [], through: 0, end: 0 });
    const id = await setting.make();
    await say(setting, id, "session.idled");
    const none = await store.readFeed({ workspaceId, after: 0, limit: 10, types: ["turn.failed"] });
    expect(none.lines).toEqual([]);
    expect(none.through).toBe(none.end);
    const first = await store.readFeed({ workspaceId, after: 0, limit: 1 });
    expect(first.through).toBe(first.lines[0]?.position);
    expect(first.through).toBeLessThan(first.end);
    const after = await store.readFeed({ workspaceId, after: first.end, limit: 10 });
    expect(after).toEqual({ lines: [], through: first.end, end: first.end });
  });

  test("is read whole in pages of any size, forwards and backwards", async () => {
    await using setting = await openSetting(suite);
    const { store, workspaceId } = setting;
    const ids = [await setting.make(), await setting.make()];
    for (let i = 0; i < 120; i++) {
      await say(setting, ids[i % 2] as SessionId, i % 3 === 0 ? "session.idled" : "session.activated");
    }
    const whole = await readOn(store, { workspaceId }, 1_000);
    expect(whole).toHaveLength(122);
    for (const limit of [1, 7, 50]) expect(await readOn(store, { workspaceId }, limit)).toEqual(whole);
    const back: FeedLine[] = [];
    for (let before: number | undefined; ; before = back[0]?.position) {
      const page = await store.readFeedBack({ workspaceId, limit: 9, ...(before === undefined ? {} : { before }) });
      if (page.length === 0) break;
      back.unshift(...page);
    }
    expect(back).toEqual(whole);
    const idle = whole.filter(({ type }) => type === "session.idled");
    expect(await store.readFeedBack({ workspaceId, limit: 5, types: ["session.idled"] })).toEqual(idle.slice(-5));
  });

  test("finds the place of an event by its id, and of no other", async () => {
    await using setting = await openSetting(suite);
    const { store, workspaceId, mint } = setting;
    const id = await setting.make();
    const { lines } = await say(setting, id, "tool.completed", "session.idled");
    const feed = await readOn(store, { workspaceId });
    const [step, idled] = lines.map((line) => line.id);
    if (step === undefined || idled === undefined) throw new Error("The scene could not be set");
    expect(await store.findFeedPlace(workspaceId, idled)).toBe(feed.at(-1)?.position);
    expect(await store.findFeedPlace(workspaceId, step)).toBeUndefined();
    expect(await store.findFeedPlace(workspaceId, mint("event"))).toBeUndefined();
    expect(await store.findFeedPlace(mint("workspace"), idled)).toBeUndefined();
  });
}

function describeSelection(suite: Suite): void {
  test("holds one workspace, and of it some types or one session when asked", async () => {
    await using setting = await openSetting(suite);
    const { store, workspaceId, mint } = setting;
    const other = mint("workspace");
    const [one, two] = [await setting.make(), await setting.make()];
    const foreign = await setting.make({ workspaceId: other });
    await say(setting, one, "session.idled");
    await say(setting, foreign, "session.idled");
    await say(setting, two, "session.idled", "turn.failed");
    expect(typesOf(await readOn(store, { workspaceId: other }))).toEqual(["session.created", "session.idled"]);
    expect((await readOn(store, { workspaceId })).some(({ sessionId }) => sessionId === foreign)).toBe(false);
    expect(typesOf(await readOn(store, { workspaceId, types: ["turn.failed", "session.idled"] }))).toEqual([
      "session.idled",
      "session.idled",
      "turn.failed",
    ]);
    const ofTwo = ["session.created", "session.idled", "turn.failed"];
    expect(typesOf(await readOn(store, { workspaceId, sessionId: two }, 1))).toEqual(ofTwo);
    expect(typesOf(await store.readFeedBack({ workspaceId, sessionId: two, limit: 9 }))).toEqual(ofTwo);
    expect(await readOn(store, { workspaceId: other, sessionId: two })).toEqual([]);
    expect(await readOn(store, { workspaceId, types: ["never.happened"] })).toEqual([]);
  });

  test("is told of a fork that it was made, and not again what it copies", async () => {
    await using setting = await openSetting(suite);
    const parent = await setting.make();
    await say(setting, parent, "session.activated", "session.idled");
    const events = ["session.created", "session.activated", "session.idled", "turn.failed"].map((type) =>
      setting.line(type),
    );
    const fork = await setting.make(
      { edit: { ...plainEdit, settings: { forkedFrom: { sessionId: parent, seq: 3 } } } },
      { events },
    );
    const { store, workspaceId } = setting;
    expect(typesOf(await readOn(store, { workspaceId, sessionId: fork }))).toEqual(["session.created", "turn.failed"]);
  });

  test("A8: points once at the event of a write that was given twice", async () => {
    await using setting = await openSetting(suite);
    const write = setting.fact(await setting.make(), { events: [setting.line("session.idled")] });
    await setting.commit(write);
    await setting.commit(write);
    expect(typesOf(await readOn(setting.store, setting))).toEqual(["session.created", "session.idled"]);
  });
}

function describeDeletion(suite: Suite): void {
  test("B12: shows of a deleted session only that it was deleted, and all of it again once restored", async () => {
    await using setting = await openSetting(suite);
    const { store, workspaceId } = setting;
    const [gone, kept] = [await setting.make(), await setting.make()];
    await say(setting, gone, "session.idled");
    await remove(setting, gone);
    const lines = await readOn(store, { workspaceId });
    expect(lines.map(({ sessionId, type }) => [sessionId, type])).toEqual([
      [kept, "session.created"],
      [gone, "session.deleted"],
    ]);
    expect(typesOf(await store.readFeedBack({ workspaceId, limit: 9 }))).toEqual(typesOf(lines));
    await remove(setting, gone, false);
    expect(typesOf(await readOn(store, { workspaceId, sessionId: gone }))).toEqual([
      "session.created",
      "session.idled",
      "session.deleted",
      "session.restored",
    ]);
  });

  test("B12: forgets a purged session, and never gives its places away again", async () => {
    await using setting = await openSetting(suite);
    const { store, workspaceId } = setting;
    await setting.make();
    const gone = await setting.make();
    await say(setting, gone, "session.idled", "turn.failed");
    await remove(setting, gone);
    const { end } = await store.readFeed({ workspaceId, after: 0, limit: 100 });
    for (let i = 0; !(await store.purgeSlice(gone, 2)); i++) expect(i).toBeLessThan(50);
    expect(await readOn(store, { workspaceId, sessionId: gone })).toEqual([]);
    const next = await setting.make();
    const page = await store.readFeed({ workspaceId, after: end, limit: 10 });
    expect(page.lines.map(({ sessionId }) => sessionId)).toEqual([next]);
    expect((await readOn(store, { workspaceId })).map(({ sessionId }) => sessionId)).not.toContain(gone);
  });
}
