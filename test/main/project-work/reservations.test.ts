/** Spawned agents and reservations: what they write is theirs, and what others hold is denied them when they ask. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openWorkWorld } from "./work-world.ts";
import type { WorkWorld } from "./work-world.ts";

let world: WorkWorld;
beforeAll(async () => {
  world = await openWorkWorld();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  expect(world.whole.faults).toEqual([]);
});

const edit = (toolCallId: string, path: string) => ({
  toolCallId,
  title: `Edit ${path}`,
  kind: "edit" as const,
  locations: [{ path }],
  rawInput: { file_path: path },
});

describe("a spawned agent's writes", () => {
  it("R2: are reserved for its session when it tells of them, and settled when they are done", async () => {
    const { make, turn } = world;
    const { id } = await make();
    const call = edit("call-1", "a.txt");
    await turn(id, [
      { update: { ...call, sessionUpdate: "tool_call", status: "in_progress" } },
      { write: { path: "a.txt", text: "mine\n" } },
      { update: { toolCallId: "call-1", sessionUpdate: "tool_call_update", status: "completed" } },
      { say: "Done." },
    ]);
    const taken = (await world.events(id)).filter(({ type }) => type === "reservation.acquired");
    expect(taken.map(({ data }) => data["paths"])).toEqual([["a.txt"]]);
  });

  it("R2: are denied when the agent asks, where somebody else holds the file", async () => {
    const { make, turn, owner } = world;
    await owner.call("PATCH", `/workspaces/${world.whole.server.first.workspaceId}`, { branch_policy: "deny" });
    const [holder, other] = [await make(), await make()];
    const call = edit("call-2", "b.txt");
    const writing = turn(holder.id, [
      { update: { ...call, sessionUpdate: "tool_call", status: "in_progress" } },
      { update: { toolCallId: "call-2", sessionUpdate: "tool_call_update", status: "completed" } },
      { say: "Mine." },
    ]);
    await writing;
    await turn(other.id, [{ ask: { ...edit("call-3", "b.txt"), status: "pending" } }, { say: "I asked." }]);
    for (let tries = 0; tries < 100 && (await world.read(other.id)).status === "active"; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    const events = await world.events(other.id);
    const answered = events.find(({ type }) => type === "approval.answered");
    expect(answered?.data).toMatchObject({ answer: "deny" });
    expect(events.map(({ type }) => type)).toContain("reservation.denied");
  });

  it("R1: are reserved as far as they lie in its checkout, and a person is asked of what does not", async () => {
    const { make, turn, owner } = world;
    const { id } = await make();
    const outside = "/srv/elsewhere/d.txt";
    const call = { ...edit("call-4", "c.txt"), locations: [{ path: "c.txt" }, { path: outside }] };
    await turn(id, [
      { update: { ...call, sessionUpdate: "tool_call", status: "in_progress" } },
      { update: { toolCallId: "call-4", sessionUpdate: "tool_call_update", status: "completed" } },
      { say: "Done." },
    ]);
    const taken = (await world.events(id)).filter(({ type }) => type === "reservation.acquired");
    expect(taken.map(({ data }) => data["paths"])).toEqual([["c.txt"]]);
    const asking = turn(id, [{ ask: { ...edit("call-5", outside), status: "pending" } }, { say: "I asked." }]);
    const approvals = `/approvals?session_id=${id}`;
    const waiting = await vi.waitFor(async () => {
      const [approval] = (await owner.get<{ data: readonly { readonly id: string }[] }>(approvals)).body.data;
      if (approval === undefined) throw new Error("Nobody is asked");
      return approval;
    });
    const answer = { answer: "allow", scope: "once" };
    expect((await owner.post(`/sessions/${id}/approvals/${waiting.id}`, answer)).status).toBe(200);
    await asking;
    const answered = (await world.events(id)).find(({ type }) => type === "approval.answered");
    expect(answered?.data).toMatchObject({ answer: "allow" });
  });
});
