/**
 * Cursor (hooks.md §3). An invalid reply on an event that asks for permission blocks the tool, so each event gets only the
 * keys it is known to take. The agent is shown `user_message` on one path and `agent_message` on another: both say the same.
 * Claude Code's own names of events are taken too, because Cursor runs its hook files.
 */
import type { HookEvent } from "../../../core/team/hook-event.ts";
import { given } from "../../../lib/given.ts";
import type { Dialect } from "./dialect.ts";
import { clipContext, isEnd, jsonReply, reasonOf } from "./dialect.ts";
import { fieldsOf, parsedOf, textIn } from "./fields.ts";
import type { Fields } from "./fields.ts";
import { amended, idIn, pathsOf, readPayload } from "./payload.ts";
import type { Moments } from "./payload.ts";
import { readTool } from "./tools.ts";

const moments: Moments = {
  sessionStart: "session_start",
  sessionEnd: "session_end",
  beforeSubmitPrompt: "turn_start",
  stop: "turn_end",
  preToolUse: "pre_tool",
  beforeShellExecution: "pre_tool",
  beforeMCPExecution: "pre_tool",
  beforeReadFile: "pre_tool",
  beforeTabFileRead: "pre_tool",
  postToolUse: "post_tool",
  postToolUseFailure: "tool_failed",
  // Without the id of the tool use, which postToolUse has: it says that the file was edited, and settles nothing.
  afterFileEdit: "file_edited",
  afterTabFileEdit: "file_edited",
  subagentStart: "subagent_start",
  subagentStop: "subagent_end",
  preCompact: "compact",
};

/** As they come out of a Claude Code file, where a build does not rename them. */
const CLAUDE_NAMES = {
  SessionStart: "sessionStart",
  SessionEnd: "sessionEnd",
  UserPromptSubmit: "beforeSubmitPrompt",
  Stop: "stop",
  PreToolUse: "preToolUse",
  PostToolUse: "postToolUse",
  PostToolUseFailure: "postToolUseFailure",
  SubagentStart: "subagentStart",
  SubagentStop: "subagentStop",
  PreCompact: "preCompact",
} as const;
const ownNames: ReadonlyMap<string, string> = new Map(Object.entries(CLAUDE_NAMES));

const ASKS_PERMISSION: ReadonlySet<string> = new Set([
  ...["preToolUse", "beforeShellExecution", "beforeMCPExecution", "beforeReadFile", "beforeTabFileRead"],
  "subagentStart",
]);
const TAKES_CONTEXT: ReadonlySet<string> = new Set([
  ...["sessionStart", "beforeSubmitPrompt", "preToolUse", "postToolUse", "postToolUseFailure"],
]);

const claudeMoments: Moments = Object.fromEntries(
  Object.entries(CLAUDE_NAMES).map(([theirs, ours]) => [theirs, moments[ours] ?? "heartbeat"] as const),
);

export const cursor: Dialect = {
  decode: (payload) => {
    const conversation = ["parent_conversation_id", "conversation_id", "session_id"];
    const reading = { agentType: "cursor", moments: { ...moments, ...claudeMoments }, conversation } as const;
    const fields = fieldsOf(payload) ?? {};
    return amended(readPayload(payload, reading), (event) => withPlaces(withTool(event, fields), fields));
  },
  encode: (event, { verdict, context }) => {
    const name = ownNames.get(event.rawEvent) ?? event.rawEvent;
    if (isEnd(event)) return jsonReply({});
    const added = context !== undefined && TAKES_CONTEXT.has(name) ? { additional_context: clipContext(context) } : {};
    if (name === "beforeSubmitPrompt") {
      if (verdict.permission === "deny") return jsonReply({ continue: false, user_message: reasonOf(verdict) });
      return jsonReply({ continue: true, ...added });
    }
    if (!ASKS_PERMISSION.has(name)) return jsonReply(added);
    if (verdict.permission === "allow") return jsonReply({ permission: "allow", ...added, ...besides(name, context) });
    const reason = reasonOf(verdict);
    return jsonReply({ permission: "deny", user_message: reason, agent_message: reason });
  },
};

/** Where no context is taken there is still a word for the agent. */
function besides(name: string, context: string | undefined): { readonly agent_message?: string } {
  const isCommand = name === "beforeShellExecution" || name === "beforeMCPExecution";
  return isCommand && context !== undefined ? { agent_message: clipContext(context) } : {};
}

/** Events that are about one kind of tool name it by themselves and not by `tool_name`. */
function withTool(event: HookEvent, fields: Fields): HookEvent {
  switch (event.rawEvent) {
    case "beforeShellExecution":
      return { ...event, ...readTool("Shell", fields) };
    case "beforeMCPExecution": {
      const input = fields["tool_input"];
      const name = textIn(fields, "tool_name") ?? "";
      return { ...event, ...readTool(`MCP:${name}`, typeof input === "string" ? parsedOf(input) : input) };
    }
    case "beforeReadFile":
    case "beforeTabFileRead":
      return { ...event, ...readTool("Read", {}) };
    case "afterFileEdit":
    case "afterTabFileEdit":
      return { ...event, files: readTool("Write", { file_path: fields["file_path"] }).files };
    default:
      return event;
  }
}

function withPlaces(event: HookEvent, fields: Fields): HookEvent {
  const own = textIn(fieldsOf(fields["tool_input"]), "cwd");
  const [root] = pathsOf(fields["workspace_roots"]) ?? [];
  const cwd = (event.tool?.kind === "shell" ? own : undefined) ?? event.cwd ?? root;
  const isWithin = textIn(fields, "parent_conversation_id") !== undefined;
  const subagentId = event.subagentId ?? (isWithin ? idIn(fields, "conversation_id") : undefined);
  const answer = event.rawEvent === "afterAgentResponse" ? textIn(fields, "text") : undefined;
  return {
    ...event,
    ...given({
      cwd,
      subagentId,
      changedFiles: event.changedFiles ?? pathsOf(fields["modified_files"]),
      answer: answer ?? event.answer,
    }),
  };
}
