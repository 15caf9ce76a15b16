/** Ways by which a project's budget could be passed or lost sight of, over a whole server (E2). */
import { afterEach, describe, expect, it } from "vitest";
import type { Project } from "../../../src/doors/native/schema/project.ts";
import type { AwaitedMessage } from "../../../src/doors/native/schema/message.ts";
import { text } from "../../doors/native/native-client.ts";
import { openModelServer } from "../../model-server/server.ts";
import { fence, until } from "../children-world.ts";
import { openWorkWorld } from "./work-world.ts";
import type { WorkWorld } from "./work-world.ts";

let world: WorkWorld;
afterEach(async () => {
  await world[Symbol.asyncDispose]();
  expect(world.whole.faults).toEqual([]);
});

const store = () => world.whole.server.store;
const state = () => store().readBudget(world.project.id);
const spent = async () => (await world.owner.get<Project>("/projects/app")).body.spent.tokens;
const idle = (id: string) => until(async () => (await world.read(id)).status === "idle");
const words = "word ".repeat(2_000);
const LIMIT = 60_000;
const open = async (budget: object = { tokens: LIMIT }) => {
  world = await openWorkWorld({ default_harness: "hosted", budget });
};
const send = (id: string, steps: readonly object[]) =>
  world.owner.post(`/sessions/${id}/messages`, text(`${words}\n${fence(steps)}`));
const held = () => until(async () => ((await state()).held.tokens > 0 ? true : undefined));

describe("a call that is cut short", () => {
  it("E2: is charged its prompt and what had come of it, when its turn is cancelled", async () => {
    await open();
    const { id } = await world.make();
    await send(id, [{ text: words, hang: true }]);
    await held();
    await until(async () => (await world.events(id)).some(({ type }) => type === "output.message.started"));
    await world.owner.post(`/sessions/${id}/cancel`);
    await idle(id);
    const { spent: used, held: left } = await until(async () => {
      const now = await state();
      return now.held.tokens === 0 ? now : undefined;
    });
    expect(left.tokens).toBe(0);
    // The prompt is ten thousand bytes of words, and so is what may have come.
    expect(used.tokens).toBeGreaterThan(2_900);
    expect(used.tokens).toBeLessThan(10_000);
    const before = await spent();
    await world.turn(id, fence([{ text: "Done.", usage: { input: 10, output: 5 } }]));
    expect(await spent()).toBe(before + 15);
  });

  it("E2: however often it is done, uses the budget up", async () => {
    await open({ tokens: 20_000 });
    const { id } = await world.make();
    let refused = 0;
    for (let turns = 0; turns < 20 && refused === 0; turns++) {
      const sent = await send(id, [{ hang: true }]);
      if (sent.status === 402) refused = turns;
      else await until(async () => (await state()).held.tokens > 0 || (await world.read(id)).needs.includes("budget"));
      const isParked = (await world.read(id)).needs.includes("budget");
      await world.owner.post(`/sessions/${id}/cancel`);
      await idle(id);
      if (isParked) refused = turns;
    }
    expect(refused).toBeGreaterThan(1);
    expect(await spent()).toBeLessThanOrEqual(20_000);
  });

  it("E2: is charged once when its server is stopped, and the turn that goes on pays for its own", async () => {
    await open();
    const { id } = await world.make();
    await send(id, [{ text: "x", hang: true }]);
    await held();
    await world.whole.restart();
    await held();
    const { spent: used } = await state();
    expect(used.tokens).toBeGreaterThan(2_900);
    expect(used.tokens).toBeLessThan(6_000);
    await world.owner.post(`/sessions/${id}/cancel`);
    await idle(id);
    await until(async () => (await state()).held.tokens === 0);
    expect(await spent()).toBeGreaterThan(used.tokens + 2_900);
  });
});

