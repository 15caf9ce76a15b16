/**
 * The examples of Enagrams' sessions page as transcripts: what is sent, what the use case says, and the answer byte for byte
 * (D3). Ids are those of the double; whoever plays them over a whole server puts its own in their place.
 */
import type { HookReply } from "../../../src/core/team/hook-event.ts";
import type { PresentAgent } from "../../../src/app/observe/hook-uses.ts";
import { sessionId } from "./open-hooks.ts";

export interface Transcript {
  readonly name: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly said?: Partial<HookReply>;
  readonly present?: readonly PresentAgent[];
  readonly status: number;
  readonly answer: string;
}

const hook = "/workspaces/sessions/hook";
const base = { agent_type: "cursor", workspace_slug: "my-startup", conversation_id: "conv_abc123" };
export const briefing =
  "Team briefing:\n\nActive agents:\n - Developer B (Cursor): Build JWT auth flow\n\nLocked files:\n - src/auth/login.ts (Developer B)\n\nRecent decisions:\n - Use JWT for auth (Developer B, 5 min ago)";
const brief = "File src/auth/login.ts is reserved by Developer B — 'Build JWT auth flow' (6 min remaining)";
const file = { tool_name: "Write", tool_input: { file_path: "src/auth/login.ts" } };

export const transcripts: readonly Transcript[] = [
  {
    name: "sessionStart answers with the briefing",
    method: "POST",
    path: hook,
    body: { event: "sessionStart", ...base, task: "Build user authentication" },
    said: { context: briefing },
    status: 200,
    answer: `{"session_id":"${sessionId}","additional_context":${JSON.stringify(briefing)}}`,
  },
  {
    name: "preToolUse is denied",
    method: "POST",
    path: hook,
    body: { event: "preToolUse", ...base, ...file },
    said: { verdict: { permission: "deny", reason: "the long text", brief } },
    status: 200,
    answer: `{"permission":"deny","message":${JSON.stringify(brief)}}`,
  },
  {
    name: "PreToolUse is allowed",
    method: "POST",
    path: hook,
    body: { event: "PreToolUse", ...base, ...file, agent_type: "claude_code" },
    status: 200,
    answer: '{"permission":"allow"}',
  },
  {
    name: "postToolUse reserves and has nothing to tell",
    method: "POST",
    path: hook,
    body: { event: "postToolUse", ...base, ...file },
    status: 200,
    answer: `{"session_id":"${sessionId}"}`,
  },
  {
    name: "UserPromptSubmit captures the task",
    method: "POST",
    path: hook,
    body: { event: "UserPromptSubmit", ...base, agent_type: "codex", task: "Build it" },
    status: 200,
    answer: `{"session_id":"${sessionId}"}`,
  },
  {
    name: "Stop ends",
    method: "POST",
    path: hook,
    body: { event: "Stop", ...base, agent_type: "claude_code" },
    said: { releasedFiles: ["src/auth/login.ts"] },
    status: 200,
    answer: `{"session_id":"${sessionId}"}`,
  },
  {
    name: "file_check is a heartbeat",
    method: "POST",
    path: hook,
    body: { event: "file_check", ...base },
    status: 200,
    answer: `{"session_id":"${sessionId}"}`,
  },
  {
    name: "active sessions",
    method: "GET",
    path: "/workspaces/my-startup/sessions",
    present: [
      {
        sessionId,
        userName: "Developer A",
        agentType: "cursor",
        task: "Build JWT auth flow",
        currentFile: "src/auth/login.ts",
        branch: "feat/auth",
        conversationId: "conv_xyz",
        heardAt: "2026-04-13T10:30:00.000Z",
        heldPaths: ["src/auth/login.ts", "src/auth/middleware.ts"],
      },
    ],
    status: 200,
    answer: `[{"id":"${sessionId}","user_name":"Developer A","agent_type":"cursor","current_task":"Build JWT auth flow","current_file":"src/auth/login.ts","branch":"feat/auth","conversation_id":"conv_xyz","last_heartbeat":"2026-04-13T10:30:00.000Z","reserved_files":["src/auth/login.ts","src/auth/middleware.ts"]}]`,
  },
  {
    name: "heartbeat",
    method: "POST",
    path: "/workspaces/sessions/heartbeat",
    body: { workspace_slug: "my-startup", session_id: sessionId },
    status: 200,
    answer: '{"ok":true}',
  },
  {
    name: "end",
    method: "POST",
    path: "/workspaces/sessions/end",
    body: { workspace_slug: "my-startup", session_id: sessionId },
    status: 200,
    answer: '{"ok":true,"released_files":["src/auth/login.ts"]}',
  },
];
