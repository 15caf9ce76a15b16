/**
 * Errors of this door: `{error, code}`, where the code is the status, and the status one of Ennio's (ruling 13). What its
 * page has no status for becomes the nearest that it has.
 */
import { z } from "zod";
import type { EncodedProblem } from "../../http/door.ts";
import { withFieldNames } from "../../http/problems.ts";
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

/** Its page has 400 for errors of the configuration, and 409 for what exists already. */
const OF_CONFIGURATION: ReadonlySet<string> = new Set(["repository_unusable", "setup_failed"]);
const BAD_REQUEST = 400;

const FIELDS = { "/branch_name": "/branch", "/initial_prompt": "/prompt" };

export function encodeProblem(found: Problem): EncodedProblem {
  const code = OF_CONFIGURATION.has(found.code) ? BAD_REQUEST : problemStatus(found.status);
  const body = { error: wordsOf(withFieldNames(found, FIELDS), code), code };
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
