/** Sessions that sessions start (C4, S6), on a whole server over HTTP with the scripted model. */
import { expect, test } from "vitest";
import { awaitAll, openChildrenWorld, orchestrating, startOf } from "./children-world.ts";

const used = (input: number, output: number) => ({ usage: { input, output } });

test("a parent starts two children, waits for both without a runner, and goes on with what they said", async () => {
  await using world = await openChildrenWorld();
  await world.agent("fast", [{ text: "fast is done", ...used(100, 10) }]);
  await world.agent("slow", [{ text: "slow is done", delayMs: 300, ...used(200, 20) }]);
  const steps = [
    { tools: [startOf("fast", { title: "The fast one" }), startOf("slow")], ...used(10, 1) },
    { tools: [awaitAll], ...used(10, 1) },
    { text: "both are done", ...used(10, 1) },
  ];
  const id = await world.start(await world.agent("boss", steps, orchestrating()), { locale: "uk" });

  const waiting = await world.until(async () => {
    const now = await world.session(id);
    return now.needs.includes("sessions") && now;
  });
  expect(waiting).toMatchObject({ status: "active", needs: ["sessions"], parent_session_id: null });
  expect(world.whole.server.engine.runners.size).toBeLessThanOrEqual(2);

  const done = await world.idle(id);
  expect(done.stop_reason).toBe("end_turn");
  const children = await world.children(id);
  expect(new Set(children.map(({ title }) => title))).toEqual(new Set(["The fast one", "Work as slow"]));
  for (const child of children)
    expect(child).toMatchObject({ parent_session_id: id, root_session_id: id, locale: "uk" });

  const events = await world.events(id);
  const types = events.map(({ type }) => type).filter((type) => type.startsWith("subagent."));
  expect(types.filter((type) => type === "subagent.spawned")).toHaveLength(2);
  expect(types.filter((type) => type === "subagent.completed")).toHaveLength(2);
  expect(types.filter((type) => type === "subagent.awaited")).toHaveLength(1);
  const awaited = events.findLast(({ type, data }) => type === "tool.completed" && data.tool_name === "await_session");
  expect(awaited?.data).toMatchObject({ success: true, status: "success" });
  const said = JSON.stringify(awaited?.data);
  expect(said).toContain("slow is done");
  const last = events.findLast(({ type }) => type === "output.message.completed");
  expect(JSON.stringify(last?.data)).toContain("both are done");

  // Its own three answers and one of each child, once.
  expect(done.usage).toMatchObject({ input_tokens: 330, output_tokens: 33 });
  expect(world.whole.faults).toEqual([]);
});

test("S6: more parents than there are runners all wait for their children, and all of them end", async () => {
  await using world = await openChildrenWorld({ runningTurns: 2 });
  await world.agent("worker", [{ text: "worked", delayMs: 20 }]);
  const steps = [{ tools: [startOf("worker"), startOf("worker")] }, { tools: [awaitAll] }, { text: "done" }];
  const boss = await world.agent("boss", steps, orchestrating());
  const ids = await Promise.all(Array.from({ length: 8 }, () => world.start(boss)));
  for (const id of ids) {
    expect((await world.idle(id)).stop_reason).toBe("end_turn");
    const statuses = (await world.children(id)).map(({ status, stop_reason }) => [status, stop_reason]);
    expect(statuses).toEqual([
      ["idle", "end_turn"],
      ["idle", "end_turn"],
    ]);
  }
  expect(world.whole.faults).toEqual([]);
});

test("a session that was started goes on by itself when nobody waits for it", async () => {
  await using world = await openChildrenWorld();
  await world.agent("worker", [{ text: "worked", delayMs: 200 }]);
  const id = await world.start(
    await world.agent("boss", [{ tools: [startOf("worker")] }, { text: "started" }], orchestrating()),
  );
  await world.idle(id);
  const [child] = await world.children(id);
  expect(child?.status).toBe("active");
  expect((await world.idle(child?.id ?? "")).stop_reason).toBe("end_turn");
  const told = await world.until(async () =>
    (await world.events(id)).find(({ type }) => type === "subagent.completed"),
  );
  expect(told.data).toMatchObject({ result: "worked", status: "completed" });
  expect((await world.events(id)).findIndex(({ id: event }) => event === told.id)).toBeGreaterThan(
    (await world.events(id)).findIndex(({ type }) => type === "session.idled"),
  );
});

test("a parent and its waiting outlast a restart of the server", async () => {
  await using world = await openChildrenWorld();
  const asking = { capabilities: [{ ref: "current_time" }], tool_policies: { get_current_time: "approve" } };
  await world.agent("worker", [{ tools: [{ name: "get_current_time", input: {} }] }, { text: "worked" }], asking);
  const steps = [{ tools: [startOf("worker")] }, { tools: [awaitAll] }, { text: "done" }];
  const id = await world.start(await world.agent("boss", steps, orchestrating()));
  await world.until(async () => (await world.session(id)).child_needs.length > 0);
  await world.until(async () => (await world.session(id)).needs.includes("sessions"));
  await world.whole.restart();
  const inbox = await world.client.get<{ data: { id: string; session_id: string }[] }>(`/approvals?root_id=${id}`);
  const [asked] = inbox.body.data;
  const path = `/sessions/${asked?.session_id}/approvals/${asked?.id}`;
  expect((await world.client.post(path, { answer: "allow", scope: "once" })).status).toBe(200);
  expect((await world.idle(id)).stop_reason).toBe("end_turn");
});
