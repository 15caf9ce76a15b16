/** Facts and their classes: `turn`, `edit`, `sum` (S7, C2). */
import { describe, expect, test } from "vitest";
import type { EditFacts, SumFacts } from "../../../src/core/session.ts";
import { initialState } from "../../../src/core/state.ts";
import { factsOf } from "../../../src/core/status.ts";
import { noSums } from "../../../src/core/usage.ts";
import { plainEdit } from "../plain-edit.ts";
import { openSetting, turnState } from "./setting.ts";
import type { Suite } from "./setting.ts";

const fullSums: SumFacts = {
  inputTokens: 1,
  outputTokens: 2,
  cacheReadTokens: 3,
  cacheCreationTokens: 4,
  costMicroUsd: 5,
  messageCount: 6,
};

export function describeClasses(suite: Suite): void {
  describe("the facts of a session", () => {
    test("begin as the write that made it says", async () => {
      await using setting = await openSetting(suite);
      const createdBy = setting.mint("user");
      const edit: EditFacts = {
        title: "Fix the login",
        tags: ["a", "b"],
        agentId: setting.mint("agent"),
        harnessId: setting.mint("harness"),
        modelId: setting.mint("model"),
        projectId: setting.mint("project"),
        taskId: "FIX-7",
        settings: { systemPrompt: "Be brief", maxIterations: 5, whenBusy: "queue", data: { nested: { é: [1, null] } } },
      };
      const create = { createdBy, harness: "codex", conversationId: "conv-1", edit } as const;
      const state = turnState(setting.mint, { needs: ["approval"], phase: "waiting" });
      const write = setting.creation(create, { state, owner: setting.node, preview: "first words", sum: fullSums });
      const { head } = await setting.commit(write);
      const at = "2026-01-01T12:00:00.000Z";
      expect(await setting.store.readSession(write.sessionId)).toEqual({
        id: write.sessionId,
        workspaceId: setting.workspaceId,
        createdBy,
        harness: "codex",
        conversationId: "conv-1",
        parentId: null,
        rootId: null,
        createdAt: at,
        updatedAt: at,
        lastActiveAt: at,
        head,
        facts: { ...factsOf(state), preview: "first words", outputPreview: null },
        edit,
        sums: fullSums,
        work: { checkout: null, delivery: null },
        state,
        foldedSeq: 1,
      });
    });

    test("are absent for a session that was never made", async () => {
      await using setting = await openSetting(suite);
      const id = setting.mint("session");
      expect(await setting.store.readSession(id)).toBeUndefined();
      expect(await setting.store.readHead(id)).toBeUndefined();
    });

    test("S7: class turn follows from the fold that the write carries, through the write's last event", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      const state = turnState(setting.mint, { phase: "acting", openCalls: [] }, { queuedCount: 3, hold: "budget" });
      const events = [setting.line("a.one"), setting.line("a.two")];
      await setting.commit(await setting.fenced(id, { raises: true, state, events, outputPreview: "Done" }));
      await setting.commit(setting.fact(id));
      const session = await setting.store.readSession(id);
      expect(session).toMatchObject({ state, foldedSeq: 3, head: { seq: 4 } });
      expect(session?.facts).toEqual({ ...factsOf(state), preview: null, outputPreview: "Done" });
    });

    test("S7: a fold that misses what was committed meanwhile sets the columns, and is not kept to go on from", async () => {
      await using setting = await openSetting(suite);
      const kept = turnState(setting.mint);
      const id = await setting.make({}, { state: kept });
      const state = turnState(setting.mint, {}, { turnCount: 2 });
      const write = await setting.fenced(id, { state, raises: true, events: [setting.line("turn.started")] });
      await setting.commit(setting.fact(id));
      await setting.commit(write);
      const session = await setting.store.readSession(id);
      expect(session).toMatchObject({ state: kept, foldedSeq: 1, head: { seq: 3 } });
      expect(session?.facts).toMatchObject(factsOf(state));
      await setting.commit(await setting.fenced(id, { state, events: [setting.line("tool.started")] }));
      expect(await setting.store.readSession(id)).toMatchObject({ state, foldedSeq: 4 });
    });

    test("S7: previews stay until a write brings new ones", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make({}, { preview: "in", outputPreview: "out" });
      await setting.commit(await setting.fenced(id, { state: initialState, outputPreview: "out 2" }));
      await setting.commit(setting.fact(id, { edit: { title: "T" } }));
      expect((await setting.store.readSession(id))?.facts).toMatchObject({ preview: "in", outputPreview: "out 2" });
    });

    test("C2: an edit sets only what it names, and null is something to set", async () => {
      await using setting = await openSetting(suite);
      const agentId = setting.mint("agent");
      const edit = { ...plainEdit, title: "Old", tags: ["a"], agentId, settings: { locale: "de" } };
      const id = await setting.make({ edit });
      await setting.commit(setting.fact(id, { edit: { title: "New" } }));
      expect((await setting.store.readSession(id))?.edit).toEqual({ ...edit, title: "New" });
      await setting.commit(setting.fact(id, { edit: { title: null, agentId: null, tags: [] } }));
      const cleared = { ...edit, title: null, agentId: null, tags: [] };
      expect((await setting.store.readSession(id))?.edit).toEqual(cleared);
    });

    test("C2: an edit leaves the turn's facts alone and the turn's writes leave the edited ones alone", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make({}, { owner: setting.node, state: turnState(setting.mint) });
      const before = await setting.store.readSession(id);
      await setting.commit(setting.fact(id, { edit: { title: "New", tags: ["x"] } }));
      const edited = await setting.store.readSession(id);
      expect(edited).toMatchObject({ facts: before?.facts, state: before?.state, foldedSeq: 1, sums: noSums });
      const state = turnState(setting.mint, {}, { turnCount: 2 });
      await setting.commit(await setting.fenced(id, { state, raises: true, events: [setting.line("turn.started")] }));
      const turned = await setting.store.readSession(id);
      expect(turned).toMatchObject({ edit: edited?.edit, state, foldedSeq: 3 });
    });

    test("C2: sums are added to by everybody at once and nobody's share is lost", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make({}, { sum: fullSums });
      const writes = Array.from({ length: 40 }, (_, index) =>
        setting.fact(id, { sum: index % 2 === 0 ? { inputTokens: 10 } : { costMicroUsd: 3, messageCount: 1 } }),
      );
      await Promise.all(writes.map((write) => setting.commit(write)));
      const sums = { ...fullSums, inputTokens: 201, costMicroUsd: 65, messageCount: 26 };
      expect((await setting.store.readSession(id))?.sums).toEqual(sums);
    });

    test("C2: a runner, an editor and a meter write at once and each finds its own facts whole", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make({}, { owner: setting.node, state: turnState(setting.mint) });
      const states = Array.from({ length: 10 }, (_, n) => turnState(setting.mint, { iteration: n + 2 }));
      const runner = (async () => {
        for (const state of states) {
          await setting.commit(await setting.fenced(id, { state, events: [setting.line("llm.call")] }));
        }
      })();
      const titles = Array.from({ length: 10 }, (_, n) => `Title ${n}`);
      const editor = (async () => {
        for (const title of titles) await setting.commit(setting.fact(id, { edit: { title } }));
      })();
      const meter = Promise.all(titles.map(() => setting.commit(setting.fact(id, { sum: { outputTokens: 1 } }))));
      await Promise.all([runner, editor, meter]);
      const session = await setting.store.readSession(id);
      expect(session).toMatchObject({ edit: { title: "Title 9" }, sums: { outputTokens: 10 }, head: { seq: 31 } });
      expect(session?.facts.turnId).toBe(states.at(-1)?.turn?.id);
    });

    test("S4: the time of the last activity moves with the turn's writes", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      setting.clock.advance(5_000);
      await setting.commit(await setting.fenced(id, { state: turnState(setting.mint), raises: true }));
      const session = await setting.store.readSession(id);
      expect(session).toMatchObject({
        createdAt: "2026-01-01T12:00:00.000Z",
        lastActiveAt: "2026-01-01T12:00:05.000Z",
      });
    });
  });
}
