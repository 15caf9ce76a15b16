/** Payloads of every IDE: those captured from real ones, and for the others those that their documents and code show. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { IdeName } from "../../../src/doors/hooks/dialects/dialect.ts";

export interface Sample {
  readonly ide: IdeName;
  readonly name: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

const folder = join(import.meta.dirname, "../../fixtures/hooks");

type Captured = "claude-code" | "codex" | "gemini" | "copilot" | "copilot-as-claude";

export function captured(from: Captured): readonly Sample[] {
  const ide = from === "copilot-as-claude" ? "copilot" : from;
  const names = readdirSync(join(folder, from)).filter((name) => name.endsWith(".json"));
  return names.map((name) => ({ ide, name: name.replace(/\.json$/, ""), payload: readPayload(from, name) }));
}

/** Copilot's own payloads name no event: the hook's command does. What it gives Claude Code's files names it like there. */
const copilotCaptured: readonly Sample[] = [
  ...captured("copilot").map((each) => ({ ...each, headers: copilotHeaders(each.name.split(".")[0] ?? "") })),
  ...captured("copilot-as-claude").map((each) => ({ ...each, name: `as Claude's ${each.name}` })),
];

function copilotHeaders(event: string): Readonly<Record<string, string>> {
  return { "x-serai-event": event, "x-serai-agent": "copilot" };
}

export function readPayload(ide: string, name: string): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(join(folder, ide, name), "utf8")) as Readonly<Record<string, unknown>>;
}

const cursorBase = {
  conversation_id: "c1",
  generation_id: "g1",
  model: "m",
  session_id: "c1",
  cursor_version: "3.20.17",
  workspace_roots: ["/repo"],
  user_email: "a@example.test",
  transcript_path: null,
};
const write = { tool_name: "Write", tool_input: { file_path: "/repo/src/a.ts", content: "x" }, tool_use_id: "t1" };
const cursorEvents: Readonly<Record<string, object>> = {
  sessionStart: { is_background_agent: false, composer_mode: "agent" },
  sessionEnd: { reason: "completed", duration_ms: 5, final_status: "completed" },
  beforeSubmitPrompt: { prompt: "Build it", attachments: [] },
  preToolUse: { ...write, cwd: "/repo" },
  postToolUse: { ...write, cwd: "/repo", tool_output: "ok", duration: 3 },
  postToolUseFailure: { ...write, error_message: "no", failure_type: "error", is_interrupt: false, duration: 3 },
  beforeShellExecution: { command: "echo x > b.txt", cwd: "/repo/sub", sandbox: false },
  afterShellExecution: { command: "echo x > b.txt", output: "", duration: 1, sandbox: false },
  beforeMCPExecution: { tool_name: "write_file", tool_input: '{"path":"/repo/c.ts"}', url: "http://x.test" },
  afterMCPExecution: { tool_name: "write_file", tool_input: '{"path":"/repo/c.ts"}', result_json: "{}", duration: 1 },
  beforeReadFile: { file_path: "/repo/a", content: "x" },
  beforeTabFileRead: { file_path: "/repo/a", content: "x" },
  afterFileEdit: { file_path: "/repo/src/a.ts", edits: [{ old_string: "a", new_string: "b" }] },
  afterTabFileEdit: { file_path: "/repo/src/a.ts", edits: [{ old_string: "a", new_string: "b" }] },
  afterAgentResponse: { text: "done" },
  stop: { status: "completed", loop_count: 0 },
  subagentStart: { subagent_id: "s1", subagent_type: "x", task: "look", parent_conversation_id: "c1" },
  subagentStop: { subagent_id: "s1", status: "completed", modified_files: ["/repo/z.ts"], summary: "" },
  preCompact: { trigger: "auto" },
  workspaceOpen: {},
};

