/** Calls that wait for somebody (T3, A5): the others are made first, then the turn is parked in one commit. */
import { describe, expect, it } from "vitest";
import type { Fact } from "../../../src/core/events/envelope.ts";
import { pendingApprovals } from "../../../src/core/state.ts";
import { drive } from "./drive.ts";
import type { Log } from "./drive.ts";
import { beginScript } from "./scripts.ts";
import { makeTools } from "./tools.ts";

const allThree = [
  {
    text: "Working",
    tools: [
      { name: "remove", input: { path: "/a" } },
      { name: "look", input: {} },
      { name: "ask_user", input: { question: "Why?" } },
    ],
  },
  { text: "Done" },
];

function threeKinds() {
  return makeTools({ look: {}, remove: { policy: "approve" }, ask_user: { policy: "client_side" } });
}

/** As the use case does: the answer, and with a denial the end of its call. */
function answer(log: Log, said: "allow" | "deny"): void {
  const [asked] = pendingApprovals(log.turn);
  if (asked === undefined) throw new Error("Nobody is asked");
  const facts: Fact[] = [{ type: "approval.answered", data: { approval_id: asked.id, answer: said } }];
  if (said === "deny") facts.push(ended(log, asked.callId ?? "", "No"));
  log.commit(facts);
}

function ended(log: Log, id: string, error?: string): Fact {
  const tool_name = log.turn.openCalls.find((call) => call.id === id)?.name ?? "";
  const data = { tool_call_id: id, tool_name, success: error === undefined };
  return {
    type: "tool.completed",
    data: error === undefined ? { ...data, status: "success" } : { ...data, status: "error", error },
  };
}

function idOf(log: Log, name: string): string {
  return log.turn.openCalls.find((call) => call.name === name)?.id ?? "";
}

describe("T10: calls of one answer that wait for somebody", () => {
  it("let the others be made first, and park the turn with what the last of those said", async () => {
    const log = beginScript(allThree);
    const { toolSet, calls } = threeKinds();
    const { commits, waits } = await drive(log, { tools: toolSet });
    expect(calls.map(({ name }) => name)).toEqual(["look"]);
    expect(commits.map((types) => types.filter((type) => /^(tool|act|approval)\./.test(type)))).toEqual([
      ["act.started", "tool.started"],
      ["tool.completed", "approval.requested", "tool.call_requested"],
    ]);
    expect(waits).toEqual({ kind: "waits" });
    expect(log.turn).toMatchObject({ phase: "waiting", needs: ["approval", "tool_results"], isActOpen: true });
  });

  it("are said whole to those who have to decide about them or carry them out", async () => {
    const content = "x".repeat(30_000);
    const log = beginScript([
      {
        tools: [
          { name: "remove", input: { content } },
          { name: "ask_user", input: { content } },
        ],
      },
    ]);
    await drive(log, { tools: threeKinds().toolSet });
    expect(log.last("approval.requested").tool_call).toMatchObject({ name: "remove", arguments: { content } });
    expect(log.last("approval.requested").question).toContain("remove");
    expect(log.last("tool.call_requested").tool_calls).toMatchObject([{ name: "ask_user", arguments: { content } }]);
  });

  it("park the turn at once, with the answer, when there are no others", async () => {
    const log = beginScript([{ tools: [{ name: "remove" }, { name: "remove" }] }]);
    const { commits } = await drive(log, { tools: threeKinds().toolSet });
    expect(commits).toHaveLength(1);
    expect(commits[0]?.slice(-3)).toEqual(["act.started", "approval.requested", "approval.requested"]);
    expect(log.all("tool.started")).toEqual([]);
  });

  it("are made once they are allowed, each begun in the log before it is run (A12)", async () => {
    const log = beginScript([{ tools: [{ name: "remove" }] }, { text: "Done" }]);
    const { toolSet, calls } = threeKinds();
    await drive(log, { tools: toolSet });
    expect(calls).toEqual([]);
    answer(log, "allow");
    const { commits } = await drive(log, { tools: toolSet });
    expect(commits.slice(0, 2)).toEqual([
      ["tool.started"],
      ["tool.completed", "act.completed", "reason.started", "output.message.started"],
    ]);
    expect(calls).toHaveLength(1);
    expect(log.last("turn.completed").stop_reason).toBe("end_turn");
  });

  it("are not made when they are denied; the model reads why and goes on", async () => {
    const log = beginScript([{ tools: [{ name: "remove" }] }, { text: "Then not" }]);
    const { toolSet, calls } = threeKinds();
    await drive(log, { tools: toolSet });
    answer(log, "deny");
    const { commits } = await drive(log, { tools: toolSet });
    expect(commits[0]).toEqual(["act.completed", "reason.started", "output.message.started"]);
    expect(log.last("act.completed")).toMatchObject({ success_count: 0, error_count: 1 });
    expect(calls).toEqual([]);
  });

  it("are each asked about once, however the answers come", async () => {
    const log = beginScript(allThree);
    const { toolSet, calls } = threeKinds();
    await drive(log, { tools: toolSet });
    log.commit([ended(log, idOf(log, "ask_user"))]);
    answer(log, "allow");
    await drive(log, { tools: toolSet });
    expect(calls.map(({ name }) => name)).toEqual(["look", "remove"]);
    expect(log.all("approval.requested")).toHaveLength(1);
    expect(log.all("tool.call_requested")).toHaveLength(1);
    expect(log.last("act.completed")).toMatchObject({ success_count: 3, error_count: 0 });
  });

  it("are asked about again when they are made again, and bothered nobody with what cannot be read", async () => {
    const log = beginScript([
      { tools: [{ name: "remove" }] },
      { tools: [{ name: "remove", rawInput: "{broken" }] },
      { tools: [{ name: "remove" }] },
    ]);
    const { toolSet } = threeKinds();
    await drive(log, { tools: toolSet });
    answer(log, "allow");
    await drive(log, { tools: toolSet });
    expect(log.all("tool.completed").map(({ data }) => data.success)).toEqual([true, false]);
    expect(log.all("approval.requested")).toHaveLength(2);
    expect(log.turn.phase).toBe("waiting");
  });

  it("that a person allowed go on after a crash from whatever was committed", async () => {
    const whole = beginScript(allThree);
    await drive(whole, { tools: threeKinds().toolSet });
    whole.commit([ended(whole, idOf(whole, "ask_user"))]);
    answer(whole, "allow");
    const boundaries: number[] = [whole.events.length];
    await drive(whole, { tools: threeKinds().toolSet, onItem: () => void boundaries.push(whole.events.length) });
    for (const length of new Set(boundaries)) {
      const log = whole.copy(length);
      const { toolSet, calls } = threeKinds();
      const finished = new Set(log.all("tool.completed").map(({ data }) => data.tool_call_id));
      await drive(log, { tools: toolSet });
      expect(calls.filter(({ id }) => finished.has(id))).toEqual([]);
      expect(log.types.filter((type) => type !== "tool.started")).toEqual(
        whole.types.filter((type) => type !== "tool.started"),
      );
    }
  });
});
