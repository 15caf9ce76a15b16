/**
 * What each agent's hooks look like: the file they are in, its form, and which events are worth a call.
 *
 * Invariant: only names that the agent knows; an unknown one makes Cursor reject the whole file. A row that `gates` is
 * asked before something is changed, and is the only kind that strict hooks stop. Never reads a file.
 */

export const IDES = ["claude-code", "cursor", "codex", "gemini", "copilot", "windsurf", "opencode", "pi"] as const;
export type Ide = (typeof IDES)[number];
export type Scope = "project" | "user";

export interface HookEvent {
  readonly name: string;
  /** Of the tools it is about; absent for all. */
  readonly matcher?: string;
  readonly gates?: true;
  /** The agent can send it by itself, without a program. */
  readonly http?: true;
}

export interface HookFile {
  readonly kind: "hooks";
  readonly title: string;
  /** `grouped`: `{matcher, hooks: [handler]}` under an event; `flat`: handlers. */
  readonly form: "grouped" | "flat";
  /** What a file needs at its root beside the hooks. */
  readonly root: Readonly<Record<string, number>>;
  readonly events: readonly HookEvent[];
  /** What a person has still to do, or to know. */
  readonly notes: readonly string[];
}

export interface PluginFile {
  readonly kind: "plugin";
  readonly title: string;
  readonly asset: string;
  readonly notes: readonly string[];
}

const CLAUDE_TOOLS = "Edit|Write|MultiEdit|NotebookEdit|Bash";
const CURSOR_TOOLS = "Write|StrReplace|Edit|MultiEdit|ApplyPatch|EditNotebook|Delete|Shell";
const CODEX_TOOLS = "apply_patch|Edit|Write|Bash";
/** The whole name has to match. It asks at every failure, whatever stands there. */
const COPILOT_TOOLS = "create|edit|apply_patch|str_replace_editor|bash|write_bash|powershell|write_powershell";
const GEMINI_TOOLS = "write_file|replace|run_shell_command";

export const IDE_FILES = {
  "claude-code": {
    kind: "hooks",
    title: "Claude Code",
    form: "grouped",
    root: {},
    events: [
      // These two are programs: the first cannot be anything else, and both tell the branch, which no request of Claude's does.
      { name: "SessionStart" },
      { name: "UserPromptSubmit" },
      { name: "PreToolUse", matcher: CLAUDE_TOOLS, gates: true, http: true },
      { name: "PostToolUse", matcher: CLAUDE_TOOLS, http: true },
      { name: "PostToolUseFailure", matcher: CLAUDE_TOOLS, http: true },
      { name: "SubagentStop", http: true },
      { name: "Stop", http: true },
      { name: "SessionEnd", http: true },
    ],
    notes: ["Sessions that are running read it when they start again"],
  },
  cursor: {
    kind: "hooks",
    title: "Cursor",
    form: "flat",
    root: { version: 1 },
    events: [
      { name: "sessionStart" },
      { name: "beforeSubmitPrompt" },
      { name: "preToolUse", matcher: CURSOR_TOOLS, gates: true },
      { name: "postToolUse", matcher: CURSOR_TOOLS },
      { name: "postToolUseFailure", matcher: CURSOR_TOOLS },
      { name: "afterTabFileEdit" },
      { name: "stop" },
      { name: "sessionEnd" },
    ],
    notes: ["Edits by Tab are seen only after they were made; Cursor lets no hook stop them"],
  },
  codex: {
    kind: "hooks",
    title: "Codex",
    form: "grouped",
    root: {},
    events: [
      { name: "SessionStart" },
      { name: "UserPromptSubmit" },
      { name: "PreToolUse", matcher: CODEX_TOOLS, gates: true },
      { name: "PostToolUse", matcher: CODEX_TOOLS },
      { name: "SubagentStop" },
      { name: "Stop" },
      { name: "Interrupt" },
      { name: "SessionEnd" },
    ],
    notes: ["Codex skips hooks that nobody trusts, and does not say so: type /hooks in Codex and trust those of Serai"],
  },
  gemini: {
    kind: "hooks",
    title: "Gemini CLI",
    form: "grouped",
    root: {},
    events: [
      { name: "SessionStart" },
      { name: "BeforeAgent" },
      { name: "BeforeTool", matcher: GEMINI_TOOLS, gates: true },
      { name: "AfterTool", matcher: GEMINI_TOOLS },
      { name: "AfterAgent" },
      { name: "SessionEnd" },
    ],
    notes: ["Hooks of a project run only in a folder that Gemini was told to trust"],
  },
  copilot: {
    kind: "hooks",
    title: "Copilot CLI",
    form: "flat",
    root: { version: 1 },
    events: [
      { name: "sessionStart" },
      { name: "userPromptSubmitted" },
      { name: "preToolUse", matcher: COPILOT_TOOLS, gates: true },
      { name: "postToolUse", matcher: COPILOT_TOOLS },
      { name: "postToolUseFailure", matcher: COPILOT_TOOLS },
      { name: "agentStop" },
      { name: "sessionEnd" },
    ],
    notes: ["Hooks of a project run only in a folder that Copilot was told to trust; with -p that is --trust-folder"],
  },
  windsurf: {
    kind: "hooks",
    title: "Windsurf",
    form: "flat",
    root: {},
    events: [
      { name: "pre_user_prompt" },
      { name: "pre_write_code", gates: true },
      { name: "post_write_code" },
      { name: "pre_run_command", gates: true },
      { name: "post_run_command" },
      { name: "post_cascade_response" },
    ],
    notes: ["Windsurf takes no text from a hook: what others do reaches its agent by MCP only"],
  },
  opencode: {
    kind: "plugin",
    title: "opencode",
    asset: "opencode-plugin.js",
    notes: [
      "opencode fetches a package of its own before it loads its first plugin; without the network that takes a minute",
    ],
  },
  pi: {
    kind: "plugin",
    title: "pi",
    asset: "pi-extension.js",
    notes: [
      "/reload in pi takes it up without a restart",
      "The extension of a project runs only in a folder that pi was told to trust",
    ],
  },
} as const satisfies Record<Ide, HookFile | PluginFile>;

export function fileOf(ide: Ide): HookFile | PluginFile {
  return IDE_FILES[ide];
}
