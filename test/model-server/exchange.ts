// The one request and the one reply that every wire protocol is turned into and made from.
// Invariant: nothing here names a vendor's field; a protocol file is the only place that does.
// Token counts have one meaning everywhere: `input` is all input tokens, of which `cacheRead` and `cacheWrite` are parts;
// `output` is all output tokens, of which `reasoning` is a part. Each protocol splits them as its vendor does.

export type ProtocolName = "anthropic" | "openai-responses" | "openai-chat" | "gemini";

export type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "thinking"; readonly text: string; readonly signature?: string }
  | { readonly kind: "tool-call"; readonly id: string; readonly name: string; readonly input: unknown }
  | { readonly kind: "tool-result"; readonly id: string; readonly output: string; readonly isError: boolean }
  // An item the client only points at (OpenAI `item_reference`): its id is all there is.
  | { readonly kind: "reference"; readonly id: string }
  | { readonly kind: "other"; readonly type: string };

export interface ModelMessage {
  /** `tool` is any message that carries a tool result, also where the vendor calls it a user message. */
  readonly role: "user" | "assistant" | "tool";
  readonly parts: readonly Part[];
}

export type JsonSchema = boolean | { readonly [key: string]: unknown };

export interface ToolOffer {
  readonly name: string;
  /** `custom` takes free text instead of JSON (OpenAI only). */
  readonly kind: "function" | "custom";
  readonly namespace?: string;
  readonly schema?: JsonSchema;
}

/** Wishes only one protocol knows: a usage chunk, a JSON array instead of SSE, encrypted reasoning. */
export type Wish = "usage" | "json-array" | "encrypted-reasoning";

export interface ModelRequest {
  readonly protocol: ProtocolName;
  readonly model: string;
  readonly system: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ToolOffer[];
  /** The one tool the client forces the model to call. */
  readonly forcedTool?: string;
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly reasoning?: { readonly effort?: string; readonly budgetTokens?: number };
  readonly stream: boolean;
  readonly apiKey?: string;
  readonly jsonSchema?: JsonSchema;
  readonly wishes: readonly Wish[];
}

export interface Usage {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly reasoning: number;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly kind: "function" | "custom";
  readonly namespace?: string;
  readonly input: unknown;
  /** The argument text as the model "wrote" it; not JSON when the script says so. */
  readonly raw: string;
  readonly deltas: readonly string[];
  readonly isMalformed: boolean;
}

export interface Reply {
  /** 12 hex digits, new for each reply; stands in every id of the reply, so a later request shows which parts belong together. */
  readonly key: string;
  readonly thinking: readonly string[];
  readonly text: readonly string[] | undefined;
  readonly calls: readonly ToolCall[];
  readonly usage: Usage;
  readonly stop: "end" | "tools" | "length" | "filter";
}

/** An error the vendor answers with instead of a reply, or in the middle of one. */
export interface Fault {
  readonly status: number;
  readonly code?: string;
  readonly message?: string;
  readonly retryAfterSeconds?: number;
}

/** What the client sent, before any protocol has looked at it. */
export interface HttpCall {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}
