/**
 * What the last calls have changed, kept beside git's own files of the working tree: after a crash a call is run again,
 * and by the content's hash it knows whether it was done already (T4). Written before the change counts; an entry whose
 * hash is not what is there says nothing.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SessionRecord } from "../../core/session.ts";
import { replaceFile } from "../../lib/tree-files/replace-file.ts";

export interface DoneChange {
  /** See `callKey`. */
  readonly call: string;
  /** From the top, slashes. */
  readonly path: string;
  /** Of the content; null: there is none. */
  readonly before: string | null;
  readonly after: string | null;
}

/** Some models count their calls anew in each turn. */
export function callKey({ facts }: Pick<SessionRecord, "facts">, callId: string): string {
  return `${facts.turnId ?? ""}/${callId}`;
}

const NAME = "serai-changes.json";
const KEPT = 64;

export async function readDone(gitDir: string): Promise<readonly DoneChange[]> {
  try {
    const parsed: unknown = JSON.parse(await readFile(join(gitDir, NAME), "utf8"));
    return Array.isArray(parsed) ? parsed.filter(isDone) : [];
  } catch (cause) {
    // Nobody but this writes it, whole or not at all; what is no JSON was written by somebody else.
    if (cause instanceof SyntaxError || (cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw cause;
  }
}

function isDone(value: unknown): value is DoneChange {
  return typeof value === "object" && value !== null && "call" in value && "path" in value && "after" in value;
}

export async function noteDone(gitDir: string, change: DoneChange): Promise<void> {
  const kept = (await readDone(gitDir)).slice(1 - KEPT);
  const content = Buffer.from(JSON.stringify([...kept, change]));
  const temporaryName = `${NAME}.tmp`;
  const written = await replaceFile(gitDir, [NAME], { content, temporaryName });
  if (!written.ok) throw new Error(`Cannot note a change in "${gitDir}": ${written.reason}`);
}