describe("a server that counts no tokens", () => {
  it("E2: does not work for nothing: the prompt and the answer are charged by their length", async () => {
    await open();
    await using models = await openModelServer();
    models.setScript([{ text: words, usage: { input: 0, output: 0 } }]);
    const provider = await world.owner.post<{ id: string }>("/providers", {
      ...{ name: "home", provider_type: "openai_compatible", base_url: models.url, api_key: "none" },
    });
    const made = await world.owner.post<{ id: string }>(`/providers/${provider.body.id}/models`, { model_id: "mine" });
    const { id } = await world.make({ model_id: made.body.id });
    await world.turn(id, words);
    expect((await world.read(id)).usage).toBeNull();
    expect(await spent()).toBeGreaterThan(5_800);
    expect(await spent()).toBeLessThan(6_500);
    expect((await state()).held.tokens).toBe(0);
  });
});

describe("a budget in dollars", () => {
  it("E2: is not for models of which nobody knows what they cost: the turn says so, and what to do", async () => {
    await open({ usd: 1 });
    await using models = await openModelServer();
    models.setScript([{ text: "Hello." }]);
    const provider = await world.owner.post<{ id: string }>("/providers", {
      ...{ name: "home", provider_type: "openai_compatible", base_url: models.url, api_key: "none" },
    });
    const made = await world.owner.post<{ id: string }>(`/providers/${provider.body.id}/models`, {
      model_id: "a-model-of-mine",
    });
    const { id } = await world.make({ model_id: made.body.id });
    const ask = async () =>
      (await world.owner.post<AwaitedMessage>(`/sessions/${id}/messages?wait=true`, text("Hi"))).body;
    const failed = await ask();
    expect(failed).toMatchObject({ status: "failed", error: expect.stringContaining("Set the model's price") });
    expect(failed.error).toContain("a-model-of-mine");
    expect(models.requests).toHaveLength(0);
    const failure = (await world.events(id)).find(({ type }) => type === "turn.failed");
    expect(failure?.data["error_code"]).toBe("price_unknown");
    await world.owner.call("PATCH", "/projects/app", { budget: { usd: null, tokens: 100_000 } });
    expect((await ask()).status).toBe("completed");
    await world.owner.call("PATCH", "/projects/app", { budget: { usd: 1 } });
    await world.owner.call("PATCH", `/models/${made.body.id}`, { price: { input: 1, output: 1 } });
    expect((await ask()).status).toBe("completed");
    expect((await world.owner.get<Project>("/projects/app")).body.spent.usd).toBeGreaterThan(0);
  });

  it.each([
    ["raising it says what is missing", "project", "failed"],
    ["it goes on when the price is set", "model", "end_turn"],
  ] as const)(
    "E2, W15: that comes while such a turn runs stops it at its next call, and %s",
    async (_, changed, end) => {
      await open({});
      const { events } = world;
      await using models = await openModelServer();
      const gate = Promise.withResolvers<{ tools: { name: string; input: object }[] }>();
      models.setScript(() => gate.promise);
      const provider = await world.owner.post<{ id: string }>("/providers", {
        ...{ name: "home", provider_type: "openai_compatible", base_url: models.url, api_key: "none" },
      });
      const made = await world.owner.post<{ id: string }>(`/providers/${provider.body.id}/models`, {
        model_id: "mine",
      });
      const { id } = await world.make({ model_id: made.body.id, capabilities: [{ ref: "current_time" }] });
      await world.owner.post(`/sessions/${id}/messages`, text("Hi"));
      await models.waitFor(() => true);
      await world.owner.call("PATCH", "/projects/app", { budget: { usd: 1 } });
      gate.resolve({ tools: [{ name: "get_current_time", input: {} }] });
      models.setScript(() => ({ text: "Done." }));
      await until(async () => (await world.read(id)).needs.includes("budget"));
      expect(models.requests).toHaveLength(1);
      expect((await events(id)).filter(({ type }) => type === "budget.exhausted")).toHaveLength(1);
      if (changed === "project") await world.owner.call("PATCH", "/projects/app", { budget: { usd: 2 } });
      else await world.owner.call("PATCH", `/models/${made.body.id}`, { price: { input: 1, output: 1 } });
      await idle(id);
      expect((await world.read(id)).stop_reason).toBe(end);
      const failure = (await events(id)).find(({ type }) => type === "turn.failed");
      expect(failure?.data["error_code"]).toBe(changed === "project" ? "price_unknown" : undefined);
    },
  );
});
