/**
 * Enagrams' hook (its page, and rulings 26–29): one route for all IDEs, both spellings of every event, a reply of
 * `{permission, message}` or `{session_id, additional_context}`. `Stop` ends the session there, for the agents whose row
 * of the page names it.
 */
import { z } from "zod";
import { agentTypes } from "../../../core/team/hook-event.ts";
import type { AgentType, HookEvent, HookReply, TouchedFile, TreeReport } from "../../../core/team/hook-event.ts";
import { given } from "../../../lib/given.ts";
import { cleanText, isPath } from "./fields.ts";
import type { Moments } from "./payload.ts";
import { readTool } from "./tools.ts";

const name = (what: string) => z.string().min(1).max(512).meta({ description: what });
const fact = (what: string) => z.string().max(4_096).nullish().meta({ description: what });

export const hookBody = z
  .object({
    event: name("In Cursor's or Claude Code's spelling; one that nobody knows is a heartbeat"),
    agent_type: z.string().max(100).nullish(),
    workspace_slug: name("The workspace's slug or id"),
    conversation_id: name("The agent's own id of its conversation"),
    task: z.string().nullish(),
    prompt: z.string().nullish(),
    tool_name: fact("As the IDE calls it"),
    tool_input: z.unknown().optional(),
    tool_use_id: z.string().max(512).nullish(),
    file_path: fact("The file that is to be written"),
    files: z.array(z.string().max(4_096)).max(5_000).nullish(),
    cwd: fact("Where the agent works; without it a relative path is the repository's"),
    repo_root: fact("Top level of the working tree"),
    repo_url: fact("The remote's URL"),
    root_commit: fact("The repository's first commit"),
    branch: fact("The branch that is checked out"),
  })
  .meta({ id: "EnagramsHook" });
export type HookBody = z.infer<typeof hookBody>;

const moments: Moments = {
  sessionStart: "session_start",
  SessionStart: "session_start",
  preToolUse: "pre_tool",
  PreToolUse: "pre_tool",
  postToolUse: "post_tool",
  PostToolUse: "post_tool",
  postToolUseFailure: "tool_failed",
  PostToolUseFailure: "tool_failed",
  beforeSubmitPrompt: "turn_start",
  UserPromptSubmit: "turn_start",
  sessionEnd: "session_end",
  SessionEnd: "session_end",
  stop: "turn_end",
  Stop: "turn_end",
  file_check: "heartbeat",
};

export interface EnagramsEvent {
  readonly event: HookEvent;
  readonly report: TreeReport;
  readonly endsAtTurnEnd: boolean;
}

export function decodeEnagrams(body: HookBody): EnagramsEvent {
  const rawEvent = cleanText(body.event).slice(0, 100);
  const moment = (Object.hasOwn(moments, rawEvent) ? moments[rawEvent] : undefined) ?? "heartbeat";
  const agentType = agentTypeOf(body.agent_type ?? "");
  const isTool = moment === "pre_tool" || moment === "post_tool" || moment === "tool_failed";
  const event: HookEvent = {
    moment,
    agentType,
    conversationId: cleanText(body.conversation_id),
    rawEvent,
    ...(isTool ? toolOf(body) : { files: [] }),
    ...given({
      toolUseId: textOf(body.tool_use_id),
      prompt: textOf(body.prompt) ?? textOf(body.task),
      cwd: textOf(body.cwd),
    }),
  };
  const report = given({
    root: textOf(body.repo_root),
    origin: textOf(body.repo_url),
    branch: textOf(body.branch),
  });
  const isNamedByPage = agentType === "claude_code" || agentType === "codex";
  return { event, report, endsAtTurnEnd: isNamedByPage && rawEvent === "Stop" };
}

function textOf(value: string | null | undefined): string | undefined {
  return value === undefined || value === null || value === "" ? undefined : cleanText(value);
}

/** `Claude Code`, `claude-code` and `claude_code` are one. */
function agentTypeOf(text: string): AgentType {
  const spelled = text
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, "_");
  return agentTypes.find((each) => each === spelled || each === `${spelled}_code`) ?? "custom";
}

/** Files named beside the tool count unless the tool only reads; a hook about a file without a tool is about an edit. */
function toolOf(body: HookBody): Pick<HookEvent, "tool" | "files" | "command"> {
  const toolName = textOf(body.tool_name) ?? "edit";
  const read = readTool(toolName, body.tool_input);
  if (read.tool?.kind === "read") return read;
  const operation = read.tool?.kind === "delete" ? "delete" : "write";
  const beside = [body.file_path, ...(body.files ?? [])]
    .filter((path) => isPath(path))
    .map((path): TouchedFile => ({ path: cleanText(path), operation }));
  const known = new Set(read.files.map(({ path }) => path));
  return { ...read, files: [...read.files, ...beside.filter(({ path }) => !known.has(path))] };
}

export const permissionReply = z
  .object({ permission: z.enum(["allow", "deny"]), message: z.string().optional() })
  .meta({ id: "EnagramsPermission" });
export const sessionReply = z
  .object({ session_id: z.string(), additional_context: z.string().optional() })
  .meta({ id: "EnagramsSessionReply" });
export type EnagramsReply = z.infer<typeof permissionReply> | z.infer<typeof sessionReply>;

export function encodeEnagrams({ moment }: HookEvent, reply: HookReply): EnagramsReply {
  const { verdict, context, sessionId } = reply;
  if (moment !== "pre_tool") {
    return { session_id: sessionId, ...(context === undefined ? {} : { additional_context: context }) };
  }
  if (verdict.permission === "deny") return { permission: "deny", message: verdict.brief };
  return { permission: "allow", ...(context === undefined ? {} : { message: context }) };
}
