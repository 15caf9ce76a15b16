/** Tools, as a harness sees them: a list, and a way to call one. What a tool is made of is its capability's matter. */
import type { ChildSession } from "../child-sessions.ts";
import type { ContentPart } from "../events/content.ts";
import type { ToolCall } from "../events/content.ts";
import type { WorkspaceId } from "../ids.ts";
import type { CapabilityRef } from "../session.ts";
import type { CheckoutTools } from "./checkout-tools.ts";
import type { NetworkAccess } from "./network-access.ts";
import type { FileOutcome, SessionFiles } from "./session-files.ts";

export type { NetworkAccess } from "./network-access.ts";
export * from "./session-files.ts";

export interface ToolHints {
  /** Changes nothing outside the session's own files, or changes nothing at all: safe to run again after a crash (T4). */
  readonly isRepeatable: boolean;
  readonly isReadonly: boolean;
  /** Calls of one class run one after the other within a step; calls of different classes run side by side. */
  readonly concurrencyClass?: string;
}

/**
 * auto  run at once      approve  run when a person allows it      client_side  carried out by the session's client
 */
export type ToolPolicy = "auto" | "approve" | "client_side";

export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments object. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly hints: ToolHints;
  /** Absent: `auto`. */
  readonly policy?: ToolPolicy;
}

export interface ToolResult {
  readonly status: "success" | "error" | "timeout" | "cancelled";
  readonly content: readonly ContentPart[];
  /** One sentence for the model and for people; present unless `status` is success. */
  readonly error?: string;
  /** The call is not over and this is no result yet: it ends when these sessions come to rest. */
  readonly awaits?: AwaitedSessions;
}

export interface AwaitedSessions {
  readonly sessionIds: readonly string[];
  readonly timeoutMs: number;
}

export interface ToolSet {
  readonly definitions: readonly ToolDefinition[];
  /**
   * Contract: never rejects for a failure of the tool; unknown names and bad arguments are results too. Changes to
   * session files are kept aside until the call's `tool.completed` is committed, and thrown away if it never is.
   */
  call(
    call: ToolCall,
    signal: AbortSignal,
    onOutput?: (stream: "stdout" | "stderr", delta: string) => void,
  ): Promise<ToolResult>;
}

/** What a capability's tools may use of their session. */
export interface ToolPorts {
  readonly files: SessionFiles;
  readonly session: SessionNotes;
  readonly keyValue: KeyValue;
  readonly secrets: SecretUse;
  /** Absent: the session can start no others. */
  readonly sessions?: Sessions;
  /** Absent: the session works beside nobody. */
  readonly team?: Team;
  /** Absent: the session has no checkout. */
  readonly checkout?: CheckoutTools;
  /** The hosts that the session may reach; without it there is no other rule than that of each capability. */
  readonly network?: NetworkAccess;
  readonly now: () => number;
}

export interface ReserveCall {
  readonly callId: string;
  /** As the tool names them: from the top of the working tree, or absolute in it. */
  readonly paths: readonly string[];
}

export type Reserved =
  | { readonly ok: true; readonly warning: string | null; readonly tokens: readonly number[] }
  | { readonly ok: false; readonly reason: string };

/** A session's reservations, for tools that write files of a working tree (R2, R10): taken before, settled after. */
export interface Reserve {
  /** All of the paths or none; `reason` says who has one and what to do instead, `warning` who works on it elsewhere. */
  before(call: ReserveCall): Promise<Reserved>;
  /** Whether what `before` gave still stands, asked right before the write; a stale token does not (R10). */
  stands(
    call: ReserveCall & { readonly tokens: readonly number[] },
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly reason: string }>;
  /** What was written stays reserved; of what failed, what only this call was granted is free again. */
  after(call: ReserveCall & { readonly isDone: boolean }): Promise<void>;
}

export type SessionsAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string };

/** What is sent to one that was started; `callId` makes it once, however often the call is run. */
export interface SessionOrder {
  readonly callId: string;
  readonly text: string;
}

