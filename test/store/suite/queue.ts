/** The queue of a session: ordered, editable, and part of the commit that changes it (T1). */
import { describe, expect, test } from "vitest";
import type { Message } from "../../../src/core/events/content.ts";
import type { QueueChange } from "../../../src/core/decide/plan.ts";
import type { SessionId } from "../../../src/core/ids.ts";
import { initialState } from "../../../src/core/state.ts";
import { messageOf, openSetting } from "./setting.ts";
import type { Setting, Suite } from "./setting.ts";

async function change(setting: Setting, id: SessionId, queue: readonly QueueChange[]) {
  const events = queue.flatMap((one) =>
    one.kind === "add" ? [setting.line("message.queued", { message: one.message })] : [],
  );
  return setting.commit(await setting.fenced(id, { raises: true, state: initialState, queue, events }));
}

async function waiting(setting: Setting, id: SessionId): Promise<readonly string[]> {
  return (await setting.store.readQueue(id)).map(({ messageJson }) => {
    const [part] = (JSON.parse(messageJson) as Message).content;
    return part?.type === "text" ? part.text : "";
  });
}

export function describeQueue(suite: Suite): void {
  describe("the queue of a session", () => {
    test("T1: holds a message with the event that queued it", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      const message = messageOf(setting.mint, "é \u0000 later");
      setting.clock.advance(1_000);
      const { lines } = await change(setting, id, [{ kind: "add", message }]);
      expect(await setting.store.readQueue(id)).toEqual([
        {
          messageId: message.id,
          sessionId: id,
          position: expect.any(Number),
          messageJson: JSON.stringify(message),
          queuedEventId: lines[0]?.id,
          createdAt: "2026-01-01T12:00:01.000Z",
        },
      ]);
    });

    test("T1: is read in the order in which its messages came, whatever leaves it", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      const [a, b, c, d] = ["a", "b", "c", "d"].map((text) => messageOf(setting.mint, text)) as [Message, ...Message[]];
      for (const message of [a, b, c]) if (message) await change(setting, id, [{ kind: "add", message }]);
      expect(await waiting(setting, id)).toEqual(["a", "b", "c"]);
      await change(setting, id, [{ kind: "remove", messageIds: [a.id] }]);
      await change(setting, id, [{ kind: "add", message: d as Message }]);
      expect(await waiting(setting, id)).toEqual(["b", "c", "d"]);
      await change(setting, id, [{ kind: "remove", messageIds: [d?.id ?? ""] }]);
      await change(setting, id, [{ kind: "add", message: a }]);
      expect(await waiting(setting, id)).toEqual(["b", "c", "a"]);
      const positions = (await setting.store.readQueue(id)).map(({ position }) => position);
      expect(positions).toEqual([...new Set(positions)].toSorted((left, right) => left - right));
    });

    test("T1: lets the first leave and another join in one commit", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      const [a, b] = [messageOf(setting.mint, "a"), messageOf(setting.mint, "b")];
      await change(setting, id, [{ kind: "add", message: a }]);
      await change(setting, id, [
        { kind: "remove", messageIds: [a.id] },
        { kind: "add", message: b },
      ]);
      expect(await waiting(setting, id)).toEqual(["b"]);
    });

    test("T1: lets several leave at once", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      const messages = ["a", "b", "c"].map((text) => messageOf(setting.mint, text));
      for (const message of messages) await change(setting, id, [{ kind: "add", message }]);
      await change(setting, id, [{ kind: "remove", messageIds: messages.slice(0, 2).map((message) => message.id) }]);
      expect(await waiting(setting, id)).toEqual(["c"]);
    });

    test("T1: changes a message in its place", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      const [a, b] = [messageOf(setting.mint, "a"), messageOf(setting.mint, "b")];
      await change(setting, id, [{ kind: "add", message: a }]);
      await change(setting, id, [{ kind: "add", message: b }]);
      const before = await setting.store.readQueue(id);
      const edited = { ...a, content: [{ type: "text" as const, text: "A" }] };
      await change(setting, id, [{ kind: "replace", message: edited }]);
      expect(await waiting(setting, id)).toEqual(["A", "b"]);
      const after = await setting.store.readQueue(id);
      expect(after[0]).toEqual({ ...before[0], messageJson: JSON.stringify(edited) });
    });

    test("T1: is of one session only", async () => {
      await using setting = await openSetting(suite);
      const [one, two] = [await setting.make(), await setting.make()];
      await change(setting, one, [{ kind: "add", message: messageOf(setting.mint, "a") }]);
      await change(setting, two, [{ kind: "add", message: messageOf(setting.mint, "b") }]);
      expect([await waiting(setting, one), await waiting(setting, two)]).toEqual([["a"], ["b"]]);
      expect(await setting.store.readQueue(setting.mint("session"))).toEqual([]);
    });
  });
}
