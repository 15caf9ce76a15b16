/**
 * The tools of an MCP server under the names that a model may call them by.
 *
 * Invariant: no two have one name, none is longer than vendors take, and however much a server lists, what the model is
 * given of it is bounded.
 */
import { createHash } from "node:crypto";

import type { Tool, ToolDefinition, ToolResult } from "../../core/ports/tools.ts";
import { cutUtf8, toWellFormedText } from "../../lib/well-formed.ts";
import type { ListedTool } from "./connection.ts";

const MAX_TOOLS = 128;
/** What OpenAI and Anthropic take. */
const MAX_NAME_LENGTH = 64;
const MAX_DESCRIPTION_BYTES = 4 * 1024;
const MAX_SCHEMA_BYTES = 32 * 1024;

export interface ServerTools {
  readonly tools: readonly Tool[];
  /** Listed by the server and not passed on. */
  readonly leftOut: number;
}

export interface ToolSource {
  readonly server: string;
  readonly listed: readonly ListedTool[];
  /** If given, no others. */
  readonly only?: readonly string[] | undefined;
  call(name: string, args: Record<string, unknown>, signal: AbortSignal): Promise<ToolResult>;
}

export function serverTools({ server, listed, only, call }: ToolSource): ServerTools {
  const wanted = only === undefined ? listed : listed.filter(({ name }) => only.includes(name));
  const usable = wanted.filter(({ inputSchema }) => JSON.stringify(inputSchema).length <= MAX_SCHEMA_BYTES);
  const tools = new Map<string, Tool>();
  for (const tool of usable.slice(0, MAX_TOOLS)) {
    const name = nameOf(server, tool.name, tools);
    tools.set(name, {
      definition: { name, ...definitionOf(tool) },
      run: (input, { signal }) => call(tool.name, isObject(input) ? input : {}, signal),
    });
  }
  return { tools: [...tools.values()], leftOut: wanted.length - tools.size };
}

function definitionOf({ description, title, inputSchema, annotations }: ListedTool): Omit<ToolDefinition, "name"> {
  const isReadonly = annotations?.readOnlyHint === true;
  return {
    description: cutUtf8(toWellFormedText(description ?? annotations?.title ?? title ?? ""), MAX_DESCRIPTION_BYTES),
    parameters: { ...inputSchema, type: "object" },
    hints: { isReadonly, isRepeatable: isReadonly || annotations?.idempotentHint === true },
  };
}

function nameOf(server: string, tool: string, taken: ReadonlyMap<string, unknown>): string {
  const plain = `mcp_${server}__${tool}`.replaceAll(/[^a-zA-Z0-9_-]/g, "_");
  if (plain.length <= MAX_NAME_LENGTH && !taken.has(plain)) return plain;
  const mark = createHash("sha256").update(tool).digest("hex").slice(0, 8);
  return `${plain.slice(0, MAX_NAME_LENGTH - mark.length - 1)}_${mark}`;
}

function isObject(input: unknown): input is Record<string, unknown> {
  return typeof input === "object" && input !== null && !Array.isArray(input);
}
