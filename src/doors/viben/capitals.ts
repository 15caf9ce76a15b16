/** Harnesses in the capitals in which Viben's clients name them: `claude-code` is CLAUDE_CODE there. */
import { harnessNames } from "../../core/session-words.ts";
import type { HarnessName } from "../../core/session-words.ts";

export function capitalsOf(harness: HarnessName): string {
  return harness.toUpperCase().replaceAll("-", "_");
}

export function harnessOf(text: string): HarnessName | undefined {
  return harnessNames.find((name) => capitalsOf(name) === text);
}

/** Those that a session can be made with; an agent that is only watched makes its own. */
export const capitals: readonly string[] = harnessNames.filter((name) => name !== "observed").map(capitalsOf);
