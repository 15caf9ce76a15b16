/** What the table of problems says of one code. */
import type { Refusal, RefusalCode } from "../core/refusal.ts";

export type RefusalOf<C extends RefusalCode> = Extract<Refusal, { readonly code: C }>;

export interface Row<R> {
  readonly status: number;
  readonly title: string;
  readonly detail: (refusal: R) => string;
  /** Names are those of the wire. */
  readonly fields?: (refusal: R) => Readonly<Record<string, unknown>>;
}
