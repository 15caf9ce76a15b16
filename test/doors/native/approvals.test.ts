/** Approvals, their rules, and results of the client's tools at the native door. */
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Approval, ApprovalList, ApprovalRuleList } from "../../../src/doors/native/schema/approval.ts";
import type { ToolResultsAccepted } from "../../../src/doors/native/schema/approval.ts";
import type { ProblemBody } from "../../../src/doors/native/problem.ts";
import type { EventList } from "../../../src/doors/native/schema/event.ts";
import type { Session } from "../../../src/doors/native/schema/session.ts";
import type { ToolPolicy } from "../../../src/core/ports/tools.ts";
import { formatId } from "../../../src/core/ids.ts";
import { makeScriptHarness } from "../../app/script-harness.ts";
import { openClient, text } from "./native-client.ts";
import type { NativeClient } from "./native-client.ts";
import { agentId, keys, openNative } from "./open-native.ts";
import type { Native } from "./open-native.ts";

let native: Native;
let owner: NativeClient;
afterEach(() => native[Symbol.asyncDispose]());

/** A session whose turn waits for what the steps ask. */
async function open(steps: readonly (readonly ToolPolicy[])[], needs: readonly string[]): Promise<string> {
  native = await openNative({ harness: makeScriptHarness({ steps }) });
  owner = await openClient(native);
  return start(needs);
}

async function start(needs: readonly string[]): Promise<string> {
  const { id } = await owner.session({ title: "Clean up" });
  await owner.post(`/sessions/${id}/messages`, text("go"));
  await vi.waitFor(async () => expect((await session(id)).needs).toEqual(needs));
  return id;
}

const session = async (id: string) => (await owner.get<Session>(`/sessions/${id}`)).body;
const idle = (id: string) => vi.waitFor(async () => expect((await session(id)).status).toBe("idle"));
const inbox = async (query = "") => (await owner.get<ApprovalList>(`/approvals${query}`)).body;

async function first(): Promise<Approval> {
  const [approval] = (await inbox()).data;
  if (approval === undefined) throw new Error("The inbox is empty");
  return approval;
}

const placeOf = ({ id, session_id }: Pick<Approval, "id" | "session_id">) => `/sessions/${session_id}/approvals/${id}`;

describe("approvals (T11, T12, T15)", () => {
  it("stand in the inbox of the workspace, whole, until they are answered", async () => {
    const id = await open([["approve"]], ["approval"]);
    expect(await session(id)).toMatchObject({ status: "active", activity: "waiting_input", needs: ["approval"] });
    const page = await inbox("?status=pending");
    expect(page).toMatchObject({ has_more: false, next_cursor: null, limit: 20 });
    expect(page.data).toMatchObject([
      {
        session_id: id,
        root_id: id,
        session_title: "Clean up",
        agent_id: agentId,
        status: "pending",
        question: "May the agent call the tool risky?",
        tool_call: { name: "risky", arguments: {} },
        answer: null,
        settled_at: null,
      },
    ]);
    const approval = await first();
    const answered = await owner.post<Approval>(placeOf(approval), { answer: "allow" });
    expect(answered.status).toBe(200);
    expect(answered.body).toMatchObject({ status: "answered", answer: "allow", scope: "once" });
    expect(answered.body.answered_by).toMatch(/^usr_/);
    await idle(id);
    expect((await inbox()).data).toEqual([]);
    expect((await owner.get<Approval>(placeOf(approval))).body).toEqual(answered.body);
  });

  it("are paged by cursor and listed by session", async () => {
    const ids = [await open([["approve"]], ["approval"])];
    ids.push(await start(["approval"]), await start(["approval"]));
    const seen: string[] = [];
    for (let query: string | null = "?limit=1"; query !== null;) {
      const page: ApprovalList = await inbox(query);
      seen.push(...page.data.map(({ session_id }) => session_id));
      query = page.next_cursor === null ? null : `?limit=1&cursor=${page.next_cursor}`;
    }
    expect(seen.toSorted()).toEqual(ids.toSorted());
    expect((await inbox(`?session_id=${ids[1]}`)).data.map(({ session_id }) => session_id)).toEqual([ids[1]]);
    expect((await owner.get("/approvals?status=answered")).status).toBe(400);
    expect((await owner.get("/approvals?cursor=nonsense")).status).toBe(400);
  });

  it("are answered the same twice; another answer is a 409 that says what was answered", async () => {
    await open([["approve"]], ["approval"]);
    const place = placeOf(await first());
    expect((await owner.post(place, { answer: "deny", reason: "Not here" })).status).toBe(200);
    expect((await owner.post<Approval>(place, { answer: "deny" })).body).toMatchObject({
      answer: "deny",
      reason: "Not here",
    });
    const other = await owner.post(place, { answer: "allow" });
    expect(other.status).toBe(409);
    expect(other.body).toMatchObject({ code: "already_answered", answer: "deny" });
    expect(other.body.detail).toContain('"deny"');
  });

  it("are a 400 when malformed, and a 404 when unknown, foreign or of another session", async () => {
    const id = await open([["approve"]], ["approval"]);
    const approval = await first();
    const post = async (path: string, body: unknown) => (await owner.post(path, body)).status;
    expect(await post(`/sessions/${id}/approvals/apr_1`, { answer: "allow" })).toBe(400);
    expect(await post(placeOf(approval), { answer: "maybe" })).toBe(400);
    expect(await post(placeOf(approval), { answer: "allow", scope: "ever" })).toBe(400);
    expect(await post(placeOf(approval), { answer: "deny", scope: "session" })).toBe(400);
    const nobody = formatId("approval", 1, "9".repeat(20));
    expect(await post(placeOf({ session_id: id, id: nobody }), { answer: "allow" })).toBe(404);
    const { id: otherId } = await owner.session();
    expect(await post(placeOf({ session_id: otherId, id: approval.id }), { answer: "allow" })).toBe(404);
    const stranger = await openClient(native, keys.stranger);
    expect((await stranger.post(placeOf(approval), { answer: "allow" })).status).toBe(404);
    expect((await stranger.get<ApprovalList>("/approvals")).body.data).toEqual([]);
    expect((await stranger.get(`/approvals?session_id=${id}`)).status).toBe(404);
  });

  it("are shown to viewers, who answer nothing", async () => {
    await open([["approve", "client_side"]], ["approval", "tool_results"]);
    const approval = await first();
    const viewer = await openClient(native, keys.viewer);
    expect((await viewer.get<ApprovalList>("/approvals")).body.data).toHaveLength(1);
    expect((await viewer.post(placeOf(approval), { answer: "allow" })).status).toBe(403);
    const results = { tool_results: [{ tool_call_id: "call_1", result: 1 }] };
    expect((await viewer.post(`/sessions/${approval.session_id}/tool-results`, results)).status).toBe(403);
  });

  it("leave a rule when they are allowed always, which is listed and revoked", async () => {
    await open([["approve"]], ["approval"]);
    await owner.post(placeOf(await first()), { answer: "allow", scope: "always" });
    const rules = (await owner.get<ApprovalRuleList>("/approval-rules")).body;
    expect(rules).toMatchObject({ total: 1, data: [{ agent_id: agentId, tool: "risky" }] });
    const path = `/approval-rules/${rules.data[0]?.id}`;
    expect((await owner.call("DELETE", path)).status).toBe(204);
    expect((await owner.call("DELETE", path)).status).toBe(404);
    expect((await owner.get<ApprovalRuleList>("/approval-rules")).body.total).toBe(0);
  });

  it("show on the session what was allowed for its rest, and let it be taken back", async () => {
    const id = await open([["approve"]], ["approval"]);
    await owner.post(placeOf(await first()), { answer: "allow", scope: "session" });
    expect((await session(id)).allowed_tools).toEqual(["risky"]);
    const changed = await owner.call<Session>("PATCH", `/sessions/${id}`, { allowed_tools: [] });
    expect(changed.body.allowed_tools).toEqual([]);
  });
});

