/**
 * What holds for every tool over the session's files. Their changes are committed with the call's result, so a call that
 * a crash cut short has done nothing and is safe to run again. They share one class: a model that writes and then reads
 * in one answer means that order.
 */
import type { ToolHints } from "../../core/ports/tools.ts";

export const FILES_CLASS = "session_files";

export const readingHints: ToolHints = { isRepeatable: true, isReadonly: true, concurrencyClass: FILES_CLASS };
export const writingHints: ToolHints = { isRepeatable: true, isReadonly: false, concurrencyClass: FILES_CLASS };
