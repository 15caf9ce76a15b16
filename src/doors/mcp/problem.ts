/** Errors of this door that come before the protocol: as a JSON-RPC error without an id, which is what clients read. */
import { z } from "zod";
import type { EncodedProblem } from "../../http/door.ts";
import type { Problem } from "../../http/problems.ts";

export const problemContentType = "application/json";

export const problem = z
  .object({
    jsonrpc: z.literal("2.0"),
    error: z.object({ code: z.int(), message: z.string(), data: z.object({ code: z.string() }) }),
    id: z.null(),
  })
  .meta({ id: "McpError" });

/** Of JSON-RPC: the range that is left to servers. */
const SERVER_ERROR = -32_000;
const PARSE_ERROR = -32_700;

export function encodeProblem({ status, code, detail }: Problem): EncodedProblem {
  const isUnread = code === "malformed_json";
  const error = { code: isUnread ? PARSE_ERROR : SERVER_ERROR, message: detail, data: { code } };
  const body: z.infer<typeof problem> = { jsonrpc: "2.0", error, id: null };
  return { status, contentType: problemContentType, body: JSON.stringify(body) };
}
