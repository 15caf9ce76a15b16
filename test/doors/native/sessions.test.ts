/** Sessions at the native door, as the guide has them; every answer is checked against the document. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatId } from "../../../src/core/ids.ts";
import { openCheckedFetch } from "../../http/checked-fetch.ts";
import type { SessionList } from "../../../src/doors/native/schema/session.ts";
import type { CheckedFetch } from "../../http/checked-fetch.ts";
import { agentId, keys, modelId, openNative } from "./open-native.ts";
import type { Native } from "./open-native.ts";

let native: Native;
let api: CheckedFetch;
let viewer: CheckedFetch;
let stranger: CheckedFetch;

const as = (key: string) => openCheckedFetch(native.app, { headers: { authorization: `Bearer ${key}` } });

beforeEach(async () => {
  native = await openNative({ slots: 0 });
  api = await as(keys.owner);
  viewer = await as(keys.viewer);
  stranger = await as(keys.stranger);
});
afterEach(async () => {
  await native[Symbol.asyncDispose]();
});

const jsonInit = (method: string, body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(body),
});
const post = (body: unknown, headers?: Record<string, string>) => jsonInit("POST", body, headers);
const bodyOf = async (response: Response) => (await response.json()) as Record<string, unknown>;
const listOf = async (response: Response) => (await response.json()) as SessionList;
const titlesOf = ({ data }: SessionList) => data.map(({ title }) => title);

async function create(body: Record<string, unknown> = {}) {
  const response = await api("/api/v1/sessions", post({ agent_id: agentId, ...body }));
  expect(response.status).toBe(201);
  return bodyOf(response);
}

describe("making a session", () => {
  it("answers 201 with the guide's fields", async () => {
    const made = await create({ title: "Q1 Sales Analysis", tags: ["sales", "analytics"], model_id: modelId });
    expect(made).toMatchObject({
      agent_id: agentId,
      title: "Q1 Sales Analysis",
      tags: ["sales", "analytics"],
      model_id: modelId,
      status: "idle",
      usage: null,
      last_event_seq: 1,
    });
    expect(made["id"]).toMatch(/^ses_[0-9a-f]{32}$/);
    expect(made["organization_id"]).toMatch(/^org_[0-9a-f]{32}$/);
    expect(made["created_at"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(made["self_url"]).toBe(`http://localhost/api/v1/sessions/${made["id"]}`);
  });

  it("keeps session capabilities with their configuration", async () => {
    const capabilities = [{ ref: "web_fetch" }, { ref: "session_file_system", config: { max_file_size_mb: 10 } }];
    expect((await create({ capabilities }))["capabilities"]).toEqual(capabilities);
  });

  it("is the same under /v1", async () => {
    const made = await create();
    const got = await api(`/v1/sessions/${made["id"]}`);
    expect(got.status).toBe(200);
    expect(await bodyOf(got)).toMatchObject({ id: made["id"] });
  });

  it("refuses a session with neither agent nor harness and names both", async () => {
    const response = await api("/api/v1/sessions", post({ title: "x" }));
    expect(response.status).toBe(400);
    const problem = await bodyOf(response);
    expect(problem).toMatchObject({ code: "invalid_input", path: "/agent_id", status: 400 });
    expect(problem["error"]).toBe(problem["detail"]);
    expect(problem["detail"]).toContain("harness_id");
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(problem["request_id"]).toBe(response.headers.get("x-request-id"));
  });

  it.each([
    ["an unknown model", { agent_id: agentId, model_id: "mod_faster_model" }],
    ["an unknown agent", { agent_id: formatId("agent", 9, "d".repeat(20)) }],
    ["a malformed agent", { agent_id: "no-agent" }],
    ["an unknown harness", { harness_id: formatId("harness", 9, "d".repeat(20)) }],
  ])("answers 404 for %s in a body", async (_, body) => {
    expect((await api("/api/v1/sessions", post(body))).status).toBe(404);
  });

  it("answers the same session to the same Idempotency-Key and body, and 422 to another body (T2)", async () => {
    const body = { agent_id: agentId, title: "once" };
    const first = await api("/api/v1/sessions", post(body, { "idempotency-key": "k1" }));
    const again = await api(
      "/api/v1/sessions",
      post({ title: "once", agent_id: agentId }, { "idempotency-key": "k1" }),
    );
    expect((await bodyOf(again))["id"]).toBe((await bodyOf(first))["id"]);
    const other = await api(
      "/api/v1/sessions",
      post({ agent_id: agentId, title: "twice" }, { "idempotency-key": "k1" }),
    );
    expect(other.status).toBe(422);
    expect(await bodyOf(other)).toMatchObject({ code: "idempotency_mismatch", key: "k1" });
  });

  it("ignores fields that it does not know (ruling 5)", async () => {
    expect(await create({ no_such_field: 1 })).not.toHaveProperty("no_such_field");
  });
});

describe("getting a session", () => {
  it("says 400 for an id that is none, 404 for an unknown and for a foreign one (ruling 3)", async () => {
    const made = await create();
    const malformed = await api("/api/v1/sessions/ses_01933b5a");
    expect(malformed.status).toBe(400);
    expect(await bodyOf(malformed)).toMatchObject({ in: "path", path: "session_id" });
    const unknown = await api(`/api/v1/sessions/${formatId("session", 5, "e".repeat(20))}`);
    const foreign = await stranger(`/api/v1/sessions/${made["id"]}`);
    expect([unknown.status, foreign.status]).toEqual([404, 404]);
    const [a, b] = [await bodyOf(unknown), await bodyOf(foreign)];
    expect({ ...a, id: 0, detail: 0, error: 0, request_id: 0 }).toEqual({
      ...b,
      id: 0,
      detail: 0,
      error: 0,
      request_id: 0,
    });
  });

  it("reads the long prefix that the Everruns server emits (S2)", async () => {
    const made = await create();
    const got = await api(`/api/v1/sessions/${String(made["id"]).replace("ses_", "session_")}`);
    expect((await bodyOf(got))["id"]).toBe(made["id"]);
  });

  it("answers HEAD with the headers of GET and no body", async () => {
    const made = await create();
    const got = await api(`/api/v1/sessions/${made["id"]}`, { method: "HEAD" });
    expect(got.status).toBe(200);
    expect(await got.text()).toBe("");
  });
});

describe("listing sessions", () => {
  const list = async (query: string) => listOf(await api(`/api/v1/sessions${query}`));

  it("lists newest first, 20 unless told, at most 100", async () => {
    for (let i = 0; i < 25; i++) await create({ title: `s${i}` });
    const page = await list("");
    expect(page).toMatchObject({ total: 25, offset: 0, limit: 20, has_more: true });
    expect(titlesOf(page).slice(0, 2)).toEqual(["s24", "s23"]);
    expect((await list("?offset=20&limit=20")).data).toHaveLength(5);
    expect(await list("?limit=5000")).toMatchObject({ limit: 100, has_more: false });
  });

  it("walks all pages by cursor without gap or repeat", async () => {
    for (let i = 0; i < 7; i++) await create({ title: `s${i}` });
    const seen: string[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const page: Record<string, any> = await list(`?limit=3${cursor === "" ? "" : `&cursor=${cursor}`}`);
      seen.push(...titlesOf(page));
      cursor = page.next_cursor ?? null;
    }
    expect(seen).toEqual(["s6", "s5", "s4", "s3", "s2", "s1", "s0"]);
  });

  it.each([
    [`?agent_id=${agentId}`, 2],
    [`?agent_id=${formatId("agent", 9, "d".repeat(20))}`, 0],
    ["?status=idle", 2],
    ["?status=active", 0],
    ["?tags=a", 1],
    ["?tags=a&tags=b", 1],
    ["?search=CUSTOMER", 1],
    ["?mine=true", 2],
    ["?created_after=2100-01-01T00:00:00Z", 0],
    ["?order=last_activity", 2],
  ])("filters by %s", async (query, count) => {
    await create({ title: "Customer Issue", tags: ["a", "b"] });
    await create({ title: "other" });
    expect(await list(query)).toMatchObject({ total: count });
  });

  it.each([
    ["?limit=0", "limit"],
    ["?limit=-1", "limit"],
    ["?limit=abc", "limit"],
    ["?limit=1&limit=2", "limit"],
    ["?offset=1e3", "offset"],
    ["?status=sleeping", "status"],
    ["?agent_id=agt_01933b5a", "agent_id"],
    ["?cursor=%00", "cursor"],
    ["?cursor=abcd", "cursor"],
    ["?cursor=WyIyMDI0LTAxLTAxVDAwOjAwOjAwWiIsIngiXQ", "cursor"],
    ["?created_after=yesterday", "created_after"],
    ["?search=%00", "search"],
    [`?search=${"x".repeat(201)}`, "search"],
    ["?mine=maybe", "mine"],
    ["?order=random", "order"],
  ])("refuses %s and names the parameter", async (query, path) => {
    const response = await api(`/api/v1/sessions${query}`);
    expect(response.status).toBe(400);
    expect(await bodyOf(response)).toMatchObject({ code: "invalid_input", path });
  });

  it("shows a stranger nothing", async () => {
    await create();
    expect(await bodyOf(await stranger("/api/v1/sessions"))).toMatchObject({ data: [], total: 0 });
  });
});

describe("changing a session", () => {
  it("changes title and tags, leaves what is not said, clears with null", async () => {
    const made = await create({ title: "a", tags: ["x"], model_id: modelId });
    const path = `/api/v1/sessions/${made["id"]}`;
    const changed = await bodyOf(await api(path, jsonInit("PATCH", { title: "b" })));
    expect(changed).toMatchObject({ title: "b", tags: ["x"], model_id: modelId });
    const cleared = await bodyOf(await api(path, jsonInit("PATCH", { title: null, tags: [], model_id: null })));
    expect(cleared).toMatchObject({ title: null, tags: [], model_id: null });
    const events = await bodyOf(await api(`${path}/events?types=session.updated`));
    expect(events["data"]).toHaveLength(2);
  });

  it("says 404 for a model that does not exist", async () => {
    const made = await create();
    const response = await api(`/api/v1/sessions/${made["id"]}`, jsonInit("PATCH", { model_id: "mod_x" }));
    expect(response.status).toBe(404);
  });
});

describe("holding, ending and deleting (ruling 9, 10)", () => {
  const act = async (id: string, verb: string, body?: unknown) =>
    api(`/api/v1/sessions/${id}/${verb}`, body === undefined ? { method: "POST" } : post(body));

  it("pauses and resumes with the session as the answer", async () => {
    const { id } = await create();
    const paused = await act(id, "pause");
    expect(await bodyOf(paused)).toMatchObject({ status: "idle", hold: "person" });
    const refused = await api(
      `/api/v1/sessions/${id}/messages`,
      post({ message: { content: [{ type: "text", text: "hi" }] } }),
    );
    expect(refused.status).toBe(409);
    expect(await bodyOf(refused)).toMatchObject({ code: "on_hold", session_id: id });
    expect(await bodyOf(await act(id, "resume"))).toMatchObject({ hold: null });
  });

  it("completes, reopens by resume, kills for good and says what is allowed", async () => {
    const { id } = await create();
    expect(await bodyOf(await act(id, "complete", { reason: "done" }))).toMatchObject({ status: "completed" });
    expect(await bodyOf(await act(id, "resume"))).toMatchObject({ status: "idle" });
    expect(await bodyOf(await act(id, "kill"))).toMatchObject({ status: "killed", activity: "exited" });
    const refused = await act(id, "resume");
    expect(refused.status).toBe(409);
    expect(await bodyOf(refused)).toMatchObject({ code: "not_allowed", action: "resume", allowed: ["delete"] });
  });

  it("deletes to the trash with 204, hides it everywhere, and restores it", async () => {
    const { id } = await create();
    expect((await api(`/api/v1/sessions/${id}`, { method: "DELETE" })).status).toBe(204);
    for (const path of ["", "/messages", "/events", "/sse", "/queue", "/fs"]) {
      expect({ path, status: (await api(`/api/v1/sessions/${id}${path}`)).status }).toEqual({ path, status: 404 });
    }
    expect((await act(id, "restore")).status).toBe(200);
    expect((await api(`/api/v1/sessions/${id}`)).status).toBe(200);
    expect((await api(`/api/v1/sessions/${id}?permanent=true`, { method: "DELETE" })).status).toBe(204);
    expect((await api(`/api/v1/sessions/${id}`)).status).toBe(404);
  });
});

describe("roles", () => {
  it("lets a viewer read and nothing else", async () => {
    const { id } = await create();
    expect((await viewer(`/api/v1/sessions/${id}`)).status).toBe(200);
    for (const [method, path] of [
      ["POST", "/api/v1/sessions"],
      ["PATCH", `/api/v1/sessions/${id}`],
      ["DELETE", `/api/v1/sessions/${id}`],
      ["POST", `/api/v1/sessions/${id}/cancel`],
      ["POST", `/api/v1/sessions/${id}/fs/a.txt`],
    ] as const) {
      const response = await viewer(path, jsonInit(method, {}));
      expect({ method, path, status: response.status }).toEqual({ method, path, status: 403 });
      expect(await bodyOf(response)).toMatchObject({ code: "forbidden" });
    }
    const stat = await viewer(`/api/v1/sessions/${id}/fs/_/stat`, post({ path: "/" }));
    expect(stat.status).toBe(200);
  });
});
