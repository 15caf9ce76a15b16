/** Budgets of projects over a whole server (E2): nobody passes a limit who can be stopped before, and raising it goes on. */
import { afterEach, describe, expect, it } from "vitest";
import type { Project } from "../../../src/doors/native/schema/project.ts";
import { text } from "../../doors/native/native-client.ts";
import { openWorkWorld } from "./work-world.ts";
import type { WorkWorld } from "./work-world.ts";

let world: WorkWorld;
afterEach(async () => {
  await world[Symbol.asyncDispose]();
  expect(world.whole.faults).toEqual([]);
});

/** With as many words around it as the tokens that it claims need. */
const script = (input: number, output: number) =>
  `${"word ".repeat(input / 2)}\n\`\`\`serai-script\n${JSON.stringify([{ text: "Done.", usage: { input, output }, delayMs: 20 }])}\n\`\`\``;

const spentOf = async () => (await world.owner.get<Project>("/projects/app")).body.spent;

describe("a project's budget", () => {
  it("E2: is never passed by hosted turns at once; those that wait go on when it is raised", async () => {
    world = await openWorkWorld({ default_harness: "hosted", budget: { tokens: 3_000 } });
    const sessions = await Promise.all(Array.from({ length: 6 }, () => world.make()));
    await Promise.all(sessions.map(({ id }) => world.owner.post(`/sessions/${id}/messages`, text(script(700, 60)))));
    const rests = async (id: string) => {
      const { status, needs } = await world.read(id);
      return status === "idle" || needs.includes("budget");
    };
    for (const { id } of sessions) await until(() => rests(id));
    const states = await Promise.all(sessions.map(({ id }) => world.read(id)));
    const waiting = states.filter(({ needs }) => needs.includes("budget"));
    expect((await spentOf()).tokens).toBeLessThanOrEqual(3_000);
    expect(waiting.length).toBeGreaterThan(0);
    expect(states.length - waiting.length).toBeGreaterThan(1);
    const [stopped] = waiting;
    const exhausted = (await world.events(stopped?.id ?? "")).find(({ type }) => type === "budget.exhausted");
    expect(exhausted?.data).toMatchObject({ limit: 3_000, currency: "tokens" });
    await world.owner.call("PATCH", "/projects/app", { budget: { tokens: 100_000 } });
    await world.settled();
    for (const { id } of waiting) await ended(id);
    expect((await spentOf()).tokens).toBe(6 * 760);
  });

  it("E2: is passed by a spawned agent by one turn at most, and refuses new work with what to raise", async () => {
    world = await openWorkWorld({ budget: { tokens: 1_000 } });
    const [first, second] = [await world.make(), await world.make()];
    const usage = { inputTokens: 900, outputTokens: 300, totalTokens: 1_200 };
    await world.turn(first.id, [{ say: "x" }, { end: { usage } }]);
    expect(await spentOf()).toEqual({ usd: 0, tokens: 1_200 });
    const refused = await world.owner.post(`/sessions/${second.id}/messages`, text("hello"));
    expect(refused).toMatchObject({
      status: 402,
      body: { code: "project_budget_exhausted", raise: "budget.tokens", limit: 1_000, spent: 1_200 },
    });
    expect(refused.body.detail).toContain("raise budget.tokens");
    await world.owner.call("PATCH", "/projects/app", { budget: null });
    await world.turn(second.id, "hello");
    expect((await world.read(second.id)).turn_count).toBe(1);
  });

  it("E2: counts what a spawned agent had used when it was cancelled, though it tells it afterwards", async () => {
    world = await openWorkWorld({ budget: { tokens: 1_000 } });
    const { id } = await world.make();
    const usage = { inputTokens: 900, outputTokens: 300, totalTokens: 1_200 };
    const call = { sessionUpdate: "tool_call", toolCallId: "1", title: "Look", kind: "read", status: "in_progress" };
    const steps = [{ end: { usage } }, { update: call }, { hang: "until-cancel" }];
    await world.owner.post(`/sessions/${id}/messages`, text(JSON.stringify(steps)));
    await until(async () => (await world.events(id)).some(({ type }) => type === "tool.started"));
    await world.owner.post(`/sessions/${id}/cancel`);
    await ended(id);
    await until(async () => (await spentOf()).tokens === 1_200);
    const refused = await world.owner.post(`/sessions/${id}/messages`, text("and on"));
    expect(refused).toMatchObject({ status: 402, body: { spent: 1_200 } });
  });

  it("A5: parks the queued turn of a spawned agent instead of running it unpaid", async () => {
    world = await openWorkWorld({ budget: { tokens: 1_000 } });
    const { id } = await world.make({ when_busy: "queue" });
    const usage = { inputTokens: 2_000, outputTokens: 1, totalTokens: 2_001 };
    const first = world.turn(id, [{ waitMs: 200 }, { say: "x" }, { end: { usage } }]);
    await world.owner.post(`/sessions/${id}/messages`, text("and then this"));
    await first;
    await until(async () => (await world.read(id)).needs.includes("budget"));
    await world.owner.call("PATCH", "/projects/app", { budget: { tokens: 5_000 } });
    await ended(id);
    expect((await world.read(id)).turn_count).toBe(2);
  });
});

const ended = (id: string) => until(async () => (await world.read(id)).status === "idle");

/** Events would say it too; what is tried here is what a list shows. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error("It did not come to that");
}
