/**
 * Claude Code (hooks.md §2). Its `Stop` ends a turn and not the session; a denial by the user is a failed tool use, and so
 * is a command that ended with an exit code, which ran and may have written. What it tells its model of tasks in the
 * background comes as a prompt, too.
 */
import { given } from "../../../lib/given.ts";
import type { HookEvent } from "../../../core/team/hook-event.ts";
import type { Dialect } from "./dialect.ts";
import { encodeLikeClaude } from "./claude-reply.ts";
import { cleanText, fieldsOf, textIn } from "./fields.ts";
import { amended, readPayload } from "./payload.ts";
import type { Moments } from "./payload.ts";

const moments: Moments = {
  SessionStart: "session_start",
  SessionEnd: "session_end",
  UserPromptSubmit: "turn_start",
  Stop: "turn_end",
  StopFailure: "turn_end",
  PreToolUse: "pre_tool",
  PostToolUse: "post_tool",
  PostToolUseFailure: "tool_failed",
  PermissionDenied: "tool_failed",
  FileChanged: "file_edited",
  SubagentStart: "subagent_start",
  SubagentStop: "subagent_end",
  PreCompact: "compact",
  PostCompact: "compact",
};

const takesContext: ReadonlySet<string> = new Set([
  ...["SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "PostToolUseFailure", "SubagentStart"],
]);

function hasRun({ moment, tool, error = "" }: HookEvent): boolean {
  return moment === "tool_failed" && tool?.kind === "shell" && /^Exit code \d/.test(error);
}

/** Not every version says who wrote a prompt. */
function isOwn({ moment, prompt = "" }: HookEvent, source: string | undefined): boolean {
  if (moment !== "turn_start") return false;
  return source === "system" || source === "poll_event" || prompt.startsWith("<task-notification>");
}

export const claudeCode: Dialect = {
  decode: (payload) => {
    const fields = fieldsOf(payload);
    return amended(readPayload(payload, { agentType: "claude_code", moments }), (event) => {
      const newCwd = textIn(fields, "new_cwd");
      const changed = event.moment === "file_edited" ? textIn(fields, "file_path") : undefined;
      const files = changed === undefined ? event.files : [{ path: cleanText(changed), operation: "write" as const }];
      const isOwnPrompt = isOwn(event, textIn(fields, "source")) ? (true as const) : undefined;
      const moment = hasRun(event) ? ("post_tool" as const) : event.moment;
      return { ...event, moment, files, ...given({ cwd: newCwd ?? event.cwd, isOwnPrompt }) };
    });
  },
  encode: (event, answer) => encodeLikeClaude(event, answer, { takesContext, takesNotes: true }),
};
