/** The answer of an agent as it grows, from one tool call to the next: its text, its thoughts, and the message it is. */
import type { ContentPart, Message, ToolCall, Usage } from "../../core/events/content.ts";
import type { EventData, Fact } from "../../core/events/envelope.ts";
import { cutUtf8 } from "../../lib/well-formed.ts";
import { fitJsonBytes, jsonBytes } from "../../lib/json-size.ts";

/** A message may have 256 KiB (E4); with room for its calls and its other members. */
export const MAX_TEXT_BYTES = 200 * 1024;
const MAX_THINKING_BYTES = 200 * 1024;
const PREVIEW_BYTES = 200;

export interface Closing {
  readonly calls: readonly ToolCall[];
  readonly model: string;
  /** Said between the thoughts and the message. */
  readonly generation: readonly Fact[];
  readonly usage: Usage | null;
  readonly error?: { readonly code: string; readonly text: string };
}

export class AnswerText {
  readonly messageId: string;
  readonly #turnId: string;
  text = "";
  #bytes = 0;
  #thinking = "";
  #thinkingBytes = 0;

  constructor(turnId: string, messageId: string) {
    this.#turnId = turnId;
    this.messageId = messageId;
  }

  /** What did not fit is for the next message. */
  add(text: string): { readonly added: string; readonly rest: string } {
    const added = fitJsonBytes(text, MAX_TEXT_BYTES - this.#bytes);
    this.text += added;
    this.#bytes += jsonBytes(added);
    return { added, rest: text.slice(added.length) };
  }

  /** Says what of it is shown; thoughts without end are not kept. */
  think(text: string): string {
    const added = fitJsonBytes(text, MAX_THINKING_BYTES - this.#thinkingBytes);
    this.#thinking += added;
    this.#thinkingBytes += jsonBytes(added);
    return added;
  }

  /** The facts that end it, in the order of E5. */
  close({ calls, model, generation, usage, error }: Closing): readonly Fact[] {
    const turn_id = this.#turnId;
    const content = [
      ...textPart(error === undefined ? this.text : withError(this.text, error.text)),
      ...calls.map(callPart),
    ];
    const message: Message = {
      id: this.messageId,
      role: "agent",
      content: content.length === 0 ? [{ type: "text", text: "" }] : content,
      phase: calls.length === 0 ? "final_answer" : "commentary",
      ...(error === undefined ? {} : { metadata: { error_code: error.code } }),
    };
    const counted = usage === null ? {} : { usage };
    const failed = error === undefined ? {} : { error_code: error.code };
    const written: Fact = {
      type: "output.message.completed",
      data: { message, metadata: { model }, ...counted, ...failed },
    };
    const ended: EventData<"reason.completed"> = {
      turn_id,
      success: error === undefined,
      text_preview: cutUtf8(this.text, PREVIEW_BYTES),
      has_tool_calls: calls.length > 0,
      tool_call_count: calls.length,
      ...(error === undefined ? {} : { error: error.text }),
      ...counted,
    };
    const thought: Fact[] =
      this.#thinking === "" ? [] : [{ type: "reason.thinking.completed", data: { turn_id, thinking: this.#thinking } }];
    const closed: Fact = { type: "reason.completed", data: ended };
    // T5 has it the other way round: the sentence follows the failure.
    return [...thought, ...generation, ...(error === undefined ? [written, closed] : [closed, written])];
  }
}

function textPart(text: string): readonly ContentPart[] {
  return text === "" ? [] : [{ type: "text", text }];
}

export function callPart({ id, name, arguments: input }: ToolCall): ContentPart {
  return { type: "tool_call", id, name, arguments: input };
}

function withError(text: string, sentence: string): string {
  return text === "" || text.trim() === sentence.trim() ? sentence : `${text}\n\n${sentence}`;
}
