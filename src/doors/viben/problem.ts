/** Errors of this door: `{error}`, and what would be allowed where a status cannot be set (ruling 13). */
import { z } from "zod";
import type { EncodedProblem } from "../../http/door.ts";
import { inputProblem } from "../../http/problems.ts";
import type { Problem } from "../../http/problems.ts";

export const problemContentType = "application/json";

export const problem = z
  .object({ error: z.string(), allowed: z.array(z.string()).optional() })
  .meta({ id: "VibenError", description: "A sentence about what went wrong" });

const NOT_FOUND = 404;

/** An id that cannot be one names nothing (ruling 3). */
export function encodeProblem({ status, code, detail, fields }: Problem): EncodedProblem {
  const isBadPath = code === "invalid_input" && fields["in"] === "path";
  const allowed = code === "invalid_input" ? fields["allowed"] : undefined;
  const body = { error: isBadPath ? "Session not found" : detail, ...(Array.isArray(allowed) ? { allowed } : {}) };
  return {
    status: isBadPath ? NOT_FOUND : status,
    contentType: problemContentType,
    body: JSON.stringify(body),
  };
}

export function badStatus(message: string, allowed: readonly string[]): Problem {
  const found = inputProblem("body", [{ path: "/status", message }]);
  return { ...found, fields: { ...found.fields, allowed } };
}
