/**
 * A harness for tests of the engine: plays steps that call tools, with the items that the hosted one gives, and keeps
 * a record of which calls really ran. It reads where it stands from the committed view only, as every harness must.
 */
import type { ToolCall } from "../../src/core/events/content.ts";
import type { Fact } from "../../src/core/events/envelope.ts";
import type { Harness, HarnessItem, TurnInput } from "../../src/core/ports/harness.ts";
import type { ToolDefinition, ToolPolicy, ToolSet } from "../../src/core/ports/tools.ts";
import { askFacts, sortCalls } from "../../src/harnesses/hosted/permissions.ts";

export interface ScriptHarness extends Harness {
  /** Ids of the tool calls that ran, in order; one that ran twice stands twice. */
  readonly ran: string[];
}

export interface ScriptOptions {
  /** Tool calls of each step, as many or by what their tools want; the step after the last answers and ends. */
  readonly steps: readonly (number | readonly ScriptCall[])[];
  /** What a call by `sessions` waits for. */
  readonly awaits?: readonly string[];
  readonly isHinting?: boolean;
}

/** `sessions`: runs like `auto`, and then waits for other sessions instead of giving a result. */
export type ScriptCall = ToolPolicy | "sessions";

const NAMES = { auto: "work", approve: "risky", client_side: "ask_client", sessions: "await_session" } as const;

/** The tools of every step; a session's own definitions of them take their place. */
export const scriptTools: readonly ToolDefinition[] = (["auto", "approve", "client_side"] as const).map((policy) => ({
  name: NAMES[policy],
  description: "",
  parameters: { type: "object" },
  hints: { isRepeatable: false, isReadonly: false },
  policy,
}));

type Asking = Pick<TurnInput, "tools" | "mintApproval">;

function askingOf({ tools, mintApproval }: TurnInput): Asking {
  const toolSet: ToolSet = tools.definitions.length === 0 ? { ...tools, definitions: scriptTools } : tools;
  return { tools: toolSet, mintApproval };
}

export function makeScriptHarness({ steps: given, awaits = [], isHinting = false }: ScriptOptions): ScriptHarness {
  const ran: string[] = [];
  const steps = given.map((step) => (typeof step === "number" ? Array<ScriptCall>(step).fill("auto") : step));
  return {
    name: "hosted",
    ran,
    async *run(input, signal) {
      while (!signal.aborted) {
        const { turn } = input.view();
        const item = turn.isReasonOpen ? answer(input, steps) : act(input, { ran, awaits });
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
function answer(input: TurnInput, steps: Steps): HarnessItem {
  const { turn, conversation } = input.view();
  const stepIndex = turn.toolCallCount === 0 ? 0 : steps.findIndex((_, i) => sum(steps, i) === turn.toolCallCount) + 1;
  const policies = steps[stepIndex] ?? [];
  const count = policies.length;
  const calls = policies.map((policy, i) => ({
    id: `call_${turn.id.slice(-6)}_${stepIndex}_${i}`,
    name: NAMES[policy],
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
  const asking = askingOf(input);
  const { free, waiting } = sortCalls(asking, { openCalls: [], approvals: [] }, calls);
  if (free.length === 0) return parked([...facts, ...askFacts(asking, waiting)]);
  for (const tool_call of free) facts.push({ type: "tool.started", data: { tool_call } });
  return { kind: "facts", facts, next: { kind: "goes_on" } };
}

type Steps = readonly (readonly ScriptCall[])[];

function parked(facts: readonly Fact[]): HarnessItem {
  return { kind: "facts", facts, next: { kind: "waits" } };
}

function sum(steps: Steps, through: number): number {
  return steps.slice(0, through + 1).reduce((total, calls) => total + calls.length, 0);
}

interface Acting {
  readonly ran: string[];
  readonly awaits: readonly string[];
}

export const AWAIT_MS = 60_000;

const isAwaiting = ({ name }: ToolCall) => name === NAMES.sessions;

function act(input: TurnInput, { ran, awaits }: Acting): HarnessItem {
  const { turn } = input.view();
  const asking = askingOf(input);
  const calls = turn.openCalls.map(({ id, name }): ToolCall => ({ id, name, arguments: {} }));
  const { free, waiting } = sortCalls(asking, turn, calls);
  const [call, ...others] = free.filter((each) => !isAwaiting(each));
  const unstarted = free.filter(({ id }) => turn.openCalls.some((open) => open.id === id && !open.started));
  if (unstarted.length > 0) {
    const started = unstarted.map((tool_call): Fact => ({ type: "tool.started", data: { tool_call } }));
    return { kind: "facts", facts: started, next: { kind: "goes_on" } };
  }
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
  if (others.length > 0) return { kind: "facts", facts, next: { kind: "goes_on" } };
  const awaited = free.filter(isAwaiting).map(({ id }): Fact => ({
    type: "subagent.awaited",
    data: { tool_call_id: id, session_ids: [...awaits], timeout_ms: AWAIT_MS },
  }));
  if (waiting.length + awaited.length > 0) return parked([...facts, ...askFacts(asking, waiting), ...awaited]);
  return nextStep(input, facts);
}

function nextStep(input: TurnInput, facts: Fact[]): HarnessItem {
  const { turn } = input.view();
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
