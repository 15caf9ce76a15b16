/**
 * What the test agent can be told to do: a prompt that is a JSON list of steps is carried out step by step; any other
 * prompt is answered with what was said. Types only, and the one function that reads a prompt.
 */
import type { PermissionOption, Plan, SessionUpdate, ToolCallUpdate } from "@agentclientprotocol/sdk";

export type Step =
  | { readonly say: string; readonly chunks?: number }
  | { readonly think: string }
  | { readonly plan: Plan["entries"] }
  /** As it stands on the wire: `tool_call`, `tool_call_update`, or anything else. */
  | { readonly update: SessionUpdate | { readonly sessionUpdate: string } }
  | { readonly ask: ToolCallUpdate; readonly options?: readonly PermissionOption[] }
  | { readonly write: { readonly path: string; readonly text: string } }
  | { readonly fs: "read" | "write"; readonly path: string; readonly text?: string }
  /** In a process group of its own; `orphan`: of a parent that is gone; `clean`: without the agent's environment. */
  | { readonly run: readonly string[]; readonly orphan?: boolean; readonly clean?: boolean; readonly wait?: boolean }
  /** A tool of the server's, over MCP as it was given; an argument `{session}` is the last session that an answer named. */
  | { readonly call: string; readonly input: Readonly<Record<string, unknown>>; readonly timeoutMs?: number }
  | { readonly waitMs: number }
  | { readonly flood: number; readonly bytes?: number }
  /** Pieces of text that say when each was written, in milliseconds. */
  | { readonly stamps: number; readonly everyMs: number }
  | { readonly raw: string }
  | { readonly notify: string; readonly params?: unknown }
  | { readonly stderr: string }
  | { readonly crash: number | "SIGKILL" }
  | { readonly hang: "until-cancel" | "for-ever" }
  | { readonly fail: { readonly code: number; readonly message: string; readonly data?: unknown } }
  /** The members of the answer to the prompt. */
  | { readonly end: Readonly<Record<string, unknown>> }
  /** What it remembers of the conversation, as one message. */
  | { readonly recall: true };

/** Nothing when the prompt is no script. */
export function readScript(text: string): readonly Step[] | undefined {
  const start = text.indexOf("[{");
  const end = text.lastIndexOf("}]");
  if (start < 0 || end < start) return undefined;
  try {
    // Tests write the scripts; a wrong one fails them.
    return JSON.parse(text.slice(start, end + 2)) as readonly Step[];
  } catch {
    return undefined;
  }
}
