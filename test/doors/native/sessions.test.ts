/** Sessions at the native door, as the guide has them. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatId } from "../../../src/core/ids.ts";
import type { EventList } from "../../../src/doors/native/schema/event.ts";
import type { Session, SessionList } from "../../../src/doors/native/schema/session.ts";
import { openClient, text } from "./native-client.ts";
import type { NativeClient } from "./native-client.ts";
import { agentId, keys, modelId, openNative } from "./open-native.ts";
import type { Native } from "./open-native.ts";

let native: Native;
let owner: NativeClient;
let viewer: NativeClient;
let stranger: NativeClient;

beforeEach(async () => {
  native = await openNative({ slots: 0 });
  owner = await openClient(native);
  viewer = await openClient(native, keys.viewer);
  stranger = await openClient(native, keys.stranger);
});
afterEach(() => native[Symbol.asyncDispose]());

const unknownSession = formatId("session", 5, "e".repeat(20));
const unknownAgent = formatId("agent", 9, "d".repeat(20));

describe("making a session", () => {
  it("answers 201 with the guide's fields", async () => {
    const made = await owner.session({ title: "Q1 Sales Analysis", tags: ["sales", "analytics"], model_id: modelId });
    expect(made).toMatchObject({
      agent_id: agentId,
      title: "Q1 Sales Analysis",
      tags: ["sales", "analytics"],
      model_id: modelId,
      status: "idle",
      usage: null,
      last_event_seq: 1,
      self_url: `http://localhost/api/v1/sessions/${made.id}`,
    });
    expect(made.id).toMatch(/^ses_[0-9a-f]{32}$/);
    expect(made.organization_id).toMatch(/^org_[0-9a-f]{32}$/);
    expect(made.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it("keeps session capabilities with their configuration", async () => {
    const capabilities = [{ ref: "web_fetch" }, { ref: "session_file_system", config: { max_file_size_mb: 10 } }];
    expect((await owner.session({ capabilities })).capabilities).toEqual(capabilities);
  });

  it("is the same under /v1", async () => {
    const { id } = await owner.session();
    const got = await owner.fetch(`/v1/sessions/${id}`);
    expect(await got.json()).toMatchObject({ id });
  });

  it("refuses a session with neither agent nor harness and names both", async () => {
    const { status, body, headers } = await owner.post("/sessions", { title: "x" });
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: "invalid_input", path: "/agent_id", status: 400, error: body.detail });
    expect(body.detail).toContain("harness_id");
    expect(headers.get("content-type")).toBe("application/problem+json");
    expect(body.request_id).toBe(headers.get("x-request-id"));
  });

  it.each([
    ["an unknown model", { agent_id: agentId, model_id: "mod_faster_model" }],
    ["an unknown agent", { agent_id: unknownAgent }],
    ["a malformed agent", { agent_id: "no-agent" }],
    ["an unknown harness", { harness_id: formatId("harness", 9, "d".repeat(20)) }],
  ])("answers 404 for %s in a body (ruling 3)", async (_, body) => {
    expect((await owner.post("/sessions", body)).status).toBe(404);
  });

  it("answers the same session to the same Idempotency-Key and body, and 422 to another body (T2)", async () => {
    const key = { "idempotency-key": "k1" };
    const first = await owner.post<Session>("/sessions", { agent_id: agentId, title: "once" }, key);
    const again = await owner.post<Session>("/sessions", { title: "once", agent_id: agentId }, key);
    expect(again.body.id).toBe(first.body.id);
    const other = await owner.post("/sessions", { agent_id: agentId, title: "twice" }, key);
    expect(other.status).toBe(422);
    expect(other.body).toMatchObject({ code: "idempotency_mismatch", key: "k1" });
  });

  it("ignores fields that it does not know (ruling 5)", async () => {
    expect(await owner.session({ no_such_field: 1 })).not.toHaveProperty("no_such_field");
  });
});

describe("getting a session", () => {
  it("says 400 for an id that is none, and the same 404 for an unknown and a foreign one (ruling 3)", async () => {
    const { id } = await owner.session();
    const malformed = await owner.get("/sessions/ses_01933b5a");
    expect(malformed.status).toBe(400);
    expect(malformed.body).toMatchObject({ in: "path", path: "session_id" });
    const unknown = await owner.get(`/sessions/${unknownSession}`);
    const foreign = await stranger.get(`/sessions/${id}`);
    expect([unknown.status, foreign.status]).toEqual([404, 404]);
    const blank = (body: object) => JSON.stringify({ ...body, request_id: "" }).replaceAll(/ses_[0-9a-f]{32}/g, "ses_");
    expect(blank(unknown.body)).toBe(blank(foreign.body));
  });

  it("reads the long prefix that the Everruns server emits (S2)", async () => {
    const { id } = await owner.session();
    expect((await owner.get<Session>(`/sessions/${id.replace("ses_", "session_")}`)).body.id).toBe(id);
  });

  it("answers HEAD with the status of GET and no body", async () => {
    const { id } = await owner.session();
    const got = await owner.call("HEAD", `/sessions/${id}`);
    expect(got).toMatchObject({ status: 200, body: undefined });
  });
});

describe("listing sessions", () => {
  const list = async (query: string) => (await owner.get<SessionList>(`/sessions${query}`)).body;
  const titles = ({ data }: SessionList) => data.map(({ title }) => title);

  it("lists newest first, 20 unless told, at most 100", async () => {
    for (let i = 0; i < 25; i++) await owner.session({ title: `s${i}` });
    const page = await list("");
    expect(page).toMatchObject({ total: 25, offset: 0, limit: 20, has_more: true });
    expect(titles(page).slice(0, 2)).toEqual(["s24", "s23"]);
    expect(titles(await list("?offset=20&limit=20"))).toEqual(["s4", "s3", "s2", "s1", "s0"]);
    expect(await list("?limit=5000")).toMatchObject({ limit: 100, has_more: false });
  });

  it("walks all pages by cursor without gap or repeat", async () => {
    for (let i = 0; i < 7; i++) await owner.session({ title: `s${i}` });
    const seen: (string | null)[] = [];
    for (let query: string | null = "?limit=3"; query !== null;) {
      const page: SessionList = await list(query);
      seen.push(...titles(page));
      query = typeof page.next_cursor === "string" ? `?limit=3&cursor=${page.next_cursor}` : null;
    }
    expect(seen).toEqual(["s6", "s5", "s4", "s3", "s2", "s1", "s0"]);
  });

  it.each([
    [`?agent_id=${agentId}`, 2],
    [`?agent_id=${unknownAgent}`, 0],
    ["?status=idle", 2],
    ["?status=active", 0],
    ["?tags=a", 1],
    ["?tags=a&tags=b", 1],
    ["?search=CUSTOMER", 1],
    ["?mine=true", 2],
    ["?created_after=2100-01-01T00:00:00Z", 0],
    ["?created_before=2100-01-01T00:00:00%2B02:00", 2],
    ["?order=last_activity", 2],
  ])("filters by %s", async (query, total) => {
    await owner.session({ title: "Customer Issue", tags: ["a", "b"] });
    await owner.session({ title: "other" });
    expect(await list(query)).toMatchObject({ total });
  });

  it("shows a stranger nothing", async () => {
    await owner.session();
    expect((await stranger.get("/sessions")).body).toMatchObject({ data: [], total: 0 });
  });
});

describe("changing a session", () => {
  it("changes title and tags, leaves what is not said, clears with null", async () => {
    const { id } = await owner.session({ title: "a", tags: ["x"], model_id: modelId });
    const changed = await owner.call<Session>("PATCH", `/sessions/${id}`, { title: "b" });
    expect(changed.body).toMatchObject({ title: "b", tags: ["x"], model_id: modelId });
    const cleared = await owner.call("PATCH", `/sessions/${id}`, { title: null, tags: [], model_id: null });
    expect(cleared.body).toMatchObject({ title: null, tags: [], model_id: null });
    const events = await owner.get<EventList>(`/sessions/${id}/events?types=session.updated`);
    expect(events.body.data).toHaveLength(2);
  });

  it("says 404 for a model that does not exist", async () => {
    const { id } = await owner.session();
    expect((await owner.call("PATCH", `/sessions/${id}`, { model_id: "mod_x" })).status).toBe(404);
  });
});

describe("holding, ending and deleting (rulings 9 and 10)", () => {
  const act = (id: string, verb: string, body?: unknown) => owner.post<Session>(`/sessions/${id}/${verb}`, body);

  it("pauses and resumes with the session as the answer; meanwhile a message is refused", async () => {
    const { id } = await owner.session();
    expect((await act(id, "pause")).body).toMatchObject({ status: "idle", hold: "person" });
    const refused = await owner.post(`/sessions/${id}/messages`, text("hi"));
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: "on_hold", session_id: id });
    expect((await act(id, "resume")).body).toMatchObject({ hold: null });
  });

  it("completes, reopens by resume, kills for good and says what is allowed", async () => {
    const { id } = await owner.session();
    expect((await act(id, "complete", { reason: "done" })).body).toMatchObject({ status: "completed" });
    expect((await act(id, "resume")).body).toMatchObject({ status: "idle" });
    expect((await act(id, "kill")).body).toMatchObject({ status: "killed", activity: "exited" });
    const refused = await act(id, "resume");
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: "not_allowed", action: "resume", allowed: ["delete"] });
  });

  it("deletes to the trash with 204, hides it everywhere, and restores it", async () => {
    const { id } = await owner.session();
    expect((await owner.call("DELETE", `/sessions/${id}`)).status).toBe(204);
    const paths = ["", "/messages", "/events", "/sse", "/queue", "/fs"];
    const statuses = await Promise.all(paths.map(async (path) => (await owner.get(`/sessions/${id}${path}`)).status));
    expect(statuses).toEqual(paths.map(() => 404));
    expect((await act(id, "restore")).status).toBe(200);
    expect((await owner.get(`/sessions/${id}`)).status).toBe(200);
    expect((await owner.call("DELETE", `/sessions/${id}?permanent=true`)).status).toBe(204);
    expect((await owner.get(`/sessions/${id}`)).status).toBe(404);
  });
});

describe("roles", () => {
  it("lets a viewer read and nothing else", async () => {
    const { id } = await owner.session();
    expect((await viewer.get(`/sessions/${id}`)).status).toBe(200);
    expect((await viewer.post(`/sessions/${id}/fs/_/stat`, { path: "/" })).status).toBe(200);
    const writes = [
      ["POST", "/sessions"],
      ["PATCH", `/sessions/${id}`],
      ["DELETE", `/sessions/${id}`],
      ["POST", `/sessions/${id}/cancel`],
      ["POST", `/sessions/${id}/fs/a.txt`],
    ] as const;
    for (const [method, path] of writes) {
      const { status, body } = await viewer.call(method, path, {});
      expect({ method, path, status, code: body.code }).toEqual({ method, path, status: 403, code: "forbidden" });
    }
  });
});
