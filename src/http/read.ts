/** What came of reading a part of a request: its value, or the problem that its sender is told. */
import type { Problem } from "./problems.ts";

export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };
