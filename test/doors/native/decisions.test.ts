/** Decisions and conventions over the native door, against a store in memory. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SessionId } from "../../../src/core/ids.ts";
import type { Tree } from "../../../src/core/team/tree.ts";
import { STALE_AFTER_EDITS } from "../../../src/core/team/decision.ts";
import type {
  Convention,
  ConventionList,
  Decision,
  DecisionList,
  RecordDecision,
} from "../../../src/doors/native/schema/team.ts";
import { principal } from "../../app/engine-world.ts";
import { appendNotes, makeSession } from "./log-writer.ts";
import { openClient } from "./native-client.ts";
import type { NativeClient } from "./native-client.ts";
import { keys, openNative } from "./open-native.ts";
import type { Native } from "./open-native.ts";

let native: Native;
let client: NativeClient;

beforeEach(async () => {
  native = await openNative({ slots: 0 });
  client = await openClient(native);
});
afterEach(() => native[Symbol.asyncDispose]());

async function record(body: RecordDecision): Promise<Decision> {
  const made = await client.post<Decision>("/decisions", body);
  expect(made.status).toBe(201);
  expect(made.headers.get("location")).toBe(`/api/v1/decisions/${made.body.id}`);
  return made.body;
}

async function titles(query: string): Promise<readonly string[]> {
  const { status, body } = await client.get<DecisionList>(`/decisions${query}`);
  expect(status).toBe(200);
  expect(body.total).toBeGreaterThanOrEqual(body.data.length);
  return body.data.map(({ title }) => title);
}

const tree: Tree = {
  repository: "github.com/acme/app",
  tree: "laptop /home/ada/app",
  host: "laptop",
  root: "/home/ada/app",
  ignoresCase: false,
};

/** A session whose agent has said where it works. */
async function makeWorker(where: Partial<Tree> = {}): Promise<SessionId> {
  const sessionId = await makeSession(native);
  const presence = { agentType: "cursor", conversationId: sessionId, tree: { ...tree, ...where } } as const;
  const result = await native.engine.commit({ sessionId, events: [], team: { presence } });
  expect(result.kind).toBe("committed");
  return sessionId;
}

let uses = 0;

async function edit(sessionId: SessionId, path: string, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const edited = [{ tree, path: { key: path, path, isDirectory: false } }];
    const reservations = [{ kind: "confirm", toolUseId: `use ${++uses}`, edited }] as const;
    const result = await native.engine.commit({ sessionId, events: [], team: { reservations } });
    expect(result.kind).toBe("committed");
  }
}

