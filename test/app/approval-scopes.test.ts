/** What an allow holds for besides its own call, and the inbox of all that is asked. */
import { describe, expect, test } from "vitest";
import type { SessionId } from "../../src/core/ids.ts";
import { principal } from "./engine-world.ts";
import { answer, firstPending, idle, open, parked, someoneElse, start } from "./parked-world.ts";

describe("T12: an allow for longer than once", () => {
  test("for the session: no more questions about that tool, in later turns too, those asked now are answered", async () => {
    const world = await open([["approve", "approve"], ["approve"]]);
    await parked(world, 2);
    await answer(world, "allow", "session");
    await idle(world);
    expect(world.harness.ran).toHaveLength(3);
    expect((await world.store.readSession(world.id))?.edit.settings.allowedTools).toEqual(["risky"]);
    const other = { ...world, id: await start(world.engine) };
    expect(await parked(other)).toMatchObject({ needs: ["approval"] });
  });

  test("always: no more questions in any session of that user with that agent, until the rule is revoked", async () => {
    const world = await open([["approve"], ["approve"]]);
    await parked(world);
    await answer(world, "allow", "always");
    await idle(world);
    const other = { ...world, id: await start(world.engine) };
    await idle(other);
    expect(world.harness.ran).toHaveLength(4);
    const { items } = await world.engine.rules.list(principal, { limit: 10 });
    expect(items.map(({ body }) => body)).toEqual([{ user_id: principal.userId, agent_id: "agt", tool: "risky" }]);
    const member = { ...someoneElse, role: "member" } as const;
    expect((await world.engine.rules.list(member, { limit: 10 })).items).toEqual([]);
    expect(await world.engine.rules.revoke(member, items[0]?.id ?? "")).toMatchObject({
      refusal: { code: "not_found" },
    });
    expect(await world.engine.rules.revoke(principal, items[0]?.id ?? "")).toMatchObject({ ok: true });
    const third = { ...world, id: await start(world.engine) };
    expect(await parked(third)).toMatchObject({ needs: ["approval"] });
  });

  test("always: is for one's own sessions; a colleague allows for the session", async () => {
    const world = await open([["approve"]]);
    await parked(world);
    const { id: approvalId } = await firstPending(world);
    const command = { approvalId, answer: "allow", scope: "always" } as const;
    expect(await world.engine.answerApproval(someoneElse, world.id, command)).toMatchObject({
      refusal: { code: "invalid_input", path: "/scope" },
    });
    const session = { ...command, scope: "session" } as const;
    expect(await world.engine.answerApproval(someoneElse, world.id, session)).toMatchObject({ ok: true });
  });

  test("leaves no rule when somebody else was faster with another answer", async () => {
    const world = await open([["approve"]]);
    await parked(world);
    const { id: approvalId } = await firstPending(world);
    const both = await Promise.all([
      world.engine.answerApproval(principal, world.id, { approvalId, answer: "deny", scope: "once" }),
      world.engine.answerApproval(principal, world.id, { approvalId, answer: "allow", scope: "always" }),
    ]);
    const denied = both[0].ok;
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    await idle(world);
    const { total } = await world.engine.rules.list(principal, { limit: 10 });
    expect(total).toBe(denied ? 0 : 1);
  });

  test("cannot be a denial", async () => {
    const world = await open([["approve"]]);
    await parked(world);
    expect((await answer(world, "deny", "session")).answered).toMatchObject({ refusal: { path: "/scope" } });
  });
});

describe("T15: the inbox", () => {
  test("shows what waits over all sessions, newest first, page by page, whole sessions each", async () => {
    const world = await open([["approve", "approve"]]);
    const ids = [world.id];
    for (let n = 0; n < 4; n++) {
      world.clock.advance(1_000);
      ids.push(await start(world.engine));
    }
    for (const id of ids) await parked({ ...world, id }, 2);
    await answer(world, "deny");
    const seen: (readonly SessionId[])[] = [];
    for (let cursor: { at: string; id: SessionId } | undefined; ;) {
      const listed = await world.engine.approvals.list(principal, { limit: 3, ...(cursor && { cursor }) });
      if (!listed.ok) throw new Error(listed.refusal.code);
      seen.push(listed.value.approvals.map(({ approval }) => approval.sessionId));
      if (listed.value.next === null) break;
      cursor = listed.value.next;
    }
    const [a, b, c, d, e] = ids.toReversed();
    expect(seen).toEqual([[a, a, b, b], [c, c, d, d], [e]]);
  });
});
