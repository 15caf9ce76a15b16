/**
 * Gemini CLI (hooks.md §5.1). No tool use has an id there, and a tool that failed comes as `AfterTool` with an `error`.
 * A command that ended with an exit code has not failed as a tool: it ran.
 */
import { given } from "../../../lib/given.ts";
import type { Dialect } from "./dialect.ts";
import { clipContext, isEnd, jsonReply, reasonOf } from "./dialect.ts";
import { fieldsOf, textIn } from "./fields.ts";
import { amended, placeWithin, readPayload } from "./payload.ts";
import type { Moments } from "./payload.ts";

const moments: Moments = {
  SessionStart: "session_start",
  SessionEnd: "session_end",
  BeforeAgent: "turn_start",
  AfterAgent: "turn_end",
  BeforeTool: "pre_tool",
  AfterTool: "post_tool",
  PreCompress: "compact",
};

const takesContext: ReadonlySet<string> = new Set(["SessionStart", "BeforeAgent", "AfterTool"]);

export const gemini: Dialect = {
  decode: (payload) => {
    const fields = fieldsOf(payload);
    return amended(readPayload(payload, { agentType: "gemini", moments }), (event) => {
      const own = textIn(fieldsOf(fields?.["tool_input"]), "directory");
      const error = errorOf(fields?.["tool_response"]);
      const seen = {
        ...event,
        ...given({
          cwd: event.tool?.kind === "shell" && own !== undefined ? placeWithin(event.cwd, own) : undefined,
          prompt: event.prompt === undefined ? undefined : withoutContext(event.prompt),
        }),
      };
      return event.moment === "post_tool" && error !== undefined ? { ...seen, moment: "tool_failed", error } : seen;
    });
  },
  encode: (event, { verdict, context, note }) => {
    if (isEnd(event)) return jsonReply({});
    const canRefuse = event.moment === "pre_tool" || event.moment === "turn_start";
    if (verdict.permission === "deny" && canRefuse) return jsonReply({ decision: "deny", reason: reasonOf(verdict) });
    const isNoted = event.moment === "session_start" || event.moment === "turn_start";
    const shown = isNoted && note !== undefined ? { systemMessage: note } : {};
    if (context === undefined || !takesContext.has(event.rawEvent)) return jsonReply(shown);
    const additionalContext = clipContext(context);
    return jsonReply({ ...shown, hookSpecificOutput: { hookEventName: event.rawEvent, additionalContext } });
  },
};

const CONTEXT = ["<hook_context>", "</hook_context>"] as const;

/**
 * Without a terminal Gemini puts what was said at the start before the prompt, our own briefing as well: nobody's task.
 * It escapes brackets in it, so its first closing tag is the end.
 */
function withoutContext(prompt: string): string {
  const [open, close] = CONTEXT;
  const end = prompt.indexOf(close);
  return prompt.startsWith(open) && end !== -1 ? prompt.slice(end + close.length).trimStart() : prompt;
}

function errorOf(response: unknown): string | undefined {
  const error = fieldsOf(response)?.["error"];
  if (typeof error === "string") return error === "" ? undefined : textIn({ error }, "error");
  return fieldsOf(error) === undefined ? undefined : (textIn(fieldsOf(error), "message") ?? "the tool failed");
}