/** Other sessions that this one has started, and those that they have: no others can be named here. */
export interface Sessions {
  /** The longest that a wait may take. */
  readonly maxWaitMs: number;
  /** `allowed`: names or ids of agents; without it all of the workspace. */
  start(
    order: SessionOrder & { readonly agent: string; readonly title?: string; readonly allowed?: readonly string[] },
  ): Promise<SessionsAnswer<ChildSession>>;
  send(order: SessionOrder & { readonly sessionId: string }): Promise<SessionsAnswer<{ readonly delivery: string }>>;
  look(sessionIds: readonly string[]): Promise<SessionsAnswer<readonly ChildSession[]>>;
  cancel(sessionId: string): Promise<SessionsAnswer<{ readonly status: string }>>;
  /** Those that it has started itself, newest first. */
  list(): Promise<readonly ChildSession[]>;
}

/** The tools for working beside others (`core/team/tool-words`), called for this session. */
export interface Team {
  /** Contract: a "no" and bad arguments are answers, unknown names too; a throw is a fault. */
  call(
    name: string,
    input: unknown,
    signal: AbortSignal,
  ): Promise<{ readonly text: string; readonly isError?: boolean }>;
}

/** The session as its own tools may see and name it. */
export interface SessionNotes {
  describe(): Promise<Readonly<Record<string, unknown>>>;
  setTitle(title: string): Promise<FileOutcome | { readonly ok: true }>;
}

/** Short texts of the session under keys. A change counts at once, also if the call is never finished. */
export interface KeyValue {
  list(): Promise<readonly { readonly key: string; readonly value: string }[]>;
  set(key: string, value: string): Promise<{ readonly ok: true } | { readonly ok: false; readonly reason: string }>;
  /** Whether it was there. */
  remove(key: string): Promise<boolean>;
}

/**
 * What the session was given to be used and never to be shown. A value is for what leaves for a host of its list, and for
 * being taken out of what comes back.
 */
export interface SecretUse {
  list(): Promise<readonly SecretLine[]>;
  /** Contract: whoever asks puts none of them into a result, an error or a file; those that cannot be opened are left out. */
  open(): Promise<readonly OpenedSecret[]>;
}

export interface SecretLine {
  readonly name: string;
  /** The hosts that it may be sent to, as in the rules of a network; none: nowhere. */
  readonly hosts: readonly string[];
}

export interface OpenedSecret extends SecretLine {
  readonly value: string;
}

/** A tool of a capability: its definition and what it does. `run` gets arguments that its schema has let through. */
export interface Tool {
  readonly definition: ToolDefinition;
  /** Contract: a failure that the model can act on is a result; a throw is a fault and is shown as such. */
  run(input: unknown, context: ToolContext): Promise<ToolResult>;
}

export interface ToolContext {
  readonly callId: string;
  readonly ports: ToolPorts;
  readonly signal: AbortSignal;
  readonly onOutput?: (stream: "stdout" | "stderr", delta: string) => void;
}

/** What an agent or session can be given. Described at `GET /api/v1/capabilities`. */
export interface Capability {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly risk: "low" | "medium" | "high";
  /** Features it lights up in a user interface (`file_system` …). */
  readonly features: readonly string[];
  /** Text added to the system prompt. */
  readonly prompt?: string;
  /**
   * Its tools work on the session's checkout: left out where there is none, and where there is one they stand in the
   * place of other capabilities' tools of the same names.
   */
  readonly needsCheckout?: boolean;
  /** JSON Schema of `config`. */
  readonly configSchema: Readonly<Record<string, unknown>>;
  /** Checks a configuration; the sentence says what is wrong with it and where. */
  checkConfig(
    config: unknown,
  ): { readonly ok: true } | { readonly ok: false; readonly path: string; readonly reason: string };
  /** The tools under a configuration that `checkConfig` has let through. */
  tools(config: unknown): readonly Tool[];
}

/** `mcp`: the tools of a server      `skill`: instructions, with their files */
export interface OwnCapability extends Capability {
  readonly kind: "mcp" | "skill";
}

/** Capabilities that do not come with the program but are a workspace's own, such as those of its MCP servers. */
export interface CapabilitySource {
  /**
   * Contract: those of the references that are its own, as they are now; never rejects for one that cannot be had.
   * Takes at most some seconds.
   */
  open(workspaceId: WorkspaceId, refs: readonly CapabilityRef[]): Promise<readonly OwnCapability[]>;
  /** What it may be given, without asking anybody; nothing for what is none of its own or not there. */
  describe(workspaceId: WorkspaceId, ref: string): Promise<OwnCapability | undefined>;
  /** All that there are, by their names, with the tools that are known by now. */
  list(workspaceId: WorkspaceId): Promise<readonly OwnCapability[]>;
}
