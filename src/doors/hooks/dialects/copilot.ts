/**
 * GitHub Copilot's CLI, as 1.0.102 was seen to do, and the agent of VS Code (hooks.md §5.3). The same product sends two
 * payloads: its own (`sessionId toolName toolArgs`), and Claude Code's keys for hooks of Claude Code's files, which VS Code
 * uses too. The first is answered at the top level; the second in both places at once: the CLI takes context only from the
 * one and VS Code from the other, and neither minds the second.
 *
 * A sub-agent has a conversation of its own there and names its parent: what it does is its parent's (R2), and its prompt
 * and its end are no turn of anybody's. Tool uses have no ids: the moment and the input stand for them (R8).
 */
import type { Firing, HookEvent, HookMoment } from "../../../core/team/hook-event.ts";
import { given } from "../../../lib/given.ts";
import { sha256Hex } from "../../../lib/sha256.ts";
import type { Decoded, Dialect, HeaderOf } from "./dialect.ts";
import { clipContext, isEnd, jsonReply, reasonOf } from "./dialect.ts";
import { fieldsOf, fieldsWithin, textIn } from "./fields.ts";
import type { Fields } from "./fields.ts";
import { amended, idIn, readPayload } from "./payload.ts";
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
  const named = textIn(fields, "hookName", "hookEventName", "event") ?? header("x-serai-event");
  return decodeClaudes(
    {
      ...fields,
      hook_event_name: named ?? guessEvent(fields),
      session_id: fields["sessionId"] ?? fields["session_id"],
      agent_id: fields["agentId"] ?? fields["agent_id"],
      parent_agent_id: fields["parentAgentId"] ?? fields["parent_agent_id"],
      tool_name: fields["toolName"],
      tool_input: fieldsWithin(fields["toolArgs"]) ?? fields["toolArgs"],
      tool_use_id: fields["toolCallId"] ?? fields["toolUseId"],
      error_message: textIn(fieldsOf(fields["error"]), "message") ?? fields["error"],
    },
    header,
  );
}

function guessEvent(fields: Fields): string | undefined {
  if ("toolResult" in fields) return "postToolUse";
  if ("toolName" in fields) return "error" in fields ? "postToolUseFailure" : "preToolUse";
  if ("agentName" in fields) return "response" in fields ? "subagentStop" : "subagentStart";
  if ("source" in fields || "initialPrompt" in fields) return "sessionStart";
  if ("prompt" in fields) return "userPromptSubmitted";
  if ("stopReason" in fields) return "agentStop";
  return "reason" in fields ? "sessionEnd" : undefined;
}

function decodeClaudes(fields: Fields, header: HeaderOf): Decoded {
  const reading = { agentType: agentTypeOf(header), moments, conversation: ["session_id", "sessionId"] } as const;
  return amended(readPayload(fields, reading), (event) => withOwnPrompt(ofParent(withFiring(event, fields), fields)));
}

/** What it tells its model of sub-agents and commands in the background comes as a prompt, too. */
function withOwnPrompt(event: HookEvent): HookEvent {
  const isOwnPrompt = event.moment === "turn_start" && event.prompt?.startsWith("<system_notification>") === true;
  return isOwnPrompt ? { ...event, isOwnPrompt } : event;
}

/** What of a sub-agent's is no turn of its parent's. */
const WITHIN: Partial<Readonly<Record<HookMoment, HookMoment>>> = {
  turn_start: "subagent_start",
  turn_end: "subagent_end",
};

function ofParent(event: HookEvent, fields: Fields): HookEvent {
  const parent = idIn(fields, "parent_agent_id");
  if (parent === undefined || event.subagentId === undefined) return event;
  return { ...event, moment: WITHIN[event.moment] ?? event.moment, conversationId: parent };
}

function withFiring(event: HookEvent, fields: Fields): HookEvent {
  const at = momentOf(fields["timestamp"]);
  if (at === undefined || event.toolUseId !== undefined) return event;
  const firing: Firing = { at, ...given({ input: event.tool && digestOf(fields["tool_input"]) }) };
  return { ...event, firing };
}

/** Milliseconds in its own payload and a date in the other, for one and the same firing. */
function momentOf(timestamp: unknown): string | undefined {
  const at = typeof timestamp === "string" ? Date.parse(timestamp) : timestamp;
  return typeof at === "number" && Number.isFinite(at) ? String(at) : undefined;
}

function digestOf(input: unknown): string {
  return sha256Hex(JSON.stringify(input) ?? "").slice(0, 32);
}

function agentTypeOf(header: HeaderOf): "copilot" | "vscode" {
  return header("x-serai-agent")?.toLowerCase() === "vscode" ? "vscode" : "copilot";
}
