/** Versions of plain resources in HTTP's words: `ETag` out, `If-Match` in. */
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { RouteRequest } from "../../http/route.ts";

/** Shown beside every answer that is one resource. */
export const versionHeaders = { ETag: "The version; send it as `If-Match` with a change" } as const;

export function etagOf({ version }: { readonly version: number }): Readonly<Record<string, string>> {
  return { ETag: `"${version}"` };
}

/** Nothing: the change is made to whatever is there. */
export function readVersion({ header }: Pick<RouteRequest, "header">): Outcome<{ readonly version?: number }> {
  const text = header("if-match")?.trim();
  if (text === undefined || text === "" || text === "*") return accept({});
  const digits = /^(?:W\/)?"?(\d{1,15})"?$/.exec(text)?.[1];
  if (digits !== undefined) return accept({ version: Number(digits) });
  return refuse({ code: "invalid_input", path: "If-Match", reason: 'must be one version, such as "3"' });
}
