/**
 * What a failure of SQLite means for the store (A10). A full disk is refused and tried again; a disk that fails to
 * write or to sync may have kept anything, so the store is read-only from then on; everything else concerns one write.
 */
import { statfsSync } from "node:fs";
import { dirname } from "node:path";

export type FaultKind = "full" | "unknown" | "error";

const FULL = 13;
const IO_ERROR = 10;
/** Primary codes after which nothing that this connection says can be relied on. */
const BROKEN: ReadonlySet<number> = new Set([IO_ERROR, 8 /* read-only */, 11 /* corrupt */, 14 /* can't open */, 26]);
/** Growing the file that readers share: the code says I/O error where the cause is often that there is no room. */
const SHM_SIZE = IO_ERROR | (19 << 8);
const CONSTRAINT = 19;

export function codeOf(error: unknown): number | undefined {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode : undefined;
}

export function faultKind(error: unknown, file: string): FaultKind {
  const code = codeOf(error);
  if (code === undefined) return "error";
  const primary = code & 0xff;
  if (primary === FULL) return "full";
  if (code === SHM_SIZE && isOutOfSpace(file)) return "full";
  return BROKEN.has(primary) ? "unknown" : "error";
}

export function isConstraint(error: unknown): boolean {
  return ((codeOf(error) ?? 0) & 0xff) === CONSTRAINT;
}

function isOutOfSpace(file: string): boolean {
  const { bavail } = statfsSync(dirname(file));
  return bavail === 0;
}
