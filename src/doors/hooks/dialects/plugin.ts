/**
 * What our own plugins send from inside opencode and pi: fields named as everywhere here, events named as the host names
 * them, or by the moment itself. They carry the answer out in code, so it is said plainly.
 */
import type { AgentType, HookEvent, HookMoment } from "../../../core/team/hook-event.ts";
import { given } from "../../../lib/given.ts";
import type { Decoded, HookAnswer, IdeReply } from "./dialect.ts";
import { clipContext, isEnd, jsonReply, reasonOf } from "./dialect.ts";
import { fieldsOf, textIn } from "./fields.ts";
import { amended, idIn, readPayload } from "./payload.ts";
import type { Moments } from "./payload.ts";
import { readTool } from "./tools.ts";

/** The moments by their own names, which any plugin may use. */
export const momentNames: Moments = {
  session_start: "session_start",
  session_end: "session_end",
  turn_start: "turn_start",
  turn_end: "turn_end",
  pre_tool: "pre_tool",
  post_tool: "post_tool",
  tool_failed: "tool_failed",
  file_edited: "file_edited",
  subagent_start: "subagent_start",
  subagent_end: "subagent_end",
  compact: "compact",
  heartbeat: "heartbeat",
};

/** What a conversation within another begins and ends is its own part of the work, and no turn and no end of the whole. */
const WITHIN: Readonly<Partial<Record<HookMoment, HookMoment>>> = {
  session_start: "subagent_start",
  turn_start: "subagent_start",
  turn_end: "subagent_end",
  session_end: "subagent_end",
};

export function decodePlugin(payload: unknown, agentType: AgentType, moments: Moments): Decoded {
  const conversation = ["parent_conversation_id", "conversation_id"];
  const all = { ...momentNames, ...moments };
  const fields = fieldsOf(payload) ?? {};
  return amended(readPayload(payload, { agentType, moments: all, conversation, event: ["event"] }), (event) => {
    const isWithin = textIn(fields, "parent_conversation_id") !== undefined;
    const edited = event.moment === "file_edited" ? readTool("edit", fields).files : event.files;
    const facts = given({
      subagentId: event.subagentId ?? (isWithin ? idIn(fields, "conversation_id") : undefined),
      answer: event.answer ?? (event.moment === "turn_end" ? textIn(fields, "answer") : undefined),
    });
    const moment = (isWithin ? WITHIN[event.moment] : undefined) ?? event.moment;
    return { ...event, moment, files: edited, ...facts };
  });
}

export function encodePlugin(event: HookEvent, { verdict, context, note }: HookAnswer): IdeReply {
  if (isEnd(event)) return jsonReply({});
  const added = {
    ...(context === undefined ? {} : { context: clipContext(context) }),
    ...(note === undefined ? {} : { note }),
  };
  if (event.moment !== "pre_tool" && event.moment !== "turn_start") return jsonReply(added);
  if (verdict.permission === "allow") return jsonReply({ permission: "allow", ...added });
  return jsonReply({ permission: "deny", reason: reasonOf(verdict) });
}
