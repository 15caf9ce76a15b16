/** Reservations on a whole server over SQLite: at the native door, with real keys, and by the guard of real commits. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProblemBody } from "../../src/doors/native/problem.ts";
import type { EventList } from "../../src/doors/native/schema/event.ts";
import type { NativeReservation } from "../../src/doors/native/schema/reservation.ts";
import type { Session } from "../../src/doors/native/schema/session.ts";
import { installGuard } from "../../src/install/install-guard.ts";
import type { NativeClient } from "../doors/native/native-client.ts";
import { gitEnvironment, HookWorld, run } from "../install/hook-world.ts";
import { openWholeServer } from "./whole-server.ts";
import type { WholeServer } from "./whole-server.ts";

let whole: WholeServer;
let owner: NativeClient;
let member: NativeClient;
beforeAll(async () => {
  whole = await openWholeServer();
  ({ owner, member } = whole.as);
});
afterAll(async () => {
  await whole[Symbol.asyncDispose]();
  expect(whole.faults).toEqual([]);
});

interface Taken {
  readonly data: readonly NativeReservation[];
  readonly warnings: readonly string[];
}
interface Page extends Taken {
  readonly has_more: boolean;
  readonly next_cursor: string | null;
}

let count = 0;
/** Each case works in a repository of its own. */
const repository = () => `github.com/acme/app-${++count}`;
const make = async (client: NativeClient, title: string) =>
  (await client.post<Session>("/sessions", { harness_name: "generic", title })).body.id;
const take = (client: NativeClient, session_id: string, body: object) =>
  client.post<Taken & ProblemBody>("/reservations", { session_id, ...body });

