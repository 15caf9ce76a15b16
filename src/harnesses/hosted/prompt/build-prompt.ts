/**
 * From the conversation as committed to the prompt of one model call. Pure but for loading pictures: the same
 * conversation gives the same prompt, so providers' prompt caches hold from step to step.
 */
import type {
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4TextPart,
} from "@ai-sdk/provider";
import type { Conversation } from "../../../core/conversation.ts";
import type { TurnInput } from "../../../core/ports/harness.ts";
import { toWellFormedText } from "../../../lib/well-formed.ts";
import { agentParts, resultPart } from "./entry-parts.ts";
import { showImage } from "./images.ts";
import { orderEntries } from "./order-entries.ts";
import type { Exchange, UserEntry } from "./order-entries.ts";

type UserPart = LanguageModelV4TextPart | LanguageModelV4FilePart;

const SUMMARY_INTRO = "Notes on the conversation so far, which was too long to be kept whole:";

function text(value: string): LanguageModelV4TextPart {
  return { type: "text", text: toWellFormedText(value) };
}

async function userParts({ message }: UserEntry, input: TurnInput): Promise<readonly UserPart[]> {
  const parts = await Promise.all(
    message.content.map(async (part): Promise<UserPart> => {
      if (part.type === "text") return text(part.text);
      if (part.type === "image" || part.type === "image_file") return showImage(part, input);
      return text(JSON.stringify(part));
    }),
  );
  return parts.filter((part) => part.type !== "text" || part.text !== "");
}

/** Messages of the user that follow each other become one: some servers insist that roles alternate. */
function pushUser(prompt: LanguageModelV4Message[], parts: readonly UserPart[]): void {
  if (parts.length === 0) return;
  const last = prompt.at(-1);
  if (last?.role === "user") last.content.push(...parts);
  else prompt.push({ role: "user", content: [...parts] });
}

async function pushExchange(prompt: LanguageModelV4Message[], exchange: Exchange, input: TurnInput): Promise<void> {
  if (exchange.kind === "user") return pushUser(prompt, await userParts(exchange.entry, input));
  const parts = agentParts(exchange.entry, input.model);
  if (parts.length === 0) return;
  prompt.push({ role: "assistant", content: [...parts] });
  const results = await Promise.all(exchange.results.map((answered) => resultPart(answered, input)));
  if (results.length > 0) prompt.push({ role: "tool", content: results });
}

/** Anthropic caches up to a mark: one behind the instructions and tools, one at the end, which moves with each step. */
function markForCache(prompt: LanguageModelV4Message[]): void {
  const mark = { anthropic: { cacheControl: { type: "ephemeral" } } };
  const [first] = prompt;
  const last = prompt.at(-1);
  if (first?.role === "system") first.providerOptions = mark;
  if (last !== undefined) last.providerOptions = mark;
}

export async function buildPrompt(conversation: Conversation, input: TurnInput): Promise<LanguageModelV4Prompt> {
  const prompt: LanguageModelV4Message[] = [];
  if (input.instructions !== "") prompt.push({ role: "system", content: toWellFormedText(input.instructions) });
  if (conversation.summary !== null) pushUser(prompt, [text(`${SUMMARY_INTRO}\n\n${conversation.summary}`)]);
  for (const exchange of orderEntries(conversation.entries)) await pushExchange(prompt, exchange, input);
  // A prompt that ends with the model's own words asks it to go on with them, which newer models refuse.
  const last = prompt.at(-1)?.role;
  if (last !== "user" && last !== "tool") pushUser(prompt, [text("Go on.")]);
  if (input.model.providerType === "anthropic") markForCache(prompt);
  return prompt;
}
