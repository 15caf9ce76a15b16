/**
 * A harness carries out a turn. It touches no store and knows no capability: everything it may do comes in with the
 * turn's input, and everything it has to say goes out as items.
 */
import type { Fact } from "../events/envelope.ts";
import type { MessageControls, ToolCall, Usage } from "../events/content.ts";
import type { Conversation } from "../conversation.ts";
import type { NetworkRules } from "../network-rules.ts";
import type { HarnessName } from "../session.ts";
import type { TurnEnd } from "../decide/end-turn.ts";
import type { ModelAccess } from "./model.ts";
import type { ToolSet } from "./tools.ts";
import type { TurnState } from "../state.ts";

export type Hint =
  /** What was shown of this message so far is void; the model call is made again. */
  | { readonly kind: "restart"; readonly messageId: string }
  | { readonly kind: "text" | "thinking"; readonly messageId: string; readonly delta: string }
  | {
      readonly kind: "tool";
      readonly callId: string;
      readonly toolName: string;
      readonly stream: "stdout" | "stderr";
      readonly delta: string;
    };

/** What comes after the facts of an item are committed. */
export type Next =
  | { readonly kind: "goes_on" }
  | { readonly kind: "ends"; readonly end: TurnEnd }
  /** The turn is parked without an owner; `facts` say for what. The harness is run again once it is met. */
  | { readonly kind: "waits"; readonly resumeInMs?: number };

export type HarnessItem =
  | { readonly kind: "hint"; readonly hint: Hint }
  | { readonly kind: "facts"; readonly facts: readonly Fact[]; readonly next: Next };

/** The place in the turn from which a run starts or goes on; always as committed. */
export interface TurnView {
  readonly turn: TurnState;
  /** What the model has been told and has said, as committed, compaction applied. */
  readonly conversation: Conversation;
}

/** What a harness needs to know that starts a program and keeps it between turns. */
export interface SpawnedInput {
  readonly harness: HarnessName;
  /** The checkout; the program's working directory. */
  readonly folder: string;
  /** Private to the session: the program's home and temporary folder are below it. */
  readonly stateFolder: string;
  /** Given by configuration, instead of what is found on this machine. */
  readonly program?: {
    readonly command: string;
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  };
  /** The agent's own session id from the last `process.started`; null for a new one. */
  readonly resume: string | null;
  readonly model: string | null;
  readonly mcpServers: readonly McpServerInput[];
  /** A wish; what it came to is said by `process.started`. */
  readonly isIsolated: boolean;
  /** Present where they take a host away. Contract: without a sandbox that holds them, no program is started. */
  readonly networkRules?: readonly NetworkRules[];
  /** Tools that a person has allowed for the rest of the session, by the name that the question had. */
  readonly allowedTools?: readonly string[];
}

export interface McpServerInput {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface CallSize {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** What a call has used, as far as can be told before its provider says it, if it ever does. */
export interface CallUse {
  /** By the try under way, or by the one that was answered. */
  readonly now: CallSize;
  /** By tries that broke off; no fact will tell of them. */
  readonly lost: CallSize;
}

export interface WishedCall extends CallSize {
  /** Contract: cheap, never throws; may be asked at any time, also after the run. */
  readonly used: () => CallUse;
}

/**
 * Contract: resolves when the call may be made, or never may: `exhausted` parks the turn with that fact. The tokens are
 * the most that the prompt can be, and that the answer is to have; `outputTokens` of the answer cuts that, where it is
 * not null.
 */
export type AdmitCall = (
  call: WishedCall,
  signal: AbortSignal,
) => Promise<
  | { readonly kind: "admitted"; readonly outputTokens: number | null }
  | { readonly kind: "exhausted"; readonly fact: Fact }
>;

export interface TurnInput {
  readonly sessionId: string;
  /** Reads the committed truth; after an item with facts was consumed, those facts are in it. */
  readonly view: () => TurnView;
  readonly instructions: string;
  readonly model: ModelAccess;
  readonly controls: MessageControls;
  readonly tools: ToolSet;
  readonly maxIterations: number;
  /** Mints the ids of steps and messages that the harness names in its facts. */
  readonly mintStep: () => { readonly execId: string; readonly messageId: string };
  /** Mints the id of a question to a person. */
  readonly mintApproval: () => string;
  /**
   * Contract: resolves when something was committed that the harness may want to read in `view()` (an answer, a steer),
   * and when the signal aborts; never rejects. Ask first, then look at the view: nothing falls between the two.
   */
  readonly changed: (signal: AbortSignal) => Promise<void>;
  /** Present where a budget limits what calls may use; asked before each model call. */
  readonly admitCall?: AdmitCall;
  /** Of a session whose agent is a program of its own. */
  readonly spawned?: SpawnedInput;
  /** Contract: called after the run, with what a prompt had used that was cut short. Never rejects. */
  readonly usedLate?: (usage: Usage) => Promise<void>;
  /** Of the messages' images and files, by reference. */
  readonly loadImage?: (
    imageId: string,
  ) => Promise<{ readonly bytes: Uint8Array; readonly mediaType: string } | undefined>;
}

export interface Harness extends Partial<AsyncDisposable> {
  /** `acp`: carries out the turns of all agents that are programs of their own. */
  readonly name: HarnessName | "acp";
  /**
   * Contract: never throws or rejects for a failure of the agent or model; such a failure is an item. An item's facts
   * are committed before `next()` is called again. The last item ends the turn or says what it waits for. When the
   * signal aborts, the run stops what it started and returns soon, saying nothing more.
   */
  run(input: TurnInput, signal: AbortSignal): AsyncIterable<HarnessItem>;
  /** Present where something is kept between turns. Contract: resolves when nothing of the session is left running. */
  end?(sessionId: string): Promise<void>;
}

/** Tool calls of one answer, in the order the model gave them. */
export type ToolCalls = readonly ToolCall[];
