/**
 * OpenAI Codex (hooks.md §4). It refuses a reply with any key it does not know and then lets the tool run, so replies are
 * the three shapes that were tried on it and nothing else. An interrupted turn sends `Interrupt` and no `Stop`.
 */
import type { Dialect } from "./dialect.ts";
import { encodeLikeClaude } from "./claude-reply.ts";
import { amended, readPayload } from "./payload.ts";
import type { Moments } from "./payload.ts";

const moments: Moments = {
  SessionStart: "session_start",
  SessionEnd: "session_end",
  UserPromptSubmit: "turn_start",
  Stop: "turn_end",
  Interrupt: "turn_end",
  PreToolUse: "pre_tool",
  PostToolUse: "post_tool",
  SubagentStart: "subagent_start",
  SubagentStop: "subagent_end",
  PreCompact: "compact",
  PostCompact: "compact",
};

const takesContext: ReadonlySet<string> = new Set(["SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse"]);

export const codex: Dialect = {
  decode: (payload) =>
    amended(readPayload(payload, { agentType: "codex", moments }), (event) =>
      event.rawEvent === "Interrupt" ? { ...event, reason: "interrupted" } : event,
    ),
  encode: (event, answer) => encodeLikeClaude(event, answer, { takesContext, takesNotes: false }),
};
