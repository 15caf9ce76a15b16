/** Errors of these doors: `{error: code, message}`, as the Enagrams page has them (ruling 13). */
import { z } from "zod";
import type { EncodedProblem } from "../../http/door.ts";
import type { Problem } from "../../http/problems.ts";

export const problemContentType = "application/json";

export const problem = z
  .object({ error: z.string(), message: z.string() })
  .meta({ id: "EnagramsError", description: "The kind of the error, and a sentence about it" });

export function encodeProblem({ status, code, detail }: Problem): EncodedProblem {
  const body: z.infer<typeof problem> = { error: code, message: detail };
  return { status, contentType: problemContentType, body: JSON.stringify(body) };
}
