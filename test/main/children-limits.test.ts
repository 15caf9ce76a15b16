/** What sessions may start, name and reach, and what stops them (C4, T6, B12), on a whole server with the scripted model. */
import { expect, test } from "vitest";
import { awaitAll, openChildrenWorld, orchestrating, startOf } from "./children-world.ts";
import type { ChildrenWorld, WireEvent } from "./children-world.ts";

const hang = [{ text: "working", hang: true }];

/** What came of the calls of a tool, in order. */
function resultsOf(events: readonly WireEvent[], tool: string): readonly string[] {
  return events
    .filter(({ type, data }) => type === "tool.completed" && data.tool_name === tool)
    .map(({ data }) => JSON.stringify(data));
}

async function childOf(world: ChildrenWorld, parentId: string) {
  return world.until(async () => (await world.children(parentId))[0]);
}

async function running(world: ChildrenWorld, parentId: string) {
  const { id } = await childOf(world, parentId);
  return world.until(async () => {
    const child = await world.session(id);
    return child.status === "active" && child;
  });
}

test("C4: usage goes up to the root, once, from however far below", async () => {
  await using world = await openChildrenWorld();
  const usage = { input: 100, output: 10 };
  await world.agent("leaf", [{ text: "leaf done", usage }]);
  const middle = [
    { tools: [startOf("leaf")], usage },
    { tools: [awaitAll], usage },
    { text: "middle done", usage },
  ];
  await world.agent("middle", middle, orchestrating());
  const boss = [
    { tools: [startOf("middle")], usage },
    { tools: [awaitAll], usage },
    { text: "boss done", usage },
  ];
  const id = await world.start(await world.agent("boss", boss, orchestrating()));
  await world.idle(id);
  const root = await world.until(async () => {
    const now = await world.session(id);
    return now.usage?.input_tokens === 700 && now;
  });
  expect(root.usage).toMatchObject({ input_tokens: 700, output_tokens: 70 });
  const [child] = await world.children(id);
  expect((await world.session(child?.id ?? "")).usage).toMatchObject({ input_tokens: 400, output_tokens: 40 });
  const below = await world.client.get<{ total: number }>(`/sessions?root_id=${id}`);
  expect(below.body.total).toBe(2);
  const told = (await world.events(id)).filter(({ type }) => type === "subagent.usage");
  expect(told).toHaveLength(1);
});

test("a session at the bottom can start no other, and is told what to do instead", async () => {
  await using world = await openChildrenWorld({ sessionDepth: 2 });
  await world.agent("leaf", [{ text: "leaf" }]);
  await world.agent("middle", [{ tools: [startOf("leaf")] }, { text: "alone" }], orchestrating());
  const boss = [{ tools: [startOf("middle")] }, { tools: [awaitAll] }, { text: "done" }];
  const id = await world.start(await world.agent("boss", boss, orchestrating()));
  await world.idle(id);
  const child = await childOf(world, id);
  const [result] = resultsOf(await world.events(child.id), "start_session");
  expect(result).toContain("sessionDepth");
  expect(result).toContain("do the work here");
  expect(await world.children(child.id)).toEqual([]);
});

test("a session starts as many others as it may, and is told the way out", async () => {
  await using world = await openChildrenWorld({ childSessions: 2 });
  await world.agent("leaf", [{ text: "leaf" }]);
  const boss = [{ tools: [startOf("leaf"), startOf("leaf"), startOf("leaf")] }, { text: "done" }];
  const id = await world.start(await world.agent("boss", boss, orchestrating()));
  await world.idle(id);
  const results = resultsOf(await world.events(id), "start_session");
  expect(results.filter((text) => text.includes("childSessions"))).toHaveLength(1);
  expect(await world.children(id)).toHaveLength(2);
});

test("only the agents of the configuration can be started, by name or by id", async () => {
  await using world = await openChildrenWorld();
  const byId = await world.agent("by-id", [{ text: "leaf" }]);
  await world.agent("by-name", [{ text: "leaf" }]);
  await world.agent("neither", [{ text: "leaf" }]);
  const tools = [startOf("by-id"), startOf(byId), startOf("by-name"), startOf("neither"), startOf("nobody")];
  const config = { agents: [byId, "by-name"] };
  const id = await world.start(await world.agent("boss", [{ tools }, { text: "done" }], orchestrating(config)));
  await world.idle(id);
  const results = resultsOf(await world.events(id), "start_session");
  expect(results.map((text) => text.includes('"success":true'))).toEqual([true, true, true, false, false]);
  expect(results[3]).toContain("There is no agent");
  const wrong = await world.client.post("/agents", {
    name: "x",
    system_prompt: "",
    ...orchestrating({ agent: ["a"] }),
  });
  expect(wrong.status).toBe(400);
});

