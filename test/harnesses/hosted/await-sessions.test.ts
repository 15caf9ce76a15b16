/** Calls that wait for other sessions (A5): they have no result yet, and the turn is parked when nothing else is left to do. */
import { describe, expect, it } from "vitest";
import type { Fact } from "../../../src/core/events/envelope.ts";
import type { ToolResult } from "../../../src/core/ports/tools.ts";
import { drive } from "./drive.ts";
import type { Log } from "./drive.ts";
import { beginScript } from "./scripts.ts";
import { makeTools } from "./tools.ts";

const awaits = (...sessionIds: readonly string[]): ToolResult => ({
  status: "success",
  content: [],
  awaits: { sessionIds, timeoutMs: 5_000 },
});

/** As the relay does once the sessions have come to rest. */
function end(log: Log, name: string): void {
  const call = log.turn.openCalls.find((open) => open.name === name);
  const fact: Fact = {
    type: "tool.completed",
    data: {
      tool_call_id: call?.id ?? "",
      tool_name: name,
      success: true,
      status: "success",
      result: [{ type: "text", text: "they are done" }],
    },
  };
  log.commit([fact]);
}

describe("A5: a call that waits for other sessions", () => {
  it("lets the others be made, and parks the turn with the last of their results", async () => {
    const log = beginScript([{ tools: [{ name: "wait" }, { name: "look" }] }, { text: "done" }]);
    let isParked = false;
    const look = async () => {
      // Long after the call that waits has said so.
      for (let n = 0; n < 5; n++) await new Promise(setImmediate);
      isParked = log.turn.phase === "waiting";
      return "ok";
    };
    const { toolSet } = makeTools({ wait: { run: () => awaits("ses_1") }, look: { run: look } });
    const { commits, waits } = await drive(log, { tools: toolSet });
    expect(isParked).toBe(false);
    expect(commits.at(-1)).toEqual(["tool.completed", "subagent.awaited"]);
    expect(waits).toEqual({ kind: "waits" });
    expect(log.turn).toMatchObject({ phase: "waiting", needs: ["sessions"] });
    expect(log.last("subagent.awaited")).toMatchObject({ session_ids: ["ses_1"], timeout_ms: 5_000 });
  });

  it("goes on with the next step once it has ended", async () => {
    const log = beginScript([{ tools: [{ name: "wait" }] }, { text: "done" }]);
    const { toolSet, calls } = makeTools({ wait: { run: () => awaits("ses_1", "ses_2") } });
    await drive(log, { tools: toolSet });
    end(log, "wait");
    expect(log.turn).toMatchObject({ phase: "acting", needs: [] });
    await drive(log, { tools: toolSet });
    expect(calls).toHaveLength(1);
    expect(log.last("turn.completed").stop_reason).toBe("end_turn");
  });

  it("of which there are two, keeps the turn parked until both have ended", async () => {
    const log = beginScript([{ tools: [{ name: "wait" }, { name: "wait_more" }] }, { text: "done" }]);
    const { toolSet } = makeTools({ wait: { run: () => awaits("ses_1") }, wait_more: { run: () => awaits("ses_2") } });
    await drive(log, { tools: toolSet });
    end(log, "wait");
    expect(log.turn).toMatchObject({ phase: "waiting", needs: ["sessions"] });
    end(log, "wait_more");
    expect(log.turn).toMatchObject({ phase: "acting", needs: [] });
  });

  it("beside one that a person must allow waits for both", async () => {
    const log = beginScript([{ tools: [{ name: "wait" }, { name: "risky" }] }, { text: "done" }]);
    const { toolSet, calls } = makeTools({ wait: { run: () => awaits("ses_1") }, risky: { policy: "approve" } });
    await drive(log, { tools: toolSet });
    expect(log.turn).toMatchObject({ phase: "waiting", needs: ["approval", "sessions"] });
    end(log, "wait");
    expect(log.turn).toMatchObject({ phase: "waiting", needs: ["approval"] });
    log.commit([
      { type: "approval.answered", data: { approval_id: log.turn.approvals[0]?.id ?? "", answer: "allow" } },
    ]);
    await drive(log, { tools: toolSet });
    expect(calls.map(({ name }) => name)).toEqual(["wait", "risky"]);
    expect(log.last("turn.completed").stop_reason).toBe("end_turn");
  });

  it("gives way to the next of its class, which need not wait for the sessions", async () => {
    const log = beginScript([{ tools: [{ name: "wait" }, { name: "after" }] }, { text: "done" }]);
    const concurrencyClass = "sessions";
    const { toolSet, calls } = makeTools({
      wait: { run: () => awaits("ses_1"), concurrencyClass },
      after: { concurrencyClass },
    });
    await drive(log, { tools: toolSet });
    expect(log.turn.openCalls.map(({ name, started }) => [name, started])).toEqual([["wait", true]]);
    expect(calls.map(({ name }) => name)).toEqual(["wait", "after"]);
  });
});
