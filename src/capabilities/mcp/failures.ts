/** A call that an MCP server did not answer, as the model is told of it. */
import { ProtocolError, SdkError, SdkErrorCode } from "@modelcontextprotocol/client";
import type { McpTarget } from "../../core/ports/mcp.ts";
import type { ToolResult } from "../../core/ports/tools.ts";
import { redact } from "../../lib/redact.ts";
import { fail } from "../tool-results.ts";

const MAX_LENGTH = 500;

/** Only the words of it: an error of a client may hold the request, and with it the key. */
export function sentenceOf(cause: unknown, { secrets }: Pick<McpTarget, "secrets">): string {
  const words = cause instanceof Error ? cause.message : String(cause);
  const under = cause instanceof Error && cause.cause instanceof Error ? `: ${cause.cause.message}` : "";
  return redact(`${words}${under}`, secrets).slice(0, MAX_LENGTH);
}

export function refusalOf(
  cause: unknown,
  { target, callMs }: { readonly target: McpTarget; readonly callMs: number },
): ToolResult {
  if (cause instanceof SdkError && cause.code === SdkErrorCode.RequestTimeout) {
    const error = `The MCP server "${target.name}" did not answer within ${callMs / 1000} s`;
    return { status: "timeout", content: [{ type: "text", text: error }], error };
  }
  const said = sentenceOf(cause, target);
  if (cause instanceof ProtocolError) return fail(said);
  return fail(`The MCP server "${target.name}" could not carry out the call: ${said}`);
}
