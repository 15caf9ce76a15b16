/**
 * Checks what came in against a schema and says what is wrong in words and places (400). Also the schemas of the
 * parameters that many routes share. A query is text: each parameter once, unless its schema is a list.
 */
import { z } from "zod";
import { isEventType, hintTypes } from "../core/events/envelope.ts";
import { parseId, prefixOf } from "../core/ids.ts";
import type { Id, IdKind } from "../core/ids.ts";
import { inputProblem } from "./problems.ts";
import type { InputFault, InputPlace } from "./problems.ts";
import type { Read } from "./read.ts";

/** More would only repeat itself; a list of a million wrong items must not make a million messages. */
const MAX_FAULTS = 20;

export function checkInput<S extends z.ZodType>(place: InputPlace, schema: S, value: unknown): Read<z.output<S>> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const faults = parsed.error.issues.slice(0, MAX_FAULTS).map((issue) => faultOf(place, issue));
  return { ok: false, problem: inputProblem(place, faults) };
}

function faultOf(place: InputPlace, issue: z.core.$ZodIssue): InputFault {
  const path = place === "body" ? issue.path.map(pointerStep).join("") : issue.path.map(String).join(".");
  return { path, message: lowerFirst(issue.message) };
}

function pointerStep(key: PropertyKey): string {
  return `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Parameters of a query as an object; those that came more than once are lists. */
export function queryObject(search: string): Record<string, string | string[]> {
  if (search === "") return {};
  const found = new Map<string, string | string[]>();
  for (const [name, value] of new URLSearchParams(search)) {
    const before = found.get(name);
    if (before === undefined) found.set(name, value);
    else found.set(name, typeof before === "string" ? [before, value] : [...before, value]);
  }
  return Object.fromEntries(found);
}

const onceOnly = { error: "must be given once" } as const;

/** Names that a text must not hold whatever it is for: NUL, and what cannot be written as UTF-8. */
export function plainText(schema: z.ZodString): z.ZodString {
  return schema
    .refine((text) => !text.includes("\0"), "contains a NUL character")
    .refine((text) => text.isWellFormed(), "contains half a surrogate pair");
}

export function textParam(maxLength = 200) {
  return plainText(z.string(onceOnly).max(maxLength));
}

export function idParam<K extends IdKind>(kind: K) {
  return z
    .string(onceOnly)
    .transform((text, issues): Id<K> => {
      const id = parseId(kind, text);
      if (id !== undefined) return id;
      issues.addIssue({ code: "custom", message: `"${text.slice(0, 80)}" is no ${kind} id` });
      return z.NEVER;
    })
    .meta({ description: `The id of a ${kind}`, type: "string", pattern: `^${prefixOf(kind)}_[0-9a-f]{32}$` });
}

/** Whole numbers. A limit that is too large is taken as the largest (`clamp`); anything else outside is a 400. */
export function intParam({ min, max, clamp = false }: { min: number; max: number; clamp?: boolean }) {
  return z
    .string(onceOnly)
    .regex(/^\d{1,15}$/, "must be a whole number")
    .transform((digits) => (clamp ? Math.min(Number(digits), max) : Number(digits)))
    .pipe(z.int().min(min).max(max));
}

export function boolParam() {
  return z
    .enum(["true", "false", "1", "0", ""], { error: "must be true or false, once" })
    .transform((text) => text !== "false" && text !== "0")
    .pipe(z.boolean());
}

export function timeParam() {
  return z.iso
    .datetime({ offset: true, error: "must be an RFC 3339 time, once" })
    .transform((text) => new Date(text).toISOString())
    .pipe(z.string());
}

/** `name=a&name=b`; a single one counts as a list of one. */
export function listParam<S extends z.ZodType<unknown, string>>(item: S, max: number) {
  return z
    .union([z.string().transform((text) => [text]), z.array(z.string())])
    .pipe(z.array(item).max(max, `must be given at most ${max} times`));
}

/** Types of events, hints and streams that a filter may name (F3). */
export function eventTypeParam(max: number) {
  const known = (type: string) =>
    isEventType(type) || hintTypes.some((hint) => hint === type) || type === "connected" || type === "disconnecting";
  const item = z.string().refine(known, { error: ({ input }) => `unknown event type '${String(input).slice(0, 80)}'` });
  return listParam(item, max);
}
