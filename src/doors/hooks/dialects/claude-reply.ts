/**
 * Answers in the form that Claude Code began and others took over: `hookSpecificOutput` with the event's own name.
 *
 * Invariant: a denial stands alone, so that Codex, which refuses a reply with any key it does not know, blocks too; and
 * `permissionDecision: "allow"` is never said, since it waves away the question the user would be asked.
 */
import type { HookEvent } from "../../../core/team/hook-event.ts";
import { clipContext, isEnd, jsonReply, reasonOf } from "./dialect.ts";
import type { HookAnswer, IdeReply } from "./dialect.ts";

export interface ClaudeReplyRules {
  /** Names of the events that take context. */
  readonly takesContext: ReadonlySet<string>;
  /** Whether a note may be shown to the person at the start and at prompts. */
  readonly takesNotes: boolean;
}

export function encodeLikeClaude(event: HookEvent, answer: HookAnswer, rules: ClaudeReplyRules): IdeReply {
  if (isEnd(event)) return jsonReply({});
  const { rawEvent, moment } = event;
  if (answer.verdict.permission === "deny") {
    const reason = reasonOf(answer.verdict);
    if (moment === "pre_tool") {
      const decision = { permissionDecision: "deny", permissionDecisionReason: reason };
      return jsonReply({ hookSpecificOutput: { hookEventName: rawEvent, ...decision } });
    }
    if (moment === "turn_start") return jsonReply({ decision: "block", reason });
  }
  const isNoted = rules.takesNotes && (moment === "session_start" || moment === "turn_start");
  const note = isNoted && answer.note !== undefined ? { systemMessage: answer.note } : {};
  if (answer.context === undefined || !rules.takesContext.has(rawEvent)) return jsonReply(note);
  const additionalContext = clipContext(answer.context);
  return jsonReply({ ...note, hookSpecificOutput: { hookEventName: rawEvent, additionalContext } });
}
