/** What was said in a session, as text that another agent can read: the latest part of it, oldest first. */
import type { Message } from "../../core/events/content.ts";
import { parseLine } from "../../core/events/envelope.ts";
import type { SessionId } from "../../core/ids.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import { accept } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { MESSAGE_TYPES, messagesOf } from "../list-messages.ts";
import type { Principal } from "../principal.ts";
import { readOwnSession } from "../read-session.ts";

export type ReadTranscript = (principal: Principal, id: SessionId) => Promise<Outcome<string>>;

const MOST_MESSAGES = 400;
const LONGEST_PART = 4_000;
const LONGEST = 200_000;

export function makeReadTranscript({
  store,
}: {
  readonly store: Pick<SessionReads, "readSession" | "readLogBack">;
}): ReadTranscript {
  return async (principal, id) => {
    const found = await readOwnSession(store, principal, id);
    if (!found.ok) return found;
    const { title } = found.value.edit;
    const lines = await store.readLogBack({ sessionId: id, limit: MOST_MESSAGES, types: MESSAGE_TYPES });
    const said = lines.flatMap((line) => messagesOf(parseLine(line)));
    const parts = said.map(({ message, createdAt }) => `## ${message.role}, ${createdAt}\n\n${textOf(message)}`);
    const { kept, isCut } = latest(parts);
    const isWhole = !isCut && lines.length < MOST_MESSAGES;
    const head = [`# ${title ?? id}`, ...(isWhole ? [] : ["(What was said before this is left out.)"])];
    return accept([...head, ...kept].join("\n\n"));
  };
}

function latest(parts: readonly string[]): { readonly kept: readonly string[]; readonly isCut: boolean } {
  let length = 0;
  const from = parts.findLastIndex((part) => (length += part.length) > LONGEST) + 1;
  return { kept: parts.slice(from), isCut: from > 0 };
}

function textOf({ content }: Message): string {
  return content.map((part) => clip(partText(part))).join("\n");
}

function partText(part: Message["content"][number]): string {
  switch (part.type) {
    case "text":
      return part.text;
    case "tool_call":
      return `[calls ${part.name} with ${JSON.stringify(part.arguments)}]`;
    case "tool_result":
      return part.error === undefined ? `[result: ${JSON.stringify(part.result)}]` : `[failed: ${part.error}]`;
    case "image":
    case "image_file":
      return "[an image]";
  }
}

function clip(text: string): string {
  return text.length <= LONGEST_PART ? text : `${text.slice(0, LONGEST_PART).toWellFormed()} …`;
}
