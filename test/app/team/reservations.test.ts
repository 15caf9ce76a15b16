/** Reservations as use cases, on the store in memory: who may, what is written down, who is told (R2–R5, R11). */
import { describe, expect, test } from "vitest";
import { makeCommit } from "../../../src/app/commit.ts";
import type { Principal } from "../../../src/app/principal.ts";
import { makeExpireReservations } from "../../../src/app/team/expire-reservations.ts";
import { makeReservations } from "../../../src/app/team/reservations.ts";
import type { TakeCommand } from "../../../src/app/team/take-reservations.ts";
import type { SessionId, UserId } from "../../../src/core/ids.ts";
import { RESERVATION_TTL_MS } from "../../../src/core/team/reservation.ts";
import type { BranchPolicy } from "../../../src/core/team/reservation.ts";
import { openMemoryStore } from "../../store/memory-store.ts";
import { openSetting, readAll } from "../../store/suite/setting.ts";

const MINUTE = 60_000;
const report = { root: "/repos/app", origin: "git@github.com:acme/app.git", host: "h", branch: "main" };

async function openWorld(policy: BranchPolicy | null = null) {
  const setting = await openSetting({ open: openMemoryStore, notSupported: {} });
  const { store, mint, clock, workspaceId } = setting;
  const commit = makeCommit({ store, onCommitted: () => undefined });
  const [ann, ben] = [mint("user"), mint("user")] as [UserId, UserId];
  const principal = (userId: UserId, role: Principal["role"] = "member") => ({
    workspaceId,
    userId,
    keyId: null,
    role,
  });
  const make = async (createdBy: UserId, task: string) => {
    const id = await setting.make({ createdBy, harness: "observed" });
    const presence = { agentType: "cursor", conversationId: id, task } as const;
    await store.write({ sessionId: id, events: [], team: { presence } });
    return id;
  };
  const reservations = makeReservations({
    ...{ store, commit, mint, clock },
    userNames: async () =>
      new Map([
        [ann, "Ann"],
        [ben, "Ben"],
      ]),
    branchPolicy: async () => policy,
  });
  const command = (paths: readonly string[], more: Partial<TakeCommand> = {}): TakeCommand => ({
    ...{ paths, report, mode: "exclusive", ttlMs: RESERVATION_TTL_MS },
    ...more,
  });
  const types = async (id: SessionId) => (await readAll(store, id)).map(({ type }) => type).slice(1);
  const dataOf = async (id: SessionId, type: string) => {
    const line = (await readAll(store, id)).findLast((one) => one.type === type);
    return line === undefined ? undefined : (JSON.parse(line.dataJson) as Record<string, unknown>);
  };
  const a = await make(ann, "Fix login");
  const b = await make(ben, "Build JWT auth flow");
  return {
    ...setting,
    reservations,
    commit,
    command,
    types,
    dataOf,
    a,
    b,
    ann: principal(ann),
    ben: principal(ben),
    owner: principal(mint("user"), "owner"),
    sweep: makeExpireReservations({ store, commit, mint }),
    take: (who: Principal, id: SessionId, paths: readonly string[], more?: Partial<TakeCommand>) =>
      reservations.take(who, id, command(paths, more)),
    [Symbol.asyncDispose]: () => setting[Symbol.asyncDispose](),
  };
}