describe("reservations at the native door", () => {
  it("R5: are taken by one and refused to the other, who is told who has them and what to do", async () => {
    const [a, b] = [await make(owner, "Build JWT auth flow"), await make(member, "Fix login")];
    const where = { repository: repository(), paths: ["src/auth/login.ts", "docs/"] };
    const taken = await take(owner, a, where);
    expect(taken.status).toBe(201);
    expect(taken.body.data.map(({ path, is_directory, token }) => [path, is_directory, token])).toEqual([
      ["src/auth/login.ts", false, 1],
      ["docs/", true, 2],
    ]);
    const refused = await take(member, b, { ...where, paths: ["docs/a.md", "other.ts"] });
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({
      code: "reserved",
      detail: expect.stringMatching(
        /^File docs\/a\.md is reserved as part of docs\/ by .+ \(Serai\) — 'Build JWT auth flow' \(10 min remaining\)\. Work on another file/,
      ),
      message: expect.stringContaining("File docs/a.md is reserved by"),
      holders: [{ path: "docs/a.md", held_path: "docs/", session_id: a, task: "Build JWT auth flow" }],
    });
    expect((await take(owner, a, where)).body.data.map(({ id }) => id)).toEqual(taken.body.data.map(({ id }) => id));
  });

  it("R11: are renewed, given back one by one, by path and all at once", async () => {
    const a = await make(member, "x");
    const where = { repository: repository() };
    const { data } = (await take(member, a, { ...where, paths: ["a", "b/c", "b/d", "e"] })).body;
    const renewed = await member.post<NativeReservation>(`/reservations/${data[0]!.id}/renew`, { ttl_ms: 60_000 });
    expect(renewed.body).toMatchObject({ ttl_ms: 60_000, path: "a" });
    expect((await member.call("DELETE", `/reservations/${data[0]!.id}`)).status).toBe(204);
    expect((await member.call("DELETE", `/reservations/${data[0]!.id}`)).status).toBe(404);
    const below = await member.post<Taken>("/reservations/release", { session_id: a, paths: ["b/"], ...where });
    expect(below.body.data.map(({ path }) => path).toSorted()).toEqual(["b/c", "b/d"]);
    expect((await member.post<Taken>("/reservations/release", { session_id: a })).body.data).toHaveLength(1);
  });

  it("R11: of a session that is killed go with it, in the same commit, and its log says so", async () => {
    const [a, b] = [await make(owner, "x"), await make(owner, "y")];
    const where = { repository: repository(), paths: ["a.ts"] };
    await take(owner, a, where);
    await owner.post("/reservations/wait", { session_id: b, ...where });
    expect((await owner.post(`/sessions/${a}/kill`)).status).toBe(200);
    const log = await owner.get<EventList>(`/sessions/${a}/events`);
    expect(log.body.data.map(({ type }) => type).slice(-3)).toEqual([
      "reservation.acquired",
      "reservation.released",
      "session.killed",
    ]);
    expect((await take(owner, b, where)).status).toBe(201);
    expect((await take(owner, a, where)).body).toMatchObject({ code: "not_allowed", state: "killed" });
    const notices = await whole.server.store.readNotices(b as never, 10);
    expect(notices.map(({ text }) => text)).toEqual([expect.stringContaining("a.ts is free now")]);
  });

  it.each(["complete", "delete"])("R11: of a session that ends by %s are free", async (end) => {
    const [a, b] = [await make(owner, "x"), await make(owner, "y")];
    const where = { repository: repository(), paths: ["a.ts"] };
    await take(owner, a, where);
    await (end === "delete" ? owner.call("DELETE", `/sessions/${a}`) : owner.post(`/sessions/${a}/complete`));
    expect((await take(owner, b, where)).status).toBe(201);
  });

  it("are listed newest first, page by page, by repository and by session", async () => {
    const a = await make(owner, "x");
    const name = repository();
    for (const path of ["1", "2", "3"]) await take(owner, a, { repository: name, paths: [path] });
    const pages: string[][] = [];
    for (let cursor = ""; ;) {
      const page = await owner.get<Page>(`/reservations?limit=2&repository=${name}${cursor}`);
      pages.push(page.body.data.map(({ path }) => path));
      if (page.body.next_cursor === null) break;
      cursor = `&cursor=${page.body.next_cursor}`;
    }
    expect(pages).toEqual([["3", "2"], ["1"]]);
    const url = encodeURIComponent(`https://${name}.git`);
    expect((await owner.get<Page>(`/reservations?repository=${url}&session_id=${a}`)).body.data).toHaveLength(3);
    expect((await whole.as.stranger.get<Page>(`/reservations`)).body.data).toEqual([]);
  });

  it("R11: are taken away from a holder at work by an owner only", async () => {
    const b = await make(member, "y");
    const { data } = (await take(member, b, { repository: repository(), paths: ["a.ts"] })).body;
    const other = await make(owner, "z");
    const owners = (await take(owner, other, { repository: repository(), paths: ["a.ts"] })).body.data;
    expect((await member.post(`/reservations/${owners[0]!.id}/force-release`)).status).toBe(403);
    expect((await owner.post<NativeReservation>(`/reservations/${data[0]!.id}/force-release`)).body.path).toBe("a.ts");
    const { body } = await owner.get<EventList>(`/sessions/${b}/events?types=reservation.released`);
    expect(body.data.at(-1)).toMatchObject({ data: { reason: "forced" } });
  });

  it("R12: are checked in JSON and, for scripts, in plain text", async () => {
    const a = await make(owner, "Build JWT auth flow");
    const facts = {
      root: "/w/app",
      origin: `https://x:token@${repository()}.git`,
      host: "h",
      branch: "main",
      ignore_case: false,
    };
    await take(owner, a, { repository: facts, paths: ["/w/app/src/a.ts"] });
    const body = { repository: { ...facts, root: "/home/b/app", host: "g" }, paths: ["src/a.ts", "b.ts"] };
    const asked = await member.post("/reservations/check", body);
    expect(asked.body).toMatchObject({
      permission: "deny",
      data: [{ permission: "deny" }, { permission: "allow", message: null }],
    });
    const response = await member.fetch("/api/v1/reservations/check", {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/plain" },
      body: JSON.stringify(body),
    });
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(await response.text()).toMatch(
      /^deny\nFile src\/a\.ts is reserved by .+ — 'Build JWT auth flow' \(10 min remaining\)\n$/,
    );
  });

  it("R10: is found in the feed and kept over a restart, deadline, token and all", async () => {
    const a = await make(owner, "x");
    const name = repository();
    const before = (await take(owner, a, { repository: name, paths: ["a.ts"] })).body.data;
    const feed = await owner.get<{ data: readonly { type: string }[] }>("/feed?types=reservation.acquired");
    expect(feed.body.data.length).toBeGreaterThan(0);
    await whole.restart();
    expect((await owner.get<Page>(`/reservations?repository=${name}`)).body.data).toEqual(before);
    await owner.post("/reservations/release", { session_id: a });
    expect((await take(owner, a, { repository: name, paths: ["a.ts"] })).body.data[0]?.token).toBe(2);
  });
});

describe("the guard of commits, asking a real server", () => {
  it("R10: refuses a commit that holds what another agent has reserved, and lets others through", async () => {
    using world = new HookWorld();
    world.git("init", "-q", "-b", "main");
    world.git("remote", "add", "origin", `git@${repository().replace("/", ":")}.git`);
    const key = (await owner.post<{ key: string }>("/keys", { name: "guard", role: "member" })).body.key;
    const server = { ...world.access(whole.server.url), key };
    const done = installGuard({ mode: "block", isStrict: true, server, keyId: null }, world.place, world.project);
    expect(done.ok).toBe(true);
    const a = await make(member, "Build JWT auth flow");
    const origin = `https://github.com/acme/app-${count}`;
    expect(
      (await take(member, a, { repository: { origin, root: "/somewhere", host: "h" }, paths: ["held.ts"] })).status,
    ).toBe(201);
    const commit = (path: string) => {
      writeFileSync(join(world.project, path), "x");
      return run(["sh", "-c", `git add ${path} && git commit -q -m x`], {
        cwd: world.project,
        env: gitEnvironment(world.home),
      });
    };
    expect(await commit("free.ts")).toMatchObject({ code: 0, stderr: "" });
    const refused = await commit("held.ts");
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(
      /^Serai: File held\.ts is reserved by .+ — 'Build JWT auth flow' \(10 min remaining\)\n/,
    );
    await member.post("/reservations/release", { session_id: a });
    expect(await commit("held.ts")).toMatchObject({ code: 0, stderr: "" });
  });
});