test("only what is below it can be named by a session", async () => {
  await using world = await openChildrenWorld();
  const stranger = await world.start(await world.agent("stranger", hang));
  const tools = [
    { name: "send_message", input: { session_id: stranger, text: "hello" } },
    { name: "cancel_session", input: { session_id: stranger } },
    { name: "await_session", input: { session_id: stranger } },
    { name: "await_session", input: {} },
  ];
  const id = await world.start(await world.agent("boss", [{ tools }, { text: "done" }], orchestrating()));
  await world.idle(id);
  const failed = (await world.events(id)).filter(
    ({ type, data }) => type === "tool.completed" && data.success === false,
  );
  expect(failed).toHaveLength(4);
  expect((await world.session(stranger)).status).toBe("active");
});

test("T6: a cancel of the parent cancels what it has started, as far down as it goes", async () => {
  await using world = await openChildrenWorld();
  await world.agent("leaf", hang);
  await world.agent("middle", [{ tools: [startOf("leaf")] }, { tools: [awaitAll] }], orchestrating());
  const boss = [{ tools: [startOf("middle")] }, { tools: [awaitAll] }];
  const id = await world.start(await world.agent("boss", boss, orchestrating()));
  const middle = await childOf(world, id);
  const leaf = await running(world, middle.id);
  await world.until(async () => (await world.session(middle.id)).needs.includes("sessions"));
  await world.until(async () => (await world.session(id)).needs.includes("sessions"));
  expect((await world.client.post(`/sessions/${id}/cancel`)).status).toBe(200);
  for (const each of [id, middle.id, leaf.id]) expect((await world.idle(each)).stop_reason).toBe("cancelled");
  const told = await world.until(async () =>
    (await world.events(id)).find(({ type }) => type === "subagent.cancelled"),
  );
  expect(told.data).toMatchObject({ subagent_session_id: middle.id, status: "cancelled" });
});

test("B12: a kill ends what runs below, a delete takes all of it along", async () => {
  await using world = await openChildrenWorld();
  await world.agent("leaf", hang);
  const boss = await world.agent("boss", [{ tools: [startOf("leaf")] }, { tools: [awaitAll] }], orchestrating());
  const [one, two] = [await world.start(boss), await world.start(boss)];
  const [oneChild, twoChild] = [await running(world, one), await running(world, two)];
  expect((await world.client.post(`/sessions/${one}/kill`)).status).toBe(200);
  await world.until(async () => (await world.session(oneChild.id)).status === "killed");
  expect((await world.client.call("DELETE", `/sessions/${two}`)).status).toBe(204);
  await world.until(async () => (await world.client.get(`/sessions/${twoChild.id}`)).status === 404);
});

test("B12: an erased parent takes all below it along, and whoever waits for an erased child goes on", async () => {
  await using world = await openChildrenWorld();
  await world.agent("leaf", hang);
  const steps = [{ tools: [startOf("leaf")] }, { tools: [awaitAll] }, { text: "went on" }];
  const boss = await world.agent("boss", steps, orchestrating());
  const [one, two] = [await world.start(boss), await world.start(boss)];
  const [oneChild, twoChild] = [await running(world, one), await running(world, two)];
  await world.until(async () => (await world.session(two)).needs.includes("sessions"));
  expect((await world.client.call("DELETE", `/sessions/${one}?permanent=true`)).status).toBe(204);
  const trash = async () => (await world.client.get<{ data: WireEvent[] }>("/sessions?deleted=true")).body.data;
  await world.until(async () => (await world.client.get(`/sessions/${oneChild.id}`)).status === 404);
  await world.until(async () => (await trash()).length === 0);
  expect((await world.client.call("DELETE", `/sessions/${twoChild.id}?permanent=true`)).status).toBe(204);
  expect((await world.idle(two)).stop_reason).toBe("end_turn");
  const [result] = resultsOf(await world.events(two), "await_session");
  expect(result).toContain("deleted");
  expect(world.whole.faults).toEqual([]);
});

