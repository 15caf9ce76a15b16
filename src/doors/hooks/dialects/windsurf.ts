/**
 * Windsurf (hooks.md §5.4). It knows exit codes and nothing else: an answer without the header `X-Serai-Exit` is exit 0,
 * one with it is that code with the body on standard error. Context has no way in.
 */
import type { HookEvent } from "../../../core/team/hook-event.ts";
import { given } from "../../../lib/given.ts";
import type { Dialect, IdeReply } from "./dialect.ts";
import { reasonOf } from "./dialect.ts";
import { fieldsOf, textIn } from "./fields.ts";
import type { Fields } from "./fields.ts";
import { amended, readPayload } from "./payload.ts";
import type { Moments } from "./payload.ts";
import { readTool } from "./tools.ts";

const moments: Moments = {
  pre_user_prompt: "turn_start",
  post_cascade_response: "turn_end",
  post_cascade_response_with_transcript: "turn_end",
  pre_write_code: "pre_tool",
  post_write_code: "post_tool",
  pre_run_command: "pre_tool",
  post_run_command: "post_tool",
  pre_read_code: "pre_tool",
  post_read_code: "post_tool",
  pre_mcp_tool_use: "pre_tool",
  post_mcp_tool_use: "post_tool",
};

export const windsurf: Dialect = {
  decode: (payload) => {
    const info = fieldsOf(fieldsOf(payload)?.["tool_info"]) ?? {};
    const reading = { agentType: "windsurf", moments, conversation: ["trajectory_id"], event: ["agent_action_name"] };
    return amended(readPayload(payload, { ...reading, agentType: "windsurf" }), (event) => withInfo(event, info));
  },
  encode: (event, { verdict }) => {
    const isRefused = verdict.permission === "deny" && event.rawEvent.startsWith("pre_");
    return isRefused ? exitReply(reasonOf(verdict)) : { status: 200, headers: plain, body: "" };
  },
};

const plain = { "Content-Type": "text/plain; charset=utf-8" };

function exitReply(reason: string): IdeReply {
  return { status: 200, headers: { ...plain, "X-Serai-Exit": "2" }, body: reason };
}

function withInfo(event: HookEvent, info: Fields): HookEvent {
  const facts = given({
    cwd: textIn(info, "cwd") ?? event.cwd,
    prompt: event.moment === "turn_start" ? textIn(info, "user_prompt") : undefined,
    answer: event.moment === "turn_end" ? textIn(info, "response") : undefined,
  });
  return { ...event, ...facts, ...toolOf(event.rawEvent, info) };
}

function toolOf(rawEvent: string, info: Fields): Partial<HookEvent> {
  if (rawEvent.endsWith("_write_code")) return readTool("write_code", { file_path: info["file_path"] });
  if (rawEvent.endsWith("_run_command")) return readTool("run_command", info);
  if (rawEvent.endsWith("_read_code")) return readTool("read_code", {});
  if (!rawEvent.endsWith("_mcp_tool_use")) return {};
  return readTool(`MCP:${textIn(info, "mcp_tool_name") ?? ""}`, info["mcp_tool_arguments"]);
}
