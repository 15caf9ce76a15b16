/**
 * A hosted turn of ours, in process, with one viewer: from the message to the commit that ends the turn, as a follower of the
 * log sees it. HTTP is another bench's matter. Every log is checked afterwards.
 */
import type { Principal } from "../../src/app/principal.ts";
import { SCRIPTED_MODEL_ID } from "../../src/app/records/environment-providers.ts";
import type { SessionId } from "../../src/core/ids.ts";
import type { Server } from "../../src/main/boot.ts";
import { verify } from "../bench.ts";
import { mint } from "../data-folder.ts";
import { LAST_TEXT, scriptOf } from "./script.ts";
import type { ModelName } from "./script.ts";

export interface Ours {
  /** Sessions that have not said anything yet; made before the clock runs. */
  prepare(model: ModelName, count: number): Promise<readonly SessionId[]>;
  turn(id: SessionId, steps: number): Promise<void>;
  check(id: SessionId, steps: number): Promise<void>;
  /** One commit of one event, the size of an answer's. */
  commit(id: SessionId): Promise<void>;
}

export async function openOurs({ store, engine, first }: Server): Promise<Ours> {
  const principal: Principal = { ...first, keyId: null, role: "owner" };
  const { records: agents } = await store.listRecords({ kind: "agent", limit: 1 });
  const agentId = agents[0]?.id ?? "";
  return {
    async prepare(model, count) {
      const ids: SessionId[] = [];
      for (let made = 0; made < count; made++) {
        const choice = model === "scripted" ? { modelId: SCRIPTED_MODEL_ID } : {};
        const outcome = await engine.uses.createSession(principal, { origin: "api", agentId, ...choice });
        if (!outcome.ok) throw new Error(`A session was refused: ${JSON.stringify(outcome.refusal)}`);
        ids.push(outcome.value.id);
      }
      return ids;
    },
    async turn(id, steps) {
      const opened = await engine.uses.openFollow(principal, id, { cursor: { kind: "tail" } });
      if (!opened.ok) throw new Error("The log cannot be followed");
      using follower = opened.value;
      const message = { content: [{ type: "text" as const, text: scriptOf(steps) }] };
      const sent = await engine.uses.sendMessage(principal, id, { message });
      if (!sent.ok) throw new Error(`The message was refused: ${JSON.stringify(sent.refusal)}`);
      for (;;) {
        const { lines } = follower.readTail() ?? (await follower.read());
        if (lines.some(({ type }) => type === "session.idled")) return;
        follower.live();
        await follower.grown();
      }
    },
    async check(id, steps) {
      const { lines, headSeq } = await store.readLog({ sessionId: id, after: 0, limit: 1_000 });
      const count = (type: string) => lines.filter((line) => line.type === type).length;
      verify(lines.length === headSeq && lines.every(({ seq }, at) => seq === at + 1), "a log has a gap");
      verify(count("tool.completed") === steps, `${count("tool.completed")} of ${steps} calls are in the log`);
      verify(count("llm.generation") === steps + 1, `${count("llm.generation")} model calls are in the log`);
      verify(count("turn.completed") === 1, `the turn ended ${count("turn.completed")} times`);
      const answer = lines.findLast(({ type }) => type === "output.message.completed");
      verify(answer?.dataJson.includes(LAST_TEXT) === true, "the last answer is not in the log");
    },
    async commit(id) {
      const dataJson = JSON.stringify({ changed: ["title"], title: LAST_TEXT });
      const event = { id: mint("event"), type: "session.updated", contextJson: "{}", dataJson };
      const result = await store.write({ sessionId: id, events: [event] });
      verify(result.kind === "committed", `a write was answered ${result.kind}`);
    },
  };
}