test("C4: what a child asks a person is in the inbox of the root, and shown on it", async () => {
  await using world = await openChildrenWorld();
  const leaf = [{ tools: [{ name: "get_current_time", input: {} }] }, { text: "it is late" }];
  const asking = { capabilities: [{ ref: "current_time" }], tool_policies: { get_current_time: "approve" } };
  await world.agent("leaf", leaf, asking);
  const boss = [{ tools: [startOf("leaf")] }, { tools: [awaitAll] }, { text: "done" }];
  const id = await world.start(await world.agent("boss", boss, orchestrating()));
  const root = await world.until(async () => {
    const now = await world.session(id);
    return now.child_needs.length > 0 && now.needs.length > 0 && now;
  });
  expect(root).toMatchObject({ needs: ["sessions"], child_needs: ["approval"] });
  const child = await childOf(world, id);
  expect(await world.session(child.id)).toMatchObject({ needs: ["approval"], child_needs: [] });
  const inbox = await world.client.get<{ data: { id: string; session_id: string }[] }>(`/approvals?root_id=${id}`);
  expect(inbox.body.data).toMatchObject([{ session_id: child.id }]);
  expect((await world.client.get(`/approvals?root_id=${child.id}`)).body).toMatchObject({ data: [{}] });
  expect((await world.whole.as.stranger.get(`/approvals?root_id=${id}`)).status).toBe(404);
  const path = `/sessions/${child.id}/approvals/${inbox.body.data[0]?.id}`;
  expect((await world.client.post(path, { answer: "allow", scope: "once" })).status).toBe(200);
  expect(await world.idle(id)).toMatchObject({ stop_reason: "end_turn", child_needs: [] });
});

test("P6: a wait whose time is up says who still runs, and the turn goes on", async () => {
  await using world = await openChildrenWorld();
  await world.agent("leaf", hang);
  const soon = { name: "await_session", input: { timeout: 0.2 } };
  const boss = [{ tools: [startOf("leaf")] }, { tools: [soon] }, { text: "went on" }];
  const id = await world.start(await world.agent("boss", boss, orchestrating()));
  await world.idle(id);
  const [result] = resultsOf(await world.events(id), "await_session");
  expect(result).toContain('"status":"timeout"');
  expect(result).toContain("1 of 1 sessions still run");
  expect(await running(world, id)).toMatchObject({ status: "active" });
});

test("a child is asked again, and its second answer is told", async () => {
  await using world = await openChildrenWorld();
  await world.agent("leaf", [{ text: "first" }, { text: "second" }]);
  const boss = [{ tools: [startOf("leaf")] }, { tools: [awaitAll] }, { text: "what now" }];
  const id = await world.start(await world.agent("boss", boss, orchestrating()));
  await world.idle(id);
  const child = await childOf(world, id);
  const again = [
    { tools: [{ name: "send_message", input: { session_id: child.id, text: "And now?" } }] },
    { tools: [{ name: "await_session", input: { session_id: child.id } }] },
    { text: "all of it" },
  ];
  await world.say(id, `Go on\n\`\`\`serai-script\n${JSON.stringify(again)}\n\`\`\``);
  await world.until(async () => (await world.events(id)).filter(({ type }) => type === "turn.completed").length === 2);
  const results = resultsOf(await world.events(id), "await_session");
  expect(results[1]).toContain("second");
  const told = (await world.events(id)).filter(({ type }) => type === "subagent.completed");
  expect(told).toHaveLength(2);
});

test("wait=true waits for the parent's whole turn, not for its children to be waited for", async () => {
  await using world = await openChildrenWorld();
  await world.agent("leaf", [{ text: "leaf done", delayMs: 200 }]);
  const boss = [{ tools: [startOf("leaf")] }, { tools: [awaitAll] }, { text: "boss done" }];
  const { id } = await world.client.session({ agent_id: await world.agent("boss", boss, orchestrating()) });
  const message = { content: [{ type: "text", text: "Begin" }] };
  const waited = await world.client.post<{ status: string }>(`/sessions/${id}/messages?wait=true`, { message });
  expect(waited.body).toMatchObject({ status: "completed" });
});
