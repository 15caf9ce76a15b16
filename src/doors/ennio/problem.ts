/**
 * Errors of this door: `{error, code}`, where the code is the status, and the status one of Ennio's (ruling 13). What its
 * page has no status for becomes the nearest that it has.
 */
import { z } from "zod";
import type { EncodedProblem } from "../../http/door.ts";
import type { Problem } from "../../http/problems.ts";

export const problemContentType = "application/json";

export const problem = z
  .object({ error: z.string(), code: z.int() })
  .meta({ id: "EnnioError", description: "A sentence, and the status once more" });

/** A tracker that does not answer as it should is asked again later, like one that does not answer in time. */
const STATUSES: Readonly<Record<number, number>> = {
  413: 400,
  415: 400,
  422: 400,
  501: 500,
  502: 504,
  503: 504,
  507: 500,
};

export function problemStatus(status: number): number {
  return STATUSES[status] ?? status;
}

export function encodeProblem(found: Problem): EncodedProblem {
  const code = problemStatus(found.status);
  const body = { error: wordsOf(found, code), code };
  return { status: code, contentType: problemContentType, body: JSON.stringify(body) };
}

const INTERNAL = 500;

/** A thing that is not there is named by its kind alone: "Session not found". */
function wordsOf({ code, detail, fields }: Problem, status: number): string {
  if (status === INTERNAL) return "Internal server error";
  const { kind } = fields;
  if (code !== "not_found" || typeof kind !== "string") return detail;
  return `${kind.charAt(0).toUpperCase()}${kind.slice(1).replaceAll("_", " ")} not found`;
}
