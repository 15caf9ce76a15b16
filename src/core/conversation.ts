/**
 * The conversation that a model sees, folded from the log: inputs, answers, tool results, with compaction applied.
 * The log keeps the originals (T8); this is what is left of them in the prompt.
 */
import type { ContentPart, Message, MessageControls } from "./events/content.ts";
import type { SessionEvent } from "./events/envelope.ts";

/** The event types that a conversation is folded from; what a runner has to read of a log. */
export const conversationTypes = [
  "input.message",
  "output.message.completed",
  "tool.completed",
  "context.compacted",
] as const;

export type Entry =
  | { readonly kind: "user"; readonly seq: number; readonly message: Message }
  | {
      readonly kind: "agent";
      readonly seq: number;
      readonly message: Message;
      readonly providerContent: unknown;
      readonly model: string | null;
    }
  | {
      readonly kind: "tool";
      readonly seq: number;
      readonly callId: string;
      readonly toolName: string;
      readonly content: readonly ContentPart[];
      readonly error: string | null;
      readonly isMasked: boolean;
    };

export interface Conversation {
  readonly entries: readonly Entry[];
  /** Stands for what was summarised away; before all entries. */
  readonly summary: string | null;
  /** Of the last turn: those of the message that began it, over them those of messages that joined it. */
  readonly controls: MessageControls;
  /** The last event that this conversation has seen. */
  readonly throughSeq: number;
}

export const emptyConversation: Conversation = { entries: [], summary: null, controls: {}, throughSeq: 0 };

type Known<T extends (typeof conversationTypes)[number]> = Extract<SessionEvent, { known: true; type: T }>;

/** The same while it is being extended; one copy per call instead of one per event. */
interface Growing {
  entries: Entry[];
  summary: string | null;
  controls: MessageControls;
}

function compact(growing: Growing, { data }: Known<"context.compacted">): void {
  const masked = new Set(data.masked_call_ids ?? []);
  growing.entries = growing.entries.map((entry) =>
    entry.kind === "tool" && masked.has(entry.callId) ? { ...entry, isMasked: true, content: [] } : entry,
  );
  if (data.summary === undefined) return;
  const keepFrom = growing.entries.findIndex(
    (entry) => entry.kind !== "tool" && entry.message.id === data.keep_from_message_id,
  );
  growing.entries = keepFrom < 0 ? [] : growing.entries.slice(keepFrom);
  growing.summary = data.summary;
}

/** Controls are of their message; only one that joins a running turn (its context says so) leaves the others standing. */
function controlsOf({ controls }: Growing, { context, data }: Known<"input.message">): MessageControls {
  const own = data.message.controls ?? {};
  return context.turn_id === undefined ? own : { ...controls, ...own };
}

function grow(growing: Growing, event: Extract<SessionEvent, { known: true }>): void {
  const { seq } = event;
  switch (event.type) {
    case "input.message": {
      const { message, starts_turn: startsTurn } = event.data;
      if (startsTurn !== false) growing.controls = controlsOf(growing, event);
      growing.entries.push({ kind: "user", seq, message });
      return;
    }
    case "output.message.completed": {
      const { message, provider_content: providerContent, metadata } = event.data;
      growing.entries.push({ kind: "agent", seq, message, providerContent, model: metadata?.model ?? null });
      return;
    }
    case "tool.completed": {
      const { tool_call_id: callId, tool_name: toolName, result: content = [], error = null } = event.data;
      growing.entries.push({ kind: "tool", seq, callId, toolName, content, error, isMasked: false });
      return;
    }
    case "context.compacted":
      compact(growing, event);
      return;
    default:
  }
}

export function extendConversation(conversation: Conversation, events: Iterable<SessionEvent>): Conversation {
  const growing: Growing = { ...conversation, entries: [...conversation.entries] };
  let { throughSeq } = conversation;
  for (const event of events) {
    if (event.known) grow(growing, event);
    throughSeq = Math.max(throughSeq, event.seq);
  }
  return { ...growing, throughSeq };
}