describe("results of the client's tools (T13)", () => {
  const requested = async (id: string) => {
    const events = await owner.get<EventList>(`/sessions/${id}/events?types=tool.call_requested`);
    const data = events.body.data[0]?.data as { tool_calls: { id: string }[] };
    return data.tool_calls.map((call) => call.id);
  };
  const give = <T = ProblemBody>(id: string, tool_results: unknown) =>
    owner.post<T>(`/sessions/${id}/tool-results`, { tool_results });

  it("answer 200 with how many there are, and the turn goes on", async () => {
    const id = await open([["client_side", "auto", "client_side"]], ["tool_results"]);
    const [one, two] = await requested(id);
    const given = await give<ToolResultsAccepted>(id, [
      { tool_call_id: one, result: { answer: 42 } },
      { tool_call_id: two, error: "The user closed the window" },
    ]);
    expect(given.status).toBe(200);
    expect(given.body).toEqual({ accepted: 2, status: "active" });
    await idle(id);
    const late = await give(id, [{ tool_call_id: one, result: 1 }]);
    expect(late.status).toBe(409);
    expect(late.body).toMatchObject({ code: "not_waiting", need: "tool_results", state: "idle" });
    expect(late.body.detail).toContain("not waiting for tool results");
  });

  it("are a 409 before the session waits, which a client may try again", async () => {
    await open([["approve"]], ["approval"]);
    const { id } = await owner.session();
    const early = await give(id, [{ tool_call_id: "call_1", result: null }]);
    expect(early.status).toBe(409);
    expect(early.body.detail).toContain("not waiting for tool results");
  });

  it("are a 400 when one is missing, unknown, doubled or says nothing, and nothing is taken", async () => {
    const id = await open([["client_side", "client_side"]], ["tool_results"]);
    const [one, two] = await requested(id);
    const bodies = [
      [{ tool_call_id: one, result: 1 }],
      [
        { tool_call_id: one, result: 1 },
        { tool_call_id: two, result: 1 },
        { tool_call_id: "call_x", result: 1 },
      ],
      [
        { tool_call_id: one, result: 1 },
        { tool_call_id: one, result: 1 },
      ],
      [{ tool_call_id: one }, { tool_call_id: two }],
      [],
      {},
    ];
    for (const body of bodies) expect((await give(id, body)).status).toBe(400);
    expect((await session(id)).needs).toEqual(["tool_results"]);
    const missing = await give(id, [{ tool_call_id: one, result: 1 }]);
    expect(missing.body).toMatchObject({ path: "/tool_results" });
    expect(missing.body.detail).toContain(two ?? "");
  });

  it("are a 413 over the limit, which is named", async () => {
    const id = await open([["client_side"]], ["tool_results"]);
    const [one] = await requested(id);
    const { status, body } = await give(id, [{ tool_call_id: one, result: "x".repeat(100_001) }]);
    expect(status).toBe(413);
    expect(body).toMatchObject({ code: "too_large", setting: "clientToolResultBytes", limit: 100_000 });
    expect((await give(id, [{ tool_call_id: one, result: "x".repeat(99_000) }])).status).toBe(200);
    await idle(id);
  });
});
