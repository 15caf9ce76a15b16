/**
 * GitHub Copilot's CLI and the agent of VS Code (hooks.md §5.3). The same product sends two payloads: its own
 * (`sessionId toolName toolArgs`) and Claude Code's keys, which VS Code uses. The first is answered at the top level; the
 * second in both places at once, since the CLI reads the one and VS Code the other, and neither minds the second.
 */
import type { HookEvent } from "../../../core/team/hook-event.ts";
import { given } from "../../../lib/given.ts";
import type { Decoded, Dialect, HeaderOf } from "./dialect.ts";
import { clipContext, isEnd, jsonReply, reasonOf } from "./dialect.ts";
import { fieldsOf, fieldsWithin, textIn } from "./fields.ts";
import type { Fields } from "./fields.ts";
import { amended, readPayload } from "./payload.ts";
import type { Moments } from "./payload.ts";

const moments: Moments = {
  sessionStart: "session_start",
  sessionEnd: "session_end",
  userPromptSubmitted: "turn_start",
  userPromptSubmit: "turn_start",
  agentStop: "turn_end",
  preToolUse: "pre_tool",
  postToolUse: "post_tool",
  postToolUseFailure: "tool_failed",
  subagentStart: "subagent_start",
  subagentStop: "subagent_end",
  preCompact: "compact",
  SessionStart: "session_start",
  SessionEnd: "session_end",
  UserPromptSubmit: "turn_start",
  UserPromptSubmitted: "turn_start",
  Stop: "turn_end",
  AgentStop: "turn_end",
  PreToolUse: "pre_tool",
  PostToolUse: "post_tool",
  PostToolUseFailure: "tool_failed",
  SubagentStart: "subagent_start",
  SubagentStop: "subagent_end",
  PreCompact: "compact",
};

export const copilot: Dialect = {
  decode: (payload, header) => {
    const fields = fieldsOf(payload);
    if (fields === undefined) return { ok: false, reason: "the payload is no JSON object" };
    return isOwn(fields) ? decodeOwn(fields, header) : decodeClaudes(fields, header);
  },
  encode: (event, { verdict, context }) => {
    if (isEnd(event)) return jsonReply({});
    const isClaudes = /^[A-Z]/.test(event.rawEvent);
    const both = (body: Readonly<Record<string, unknown>>) =>
      jsonReply(isClaudes ? { ...body, hookSpecificOutput: { hookEventName: event.rawEvent, ...body } } : body);
    if (verdict.permission === "deny" && event.moment === "pre_tool") {
      return both({ permissionDecision: "deny", permissionDecisionReason: reasonOf(verdict) });
    }
    return context === undefined ? jsonReply({}) : both({ additionalContext: clipContext(context) });
  },
};

function isOwn(fields: Fields): boolean {
  return textIn(fields, "hook_event_name") === undefined;
}

/** Its own payload names the event in no field: the hook's command says it in a header, or the fields tell. */
function decodeOwn(fields: Fields, header: HeaderOf): Decoded {
  const rawEvent = textIn(fields, "hookEventName", "event") ?? header("x-serai-event") ?? guessEvent(fields);
  const renamed: Fields = {
    ...fields,
    hook_event_name: rawEvent,
    session_id: fields["sessionId"] ?? fields["session_id"],
    agent_id: fields["agentId"],
    tool_name: fields["toolName"],
    tool_input: fieldsWithin(fields["toolArgs"]) ?? fields["toolArgs"],
    tool_use_id: fields["toolCallId"] ?? fields["toolUseId"],
    error_message: textIn(fieldsOf(fields["error"]), "message") ?? fields["error"],
  };
  return readPayload(renamed, { agentType: agentTypeOf(header), moments });
}

function guessEvent(fields: Fields): string | undefined {
  if ("toolResult" in fields) return "postToolUse";
  if ("toolName" in fields) return "preToolUse";
  if ("source" in fields || "initialPrompt" in fields) return "sessionStart";
  if ("prompt" in fields) return "userPromptSubmitted";
  if ("stopReason" in fields) return "agentStop";
  return "reason" in fields ? "sessionEnd" : undefined;
}

function decodeClaudes(fields: Fields, header: HeaderOf): Decoded {
  const reading = { agentType: agentTypeOf(header), moments, conversation: ["session_id", "sessionId"] } as const;
  return amended(readPayload(fields, reading), (event): HookEvent => ({ ...event, ...given({ cwd: event.cwd }) }));
}

function agentTypeOf(header: HeaderOf): "copilot" | "vscode" {
  return header("x-serai-agent")?.toLowerCase() === "vscode" ? "vscode" : "copilot";
}
