/**
 * What an agent is asked: the messages that it has not been given yet. An agent that does not remember the conversation
 * is told the end of it first, because the log is the truth and its own memory is not.
 */
import type { Conversation, Entry } from "../../core/conversation.ts";
import type { ContentPart, Message } from "../../core/events/content.ts";
import type { TurnInput } from "../../core/ports/harness.ts";
import { cutUtf8 } from "../../lib/well-formed.ts";

export type PromptBlock =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image"; readonly data: string; readonly mimeType: string };

export interface PromptPlace {
  readonly input: Pick<TurnInput, "view" | "instructions" | "loadImage">;
  /** Messages that this program was given. */
  readonly given: ReadonlySet<string>;
  /** The program knows the conversation before this turn. */
  readonly remembers: boolean;
  readonly canSeeImages: boolean;
  /** Nothing was asked of this program before. */
  readonly isFirst: boolean;
}

const HISTORY_BYTES = 32 * 1024;
const ENTRY_BYTES = 4 * 1024;

const INTERRUPTED =
  "[You were interrupted while you worked on the last message. Look at what you have done already, and go on from there.]";
const FORGOTTEN =
  "[This is an ongoing conversation; the program you run in was started anew and does not remember it. This is how it went so far:]";

/** The messages of this turn that the agent does not know, oldest first. */
export function ungiven(
  { turn, conversation }: ReturnType<TurnInput["view"]>,
  given: ReadonlySet<string>,
): readonly Message[] {
  return turnEntries(turn.inputMessageId, conversation).flatMap((entry) =>
    entry.kind === "user" && !given.has(entry.message.id) ? [entry.message] : [],
  );
}

function turnEntries(inputMessageId: string, { entries }: Conversation): readonly Entry[] {
  const start = entries.findLastIndex((entry) => entry.kind === "user" && entry.message.id === inputMessageId);
  return start < 0 ? entries.slice(-1) : entries.slice(start);
}

export async function buildPrompt(place: PromptPlace, messages: readonly Message[]): Promise<readonly PromptBlock[]> {
  const { input, isFirst, remembers } = place;
  const { turn, conversation } = input.view();
  const ofTurn = turnEntries(turn.inputMessageId, conversation);
  const before = conversation.entries.slice(0, conversation.entries.length - ofTurn.length);
  const isBegun = messages.length === 0 || (isFirst && ofTurn.some(({ kind }) => kind !== "user"));
  const told = isFirst && !remembers ? [...before, ...(isBegun ? ofTurn.slice(1) : [])] : [];
  const { instructions } = input;
  const said = [
    ...(isFirst && !remembers && instructions !== "" ? [`<instructions>\n${instructions}\n</instructions>`] : []),
    ...(told.length === 0 && conversation.summary === null
      ? []
      : historyOf(told, isFirst && !remembers ? conversation.summary : null)),
    ...(isBegun ? [INTERRUPTED] : []),
  ];
  const blocks = await Promise.all(messages.flatMap(({ content }) => content).map((part) => blockOf(place, part)));
  return [...said.map((text) => ({ type: "text" as const, text })), ...blocks.flatMap((block) => block ?? [])];
}

/** The newest first until it is enough, told in the order in which it was said. */
function historyOf(entries: readonly Entry[], summary: string | null): readonly string[] {
  let room = HISTORY_BYTES;
  const lines: string[] = [];
  for (const entry of entries.toReversed()) {
    const line = cutUtf8(lineOf(entry), ENTRY_BYTES);
    room -= Buffer.byteLength(line);
    if (room < 0) break;
    if (line !== "") lines.unshift(line);
  }
  const all = [...(summary === null ? [] : [summary]), ...lines];
  return all.length === 0 ? [] : [`${FORGOTTEN}\n\n${all.join("\n\n")}`];
}

function lineOf(entry: Entry): string {
  if (entry.kind === "tool") return `Tool ${entry.toolName}: ${entry.error ?? textOf(entry.content)}`;
  const text = textOf(entry.message.content);
  return text === "" ? "" : `${entry.kind === "user" ? "User" : "You"}: ${text}`;
}

function textOf(content: readonly ContentPart[]): string {
  return content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
}

async function blockOf({ input, canSeeImages }: PromptPlace, part: ContentPart): Promise<PromptBlock | null> {
  if (part.type === "text") return { type: "text", text: part.text };
  if (part.type === "image" && part.base64 !== undefined && canSeeImages) {
    return { type: "image", data: part.base64, mimeType: part.media_type ?? "image/png" };
  }
  if (part.type === "image_file" && canSeeImages) {
    const image = await input.loadImage?.(part.image_id);
    if (image !== undefined) {
      return { type: "image", data: Buffer.from(image.bytes).toString("base64"), mimeType: image.mediaType };
    }
  }
  if (part.type !== "image" && part.type !== "image_file") return null;
  return { type: "text", text: "[An image was here that this agent cannot be shown.]" };
}
