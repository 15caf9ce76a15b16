/** The words in which problems speak of things, states and ways out. */
import type { DocumentFault, ResourceKind, SessionAction } from "../core/refusal.ts";
import type { Need } from "../core/session-words.ts";

const WORDS: Readonly<Partial<Record<ResourceKind, string>>> = {
  queued_message: "queued message",
  approval_rule: "approval rule",
  mcp_server: "MCP server",
};

export function nameOf(kind: ResourceKind): string {
  return WORDS[kind] ?? kind;
}

export function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export const NEEDS: Readonly<Record<Need, string>> = {
  approval: "approval",
  answer: "an answer",
  tool_results: "tool results",
  budget: "a budget",
  quota: "a quota",
  conflict: "a conflict to be resolved",
  ci: "checks",
  sessions: "the sessions that it has started",
};

/** How a person does what the table of transitions calls by one word. */
export const WAYS: Readonly<Record<SessionAction | "fork" | "reserve", string>> = {
  fork: "fork it",
  reserve: "reserve paths for it",
  send: "send a message",
  cancel: "cancel the turn",
  pause: "pause it",
  resume: "resume it",
  complete: "complete it",
  fail: "mark it as failed",
  kill: "kill it",
  delete: "delete it",
  restore: "restore it",
  edit_queue: "change its queue",
  answer: "answer its questions",
  give_results: "give it tool results",
};

export function waysOut(allowed: readonly SessionAction[]): string {
  const ways = allowed.map((action) => WAYS[action]);
  return ways.length === 0 ? "nothing can be done with it any more" : `you can ${ways.join(", ")}`;
}

export function faultWords(what: string, faults: readonly DocumentFault[]): string {
  const said = faults.map(({ file, path, line, message }) => {
    const place = [file, path].filter((part) => part !== "").join(" ");
    return `${place}${line === null ? "" : ` (line ${line})`} ${message}`;
  });
  return `${sentenceCase(what)} cannot be taken: ${said.slice(0, 5).join("; ")}`;
}
