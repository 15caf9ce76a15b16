/** Runs one tool call and makes a result of whatever comes of it; never rejects. */
import type { ContentPart, ToolCall } from "../../core/events/content.ts";
import type { Fact } from "../../core/events/envelope.ts";
import type { ToolResult } from "../../core/ports/tools.ts";
import type { JsonValue } from "../../lib/json.ts";
import { toWellFormedJson, toWellFormedText } from "../../lib/well-formed.ts";
import { refusalOf } from "./permissions.ts";
import type { Run } from "./options.ts";

export interface CallResult {
  readonly call: ToolCall;
  readonly result: ToolResult;
  readonly durationMs: number;
}

/** `lane`: the calls that waited for this one. */
export type Finished = CallResult & { readonly lane: ToolCall[] };

type OnOutput = (stream: "stdout" | "stderr", delta: string) => void;

function failure(error: string): ToolResult {
  return { status: "error", content: [], error };
}

async function resultOf({ input, room, signal }: Run, call: ToolCall, onOutput: OnOutput): Promise<ToolResult> {
  const refused = refusalOf(call);
  if (refused !== undefined) return failure(refused);
  try {
    return await input.tools.call(call, signal, onOutput);
  } catch (fault) {
    // Contract: tools do not reject. One that does has a fault, which is ours to log and nothing for the model to read.
    room.log("A tool broke its contract", { tool: call.name, fault });
    return failure(`The tool ${call.name} failed by a fault of its own`);
  }
}

export async function runCall(run: Run, call: ToolCall, onOutput: OnOutput): Promise<CallResult> {
  const startedAt = run.room.clock.monotonic();
  const result = await resultOf(run, call, onOutput);
  return { call, result, durationMs: Math.round(run.room.clock.monotonic() - startedAt) };
}

/** Text of tools may hold anything (B9); in the log it is well formed. */
function wellFormed(content: readonly ContentPart[]): ContentPart[] {
  // Content parts are JSON by their schema; mending strings in them changes no shape.
  return toWellFormedJson(content as readonly JsonValue[]) as unknown as ContentPart[];
}

/** Said instead of a result by a call that is not over. */
export function awaitedFact({ call, result }: CallResult): readonly Fact[] {
  const { awaits } = result;
  if (awaits === undefined) return [];
  const { sessionIds, timeoutMs } = awaits;
  const data = { tool_call_id: call.id, session_ids: [...sessionIds], timeout_ms: Math.round(timeoutMs) };
  return [{ type: "subagent.awaited", data }];
}

export function completedFact({ call, result, durationMs }: CallResult): Fact {
  const { status, content, error } = result;
  return {
    type: "tool.completed",
    data: {
      tool_call_id: call.id,
      tool_name: call.name,
      success: status === "success",
      status,
      ...(content.length === 0 ? {} : { result: wellFormed(content) }),
      ...(error === undefined ? {} : { error: toWellFormedText(error) }),
      duration_ms: durationMs,
    },
  };
}
