/**
 * What an agent in an IDE reports, in one form for all of them. The doors decode each IDE's own words into this; nobody
 * behind a door knows which IDE spoke, but by `agentType`.
 */
export const agentTypes = [
  "claude_code",
  "cursor",
  "codex",
  "gemini",
  "opencode",
  "pi",
  "copilot",
  "vscode",
  "windsurf",
  "custom",
] as const;
export type AgentType = (typeof agentTypes)[number];

export type HookMoment =
  | "session_start"
  | "session_end"
  /** A prompt of the user. */
  | "turn_start"
  | "turn_end"
  | "pre_tool"
  | "post_tool"
  | "tool_failed"
  /** An edit that no hook could stop (inline completion, a person). */
  | "file_edited"
  | "subagent_start"
  | "subagent_end"
  | "compact"
  | "heartbeat";

export type ToolKind = "edit" | "delete" | "shell" | "read" | "mcp" | "other";

/** A file that a tool names, as the IDE wrote it: not resolved against anything yet. */
export interface TouchedFile {
  readonly path: string;
  readonly operation: "write" | "create" | "delete" | "rename";
  /** Of a rename: both names are touched, and both stand in the list. */
  readonly from?: string;
}

/**
 * Of an IDE that gives no ids: the moment at which it fired the event, by its own clock, the same for every file of hooks
 * that asks for it; and of a tool use its input, the same before and after, by a digest.
 */
export interface Firing {
  readonly at: string;
  readonly input?: string;
}

export interface HookEvent {
  readonly moment: HookMoment;
  readonly agentType: AgentType;
  readonly conversationId: string;
  readonly subagentId?: string;
  readonly toolUseId?: string;
  readonly firing?: Firing;
  /** The prompt's text, whole; whoever keeps it clips it and takes secrets out. */
  readonly prompt?: string;
  /** The agent's own program wrote the prompt, as when a task in its background has ended: nobody asks for anything. */
  readonly isOwnPrompt?: true;
  /** The last answer, where the IDE tells it at the end of a turn. */
  readonly answer?: string;
  readonly tool?: { readonly name: string; readonly kind: ToolKind };
  /** Of an edit: everything it writes, patches taken apart (R7). */
  readonly files: readonly TouchedFile[];
  /** Of a shell tool. */
  readonly command?: string;
  /** Files that the IDE itself saw a finished shell command change. */
  readonly changedFiles?: readonly string[];
  readonly cwd?: string;
  readonly error?: string;
  /** `startup`, `resume`, `clear` …; of an end: why. */
  readonly reason?: string;
  /** The IDE's own name of the event. */
  readonly rawEvent: string;
  readonly clientVersion?: string;
}

/** What the hook client said of the working tree, each fact if it could be had (D4). */
export interface TreeReport {
  /** Absolute top level of the working tree, as the agent's machine writes it. */
  readonly root?: string;
  readonly commonDir?: string;
  /** The remote's URL, as configured. */
  readonly origin?: string;
  readonly branch?: string;
  readonly head?: string;
  readonly ignoresCase?: boolean;
  /** Names the agent's machine. */
  readonly host?: string;
}

/** What the IDE is to be told; each dialect says it in its IDE's words. */
export interface HookReply {
  readonly sessionId: string;
  readonly verdict: Verdict;
  /** For the agent, beside an allowed tool use or a prompt or at the start: the briefing, warnings, notices, messages. */
  readonly context?: string;
  /** Of an end: what was freed. */
  readonly releasedFiles?: readonly string[];
}

export type Verdict =
  | { readonly permission: "allow" }
  /** `reason`: what R5 asks for, with the way out. `brief`: the one sentence of the Enagrams page. */
  | { readonly permission: "deny"; readonly reason: string; readonly brief: string };