describe("taking", () => {
  test("R2: is one commit, with the event that names what was granted", async () => {
    await using world = await openWorld();
    const before = (await world.store.readHead(world.a))?.seq ?? 0;
    const taken = await world.take(world.ann, world.a, ["src/a.ts", "/repos/app/src/"]);
    if (!taken.ok) throw new Error("refused");
    expect((await world.store.readHead(world.a))?.seq).toBe(before + 1);
    expect(await world.dataOf(world.a, "reservation.acquired")).toEqual({
      reservation_ids: taken.value.listed.map(({ reservation }) => reservation.id),
      paths: ["src/a.ts", "src/"],
      repository: "github.com/acme/app",
      mode: "exclusive",
      ttl_ms: RESERVATION_TTL_MS,
      branch: "main",
    });
  });

  test("R8: of what is held already writes nothing, until its deadline has come nearer", async () => {
    await using world = await openWorld();
    const [first] = await granted(world, ["a.ts"]);
    const seq = async () => (await world.store.readHead(world.a))?.seq;
    const before = await seq();
    world.clock.advance(0.5 * MINUTE);
    expect(await granted(world, ["a.ts"])).toEqual([first]);
    world.clock.advance(5 * MINUTE);
    const [later] = await granted(world, ["a.ts"]);
    expect(later).toMatchObject({ id: first?.id, token: first?.token });
    expect(later?.expiresAt).not.toBe(first?.expiresAt);
    expect(await seq()).toBe(before);
    await granted(world, ["a.ts", "b.ts"]);
    expect(await world.dataOf(world.a, "reservation.acquired")).toMatchObject({ paths: ["b.ts"] });
  });

  test("R5: that is refused says who, with what, for which task and how long, and is written down", async () => {
    await using world = await openWorld();
    await world.take(world.ben, world.b, ["src/auth/login.ts"]);
    world.clock.advance(4 * MINUTE);
    const refused = await world.take(world.ann, world.a, ["src/other.ts", "src/auth/login.ts"]);
    expect(refused).toMatchObject({
      ok: false,
      refusal: {
        code: "reserved",
        reason: "File src/auth/login.ts is reserved by Ben — 'Build JWT auth flow' (6 min remaining)",
        holders: [{ path: "src/auth/login.ts", userName: "Ben", agentName: "Cursor", sessionId: world.b }],
      },
    });
    expect(await world.types(world.a)).toEqual(["reservation.denied"]);
    expect((await world.reservations.list(world.ann, { limit: 10 })).reservations).toHaveLength(1);
  });

  test("R4: on another branch goes by what the workspace has said, and warns by default", async () => {
    await using warns = await openWorld();
    await warns.take(warns.ben, warns.b, ["a.ts"]);
    const there = { report: { ...report, host: "h2", branch: "feature" } };
    const taken = await warns.take(warns.ann, warns.a, ["a.ts"], there);
    expect(taken).toMatchObject({
      ok: true,
      value: { warnings: [expect.stringContaining("Ben (Cursor) on branch main")] },
    });
    await using denies = await openWorld("deny");
    await denies.take(denies.ben, denies.b, ["a.ts"]);
    expect(await denies.take(denies.ann, denies.a, ["a.ts"], there)).toMatchObject({ refusal: { code: "reserved" } });
    expect(await denies.take(denies.ann, denies.a, ["a.ts"], { ...there, policy: "ignore" })).toMatchObject({
      ok: true,
    });
  });

  test("R1: outside of the tree is refused, and without a tree means the workspace's one", async () => {
    await using world = await openWorld();
    expect(await world.take(world.ann, world.a, ["a.ts", "../b.ts"])).toMatchObject({
      refusal: { code: "invalid_input", path: "/paths/1" },
    });
    const bare = { paths: ["a.ts"], mode: "exclusive", ttlMs: MINUTE } as const;
    expect(await world.reservations.take(world.ann, world.a, bare)).toMatchObject({
      value: { listed: [{ reservation: { repository: world.workspaceId } }] },
    });
    expect(await world.reservations.take(world.ben, world.b, bare)).toMatchObject({ refusal: { code: "reserved" } });
  });

  test("D6: for a session that has ended is refused", async () => {
    await using world = await openWorld();
    await world.store.write({ sessionId: world.a, events: [], team: { presence: { isEnded: true } } });
    expect(await world.take(world.ann, world.a, ["a.ts"])).toMatchObject({
      refusal: { code: "not_allowed", action: "reserve", state: "ended" },
    });
  });

  test("R2: of two at once gives to one, and the other is told by whom it is held", async () => {
    await using world = await openWorld();
    const [one, two] = await Promise.all([
      world.take(world.ann, world.a, ["a.ts", "b.ts"]),
      world.take(world.ben, world.b, ["b.ts", "a.ts"]),
    ]);
    expect([one.ok, two.ok].filter(Boolean)).toHaveLength(1);
  });
});

async function granted(world: Awaited<ReturnType<typeof openWorld>>, paths: readonly string[]) {
  const taken = await world.take(world.ann, world.a, paths);
  if (!taken.ok) throw new Error(`Refused: ${JSON.stringify(taken.refusal)}`);
  return taken.value.listed.map(({ reservation }) => reservation);
}

describe("checking", () => {
  test("R12: takes nothing and writes nothing", async () => {
    await using world = await openWorld();
    const before = [await world.store.readHead(world.a), await world.store.readHead(world.b)];
    await world.reservations.check(world.ann, { paths: ["a.ts"], report, sessionId: world.a });
    expect([await world.store.readHead(world.a), await world.store.readHead(world.b)]).toEqual(before);
    expect((await world.reservations.list(world.ann, { limit: 10 })).reservations).toEqual([]);
  });

  test("R5: answers for each path, and denies if one is denied", async () => {
    await using world = await openWorld();
    await world.take(world.ben, world.b, ["held/"]);
    const paths = ["free.ts", "held/a.ts", "../outside.ts"];
    const answer = await world.reservations.check(world.ann, { paths, report, sessionId: world.a });
    expect(answer).toEqual({
      ok: true,
      value: {
        permission: "deny",
        paths: [
          { path: "free.ts", permission: "allow", message: null },
          {
            path: "held/a.ts",
            permission: "deny",
            message: "File held/a.ts is reserved by Ben — 'Build JWT auth flow' (10 min remaining)",
          },
          { path: "../outside.ts", permission: "allow", message: null },
        ],
      },
    });
  });

  test("R2: knows the holder by the agent's own id of the conversation", async () => {
    await using world = await openWorld();
    await world.take(world.ben, world.b, ["a.ts"]);
    const check = (conversationId: string) =>
      world.reservations.check(world.ann, { paths: ["a.ts"], report, conversationId });
    expect(await check(world.b)).toMatchObject({ value: { permission: "allow" } });
    expect(await check(world.a)).toMatchObject({ value: { permission: "deny" } });
    expect(await check("nobody's")).toMatchObject({ value: { permission: "deny" } });
  });

  test("R2: by a person warns of their own agents in the same tree, and denies all others", async () => {
    await using world = await openWorld();
    await world.take(world.ben, world.b, ["a.ts"]);
    const check = (who: Principal, host: string) =>
      world.reservations.check(who, { paths: ["a.ts"], report: { ...report, host } });
    expect(await check(world.ben, "h")).toMatchObject({
      value: { permission: "allow", paths: [{ permission: "warn" }] },
    });
    expect(await check(world.ann, "h")).toMatchObject({ value: { permission: "deny" } });
    expect(await check(world.ben, "h2")).toMatchObject({ value: { permission: "deny" } });
  });
});

