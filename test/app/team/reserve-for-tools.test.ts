/** What the tools of a hosted agent see of reservations (R2, R10). */
import { expect, test } from "vitest";
import { makeCommit } from "../../../src/app/commit.ts";
import { makeReserve } from "../../../src/app/team/reserve-for-tools.ts";
import { openMemoryStore } from "../../store/memory-store.ts";
import { openSetting, readAll } from "../../store/suite/setting.ts";

const report = { root: "/repos/app", origin: "git@github.com:acme/app.git", host: "h", branch: "main" };

async function openWorld() {
  const setting = await openSetting({ open: openMemoryStore, notSupported: {} });
  const { store, mint, clock, workspaceId } = setting;
  const commit = makeCommit({ store, onCommitted: () => undefined });
  const branchPolicy = async () => null;
  const reserve = makeReserve({ store, commit, mint, clock, branchPolicy, userNames: async () => new Map() });
  const [a, b] = [await setting.make(), await setting.make()];
  const of = (sessionId: typeof a, more = {}) => reserve({ workspaceId, sessionId, report: { ...report, ...more } });
  return { ...setting, a, b, of, [Symbol.asyncDispose]: () => setting[Symbol.asyncDispose]() };
}

test("R10: a file that another has reserved is refused before it is written, in words for the model", async () => {
  await using world = await openWorld();
  expect(await world.of(world.a).before({ callId: "c1", paths: ["src/a.ts"] })).toEqual({
    ok: true,
    warning: null,
    tokens: [1],
  });
  expect(await world.of(world.b).before({ callId: "c2", paths: ["src/a.ts"] })).toEqual({
    ok: false,
    reason: expect.stringMatching(/^File src\/a\.ts is reserved by .+ Work on another file/),
  });
  const elsewhere = world.of(world.b, { host: "h2", branch: "feature" });
  expect(await elsewhere.before({ callId: "c3", paths: ["src/a.ts"] })).toEqual({
    ok: true,
    warning: expect.stringContaining("src/a.ts is also being worked on by"),
    tokens: [2],
  });
});

test("R10: what was granted stands until it is given up, and a token from before does not stand again", async () => {
  await using world = await openWorld();
  const [one, other] = [world.of(world.a), world.of(world.b)];
  const call = { callId: "c1", paths: ["src/a.ts"] };
  const granted = await one.before(call);
  const tokens = granted.ok ? granted.tokens : [];
  expect(await one.stands({ ...call, tokens })).toEqual({ ok: true });
  await one.after({ ...call, isDone: false });
  expect(await one.stands({ ...call, tokens })).toEqual({
    ok: false,
    reason: expect.stringMatching(/^The reservation ended/),
  });
  await other.before({ callId: "c2", paths: ["src/"] });
  expect(await one.stands({ ...call, tokens })).toEqual({
    ok: false,
    reason: expect.stringContaining("is reserved as part of src/ by"),
  });
  await other.after({ callId: "c2", paths: ["src/"], isDone: false });
  expect(await one.before(call)).toMatchObject({ ok: true });
  expect(await one.stands({ ...call, tokens })).toMatchObject({ ok: false });
});

test("D6: a write that fails gives back what it alone was granted; one that succeeds keeps it", async () => {
  await using world = await openWorld();
  const [one, other] = [world.of(world.a), world.of(world.b)];
  await one.before({ callId: "c1", paths: ["a.ts", "b.ts"] });
  await one.after({ callId: "c1", paths: ["a.ts", "b.ts"], isDone: false });
  expect((await readAll(world.store, world.a)).at(-1)).toMatchObject({ type: "reservation.released" });
  expect(await other.before({ callId: "c2", paths: ["a.ts"] })).toMatchObject({ ok: true });
  await other.after({ callId: "c2", paths: ["a.ts"], isDone: true });
  await other.after({ callId: "c2", paths: ["a.ts"], isDone: false });
  expect(await one.before({ callId: "c3", paths: ["a.ts"] })).toMatchObject({ ok: false });
  const edits = await world.store.readEdits(world.workspaceId, "github.com/acme/app", ["a.ts"]);
  expect(edits.get("a.ts")).toMatchObject({ edits: 1, lastBy: world.b });
});
