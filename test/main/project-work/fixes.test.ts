/** A fix of failing checks that was asked for: said with the message that asks, or by whoever watches the forge. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { text } from "../../doors/native/native-client.ts";
import { openWorkWorld } from "./work-world.ts";
import type { WorkWorld } from "./work-world.ts";

let world: WorkWorld;
beforeEach(async () => {
  world = await openWorkWorld({ default_harness: "hosted" });
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
  expect(world.whole.faults).toEqual([]);
});

const HEAD = "1f0c2d3e4a5b6978";
const NEXT = "9a8b7c6d5e4f3021";
const pr = { number: 7, url: "https://example.org/pull/7", state: "open" };
const asking = { ...text("The checks fail; see to it"), reaction: "ci_failed" };
const deliver = (id: string, change: object) => world.owner.call("PUT", `/sessions/${id}/delivery`, change);
const send = (id: string, body: object) => world.owner.post(`/sessions/${id}/messages?wait=true`, body);
const shown = async (id: string) => {
  const { delivery, needs } = await world.read(id);
  return { checks: delivery?.checks, checks_head: delivery?.checks_head, fix: delivery?.fix, needs };
};

describe("a fix of failing checks", () => {
  it("W5: is said by the commit of the message that asks for it, of the commit that failed", async () => {
    const { id } = await world.make();
    await deliver(id, { pr, checks: "failing", checks_head: HEAD });
    expect((await send(id, asking)).status).toBe(200);
    expect(await shown(id)).toEqual({ checks: "failing", checks_head: HEAD, fix: { sent_for: HEAD }, needs: ["ci"] });
    const events = await world.events(id);
    const at = events.findIndex(({ type, data }) => type === "delivery.updated" && data["fix"] !== undefined);
    expect(events[at]?.data).toEqual({ fix: { sent_for: HEAD } });
    expect(events[at + 1]?.type).toBe("input.message");
  });

  it("W5: is not said by any other message, nor where nothing fails or nobody knows at which commit", async () => {
    const { id } = await world.make();
    expect((await send(id, asking)).status).toBe(200);
    await deliver(id, { pr, checks: "passing", checks_head: HEAD });
    await send(id, asking);
    await deliver(id, { checks: "failing", checks_head: HEAD });
    await send(id, text("How is it going?"));
    expect((await shown(id)).fix).toBeNull();
    const other = await world.whole.as.owner.post<{ id: string }>("/sessions", { harness_name: "generic" });
    await deliver(other.body.id, { pr, checks: "failing" });
    await send(other.body.id, asking);
    expect(await shown(other.body.id)).toMatchObject({ checks: "failing", checks_head: null, fix: null });
  });

  it("W5: is of the branch's head where nobody says of which commit the checks are, and is over when they pass", async () => {
    const { id } = await world.make();
    await world.owner.post(`/sessions/${id}/checkout`);
    const head = (await world.read(id)).delivery?.head ?? "";
    expect(head).toMatch(/^[0-9a-f]{40}$/);
    await deliver(id, { pr, checks: "failing" });
    await send(id, asking);
    expect(await shown(id)).toMatchObject({ checks_head: head, fix: { sent_for: head } });
    await deliver(id, { checks: "pending", checks_head: NEXT });
    expect((await shown(id)).fix).toEqual({ sent_for: head });
    await deliver(id, { checks: "passing" });
    expect(await shown(id)).toMatchObject({ checks: "passing", checks_head: head, fix: null, needs: [] });
  });

  it("W5: is set and taken back by whoever watches the forge, of checks that fail", async () => {
    const { id } = await world.make();
    const early = await deliver(id, { pr, fix: { sent_for: HEAD } });
    expect(early).toMatchObject({ status: 400, body: { code: "invalid_input", path: "/fix" } });
    const set = { checks: "failing", checks_head: HEAD.toUpperCase(), fix: { sent_for: HEAD.slice(0, 8) } };
    expect((await deliver(id, set)).status).toBe(200);
    expect(await shown(id)).toMatchObject({ checks_head: HEAD, fix: { sent_for: HEAD.slice(0, 8) } });
    expect((await deliver(id, { fix: null })).status).toBe(200);
    expect((await shown(id)).fix).toBeNull();
  });

  it.each([
    ["no commit", { fix: { sent_for: "main" } }, "/fix/sent_for"],
    ["a number", { fix: { sent_for: 7 } }, "/fix/sent_for"],
    ["nothing", { fix: {} }, "/fix/sent_for"],
    ["no object", { fix: "yes" }, "/fix"],
    ["checks of no commit", { checks: "failing", checks_head: "HEAD" }, "/checks_head"],
  ])("of %s is refused, and nothing of the rest is done", async (_, change, path) => {
    const { id } = await world.make();
    const refused = await deliver(id, { pr, ...change });
    expect(refused).toMatchObject({ status: 400, body: { path } });
    expect((await world.read(id)).delivery).toBeNull();
  });

  it("asked for with a reaction that nobody knows is refused, and no message is sent", async () => {
    const { id } = await world.make();
    const refused = await send(id, { ...text("x"), reaction: "ci-failed" });
    expect(refused).toMatchObject({ status: 400, body: { path: "/reaction" } });
    expect((await world.read(id)).turn_count).toBe(0);
  });
});