/** As its documents have it, with the input as a text. */
const copilotBase = { sessionId: "p1", timestamp: 1_764_000_000_000, cwd: "/repo" };
const copilotArgs = { toolName: "edit", toolArgs: JSON.stringify({ path: "/repo/a.ts", old_str: "a", new_str: "b" }) };
const copilotEvents: Readonly<Record<string, object>> = {
  sessionStart: { source: "new", initialPrompt: "go" },
  sessionEnd: { reason: "complete" },
  userPromptSubmitted: { prompt: "go" },
  preToolUse: copilotArgs,
  postToolUse: { ...copilotArgs, toolResult: { resultType: "success", textResultForLlm: "ok" } },
  postToolUseFailure: { ...copilotArgs, error: "no" },
  agentStop: { stopReason: "end_turn", transcriptPath: "/x" },
};
const codeBase = { session_id: "v1", timestamp: "2026-11-22T10:00:00.000Z", cwd: "/repo", transcript_path: "/x.json" };
const codeEdit = { tool_name: "editFiles", tool_input: { files: ["src/main.ts"] }, tool_use_id: "tool-123" };
const codeEvents: Readonly<Record<string, object>> = {
  SessionStart: { source: "new" },
  UserPromptSubmit: { prompt: "go" },
  PreToolUse: codeEdit,
  PostToolUse: { ...codeEdit, tool_response: "ok" },
  SubagentStart: { agent_id: "a1", agent_type: "Plan" },
  Stop: { stop_hook_active: false },
};

const windsurfEvents: Readonly<Record<string, object>> = {
  pre_user_prompt: { user_prompt: "go" },
  post_cascade_response: { response: "done" },
  pre_write_code: { file_path: "/repo/a.ts", edits: [{ old_string: "a", new_string: "b" }] },
  post_write_code: { file_path: "/repo/a.ts", edits: [{ old_string: "a", new_string: "b" }] },
  pre_run_command: { command_line: "rm a.ts", cwd: "/repo" },
  post_run_command: { command_line: "rm a.ts", cwd: "/repo" },
  pre_read_code: { file_path: "/repo/a.ts" },
  pre_mcp_tool_use: { mcp_server_name: "fs", mcp_tool_name: "write_file", mcp_tool_arguments: { path: "/repo/m.ts" } },
};

const pluginTool = { tool_name: "edit", tool_input: { filePath: "/repo/a.ts" }, tool_use_id: "call_1" };
const opencodeEvents: Readonly<Record<string, object>> = {
  "session.created": {},
  "chat.message": { prompt: "go" },
  "tool.execute.before": pluginTool,
  "tool.execute.after": pluginTool,
  "file.edited": { file_path: "/repo/a.ts" },
  "session.idle": { answer: "done" },
  "session.deleted": {},
};
const piEvents: Readonly<Record<string, object>> = {
  session_start: { reason: "startup" },
  before_agent_start: { prompt: "go" },
  tool_call: { tool_name: "write", tool_input: { path: "a.ts", content: "x" }, tool_use_id: "call_1" },
  tool_result: { tool_name: "write", tool_input: { path: "a.ts", content: "x" }, tool_use_id: "call_1" },
  agent_end: {},
  session_shutdown: {},
};

function made(ide: IdeName, events: Readonly<Record<string, object>>, shape: (name: string, more: object) => object) {
  return Object.entries(events).map(([name, more]): Sample => {
    const headers = ide === "copilot" ? { headers: copilotHeaders(name) } : {};
    return { ide, name, payload: { ...shape(name, more) }, ...headers };
  });
}

export const samples: readonly Sample[] = [
  ...captured("claude-code"),
  ...captured("codex"),
  ...captured("gemini"),
  ...made("cursor", cursorEvents, (name, more) => ({ ...cursorBase, hook_event_name: name, ...more })),
  ...copilotCaptured,
  ...made("copilot", copilotEvents, (_, more) => ({ ...copilotBase, ...more })).map((each) => ({
    ...each,
    name: `${each.name} as documented`,
  })),
  ...made("copilot", codeEvents, (name, more) => ({ ...codeBase, hook_event_name: name, ...more })),
  ...made("windsurf", windsurfEvents, (name, more) => {
    const ids = { trajectory_id: "w1", execution_id: "e1", timestamp: "2026-11-22T10:00:00Z" };
    return { agent_action_name: name, ...ids, tool_info: more };
  }),
  ...made("opencode", opencodeEvents, (event, more) => ({ event, conversation_id: "o1", cwd: "/repo", ...more })),
  ...made("pi", piEvents, (event, more) => ({ event, conversation_id: "i1", cwd: "/repo", ...more })),
];

export function headerOf(headers: Readonly<Record<string, string>> = {}) {
  return (name: string): string | undefined => headers[name.toLowerCase()];
}
