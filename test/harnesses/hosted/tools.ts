/** Tools for tests: plain functions, with a record of what was called and when it began and ended. */
import type { ToolCall } from "../../../src/core/events/content.ts";
import type { ToolPolicy, ToolResult, ToolSet } from "../../../src/core/ports/tools.ts";

export interface TestTool {
  readonly run?: (
    input: Readonly<Record<string, unknown>>,
    context: { readonly signal: AbortSignal; readonly print: (text: string) => void },
  ) => string | ToolResult | Promise<string | ToolResult>;
  readonly concurrencyClass?: string;
  readonly isRepeatable?: boolean;
  readonly policy?: ToolPolicy;
}

export interface TestTools {
  readonly toolSet: ToolSet;
  readonly calls: ToolCall[];
  /** `begin id`, `end id`. */
  readonly trace: string[];
}

export function makeTools(tools: Readonly<Record<string, TestTool>>): TestTools {
  const calls: ToolCall[] = [];
  const trace: string[] = [];
  const definitions = Object.entries(tools).map(([name, { concurrencyClass, isRepeatable = false, policy }]) => ({
    name,
    description: `The tool ${name}`,
    parameters: { type: "object", properties: {}, additionalProperties: true },
    hints: { isRepeatable, isReadonly: false, ...(concurrencyClass === undefined ? {} : { concurrencyClass }) },
    ...(policy === undefined ? {} : { policy }),
  }));
  const call: ToolSet["call"] = async (asked, signal, onOutput) => {
    calls.push(asked);
    trace.push(`begin ${asked.name}`);
    const tool = tools[asked.name];
    const input = asked.arguments as Readonly<Record<string, unknown>>;
    const said = await (tool?.run?.(input, { signal, print: (text) => onOutput?.("stdout", text) }) ?? "ok");
    trace.push(`end ${asked.name}`);
    return typeof said === "string" ? { status: "success", content: [{ type: "text", text: said }] } : said;
  };
  return { toolSet: { definitions, call }, calls, trace };
}