describe("a decision", () => {
  it("is recorded, read, changed and deleted", async () => {
    const made = await record({
      title: "Use JWT for auth",
      rationale: "Stateless",
      type: "architecture",
      files: ["./src/auth/login.ts", "src\\auth\\jwt.ts", "src/auth/login.ts"],
      tags: ["auth"],
    });
    expect(made).toMatchObject({
      title: "Use JWT for auth",
      type: "architecture",
      files: ["src/auth/login.ts", "src/auth/jwt.ts"],
      made_by: principal.userId,
      session_id: null,
      supersedes: null,
      superseded_by: null,
      edits_since: null,
      is_stale: false,
      version: 1,
    });
    const path = `/decisions/${made.id}`;
    expect((await client.get<Decision>(path)).body).toEqual(made);
    const changed = await client.call<Decision>("PATCH", path, { title: "Use PASETO", files: ["src/"] });
    expect(changed.body).toMatchObject({ title: "Use PASETO", files: ["src/"], rationale: "Stateless", version: 2 });
    const late = await client.call("PATCH", path, { title: "Late" }, { "if-match": '"1"' });
    expect([late.status, late.body.code]).toEqual([409, "version_conflict"]);
    expect((await client.call("DELETE", path)).status).toBe(204);
    expect((await client.get(path)).status).toBe(404);
    expect(await titles("?q=paseto")).toEqual([]);
  });

  it("wants a title, a known type, and names only what is there", async () => {
    const refused = async (body: unknown) => (await client.post("/decisions", body)).status;
    expect(await refused({ title: " " })).toBe(400);
    expect(await refused({ title: "x", type: "guess" })).toBe(400);
    expect(await refused({ title: "x", session_id: "nonsense" })).toBe(404);
    expect(await refused({ title: "x", session_id: "ses_00000000000070008000000000000009" })).toBe(404);
    expect(await refused({ title: "x", supersedes: "dec_00000000000070008000000000000009" })).toBe(404);
    expect(await titles("")).toEqual([]);
  });

  it("may have the title of another, and is nobody else's business", async () => {
    const { id } = await record({ title: "Twice" });
    await record({ title: "Twice" });
    const stranger = await openClient(native, keys.stranger);
    expect((await stranger.get<DecisionList>("/decisions")).body.total).toBe(0);
    const answers = [
      await stranger.get(`/decisions/${id}`),
      await stranger.call("PATCH", `/decisions/${id}`, { title: "Mine" }),
      await stranger.call("DELETE", `/decisions/${id}`),
      await stranger.post(`/decisions/${id}/reaffirm`),
      await stranger.post("/decisions", { title: "x", supersedes: id }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
    const viewer = await openClient(native, keys.viewer);
    expect((await viewer.post("/decisions", { title: "x" })).status).toBe(403);
    expect(await titles("")).toEqual(["Twice", "Twice"]);
  });

  it("that a session records is in its log and in the feed, in one commit with the decision", async () => {
    const sessionId = await makeWorker();
    await appendNotes(native, sessionId, 2, 3);
    const made = await record({
      title: "Use JWT",
      rationale: "r".repeat(9_000),
      files: ["/home/ada/app/src/a.ts"],
      session_id: sessionId,
    });
    expect(made).toMatchObject({ session_id: sessionId, files: ["src/a.ts"], edits_since: 0 });
    const { body } = await client.get<{ data: { type: string; data: object }[] }>("/feed?types=decision.recorded");
    expect(body.data).toMatchObject([
      { session_id: sessionId, seq: 4, data: { decision_id: made.id, title: "Use JWT" } },
    ]);
    expect(JSON.stringify(body.data).length).toBeLessThan(4_000);
  });
});

describe("a list of decisions", () => {
  beforeEach(async () => {
    await record({
      title: "Use JWT for auth",
      rationale: "Stateless tokens",
      type: "architecture",
      files: ["src/auth/"],
    });
    await record({ title: "Cache in Redis", tags: ["Speed"], files: ["src/cache/redis.ts"] });
    await record({
      title: "Retry thrice",
      rationale: "Auth servers hiccup",
      files: ["src/auth/login.ts", "src/net.ts"],
    });
  });

  it("is searched by words and their beginnings, all of them, best first", async () => {
    expect(await titles("?q=auth")).toEqual(["Use JWT for auth", "Retry thrice"]);
    expect(await titles("?q=tok%20jw")).toEqual(["Use JWT for auth"]);
    expect(await titles("?q=jwt%20redis")).toEqual([]);
    expect(await titles(`?q=${encodeURIComponent('"(auth OR*')}`)).toEqual([]);
    expect(await titles("?q=auth&limit=1&offset=1")).toEqual(["Retry thrice"]);
  });

  it("is searched by any of the words, the best first, as an agent asks", async () => {
    const found = await client.post<DecisionList>("/decisions/search", {
      query: "how do we cache auth tokens?",
      limit: 2,
    });
    expect(found.body.data.map(({ title }) => title)).toEqual(["Use JWT for auth", "Cache in Redis"]);
    const none = await client.post<DecisionList>("/decisions/search", { query: '" -*' });
    expect(none.body.data).toEqual([]);
  });

  it("is filtered by file (also by a directory above or below it), tag and type", async () => {
    expect(await titles("?file=src/auth/login.ts")).toEqual(["Retry thrice", "Use JWT for auth"]);
    expect(await titles("?file=./src/")).toEqual(["Retry thrice", "Cache in Redis", "Use JWT for auth"]);
    expect(await titles("?file=src/auth")).toEqual([]);
    expect(await titles("?tag=speed")).toEqual(["Cache in Redis"]);
    expect(await titles("?type=architecture&q=auth")).toEqual(["Use JWT for auth"]);
    expect(await titles(`?made_by=${principal.userId}&file=src/net.ts`)).toEqual(["Retry thrice"]);
  });
});

describe("an old decision", () => {
  it("shows what took its place, as long as that is there", async () => {
    const old = await record({ title: "Cookies" });
    const fresh = await record({ title: "Tokens", supersedes: old.id });
    expect(fresh.supersedes).toBe(old.id);
    const shown = async () => (await client.get<Decision>(`/decisions/${old.id}`)).body.superseded_by;
    expect(await shown()).toBe(fresh.id);
    await client.call("DELETE", `/decisions/${fresh.id}`);
    expect(await shown()).toBeNull();
  });

  it("is stale once its files were edited often, until somebody says that it still holds", async () => {
    const sessionId = await makeWorker();
    await edit(sessionId, "src/a.ts", 3);
    const files = ["src/a.ts", "src/b.ts", "src/dir/"];
    const { id } = await record({ title: "Use JWT", files, session_id: sessionId });
    const calm = await record({ title: "Calm", files: ["src/c.ts"], session_id: sessionId });
    const nowhere = await record({ title: "Nowhere", files });
    await edit(sessionId, "src/a.ts", STALE_AFTER_EDITS - 4);
    await edit(sessionId, "src/b.ts", 3);
    const shown = async () => (await client.get<Decision>(`/decisions/${id}`)).body;
    expect(await shown()).toMatchObject({ edits_since: STALE_AFTER_EDITS - 1, is_stale: false });
    await edit(sessionId, "src/b.ts", 1);
    expect(await shown()).toMatchObject({ edits_since: STALE_AFTER_EDITS, is_stale: true });
    expect(await titles("?stale=true")).toEqual(["Use JWT"]);
    expect(await titles("?stale=false")).toEqual([nowhere.title, calm.title]);
    const said = await client.post<Decision>(`/decisions/${id}/reaffirm`);
    expect(said.body).toMatchObject({ edits_since: 0, is_stale: false });
    expect(said.body.reaffirmed_at).not.toBeNull();
    expect(await titles("?stale=true")).toEqual([]);
  });

  it("that something took the place of is nothing that anybody must look at again", async () => {
    const sessionId = await makeWorker();
    const old = await record({ title: "Old", files: ["src/a.ts"], session_id: sessionId });
    await record({ title: "New", supersedes: old.id });
    await edit(sessionId, "src/a.ts", STALE_AFTER_EDITS);
    expect(await titles("?stale=true")).toEqual([]);
  });

  it("counts edits by the names that the repository has for its files", async () => {
    const sessionId = await makeWorker({ root: "C:/Work/App", ignoresCase: true });
    const files = ["C:\\Work\\App\\Src\\A.ts"];
    const { id } = await record({ title: "Use JWT", files, session_id: sessionId });
    await edit(sessionId, "src/a.ts", 2);
    const shown = (await client.get<Decision>(`/decisions/${id}`)).body;
    expect([shown.files, shown.edits_since]).toEqual([["Src/A.ts"], 2]);
    const changed = await client.call<Decision>("PATCH", `/decisions/${id}`, { files: ["SRC/a.ts"] });
    expect([changed.body.files, changed.body.edits_since]).toEqual([["SRC/a.ts"], 2]);
  });

  it("counts edits of files that it was given later from then on", async () => {
    const sessionId = await makeWorker();
    await edit(sessionId, "src/b.ts", 5);
    const { id } = await record({ title: "Use JWT", files: ["src/a.ts"], session_id: sessionId });
    await edit(sessionId, "src/a.ts", 2);
    const changed = await client.call<Decision>("PATCH", `/decisions/${id}`, { files: ["src/a.ts", "src/b.ts"] });
    expect(changed.body.edits_since).toBe(2);
    await edit(sessionId, "src/b.ts", 1);
    expect((await client.get<Decision>(`/decisions/${id}`)).body.edits_since).toBe(3);
    const fewer = await client.call<Decision>("PATCH", `/decisions/${id}`, { files: ["src/b.ts"] });
    expect(fewer.body.edits_since).toBe(1);
  });
});

describe("a convention", () => {
  const make = async (body: object) => (await client.post<Convention>("/conventions", body)).body;

  it("is made, read, changed and deleted", async () => {
    const made = await make({
      title: "Tabs",
      rationale: "They are wide",
      tier: "must",
      globs: ["**/*.go"],
      areas: ["style"],
    });
    expect(made).toMatchObject({ tier: "must", globs: ["**/*.go"], made_by: principal.userId, version: 1 });
    const path = `/conventions/${made.id}`;
    expect((await client.get<Convention>(path)).body).toEqual(made);
    const changed = await client.call<Convention>("PATCH", path, { tier: "may" });
    expect(changed.body).toMatchObject({ tier: "may", title: "Tabs", globs: ["**/*.go"], version: 2 });
    expect((await client.call("DELETE", path)).status).toBe(204);
    expect((await client.get(path)).status).toBe(404);
  });

  it("is a should if nothing is said, and its globs can be read", async () => {
    expect((await make({ title: "Small functions" })).tier).toBe("should");
    const refused = await client.post("/conventions", { title: "x", globs: ["a", "[b"] });
    expect([refused.status, refused.body.path]).toEqual([400, "/globs/1"]);
  });

  it("is found for the files that it is about, musts first", async () => {
    await make({ title: "Tabs", globs: ["*.go"] });
    await make({ title: "No any", tier: "must", globs: ["src/**/*.ts", "test/**"] });
    await make({ title: "Be kind", tier: "may" });
    const found = async (query: string) => {
      const { body } = await client.get<ConventionList>(`/conventions${query}`);
      return body.data.map(({ title }) => title);
    };
    expect(await found("?path=./src/deep/a.ts&path=main.go")).toEqual(["No any", "Tabs", "Be kind"]);
    expect(await found("?path=lib/a.rs")).toEqual(["Be kind"]);
    expect(await found("?tier=must")).toEqual(["No any"]);
    expect(await found("?q=kin")).toEqual(["Be kind"]);
    expect(await found("")).toEqual(["Be kind", "No any", "Tabs"]);
  });
});
