/**
 * A harness for tests of the engine: plays steps that call tools, with the items that the hosted one gives, and keeps
 * a record of which calls really ran. It reads where it stands from the committed view only, as every harness must.
 */
import type { Fact } from "../../src/core/events/envelope.ts";
import type { Harness, HarnessItem, TurnInput } from "../../src/core/ports/harness.ts";

export interface ScriptHarness extends Harness {
  /** Ids of the tool calls that ran, in order; one that ran twice stands twice. */
  readonly ran: string[];
}

export interface ScriptOptions {
  /** Tool calls of each step; the step after the last answers and ends. */
  readonly steps: readonly number[];
  readonly isHinting?: boolean;
}

export function makeScriptHarness({ steps, isHinting = false }: ScriptOptions): ScriptHarness {
  const ran: string[] = [];
  return {
    name: "hosted",
    ran,
    async *run(input, signal) {
      while (!signal.aborted) {
        const { turn } = input.view();
        const item = turn.isReasonOpen ? answer(input, steps) : act(input, ran);
        if (isHinting && turn.openMessageId !== null) {
          yield { kind: "hint", hint: { kind: "text", messageId: turn.openMessageId, delta: "wor" } };
        }
        yield item;
        if (item.kind === "facts" && item.next.kind !== "goes_on") return;
      }
    },
  };
}

/** One step per answer of this turn's conversation, so a repeated call of a step says the same. */
function answer(input: TurnInput, steps: readonly number[]): HarnessItem {
  const { turn, conversation } = input.view();
  const stepIndex = turn.toolCallCount === 0 ? 0 : steps.findIndex((_, i) => sum(steps, i) === turn.toolCallCount) + 1;
  const count = steps[stepIndex] ?? 0;
  const calls = Array.from({ length: count }, (_, i) => ({
    id: `call_${turn.id.slice(-6)}_${stepIndex}_${i}`,
    name: "work",
    arguments: { stepIndex, i },
  }));
  const seen = conversation.entries.filter((entry) => entry.kind === "user").length;
  const text = count === 0 ? `done after ${seen} inputs` : "working";
  const facts: Fact[] = [
    {
      type: "llm.generation",
      data: {
        through_seq: conversation.throughSeq,
        output: { text_length: text.length },
        metadata: { model: "script", success: true, usage: { input_tokens: 10, output_tokens: 2 } },
      },
    },
    {
      type: "output.message.completed",
      data: { message: { id: turn.openMessageId ?? "missing", role: "agent", content: [{ type: "text", text }] } },
    },
    {
      type: "reason.completed",
      data: { turn_id: turn.id, success: true, has_tool_calls: count > 0, tool_call_count: count },
    },
  ];
  if (count === 0)
    return { kind: "facts", facts, next: { kind: "ends", end: { kind: "completed", stopReason: "end_turn" } } };
  facts.push({ type: "act.started", data: { turn_id: turn.id, tool_calls: calls } });
  for (const tool_call of calls) facts.push({ type: "tool.started", data: { tool_call } });
  return { kind: "facts", facts, next: { kind: "goes_on" } };
}

function sum(steps: readonly number[], through: number): number {
  return steps.slice(0, through + 1).reduce((total, count) => total + count, 0);
}

function act(input: TurnInput, ran: string[]): HarnessItem {
  const { turn } = input.view();
  const [call, ...rest] = turn.openCalls;
  const facts: Fact[] = [];
  if (call !== undefined) {
    ran.push(call.id);
    facts.push({
      type: "tool.completed",
      data: {
        tool_call_id: call.id,
        tool_name: call.name,
        success: true,
        status: "success",
        result: [{ type: "text", text: `result of ${call.id}` }],
      },
    });
  }
  if (rest.length > 0) return { kind: "facts", facts, next: { kind: "goes_on" } };
  const { messageId } = input.mintStep();
  if (turn.isActOpen) {
    facts.push({
      type: "act.completed",
      data: { turn_id: turn.id, completed: true, success_count: 1, error_count: 0 },
    });
  }
  facts.push(
    { type: "reason.started", data: { turn_id: turn.id } },
    { type: "output.message.started", data: { turn_id: turn.id, message_id: messageId } },
  );
  return { kind: "facts", facts, next: { kind: "goes_on" } };
}
