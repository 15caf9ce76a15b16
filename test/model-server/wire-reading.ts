// Reading of what all vendors' bodies have in common: text that may be a string or a list of parts, and who is asking.
// Never throws: what it does not know becomes text or is left out, because real agents send more than any page documents.
import { z } from "zod";
import type { HttpCall } from "./exchange.ts";
import type { Decoded } from "./protocol.ts";

export const jsonSchemaSchema = z.union([z.boolean(), z.record(z.string(), z.unknown())]);

const textHolder = z.looseObject({ text: z.string() });

/** The text of a content field: a string, a list of parts with `text`, or anything else as JSON. */
export function plainText(content: unknown): string {
  if (typeof content === "string") return content;
  if (content === undefined || content === null) return "";
  if (!Array.isArray(content)) return JSON.stringify(content);
  const texts = content.flatMap((part: unknown) => {
    if (typeof part === "string") return [part];
    const holder = textHolder.safeParse(part);
    return holder.success ? [holder.data.text] : [];
  });
  return texts.join("\n");
}

/** The key of the caller, from whichever header its vendor uses. */
export function callerKey({ headers, query }: Pick<HttpCall, "headers" | "query">): string | undefined {
  const bearer = /^Bearer (.+)$/i.exec(headers["authorization"] ?? "")?.[1];
  return (
    headers["x-api-key"] ?? headers["x-goog-api-key"] ?? headers["api-key"] ?? bearer ?? query.get("key") ?? undefined
  );
}

/** The value a tool call's argument text stands for; the text itself where it is not JSON. */
export function parsedArguments(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) return text;
    throw cause;
  }
}

/** An object of the entries that are there, so that absent and undefined stay the same thing. */
export function present<T extends object>(entries: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const kept = Object.entries(entries).filter(([, value]) => value !== undefined && value !== null);
  // The filter has removed exactly what NonNullable removes; Object.entries cannot say so.
  return Object.fromEntries(kept) as { [K in keyof T]?: NonNullable<T[K]> };
}

export function malformed(error: z.ZodError): Decoded {
  const issue = error.issues[0];
  return { kind: "malformed", message: `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "Invalid body"}` };
}
