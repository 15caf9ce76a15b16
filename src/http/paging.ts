/**
 * Pages of a list: `offset` and `limit`, or a cursor that names the last row seen. A cursor is opaque to clients, and
 * one that was not made here is a 400.
 */
import { z } from "zod";
import { parseId } from "../core/ids.ts";
import type { Id, IdKind } from "../core/ids.ts";
import { intParam, textParam } from "./input.ts";

export const DEFAULT_LIMIT = 20;
export const MAX_LIMIT = 100;
const MAX_OFFSET = 1_000_000_000;

/** The place of a row in a list that is ordered by time and, within the same instant, by id. */
export interface KeysetCursor<K extends IdKind = IdKind> {
  readonly at: string;
  readonly id: Id<K>;
}

const cursorBody = z.tuple([z.iso.datetime(), z.string().min(1).max(100)]);

export function encodeCursor({ at, id }: KeysetCursor): string {
  return Buffer.from(JSON.stringify([at, id])).toString("base64url");
}

export function decodeCursor<K extends IdKind>(kind: K, text: string): KeysetCursor<K> | undefined {
  try {
    const parsed = cursorBody.safeParse(JSON.parse(Buffer.from(text, "base64url").toString()));
    const id = parsed.success ? parseId(kind, parsed.data[1]) : undefined;
    return parsed.success && id !== undefined ? { at: parsed.data[0], id } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function cursorParam<K extends IdKind>(kind: K) {
  return textParam(300).transform((text, issues): KeysetCursor<K> => {
    const cursor = decodeCursor(kind, text);
    if (cursor !== undefined) return cursor;
    issues.addIssue({ code: "custom", message: "is no cursor of this list; use next_cursor of the page before" });
    return z.NEVER;
  });
}

/** `Link: <…>; rel="next"` where there is more: the same question from the next place on (RFC 8288). */
export function nextPageLink(
  { origin, path, search }: PageAsked,
  { sessions, hasMore }: { readonly sessions: readonly PagedRow[]; readonly hasMore: boolean },
): Readonly<Record<string, string>> {
  const last = sessions.at(-1);
  if (!hasMore || last === undefined) return {};
  const asked = new URLSearchParams(search);
  asked.set("cursor", encodeCursor({ at: last.createdAt, id: last.id }));
  return { Link: `<${origin}${path}?${asked.toString()}>; rel="next"` };
}

interface PagedRow {
  readonly id: Id<"session">;
  readonly createdAt: string;
}

export interface PageAsked {
  readonly origin: string;
  readonly path: string;
  readonly search: string;
}

/** Query parameters of a list that has no cursor. */
export const offsetPage = {
  offset: intParam({ min: 0, max: MAX_OFFSET }).default(0),
  limit: intParam({ min: 1, max: MAX_LIMIT, clamp: true }).default(DEFAULT_LIMIT),
} as const;

export function keysetPage<K extends IdKind>(kind: K) {
  return { ...offsetPage, cursor: cursorParam(kind).optional() } as const;
}

/** `{"data":[…],"total":n,"offset":0,"limit":20}` and what is known beside it. */
export function listEnvelope<S extends z.ZodType>(item: S) {
  return z.object({
    data: z.array(item),
    total: z.int(),
    /** There are at least `total`; counting stopped there. */
    total_capped: z.boolean().optional(),
    offset: z.int(),
    limit: z.int(),
    has_more: z.boolean(),
    next_cursor: z.string().nullable().optional(),
  });
}
