/** Errors of the native door: RFC 9457 problem details with the guide's keys beside them. */
import { z } from "zod";
import type { EncodedProblem } from "../../http/door.ts";
import type { Problem } from "../../http/problems.ts";

export const problemContentType = "application/problem+json";

export const problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    error: z.string(),
    request_id: z.string(),
    path: z.string().optional(),
    errors: z
      .array(
        z.object({
          path: z.string(),
          message: z.string(),
          file: z.string().optional().meta({ description: "Of a document that is made of several" }),
          line: z.int().nullish(),
        }),
      )
      .optional(),
  })
  .meta({ id: "Problem", description: "RFC 9457 problem details; fields beside these depend on the code" });

export type ProblemBody = z.infer<typeof problem>;

export function encodeProblem({ status, code, title, detail, fields }: Problem, requestId: string): EncodedProblem {
  const body: ProblemBody = {
    type: `urn:serai:problem:${code}`,
    title,
    status,
    detail,
    code,
    error: detail,
    request_id: requestId,
    ...fields,
  };
  return { status, contentType: problemContentType, body: JSON.stringify(body) };
}
