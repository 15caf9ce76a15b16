/** Working beside agents through the client, against a real server: the team, reservations, decisions, the feed. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFeed, makeReservations, makeTeam, makeTransport, Serai, SeraiError } from "../../src/client/index.ts";
import type { FeedEvent } from "../../src/client/index.ts";
import { defaultStreamSettings } from "../../src/client/event-stream.ts";
import { openWholeServer } from "../main/whole-server.ts";
import type { WholeServer } from "../main/whole-server.ts";
import { adminKey } from "./admin-key.ts";

let whole: WholeServer;
let serai: Serai;
beforeAll(async () => {
  whole = await openWholeServer();
  serai = new Serai({ baseUrl: whole.server.url, apiKey: await adminKey(whole.folder) });
});
afterAll(async () => {
  await whole[Symbol.asyncDispose]();
  expect(whole.faults).toEqual([]);
});

let count = 0;
const treeOf = (root: string) => ({ root, commonDir: `${root}/.git`, host: "laptop", branch: "main" });

async function join(repository: ReturnType<typeof treeOf>, name = `me-${(count += 1)}`) {
  return (await serai.team.join({ conversationId: name, task: `Task of ${name}`, repository })).sessionId;
}

describe("the team", () => {
  it("is joined once under one name, and seen with what it holds", async () => {
    const repository = treeOf("/home/dev/one");
    const sessionId = await join(repository, "me");
    expect(await join(repository, "me")).toBe(sessionId);
    await serai.reservations.take(sessionId, ["a.ts"]);
    expect(await serai.team.list()).toContainEqual(
      expect.objectContaining({ sessionId, task: "Task of me", branch: "main", heldPaths: ["a.ts"], needs: [] }),
    );
    expect(await serai.team.brief()).toContain("a.ts");
    expect(await serai.team.brief(sessionId)).not.toContain("Task of me");
  });
});

describe("reservations", () => {
  it("are taken all or none, checked, waited for, renewed and given back", async () => {
    const repository = treeOf("/home/dev/two");
    const [one, two] = [await join(repository), await join(repository)];
    const taken = await serai.reservations.take(one, ["src/", "b.ts"], { ttlMs: 60_000 });
    expect(taken.data.map(({ path }) => path)).toEqual(["src/", "b.ts"]);
    const refused = await serai.reservations.take(two, ["c.ts", "src/a.ts"]).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(SeraiError);
    expect(refused).toMatchObject({ code: "reserved", status: 409 });
    const checked = await serai.reservations.check(["src/a.ts", "c.ts"], { sessionId: two });
    expect(checked.data.map(({ permission }) => permission)).toEqual(["deny", "allow"]);
    expect(await serai.reservations.wait(two, ["b.ts", "c.ts"])).toEqual({ waitingFor: ["b.ts"], free: ["c.ts"] });
    const [first] = taken.data;
    const renewed = await serai.reservations.renew(first?.id ?? "", 600_000);
    expect(Date.parse(renewed.expiresAt)).toBeGreaterThan(Date.parse(first?.expiresAt ?? ""));
    expect((await serai.reservations.release(one, ["b.ts"])).map(({ path }) => path)).toEqual(["b.ts"]);
    expect((await serai.reservations.force(first?.id ?? "")).path).toBe("src/");
    const left: string[] = [];
    for await (const { sessionId } of serai.reservations.all({ limit: 1 })) left.push(sessionId);
    expect(left).not.toContain(one);
  });
});

describe("decisions", () => {
  it("are recorded, found, changed, reaffirmed and deleted", async () => {
    const { id } = await serai.decisions.record({ title: "Tokens are opaque", tags: ["auth"], files: ["src/auth/"] });
    await serai.decisions.edit(id, { rationale: "JWTs leak" });
    expect(await serai.decisions.get(id)).toMatchObject({ rationale: "JWTs leak", isStale: false, supersededBy: null });
    expect((await serai.decisions.list({ file: "src/auth/login.ts" })).data.map((one) => one.id)).toEqual([id]);
    expect((await serai.decisions.search("opaque zebra")).map((one) => one.id)).toEqual([id]);
    expect((await serai.decisions.reaffirm(id)).reaffirmedAt).not.toBeNull();
    await serai.decisions.delete(id);
    expect((await serai.decisions.list({ tag: "auth" })).data).toEqual([]);
  });
});

describe("the feed", () => {
  const pathsOf = ({ data }: FeedEvent) => (data as { readonly paths?: readonly string[] }).paths?.join();

  it("is followed from now on, over a restart of the server, without loss or repeat", async () => {
    const api = makeTransport({
      baseUrl: "http://serai.test",
      apiKey: await adminKey(whole.folder),
      fetch: (input, init) =>
        // The transport asks by address.
        fetch((input as string).replace("http://serai.test", whole.server.url), init),
    });
    const reservations = makeReservations(api);
    const repository = treeOf("/home/dev/three");
    const { sessionId } = await makeTeam(api).join({ conversationId: "follower", repository });
    await reservations.take(sessionId, ["before.ts"]);
    const settings = { ...defaultStreamSettings, firstMs: 10, maxMs: 50 };
    const feed = makeFeed({ transport: api, settings, random: Math.random });
    const last = (await feed.list({ limit: 1 })).at(-1);
    expect(last).toMatchObject({ type: "reservation.acquired", sessionId });
    const seen: string[] = [];
    const opened = Promise.withResolvers<void>();
    const onConnection = ({ state }: { readonly state: string }) => state === "open" && opened.resolve();
    const following = (async () => {
      for await (const line of feed.stream({ types: ["reservation.acquired"], sessionId, onConnection })) {
        seen.push(pathsOf(line) ?? "");
        if (seen.length === 3) return;
      }
    })();
    await opened.promise;
    await reservations.take(sessionId, ["one.ts"]);
    await expect.poll(() => seen.length).toBe(1);
    await whole.restart();
    await reservations.take(sessionId, ["two.ts"]);
    await reservations.take(sessionId, ["three.ts"]);
    await following;
    expect(seen).toEqual(["one.ts", "two.ts", "three.ts"]);
  });
});
