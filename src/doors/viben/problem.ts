/** Errors of this door: `{error}`, and what would be allowed where a status cannot be set (ruling 13). */
import { z } from "zod";
import type { EncodedProblem } from "../../http/door.ts";
import { inputProblem, withFieldNames } from "../../http/problems.ts";
import type { Problem } from "../../http/problems.ts";
import { capitals } from "./capitals.ts";

export const problemContentType = "application/json";

export const problem = z
  .object({ error: z.string(), allowed: z.array(z.string()).optional() })
  .meta({ id: "VibenError", description: "A sentence about what went wrong" });

const NOT_FOUND = 404;

/** The page has one field for who works. */
const FIELDS = { "/harness": "/agent_id", "/initial_prompt": "/prompt" };

/** An id that cannot be one names nothing (ruling 3). */
export function encodeProblem(found: Problem): EncodedProblem {
  const { status, code, fields } = found;
  const isBadPath = code === "invalid_input" && fields["in"] === "path";
  const allowed = code === "invalid_input" ? fields["allowed"] : undefined;
  const error = isBadPath ? "Session not found" : wordsOf(withFieldNames(found, FIELDS));
  const body = { error, ...(Array.isArray(allowed) ? { allowed } : {}) };
  return {
    status: isBadPath ? NOT_FOUND : status,
    contentType: problemContentType,
    body: JSON.stringify(body),
  };
}

function wordsOf({ code, detail, fields }: Problem): string {
  if (code !== "not_found" || fields["kind"] !== "agent") return detail;
  return `${detail}; agent_id is an agent's id, or one of ${capitals.join(", ")}`;
}

export function badStatus(message: string, allowed: readonly string[]): Problem {
  const found = inputProblem("body", [{ path: "/status", message }]);
  return { ...found, fields: { ...found.fields, allowed } };
}
