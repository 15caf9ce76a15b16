/** Sessions and what surrounds them on a whole server over SQLite, as a client sees them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EventList } from "../../src/doors/native/schema/event.ts";
import type { FileList } from "../../src/doors/native/schema/file.ts";
import type { Session, SessionList, SessionStats } from "../../src/doors/native/schema/session.ts";
import { text } from "../doors/native/native-client.ts";
import type { NativeClient } from "../doors/native/native-client.ts";
import { openWholeServer } from "./whole-server.ts";
import type { WholeServer } from "./whole-server.ts";

let whole: WholeServer;
let owner: NativeClient;
let agentId: string;
beforeAll(async () => {
  whole = await openWholeServer();
  owner = whole.as.owner;
  agentId = (await owner.post<{ id: string }>("/agents", { name: "a", system_prompt: "" })).body.id;
});
afterAll(async () => {
  await whole[Symbol.asyncDispose]();
  expect(whole.faults).toEqual([]);
});

async function make(body: object = {}): Promise<Session> {
  const made = await owner.post<Session>("/sessions", { agent_id: agentId, ...body });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return made.body;
}

const get = async (id: string) => (await owner.get<Session>(`/sessions/${id}`)).body;
const hanging = text('```serai-script\n[{"hang":true}]\n```');

describe("a session", () => {
  it("has the keys of the guide's example, and what the reference has beside them", async () => {
    const made = await make({ title: "Q1 Sales Analysis", tags: ["sales", "analytics"] });
    expect(made).toMatchObject({ agent_id: agentId, title: "Q1 Sales Analysis", tags: ["sales", "analytics"] });
    expect(Object.keys(made)).toEqual(
      expect.arrayContaining(
        "id organization_id agent_id title tags model_id status created_at updated_at harness_id locale capabilities tools system_prompt initial_files hints network_access max_iterations features usage preview output_preview is_pinned self_url view_url".split(
          " ",
        ),
      ),
    );
    expect(made.view_url).toBe(`${new URL(made.self_url).origin}/sessions/${made.id}`);
  });

  it("may name its harness, built in or not, and not in two ways", async () => {
    const named = await make({ agent_id: undefined, harness_name: "generic" });
    expect(named).toMatchObject({ agent_id: null, features: ["file_system", "todo_list"] });
    expect((await make({ agent_id: undefined, harness_id: named.harness_id })).harness_id).toBe(named.harness_id);
    const own = await owner.post<{ id: string }>("/harnesses", { name: "mine" });
    expect((await make({ harness_name: "mine" })).harness_id).toBe(own.body.id);
    const both = await owner.post("/sessions", { harness_name: "mine", harness_id: own.body.id });
    expect(both).toMatchObject({ status: 400, body: { path: "/harness_name" } });
    expect((await owner.post("/sessions", { harness_name: "nobody's" })).status).toBe(404);
  });

  it("reads a locale as it is written anywhere, and refuses what is none", async () => {
    expect((await make({ locale: "uk_ua" })).locale).toBe("uk-UA");
    const refused = await owner.post("/sessions", { agent_id: agentId, locale: "no such language" });
    expect(refused).toMatchObject({ status: 400, body: { path: "/locale" } });
  });

  it("keeps hints as they are, and rules for the network in one spelling", async () => {
    const hints = { setup_connection: true, nested: { camelCase: [1, null] } };
    const network_access = { allowed: ["Example.COM", "*.example.org"], blocked: ["bad.example.org."] };
    const made = await make({ hints, network_access });
    expect(made).toMatchObject({
      hints,
      network_access: { allowed: ["example.com", "*.example.org"], blocked: ["bad.example.org"] },
    });
    const path = `/sessions/${made.id}`;
    const changed = await owner.call<Session>("PATCH", path, { hints: null, network_access: { blocked: ["*"] } });
    expect(changed.body).toMatchObject({ hints: null, network_access: { allowed: [], blocked: ["*"] } });
    const refused = await owner.call("PATCH", path, { network_access: { allowed: ["http://a.b/c"] } });
    expect(refused).toMatchObject({ status: 400, body: { path: "/network_access/allowed/0" } });
  });
});

describe("the files that a session is born with", () => {
  const files = [
    { path: "/notes/plan.md", content: "# Plan\n" },
    { path: "data.bin", content: Buffer.from([0, 1, 2, 255]).toString("base64"), encoding: "base64" },
    { path: "/workspace/fixed.txt", content: "kept", is_readonly: true },
  ];

  it("are there with it, in its first commit, right after session.created (E3)", async () => {
    const made = await make({ initial_files: files });
    expect(made.initial_files).toEqual([
      { path: "/notes/plan.md", is_readonly: false },
      { path: "/data.bin", is_readonly: false },
      { path: "/fixed.txt", is_readonly: true },
    ]);
    const { data } = (await owner.get<EventList>(`/sessions/${made.id}/events`)).body;
    expect(data.map(({ type }) => type)).toEqual(["session.created", ...files.map(() => "file.written")]);
    expect(new Set(data.map(({ ts }) => ts)).size).toBe(1);
    const listed = await owner.get<FileList>(`/sessions/${made.id}/fs?recursive=true`);
    expect(listed.body.data.map(({ path, version }) => [path, version])).toEqual([
      ["/data.bin", 1],
      ["/fixed.txt", 1],
      ["/notes", 1],
      ["/notes/plan.md", 1],
    ]);
    const bytes = await owner.fetch(`/api/v1/sessions/${made.id}/fs/data.bin`);
    expect(Buffer.from(await bytes.arrayBuffer())).toEqual(Buffer.from([0, 1, 2, 255]));
    const write = await owner.call("PUT", `/sessions/${made.id}/fs/fixed.txt`, { content: "x" });
    expect(write).toMatchObject({ status: 400, body: { code: "read_only" } });
    const removal = await owner.call("DELETE", `/sessions/${made.id}/fs/fixed.txt`);
    expect(removal).toMatchObject({ status: 403, body: { code: "read_only" } });
  });

  it.each([
    [
      "a path twice",
      [
        { path: "/a", content: "" },
        { path: "a", content: "" },
      ],
      "/initial_files/1/path",
    ],
    [
      "a file in a file",
      [
        { path: "/a", content: "" },
        { path: "/a/b", content: "" },
      ],
      "/initial_files/1/path",
    ],
    [
      "a file that holds one",
      [
        { path: "/a/b", content: "" },
        { path: "/a", content: "" },
      ],
      "/initial_files/1/path",
    ],
    ["a way out", [{ path: "/../x", content: "" }], "/initial_files/0/path"],
    ["the root", [{ path: "/", content: "" }], "/initial_files/0/path"],
    ["no base64", [{ path: "/a", content: "#", encoding: "base64" }], "/initial_files/0/content"],
    ["no content", [{ path: "/a" }], "/initial_files/0/content"],
    ["an unknown encoding", [{ path: "/a", content: "", encoding: "utf-16" }], "/initial_files/0/encoding"],
  ])("are refused with the place: %s", async (_, initial_files, path) => {
    const refused = await owner.post("/sessions", { agent_id: agentId, title: "never made", initial_files });
    expect(refused).toMatchObject({ status: 400, body: { path } });
    expect((await owner.get<SessionList>("/sessions?search=never%20made")).body.total).toBe(0);
  });

  it("are refused when they are too many or too large, by the setting's name", async () => {
    const many = Array.from({ length: 101 }, (_, n) => ({ path: `/f${n}`, content: "" }));
    const large = [{ path: "/large", content: "x".repeat(5_000_001) }];
    const asked = async (initial_files: object[]) => owner.post("/sessions", { agent_id: agentId, initial_files });
    expect(await asked(many)).toMatchObject({ status: 413, body: { setting: "initialFiles", limit: 100 } });
    expect(await asked(large)).toMatchObject({ status: 413, body: { setting: "initialFilesBytes" } });
    expect((await asked(many.slice(1))).status).toBe(201);
    expect((await asked([{ path: "/large", content: "x".repeat(5_000_000) }])).status).toBe(201);
  });
});

describe("the trash", () => {
  it("lists what was deleted, to be brought back with all it had (S8)", async () => {
    const { id } = await make({ title: "to the trash", initial_files: [{ path: "/a", content: "kept" }] });
    await owner.call("DELETE", `/sessions/${id}`);
    const list = async (query: string) => (await owner.get<SessionList>(`/sessions${query}`)).body.data;
    const [listed] = await list("?deleted=true&search=to%20the%20trash");
    expect(listed).toMatchObject({ id, deleted_at: expect.any(String) });
    expect(await list("?search=to%20the%20trash")).toEqual([]);
    expect((await owner.get(`/sessions/${id}`)).status).toBe(404);
    const restored = await owner.post<Session>(`/sessions/${id}/restore`);
    expect(restored.body).toMatchObject({ id, deleted_at: null });
    const kept = await owner.fetch(`/api/v1/sessions/${id}/fs/a`);
    expect(await kept.text()).toBe("kept");
  });

  it.each(["at once", "from the trash"])("lets go of a session for good, %s", async (way) => {
    const { id } = await make({ title: `gone ${way}`, initial_files: [{ path: "/a", content: way }] });
    await owner.post(`/sessions/${id}/messages?wait=true`, text("remember this"));
    if (way === "from the trash") await owner.call("DELETE", `/sessions/${id}`);
    expect((await owner.call("DELETE", `/sessions/${id}?permanent=true`)).status).toBe(204);
    const { store } = whole.server;
    const known = id as Parameters<typeof store.readSession>[0];
    expect(await store.readSession(known)).toBeUndefined();
    expect((await store.readLog({ sessionId: known, after: 0, limit: 10 })).lines).toEqual([]);
    expect(await store.listFiles(known, "/", { isRecursive: true })).toEqual([]);
    expect(await store.fileVersions(known, "/a")).toEqual([]);
    for (const path of ["", "/events", "/messages", "/fs", "/export"]) {
      expect((await owner.get(`/sessions/${id}${path}`)).status).toBe(404);
    }
    expect((await owner.post(`/sessions/${id}/restore`)).status).toBe(404);
    const trash = await owner.get<SessionList>(`/sessions?deleted=true&search=gone%20${way}`);
    expect(trash.body.data).toEqual([]);
    expect((await owner.call("DELETE", `/sessions/${id}?permanent=true`)).status).toBe(404);
  });
});

describe("counting sessions", () => {
  it("gives for each state what a list with its filter gives", async () => {
    await using fresh = await openWholeServer();
    const { owner: client } = fresh.as;
    const open = async () => (await client.post<Session>("/sessions", { harness_name: "generic" })).body.id;
    const ids = await Promise.all(Array.from({ length: 8 }, open));
    const [, , spoken = "", busy = "", paused = "", completed = "", killed = "", deleted = ""] = ids;
    await client.post(`/sessions/${spoken}/messages?wait=true`, text("hello"));
    await client.post(`/sessions/${busy}/messages`, hanging);
    await client.post(`/sessions/${paused}/pause`);
    await client.post(`/sessions/${completed}/complete`);
    await client.post(`/sessions/${killed}/kill`);
    await client.call("DELETE", `/sessions/${deleted}`);
    const stats = (await client.get<SessionStats>("/sessions/stats")).body;
    expect(stats).toEqual({
      ...{ total: 7, total_capped: false, active: 1, idle: 4, completed: 1, failed: 0, killed: 1 },
      ...{ started: 3, paused: 1, waiting_for_tool_results: 0, waiting_for_approval: 0 },
    });
    for (const status of ["active", "idle", "completed", "failed", "killed"] as const) {
      const { total } = (await client.get<SessionList>(`/sessions?status=${status}`)).body;
      expect([status, total]).toEqual([status, stats[status]]);
    }
    expect((await fresh.as.stranger.get<SessionStats>("/sessions/stats")).body.total).toBe(0);
    await client.post(`/sessions/${busy}/cancel`);
  });

  it("sees turns that wait for the client's tools", async () => {
    const tools = [{ type: "client_side", name: "ask_user", description: "Asks" }];
    const { id } = await make({ tools });
    const steps = [{ tools: [{ name: "ask_user", input: {} }] }];
    const sent = text(`\`\`\`serai-script\n${JSON.stringify(steps)}\n\`\`\``);
    await owner.post(`/sessions/${id}/messages?wait=true`, sent);
    expect((await get(id)).needs).toEqual(["tool_results"]);
    const stats = (await owner.get<SessionStats>("/sessions/stats")).body;
    expect(stats).toMatchObject({ waiting_for_tool_results: 1, active: 1 });
    const waiting = await owner.get<SessionList>("/sessions?needs=tool_results&needs=approval");
    expect(waiting.body.data.map((each) => each.id)).toEqual([id]);
    expect((await owner.get<SessionList>("/sessions?needs=approval")).body.total).toBe(0);
    expect((await owner.get<SessionList>("/sessions?needs=tool_results&status=idle")).body.total).toBe(0);
    await owner.post(`/sessions/${id}/cancel`);
  });
});
