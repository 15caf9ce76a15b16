/** Errors of this door: `{error, code}`, the code being the kind of the error (ruling 13). */
import { z } from "zod";
import type { EncodedProblem } from "../../http/door.ts";
import type { Problem } from "../../http/problems.ts";

export const problemContentType = "application/json";

export const problem = z
  .object({ error: z.string(), code: z.string() })
  .meta({ id: "AgenError", description: "A sentence about what went wrong, and its kind" });

const NOT_FOUND = 404;

/** An id that cannot be one names nothing (ruling 3). */
export function encodeProblem({ status, code, detail, fields }: Problem): EncodedProblem {
  const isBadPath = code === "invalid_input" && fields["in"] === "path";
  const body: z.infer<typeof problem> = isBadPath
    ? { error: "Session not found", code: "not_found" }
    : { error: detail, code };
  return { status: isBadPath ? NOT_FOUND : status, contentType: problemContentType, body: JSON.stringify(body) };
}
