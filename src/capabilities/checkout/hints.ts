/**
 * What holds for the tools over a checkout. They share one class: a model that writes, runs and commits in one answer
 * means that order. A change of a file knows after a crash whether it was done, and so does no command.
 */
import type { ToolHints } from "../../core/ports/tools.ts";

const concurrencyClass = "checkout";

export const readingHints: ToolHints = { isRepeatable: true, isReadonly: true, concurrencyClass };
export const changingHints: ToolHints = { isRepeatable: true, isReadonly: false, concurrencyClass };
export const runningHints: ToolHints = { isRepeatable: false, isReadonly: false, concurrencyClass };

export const NO_CHECKOUT = "This session has no checkout";
