/** What a tool says, without the values of its session's secrets: for the log, the model and the people alike. */
import { inspect } from "node:util";
import type { ContentPart } from "../core/events/content.ts";
import type { SecretUse, ToolContext, ToolResult } from "../core/ports/tools.ts";
import { makeRedactor, noRedaction } from "../lib/redact.ts";
import type { Redactor } from "../lib/redact.ts";
import type { JsonValue } from "../lib/json.ts";

export interface SecretFilter {
  result(result: ToolResult): ToolResult;
  output(onOutput: ToolContext["onOutput"]): Pick<ToolContext, "onOutput">;
  fault(fault: unknown): unknown;
}

export async function makeSecretFilter(secrets: Pick<SecretUse, "list" | "open">): Promise<SecretFilter> {
  const names = await secrets.list();
  const opened = names.length === 0 ? [] : await secrets.open();
  const clean = opened.length === 0 ? noRedaction : makeRedactor(opened.map(({ value }) => value));
  return clean === noRedaction ? passing : filterOf(clean);
}

/** There is nothing to be taken out. */
export const passing: SecretFilter = {
  result: (result) => result,
  output: (onOutput) => (onOutput === undefined ? {} : { onOutput }),
  fault: (fault) => fault,
};

function filterOf(clean: Redactor): SecretFilter {
  return {
    result({ status, content, error }) {
      const parts = content.map((part) => cleanPart(clean, part));
      return { status, content: parts, ...(error === undefined ? {} : { error: clean.text(error) }) };
    },
    output: (onOutput) =>
      onOutput === undefined ? {} : { onOutput: (stream, delta) => onOutput(stream, clean.text(delta)) },
    fault(fault) {
      const told = inspect(fault, { depth: 10 });
      const said = clean.text(told);
      return said === told ? fault : new Error(said);
    },
  };
}

/** Parts are JSON by their schema; only strings inside them change. A picture's bytes are no text. */
function cleanPart(clean: Redactor, part: ContentPart): ContentPart {
  if (part.type === "text") return { ...part, text: clean.text(part.text) };
  if (part.type === "image" && part.base64 !== undefined) return part;
  return cleanJson(clean, part as JsonValue) as ContentPart;
}

function cleanJson(clean: Redactor, value: JsonValue): JsonValue {
  if (typeof value === "string") return clean.text(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each: JsonValue) => cleanJson(clean, each));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, cleanJson(clean, each)]));
}