describe("giving back", () => {
  test("R11: by path frees what lies below a directory too; of all, everything", async () => {
    await using world = await openWorld();
    await world.take(world.ann, world.a, ["src/a.ts", "src/b/c.ts", "d.ts"]);
    const release = async (paths?: readonly string[]) => {
      const what = paths === undefined ? {} : { paths: { paths, report } };
      const freed = await world.reservations.release(world.ann, world.a, what);
      return freed.ok ? freed.value.map(({ reservation }) => reservation.path.path).toSorted() : freed.refusal;
    };
    expect(await release(["src/"])).toEqual(["src/a.ts", "src/b/c.ts"]);
    expect(await release(["src/"])).toEqual([]);
    expect(await release()).toEqual(["d.ts"]);
    expect(await world.types(world.a)).toEqual([
      "reservation.acquired",
      "reservation.released",
      "reservation.released",
    ]);
  });

  test("R11: what another user's agent holds is not given back, but taken away by an owner, or once it is silent", async () => {
    await using world = await openWorld();
    const taken = await world.take(world.ben, world.b, ["a.ts"]);
    const id = taken.ok ? taken.value.listed[0]!.reservation.id : world.mint("reservation");
    expect(await world.reservations.one(world.ann, id)).toMatchObject({ refusal: { code: "forbidden" } });
    expect(await world.reservations.renew(world.ann, id, MINUTE)).toMatchObject({ refusal: { code: "forbidden" } });
    world.clock.advance(2 * MINUTE);
    expect(await world.reservations.force(world.ann, id)).toMatchObject({
      refusal: { code: "forbidden", reason: expect.stringContaining("120 s ago") },
    });
    world.clock.advance(3 * MINUTE);
    expect(await world.reservations.force(world.ann, id)).toMatchObject({ value: { reservation: { id } } });
    expect(await world.dataOf(world.b, "reservation.released")).toMatchObject({
      reason: "forced",
      by_user_id: world.ann.userId,
      reservation_ids: [id],
    });
    const notices = await world.store.readNotices(world.b, 10);
    expect(notices.map(({ text }) => text)).toEqual([
      "Your reservation of a.ts was released by Ann. Read the files again before you write them.",
    ]);
  });

  test("R11: an owner need not wait, and an open tool call is a sign of life", async () => {
    await using world = await openWorld();
    const first = await world.take(world.ben, world.b, ["a.ts"]);
    const hookKey = { toolUseId: "bash", moment: "pre_tool" } as const;
    await world.store.write({ sessionId: world.b, events: [], team: { hookKey } });
    world.clock.advance(20 * MINUTE);
    const id = first.ok ? first.value.listed[0]!.reservation.id : world.mint("reservation");
    expect(await world.reservations.force(world.ann, id)).toMatchObject({ refusal: { code: "forbidden" } });
    expect(await world.reservations.force(world.owner, id)).toMatchObject({ ok: true });
    expect(await world.reservations.force(world.owner, id)).toMatchObject({ refusal: { code: "not_found" } });
  });

  test("R11: what is past its deadline is swept with an event in its holder's log, and who waits is told", async () => {
    await using world = await openWorld();
    await world.take(world.ben, world.b, ["a.ts", "b.ts"]);
    const waits = await world.reservations.wait(world.ann, world.a, { paths: ["a.ts", "c.ts"], report });
    expect(waits).toEqual({ ok: true, value: { waitingFor: ["a.ts"], free: ["c.ts"] } });
    world.clock.advance(9 * MINUTE);
    await world.sweep();
    expect(await world.types(world.b)).toEqual(["reservation.acquired"]);
    world.clock.advance(MINUTE);
    await world.sweep();
    expect(await world.dataOf(world.b, "reservation.expired")).toMatchObject({ paths: ["a.ts", "b.ts"] });
    expect((await world.store.readNotices(world.a, 10)).map(({ text }) => text)).toEqual([
      "a.ts is free now: nobody else has it reserved. You asked to be told.",
    ]);
  });

  test("R11: is swept also of a session that is deleted", async () => {
    await using world = await openWorld();
    await world.take(world.ben, world.b, ["a.ts"]);
    const state = { ...(await world.store.readSession(world.b))!.state, isDeleted: true };
    await world.commit(await world.fenced(world.b, { raises: true, state }));
    world.clock.advance(11 * MINUTE);
    await world.sweep();
    expect(await world.store.findExpired(10)).toEqual([]);
  });
});
